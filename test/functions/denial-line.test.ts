/** The line of a denial behind the authorizer is one that a record is made of, and says who is known where. */
import { expect, it } from "vitest";
import { toDenial } from "../../functions/wiring/denial-line.ts";
import type { HttpRequest } from "../../lib/api/exchange.ts";
import type { KeyId, OrgId, ProviderId, UserId, WorkspaceId } from "../../lib/domain/ids.ts";
import { readSecurityEvent } from "../../lib/domain/security-events.ts";
import type { Principal } from "../../lib/identity/principal.ts";

const orgId = "org_01jdexamp1e0000000000000ab" as OrgId;
const workspaceId = "wks_01jdexamp1e0000000000000ab" as WorkspaceId;
const userId = "usr_01jdexamp1e0000000000000ab" as UserId;
const keyId = "key_01jdexamp1e0000000000000ab" as KeyId;
const user: Principal = { kind: "user", userId };
const home = { orgId, providerId: "idp_01jdexamp1e0000000000000ab" as ProviderId, clientId: "c" };
const key: Principal = {
  ...({ kind: "api-key", keyId, orgId, workspaceId, keyKind: "service", ownerId: userId, secretMadeAt: 1 } as const),
};

const requestOf = (principal: Principal | undefined, params: object): HttpRequest => ({
  ...{ method: "POST", resource: "/v1/orgs", path: "/v1/orgs", query: new Map(), headers: new Map(), body: "{}" },
  params: new Map(Object.entries(params)),
  origin: { ip: "192.0.2.7", userAgent: "test/1", requestId: "mine-1" },
  authorized: principal && { principal, holdsScope: true, isWorkspaceAbsent: false },
});

it.each<[string, Principal, object, object | undefined]>([
  ["a person in a workspace", user, { orgId, workspaceId }, { orgId, workspaceId }],
  ["a person in an organization", user, { orgId }, { orgId }],
  ["a person nowhere", user, {}, undefined],
  ["a provider's person nowhere", { ...user, home }, {}, { orgId }],
  ["a key in its workspace", key, { orgId, workspaceId }, { orgId, workspaceId }],
  ["a key nowhere", key, {}, { orgId }],
])("of %s", (_, principal, params, knownIn) => {
  const line = JSON.parse(JSON.stringify(toDenial(requestOf(principal, params), "some:scope")));
  expect(readSecurityEvent(line)).toBe(line);
  expect(line.knownIn).toEqual(knownIn);
  expect(line).toMatchObject({ requestId: "mine-1", route: "POST /v1/orgs", requiredScope: "some:scope" });
});

it("of nobody there is none", () => {
  expect(toDenial(requestOf(undefined, {}), "some:scope")).toBeUndefined();
});
