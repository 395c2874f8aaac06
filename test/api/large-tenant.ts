/** Fills a table quickly with what the store's own item builders make, for tests of an organization that has grown. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { BatchWriteCommand } from "@aws-sdk/lib-dynamodb";
import { makeIdMaker } from "../../lib/api/id-maker.ts";
import type { Grant } from "../../lib/domain/grants.ts";
import type { OrgId, RoleId, UserId, WorkspaceId } from "../../lib/domain/ids.ts";
import type { Change } from "../../lib/store/changes.ts";
import type { Store } from "../../lib/store/store.ts";
import { roleOf, userOf, workspaceOf } from "../store/contract.ts";

interface LargeTenant {
  readonly store: Store;
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly org: OrgId;
}

/** Items of one BatchWriteItem, and how many of those are under way at once. */
const BATCH = 25;
const AT_ONCE = 16;

const grantsOf = (...roleIds: readonly RoleId[]): Grant[] =>
  roleIds.map((roleId) => ({
    roleId,
    managedBy: roleId.startsWith("rol_0") ? "organization" : "system",
    source: "direct",
  }));

/** Further workspaces, in each of which somebody is a Viewer. */
export function growWorkspaces(tenant: LargeTenant, somebody: UserId, count: number): Promise<void> {
  const newId = makeIdMaker(Date.now());
  const { store, org } = tenant;
  return write(tenant, count, (index) => {
    const workspaceId = newId("wks");
    return [
      ...store.workspaces.create(workspaceOf(org, workspaceId, `Workspace ${index}`)),
      ...store.assignments.replace(undefined, {
        place: { orgId: org, workspaceId },
        userId: somebody,
        grants: grantsOf("rol_viewer" as RoleId),
        version: 1,
      }),
    ];
  });
}

/** Further users, each holding an org-managed or predefined role in a workspace. @returns their ids */
export async function growUsers(
  tenant: LargeTenant,
  workspaceId: WorkspaceId,
  count: number,
  roleId = "rol_viewer" as RoleId,
): Promise<UserId[]> {
  const newId = makeIdMaker(Date.now());
  const { store, org } = tenant;
  const ids: UserId[] = [];
  await write(tenant, count, (index) => {
    const userId = newId("usr");
    ids.push(userId);
    return [
      ...store.users.create(userOf(org, userId, `user-${index}@acme.example`)),
      ...store.assignments.replace(undefined, {
        place: { orgId: org, workspaceId },
        userId,
        grants: grantsOf(roleId),
        version: 1,
      }),
    ];
  });
  return ids;
}

/** Further roles of a workspace. */
export function growRoles(tenant: LargeTenant, workspaceId: WorkspaceId, count: number): Promise<void> {
  const newId = makeIdMaker(Date.now());
  const { store, org } = tenant;
  return write(tenant, count, (index) =>
    store.roles.create({ orgId: org, workspaceId }, roleOf(newId("rol"), `Role ${index}`, ["case:read"])),
  );
}

async function write(
  { client, tableName }: LargeTenant,
  count: number,
  changesOf: (index: number) => readonly Change[],
): Promise<void> {
  const items = Array.from({ length: count }, (_, index) => changesOf(index))
    .flat()
    .map((change) => {
      if (change.kind !== "put") throw new Error("only new items can be loaded");
      return { PutRequest: { Item: { ...change.item, ...change.key } } };
    });
  let next = 0;
  const work = async () => {
    while (next < items.length) {
      const batch = items.slice(next, next + BATCH);
      next += BATCH;
      const { UnprocessedItems } = await client.send(new BatchWriteCommand({ RequestItems: { [tableName]: batch } }));
      if (Object.keys(UnprocessedItems ?? {}).length > 0) throw new Error("the engine did not take all items");
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
