/**
 * Where a chain breaks, and at which entry. That two entries do not fit is easily seen; which of the two is at fault is told by those
 * around them: the hashes by which others point to an entry vouch for it.
 */
import type { EntryLine, LineFlaw } from "./entry-line.ts";

export type BreakReason =
  | LineFlaw
  /** Altered, and its own hash made to fit: the entry after it follows another. */
  | "replaced"
  /** It follows another entry than the one before it. */
  | "unlinked"
  /** No entry of this number stands there. */
  | "missing"
  /** It stands where another one should. */
  | "out-of-order"
  /** It stands there twice. */
  | "doubled"
  /** There is another entry of this number. */
  | "fork"
  /** A checkpoint names another hash. */
  | "contradicted"
  /** The chain ends before what a checkpoint knows of. */
  | "cut-short";

export interface Break {
  readonly reason: BreakReason;
  /** Absent where nothing tells. */
  readonly seq?: number;
  /** Of the file, from 1; absent for what does not stand in it. */
  readonly line?: number;
}

/** An entry of one chain; `unlinked` marks one that claims to be the first and follows another, or the reverse. */
export interface Link extends Omit<EntryLine, "flaw"> {
  readonly line: number;
  readonly flaw?: LineFlaw | "unlinked";
}

/** What checkpoints say of a chain: hashes by `seq`. */
export type KnownHashes = ReadonlyMap<number, string>;

export interface BreakContext {
  readonly known: KnownHashes;
  /** A filtered file: numbers may be left out. */
  readonly hasGaps: boolean;
}

/** Whether one entry may stand right before another. */
export function isJoined(earlier: Link, later: Link, hasGaps: boolean): boolean {
  if (earlier.flaw !== undefined || later.flaw !== undefined) return false;
  if (earlier.seq === undefined || later.seq === undefined) return false;
  const isLinked = later.prevHash === earlier.hash;
  if (later.seq === earlier.seq + 1) return isLinked;
  return hasGaps && later.seq > earlier.seq && !isLinked;
}

/** @param links in the order of the chain: some whole ones, if there are any, the first break, and some behind it */
export function findBreak(links: readonly Link[], context: BreakContext): Break | undefined {
  const at = links.findIndex((link, index) => {
    const before = links[index - 1];
    return before === undefined ? link.flaw !== undefined : !isJoined(before, link, context.hasGaps);
  });
  const link = links[at];
  if (link === undefined) return undefined;
  const [before, after] = [links.slice(0, at), links.slice(at + 1)];
  return link.flaw === undefined
    ? findBreakAt(link, before, after, context)
    : findFlawed(link, before.at(-1), after[0], context);
}

/** An entry with a flaw of its own: its number may be what was altered, so it is named by where it stands. */
function findFlawed(link: Link, last: Link | undefined, next: Link | undefined, { hasGaps }: BreakContext): Break {
  const seq = findPlace(link, last, next);
  const expected = last?.seq === undefined ? undefined : last.seq + 1;
  if (!hasGaps && expected !== undefined && seq !== undefined && seq > expected)
    return { reason: "missing", seq: expected };
  return { reason: link.flaw ?? "altered", line: link.line, ...(seq === undefined ? {} : { seq }) };
}

/** First by the hashes of its neighbours, then by their numbers, last by its own. */
function findPlace({ seq, prevHash, hash }: Link, last: Link | undefined, next: Link | undefined): number | undefined {
  const nextSeq = next?.flaw === undefined ? next?.seq : undefined;
  if (nextSeq !== undefined && next?.prevHash === hash) return nextSeq - 1;
  if (last?.seq !== undefined) {
    const isBetween = nextSeq === last.seq + 2;
    return isBetween || last.hash === prevHash || seq === undefined ? last.seq + 1 : seq;
  }
  if (nextSeq !== undefined && (seq === undefined || seq >= nextSeq)) return nextSeq - 1;
  return seq;
}

/** An entry that is whole by itself and does not follow the one before it. */
function findBreakAt(link: Link, before: readonly Link[], after: readonly Link[], context: BreakContext): Break {
  const { seq = 0, prevHash, hash, line } = link;
  const last = before.at(-1);
  const expected = (last?.seq ?? 0) + 1;
  if (seq === expected) return findUnlinked(link, last, after[0], context.known);
  // It follows by its hash, so that it is its number that is wrong.
  if (prevHash === last?.hash) return { reason: "replaced", seq: expected, line };
  if (seq < expected) {
    const twin = before.find((one) => one.seq === seq);
    const reason = twin === undefined ? "out-of-order" : twin.hash === hash ? "doubled" : "fork";
    return { reason, seq, line };
  }
  const next = after[0];
  const standsForAnother = next?.seq === expected + 1 && next.seq !== seq;
  if (standsForAnother || after.some((one) => one.seq === expected)) return { reason: "out-of-order", seq, line };
  return { reason: "missing", seq: expected };
}

/** Two that stand side by side and do not fit: the one for which nobody vouches is named, and the earlier one where nothing tells. */
function findUnlinked(link: Link, last: Link | undefined, next: Link | undefined, known: KnownHashes): Break {
  const { seq = 0, line } = link;
  const unlinked: Break = { reason: "unlinked", seq, line };
  if (last?.seq === undefined) return unlinked;
  const replaced: Break = { reason: "replaced", seq: last.seq, line: last.line };
  const knownLast = known.get(last.seq);
  if (knownLast !== undefined) return knownLast === last.hash ? unlinked : replaced;
  const knownHere = known.get(seq);
  if (knownHere !== undefined) return knownHere === link.hash ? replaced : unlinked;
  const isDenied = next?.flaw === undefined && next?.seq === seq + 1 && next.prevHash !== link.hash;
  return isDenied ? unlinked : replaced;
}
