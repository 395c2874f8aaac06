/** Fills a table quickly with what the store's own item builders make, for tests of an organization that has grown. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { BatchWriteCommand } from "@aws-sdk/lib-dynamodb";
import { makeIdMaker } from "../../lib/api/id-maker.ts";
import type { Grant } from "../../lib/domain/grants.ts";
import type { MadeResourceId, OrgId, RoleId, UserId, WorkspaceId } from "../../lib/domain/ids.ts";
import type { Share } from "../../lib/domain/shares.ts";
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

interface SharedList {
  readonly target: WorkspaceId;
  readonly sources: readonly WorkspaceId[];
  readonly type: string;
  readonly count: number;
}

/** Names of 30 characters, three labels, and 20 KB of attributes beside each of those that the first pages show. */
const NAME = "Triage of whatever is reported";
const LABELS = { team: "soc", stage: "production", region: "eu-west" };
const ATTRIBUTES = { text: "x".repeat(20_000) };
const FIRST = 600;

/** Resources as one workspace sees them: of each three one is shared by another workspace, those of the first pages to the end. */
export async function growSharedList(tenant: LargeTenant, { target, sources, type, count }: SharedList): Promise<void> {
  const { store, org } = tenant;
  const incarnation = makeIdMaker(Date.now())("res");
  const grow = (workspaceId: WorkspaceId, id: string, isBulky: boolean): Change[] => {
    const place = { orgId: org, workspaceId };
    const createdAt = new Date().toISOString();
    const resource = { type, id, incarnation, name: NAME, labels: LABELS, createdAt, version: 1 };
    const bulk = isBulky ? [store.resources.putAttributes(place, resource, ATTRIBUTES)] : [];
    return [store.resources.put(place, resource), ...bulk];
  };
  await write(tenant, count, (index) => {
    const id = `resource-${String(index).padStart(6, "0")}`;
    const source = index % 3 === 1 ? sources[Math.floor(index / 3) % sources.length] : undefined;
    if (source === undefined) return grow(target, id, index < 10);
    const share = shareOf(incarnation, {
      resourceType: type,
      resourceId: id,
      sourceWorkspaceId: source,
      targetWorkspaceId: target,
    });
    const rows = store.shares.write(org, undefined, share, NO_ROWS);
    const seen = store.shares.sharedAt({ orgId: org, workspaceId: target }, type, id).key;
    return [...rows.filter(({ key }) => key.pk === seen.pk), ...(index < FIRST ? grow(source, id, index < 10) : [])];
  });
}

type Offered = Pick<Share, "resourceType" | "resourceId" | "sourceWorkspaceId" | "targetWorkspaceId">;

/** Accepted shares, with what stands of each in the workspace that they are from. */
export function growShares(tenant: LargeTenant, offered: readonly Offered[]): Promise<void> {
  const { store, org } = tenant;
  const incarnation = makeIdMaker(Date.now())("res");
  return write(tenant, offered.length, (index) => {
    const one = offered[index];
    if (one === undefined) return [];
    const share = shareOf(incarnation, one);
    const rows = store.shares.write(org, undefined, share, NO_ROWS);
    const source = { orgId: org, workspaceId: one.sourceWorkspaceId };
    const own = [
      store.shares.at(source, "outgoing", share.id),
      store.shares.dependentAt(source, one.resourceType, one.resourceId, one.targetWorkspaceId),
    ].map(({ key }) => key.pk);
    return rows.filter(({ key }) => own.includes(key.pk));
  });
}

const NO_ROWS = { shared: undefined, dependent: undefined };

function shareOf(incarnation: MadeResourceId, offered: Offered): Share {
  const newId = makeIdMaker(Date.now());
  return {
    ...offered,
    id: newId("shr"),
    incarnation,
    actions: ["read", "run"],
    state: "accepted",
    createdAt: new Date().toISOString(),
    createdBy: newId("usr"),
    pendingUntil: Date.now(),
    version: 1,
  };
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
