/**
 * Verifies an exported audit log, line by line, with any number of chains in it. Of each chain the first entry that is broken is found,
 * in the order of the chain, whichever way round the file is written. Memory is taken for each chain, not for each entry.
 *
 * A file may hold a part of a chain: what comes before its first entry is not verified, and what comes after its last one only
 * as far as checkpoints know of it.
 */
import { NO_HASH } from "./audit.ts";
import type { Break, KnownHashes, Link } from "./chain-break.ts";
import { findBreak, isJoined } from "./chain-break.ts";
import type { EntryLine } from "./entry-line.ts";
import { readEntryLine } from "./entry-line.ts";

/** Entries on either side of a break that are looked at to say which one is at fault, and which tell which way a file goes. */
const AROUND = 16;
const BYTE_ORDER_MARK = Buffer.from("\ufeff");
const WHITE = /^[ \t\r\n]*$/;

export interface BrokenChain extends Break {
  /** Absent where a line does not tell its chain. */
  readonly chain?: string;
}

/** A chain in which nothing is wrong. */
export interface VerifiedChain {
  readonly chain: string;
  readonly entries: number;
  /** The `seq` of its first and last entry in the file. */
  readonly from: number;
  readonly to: number;
  /** Numbers in between that are not in the file: 0 but in a filtered one. */
  readonly leftOut: number;
  /** Heads that checkpoints know of this chain, and that the file was held against. */
  readonly compared: number;
}

export interface Verification {
  readonly entries: number;
  readonly verified: readonly VerifiedChain[];
  /** In the order of their lines; what stands on none comes last. */
  readonly broken: readonly BrokenChain[];
}

export interface VerificationOptions {
  /** What checkpoints say, by chain. */
  readonly known?: ReadonlyMap<string, KnownHashes>;
  /** A filtered file: numbers may be left out, and no end is known. */
  readonly isFiltered?: boolean;
}

/**
 * A verification that is under way: lines are added in the order of the file, and the end tells what came of them.
 *
 * @example
 * const verification = new ChainVerification();
 * for (const line of lines) verification.add(Buffer.from(line));
 * verification.finish(); // { entries: 4, verified: [{ chain: "org_…", from: 1, to: 4, … }], broken: [] }
 */
export class ChainVerification {
  readonly #known: ReadonlyMap<string, KnownHashes>;
  readonly #isFiltered: boolean;
  readonly #walks = new Map<string, ChainWalk>();
  #line = 0;
  #entries = 0;
  /** The first line that belongs to no chain. */
  #stray: BrokenChain | undefined;

  constructor({ known = new Map(), isFiltered = false }: VerificationOptions = {}) {
    this.#known = known;
    this.#isFiltered = isFiltered;
  }

  /** @param bytes a line without its line break; blank ones are passed over @returns the entry that it holds, if any */
  add(bytes: Buffer): EntryLine | undefined {
    this.#line++;
    const isMarked = this.#line === 1 && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK);
    const line = isMarked ? bytes.subarray(3) : bytes;
    if (isBlank(line)) return undefined;
    this.#entries++;
    const entry = readEntryLine(line);
    const walk = this.#walkOf(entry.chain);
    if (walk !== undefined) walk.add(toLink(entry, this.#line));
    else this.#stray ??= toStray(entry, this.#line);
    return entry;
  }

  finish(): Verification {
    const verified: VerifiedChain[] = [];
    const broken: BrokenChain[] = this.#stray === undefined ? [] : [this.#stray];
    for (const walk of this.#walks.values()) {
      const found = walk.findBreak();
      if (found === undefined) verified.push(walk.describe());
      else broken.push({ chain: walk.chain, ...found });
    }
    broken.sort((a, b) => (a.line ?? Number.POSITIVE_INFINITY) - (b.line ?? Number.POSITIVE_INFINITY) || 0);
    return { entries: this.#entries, verified, broken };
  }

  /** A line that does not tell its chain can only be of the one that there is. */
  #walkOf(chain: string | undefined): ChainWalk | undefined {
    if (chain === undefined) return this.#walks.size === 1 ? this.#walks.values().next().value : undefined;
    let walk = this.#walks.get(chain);
    if (walk === undefined) {
      walk = new ChainWalk(chain, this.#known.get(chain) ?? new Map(), this.#isFiltered);
      this.#walks.set(chain, walk);
    }
    return walk;
  }
}

/** One chain. */
class ChainWalk {
  readonly chain: string;
  readonly #known: KnownHashes;
  readonly #hasGaps: boolean;
  /** The first entries, until they tell which way the file goes. */
  #begin: Link[] | undefined = [];
  #isDescending = false;
  readonly #recent: Link[] = [];
  /** What stands around the break: the first one where numbers go up, the latest one where they go down. */
  #around: Link[] | undefined;
  #wanted = 0;
  #first: Link | undefined;
  #entries = 0;
  #leftOut = 0;
  #compared = 0;
  #contradicted: Break | undefined;

  constructor(chain: string, known: KnownHashes, hasGaps: boolean) {
    this.chain = chain;
    this.#known = known;
    this.#hasGaps = hasGaps;
  }

  add(link: Link): void {
    this.#entries++;
    if (this.#known.size > 0) this.#compare(link);
    if (this.#begin === undefined) this.#step(link);
    else if (this.#begin.push(link) === AROUND) this.#turn();
  }

  /** The first break in the order of the chain. */
  findBreak(): Break | undefined {
    this.#turn();
    const links = this.#isDescending ? this.#around?.toReversed() : this.#around;
    const found = findBreak(links ?? [], { known: this.#known, hasGaps: this.#hasGaps });
    const contradicted = this.#contradicted;
    if (found === undefined) return contradicted ?? this.#findEndFault();
    const isContradictedBefore = (contradicted?.seq ?? Number.POSITIVE_INFINITY) < (found.seq ?? 0);
    return isContradictedBefore ? contradicted : found;
  }

  /** Of a chain without a break. */
  describe(): VerifiedChain {
    const { from, to } = this.#ends();
    const compared = this.#compared + (this.#known.has(from.seq - 1) ? 1 : 0);
    return {
      chain: this.chain,
      entries: this.#entries,
      from: from.seq,
      to: to.seq,
      leftOut: this.#leftOut,
      compared,
    };
  }

  #compare({ seq = 0, hash, flaw, line }: Link): void {
    const known = this.#known.get(seq);
    if (known === undefined || flaw !== undefined) return;
    this.#compared++;
    if (known !== hash && seq < (this.#contradicted?.seq ?? Number.POSITIVE_INFINITY))
      this.#contradicted = { reason: "contradicted", seq, line };
  }

  #turn(): void {
    const begin = this.#begin ?? [];
    this.#begin = undefined;
    let ups = 0;
    for (const [index, { seq = 0 }] of begin.entries())
      ups += index === 0 ? 0 : Math.sign(seq - (begin[index - 1]?.seq ?? 0));
    if (begin.length > 0) this.#isDescending = ups < 0;
    for (const link of begin) this.#step(link);
  }

  #step(link: Link): void {
    const last = this.#recent.at(-1);
    this.#first ??= link;
    const isWhole = last === undefined ? link.flaw === undefined : this.#isJoined(last, link);
    if (!isWhole && (this.#isDescending || this.#around === undefined)) {
      this.#around = [...this.#recent, link];
      this.#wanted = AROUND;
    } else if (this.#wanted > 0) {
      this.#around?.push(link);
      this.#wanted--;
    }
    if (isWhole && last !== undefined) this.#leftOut += Math.abs((link.seq ?? 0) - (last.seq ?? 0)) - 1;
    this.#recent.push(link);
    if (this.#recent.length > AROUND) this.#recent.shift();
  }

  #isJoined(last: Link, link: Link): boolean {
    const [earlier, later] = this.#isDescending ? [link, last] : [last, link];
    return isJoined(earlier, later, this.#hasGaps);
  }

  /** What only checkpoints know: the hash that the first entry must follow, and entries behind the last one. */
  #findEndFault(): Break | undefined {
    const { from, to } = this.#ends();
    const followed = this.#known.get(from.seq - 1);
    if (followed !== undefined && followed !== from.prevHash)
      return { reason: "contradicted", seq: from.seq, line: from.line };
    if (this.#hasGaps) return undefined;
    for (const seq of this.#known.keys()) if (seq > to.seq) return { reason: "cut-short", seq: to.seq + 1 };
    return undefined;
  }

  #ends(): { readonly from: Link & { readonly seq: number }; readonly to: Link & { readonly seq: number } } {
    const withSeq = (link: Link | undefined) => ({ line: 0, ...link, seq: link?.seq ?? 0 });
    const [first, last] = [withSeq(this.#first), withSeq(this.#recent.at(-1))];
    return this.#isDescending ? { from: last, to: first } : { from: first, to: last };
  }
}

/** Only the first entry of a chain follows none. */
function toLink(entry: EntryLine, line: number): Link {
  const isWrongEnd = entry.flaw === undefined && (entry.seq === 1) !== (entry.prevHash === NO_HASH);
  return isWrongEnd ? { ...entry, line, flaw: "unlinked" } : { ...entry, line };
}

function toStray({ seq, flaw = "not-entry" }: EntryLine, line: number): BrokenChain {
  return { reason: flaw, line, ...(seq === undefined ? {} : { seq }) };
}

function isBlank(line: Buffer): boolean {
  const first = line[0] ?? 0x20;
  return first <= 0x20 && WHITE.test(line.toString("latin1"));
}
