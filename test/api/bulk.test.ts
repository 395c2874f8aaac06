/** Many invited at once: each row is a change of its own and has its own answer, and the whole is kept once all of it was done. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { limits } from "../../lib/domain/limits.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { admit, done, makeAcme, scopesOf } from "./acme.ts";

const DAY = 86_400_000;

/** What the engine does at the commit that comes after so many, once. */
let passing: number;
let commits: (send: () => Promise<unknown>) => Promise<unknown>;
let now: number;
let acme: Acme;

beforeEach(async () => {
  passing = Number.POSITIVE_INFINITY;
  now = Date.now();
  acme = await makeAcme(await openTestStore({ wrap: interrupt }), () => now);
});

afterEach(() => {
  vi.restoreAllMocks();
});

function interrupt(client: DynamoDBDocumentClient): DynamoDBDocumentClient {
  const send = client.send.bind(client) as (...args: unknown[]) => Promise<unknown>;
  const interrupted = (command: unknown, ...rest: unknown[]) =>
    command instanceof TransactWriteCommand && passing-- === 0
      ? commits(() => send(command, ...rest))
      : send(command, ...rest);
  return new Proxy(client, { get: (target, name) => (name === "send" ? interrupted : Reflect.get(target, name)) });
}

/** The engine fails at the commit that comes after so many, and at no other. */
function failAfter(count: number): void {
  passing = count;
  commits = () => Promise.reject(new Error("the engine is out of order"));
}

/** The machine's clock, which can be put on. */
function holdClock() {
  const clock = { late: 0 };
  const real = Date.now;
  vi.spyOn(Date, "now").mockImplementation(() => real() + clock.late);
  return clock;
}

const people = (...names: readonly string[]) => names.map((name) => ({ email: `${name}@acme.example` }));
const invite = (users: readonly object[], key?: string) =>
  acme.api.call(acme.ann, `POST ${acme.O}/users/bulk`, {
    body: { users },
    headers: key === undefined ? {} : { "idempotency-key": key },
  });
const statuses = ({ items }: { items: readonly { status: number }[] }) => items.map(({ status }) => status);
const isKnown = async (name: string) =>
  (await done(acme.api.call(acme.ann, `GET ${acme.O}/users?email=${name}@acme.example`))).items.length === 1;

describe("each row", () => {
  it("is judged and answered by itself, and its faults point into the whole body", async () => {
    const strange = Object.fromEntries(["a", "b", "c", "d", "e", "f", "g"].map((name) => [name, 1]));
    const { items } = await done(
      invite([
        { email: "nobody" },
        { email: "one@acme.example", roleId: "rol_viewer", workspaceId: acme.workspace },
        { email: "ann@acme.example" },
        { email: "two@acme.example", ...strange },
        { email: "one@acme.example" },
        { email: "three@acme.example", roleId: "rol_none" },
        { email: "three@acme.example" },
      ]),
    );
    expect(statuses({ items })).toEqual([422, 201, 409, 422, 409, 422, 201]);
    expect(items[0].problem).toMatchObject({ code: "request.invalid", errors: [{ pointer: "/users/0/email" }] });
    expect(items[1].user).toMatchObject({ email: "one@acme.example", status: "invited" });
    expect(items[3].problem.errors).toHaveLength(5);
    expect(items[5].problem.errors).toMatchObject([{ pointer: "/users/5/roleId" }]);
    const one = { userId: items[1].user.id, email: "one@acme.example" };
    expect(await scopesOf(acme, one)).toEqual([]);
    expect([await isKnown("two"), await isKnown("three")]).toEqual([false, true]);
  });

  it("gives nothing that its sender does not hold", async () => {
    const { ann, api, O, workspace } = acme;
    const bob = await admit(acme, "bob");
    const users = [
      { email: "one@acme.example", roleId: "rol_owner", workspaceId: workspace },
      { email: "two@acme.example", roleId: "rol_organization-manager" },
    ];
    const role = { name: "Inviter", scopes: ["user:write"], level: "organization" };
    const { id } = await done(api.call(ann, `POST ${O}/roles`, { body: role }));
    await done(api.call(ann, `PUT ${O}/assignments/${bob.userId}`, { body: { roleIds: [id] } }));
    const refused = await done(api.call(bob, `POST ${O}/users/bulk`, { body: { users } }));
    expect(refused.items).toMatchObject([
      { status: 403, problem: { code: "grant.exceeds_own" } },
      { status: 403, problem: { code: "grant.exceeds_own" } },
    ]);
  });
});

describe("a store that fails a row", () => {
  it("is asked for no further one: what was not done is told so, and done when it is sent again", async () => {
    failAfter(1);
    const users = people("one", "two", "three");
    const first = await done(invite(users, "k"));
    expect(statuses(first)).toEqual([201, 503, 503]);
    expect([await isKnown("one"), await isKnown("two"), await isKnown("three")]).toEqual([true, false, false]);
    expect(acme.api.faults).toMatchObject([{ message: "the engine is out of order" }]);
    const second = await done(invite(users, "k"));
    expect(statuses(second)).toEqual([201, 201, 201]);
    expect(second.items[0]).toEqual(first.items[0]);
  });

  it("fails the whole where that is the first one", async () => {
    failAfter(0);
    expect(await invite(people("one", "two"))).toMatchObject({ status: 503, body: { code: "unavailable" } });
    expect([await isKnown("one"), await isKnown("two")]).toEqual([false, false]);
  });

  it("is told to the operator where it does not answer, too", async () => {
    const clock = holdClock();
    passing = 1;
    commits = () => {
      clock.late = 5_000;
      return Promise.reject(Object.assign(new Error("no answer"), { name: "TimeoutError" }));
    };
    expect(statuses(await done(invite(people("one", "two"))))).toEqual([201, 503]);
    expect(acme.api.faults).toMatchObject([{ message: "no answer" }]);
  });

  it("has no time left for the others where it took all of it", async () => {
    const clock = holdClock();
    passing = 0;
    commits = async (send) => {
      const answer = await send();
      clock.late = 20_000;
      return answer;
    };
    expect(statuses(await done(invite(people("one", "two"))))).toEqual([201, 503]);
    expect(await isKnown("two")).toBe(false);
  });
});

describe("the answer to all of them", () => {
  it("is kept whole for 24 hours, refusals and all", async () => {
    const vic = await admit(acme, "vic");
    const users = people("one", "vic");
    const first = await done(invite(users, "k"));
    expect(statuses(first)).toEqual([201, 409]);
    await done(acme.api.call(acme.ann, `DELETE ${acme.O}/users/${vic.userId}`));
    expect(await done(invite(users, "k"))).toEqual(first);
    expect(await isKnown("vic")).toBe(false);
    expect(await invite(people("other"), "k")).toMatchObject({ status: 422, body: { code: "request.invalid" } });
    now += DAY;
    expect(statuses(await done(invite(users, "k")))).toEqual([409, 201]);
  });
});

describe("an answer of refused rows is kept, however odd and long what was sent is:", () => {
  it.each([
    ["names of fields", Object.fromEntries(Array.from({ length: 5 }, (_, i) => ["\u0001".repeat(255) + i, 1]))],
    ["ids", { email: "long@acme.example", roleId: "r".repeat(8_000) }],
  ])("%s", async (_what, row) => {
    const rows = Array.from({ length: limits.usersPerBulk }, () => row);
    const first = await done(invite(rows, "k"));
    expect(new Set(statuses(first))).toEqual(new Set([422]));
    expect(await done(invite(rows, "k"))).toEqual(first);
  });
});
