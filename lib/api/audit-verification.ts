/** Checks that the chains of an organization are whole, and that they are those which the checkpoints saw; long ones in pages. */
import type { ChainHead, SealedEntry } from "../domain/audit.ts";
import { costOf, NO_HASH, openEntry } from "../domain/audit.ts";
import { refuseAbsent } from "../domain/errors.ts";
import type { OrgId, WorkspaceId } from "../domain/ids.ts";
import { isId } from "../domain/ids.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import type { Witness } from "./chain-beginning.ts";
import { findBeginning, findHidden, makeWitness } from "./chain-beginning.ts";
import type { Break, Comparing } from "./checkpoint-comparison.ts";
import { compareCheckpoints, notCompared } from "./checkpoint-comparison.ts";
import type { Archive } from "./checkpoints.ts";
import { followEntries } from "./followed-entries.ts";
import type { PageRequest } from "./route.ts";

/** Usual entries that one request verifies; of large ones fewer. */
const VERIFIED = 5_000;
/** What looking at a chain costs beside its entries, counted in entries: a few round trips, however short it is. */
const CHAIN_COST = 25;

/** How far the walk along the chains has come: the chain, its last entry that was found whole, and all entries so far. */
interface Walking {
  /** Absent for the organization's own chain, which comes first. */
  readonly workspaceId?: WorkspaceId | undefined;
  /** Where the workspace stands in their list. */
  readonly after?: string | undefined;
  readonly head: ChainHead;
  readonly entries: number;
}

/** The chains come first: they say where the fault is to the entry, while a checkpoint knows only which entries it noted. */
type Progress = Walking | { readonly entries: number; readonly comparing: Comparing };

interface Verification {
  readonly intact: boolean;
  readonly entries: number;
  /** How many were compared. */
  readonly checkpoints: number;
  /** When the newest of them was made. */
  readonly lastCheckpointAt?: string;
  readonly brokenAt?: Break;
  readonly nextCursor?: string;
}

const start: ChainHead = { seq: 0, hash: NO_HASH };

/** @param now milliseconds since 1970 */
export async function verifyAudit(
  store: Store,
  archive: Archive,
  orgId: OrgId,
  page: PageRequest,
  now: number,
): Promise<Verification> {
  let progress = (page.position ?? { head: start, entries: 0 }) as Progress;
  let left = VERIFIED;
  if (!("comparing" in progress)) {
    const { organization } = await store.read({ organization: store.organizations.at(orgId) });
    if (organization === undefined) refuseAbsent("organization");
    const walked = await walk(store, orgId, progress, left, { witness: makeWitness(store, archive, orgId, now), now });
    const common = { entries: walked.entries, checkpoints: 0 };
    if (walked.brokenAt !== undefined) return { intact: false, ...common, brokenAt: walked.brokenAt };
    if (walked.next !== undefined) return { intact: true, ...common, nextCursor: page.seal(walked.next) };
    progress = { entries: walked.entries, comparing: notCompared };
    left = walked.left;
  }
  const { entries, comparing } = progress;
  const compared = await compareCheckpoints(store, archive, orgId, comparing, left, now);
  const { progress: reached, brokenAt, isEnded } = compared;
  const lastCheckpointAt = isEnded && reached.at !== undefined ? { lastCheckpointAt: reached.at } : {};
  const common = { entries, checkpoints: reached.compared, ...lastCheckpointAt };
  if (brokenAt !== undefined) return { intact: false, ...common, brokenAt };
  return { intact: true, ...common, ...(isEnded ? {} : { nextCursor: page.seal({ entries, comparing: reached }) }) };
}

interface Walked {
  readonly entries: number;
  readonly left: number;
  readonly brokenAt?: Break;
  /** Where to go on; absent when all chains were walked to their ends. */
  readonly next?: Walking;
}

/** What a chain that begins later than with its first entry is judged by. */
interface Ageing {
  readonly witness: Witness;
  readonly now: number;
}

async function walk(store: Store, orgId: OrgId, from: Walking, most: number, ageing: Ageing): Promise<Walked> {
  let progress = from;
  for (let left = most; ; ) {
    const { workspaceId, head } = progress;
    const place: PlaceRef = workspaceId === undefined ? { orgId } : { orgId, workspaceId };
    const result = await verifyChain(store, place, head, left, ageing);
    const entries = progress.entries + result.count;
    if (result.brokenAt !== undefined) return { entries, left, brokenAt: result.brokenAt };
    left -= result.cost + CHAIN_COST;
    if (!result.isEnded) return { entries, left, next: { ...progress, head: result.last, entries } };
    const { items } = await store.workspaces.listIds(orgId, { limit: 1, after: progress.after });
    const next = items[0];
    if (next === undefined) return { entries, left };
    // What is no workspace's place was put there by somebody else.
    if (!isId("wks", next.value)) return { entries, left, brokenAt: { chain: next.value, seq: 1 } };
    progress = { workspaceId: next.value, after: next.sk, head: start, entries };
    if (left <= 0) return { entries, left, next: progress };
  }
}

interface ChainResult {
  readonly last: ChainHead;
  /** Entries that were followed. */
  readonly count: number;
  /** What that cost, counted in usual entries. */
  readonly cost: number;
  readonly brokenAt?: Break;
  /** Whether the chain was followed to its end. */
  readonly isEnded: boolean;
}

/** Goes along one chain up to the head that its place names. The head is read first: entries may be added meanwhile. */
async function verifyChain(
  store: Store,
  place: PlaceRef,
  from: ChainHead,
  most: number,
  { witness, now }: Ageing,
): Promise<ChainResult> {
  const chain = place.workspaceId ?? place.orgId;
  let [count, cost] = [0, 0];
  let last = from;
  const breakAt = (seq: number, of: string = chain): ChainResult => ({
    last,
    count,
    cost,
    brokenAt: { chain: of, seq },
    isEnded: true,
  });
  const head = await readHead(store, place);
  while (last.seq < head.seq && cost < most) {
    const followed = await followEntries(store, place, last, head.seq);
    const hidden = await findHidden(last, followed.entries, (seq) => witness(place, seq), now);
    count += followed.last.seq - last.seq;
    cost += followed.entries.reduce((sum, entry) => sum + costOf(entry), 0);
    last = followed.last;
    if (hidden !== undefined) return breakAt(hidden.seq);
    const lost = await findLostWorkspace(store, place, followed.entries);
    if (lost !== undefined) return breakAt(1, lost);
    if (!followed.isBroken) continue;
    const beginning = await findBeginning(store, place, head, now);
    // That it is the beginning which was seen, and no other one, is for the comparison to say.
    const isForAge = beginning.seq > last.seq && (await witness(place, beginning.seq)) !== undefined;
    if (!isForAge) return breakAt(last.seq + 1);
    last = { ...beginning, until: 0 };
  }
  if (last.seq < head.seq) return { last, count, cost, isEnded: false };
  // Making a place is its first entry, so a head without any is one that was set back.
  if (head.seq === 0 || last.hash !== head.hash) return breakAt(Math.max(1, last.seq));
  return (await isCutShort(store, place, last)) ? breakAt(last.seq + 1) : { last, count, cost, isEnded: true };
}

async function readHead(store: Store, place: PlaceRef): Promise<ChainHead> {
  const { head } = await store.read({ head: store.places.headAt(place) });
  return head ?? start;
}

/** What stands beyond the head is of changes made since it was read, or the place was set back, or it is no entry of the chain. */
async function isCutShort(store: Store, place: PlaceRef, last: ChainHead): Promise<boolean> {
  const { items } = await store.places.listEntriesAfter(place, last.seq, 1);
  const beyond = items[0]?.value;
  if (beyond === undefined) return false;
  const isNext = beyond.seq > last.seq && beyond.seq <= (await readHead(store, place)).seq;
  return !isNext;
}

/** A workspace that the organization's chain says was made, and whose item is gone, with all that could be followed. */
async function findLostWorkspace(
  store: Store,
  { orgId, workspaceId }: PlaceRef,
  entries: readonly SealedEntry[],
): Promise<string | undefined> {
  if (workspaceId !== undefined) return undefined;
  const made = entries
    .map(openEntry)
    .filter(({ action }) => action === "workspace.created")
    .map(({ target }) => target.id as WorkspaceId);
  const { found } = await store.read({ found: made.map((workspaceId) => store.places.headAt({ orgId, workspaceId })) });
  return made.find((_, index) => found[index] === undefined);
}
