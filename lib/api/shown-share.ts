/** A share as clients see it, in the state that it has now. */
import type { Share, ShareState } from "../domain/shares.ts";
import { stateOf } from "../domain/shares.ts";
import { toTime } from "./times.ts";

/** @param isGone whether its resource, or one of its workspaces, is gone: it ended with it, swept or not */
export function stateNow(share: Share, isGone: boolean, now: number): ShareState {
  const state = stateOf(share, now);
  return isGone && (state === "accepted" || state === "pending") ? "revoked" : state;
}

export function showShare(share: Share, state: ShareState) {
  const { id, resourceType, resourceId, sourceWorkspaceId, targetWorkspaceId, actions } = share;
  const { createdAt, createdBy, expiresAt, pendingUntil } = share;
  return {
    id,
    resourceType,
    resourceId,
    sourceWorkspaceId,
    targetWorkspaceId,
    actions,
    state,
    ...(expiresAt === undefined ? {} : { expiresAt: toTime(expiresAt) }),
    ...(state === "pending" ? { pendingUntil: toTime(pendingUntil) } : {}),
    createdBy,
    createdAt,
  };
}
