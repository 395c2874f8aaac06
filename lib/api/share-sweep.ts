/**
 * Ends shares whose resource, or one of whose workspaces, is gone. They give nothing from that moment on, swept or not; what is
 * left to do is to say so where they are listed, and in the log of the workspace that is still there.
 */
import type { Actor } from "../domain/audit.ts";
import type { OrgId, ShareId, WorkspaceId } from "../domain/ids.ts";
import type { Share } from "../domain/shares.ts";
import { stateOf } from "../domain/shares.ts";
import type { Change } from "../store/changes.ts";
import type { WorkspaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import type { Sweep } from "../store/sweeps.ts";
import { endShare, forgetUse } from "./share-changes.ts";
import { readRows } from "./share-rows.ts";
import { changeWorkspace } from "./system-change.ts";

const PAGE = 100;
/** Milliseconds that a request spends on what may as well be swept later. */
const AT_ONCE = 3_000;

const actor: Actor = { kind: "system", id: "sweeper" };

type Reason = "resource.deleted" | "workspace.deleted";
type SharesSweep = Extract<Sweep, { kind: "shares" }>;

/** One share of a resource that is gone, which stands in somebody's way; the others can wait. */
export interface LeftOverShare {
  readonly kind: "share";
  readonly orgId: OrgId;
  /** The workspace that it is offered to. */
  readonly workspaceId: WorkspaceId;
  readonly shareId: ShareId;
}

export function endLeftOverShare(store: Store, { orgId, workspaceId, shareId }: LeftOverShare): Promise<boolean> {
  return endFor(store, { orgId, workspaceId }, "incoming", shareId, "resource.deleted");
}

/** Ends each share of a resource that is gone. @returns whether nothing is left to do */
export async function endSharesOfResource(store: Store, task: SharesSweep, until: number): Promise<boolean> {
  const { orgId, workspaceId, type, id, incarnation } = task;
  const source = { orgId, workspaceId };
  let isLeft = false;
  for (let after: string | undefined, isMore = true; isMore; ) {
    const { items, next } = await store.shares.listDependents(source, type, id, { limit: PAGE, after });
    for (const { value } of items) {
      if (value.incarnation !== incarnation) continue;
      if (Date.now() >= until) return false;
      const target = { orgId, workspaceId: value.targetWorkspaceId };
      if (!(await endFor(store, target, "incoming", value.shareId, "resource.deleted"))) isLeft = true;
    }
    after = next;
    isMore = next !== undefined;
  }
  return !isLeft;
}

/** The same at once, within a request, as far as its time goes. */
export async function sweepNow(
  store: Store,
  place: WorkspaceRef,
  type: string,
  id: string,
  now: number,
): Promise<void> {
  const until = now + AT_ONCE;
  for (const task of await store.sweeps.list(place.orgId)) {
    if (task.kind !== "shares" || task.workspaceId !== place.workspaceId || task.type !== type || task.id !== id)
      continue;
    if (await endSharesOfResource(store, task, until)) await commit(store, [store.sweeps.end(task)]);
  }
}

/** Ends each share to and from a workspace that is gone, and takes away what it has of them. */
export async function endSharesOfWorkspace(store: Store, gone: WorkspaceRef, until: number): Promise<boolean> {
  for (let isMore = true; isMore; ) {
    const { items, next } = await store.shares.list(gone, undefined, { limit: PAGE });
    for (const { value: share } of items) {
      if (Date.now() >= until) return false;
      const isSource = share.sourceWorkspaceId === gone.workspaceId;
      const workspaceId = isSource ? share.targetWorkspaceId : share.sourceWorkspaceId;
      const direction = isSource ? "incoming" : "outgoing";
      if (!(await endFor(store, { orgId: gone.orgId, workspaceId }, direction, share.id, "workspace.deleted")))
        return false;
      const discarded = store.shares.discard(gone, isSource ? "outgoing" : "incoming", share);
      // Where both workspaces are gone, nothing else lets the type go.
      await commit(store, [...discarded, ...forgetUse(store, gone.orgId, share)]);
    }
    isMore = next !== undefined;
  }
  return true;
}

/**
 * Ends a share in the name of nobody, with an entry in the log of the workspace that is still there; if both are gone, nobody asks.
 * @returns whether it is over there; not yet where it does not even show
 */
async function endFor(
  store: Store,
  survivor: WorkspaceRef,
  direction: "incoming" | "outgoing",
  id: ShareId,
  because: Reason,
): Promise<boolean> {
  const { orgId, workspaceId } = survivor;
  return changeWorkspace(store, survivor, { actor, requestId: `share-${id}` }, async ({ place, now }) => {
    const { share } = await store.read({ share: store.shares.at(survivor, direction, id) });
    if (place === undefined) return { value: true };
    if (share === undefined || !isStanding(share)) return { value: share !== undefined };
    if (stateOf(share, now) === "expired") {
      // Time ended it before: that is no change, and no log tells it. What depended on it does so no more.
      await commit(store, [store.shares.dependsNoMore(orgId, share)]);
      return { value: true };
    }
    const rows = await readRows(store, orgId, share);
    const ended = endShare(store, orgId, share, "revoked", rows);
    const entry = {
      chain: workspaceId,
      action: "share.revoked",
      target: { type: "share", id },
      before: { state: share.state },
      after: { state: "revoked", because, ...ended.told },
    } as const;
    return { value: true, outcome: { changes: ended.changes, audit: [entry], reply: {} } };
  });
}

function isStanding({ state }: Share): boolean {
  return state === "accepted" || state === "pending";
}

/** Whatever became of a try that nobody heard of: what is left to do is read anew. */
function commit(store: Store, changes: readonly Change[]) {
  return store.commit(changes, crypto.randomUUID(), async () => false);
}
