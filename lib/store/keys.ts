/**
 * Every key of the single table; the only file where a `#` stands. ARCHITECTURE.md lists who reads what.
 *
 * Each partition key begins with the organization, and an `OrgId` is the only way to build one, so that a stray key cannot cross
 * tenants. The families from `person` on stand outside: they are asked before an organization is known, go across organizations, or
 * are all that one function may write.
 */
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
} from "../domain/ids.ts";
import { isId } from "../domain/ids.ts";

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** Where the items of a list stand: one partition, one beginning of the sort key. */
export interface Range {
  readonly pk: string;
  readonly prefix: string;
}

/** An organization by itself, or one of its workspaces. */
export interface PlaceRef {
  readonly orgId: OrgId;
  readonly workspaceId?: WorkspaceId;
}

/** One workspace, for what stands in workspaces only. */
export interface WorkspaceRef {
  readonly orgId: OrgId;
  readonly workspaceId: WorkspaceId;
}

const org = (orgId: OrgId) => `ORG#${orgId}`;
const workspacePartition = (place: WorkspaceRef) => `ORG#${place.orgId}#WS#${place.workspaceId}`;
const placePartition = ({ orgId, workspaceId }: PlaceRef) =>
  workspaceId === undefined ? org(orgId) : workspacePartition({ orgId, workspaceId });
/** How a place is named in sort keys; ids never hold a `#`, so no place's rows begin another's. */
const placeName = ({ workspaceId }: PlaceRef) => (workspaceId === undefined ? "ORG" : `WS#${workspaceId}`);
/** An address may hold a `#`, which would let one address's rows begin another's. */
const address = (folded: string) => encodeURIComponent(folded);
const sequence = (seq: number) => String(seq).padStart(12, "0");

export const keys = {
  organization: (orgId: OrgId): Key => ({ pk: org(orgId), sk: "ORG" }),
  gate: (orgId: OrgId): Key => ({ pk: org(orgId), sk: "GATE" }),
  workspace: (orgId: OrgId, workspaceId: WorkspaceId): Key => ({ pk: org(orgId), sk: `WS#${workspaceId}` }),
  workspaceName: (orgId: OrgId, folded: string): Key => ({ pk: org(orgId), sk: `WSNAME#${folded}` }),
  place: (place: PlaceRef): Key => ({ pk: org(place.orgId), sk: placeName(place) }),

  role: (place: PlaceRef, roleId: RoleId): Key => ({ pk: placePartition(place), sk: `ROLE#${roleId}` }),
  roleName: (place: PlaceRef, folded: string): Key => ({ pk: placePartition(place), sk: `ROLENAME#${folded}` }),
  holder: (orgId: OrgId, roleId: RoleId, place: PlaceRef, userId: UserId): Key => ({
    pk: `${org(orgId)}#HOLDERS#${roleId}`,
    sk: `${placeName(place)}#${userId}`,
  }),
  member: (place: PlaceRef, userId: UserId): Key => ({ pk: `${placePartition(place)}#MEMBERS`, sk: userId }),

  rules: (place: PlaceRef): Key => ({ pk: `${org(place.orgId)}#RULES`, sk: placeName(place) }),
  rule: (place: PlaceRef, ruleId: RuleId): Key => ({ pk: placePartition(place), sk: `RULE#${ruleId}` }),
  ruleOfRole: (roleId: RoleId, place: PlaceRef, ruleId: RuleId): Key => ({
    pk: `${org(place.orgId)}#ROLERULES#${roleId}`,
    sk: `${placeName(place)}#${ruleId}`,
  }),

  provider: (orgId: OrgId, providerId: ProviderId): Key => ({ pk: org(orgId), sk: `IDP#${providerId}` }),
  poolTurn: (orgId: OrgId): Key => ({ pk: org(orgId), sk: "POOL" }),
  providerMetadata: (orgId: OrgId, providerId: ProviderId): Key => ({
    pk: `${org(orgId)}#IDP#${providerId}`,
    sk: "METADATA",
  }),

  user: (orgId: OrgId, userId: UserId): Key => ({ pk: `${org(orgId)}#USER#${userId}`, sk: "USER" }),
  userRow: (orgId: OrgId, userId: UserId): Key => ({ pk: `${org(orgId)}#USERS`, sk: userId }),
  userEmail: (orgId: OrgId, folded: string, door: ProviderId | UserId | "pool"): Key => ({
    pk: org(orgId),
    sk: `EMAIL#${address(folded)}#${door}`,
  }),
  userExternalId: (orgId: OrgId, externalId: string): Key => ({ pk: org(orgId), sk: `EXTERNAL#${externalId}` }),
  signIn: (orgId: OrgId, userId: UserId): Key => ({ pk: `${org(orgId)}#USER#${userId}`, sk: "SIGNIN" }),
  assignment: (place: PlaceRef, userId: UserId): Key => ({
    pk: `${org(place.orgId)}#USER#${userId}`,
    sk: `AT#${placeName(place)}`,
  }),

  settings: (orgId: OrgId): Key => ({ pk: org(orgId), sk: "SETTINGS" }),
  ownTypes: (orgId: OrgId): Key => ({ pk: org(orgId), sk: "TYPES" }),
  ownTypeTurn: (orgId: OrgId, type: string): Key => ({ pk: org(orgId), sk: `TYPETURN#${type}` }),
  ownTypeUse: (orgId: OrgId, type: string, by: { workspaceId: WorkspaceId } | { shareId: ShareId }): Key => ({
    pk: `${org(orgId)}#TYPEUSE#${type}`,
    sk: "shareId" in by ? `SHARE#${by.shareId}` : `WS#${by.workspaceId}`,
  }),
  naming: (place: PlaceRef, id: RoleId | KeyId): Key => ({
    pk: `${org(place.orgId)}#NAMING`,
    sk: `${placeName(place)}#${id}`,
  }),

  resource: (place: WorkspaceRef, type: string, id: string): Key => ({
    pk: `${workspacePartition(place)}#RES#${type}`,
    sk: id,
  }),
  attributes: (place: WorkspaceRef, type: string, id: string): Key => ({
    pk: `${workspacePartition(place)}#ATTRIBUTES#${type}`,
    sk: id,
  }),
  secret: (place: WorkspaceRef, type: string, id: string, pointer: string): Key => ({
    pk: `${workspacePartition(place)}#SECRETS#${type}#${id}`,
    sk: pointer,
  }),
  activity: (place: WorkspaceRef, seq: number): Key => ({
    pk: `${workspacePartition(place)}#ACTIVITY`,
    sk: sequence(seq),
  }),
  share: (place: WorkspaceRef, side: "IN" | "OUT", shareId: ShareId): Key => ({
    pk: `${workspacePartition(place)}#SHARES`,
    sk: `${side}#${shareId}`,
  }),
  dependent: (source: WorkspaceRef, type: string, id: string, target: WorkspaceId): Key => ({
    pk: `${workspacePartition(source)}#DEPENDENTS#${type}#${id}`,
    sk: target,
  }),
  shared: (target: WorkspaceRef, type: string, id: string): Key => ({
    pk: `${workspacePartition(target)}#SHARED#${type}`,
    sk: id,
  }),

  apiKeyRow: (place: WorkspaceRef, keyId: KeyId): Key => ({
    pk: `${org(place.orgId)}#KEYS`,
    sk: `${placeName(place)}#${keyId}`,
  }),
  keyOfUser: (orgId: OrgId, userId: UserId, keyId: KeyId): Key => ({
    pk: `${org(orgId)}#USERKEYS#${userId}`,
    sk: keyId,
  }),
  keyOfRole: (place: WorkspaceRef, roleId: RoleId, keyId: KeyId): Key => ({
    pk: `${org(place.orgId)}#ROLEKEYS#${roleId}`,
    sk: `${placeName(place)}#${keyId}`,
  }),

  auditEntry: (place: PlaceRef, seq: number): Key => ({ pk: `${placePartition(place)}#AUDIT`, sk: sequence(seq) }),
  securityEvent: (orgId: OrgId, minute: string, of: readonly string[]): Key => ({
    pk: `${org(orgId)}#SECURITY`,
    sk: [minute, ...of].join("#"),
  }),
  idempotency: (orgId: OrgId, principal: string, route: string, key: string): Key => ({
    pk: `${org(orgId)}#IDEMPOTENCY#${principal}`,
    sk: `${route}#${key}`,
  }),

  person: (userId: UserId): Key => ({ pk: `PERSON#${userId}`, sk: "PERSON" }),
  personOrganization: (userId: UserId, orgId: OrgId): Key => ({ pk: `PERSON#${userId}`, sk: org(orgId) }),
  personIdempotency: (userId: UserId, route: string, key: string): Key => ({
    pk: `PERSON#${userId}`,
    sk: `IDEMPOTENCY#${route}#${key}`,
  }),
  apiKey: (keyId: KeyId): Key => ({ pk: `KEY#${keyId}`, sk: "KEY" }),
  /** Work that is left of a change without bounds; one partition for all organizations, for whoever does the work. */
  sweep: (orgId: OrgId, id: string): Key => ({ pk: "SWEEPS", sk: `${org(orgId)}#${id}` }),
  /** Every organization of the deployment, and the number of its last checkpoint, for whoever makes the next one. */
  listedOrganization: (orgId: OrgId): Key => ({ pk: "ORGANIZATIONS", sk: orgId }),
  /** Jobs stand apart from whatever else an organization has, so that who works on them may write them and nothing else. */
  auditExport: (orgId: OrgId, exportId: ExportId): Key => ({ pk: `EXPORTS#${org(orgId)}`, sk: exportId }),
  auditExportFile: (orgId: OrgId, exportId: ExportId, part: "FILE" | "INDEX", number: number): Key => ({
    pk: `EXPORTS#${org(orgId)}#${exportId}`,
    sk: `${part}#${sequence(number)}`,
  }),
  /** With which organization the next round of checkpoints begins. */
  checkpointTurn: (): Key => ({ pk: "CHECKPOINTS", sk: "NEXT" }),
  /** Every provider of the deployment, for whoever compares the user pool with them. */
  configuredProvider: (providerId: ProviderId): Key => ({ pk: "PROVIDERS", sk: providerId }),
  keyUse: (keyId: KeyId): Key => ({ pk: `KEY#${keyId}`, sk: "USED" }),
  providerHome: (providerId: ProviderId): Key => ({ pk: `IDP#${providerId}`, sk: "IDP" }),
  providerSubject: (providerId: ProviderId, folded: string): Key => ({ pk: `IDP#${providerId}`, sk: `SUB#${folded}` }),
  personByEmail: (folded: string): Key => ({ pk: `EMAIL#${address(folded)}`, sk: "PERSON" }),
  personBySubject: (subject: string): Key => ({ pk: `SUB#${subject}`, sk: "PERSON" }),
};

export const ranges = {
  workspaces: (orgId: OrgId): Range => ({ pk: org(orgId), prefix: "WS#" }),
  roles: (place: PlaceRef): Range => ({ pk: placePartition(place), prefix: "ROLE#" }),
  holders: (orgId: OrgId, roleId: RoleId): Range => ({ pk: `${org(orgId)}#HOLDERS#${roleId}`, prefix: "" }),
  holdersAt: (orgId: OrgId, roleId: RoleId, place: PlaceRef): Range => ({
    pk: `${org(orgId)}#HOLDERS#${roleId}`,
    prefix: `${placeName(place)}#`,
  }),
  members: (place: PlaceRef): Range => ({ pk: `${placePartition(place)}#MEMBERS`, prefix: "" }),
  rules: (orgId: OrgId): Range => ({ pk: `${org(orgId)}#RULES`, prefix: "" }),
  rulesOfRole: (orgId: OrgId, roleId: RoleId): Range => ({ pk: `${org(orgId)}#ROLERULES#${roleId}`, prefix: "" }),
  providers: (orgId: OrgId): Range => ({ pk: org(orgId), prefix: "IDP#" }),
  organizations: (): Range => ({ pk: "ORGANIZATIONS", prefix: "" }),
  auditExports: (orgId: OrgId): Range => ({ pk: `EXPORTS#${org(orgId)}`, prefix: "" }),
  auditExportFiles: (orgId: OrgId, exportId: ExportId, part: "FILE" | "INDEX"): Range => ({
    pk: `EXPORTS#${org(orgId)}#${exportId}`,
    prefix: `${part}#`,
  }),
  configuredProviders: (): Range => ({ pk: "PROVIDERS", prefix: "" }),
  users: (orgId: OrgId): Range => ({ pk: `${org(orgId)}#USERS`, prefix: "" }),
  usersByEmail: (orgId: OrgId, folded: string): Range => ({ pk: org(orgId), prefix: `EMAIL#${address(folded)}#` }),
  assignments: (orgId: OrgId, userId: UserId): Range => ({ pk: `${org(orgId)}#USER#${userId}`, prefix: "AT#" }),
  ownTypeUses: (orgId: OrgId, type: string): Range => ({ pk: `${org(orgId)}#TYPEUSE#${type}`, prefix: "" }),
  naming: (orgId: OrgId): Range => ({ pk: `${org(orgId)}#NAMING`, prefix: "" }),
  resources: (place: WorkspaceRef, type: string): Range => ({
    pk: `${workspacePartition(place)}#RES#${type}`,
    prefix: "",
  }),
  activity: (place: WorkspaceRef): Range => ({ pk: `${workspacePartition(place)}#ACTIVITY`, prefix: "" }),
  shares: (place: WorkspaceRef): Range => ({ pk: `${workspacePartition(place)}#SHARES`, prefix: "" }),
  sharesOf: (place: WorkspaceRef, side: "IN" | "OUT"): Range => ({
    pk: `${workspacePartition(place)}#SHARES`,
    prefix: `${side}#`,
  }),
  dependents: (source: WorkspaceRef, type: string, id: string): Range => ({
    pk: `${workspacePartition(source)}#DEPENDENTS#${type}#${id}`,
    prefix: "",
  }),
  shared: (target: WorkspaceRef, type: string): Range => ({
    pk: `${workspacePartition(target)}#SHARED#${type}`,
    prefix: "",
  }),
  apiKeys: (orgId: OrgId): Range => ({ pk: `${org(orgId)}#KEYS`, prefix: "" }),
  apiKeysIn: (place: WorkspaceRef): Range => ({ pk: `${org(place.orgId)}#KEYS`, prefix: `${placeName(place)}#` }),
  keysOfUser: (orgId: OrgId, userId: UserId): Range => ({ pk: `${org(orgId)}#USERKEYS#${userId}`, prefix: "" }),
  keysOfRole: (orgId: OrgId, roleId: RoleId): Range => ({ pk: `${org(orgId)}#ROLEKEYS#${roleId}`, prefix: "" }),
  audit: (place: PlaceRef): Range => ({ pk: `${placePartition(place)}#AUDIT`, prefix: "" }),
  securityEvents: (orgId: OrgId): Range => ({ pk: `${org(orgId)}#SECURITY`, prefix: "" }),
  sweeps: (orgId: OrgId): Range => ({ pk: "SWEEPS", prefix: `${org(orgId)}#` }),
  allSweeps: (): Range => ({ pk: "SWEEPS", prefix: "" }),
  personOrganizations: (userId: UserId): Range => ({ pk: `PERSON#${userId}`, prefix: "ORG#" }),
};

/**
 * Whose chain an entry stands in, by its partition key; undefined for whatever is no entry. Callers choose the ends of some other
 * keys (a resource may be called `AUDIT`), so the whole of it is looked at.
 */
export function placeOfEntries(pk: string): PlaceRef | undefined {
  const [, orgId = "", workspaceId] = /^ORG#([^#]+)(?:#WS#([^#]+))?#AUDIT$/.exec(pk) ?? [];
  if (!isId("org", orgId)) return undefined;
  if (workspaceId === undefined) return { orgId };
  return isId("wks", workspaceId) ? { orgId, workspaceId } : undefined;
}
