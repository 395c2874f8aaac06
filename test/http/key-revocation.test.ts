/**
 * What ends a key, or one of its secrets, holds for every request that is sent after the answer: eight connections never stop
 * asking with it, in 2,000 requests for a key's own end and for that of a secret, and in fewer for other ends.
 */
import { beforeAll, describe, expect, inject, it } from "vitest";
import type { Acme, Person } from "./acme.ts";
import { admit, assign, done, makeAcme, makeRole } from "./acme.ts";
import type { Client } from "./client.ts";
import { openClient } from "./client.ts";

const CONNECTIONS = 8;
const ATTEMPTS = 2_000;
const FEWER = 600;
/** With each key, before it is ended. */
const ROUNDS = 10;

let client: Client;
let acme: Acme;
let vic: Person;

beforeAll(async () => {
  client = await openClient(inject("service"));
  acme = await makeAcme(client);
  vic = await admit(client, acme, "vic", ["rol_operator"]);
});

interface Key {
  readonly id: string;
  readonly secret: string;
}

const make = (by: Person, body: object): Promise<Key> =>
  done(client.call(by.token, `POST ${acme.W}/api-keys`, { body: { name: "Pipeline", ...body } }));
const service = () => make(acme.ann, { kind: "service", scopes: ["workflow:read"] });
const personal = () => make(vic, { kind: "personal", scopes: ["workflow:read"] });
const tell = (what: string, body?: object) => done(client.call(acme.ann.token, what, { body }));
const rotate = ({ id }: Key, overlapSeconds = 0) =>
  tell(`POST ${acme.W}/api-keys/${id}/rotate`, { overlapSeconds }) as Promise<Key>;

interface Ending {
  readonly name: string;
  readonly make: () => Promise<Key>;
  /** @returns the secret that goes on, if there is one */
  readonly end: (key: Key) => Promise<string | undefined>;
  readonly refused: 401 | 403;
  readonly attempts: number;
  /** Makes it good for the next round. */
  readonly mend?: () => Promise<unknown>;
}

const endings: readonly Ending[] = [
  {
    name: "a key that is revoked",
    make: service,
    end: async ({ id }) => {
      await tell(`DELETE ${acme.W}/api-keys/${id}`);
      return undefined;
    },
    refused: 401,
    attempts: ATTEMPTS,
  },
  {
    name: "a secret that another one takes the place of, without overlap",
    make: service,
    end: async (key) => (await rotate(key)).secret,
    refused: 401,
    attempts: ATTEMPTS,
  },
  {
    name: "a secret that overlapped the one before the newest",
    make: async () => {
      const key = await service();
      await rotate(key, 3_600);
      return key;
    },
    end: async (key) => (await rotate(key, 3_600)).secret,
    refused: 401,
    attempts: FEWER,
  },
  {
    name: "a personal key whose person is suspended",
    make: personal,
    end: async () => {
      await tell(`PATCH ${acme.O}/users/${vic.userId}`, { status: "suspended" });
      return undefined;
    },
    refused: 401,
    attempts: FEWER,
    mend: () => tell(`PATCH ${acme.O}/users/${vic.userId}`, { status: "active" }),
  },
  {
    name: "a personal key whose person loses their roles",
    make: personal,
    end: async () => {
      await assign(client, acme, vic, []);
      return undefined;
    },
    refused: 403,
    attempts: FEWER,
    mend: () => assign(client, acme, vic, ["rol_operator"]),
  },
];

describe.each(endings)("$name", ({ make, end, refused, mend, attempts }) => {
  it("gets nothing through that is sent after the answer", async () => {
    const wrong: string[] = [];
    const seen = { before: 0, after: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const key = await make();
      let state: "good" | "ending" | "ended" = "good";
      let sent = 0;
      const ask = async () => {
        while (sent < attempts / ROUNDS) {
          sent++;
          const asked = state;
          const { status } = await client.call(key.secret, `GET ${acme.W}/me`);
          if (asked === "ended" && status !== refused) wrong.push(`${status} after the end of round ${round}`);
          // What was sent before the end was begun may be judged after it.
          if (asked === "good" && state === "good" && status !== 200)
            wrong.push(`${status} before the end of round ${round}`);
          if (status !== 200 && status !== refused) wrong.push(`${status} at any time of round ${round}`);
          if (status === 200) seen.before++;
          else seen.after++;
        }
      };
      const asking = Array.from({ length: CONNECTIONS }, ask);
      await expect.poll(() => sent, { interval: 1 }).toBeGreaterThan(20);
      state = "ending";
      const next = await end(key);
      state = "ended";
      await Promise.all(asking);
      expect((await client.call(key.secret, `GET ${acme.W}/me`)).status).toBe(refused);
      if (next !== undefined) expect((await client.call(next, `GET ${acme.W}/me`)).status).toBe(200);
      await mend?.();
    }
    expect(wrong).toEqual([]);
    expect(seen.before + seen.after).toBeGreaterThanOrEqual(attempts);
    expect(Math.min(seen.before, seen.after)).toBeGreaterThan(attempts / 20);
  });
});

describe("a scope that goes from the role of a key", () => {
  it("is gone for every request that is sent after the answer, and comes back", async () => {
    const roleId = await makeRole(client, acme, "Pipelines", ["role:read"]);
    const { secret } = await make(acme.ann, { kind: "service", scopes: ["role:read"], roleId });
    const edit = (scopes: readonly string[]) =>
      done(
        client.call(acme.ann.token, `PATCH ${acme.W}/roles/${roleId}`, {
          body: { scopes },
          headers: { "If-Match": "*" },
        }),
      );
    for (let round = 0; round < ROUNDS; round++) {
      for (const [scopes, status] of [
        [["workflow:read"], 403],
        [["role:read"], 200],
      ] as const) {
        await edit(scopes);
        const asked = Array.from({ length: CONNECTIONS }, () => client.call(secret, `GET ${acme.W}/roles`));
        const statuses = (await Promise.all(asked)).map((answer) => answer.status);
        expect([round, statuses]).toEqual([round, statuses.map(() => status)]);
      }
    }
  });
});
