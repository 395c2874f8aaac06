/** Shares as a workspace sees them, each in the state that it has now. */
import type { OrgId, WorkspaceId } from "../domain/ids.ts";
import { findPresent } from "../domain/resources.ts";
import type { Share, ShareState } from "../domain/shares.ts";
import type { WorkspaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import type { ListPage } from "./lists.ts";
import { readThrough } from "./lists.ts";
import type { PageRequest } from "./route.ts";
import { showShare, stateNow } from "./shown-share.ts";

/** Rows looked at together where a filter may let few through, and how often one request looks. */
const FILTERED_ROWS = 200;
const MOST_LOOKS = 5;

export function listShares(
  store: Store,
  place: WorkspaceRef,
  {
    direction,
    state,
  }: { readonly direction?: "incoming" | "outgoing" | undefined; readonly state?: ShareState | undefined },
  page: PageRequest,
  now: number,
): Promise<ListPage<ReturnType<typeof showShare>>> {
  return readThrough(
    page,
    (options) => store.shares.list(place, direction, options),
    async (shares) => {
      const shown = await showShares(store, place.orgId, shares, now);
      return shown.map((share) => (state === undefined || share.state === state ? share : undefined));
    },
    { rows: state === undefined ? undefined : FILTERED_ROWS, looks: MOST_LOOKS },
  );
}

/** Each share with its state: one whose resource or workspace is gone ended with it, swept or not. */
export async function showShares(store: Store, orgId: OrgId, shares: readonly Share[], now: number) {
  const workspaceIds = [...new Set(shares.flatMap((share) => [share.sourceWorkspaceId, share.targetWorkspaceId]))];
  const { resources, workspaces } = await store.read({
    resources: shares.map(({ sourceWorkspaceId: workspaceId, resourceType: type, resourceId: id }) =>
      store.resources.at({ orgId, workspaceId }, { type, id }),
    ),
    workspaces: workspaceIds.map((id) => store.workspaces.at(orgId, id)),
  });
  const isThere = (id: WorkspaceId) => workspaces[workspaceIds.indexOf(id)] !== undefined;
  return shares.map((share, index) => {
    const isResource = findPresent(resources[index], now)?.incarnation === share.incarnation;
    const isWhole = isResource && isThere(share.sourceWorkspaceId) && isThere(share.targetWorkspaceId);
    return showShare(share, stateNow(share, !isWhole, now));
  });
}
