/** The store: the table's reads and commits, and one member for each kind of item. Opened once per function. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { ExportId, OrgId, RoleId, UserId, WorkspaceId } from "../domain/ids.ts";
import { activityItems, listActivity } from "./activity.ts";
import { apiKeyItems, listKeys, listKeysOfRole, listKeysOfUser } from "./api-keys.ts";
import { assignmentItems, listAssignments, listHolders, listMemberIds } from "./assignments.ts";
import { auditExportItems, listExportFiles, listExportIndexes, listExports } from "./audit-exports.ts";
import { checkpointItems, listOrganizations } from "./checkpoints.ts";
import { listRules, listRulesOfRole, ruleItems } from "./claim-rules.ts";
import { pause } from "./faults.ts";
import { idempotencyItems } from "./idempotency.ts";
import { listConfiguredProviders, listProviders, providerItems } from "./identity-providers.ts";
import { keyUseItems } from "./key-uses.ts";
import type { PlaceRef, WorkspaceRef } from "./keys.ts";
import { keys, ranges } from "./keys.ts";
import { organizationItems } from "./organizations.ts";
import { listNamingScopes, listTypeUses, ownTypeItems } from "./own-types.ts";
import { listPersonOrganizations, listPersonRows, personItems } from "./persons.ts";
import { decodeEntry, gateItems, placeItems, transactionToken } from "./places.ts";
import { poolTurnItems } from "./pool-turns.ts";
import { hasAnyResource } from "./resource-existence.ts";
import { listResources, resourceItems } from "./resources.ts";
import { listRoles, roleItems } from "./roles.ts";
import { listSecurityEvents, securityEventItems } from "./security-events.ts";
import { settingsItems } from "./settings.ts";
import { listDependents, listShared, listShares, shareItems } from "./shares.ts";
import { listAllSweeps, listSweeps, sweepItems } from "./sweeps.ts";
import type { TableOptions } from "./table.ts";
import { Table } from "./table.ts";
import { listUserIds, listUserIdsByEmail, userItems } from "./users.ts";
import { listWorkspaceHeads, listWorkspaceIds, listWorkspaces, workspaceItems } from "./workspaces.ts";

interface PageOptions {
  limit: number;
  after?: string | undefined;
}

function compose(table: Table) {
  return {
    read: table.read.bind(table),
    readTogether: table.readTogether.bind(table),
    commit: table.commit.bind(table),
    transactionToken,
    pause,
    places: {
      ...placeItems,
      listEntries: (place: PlaceRef, options: PageOptions & { descending?: boolean }) =>
        table.list(ranges.audit(place), decodeEntry, options),
      /** Up to `limit` entries that follow the one with a `seq`, in the chain's order; after 0 all that whoever reads the log sees. */
      listEntriesAfter: (place: PlaceRef, seq: number, limit: number) =>
        table.list(ranges.audit(place), decodeEntry, {
          limit,
          after: seq === 0 ? undefined : keys.auditEntry(place, seq).sk,
        }),
    },
    gate: gateItems,
    organizations: {
      ...organizationItems,
      list: (options: PageOptions) => listOrganizations(table, options),
    },
    checkpoints: checkpointItems,
    auditExports: {
      ...auditExportItems,
      list: (orgId: OrgId, options: PageOptions & { descending?: boolean }) => listExports(table, orgId, options),
      listFiles: (orgId: OrgId, exportId: ExportId) => listExportFiles(table, orgId, exportId),
      listIndexes: (orgId: OrgId, exportId: ExportId) => listExportIndexes(table, orgId, exportId),
    },
    workspaces: {
      ...workspaceItems,
      list: (orgId: OrgId, options: PageOptions) => listWorkspaces(table, orgId, options),
      listIds: (orgId: OrgId, options: PageOptions) => listWorkspaceIds(table, orgId, options),
      listHeads: (orgId: OrgId, options: PageOptions) => listWorkspaceHeads(table, orgId, options),
    },
    roles: {
      ...roleItems,
      list: (place: PlaceRef, options: PageOptions) => listRoles(table, place, options),
    },
    rules: {
      ...ruleItems,
      list: (orgId: OrgId) => listRules(table, orgId),
      listOfRole: (orgId: OrgId, roleId: RoleId) => listRulesOfRole(table, orgId, roleId),
    },
    providers: {
      ...providerItems,
      list: (orgId: OrgId) => listProviders(table, orgId),
      listConfigured: (options: PageOptions) => listConfiguredProviders(table, options),
    },
    poolTurns: poolTurnItems,
    users: {
      ...userItems,
      list: (orgId: OrgId, options: PageOptions) => listUserIds(table, orgId, options),
      listByEmail: (orgId: OrgId, email: string, options: PageOptions) =>
        listUserIdsByEmail(table, orgId, email, options),
    },
    assignments: {
      ...assignmentItems,
      listMembers: (place: PlaceRef, options: PageOptions) => listMemberIds(table, place, options),
      listOfUser: (orgId: OrgId, userId: UserId) => listAssignments(table, orgId, userId),
      listHolders: (orgId: OrgId, roleId: RoleId, place?: PlaceRef) => listHolders(table, orgId, roleId, place),
    },
    persons: {
      ...personItems,
      listOrganizations: (userId: UserId, options: PageOptions) => listPersonOrganizations(table, userId, options),
      listInvitations: (userId: UserId) => listPersonRows(table, userId, "invited"),
      listMemberships: (userId: UserId) => listPersonRows(table, userId, "member"),
    },
    sweeps: {
      ...sweepItems,
      list: (orgId: OrgId) => listSweeps(table, orgId),
      listAll: (options: PageOptions) => listAllSweeps(table, options),
    },
    ownTypes: {
      ...ownTypeItems,
      listUses: (orgId: OrgId, type: string) => listTypeUses(table, orgId, type),
      listNaming: (orgId: OrgId) => listNamingScopes(table, orgId),
      hasResources: (place: WorkspaceRef, type: string, now: number) => hasAnyResource(table, place, type, now),
    },
    settings: settingsItems,
    resources: {
      ...resourceItems,
      list: (place: WorkspaceRef, type: string, options: PageOptions) => listResources(table, place, type, options),
    },
    shares: {
      ...shareItems,
      list: (place: WorkspaceRef, direction: "incoming" | "outgoing" | undefined, options: PageOptions) =>
        listShares(table, place, direction, options),
      listDependents: (source: WorkspaceRef, type: string, id: string, options: PageOptions) =>
        listDependents(table, source, type, id, options),
      listShared: (target: WorkspaceRef, type: string, options: PageOptions) =>
        listShared(table, target, type, options),
    },
    activity: {
      ...activityItems,
      list: (place: WorkspaceRef, now: number, options: PageOptions & { descending?: boolean }) =>
        listActivity(table, place, now, options),
    },
    apiKeys: {
      ...apiKeyItems,
      list: (of: { orgId: OrgId; workspaceId?: WorkspaceId | undefined }, options: PageOptions) =>
        listKeys(table, of, options),
      listOfUser: (orgId: OrgId, userId: UserId) => listKeysOfUser(table, orgId, userId),
      listOfRole: (orgId: OrgId, roleId: RoleId) => listKeysOfRole(table, orgId, roleId),
    },
    securityEvents: {
      ...securityEventItems,
      list: (orgId: OrgId, now: number, options: PageOptions & { descending?: boolean }) =>
        listSecurityEvents(table, orgId, now, options),
    },
    keyUses: keyUseItems,
    idempotency: idempotencyItems,
  };
}

export type Store = ReturnType<typeof compose>;

export function openStore(options: TableOptions): Store {
  return compose(new Table(options));
}

/** Labels have names that callers choose; an object with one named `constructor` is still an object. */
export const marshallOptions = { removeUndefinedValues: true, convertClassInstanceToMap: true };

/**
 * The client as the store needs it: one try per call (the table repeats calls itself), connections kept open. Region, credentials
 * and, where there is one, the endpoint come from the environment as everywhere in AWS.
 */
export function openClient(): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 500, requestTimeout: 1_000, throwOnRequestTimeout: true },
  });
  return DynamoDBDocumentClient.from(client, { marshallOptions });
}
