/**
 * Shares. Each stands in both workspaces; one that was accepted also stands in the target under the type and id that it is known
 * by there, which decisions read, and in the source under its resource, which tells who depends on it.
 */
import type { MadeResourceId, OrgId, ShareId, WorkspaceId } from "../domain/ids.ts";
import type { Dependent, Share, SharedResource } from "../domain/shares.ts";
import type { Change, Condition } from "./changes.ts";
import type { Key, WorkspaceRef } from "./keys.ts";
import { keys, ranges } from "./keys.ts";
import type { Item, Page, Ref, Table } from "./table.ts";

interface PageOptions {
  readonly limit: number;
  readonly after?: string | undefined;
}

type Direction = "incoming" | "outgoing";
const sides = { incoming: "IN", outgoing: "OUT" } as const;

export const shareItems = {
  /** A share as one of its two workspaces has it. */
  at: (place: WorkspaceRef, direction: Direction, id: ShareId): Ref<Share> => ({
    key: keys.share(place, sides[direction], id),
    decode: decodeShare,
  }),

  /** What stands in a workspace of a share that was once accepted there. */
  sharedAt: (place: WorkspaceRef, type: string, id: string): Ref<SharedResource> => ({
    key: keys.shared(place, type, id),
    decode: (item) => decodeShared(type, item),
  }),

  /** What a resource was last offered to a workspace by. */
  dependentAt: (source: WorkspaceRef, type: string, id: string, target: WorkspaceId): Ref<Dependent> => ({
    key: keys.dependent(source, type, id, target),
    decode: decodeDependent,
  }),

  /**
   * Writes a share as it is from now on, in both workspaces, and what follows from it for decisions and dependents.
   * @param before of a share that stands: nobody may have changed it since
   * @param rows what stands under its resource's type and id; what is another share's is left alone when this one ends, if it is
   * another's still
   */
  write: (orgId: OrgId, before: Share | undefined, share: Share, rows: RowsOfShare): Change[] => {
    const { source, target } = placesOf(orgId, share);
    const when = before === undefined ? { exists: false } : { equals: { version: before.version } };
    const copy = (key: Key): Change => ({ kind: "put", key, item: { ...share }, when });
    return [
      copy(keys.share(source, "OUT", share.id)),
      copy(keys.share(target, "IN", share.id)),
      ...followInTarget(target, before, share, rows.shared),
      ...followInSource(source, share, rows.dependent),
    ];
  },

  /** The resource of a share that is over is not used through it, nor shared by it; raced where it is shared anew. */
  dependsNoMore: (orgId: OrgId, share: Share): Change => {
    const { source } = placesOf(orgId, share);
    const { resourceType, resourceId, targetWorkspaceId, id: shareId } = share;
    const key = keys.dependent(source, resourceType, resourceId, targetWorkspaceId);
    return { kind: "delete", key, when: { equals: { shareId } } };
  },

  /** A guard for a change that rests on what stood under a name in a workspace of a share, be it nothing. */
  mustBeShared: (place: WorkspaceRef, type: string, id: string, read: SharedResource | undefined): Change => ({
    kind: "check",
    key: keys.shared(place, type, id),
    when: isSharedAsRead(read),
  }),

  /** Takes away what a workspace that is gone has of a share. */
  discard: (place: WorkspaceRef, direction: Direction, share: Share): Change[] => {
    const { resourceType, resourceId, targetWorkspaceId, id } = share;
    return [
      { kind: "delete", key: keys.share(place, sides[direction], id) },
      direction === "incoming"
        ? { kind: "delete", key: keys.shared(place, resourceType, resourceId) }
        : { kind: "delete", key: keys.dependent(place, resourceType, resourceId, targetWorkspaceId) },
    ];
  },
};

/** What stands under the type and id of a share's resource, in its target and in its source. */
interface RowsOfShare {
  readonly shared: SharedResource | undefined;
  readonly dependent: Dependent | undefined;
}

function followInTarget(
  target: WorkspaceRef,
  before: Share | undefined,
  share: Share,
  shared: SharedResource | undefined,
): Change[] {
  const { id: shareId, resourceType, resourceId, incarnation, sourceWorkspaceId, actions, state } = share;
  const isLive = state === "accepted";
  if (!isLive && shared?.shareId !== shareId) {
    const wasLive = before?.state === "accepted";
    return wasLive ? [shareItems.mustBeShared(target, resourceType, resourceId, shared)] : [];
  }
  const item: SharedResource = {
    shareId,
    resourceType,
    resourceId,
    incarnation,
    sourceWorkspaceId,
    actions,
    state: isLive ? "accepted" : "revoked",
    ...untilOf(share),
  };
  const key = keys.shared(target, resourceType, resourceId);
  return [{ kind: "put", key, item: encodeShared(item), when: isSharedAsRead(shared) }];
}

function followInSource(source: WorkspaceRef, share: Share, dependent: Dependent | undefined): Change[] {
  const { id: shareId, resourceType, resourceId, incarnation, targetWorkspaceId, state, pendingUntil } = share;
  const key = keys.dependent(source, resourceType, resourceId, targetWorkspaceId);
  if (state !== "accepted" && state !== "pending") {
    return [{ kind: dependent?.shareId === shareId ? "delete" : "check", key, when: isDependentAsRead(dependent) }];
  }
  const item: Dependent = { shareId, targetWorkspaceId, incarnation, state, pendingUntil, ...untilOf(share) };
  return [{ kind: "put", key, item: { ...item }, when: isDependentAsRead(dependent) }];
}

/** Nothing else came under the name in the source since it was read. */
function isDependentAsRead(read: Dependent | undefined): Condition {
  return read === undefined ? { exists: false } : { equals: { shareId: read.shareId, state: read.state } };
}

/** The same in the target. */
function isSharedAsRead(read: SharedResource | undefined): Condition {
  if (read === undefined) return { exists: false };
  const { s, r } = encodeShared(read);
  return r === undefined ? { equals: { s }, lacks: ["r"] } : { equals: { s, r } };
}

function untilOf({ expiresAt }: Share): { expiresAt?: number } {
  return expiresAt === undefined ? {} : { expiresAt };
}

function placesOf(orgId: OrgId, { sourceWorkspaceId, targetWorkspaceId }: Share) {
  return {
    source: { orgId, workspaceId: sourceWorkspaceId },
    target: { orgId, workspaceId: targetWorkspaceId },
  };
}

export function listShares(
  table: Table,
  place: WorkspaceRef,
  direction: Direction | undefined,
  options: PageOptions,
): Promise<Page<Share>> {
  const range = direction === undefined ? ranges.shares(place) : ranges.sharesOf(place, sides[direction]);
  return table.list(range, decodeShare, options);
}

export function listDependents(
  table: Table,
  source: WorkspaceRef,
  type: string,
  id: string,
  options: PageOptions,
): Promise<Page<Dependent>> {
  return table.list(ranges.dependents(source, type, id), decodeDependent, options);
}

/** What is known in a workspace through shares, in the order of ids; what is over stands among it. */
export function listShared(
  table: Table,
  target: WorkspaceRef,
  type: string,
  options: PageOptions,
): Promise<Page<SharedResource>> {
  return table.list(ranges.shared(target, type), (item) => decodeShared(type, item), options);
}

function withoutKey(item: Item): Item {
  const { pk, sk, ...rest } = item;
  return rest;
}

const decodeShare = (item: Item) => withoutKey(item) as unknown as Share;
const decodeDependent = (item: Item) => withoutKey(item) as unknown as Dependent;

/** Short, and nothing that its key says: a list reads a hundred of these, and pays for every byte. */
function encodeShared({ shareId, incarnation, sourceWorkspaceId, actions, state, expiresAt }: SharedResource): Item {
  return {
    s: shareId,
    i: incarnation,
    f: sourceWorkspaceId,
    a: actions.join(" "),
    ...(expiresAt === undefined ? {} : { x: expiresAt }),
    ...(state === "revoked" ? { r: true } : {}),
  };
}

function decodeShared(resourceType: string, item: Item): SharedResource {
  const row = item as unknown as SharedItem;
  return {
    shareId: row.s,
    resourceType,
    resourceId: row.sk,
    incarnation: row.i,
    sourceWorkspaceId: row.f,
    actions: row.a.split(" "),
    state: row.r ? "revoked" : "accepted",
    ...(row.x === undefined ? {} : { expiresAt: row.x }),
  };
}

interface SharedItem {
  readonly sk: string;
  readonly s: ShareId;
  readonly i: MadeResourceId;
  readonly f: WorkspaceId;
  readonly a: string;
  readonly x?: number;
  readonly r?: true;
}
