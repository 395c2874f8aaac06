/**
 * Shares: one workspace lets another one of its organization use one of its resources, in the ways that the share names.
 *
 * A share stands by itself: whoever offered it may lose the scope, be suspended or leave, and what they shared in the
 * workspace's name stays shared until either side ends it. So nothing here, and nothing that decides, asks about the sharer.
 */
import type { KeyId, MadeResourceId, ShareId, UserId, WorkspaceId } from "./ids.ts";

export interface Share {
  readonly id: ShareId;
  readonly resourceType: string;
  readonly resourceId: string;
  /** Of the resource when it was shared: one that is made again under its id is not shared. */
  readonly incarnation: MadeResourceId;
  readonly sourceWorkspaceId: WorkspaceId;
  readonly targetWorkspaceId: WorkspaceId;
  readonly actions: readonly string[];
  readonly state: "pending" | "accepted" | "denied" | "revoked";
  readonly createdAt: string;
  /** Whom it acts for where a personal key offered it; a service key is named itself. */
  readonly createdBy: UserId | KeyId;
  /** Milliseconds since 1970: until then the target may accept it. */
  readonly pendingUntil: number;
  /** Milliseconds since 1970; it gives nothing from that millisecond on. */
  readonly expiresAt?: number;
  readonly version: number;
}

/** Milliseconds for which an offer waits. */
export const PENDING_FOR = 7 * 86_400_000;

export type ShareState = Share["state"] | "expired";

/** The state of a share at a moment, as far as its own times tell. */
export function stateOf({ state, pendingUntil, expiresAt }: Share, now: number): ShareState {
  const isOver = expiresAt !== undefined && now >= expiresAt;
  if (state === "accepted") return isOver ? "expired" : "accepted";
  if (state === "pending") return isOver || now >= pendingUntil ? "expired" : "pending";
  return state;
}

/**
 * What stands in the target of a share that was once accepted there. It stays when the share is over: an id that is known only
 * through it is refused from then on.
 */
export interface SharedResource
  extends Pick<Share, "resourceType" | "resourceId" | "incarnation" | "sourceWorkspaceId" | "actions" | "expiresAt"> {
  readonly shareId: ShareId;
  readonly state: "accepted" | "revoked";
}

/** What stands in the source for each workspace that a resource was offered to last. */
export interface Dependent {
  readonly shareId: ShareId;
  readonly targetWorkspaceId: WorkspaceId;
  readonly incarnation: MadeResourceId;
  readonly state: "pending" | "accepted";
  readonly pendingUntil: number;
  readonly expiresAt?: number;
}
