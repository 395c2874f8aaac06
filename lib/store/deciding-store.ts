/**
 * As much of the store as decisions read. The authorizer opens this and no more: what writes and lists stays out of the bundle that
 * every request waits for.
 */
import { apiKeyItems } from "./api-keys.ts";
import { assignmentItems } from "./assignments.ts";
import { ruleItems } from "./claim-rules.ts";
import { organizationItems } from "./organizations.ts";
import { ownTypeItems } from "./own-types.ts";
import { roleItems } from "./roles.ts";
import type { TableOptions } from "./table.ts";
import { Table } from "./table.ts";
import { userItems } from "./users.ts";
import { workspaceItems } from "./workspaces.ts";

function compose(table: Table) {
  return {
    read: table.read.bind(table),
    organizations: organizationItems,
    workspaces: workspaceItems,
    roles: roleItems,
    rules: ruleItems,
    users: userItems,
    assignments: assignmentItems,
    ownTypes: ownTypeItems,
    apiKeys: apiKeyItems,
  };
}

export type DecidingStore = ReturnType<typeof compose>;

export function openDecidingStore(options: TableOptions): DecidingStore {
  return compose(new Table(options));
}
