/** What a caller writes stays within its line of the log: of requests that are refused, of sign-ins, and of whatever fails. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSecurityEvent } from "../../lib/domain/security-events.ts";
import type { Acme, Person } from "./acme.ts";
import { admit, done, makeAcme, makePerson } from "./acme.ts";
import type { Client } from "./client.ts";
import { openClient } from "./client.ts";
import { KillableService } from "./killable-service.ts";
import type { RunningService } from "./service.ts";

/** In what each request of these tests brings, so that its lines can be told. */
const MARK = `mark-${randomUUID().slice(0, 8)}`;
/** A header holds bytes: beyond ASCII, the gateway reads each as one character. */
const inHeader = (text: string) => Buffer.from(text).toString("latin1");

let service: KillableService;
let running: RunningService;
let client: Client;
let acme: Acme;
let kim: Person;

beforeAll(async () => {
  service = await KillableService.prepare();
  running = await service.start();
  client = await openClient(running);
  acme = await makeAcme(client);
  kim = await admit(client, acme, "kim");
});

afterAll(() => service.close());

/** The lines of which this is a part, as soon as there are so many. */
async function linesWith(text: string, count: number): Promise<string[]> {
  const find = () =>
    service
      .readLog()
      .split("\n")
      .filter((line) => line.includes(text));
  await expect.poll(() => find().length).toBe(count);
  return find();
}

const FORGED = '{"event":"access.denied","requestId":"forged"}';

describe("a request that is refused", () => {
  it.each<[string, string]>([
    ["a line of its own, by %0A", `%0A${encodeURIComponent('{"event":"access.denied"}')}%0A`],
    ["a carriage return", "%0D%0A"],
    ["a terminal's commands", "%1B%5B31m%1B%5D0%3Bpwned%07"],
    ["the same in one character", "%C2%9B31m"],
    ["a next line", "%C2%85"],
    ["line and paragraph separators", "%E2%80%A8%E2%80%A9"],
    ["overrides of direction", "%E2%80%AE%E2%81%A6"],
    ["NUL and deletions", "%00%7F%08"],
    ["bytes that are no UTF-8", "%FF%C0%80"],
  ])("leaves one line, whatever its path holds: %s", async (_, acting) => {
    const id = `${MARK}-${randomUUID()}`;
    const headers = { "X-Request-ID": id };
    const what = `GET ${acme.W}/resources/${acting}`;
    expect([401, 403]).toContain((await client.call(kim.token, what, { headers })).status);
    const [line = ""] = await linesWith(id, 1);
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(JSON.parse(line)).toMatchObject({
      event: "access.denied",
      requestId: id,
      knownIn: { orgId: acme.orgId, workspaceId: acme.workspaceId },
    });
  });

  it.each<[string, string]>([
    ["a forged line", FORGED],
    ["the end of the line that it stands in", `"}\\n${FORGED}`],
    ["control characters", "\x85\x9b31m\xad"],
    ["separators as they are written in UTF-8", "\u2028\u2029\u202e"],
    ["more than a line should hold", "x".repeat(7_000)],
  ])("leaves one line, whatever its user agent holds: %s", async (_, acting) => {
    const id = `${MARK}-${randomUUID()}`;
    const headers = { "X-Request-ID": id, "User-Agent": inHeader(acting) };
    expect((await client.call(kim.token, `GET ${acme.W}/roles`, { headers })).status).toBe(403);
    expect((await client.call(undefined, `GET ${acme.W}/roles`, { headers })).status).toBe(401);
    const lines = await linesWith(id, 2);
    for (const line of lines) {
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(line.length).toBeLessThan(3_000);
      expect(readSecurityEvent(JSON.parse(line))).toMatchObject({ requestId: id });
    }
    expect(service.readLog()).not.toMatch(/^\{"event"/m);
  });

  it("names its own request, never what a caller would have it be", async () => {
    const id = `${MARK}-${randomUUID()}`;
    const before = service.readLog().length;
    const headers = { "X-Request-ID": `${id} x`, "User-Agent": id };
    expect((await client.call(kim.token, `GET ${acme.W}/roles`, { headers })).status).toBe(403);
    const [line = ""] = await linesWith(id, 1);
    expect(JSON.parse(line).requestId).toMatch(/^[\w-]{36}$/);
    expect(service.readLog().length).toBeGreaterThan(before);
  });
});

describe("a sign-in that is refused", () => {
  // An address holds no white space, so no line feed comes this far: see `test/functions/inbound-federation.test.ts`.
  it.each<[string, string]>([
    ["a terminal's commands", "\x1b[31m\x9b"],
    ["a next line", "\x85"],
    ["overrides of direction", "\u202e\u2066"],
    ["a deletion", "\b\x7f"],
  ])("leaves one line, whatever the provider calls somebody: %s", async (_, acting) => {
    const provider = await done(
      client.call(acme.ann.token, `POST ${acme.O}/identity-providers`, {
        body: {
          name: `Test ${randomUUID()}`,
          protocol: "oidc",
          enabled: true,
          oidc: { issuer: `${running.login}/test-idp/oidc`, clientId: "bailiwick", clientSecret: "local" },
        },
      }),
    );
    const name = `${MARK}-${randomUUID()}`;
    const body = { email: `${name}${acting}@acme.example`, identityProvider: provider.id, claims: {} };
    const answer = await fetch(`${running.login}/local/token`, { method: "POST", body: JSON.stringify(body) });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    const [line = "", ...more] = await linesWith(name, 1);
    expect(more).toEqual([]);
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(JSON.parse(line)).toMatchObject({ event: "sign_in.refused", providerId: provider.id });
  });
});

describe("the whole log", () => {
  it("is JSON, line by line, of functions that say who they are", async () => {
    await makePerson(client, "last");
    const lines = service
      .readLog()
      .split("\n")
      .filter((line) => line !== "");
    expect(lines.length).toBeGreaterThan(15);
    for (const line of lines)
      expect(JSON.parse(line)).toMatchObject({ service: expect.any(String), level: expect.any(String) });
  });

  it("holds no credential, of those that were taken and of those that were not, wherever they were brought", async () => {
    const canary = `canary-${randomUUID()}`;
    const token = `e30.${Buffer.from(canary).toString("base64url")}.${canary}`;
    const brought: readonly [string, Readonly<Record<string, string | readonly string[]>>][] = [
      ["", { Authorization: `Bearer ${canary}` }],
      ["", { Authorization: `Bearer ${token}` }],
      ["", { Authorization: `Bearer bwk_${canary}` }],
      ["", { Authorization: `Basic ${canary}` }],
      ["", { Authorization: [`Bearer ${canary}`, `Bearer ${token}`] }],
      ["", { Cookie: `Authorization=Bearer ${canary}`, "X-Api-Key": canary }],
      [`?access_token=${canary}&api_key=${token}`, {}],
    ];
    const id = `${MARK}-${randomUUID()}`;
    for (const [query, headers] of brought) {
      const sent = { headers: { ...headers, "X-Request-ID": id } };
      expect((await client.call(undefined, `GET ${acme.W}/roles${query}`, sent)).status).toBe(401);
    }
    await linesWith(id, brought.length);
    const log = service.readLog();
    for (const text of [canary, token.split(".")[1] ?? ""]) expect(log).not.toContain(text);
    for (const person of [acme.ann, kim]) expect(log).not.toContain(person.token.slice(-40));
  });
});
