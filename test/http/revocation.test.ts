/**
 * A change holds for the very next request: eight connections ask as soon as it is acknowledged, and some never stop asking, so
 * that there are always requests under way while it happens.
 */
import { beforeAll, describe, expect, inject, it } from "vitest";
import type { Acme, Person } from "./acme.ts";
import { admit, assign, done, makeAcme, makeRole } from "./acme.ts";
import type { Client } from "./client.ts";
import { openClient } from "./client.ts";

const AT_ONCE = 8;
const WITHOUT_PAUSE = 2;
const ROUNDS = 10;

let client: Client;
let acme: Acme;
let vic: Person;
let role: string;

beforeAll(async () => {
  client = await openClient(inject("service"));
  acme = await makeAcme(client);
  vic = await admit(client, acme, "vic");
  role = await makeRole(client, acme, "Reader", ["role:read"]);
});

interface Change {
  readonly name: string;
  readonly prepare?: () => Promise<unknown>;
  readonly give: () => Promise<unknown>;
  readonly take: () => Promise<unknown>;
  /** What is asked all the time, and what it is answered without what was taken. */
  readonly asks: () => string;
  readonly refused: number;
}

const tell = (what: string, body: object = {}) =>
  done(client.call(acme.ann.token, what, { body, headers: what.startsWith("PATCH") ? { "If-Match": "*" } : {} }));
const give = (roleIds: readonly string[]) => assign(client, acme, vic, roleIds);

const changes: readonly Change[] = [
  {
    name: "a role that is given and taken",
    give: () => give(["rol_operator"]),
    take: () => give([]),
    asks: () => `GET ${acme.W}/me`,
    refused: 403,
  },
  {
    name: "a scope that comes into a role and goes",
    prepare: () => give([role]),
    give: () => tell(`PATCH ${acme.W}/roles/${role}`, { scopes: ["role:read"] }),
    take: () => tell(`PATCH ${acme.W}/roles/${role}`, { scopes: ["workflow:read"] }),
    asks: () => `GET ${acme.W}/roles`,
    refused: 403,
  },
  {
    name: "a user who is suspended and comes back",
    prepare: () => give(["rol_viewer"]),
    give: () => tell(`PATCH ${acme.O}/users/${vic.userId}`, { status: "active" }),
    take: () => tell(`PATCH ${acme.O}/users/${vic.userId}`, { status: "suspended" }),
    asks: () => `GET ${acme.W}`,
    refused: 401,
  },
  {
    name: "a workspace that is suspended and resumed",
    prepare: () => give(["rol_viewer"]),
    give: () => tell(`POST ${acme.W}/resume`),
    take: () => tell(`POST ${acme.W}/suspend`),
    asks: () => `GET ${acme.W}/me`,
    refused: 403,
  },
];

describe.each(changes)("$name", ({ prepare, give, take, asks, refused }) => {
  it("is felt by every request that is sent after the answer", async () => {
    await prepare?.();
    await take();
    /** Changes with each change that is begun and each that is acknowledged; between the two either answer is right. */
    let epoch = 0;
    let right: number | "either" = refused;
    let sent = 0;
    const wrong: string[] = [];
    let isDone = false;
    const ask = async () => {
      while (!isDone) {
        const before = epoch;
        const expected = right;
        const { status } = await client.call(vic.token, asks());
        sent++;
        if (status !== 200 && status !== refused) wrong.push(`${status} at any time`);
        if (expected === "either" || before !== epoch) continue;
        if (status !== expected) wrong.push(`${status} where ${expected} was acknowledged`);
      }
    };
    const change = async (make: () => Promise<unknown>, then: number) => {
      epoch++;
      right = "either";
      await make();
      epoch++;
      right = then;
      await Promise.all(Array.from({ length: AT_ONCE }, () => expectStatus(then)));
    };
    const expectStatus = async (status: number) => {
      const answer = await client.call(vic.token, asks());
      if (answer.status !== status) wrong.push(`${answer.status} right after ${status} was acknowledged`);
    };
    const asking = Array.from({ length: WITHOUT_PAUSE }, ask);
    for (let round = 0; round < ROUNDS; round++) {
      await change(give, 200);
      await change(take, refused);
    }
    isDone = true;
    await Promise.all(asking);
    await give();
    expect(wrong).toEqual([]);
    expect(sent).toBeGreaterThan(ROUNDS);
  });
});
