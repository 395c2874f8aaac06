/**
 * Reads a regular expression in the syntax of RE2: what has no backreferences and never looks around, so that it can be run in a time
 * linear in the text. Who only asks whether a text matches need not know groups and greed; they are read and forgotten.
 *
 * Not taken, though RE2 has it: classes of Unicode (`\p{Greek}`), whose tables are more than the rest of a sign-in's code.
 */
import type { CharacterSet, Range } from "./character-sets.ts";
import { complement, foldLetter, foldSet, LAST, unite } from "./character-sets.ts";

/** What is asked between two characters. */
export type Place = "text-begin" | "text-end" | "line-begin" | "line-end" | "word-edge" | "no-word-edge";

export type Node =
  | { readonly kind: "set"; readonly set: CharacterSet; readonly isFolded: boolean }
  | { readonly kind: "place"; readonly place: Place }
  | { readonly kind: "sequence"; readonly nodes: readonly Node[] }
  | { readonly kind: "choice"; readonly nodes: readonly Node[] }
  | { readonly kind: "repeat"; readonly node: Node; readonly least: number; readonly most: number };

interface Flags {
  readonly ignoreCase: boolean;
  readonly lines: boolean;
  readonly dotAll: boolean;
}

/** What is wrong with a pattern, as a sentence. */
export class PatternFault extends Error {}

const REPETITIONS = 1_000;
const NEWLINE = 0x0a;

const digit: CharacterSet = [[0x30, 0x39]];
const space: CharacterSet = unite([
  [0x09, 0x0a],
  [0x0c, 0x0d],
  [0x20, 0x20],
]);
export const word: CharacterSet = unite([...digit, [0x41, 0x5a], [0x61, 0x7a], [0x5f, 0x5f]]);
const classes: Readonly<Record<string, CharacterSet>> = { d: digit, s: space, w: word };
const places: Readonly<Record<string, Place>> = { A: "text-begin", z: "text-end", b: "word-edge", B: "no-word-edge" };
const controls: Readonly<Record<string, number>> = { a: 0x07, f: 0x0c, n: NEWLINE, r: 0x0d, t: 0x09, v: 0x0b };

const lower: Range = [0x61, 0x7a];
const upper: Range = [0x41, 0x5a];
const named: Readonly<Record<string, CharacterSet>> = {
  alnum: unite([...digit, lower, upper]),
  alpha: unite([lower, upper]),
  ascii: [[0x00, 0x7f]],
  blank: unite([
    [0x09, 0x09],
    [0x20, 0x20],
  ]),
  cntrl: unite([
    [0x00, 0x1f],
    [0x7f, 0x7f],
  ]),
  digit,
  graph: [[0x21, 0x7e]],
  lower: [lower],
  print: [[0x20, 0x7e]],
  punct: [
    [0x21, 0x2f],
    [0x3a, 0x40],
    [0x5b, 0x60],
    [0x7b, 0x7e],
  ],
  space: unite([
    [0x09, 0x0d],
    [0x20, 0x20],
  ]),
  upper: [upper],
  word,
  xdigit: unite([...digit, [0x41, 0x46], [0x61, 0x66]]),
};

/** @throws {PatternFault} */
export function parsePattern(pattern: string, ignoreCase: boolean): Node {
  return new Parser(pattern, { ignoreCase, lines: false, dotAll: false }).parse();
}

class Parser {
  readonly #text: string;
  #at = 0;
  #flags: Flags;
  readonly #names = new Set<string>();

  constructor(text: string, flags: Flags) {
    this.#text = text;
    this.#flags = flags;
  }

  parse(): Node {
    const node = this.#choice();
    if (this.#at < this.#text.length) throw new PatternFault("There is a ) without its (.");
    return node;
  }

  #choice(): Node {
    const nodes = [this.#sequence()];
    while (this.#take("|")) nodes.push(this.#sequence());
    return nodes.length === 1 && nodes[0] !== undefined ? nodes[0] : { kind: "choice", nodes };
  }

  #sequence(): Node {
    const nodes: Node[] = [];
    while (this.#at < this.#text.length && !this.#sees("|") && !this.#sees(")")) {
      const flags = this.#match(/\(\?([imsU]*)(-[imsU]+)?\)/y);
      if (flags) this.#flags = this.#changeFlags(flags);
      else nodes.push(...this.#pieces());
    }
    return { kind: "sequence", nodes };
  }

  /** One atom with its repetition; of a quoted text, each character. */
  #pieces(): Node[] {
    if (!this.#take("\\Q")) return [this.#repeated(this.#atom())];
    const end = this.#text.indexOf("\\E", this.#at);
    const quoted = this.#text.slice(this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#text.length : end + 2;
    const letters = Array.from(quoted, (letter) => this.#letter(letter.codePointAt(0) ?? 0));
    const last = letters.pop();
    if (last !== undefined) return [...letters, this.#repeated(last)];
    if (this.#repetition() !== undefined) throw new PatternFault("There is nothing to repeat.");
    return [];
  }

  #repeated(node: Node): Node {
    const bounds = this.#repetition();
    if (bounds === undefined) return node;
    const [least, most] = bounds;
    if (least > REPETITIONS || (most !== Number.POSITIVE_INFINITY && (most > REPETITIONS || most < least))) {
      throw new PatternFault(`A repetition is from 0 to ${REPETITIONS}, the lesser number first.`);
    }
    this.#take("?");
    if (this.#repetition() !== undefined) throw new PatternFault("One repetition follows another.");
    const repeated: Node = { kind: "repeat", node, least, most };
    if (copiesOf(repeated) > REPETITIONS) throw new PatternFault("This pattern repeats too much.");
    return repeated;
  }

  #repetition(): readonly [least: number, most: number] | undefined {
    const [sign, least = "", comma, most] = this.#match(/[*+?]|\{(0|[1-9]\d*)(?:(,)(0|[1-9]\d*)?)?\}/y) ?? [];
    const unlimited = Number.POSITIVE_INFINITY;
    if (sign === undefined) return undefined;
    if (sign === "*") return [0, unlimited];
    if (sign === "+") return [1, unlimited];
    if (sign === "?") return [0, 1];
    if (comma === undefined) return [Number(least), Number(least)];
    return [Number(least), most === undefined ? unlimited : Number(most)];
  }

  #atom(): Node {
    if (this.#take("(")) return this.#group();
    if (this.#take("[")) return this.#class();
    if (this.#take("."))
      return { kind: "set", set: complement(this.#flags.dotAll ? [] : [[NEWLINE, NEWLINE]]), isFolded: false };
    if (this.#take("^")) return { kind: "place", place: this.#flags.lines ? "line-begin" : "text-begin" };
    if (this.#take("$")) return { kind: "place", place: this.#flags.lines ? "line-end" : "text-end" };
    if (this.#sees("\\")) return this.#escaped();
    if (this.#repetition() !== undefined) throw new PatternFault("There is nothing to repeat.");
    return this.#letter(this.#next());
  }

  #group(): Node {
    const before = this.#flags;
    const flags = this.#match(/\?([imsU]*)(-[imsU]+)?:/y);
    const name = this.#match(/\?P?<(\w+)>/y)?.[1];
    if (flags) this.#flags = this.#changeFlags(flags);
    else if (name === undefined && this.#sees("?")) throw new PatternFault("This kind of group is not known.");
    if (name !== undefined && this.#names.has(name)) throw new PatternFault(`Two groups are named ${name}.`);
    if (name !== undefined) this.#names.add(name);
    const node = this.#choice();
    if (!this.#take(")")) throw new PatternFault("There is a ( without its ).");
    this.#flags = before;
    return node;
  }

  #changeFlags([, on = "", off = ""]: readonly (string | undefined)[]): Flags {
    const change = (flag: string, was: boolean) => (was || on.includes(flag)) && !off.includes(flag);
    const { ignoreCase, lines, dotAll } = this.#flags;
    return { ignoreCase: change("i", ignoreCase), lines: change("m", lines), dotAll: change("s", dotAll) };
  }

  #escaped(): Node {
    const [, sign = ""] = this.#match(/\\([AzbB])/y) ?? [];
    const place = places[sign];
    if (place !== undefined) return { kind: "place", place };
    const set = this.#classEscape();
    return set === undefined
      ? this.#letter(this.#escapedLetter())
      : { kind: "set", set, isFolded: this.#flags.ignoreCase };
  }

  /** What is in brackets, of which the first is read already. */
  #class(): Node {
    const isNegated = this.#take("^");
    const parts: Range[] = [];
    for (let isFirst = true; isFirst || !this.#sees("]"); isFirst = false) {
      if (this.#at >= this.#text.length) throw new PatternFault("There is a [ without its ].");
      parts.push(...(this.#namedClass() ?? this.#classEscape() ?? this.#fold([this.#range()])));
    }
    this.#take("]");
    const set = unite(parts);
    return { kind: "set", set: isNegated ? complement(set) : set, isFolded: this.#flags.ignoreCase };
  }

  #range(): Range {
    const low = this.#classLetter();
    if (!this.#sees("-") || this.#text.startsWith("-]", this.#at) || this.#at + 1 >= this.#text.length)
      return [low, low];
    this.#take("-");
    const high = this.#classLetter();
    if (high < low) throw new PatternFault("A range of characters begins with the lesser one.");
    return [low, high];
  }

  #classLetter(): number {
    if (this.#at >= this.#text.length) throw new PatternFault("There is a [ without its ].");
    return this.#sees("\\") ? this.#escapedLetter() : this.#next();
  }

  /** `[:alpha:]`, which stands in brackets of its own. */
  #namedClass(): CharacterSet | undefined {
    const [written, isNegated, name = ""] = this.#match(/\[:(\^?)(.*?):\]/sy) ?? [];
    if (written === undefined) return undefined;
    const set = Object.hasOwn(named, name) ? named[name] : undefined;
    if (set === undefined) throw new PatternFault(`There is no class ${written}.`);
    return isNegated ? complement(this.#fold(set)) : this.#fold(set);
  }

  #classEscape(): CharacterSet | undefined {
    const [, sign = ""] = this.#match(/\\([dswDSW])/y) ?? [];
    const set = classes[sign.toLowerCase()];
    if (set === undefined) return undefined;
    return sign === sign.toLowerCase() ? this.#fold(set) : complement(this.#fold(set));
  }

  #escapedLetter(): number {
    const octal = this.#match(/\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/y)?.[1];
    if (octal !== undefined) return Number.parseInt(octal, 8);
    const [hex, long, short = ""] = this.#match(/\\x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))/y) ?? [];
    if (hex !== undefined) {
      const number = Number.parseInt(long ?? short, 16);
      if (number > LAST) throw new PatternFault(`There is no character ${hex}.`);
      return number;
    }
    const sign = this.#match(/\\([afnrtv]|[!-/:-@[-`{-~])/y)?.[1];
    if (sign !== undefined) return controls[sign] ?? sign.charCodeAt(0);
    const unknown = this.#text.slice(this.#at, this.#at + 2);
    throw new PatternFault(
      /^\\[pP]/.test(unknown)
        ? "Classes of Unicode, such as \\p{Greek}, are not taken."
        : `${unknown} means nothing here.`,
    );
  }

  #letter(letter: number): Node {
    const { ignoreCase } = this.#flags;
    const wanted = ignoreCase ? foldLetter(letter) : letter;
    return { kind: "set", set: [[wanted, wanted]], isFolded: ignoreCase };
  }

  #fold(set: CharacterSet): CharacterSet {
    const folded = this.#flags.ignoreCase ? foldSet(set) : set;
    if (folded === undefined) throw new PatternFault("A range so wide cannot ignore case.");
    return folded;
  }

  #next(): number {
    const letter = this.#text.codePointAt(this.#at) ?? 0;
    this.#at += letter > 0xffff ? 2 : 1;
    return letter;
  }

  #sees(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  #take(text: string): boolean {
    const isThere = this.#sees(text);
    if (isThere) this.#at += text.length;
    return isThere;
  }

  /** Reads what a sticky expression finds here. None of them can look at a character more than a few times. */
  #match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#text) ?? undefined;
    this.#at += found?.[0].length ?? 0;
    return found;
  }
}

/** How often the innermost is repeated by counts, one within another. */
function copiesOf(node: Node): number {
  if (node.kind === "repeat") {
    const count = node.most === Number.POSITIVE_INFINITY ? node.least : node.most;
    return Math.max(1, count) * copiesOf(node.node);
  }
  return "nodes" in node ? Math.max(1, ...node.nodes.map(copiesOf)) : 1;
}
