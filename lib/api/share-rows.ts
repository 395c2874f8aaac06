/** What follows from a share, and stands beside it. */
import type { OrgId } from "../domain/ids.ts";
import type { Share } from "../domain/shares.ts";
import type { Store } from "../store/store.ts";

/** What stands under the type and id of a share's resource in both of its workspaces. */
export function readRows(store: Store, orgId: OrgId, share: Share) {
  const { resourceType, resourceId, targetWorkspaceId } = share;
  return store.read({
    shared: store.shares.sharedAt({ orgId, workspaceId: targetWorkspaceId }, resourceType, resourceId),
    dependent: refToDependent(store, orgId, share),
  });
}

/** What stands there in its source. */
export function refToDependent(store: Store, orgId: OrgId, share: Share) {
  const { resourceType, resourceId, sourceWorkspaceId, targetWorkspaceId } = share;
  const source = { orgId, workspaceId: sourceWorkspaceId };
  return store.shares.dependentAt(source, resourceType, resourceId, targetWorkspaceId);
}
