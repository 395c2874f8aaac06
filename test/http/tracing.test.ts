/** The id of a request: in its answer, in its audit entry. */
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, inject, it } from "vitest";
import type { Acme } from "./acme.ts";
import { absent, done, makeAcme, makeRole } from "./acme.ts";
import type { Client } from "./client.ts";
import { openClient } from "./client.ts";

const service = inject("service");
let client: Client;
let acme: Acme;

beforeAll(async () => {
  client = await openClient(service);
  acme = await makeAcme(client);
});

describe("an X-Request-ID", () => {
  it("comes back, and stands in the audit entry of the change", async () => {
    const id = `mine-${randomUUID()}`;
    const body = { name: "Traced", scopes: [] };
    const headers = { "x-request-ID": id, "User-Agent": "tracer/1" };
    const made = await client.call(acme.ann.token, `POST ${acme.W}/roles`, { body, headers });
    expect([made.status, made.headers["x-request-id"]]).toEqual([201, id]);
    const { items } = await done(client.call(acme.ann.token, `GET ${acme.W}/audit-log?target=${made.body.id}`));
    expect(items).toMatchObject([{ origin: { requestId: id, ip: "127.0.0.1", userAgent: "tracer/1" } }]);
  });

  it("is made where none was sent, and stands in the entry too", async () => {
    const made = await client.call(acme.ann.token, `POST ${acme.W}/roles`, { body: { name: "Untraced", scopes: [] } });
    const { items } = await done(client.call(acme.ann.token, `GET ${acme.W}/audit-log?target=${made.body.id}`));
    expect(items[0].origin.requestId).toBe(made.headers["x-request-id"]);
  });

  const answers: [string, "ann" | undefined, () => string, number][] = [
    ["401, by the gateway", undefined, () => `GET ${acme.O}`, 401],
    ["403, by the authorizer", "ann", () => `GET /v1/orgs/${absent.orgId}`, 403],
    ["404, by the gateway", "ann", () => "DELETE /v1/me", 404],
    ["404, by the catch-all", "ann", () => "GET /v1/nowhere", 404],
    ["404, by the route", "ann", () => `GET ${acme.W}/roles/${absent.roleId}`, 404],
    ["400, by the route", "ann", () => `GET ${acme.O}?x=1`, 400],
    ["200", "ann", () => "GET /v1/me", 200],
    ["200, in public", undefined, () => "GET /v1/health", 200],
  ];
  it.each(answers)("comes back with a %s", async (_, who, what, status) => {
    const id = `mine-${randomUUID()}`;
    const answer = await client.call(who && acme.ann.token, what(), { headers: { "X-Request-ID": id } });
    expect([answer.status, answer.headers["x-request-id"]]).toEqual([status, id]);
  });

  it.each(["two words", "a,b", "é", "<script>", "x".repeat(129), ""])("that is no id is replaced: %j", async (id) => {
    const answer = await client.call(acme.ann.token, "GET /v1/me", { headers: { "X-Request-ID": id } });
    expect(answer.headers["x-request-id"]).toMatch(/^[\w-]{36}$/);
  });

  it("is not believed when it is sent twice", async () => {
    const headers = { "X-Request-ID": ["one", "two"] };
    const answer = await client.call(acme.ann.token, "GET /v1/me", { headers });
    expect(answer.headers["x-request-id"]).toMatch(/^[\w-]{36}$/);
  });
});

describe("a Consistency-Token", () => {
  it("is given by every write, and may be sent with anything", async () => {
    const body = { name: "Token", scopes: [] };
    const { headers } = await client.call(acme.ann.token, `POST ${acme.W}/roles`, { body });
    const token = headers["consistency-token"] ?? "";
    expect(token).not.toBe("");
    for (const sent of [token, "nonsense"]) {
      const answer = await client.call(acme.ann.token, `GET ${acme.W}/roles`, {
        headers: { "Consistency-Token": sent },
      });
      expect(answer.status).toBe(200);
    }
  });

  it("is given by a write that changes nothing, too", async () => {
    const answer = await client.call(acme.ann.token, `POST ${acme.W}/resume`);
    expect(answer.status).toBe(200);
    expect(answer.headers["consistency-token"]).toEqual(expect.any(String));
  });
});

it("the chains of an organization verify, each entry following the one before", async () => {
  await makeRole(client, acme, "Last", []);
  const { items } = await done(client.call(acme.ann.token, `GET ${acme.W}/audit-log?order=asc&limit=500`));
  for (const [index, entry] of items.entries()) {
    expect(entry).toMatchObject({
      chain: acme.workspaceId,
      seq: index + 1,
      prevHash: items[index - 1]?.hash ?? entry.prevHash,
    });
  }
  const verified = await done(client.call(acme.ann.token, `POST ${acme.O}/audit-log/verify`));
  const own = await done(client.call(acme.ann.token, `GET ${acme.O}/audit-log?limit=500`));
  expect(verified).toEqual({ intact: true, entries: items.length + own.items.length, checkpoints: 0 });
});
