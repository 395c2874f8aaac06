/** The table's keys: whatever belongs to an organization stands in partitions of that organization, and nowhere else. */
import { describe, expect, it } from "vitest";
import type { ExportId, KeyId, OrgId, ProviderId, RuleId, ShareId } from "../../lib/domain/ids.ts";
import type { Key, Range } from "../../lib/store/keys.ts";
import { keys, placeOfEntries, ranges } from "../../lib/store/keys.ts";
import { newIds } from "./contract.ts";

const { orgId: acme, workspaceId, userId, roleId } = newIds();
const globex = newIds().orgId;
const providerId = "idp_01jdexamp1e0000000000000ab" as ProviderId;
const ruleId = "rul_01jdexamp1e0000000000000ab" as RuleId;
const shareId = "shr_01jdexamp1e0000000000000ab" as ShareId;
const keyId = "key_01jdexamp1e0000000000000ab" as KeyId;
const exportId = "exp_01jdexamp1e0000000000000ab" as ExportId;
const type = "acme.playbook";
const route = "POST /v1/orgs";

/** Asked before an organization is known. */
type Outside =
  | "sweep"
  | "listedOrganization"
  | "checkpointTurn"
  | "auditExport"
  | "auditExportFile"
  | "configuredProvider"
  | "keyUse"
  | "providerHome"
  | "apiKey"
  | "providerSubject"
  | "person"
  | "personOrganization"
  | "personIdempotency"
  | "personByEmail"
  | "personBySubject";
type OutsideRange =
  | "personOrganizations"
  | "sweeps"
  | "allSweeps"
  | "organizations"
  | "configuredProviders"
  | "auditExports"
  | "auditExportFiles";

/** Every key of an organization, once for each shape that it has. */
const inside: Readonly<Record<Exclude<keyof typeof keys, Outside>, (orgId: OrgId) => Key[]>> = {
  organization: (orgId) => [keys.organization(orgId)],
  gate: (orgId) => [keys.gate(orgId)],
  workspace: (orgId) => [keys.workspace(orgId, workspaceId)],
  workspaceName: (orgId) => [keys.workspaceName(orgId, "north")],
  place: (orgId) => [keys.place({ orgId }), keys.place({ orgId, workspaceId })],
  role: (orgId) => [keys.role({ orgId }, roleId), keys.role({ orgId, workspaceId }, roleId)],
  roleName: (orgId) => [keys.roleName({ orgId }, "runner"), keys.roleName({ orgId, workspaceId }, "runner")],
  holder: (orgId) => [
    keys.holder(orgId, roleId, { orgId }, userId),
    keys.holder(orgId, roleId, { orgId, workspaceId }, userId),
  ],
  member: (orgId) => [keys.member({ orgId }, userId), keys.member({ orgId, workspaceId }, userId)],
  rules: (orgId) => [keys.rules({ orgId }), keys.rules({ orgId, workspaceId })],
  rule: (orgId) => [keys.rule({ orgId }, ruleId), keys.rule({ orgId, workspaceId }, ruleId)],
  ruleOfRole: (orgId) => [
    keys.ruleOfRole(roleId, { orgId }, ruleId),
    keys.ruleOfRole(roleId, { orgId, workspaceId }, ruleId),
  ],
  provider: (orgId) => [keys.provider(orgId, providerId)],
  poolTurn: (orgId) => [keys.poolTurn(orgId)],
  providerMetadata: (orgId) => [keys.providerMetadata(orgId, providerId)],
  user: (orgId) => [keys.user(orgId, userId)],
  signIn: (orgId) => [keys.signIn(orgId, userId)],
  userRow: (orgId) => [keys.userRow(orgId, userId)],
  userEmail: (orgId) => [keys.userEmail(orgId, "a#b@x", "pool"), keys.userEmail(orgId, "a", "b@x#pool" as ProviderId)],
  userExternalId: (orgId) => [keys.userExternalId(orgId, "7")],
  assignment: (orgId) => [keys.assignment({ orgId }, userId), keys.assignment({ orgId, workspaceId }, userId)],
  settings: (orgId) => [keys.settings(orgId)],
  ownTypes: (orgId) => [keys.ownTypes(orgId)],
  ownTypeTurn: (orgId) => [keys.ownTypeTurn(orgId, type)],
  ownTypeUse: (orgId) => [keys.ownTypeUse(orgId, type, { workspaceId }), keys.ownTypeUse(orgId, type, { shareId })],
  naming: (orgId) => [
    keys.naming({ orgId }, roleId),
    keys.naming({ orgId, workspaceId }, roleId),
    keys.naming({ orgId, workspaceId }, keyId),
  ],
  resource: (orgId) => [keys.resource({ orgId, workspaceId }, type, "r")],
  attributes: (orgId) => [keys.attributes({ orgId, workspaceId }, type, "r")],
  secret: (orgId) => [keys.secret({ orgId, workspaceId }, type, "r", "/a#b")],
  activity: (orgId) => [keys.activity({ orgId, workspaceId }, 1)],
  share: (orgId) => (["IN", "OUT"] as const).map((side) => keys.share({ orgId, workspaceId }, side, shareId)),
  dependent: (orgId) => [keys.dependent({ orgId, workspaceId }, type, "r", workspaceId)],
  shared: (orgId) => [keys.shared({ orgId, workspaceId }, type, "r")],
  apiKeyRow: (orgId) => [keys.apiKeyRow({ orgId, workspaceId }, keyId)],
  keyOfUser: (orgId) => [keys.keyOfUser(orgId, userId, keyId)],
  keyOfRole: (orgId) => [keys.keyOfRole({ orgId, workspaceId }, roleId, keyId)],
  auditEntry: (orgId) => [keys.auditEntry({ orgId }, 1), keys.auditEntry({ orgId, workspaceId }, 1)],
  securityEvent: (orgId) => [keys.securityEvent(orgId, "2026-12-01T00:00:00.000Z", ["access.denied", userId, "a:b"])],
  idempotency: (orgId) => [keys.idempotency(orgId, userId, route, "k")],
};

const insideRanges: Readonly<Record<Exclude<keyof typeof ranges, OutsideRange>, (orgId: OrgId) => Range[]>> = {
  workspaces: (orgId) => [ranges.workspaces(orgId)],
  roles: (orgId) => [ranges.roles({ orgId }), ranges.roles({ orgId, workspaceId })],
  holders: (orgId) => [ranges.holders(orgId, roleId)],
  holdersAt: (orgId) => [
    ranges.holdersAt(orgId, roleId, { orgId }),
    ranges.holdersAt(orgId, roleId, { orgId, workspaceId }),
  ],
  members: (orgId) => [ranges.members({ orgId }), ranges.members({ orgId, workspaceId })],
  rules: (orgId) => [ranges.rules(orgId)],
  rulesOfRole: (orgId) => [ranges.rulesOfRole(orgId, roleId)],
  providers: (orgId) => [ranges.providers(orgId)],
  users: (orgId) => [ranges.users(orgId)],
  usersByEmail: (orgId) => [ranges.usersByEmail(orgId, "a#b@x")],
  assignments: (orgId) => [ranges.assignments(orgId, userId)],
  ownTypeUses: (orgId) => [ranges.ownTypeUses(orgId, type)],
  naming: (orgId) => [ranges.naming(orgId)],
  resources: (orgId) => [ranges.resources({ orgId, workspaceId }, type)],
  activity: (orgId) => [ranges.activity({ orgId, workspaceId })],
  shares: (orgId) => [ranges.shares({ orgId, workspaceId })],
  sharesOf: (orgId) => [ranges.sharesOf({ orgId, workspaceId }, "IN")],
  dependents: (orgId) => [ranges.dependents({ orgId, workspaceId }, type, "r")],
  shared: (orgId) => [ranges.shared({ orgId, workspaceId }, type)],
  apiKeys: (orgId) => [ranges.apiKeys(orgId)],
  apiKeysIn: (orgId) => [ranges.apiKeysIn({ orgId, workspaceId })],
  keysOfUser: (orgId) => [ranges.keysOfUser(orgId, userId)],
  keysOfRole: (orgId) => [ranges.keysOfRole(orgId, roleId)],
  securityEvents: (orgId) => [ranges.securityEvents(orgId)],
  audit: (orgId) => [ranges.audit({ orgId }), ranges.audit({ orgId, workspaceId })],
};

const outside: Readonly<Record<Outside, Key>> = {
  sweep: keys.sweep(acme, userId),
  listedOrganization: keys.listedOrganization(acme),
  checkpointTurn: keys.checkpointTurn(),
  auditExport: keys.auditExport(acme, exportId),
  auditExportFile: keys.auditExportFile(acme, exportId, "FILE", 1),
  configuredProvider: keys.configuredProvider(providerId),
  keyUse: keys.keyUse(keyId),
  providerHome: keys.providerHome(providerId),
  providerSubject: keys.providerSubject(providerId, "a#b"),
  apiKey: keys.apiKey(keyId),
  person: keys.person(userId),
  personOrganization: keys.personOrganization(userId, acme),
  personIdempotency: keys.personIdempotency(userId, route, "k"),
  personByEmail: keys.personByEmail("a#b@x"),
  personBySubject: keys.personBySubject("s"),
};

const isOf = (orgId: OrgId, { pk }: { readonly pk: string }) => pk === `ORG#${orgId}` || pk.startsWith(`ORG#${orgId}#`);

describe("what belongs to an organization", () => {
  it.each(Object.entries(inside))("stands in its own partitions: %s", (_name, make) => {
    for (const key of make(acme)) expect(isOf(acme, key)).toBe(true);
    for (const key of make(globex)) expect(isOf(acme, key)).toBe(false);
  });

  it.each(Object.entries(insideRanges))("is listed from its own partitions: %s", (_name, make) => {
    for (const range of make(acme)) expect(isOf(acme, range)).toBe(true);
    for (const range of make(globex)) expect(isOf(acme, range)).toBe(false);
  });
});

describe("what belongs to none", () => {
  it.each(Object.entries(outside))("stands in no organization's partition: %s", (_name, { pk }) => {
    expect(pk).not.toMatch(/^ORG#/);
  });
});

describe("work that is left to do", () => {
  it("is listed for its own organization and no other", () => {
    const { pk, sk } = keys.sweep(acme, userId);
    const isListed = (range: Range) => range.pk === pk && sk.startsWith(range.prefix);
    expect([acme, globex].map((orgId) => isListed(ranges.sweeps(orgId)))).toEqual([true, false]);
    expect(isListed(ranges.allSweeps())).toBe(true);
  });
});

describe("no two kinds of things", () => {
  it("share a key, but a place and its own item", () => {
    const { place: _, ...kinds } = inside;
    const all = [...Object.values(kinds).flatMap((make) => make(acme)), ...Object.values(outside)];
    expect(new Set(all.map(({ pk, sk }) => `${pk}\n${sk}`)).size).toBe(all.length);
  });

  it("are listed together", () => {
    const { place: _, ...kinds } = inside;
    const all = Object.entries(kinds).flatMap(([kind, make]) => make(acme).map((key) => ({ kind, ...key })));
    for (const range of Object.values(insideRanges).flatMap((make) => make(acme))) {
      const listed = all.filter(({ pk, sk }) => pk === range.pk && sk.startsWith(range.prefix));
      expect(new Set(listed.map(({ kind }) => kind)).size).toBe(1);
    }
  });
});

describe("an entry of the audit log", () => {
  it("is told by its key, with its place", () => {
    for (const place of [{ orgId: acme }, { orgId: acme, workspaceId }]) {
      expect(placeOfEntries(keys.auditEntry(place, 7).pk)).toEqual(place);
    }
  });

  it("is told from everything else, whatever callers call their things", () => {
    const others = { ...inside, auditEntry: () => [] };
    const named = [
      keys.secret({ orgId: acme, workspaceId }, type, "AUDIT", "/a"),
      keys.dependent({ orgId: acme, workspaceId }, type, "AUDIT", workspaceId),
      keys.personBySubject("AUDIT"),
      keys.providerSubject(providerId, "AUDIT"),
    ];
    const all = [...Object.values(others).flatMap((make) => make(acme)), ...Object.values(outside), ...named];
    expect(all.length).toBeGreaterThan(50);
    for (const { pk } of all) expect([pk, placeOfEntries(pk)]).toEqual([pk, undefined]);
  });
});
