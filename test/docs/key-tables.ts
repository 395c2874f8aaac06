/** The keys of the single table as ARCHITECTURE shows them, made by the very functions that make them. */
import type {
  ExportId,
  KeyId,
  OrgId,
  ProviderId,
  RoleId,
  RuleId,
  ShareId,
  UserId,
  WorkspaceId,
} from "../../lib/domain/ids.ts";
import type { Key, PlaceRef, Range } from "../../lib/store/keys.ts";
import { keys, ranges } from "../../lib/store/keys.ts";

const o = "o" as OrgId;
const w = "w" as WorkspaceId;
const u = "u" as UserId;
const r = "r" as RoleId;
const i = "i" as ProviderId;
const c = "c" as RuleId;
const s = "s" as ShareId;
const k = "k" as KeyId;
const e = "e" as ExportId;
const inWorkspace = { orgId: o, workspaceId: w };
const places: readonly PlaceRef[] = [{ orgId: o, workspaceId: w }, { orgId: o }];
const inPlaces = <T>(make: (place: PlaceRef) => T): T[] => places.map(make);

/** One sample of each key; a new key does not compile without one. Those of a place are shown for a workspace and for the organization. */
const keySamples: Readonly<Record<keyof typeof keys, () => Key[]>> = {
  organization: () => [keys.organization(o)],
  gate: () => [keys.gate(o)],
  workspace: () => [keys.workspace(o, w)],
  workspaceName: () => [keys.workspaceName(o, "name")],
  place: () => inPlaces(keys.place),
  role: () => inPlaces((place) => keys.role(place, r)),
  roleName: () => inPlaces((place) => keys.roleName(place, "name")),
  holder: () => inPlaces((place) => keys.holder(o, r, place, u)),
  member: () => inPlaces((place) => keys.member(place, u)),
  rules: () => inPlaces(keys.rules),
  rule: () => inPlaces((place) => keys.rule(place, c)),
  ruleOfRole: () => inPlaces((place) => keys.ruleOfRole(r, place, c)),
  provider: () => [keys.provider(o, i)],
  poolTurn: () => [keys.poolTurn(o)],
  providerMetadata: () => [keys.providerMetadata(o, i)],
  user: () => [keys.user(o, u)],
  userRow: () => [keys.userRow(o, u)],
  userEmail: () => [keys.userEmail(o, "address", "pool")],
  userExternalId: () => [keys.userExternalId(o, "id")],
  signIn: () => [keys.signIn(o, u)],
  assignment: () => inPlaces((place) => keys.assignment(place, u)),
  settings: () => [keys.settings(o)],
  ownTypes: () => [keys.ownTypes(o)],
  ownTypeTurn: () => [keys.ownTypeTurn(o, "type")],
  ownTypeUse: () => [keys.ownTypeUse(o, "type", { workspaceId: w }), keys.ownTypeUse(o, "type", { shareId: s })],
  naming: () => [...inPlaces((place) => keys.naming(place, r)), keys.naming(inWorkspace, k)],
  resource: () => [keys.resource(inWorkspace, "type", "id")],
  attributes: () => [keys.attributes(inWorkspace, "type", "id")],
  secret: () => [keys.secret(inWorkspace, "type", "id", "/pointer")],
  activity: () => [keys.activity(inWorkspace, 7)],
  share: () => [keys.share(inWorkspace, "OUT", s), keys.share(inWorkspace, "IN", s)],
  dependent: () => [keys.dependent(inWorkspace, "type", "id", "target" as WorkspaceId)],
  shared: () => [keys.shared(inWorkspace, "type", "id")],
  apiKeyRow: () => [keys.apiKeyRow(inWorkspace, k)],
  keyOfUser: () => [keys.keyOfUser(o, u, k)],
  keyOfRole: () => [keys.keyOfRole(inWorkspace, r, k)],
  auditEntry: () => inPlaces((place) => keys.auditEntry(place, 7)),
  securityEvent: () => [
    keys.securityEvent(o, "minute", ["access.denied", "u", "scope"]),
    keys.securityEvent(o, "minute", ["sign_in.refused", "i", "slot"]),
  ],
  idempotency: () => [keys.idempotency(o, u, "POST path", "key")],
  person: () => [keys.person(u)],
  personOrganization: () => [keys.personOrganization(u, o)],
  personIdempotency: () => [keys.personIdempotency(u, "POST path", "key")],
  apiKey: () => [keys.apiKey(k)],
  sweep: () => [keys.sweep(o, "id")],
  listedOrganization: () => [keys.listedOrganization(o)],
  checkpointTurn: () => [keys.checkpointTurn()],
  auditExport: () => [keys.auditExport(o, e)],
  auditExportFile: () => [keys.auditExportFile(o, e, "FILE", 1), keys.auditExportFile(o, e, "INDEX", 1)],
  configuredProvider: () => [keys.configuredProvider(i)],
  keyUse: () => [keys.keyUse(k)],
  providerHome: () => [keys.providerHome(i)],
  providerSubject: () => [keys.providerSubject(i, "subject")],
  personByEmail: () => [keys.personByEmail("address")],
  personBySubject: () => [keys.personBySubject("subject")],
};

const rangeSamples: Readonly<Record<keyof typeof ranges, () => Range[]>> = {
  workspaces: () => [ranges.workspaces(o)],
  roles: () => inPlaces(ranges.roles),
  holders: () => [ranges.holders(o, r)],
  holdersAt: () => inPlaces((place) => ranges.holdersAt(o, r, place)),
  members: () => inPlaces(ranges.members),
  rules: () => [ranges.rules(o)],
  rulesOfRole: () => [ranges.rulesOfRole(o, r)],
  providers: () => [ranges.providers(o)],
  organizations: () => [ranges.organizations()],
  auditExports: () => [ranges.auditExports(o)],
  auditExportFiles: () => [ranges.auditExportFiles(o, e, "FILE"), ranges.auditExportFiles(o, e, "INDEX")],
  configuredProviders: () => [ranges.configuredProviders()],
  users: () => [ranges.users(o)],
  usersByEmail: () => [ranges.usersByEmail(o, "address")],
  assignments: () => [ranges.assignments(o, u)],
  ownTypeUses: () => [ranges.ownTypeUses(o, "type")],
  naming: () => [ranges.naming(o)],
  resources: () => [ranges.resources(inWorkspace, "type")],
  activity: () => [ranges.activity(inWorkspace)],
  shares: () => [ranges.shares(inWorkspace)],
  sharesOf: () => [ranges.sharesOf(inWorkspace, "OUT"), ranges.sharesOf(inWorkspace, "IN")],
  dependents: () => [ranges.dependents(inWorkspace, "type", "id")],
  shared: () => [ranges.shared(inWorkspace, "type")],
  apiKeys: () => [ranges.apiKeys(o)],
  apiKeysIn: () => [ranges.apiKeysIn(inWorkspace)],
  keysOfUser: () => [ranges.keysOfUser(o, u)],
  keysOfRole: () => [ranges.keysOfRole(o, r)],
  audit: () => inPlaces(ranges.audit),
  securityEvents: () => [ranges.securityEvents(o)],
  sweeps: () => [ranges.sweeps(o)],
  allSweeps: () => [ranges.allSweeps()],
  personOrganizations: () => [ranges.personOrganizations(u)],
};

export function keyRows(): string[][] {
  return Object.entries(keySamples).map(([name, sample]) => [
    `\`${name}\``,
    spell(sample().map(({ pk }) => pk)),
    spell(sample().map(({ sk }) => sk)),
  ]);
}

export function rangeRows(): string[][] {
  return Object.entries(rangeSamples).map(([name, sample]) => [
    `\`${name}\``,
    spell(sample().map(({ pk }) => pk)),
    spell(sample().map(({ prefix }) => prefix)),
  ]);
}

/** What a workspace's is, or the organization's where that differs. */
function spell(texts: readonly string[]): string {
  return [...new Set(texts)].map((text) => (text === "" ? "all" : `\`${text}\``)).join(" or ");
}
