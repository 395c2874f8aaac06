/**
 * Checkpoints against the chains as they stand. That all of them are there is seen by their keys. Each that is read must be signed by
 * our key and follow the one before it, and each head that it notes must be the entry of that number.
 *
 * Not every one has to be read. What a checkpoint notes was followed from what the one before it noted, so the newest one vouches for
 * all that the earlier ones did; those are read in case that somebody else could sign. So the newest {@link RECENT} are read, and of
 * the earlier ones each {@link EACH}th.
 */
import type { ChainHead } from "../domain/audit.ts";
import { NO_HASH } from "../domain/audit.ts";
import type { NotedHead } from "../domain/checkpoints.ts";
import { NO_CHECKPOINT } from "../domain/checkpoints.ts";
import type { OrgId } from "../domain/ids.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import { findBeginning } from "./chain-beginning.ts";
import type { Archive, SignedCheckpoint } from "./checkpoints.ts";
import { checkpointFolder, numberOfKey, placeOfChain, readCheckpoint } from "./checkpoints.ts";

/** Checkpoints that are read one by one: more than a week, where each hour has one. */
const RECENT = 200;
const EACH = 100;
/** Checkpoints read at once, as long as they note no more heads than this together. */
const AT_ONCE = 8;
const HEADS_AT_ONCE = 5_000;
/** Entries of one read: of the largest ones, 400 KB each, as many as DynamoDB gives at once. */
const ENTRIES_AT_ONCE = 40;
/** What a list of keys costs, and a checkpoint and each head in it beside those that are looked up, counted in entries. */
const LIST_COST = 250;
const CHECKPOINT_COST = 20;
const HEAD_COST = 0.05;

/** The chain of the checkpoints themselves, where one of them is wrong. */
const CHECKPOINTS = "checkpoints";

export interface Break {
  readonly chain: string;
  readonly seq: number;
}

/** How far a comparison has come. */
export interface Comparing {
  /** The last key that was seen, and the number that it names. */
  readonly key?: string;
  readonly newest: number;
  /** Whether all keys were seen. */
  readonly isListed: boolean;
  /** The last one that was read, with its hash. */
  readonly number: number;
  readonly hash: string;
  readonly at?: string;
  /** How many were read. */
  readonly compared: number;
}

export const notCompared: Comparing = { newest: 0, isListed: false, ...NO_CHECKPOINT, compared: 0 };

interface Compared {
  readonly progress: Comparing;
  readonly brokenAt?: Break;
  readonly isEnded: boolean;
}

/** @param most what it may cost, counted in entries: nothing is begun once that is used up */
export async function compareCheckpoints(
  store: Store,
  archive: Archive,
  orgId: OrgId,
  from: Comparing,
  most: number,
  now: number,
): Promise<Compared> {
  let progress = from;
  let left = most;
  if (!progress.isListed) {
    // Read before the keys: what is made meanwhile is no checkpoint that is missing.
    const { noted = 0 } = await store.read({ noted: store.checkpoints.numberAt(orgId) });
    while (!progress.isListed) {
      if (left <= 0) return { progress, isEnded: false };
      const listed = await listSome(archive, orgId, progress);
      progress = listed.progress;
      left -= LIST_COST;
      const isMissing = listed.isGap || (progress.isListed && progress.newest < noted);
      if (isMissing) return breakAt(progress, CHECKPOINTS, progress.newest + 1);
    }
  }
  const known = new Map<string, ChainHead>();
  const beginnings = new Map<string, ChainHead>();
  // How large they are is seen by the first one.
  let atOnce = 1;
  for (;;) {
    const numbers = chooseNext(progress, atOnce);
    if (numbers.length === 0) return { progress, isEnded: true };
    if (left <= 0) return { progress, isEnded: false };
    const read = await Promise.all(numbers.map((number) => readCheckpoint(archive, orgId, number)));
    const signed = read.filter((one): one is SignedCheckpoint => typeof one !== "string");
    const found = await findNoted(store, orgId, signed, known);
    const largest = Math.max(1, ...signed.map(({ manifest }) => manifest.chains.length));
    left -= read.length * (CHECKPOINT_COST + largest * HEAD_COST) + found.size;
    atOnce = Math.min(AT_ONCE, Math.max(1, Math.floor(HEADS_AT_ONCE / largest)));
    for (const [index, checkpoint] of read.entries()) {
      const number = numbers[index] ?? 0;
      if (typeof checkpoint === "string") return breakAt(progress, CHECKPOINTS, number);
      const { manifest, asLast } = checkpoint;
      const isNext = number === progress.number + 1;
      if (isNext && manifest.previous !== progress.hash) return breakAt(progress, CHECKPOINTS, number);
      for (const head of manifest.chains) {
        const isSame =
          isAt(known.get(head.chain), head) ||
          found.get(nameOf(head)) === head.hash ||
          (found.get(nameOf(head)) === undefined && (await isBeforeBeginning(store, orgId, head, beginnings, now)));
        if (!isSame) return breakAt(progress, head.chain, await findBreak(store, orgId, head, found));
        known.set(head.chain, head);
      }
      progress = { ...progress, ...asLast, at: manifest.at, compared: progress.compared + 1 };
    }
  }
}

function breakAt(progress: Comparing, chain: string, seq: number): Compared {
  return { progress, brokenAt: { chain, seq }, isEnded: true };
}

/** Keys come in the order of the numbers, so one that is missing is a gap between two. */
async function listSome(
  { bucket }: Archive,
  orgId: OrgId,
  progress: Comparing,
): Promise<{ readonly progress: Comparing; readonly isGap: boolean }> {
  const { keys, isLast } = await bucket.list(checkpointFolder(orgId), progress.key);
  let newest = progress.newest;
  for (const key of keys) {
    const number = numberOfKey(orgId, key);
    if (number !== undefined && number !== newest + 1) return { progress: { ...progress, newest }, isGap: true };
    newest = number ?? newest;
  }
  const key = keys.at(-1);
  const seen = key === undefined ? {} : { key };
  return { progress: { ...progress, ...seen, newest, isListed: isLast }, isGap: false };
}

/** The numbers that are read next, the earliest first: the first that is wrong is to be named. */
function chooseNext({ number, newest }: Comparing, most: number): number[] {
  const chosen: number[] = [];
  for (let next = number + 1; next <= newest && chosen.length < most; next++) {
    if (next > newest - RECENT || next % EACH === 1) chosen.push(next);
  }
  return chosen;
}

/** The hashes of the entries that these checkpoints note, but of those that are known to be there. */
async function findNoted(
  store: Store,
  orgId: OrgId,
  checkpoints: readonly SignedCheckpoint[],
  known: ReadonlyMap<string, ChainHead>,
): Promise<ReadonlyMap<string, string | undefined>> {
  const wanted = new Map<string, NotedHead>();
  for (const { manifest } of checkpoints) {
    for (const head of manifest.chains) if (!isAt(known.get(head.chain), head)) wanted.set(nameOf(head), head);
  }
  const found = new Map<string, string | undefined>();
  const heads = [...wanted.values()];
  const parts = Array.from({ length: Math.ceil(heads.length / ENTRIES_AT_ONCE) }, (_, part) =>
    heads.slice(part * ENTRIES_AT_ONCE, (part + 1) * ENTRIES_AT_ONCE),
  ).values();
  const work = async () => {
    for (const part of parts) {
      const refs = part.map((head) => store.places.entry(placeOf(orgId, head), head.seq));
      const { entries } = await store.read({ entries: refs });
      for (const [index, head] of part.entries()) found.set(nameOf(head), entries[index]?.hash);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}

/**
 * Whether a noted entry is gone for its age, with all before it. That it may be was seen when the chain was walked, which is any whose
 * place stands: of another one, what lies among its entries proves nothing.
 */
async function isBeforeBeginning(
  store: Store,
  orgId: OrgId,
  noted: NotedHead,
  beginnings: Map<string, ChainHead>,
  now: number,
): Promise<boolean> {
  const place = placeOf(orgId, noted);
  let beginning = beginnings.get(noted.chain);
  if (beginning === undefined) {
    const { head } = await store.read({ head: store.places.headAt(place) });
    beginning = head === undefined ? NOTHING : await findBeginning(store, place, head, now);
    beginnings.set(noted.chain, beginning);
  }
  return noted.seq < beginning.seq || isAt(beginning, noted);
}

const NOTHING: ChainHead = { seq: 0, hash: NO_HASH };

/** Where a noted entry is another one, there; where it is gone, where the chain ends instead. */
async function findBreak(
  store: Store,
  orgId: OrgId,
  noted: NotedHead,
  found: ReadonlyMap<string, string | undefined>,
): Promise<number> {
  if (found.get(nameOf(noted)) !== undefined) return noted.seq;
  const { head } = await store.read({ head: store.places.headAt(placeOf(orgId, noted)) });
  return Math.min(noted.seq, (head?.seq ?? 0) + 1);
}

function placeOf(orgId: OrgId, { chain }: NotedHead): PlaceRef {
  const place = placeOfChain(orgId, chain);
  if (place === undefined) throw new Error("a checkpoint that was read names no chain of the organization");
  return place;
}

function isAt(known: ChainHead | undefined, { seq, hash }: ChainHead): boolean {
  return known?.seq === seq && known.hash === hash;
}

function nameOf({ chain, seq }: NotedHead): string {
  return `${chain} ${seq}`;
}
