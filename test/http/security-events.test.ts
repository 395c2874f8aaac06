/** From a refusal over the log to the record of it: what a flood leaves, and what a stranger does not. */
import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { beforeAll, describe, expect, inject, it } from "vitest";
import type { Acme, Person } from "./acme.ts";
import { admit, done, makeAcme, makePerson } from "./acme.ts";
import type { Client } from "./client.ts";
import { openClient } from "./client.ts";
import type { TableContent } from "./table-content.ts";
import { isOfSecurityRecord, openTable } from "./table-content.ts";

/** How the ids of organizations begin that there are not. */
const ELSEWHERE = "org_01jdexamp1exxxxxxxxxx";

const service = inject("service");
let client: Client;
let table: TableContent;
let acme: Acme;
let kim: Person;

beforeAll(async () => {
  client = await openClient(service);
  table = openTable(service);
  acme = await makeAcme(client);
  kim = await admit(client, acme, "kim");
});

interface Row {
  readonly kind: string;
  readonly at: string;
  readonly principal?: { readonly id: string };
  readonly requiredScope?: string;
  readonly workspaceId?: string;
  readonly subject?: string;
  readonly identityProviderId?: string;
  readonly count: number;
  readonly firstRequestId: string;
  readonly lastRequestId: string;
}

const read = async (query = ""): Promise<Row[]> =>
  (await done(client.call(acme.ann.token, `GET ${acme.O}/security-events?limit=500&${query}`))).items;
const countOf = (rows: readonly Row[]) => rows.reduce((sum, { count }) => sum + count, 0);
const records = async () => (await table.listItems(acme.orgId)).filter(isOfSecurityRecord);

describe("a denial", () => {
  it("stands in the record a moment later, with its request", async () => {
    const id = `mine-${randomUUID()}`;
    const denied = await client.call(kim.token, `GET ${acme.W}/roles`, { headers: { "X-Request-ID": id } });
    expect(denied.status).toBe(403);
    await expect
      .poll(() => read(`principal=${kim.userId}`), { timeout: 15_000 })
      .toMatchObject([
        {
          kind: "access.denied",
          principal: { kind: "user", id: kim.userId },
          requiredScope: denied.body.requiredScope,
          workspaceId: acme.workspaceId,
          count: 1,
          firstRequestId: id,
          lastRequestId: id,
        },
      ]);
  });

  it("that only what was sent calls for stands there as well, a person's and a key's", async () => {
    const amy = await admit(client, acme, "amy", ["rol_operator"]);
    const keys = `POST ${acme.W}/api-keys`;
    const body = { name: "Mine", kind: "personal", scopes: ["api-key:write"] };
    const { id, secret } = await done(client.call(amy.token, keys, { body }));
    const ask = { subject: { type: "user", id: acme.ann.userId }, action: { name: "read" } };
    const evaluation = { ...ask, resource: { type: "workflow", id: "1" } };
    for (const [token, what, sent] of [
      [amy.token, keys, { ...body, kind: "service" }],
      [amy.token, `POST ${acme.W}/access/v1/evaluation`, evaluation],
      [secret, keys, body],
      [secret, "POST /v1/orgs", { name: "Mine" }],
    ] as const) {
      expect((await client.call(token, what, { body: sent })).body).toMatchObject({ code: "access.denied" });
    }
    const told = async () => {
      const rows = (await read(`principal=${amy.userId}`)).filter(({ kind }) => kind === "access.denied");
      return rows
        .map(({ principal, requiredScope, workspaceId }) => [principal?.id, requiredScope, workspaceId])
        .sort();
    };
    const wanted = [
      [amy.userId, "service-key:write", acme.workspaceId],
      [amy.userId, "access:evaluate", acme.workspaceId],
      [id, "api-key:write", acme.workspaceId],
      [id, "organization:create", undefined],
    ];
    const until = Date.now() + 15_000;
    while ((await told()).length < wanted.length && Date.now() < until) await setTimeout(100);
    expect(await told()).toEqual(wanted.sort());
  });

  it("leaves no entry in the audit log", async () => {
    const { items } = await done(client.call(acme.ann.token, `GET ${acme.O}/audit-log?limit=500`));
    expect(items.filter(({ action }: { action: string }) => action.includes("denied"))).toEqual([]);
  });
});

describe("a flood of 5,000 denials", () => {
  it("leaves a handful of items and a right count", async () => {
    const lee = await admit(client, acme, "lee");
    const before = (await records()).length;
    const targets = ["roles", "assignments", "audit-log", "resources/workflow"].map((path) => `GET ${acme.W}/${path}`);
    const start = Date.now();
    const waiting = Array.from({ length: 5_000 }, (_, index) => targets[index % targets.length] ?? "").values();
    const work = async () => {
      for (const what of waiting) expect((await client.call(lee.token, what)).status).toBe(403);
    };
    await Promise.all(Array.from({ length: 16 }, work));
    const minutes = Math.floor(Date.now() / 60_000) - Math.floor(start / 60_000) + 1;
    const asked = () => read(`principal=${lee.userId}`);
    await expect.poll(async () => countOf(await asked()), { timeout: 30_000, interval: 500 }).toBe(5_000);
    const rows = await asked();
    expect(new Set(rows.map(({ requiredScope }) => requiredScope)).size).toBe(targets.length);
    expect(rows.length).toBeLessThanOrEqual(targets.length * minutes);
    expect((await records()).length - before).toBe(rows.length);
    // Nothing more comes of it later.
    await setTimeout(2_500);
    expect(countOf(await asked())).toBe(5_000);
  }, 120_000);
});

describe("a stranger", () => {
  it("who tries organizations that are there and such that are not leaves nothing in any of them", async () => {
    const mallory = await makePerson(client, "mallory");
    const before = (await records()).length;
    for (let tries = 0; tries < 30; tries++) {
      expect((await client.call(mallory.token, `GET ${acme.O}`)).status).toBe(403);
      const other = `${ELSEWHERE}${String(tries).padStart(5, "0")}`;
      expect((await client.call(mallory.token, `GET /v1/orgs/${other}`)).status).toBe(403);
      expect((await client.call(undefined, `GET ${acme.O}`)).status).toBe(401);
    }
    // A denial that is recorded shows that the ones before it have passed.
    await client.call(kim.token, `GET ${acme.O}/users`);
    await expect
      .poll(async () => (await read(`principal=${kim.userId}`)).map(({ requiredScope }) => requiredScope), {
        timeout: 15_000,
      })
      .toContain("user:read");
    const rows = await read();
    expect(rows.filter(({ principal }) => principal?.id === mallory.userId)).toEqual([]);
    expect((await records()).length).toBe(before + 1);
    expect(await table.listItems(ELSEWHERE)).toEqual([]);
  });

  it("of the scopes, too: a member who names any number of types has one record for them", async () => {
    for (let tries = 0; tries < 20; tries++) {
      expect((await client.call(kim.token, `GET ${acme.W}/resources/nope${tries}`)).status).toBe(403);
    }
    const unnamed = async () =>
      (await read(`principal=${kim.userId}`)).filter(
        (row) => row.kind === "access.denied" && row.requiredScope === undefined,
      );
    await expect.poll(async () => countOf(await unnamed()), { timeout: 15_000 }).toBe(20);
    expect((await unnamed()).length).toBeLessThanOrEqual(2);
  });
});

describe("a credential", () => {
  it("of somebody suspended is recorded, since the organization knows them", async () => {
    const sue = await admit(client, acme, "sue");
    const edit = { body: { status: "suspended" }, headers: { "If-Match": "*" } };
    await done(client.call(acme.ann.token, `PATCH ${acme.O}/users/${sue.userId}`, edit));
    expect((await client.call(sue.token, `GET ${acme.O}`)).status).toBe(401);
    await expect
      .poll(() => read("kind=credential.refused"), { timeout: 15_000 })
      .toMatchObject([{ principal: { kind: "user", id: sue.userId }, reason: "user.shut_out", count: 1 }]);
  });
});

describe("a sign-in", () => {
  it("that a provider's user is refused is recorded by the provider and its subject", async () => {
    const body = {
      name: "Test",
      protocol: "oidc",
      enabled: true,
      oidc: { issuer: `${service.login}/test-idp/oidc`, clientId: "bailiwick", clientSecret: "local" },
    };
    const provider = await done(client.call(acme.ann.token, `POST ${acme.O}/identity-providers`, { body }));
    const email = `dana.${randomUUID()}@acme.example`;
    const enter = () =>
      fetch(`${service.login}/local/token`, {
        method: "POST",
        body: JSON.stringify({ email, identityProvider: provider.id, claims: {} }),
      });
    expect([(await enter()).status, (await enter()).status]).toEqual([403, 403]);
    await expect.poll(async () => countOf(await read("kind=sign_in.refused")), { timeout: 15_000 }).toBe(2);
    for (const row of await read("kind=sign_in.refused")) {
      expect(row).toMatchObject({ identityProviderId: provider.id, subject: email });
    }
  });
});
