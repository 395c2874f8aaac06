/** Puts a command's audit entries into their chains, and moves the heads of the places that it locked. */
import type { Acting, AuditPolicy, ChainHead, EntryDraft, SealedEntry } from "../domain/audit.ts";
import { NO_HASH, seal } from "../domain/audit.ts";
import type { OrgId, WorkspaceId } from "../domain/ids.ts";
import type { Workspace } from "../domain/places.ts";
import type { Change } from "../store/changes.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import { encodeConsistencyToken } from "./consistency.ts";
import type { HttpRequest } from "./exchange.ts";
import type { AnyInput, Host } from "./host.ts";
import type { ReadPlaces } from "./role-reading.ts";
import type { AnyCommand, Outcome, Reply } from "./route.ts";

interface LockedPlace {
  readonly ref: PlaceRef;
  readonly head: ChainHead;
}

/** The places whose heads the transaction moves. */
export type Locked = ReadonlyMap<OrgId | WorkspaceId, LockedPlace>;

/** The places that a command read first. */
export interface LockedHeads extends ReadPlaces {
  /** Another workspace than that of the path. */
  readonly other?: Workspace | undefined;
}

export function lockPlaces(
  route: Pick<AnyCommand, "locks">,
  { organization, workspace, other }: LockedHeads,
  outcome: Decided,
): Locked {
  const locked = new Map<OrgId | WorkspaceId, LockedPlace>();
  const isLocked = (one: "organization" | "workspace") =>
    (route.locks === one || route.locks === "both") && !("releases" in outcome && outcome.releases === one);
  if (isLocked("organization") && organization !== undefined) {
    locked.set(organization.id, { ref: { orgId: organization.id }, head: organization });
  }
  for (const one of [isLocked("workspace") ? workspace : undefined, other]) {
    if (one !== undefined) locked.set(one.id, { ref: { orgId: one.orgId, workspaceId: one.id }, head: one });
  }
  return locked;
}

/** An outcome that says what to do, and does not ask for something else to be done first. */
export type Decided = Exclude<Outcome, { readonly sweepFirst: unknown }>;

interface PlacedEntry {
  readonly place: PlaceRef;
  readonly sealed: SealedEntry;
}

type Sent = Pick<HttpRequest, "origin">;
type Made = Pick<AnyInput, "params" | "now" | "newId">;

/** Turns an outcome into what is committed: its changes, its entries in their chains, and the heads moved to the last of each. */
export function chainEntries(
  outcome: Decided,
  locked: Locked,
  acting: Acting,
  request: Sent,
  input: Made,
  host: Pick<Host, "store">,
  policy: AuditPolicy | undefined,
): { changes: Change[]; entries: PlacedEntry[]; reply: Reply } {
  const { store } = host;
  if ("unchanged" in outcome) {
    const seqs = [...locked].map(([chain, { head }]) => [chain, head.seq] as const);
    return { changes: [], entries: [], reply: withToken(outcome.unchanged, seqs) };
  }
  const changes: Change[] = [...outcome.changes];
  const entries: PlacedEntry[] = [];
  const heads = new Map<OrgId | WorkspaceId, ChainHead>();
  for (const draft of outcome.audit) {
    const place = locked.get(draft.chain);
    const head = heads.get(draft.chain) ?? place?.head ?? { seq: 0, hash: NO_HASH };
    const sealed = sealEntry(head, draft, acting, request, input, policy);
    const ref = place?.ref ?? newPlace(draft.chain, input);
    heads.set(draft.chain, sealed);
    entries.push({ place: ref, sealed });
    changes.push(store.places.append(ref, sealed));
  }
  for (const [chain, { ref, head }] of locked) {
    const last = heads.get(chain);
    if (last === undefined) throw new Error(`a change locked ${chain} and left no entry there`);
    changes.push(store.places.advance(ref, head, last));
  }
  for (const [chain, last] of heads) {
    if (!locked.has(chain)) changes.push(store.places.start(newPlace(chain, input), last));
  }
  return {
    changes,
    entries,
    reply: withToken(
      outcome.reply,
      [...heads].map(([chain, { seq }]) => [chain, seq] as const),
    ),
  };
}

/** The place of a chain that begins with this change: an organization or workspace that is just being made. */
function newPlace(chain: OrgId | WorkspaceId, input: Made): PlaceRef {
  const { orgId } = input.params;
  return orgId === undefined ? { orgId: chain as OrgId } : { orgId, workspaceId: chain as WorkspaceId };
}

function sealEntry(
  head: ChainHead,
  draft: EntryDraft,
  acting: Acting,
  request: Sent,
  input: Made,
  policy: AuditPolicy | undefined,
): SealedEntry {
  const id = input.newId("aud");
  const at = new Date(input.now).toISOString();
  const entry = { ...draft, id, at, ...acting, origin: request.origin, outcome: "success" } as const;
  return seal(head, entry, policy);
}

/** Commits changes with their entries, if there are any: sent twice, they are applied once, and known to be. */
export function commitEntries(
  store: Store,
  changes: readonly Change[],
  entries: readonly PlacedEntry[],
  { newId }: Pick<AnyInput, "newId">,
): Promise<"committed" | "raced"> {
  const first = entries[0];
  const token = first === undefined ? newId("aud") : store.transactionToken(entries.map(({ sealed }) => sealed));
  return store.commit(changes, token, async () => {
    if (first === undefined) return false;
    const { entry } = await store.read({ entry: store.places.entry(first.place, first.sealed.seq) });
    return entry?.hash === first.sealed.hash;
  });
}

function withToken(reply: Reply, seqs: readonly (readonly [string, number])[]): Reply {
  return { ...reply, headers: { ...reply.headers, "consistency-token": encodeConsistencyToken(seqs) } };
}
