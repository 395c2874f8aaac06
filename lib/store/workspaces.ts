/** A workspace's item: what a decision needs of it, and the lock of its place. Its name is kept free of doubles by a guard item. */
import type { ChainHead } from "../domain/audit.ts";
import type { OrgId, WorkspaceId } from "../domain/ids.ts";
import { foldName } from "../domain/names.ts";
import type { Workspace } from "../domain/places.ts";
import type { Change } from "./changes.ts";
import type { Key, Range } from "./keys.ts";
import { keys, ranges } from "./keys.ts";
import type { Item, Page, Ref, Table } from "./table.ts";
import { keepPresent } from "./table.ts";

type Editable = Pick<Workspace, "name" | "labels" | "status" | "version" | "features" | "claimMatching">;

export const workspaceItems = {
  at: (orgId: OrgId, workspaceId: WorkspaceId): Ref<Workspace> => ({
    key: keys.workspace(orgId, workspaceId),
    decode: decodeWorkspace,
  }),

  /** The workspace that has a name, whatever its case and width. */
  named: (orgId: OrgId, name: string): Ref<WorkspaceId> => ({
    key: keys.workspaceName(orgId, foldName(name)),
    decode: (item) => item.workspaceId as WorkspaceId,
  }),

  create: (workspace: Workspace): Change[] => [
    {
      kind: "put",
      key: keys.workspace(workspace.orgId, workspace.id),
      item: { ...workspace },
      when: { exists: false },
    },
    takeName(workspace.orgId, workspace.id, workspace.name),
  ],

  edit: (before: Workspace, set: Partial<Editable>): Change[] => {
    const changes: Change[] = [{ kind: "update", key: keys.workspace(before.orgId, before.id), set: { ...set } }];
    if (set.name === undefined || foldName(set.name) === foldName(before.name)) return changes;
    return [
      ...changes,
      { kind: "delete", key: keys.workspaceName(before.orgId, foldName(before.name)) },
      takeName(before.orgId, before.id, set.name),
    ];
  },

  /** From now on the workspace is as absent, for all but its audit chain. What stood in it is swept afterwards. */
  remove: (before: Workspace): Change[] => [
    { kind: "update", key: keys.workspace(before.orgId, before.id), set: { deleted: true } },
    { kind: "delete", key: keys.workspaceName(before.orgId, foldName(before.name)) },
  ],
};

interface ListOptions {
  limit: number;
  after?: string | undefined;
}

export async function listWorkspaces(table: Table, orgId: OrgId, options: ListOptions): Promise<Page<Workspace>> {
  return keepPresent(await table.list(ranges.workspaces(orgId), decodeWorkspace, options));
}

/** By its key: what an item says of itself may have been put there by whoever wants its chain to be passed over. */
const idOf = ({ sk }: Item, { prefix }: Range) => String(sk).slice(prefix.length) as WorkspaceId;

/** Every workspace that there ever was: the chains of those that are gone stay. */
export function listWorkspaceIds(table: Table, orgId: OrgId, options: ListOptions): Promise<Page<WorkspaceId>> {
  const range = ranges.workspaces(orgId);
  return table.list(range, (item) => idOf(item, range), options);
}

/** Where every chain of a workspace ends at the moment, the chains of those that are gone too. */
export function listWorkspaceHeads(
  table: Table,
  orgId: OrgId,
  options: ListOptions,
): Promise<Page<ChainHead & { readonly workspaceId: WorkspaceId }>> {
  const range = ranges.workspaces(orgId);
  const decode = (item: Item) => ({
    workspaceId: idOf(item, range),
    seq: item.seq as number,
    hash: item.hash as string,
  });
  return table.list(range, decode, options);
}

function takeName(orgId: OrgId, workspaceId: WorkspaceId, name: string): Change {
  return {
    kind: "put",
    key: keys.workspaceName(orgId, foldName(name)),
    item: { workspaceId },
    when: { exists: false },
  };
}

function decodeWorkspace(item: Item): Workspace | undefined {
  if (item.deleted === true) return undefined;
  const { pk, sk, ...workspace } = item as unknown as Workspace & Key;
  return workspace;
}
