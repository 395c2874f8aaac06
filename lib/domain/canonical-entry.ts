/**
 * Finds, in one pass over the bytes of a line, an audit entry that is written in canonical form but for its `hash`, as the API
 * writes it. What it finds may be hashed as it stands: that is what makes a verification fast.
 *
 * It is sure or it says nothing. Everything that could be read in two ways, or that canonical JSON would write in another way, ends
 * in `undefined`: white space, doubled names and names out of their order, a `hash` that is not a member of the entry itself, escapes
 * but the short ones, broken UTF-8, numbers but whole ones of up to 15 digits, and whatever is no JSON at all. Such a line may be a good one all
 * the same; whoever asks must read it the slow way.
 */

/** An entry that may be hashed by its own bytes. */
export interface CanonicalEntry {
  readonly chain: string;
  readonly seq: number;
  readonly prevHash: string;
  readonly hash: string;
  /** The bytes that were hashed: the line without the member `hash` and one comma. */
  readonly hashed: readonly [Buffer, Buffer];
}

const NUL = 0;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Nested deeper than anything that the service writes. */
const DEEPEST = 64;
/** So many digits are the same number to whoever reads them. */
const SURE_DIGITS = 15;

/** 1 for the bytes that stand for themselves within a string: ASCII without controls, quote and backslash. */
const plain = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= SPACE && byte < 0x80 && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
);
/** 1 for what stands behind the backslash of the escapes that canonical JSON writes in two characters. */
const short = Uint8Array.from({ length: 256 }, (_, byte) => ('"\\bfnrt'.includes(String.fromCharCode(byte)) ? 1 : 0));

const literals = ["true", "false", "null"].map((text) => Buffer.from(text));
const names = {
  chain: Buffer.from("chain"),
  seq: Buffer.from("seq"),
  prevHash: Buffer.from("prevHash"),
  hash: Buffer.from("hash"),
} as const;

/** @param line without its line break @returns undefined wherever it is not certain, which says nothing against the line */
export function findCanonicalEntry(line: Buffer): CanonicalEntry | undefined {
  return new Scan(line).readEntry();
}

class Scan {
  readonly #line: Buffer;
  #at = 0;
  /** Bytes of strings so far that do not stand for themselves. */
  #odd = 0;

  constructor(line: Buffer) {
    this.#line = line;
  }

  readEntry(): CanonicalEntry | undefined {
    const line = this.#line;
    let chain: string | undefined;
    let seq: number | undefined;
    let prevHash: string | undefined;
    let hash: string | undefined;
    /** The member `hash`, with the comma before it, or behind it where it comes first. */
    let cutFrom = 0;
    let cutTo = 0;
    let lastFrom = 0;
    let lastTo = 0;
    if (line[0] !== OPEN) return undefined;
    for (this.#at = 1; ; this.#at++) {
      const memberFrom = this.#at;
      const nameFrom = memberFrom + 1;
      const nameTo = this.#passName();
      if (nameTo === 0) return undefined;
      const valueFrom = this.#at;
      const oddBefore = this.#odd;
      if (!this.#passValue(1)) return undefined;
      const isPlain = this.#odd === oddBefore;
      if (this.#is(names.hash, nameFrom, nameTo)) {
        if (hash !== undefined) return undefined;
        hash = this.#readText(valueFrom, isPlain);
        const isFirst = memberFrom === 1;
        cutFrom = isFirst ? memberFrom : memberFrom - 1;
        cutTo = isFirst && line[this.#at] === COMMA ? this.#at + 1 : this.#at;
      } else {
        if (lastTo > 0 && !this.#isBefore(lastFrom, lastTo, nameFrom, nameTo)) return undefined;
        lastFrom = nameFrom;
        lastTo = nameTo;
        if (this.#is(names.chain, nameFrom, nameTo)) chain = this.#readText(valueFrom, isPlain);
        else if (this.#is(names.prevHash, nameFrom, nameTo)) prevHash = this.#readText(valueFrom, isPlain);
        else if (this.#is(names.seq, nameFrom, nameTo)) seq = this.#readNumber(valueFrom);
      }
      if (line[this.#at] === CLOSE) break;
      if (line[this.#at] !== COMMA) return undefined;
    }
    if (this.#at !== line.length - 1) return undefined;
    if (chain === undefined || seq === undefined || prevHash === undefined || hash === undefined) return undefined;
    // Bytes that are no UTF-8 become U+FFFD; one that stood there before is left to the slow way.
    if (this.#odd > 0 && line.toString("utf8").includes("\ufffd")) return undefined;
    return { chain, seq, prevHash, hash, hashed: [line.subarray(0, cutFrom), line.subarray(cutTo)] };
  }

  /** A member's name and the colon. @returns where the name ends, 0 where there is none */
  #passName(): number {
    const line = this.#line;
    let at = this.#at;
    if (line[at++] !== QUOTE) return 0;
    while (plain[line[at] ?? NUL] === 1) at++;
    if (line[at] !== QUOTE || line[at + 1] !== COLON) return 0;
    this.#at = at + 2;
    return at;
  }

  #passValue(depth: number): boolean {
    const first = this.#line[this.#at] ?? NUL;
    if (first === QUOTE) return this.#passString();
    if (first === OPEN) return depth < DEEPEST && this.#passObject(depth + 1);
    if (first === OPEN_LIST) return depth < DEEPEST && this.#passList(depth + 1);
    if (first === MINUS || (first >= ZERO && first <= NINE)) return this.#passNumber();
    return this.#passLiteral();
  }

  #passString(): boolean {
    const line = this.#line;
    let at = this.#at + 1;
    for (;;) {
      while (plain[line[at] ?? NUL] === 1) at++;
      const byte = line[at] ?? NUL;
      if (byte === QUOTE) {
        this.#at = at + 1;
        return true;
      }
      this.#odd++;
      if (byte === BACKSLASH && short[line[at + 1] ?? NUL] === 1) at += 2;
      else if (byte >= 0x80) at++;
      else return false;
    }
  }

  #passObject(depth: number): boolean {
    const line = this.#line;
    if (line[this.#at + 1] === CLOSE) {
      this.#at += 2;
      return true;
    }
    let lastFrom = 0;
    let lastTo = 0;
    do {
      this.#at++;
      const nameFrom = this.#at + 1;
      const nameTo = this.#passName();
      if (nameTo === 0) return false;
      if (lastTo > 0 && !this.#isBefore(lastFrom, lastTo, nameFrom, nameTo)) return false;
      lastFrom = nameFrom;
      lastTo = nameTo;
      if (!this.#passValue(depth)) return false;
    } while (line[this.#at] === COMMA);
    return line[this.#at++] === CLOSE;
  }

  #passList(depth: number): boolean {
    const line = this.#line;
    if (line[this.#at + 1] === CLOSE_LIST) {
      this.#at += 2;
      return true;
    }
    do {
      this.#at++;
      if (!this.#passValue(depth)) return false;
    } while (line[this.#at] === COMMA);
    return line[this.#at++] === CLOSE_LIST;
  }

  /** A whole number as everybody writes it; a fraction or exponent behind it stops the scan, as nothing may follow there. */
  #passNumber(): boolean {
    const line = this.#line;
    const isNegative = line[this.#at] === MINUS;
    const from = isNegative ? this.#at + 1 : this.#at;
    let at = from;
    while ((line[at] ?? NUL) >= ZERO && (line[at] ?? NUL) <= NINE) at++;
    const digits = at - from;
    if (digits === 0 || digits > SURE_DIGITS) return false;
    if (line[from] === ZERO && (digits > 1 || isNegative)) return false;
    this.#at = at;
    return true;
  }

  #passLiteral(): boolean {
    const found = literals.find((text) => this.#is(text, this.#at, this.#at + text.length));
    if (found === undefined) return false;
    this.#at += found.length;
    return true;
  }

  #is(text: Buffer, from: number, to: number): boolean {
    if (to - from !== text.length) return false;
    for (let index = 0; index < text.length; index++) if (this.#line[from + index] !== text[index]) return false;
    return true;
  }

  /** Whether one name comes before another. All their bytes are ASCII, so that they stand in the order of UTF-16 units, too. */
  #isBefore(from: number, to: number, nextFrom: number, nextTo: number): boolean {
    const line = this.#line;
    const length = Math.min(to - from, nextTo - nextFrom);
    for (let index = 0; index < length; index++) {
      const difference = (line[from + index] ?? NUL) - (line[nextFrom + index] ?? NUL);
      if (difference !== 0) return difference < 0;
    }
    return to - from < nextTo - nextFrom;
  }

  /** A text that was passed, where all its bytes stand for themselves. */
  #readText(from: number, isPlain: boolean): string | undefined {
    if (!isPlain || this.#line[from] !== QUOTE) return undefined;
    return this.#line.toString("latin1", from + 1, this.#at - 1);
  }

  #readNumber(from: number): number | undefined {
    const first = this.#line[from] ?? NUL;
    if (first <= ZERO || first > NINE) return undefined;
    let number = 0;
    for (let at = from; at < this.#at; at++) number = number * 10 + (this.#line[at] ?? NUL) - ZERO;
    return number;
  }
}
