/** What the authorizer's log says of what it refuses: lines of which a record can be made, and of which none is made for strangers. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { OrgId, ProviderId, RoleId, UserId } from "../../lib/domain/ids.ts";
import { limits } from "../../lib/domain/limits.ts";
import { readSecurityEvent } from "../../lib/domain/security-events.ts";
import type { Acme } from "../api/acme.ts";
import { admit, done, edit, makeAcme } from "../api/acme.ts";
import type { Caller } from "../api/in-process.ts";
import { playbookRun, registerTypes } from "../api/resource-worlds.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import { cognitoClaims, makeKey, signToken, TestIssuer } from "../identity/issuer.ts";
import { newIds, userOf } from "../store/contract.ts";
import { eventOf, loadAuthorizer } from "./authorizer-world.ts";

const ROLES = "GET /v1/orgs/{orgId}/workspaces/{workspaceId}/roles";
const RESOURCES = "GET /v1/orgs/{orgId}/workspaces/{workspaceId}/resources/{type}";
const ABSENT_ORG = "org_01jdexamp1e0000000000000ab";
const providerId = "idp_01jdexamp1e0000000000000ab" as ProviderId;

const key = makeKey("current");
const logged: string[] = [];
let issuer: TestIssuer;
let test: TestStore;
let authorizer: Awaited<ReturnType<typeof loadAuthorizer>>;
let acme: Acme;
let kim: Caller;
let mallory: Caller;
let place: Record<string, string>;

beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((text) => logged.push(String(text)) > 0);
  }
  issuer = await TestIssuer.open(key);
  test = await openTestStore();
  acme = await makeAcme(test);
  kim = await admit(acme, "kim");
  mallory = await acme.api.person("mallory@elsewhere.example");
  await registerTypes(test.store, acme.org, playbookRun);
  authorizer = await loadAuthorizer({ endpoint: test.endpoint, tableName: test.tableName, issuer: issuer.url });
  place = { orgId: acme.org, workspaceId: acme.workspace };
});

beforeEach(() => {
  logged.length = 0;
});

afterAll(() => {
  issuer.close();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

type Claims = Readonly<Record<string, string>>;

/** Asks, and gives the one line that came of it. */
async function ask(
  caller: Caller | undefined,
  call: string,
  params: Record<string, string>,
  { claims = {}, userAgent = "test/1" }: { claims?: Claims; userAgent?: string } = {},
) {
  const token = signToken(
    { ...cognitoClaims(issuer.url, Date.now()), bailiwick_user_id: caller?.userId, ...claims },
    key,
  );
  const headers = caller === undefined ? {} : { Authorization: [`Bearer ${token}`], "X-Request-ID": ["mine-1"] };
  const event = eventOf(call, { params, headers });
  event.requestContext.identity.userAgent = userAgent;
  // As API Gateway has it.
  if (Object.keys(params).length === 0) event.pathParameters = null;
  await authorizer(event).catch(() => {});
  expect(logged.join("").trimEnd().split("\n")).toHaveLength(1);
  const line = JSON.parse(logged.join(""));
  expect(readSecurityEvent(line)).toBe(line);
  return line;
}

describe("a denial", () => {
  it("says who wanted what, from where, and that the organization knows them", async () => {
    expect(await ask(kim, ROLES, place)).toMatchObject({
      level: "INFO",
      message: "denied",
      service: "authorizer",
      event: "access.denied",
      requestId: "mine-1",
      route: ROLES,
      ip: "192.0.2.7",
      userAgent: "test/1",
      place,
      principal: { kind: "user", id: kim.userId },
      requiredScope: "role:read",
      isScopeUnknown: false,
      knownIn: { orgId: acme.org, workspaceId: acme.workspace },
    });
  });

  it("says no workspace of somewhere else as one in which they are known", async () => {
    const { id } = await done(acme.api.call(acme.ann, "POST /v1/orgs", { body: { name: "Globex" } }));
    const { id: workspaceId } = await done(
      acme.api.call(acme.ann, `POST /v1/orgs/${id}/workspaces`, { body: { name: "Far" } }),
    );
    for (const other of [workspaceId, "wks_01jdexamp1e0000000000000ab", "nonsense"]) {
      logged.length = 0;
      const line = await ask(kim, ROLES, { ...place, workspaceId: other });
      expect([line.knownIn, line.place.workspaceId]).toEqual([{ orgId: acme.org }, other]);
    }
  });

  it("says of a stranger everything but that", async () => {
    const line = await ask(mallory, ROLES, place);
    expect(line).toMatchObject({ event: "access.denied", principal: { id: mallory.userId }, place });
    expect(line).not.toHaveProperty("knownIn");
  });

  it.each([
    ["that is not there", ABSENT_ORG],
    ["whose id is none", "nonsense"],
    ["whose id would lead elsewhere", "org_x#USER"],
  ])("in an organization %s is nobody's", async (_, orgId) => {
    expect(await ask(kim, ROLES, { ...place, orgId })).not.toHaveProperty("knownIn");
  });

  it("of somebody who was invited and has not come is the organization's", async () => {
    const { id } = await done(acme.api.call(acme.ann, `POST ${acme.O}/users`, { body: { email: "new@acme.example" } }));
    expect(await ask({ userId: id, email: "" }, ROLES, place)).toMatchObject({ knownIn: { orgId: acme.org } });
  });

  it("of somebody who was removed is nobody's", async () => {
    const una = await admit(acme, "una");
    await done(acme.api.call(acme.ann, `DELETE ${acme.O}/users/${una.userId}`, edit({})));
    expect(await ask(una, ROLES, place)).not.toHaveProperty("knownIn");
  });

  it.each([
    ["a built-in type", "workflow", "workflow:read", false],
    ["an own type of the organization", "acme.run", "acme.run:read", false],
    ["a type that there is not", "acme.nothing", "acme.nothing:read", true],
    ["what can be no type", "a b", "{type}:read", true],
  ])("says whether there is the scope that the path names: of %s", async (_, type, requiredScope, isScopeUnknown) => {
    expect(await ask(kim, RESOURCES, { ...place, type })).toMatchObject({ requiredScope, isScopeUnknown });
  });
});

describe("a refused credential", () => {
  it("says of nobody why, and of which request", async () => {
    const line = await ask(undefined, ROLES, place);
    expect(line).toMatchObject({
      message: "unauthenticated",
      event: "credential.refused",
      reason: "credential.absent",
      route: ROLES,
      ip: "192.0.2.7",
      place,
    });
    expect([line.principal, line.knownIn]).toEqual([undefined, undefined]);
  });

  it("says of somebody suspended who, and in which organization", async () => {
    const sue = await admit(acme, "sue");
    await done(acme.api.call(acme.ann, `PATCH ${acme.O}/users/${sue.userId}`, edit({ status: "suspended" })));
    expect(await ask(sue, ROLES, place)).toMatchObject({
      event: "credential.refused",
      reason: "user.shut_out",
      principal: { kind: "user", id: sue.userId },
      knownIn: { orgId: acme.org },
    });
  });

  it("says so of a provider's user, on routes of no place too, and of one who is not there nothing more", async () => {
    const dana = await addProviderUser();
    const claims = { bailiwick_org_id: acme.org, bailiwick_idp_id: providerId, client_id: "client-of-acme" };
    const known = { event: "credential.refused", principal: { id: dana.userId }, knownIn: { orgId: acme.org } };
    expect(await ask(dana, "GET /v1/me", {}, { claims })).toMatchObject(known);
    logged.length = 0;
    expect(await ask(dana, ROLES, place, { claims })).toMatchObject(known);
    logged.length = 0;
    // A token of the pool itself for somebody who comes through a provider.
    expect(await ask(dana, ROLES, place)).toMatchObject(known);
    logged.length = 0;
    const nobody = { userId: newIds().userId, email: "" };
    expect(await ask(nobody, "GET /v1/me", {}, { claims })).not.toHaveProperty("knownIn");
  });
});

/** A user of a provider that is switched off. */
async function addProviderUser(): Promise<Caller> {
  const { store } = test;
  const userId: UserId = newIds().userId;
  const user = {
    ...userOf(acme.org as OrgId, userId, "dana@acme.example"),
    identityProviderId: providerId,
    subject: "d",
  };
  const grants = [{ roleId: "rol_viewer" as RoleId, managedBy: "system", source: "direct" } as const];
  const changes = [
    ...store.users.create(user),
    ...store.assignments.replace(undefined, { place: acme.place, userId, grants, version: 1 }),
    store.organizations.edit(acme.org, { enabledProviders: [], clientId: "client-of-acme" }),
  ];
  expect(await store.commit(changes, randomUUID(), async () => false)).toBe("committed");
  return { userId, email: user.email };
}

describe("what a caller wrote", () => {
  it("stays within its line, whatever it is", async () => {
    const acting = 'a\n{"event":"access.denied"}\r\x1b[31m\x85\x9b\u2028\u2029\u202e\ud800';
    const line = await ask(kim, RESOURCES, { ...place, type: acting }, { userAgent: acting });
    expect(logged.join("").trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect([line.userAgent, line.place.type]).toEqual([acting, acting]);
  });

  it("is cut where it is long", async () => {
    const { userAgent } = await ask(kim, ROLES, place, { userAgent: "x".repeat(9_000) });
    expect(userAgent).toBe("x".repeat(limits.userAgentLength));
  });

  it("makes no line seem another's: its text is a value and no member", async () => {
    const line = await ask(mallory, ROLES, place, { userAgent: `","knownIn":{"orgId":"${acme.org}"},"x":"` });
    expect(line).not.toHaveProperty("knownIn");
  });
});
