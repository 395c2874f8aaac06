/** The workspaces that use a resource through a share. */
import type { ShareId, WorkspaceId } from "../domain/ids.ts";
import type { Resource } from "../domain/resources.ts";
import type { WorkspaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";

/** Rows of a page, each with the workspace that it names. */
const PAGE = 100;

export interface FoundDependents {
  /** Those who use it, suspended ones too: resumed, they would go on. */
  readonly using: readonly { readonly shareId: ShareId; readonly workspaceId: WorkspaceId }[];
  /** Whether any share or offer of it, or of what had its id before, still stands. */
  readonly isOffered: boolean;
}

export async function findDependents(
  store: Store,
  { orgId, workspaceId }: WorkspaceRef,
  resource: Resource,
  now: number,
): Promise<FoundDependents> {
  const using: { shareId: ShareId; workspaceId: WorkspaceId }[] = [];
  let isOffered = false;
  for (let after: string | undefined, isMore = true; isMore; ) {
    const { items, next } = await store.shares.listDependents({ orgId, workspaceId }, resource.type, resource.id, {
      limit: PAGE,
      after,
    });
    const { targets } = await store.read({
      targets: items.map(({ value }) => store.workspaces.at(orgId, value.targetWorkspaceId)),
    });
    for (const [index, { value }] of items.entries()) {
      isOffered = true;
      const { shareId, state, expiresAt, incarnation, targetWorkspaceId } = value;
      const isLive = state === "accepted" && (expiresAt === undefined || now < expiresAt);
      if (isLive && incarnation === resource.incarnation && targets[index] !== undefined) {
        using.push({ shareId, workspaceId: targetWorkspaceId });
      }
    }
    after = next;
    isMore = next !== undefined;
  }
  return { using, isOffered };
}
