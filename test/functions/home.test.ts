import { beforeAll, describe, expect, it } from "vitest";
import { judgeRequest } from "../../functions/wiring/judge-request.ts";
import { RoleCache } from "../../lib/api/role-cache.ts";
import { routes } from "../../lib/api/routes.ts";
import type { OrgId, ProviderId, RoleId, UserId } from "../../lib/domain/ids.ts";
import type { UserPrincipal } from "../../lib/identity/principal.ts";
import type { Caller, TestApi } from "../api/in-process.ts";
import { openTestApi } from "../api/in-process.ts";
import { openTestStore } from "../engine.ts";
import { openKnownKeys } from "../identity/test-keys.ts";
import { newIds, userOf } from "../store/contract.ts";
import { eventOf } from "./authorizer-world.ts";

const providerId = "idp_01jdexamp1e0000000000000ab" as ProviderId;
const clientId = "client-of-acme";
const managing = [{ roleId: "rol_organization-manager" as RoleId, managedBy: "system", source: "direct" } as const];

let api: TestApi;
let ann: Caller;
let acme: OrgId;
let globex: OrgId;
let dana: UserId;

beforeAll(async () => {
  const { store } = await openTestStore();
  api = openTestApi(store);
  ann = await api.person("ann@acme.example");
  const make = async (name: string) => (await api.call(ann, "POST /v1/orgs", { body: { name } })).body.id;
  acme = await make("Acme");
  globex = await make("Globex");
  dana = newIds().userId;
  const user = { ...userOf(acme, dana, "dana@acme.example"), identityProviderId: providerId, subject: "dana" };
  const changes = [
    ...store.users.create(user),
    ...store.assignments.replace(undefined, { place: { orgId: acme }, userId: dana, grants: managing, version: 1 }),
    store.organizations.edit(acme, { enabledProviders: [providerId], clientId }),
  ];
  await store.commit(changes, "dana", async () => false);
});

const danas: UserPrincipal = { kind: "user", userId: "" as UserId, home: { orgId: "" as OrgId, providerId, clientId } };

/** Asks with what a token says, or about nothing in particular. */
async function ask(principal: UserPrincipal, orgId?: OrgId): Promise<string> {
  const verify = async () => principal;
  const call = orgId === undefined ? "GET /v1/me" : "GET /v1/orgs/{orgId}";
  const params = orgId === undefined ? {} : { orgId };
  const event = eventOf(call, { params, headers: { Authorization: ["Bearer x"] } });
  const judging = { routes, verify, store: api.host.store, roles: new RoleCache(), keys: openKnownKeys() };
  return (await judgeRequest(event, judging, Date.now())).kind;
}

const asDana = (home: Partial<NonNullable<UserPrincipal["home"]>> = {}): UserPrincipal => ({
  ...danas,
  userId: dana,
  home: { orgId: acme, providerId, clientId, ...home },
});

describe("a token that came through an identity provider", () => {
  it("is good in that provider's organization, and in no other, whoever its user is there", async () => {
    const { store } = api.host;
    const user = { ...userOf(globex, dana, "dana@acme.example"), identityProviderId: providerId, subject: "dana" };
    const changes = [
      ...store.users.create(user),
      ...store.assignments.replace(undefined, { place: { orgId: globex }, userId: dana, grants: managing, version: 1 }),
      store.organizations.edit(globex, { enabledProviders: [providerId], clientId }),
    ];
    await store.commit(changes, "dana in globex", async () => false);
    expect(await ask(asDana(), acme)).toBe("allowed");
    expect(await ask(asDana())).toBe("allowed");
    expect(await ask(asDana(), globex)).toBe("denied");
    expect(await ask(asDana({ orgId: globex }), globex)).toBe("allowed");
  });

  const forged: [what: string, UserPrincipal | (() => UserPrincipal)][] = [
    ["for another client than the organization's", () => asDana({ clientId: "client-of-globex" })],
    [
      "through another provider than the user's",
      () => asDana({ providerId: "idp_01jdexamp1e0000000000000zz" as ProviderId }),
    ],
    ["with the id of a person of the pool", () => ({ ...asDana(), userId: ann.userId })],
    ["as a person of the pool, though the user comes through a provider", () => ({ kind: "user", userId: dana })],
  ];
  it.each(forged)("is worth nothing %s", async (_what, principal) => {
    expect(await ask(typeof principal === "function" ? principal() : principal, acme)).toBe("unauthenticated");
  });

  it("is worth nothing anywhere else either, once its provider is switched off", async () => {
    const { store } = api.host;
    const switchTo = (enabledProviders: ProviderId[]) =>
      store.commit([store.organizations.edit(acme, { enabledProviders })], `${enabledProviders}`, async () => false);
    await switchTo([]);
    expect([await ask(asDana()), await ask(asDana(), acme)]).toEqual(["unauthenticated", "unauthenticated"]);
    await switchTo([providerId]);
    expect([await ask(asDana()), await ask(asDana(), acme)]).toEqual(["allowed", "allowed"]);
  });
});

describe("a token of a person of the pool", () => {
  it("is good in each of their organizations", async () => {
    const principal: UserPrincipal = { kind: "user", userId: ann.userId };
    expect([await ask(principal, acme), await ask(principal, globex), await ask(principal)]).toEqual([
      "allowed",
      "allowed",
      "allowed",
    ]);
  });
});
