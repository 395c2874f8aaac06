/**
 * Regular expressions in RE2's syntax, run as RE2 does: all ways through a pattern at once, one character of the text after the other,
 * so that no pattern makes a text take longer than its length times the pattern's. An own engine because RE2's in JavaScript, which
 * the tests hold this one against, would be a third of the code that each sign-in through a provider has to load.
 */
import type { CharacterSet } from "./character-sets.ts";
import { foldLetter, has } from "./character-sets.ts";
import { ConditionWork } from "./condition-work.ts";
import type { Step } from "./pattern-program.ts";
import { makeProgram } from "./pattern-program.ts";
import type { Place } from "./pattern-syntax.ts";
import { PatternFault, parsePattern, word } from "./pattern-syntax.ts";

/** Steps that one run may look at; what it has found out once of a character it does not look at again. */
const STEPS = 20_000;
/** Units of work: for each step of a run, each character, and each text by itself. */
const STEP = 14;
/** And for each range of characters of the pattern, once: reading and sorting them. */
const RANGE = 60;
const CHARACTER = 2;
const TEXT = 20;
const NEWLINE = 0x0a;

/** What places ask of a character; `edge` is the begin or end of the text. */
type Kind = "edge" | "newline" | "word" | "other";

export interface Pattern {
  readonly steps: readonly Step[];
  /** Matches at the begin of the text or nowhere. */
  readonly isAnchored: boolean;
  /** Asks which characters stand beside a place, not only where the text begins or ends. */
  readonly hasPlaces: boolean;
  /** Where a set begins or ends: between two of these, all characters are one to the pattern. */
  readonly bounds: readonly number[];
  readonly foldedBounds: readonly number[];
}

/** All that the next character has to be tried for; the ways that led here no longer matter. */
interface State {
  readonly waiting: readonly number[];
  readonly before: Kind;
  /** By the class of the next character. */
  readonly next: (State | undefined)[];
  atEnd?: boolean;
}

const matched: State = { waiting: [], before: "other", next: [] };

/** @param ignoreCase as `(?i)`, by this service's folding: the sign of the kelvin is no `k` */
export function compilePattern(pattern: string, ignoreCase: boolean): Pattern | { readonly fault: string } {
  try {
    const steps = makeProgram(parsePattern(pattern, ignoreCase));
    const hasPlaces = steps.some((step) => step.kind === "place" && !step.place.startsWith("text-"));
    const sets = steps.filter((step) => step.kind === "set");
    const plain = sets.filter(({ isFolded }) => !isFolded).map(({ set }) => set);
    return {
      steps,
      isAnchored: isAnchored(steps),
      hasPlaces,
      bounds: findBounds(hasPlaces ? [...plain, word, [[NEWLINE, NEWLINE]]] : plain),
      foldedBounds: findBounds(sets.filter(({ isFolded }) => isFolded).map(({ set }) => set)),
    };
  } catch (error) {
    if (error instanceof PatternFault) return { fault: error.message };
    throw error;
  }
}

/**
 * @returns of each text whether the pattern describes something in it; undefined when the steps, or the work that is left, did not
 * suffice to tell
 */
export function runPattern(pattern: Pattern, work = new ConditionWork()): (text: string) => boolean | undefined {
  const run = new PatternRun(pattern);
  work.spend(RANGE * pattern.steps.reduce((sum, step) => sum + (step.kind === "set" ? step.set.length : 1), 0));
  return (text) => {
    if (!work.spend(TEXT + CHARACTER * text.length)) return undefined;
    const before = run.steps;
    const isMatch = run.test(text);
    return work.spend(STEP * (run.steps - before)) ? isMatch : undefined;
  };
}

/** One pattern asked of some texts. What it finds out of one text serves the next, and all of them together have one measure of steps. */
class PatternRun {
  readonly #pattern: Pattern;
  readonly #states = new Map<string, State>();
  readonly #start: State;
  readonly #classes = new Map<number, number>();
  readonly #classOfLetter: number[] = [];
  readonly #seen: Uint32Array;
  #round = 0;
  #left = STEPS;

  constructor(pattern: Pattern) {
    this.#pattern = pattern;
    this.#seen = new Uint32Array(pattern.steps.length);
    this.#start = this.#stateOf([0], "edge");
  }

  /** How many were looked at by now. */
  get steps(): number {
    return STEPS - this.#left;
  }

  test(text: string): boolean | undefined {
    let state = this.#start;
    for (let at = 0; at < text.length; at++) {
      const letter = text.codePointAt(at) ?? 0;
      if (letter > 0xffff) at++;
      const kind = (letter < 0x80 ? this.#classOfLetter[letter] : undefined) ?? this.#classify(letter);
      const next = state.next[kind] ?? this.#advance(state, letter);
      if (this.#left < 0) return undefined;
      state.next[kind] = next;
      if (next === matched) return true;
      if (next.waiting.length === 0) return false;
      state = next;
    }
    state.atEnd ??= this.#follow(state, "edge", undefined).isMatched;
    return this.#left < 0 ? undefined : state.atEnd;
  }

  #advance(state: State, letter: number): State {
    const { isAnchored, hasPlaces } = this.#pattern;
    const kind = hasPlaces ? kindOf(letter) : "other";
    const { isMatched, waiting } = this.#follow(state, kind, letter);
    if (isMatched) return matched;
    if (!isAnchored && !waiting.includes(0)) waiting.push(0);
    return this.#stateOf(
      waiting.sort((a, b) => a - b),
      kind,
    );
  }

  #stateOf(waiting: readonly number[], before: Kind): State {
    const name = `${before} ${waiting.join()}`;
    const known = this.#states.get(name);
    if (known !== undefined) return known;
    const state = { waiting, before, next: [] };
    this.#states.set(name, state);
    return state;
  }

  /** Goes all ways between two characters, and over the second where they take it. */
  #follow(
    { waiting, before }: State,
    after: Kind,
    letter: number | undefined,
  ): { isMatched: boolean; waiting: number[] } {
    const { steps } = this.#pattern;
    const folded = letter === undefined ? undefined : foldLetter(letter);
    const ways = [...waiting];
    const found: number[] = [];
    this.#round++;
    for (let at = ways.pop(); at !== undefined; at = ways.pop()) {
      const step = steps[at];
      if (this.#seen[at] === this.#round || step === undefined) continue;
      this.#seen[at] = this.#round;
      this.#left--;
      if (step.kind === "end") return { isMatched: true, waiting: [] };
      if (step.kind === "fork") ways.push(...step.to);
      else if (step.kind === "place") {
        if (isAt(step.place, before, after)) ways.push(at + 1);
      } else if (letter !== undefined && folded !== undefined && has(step.set, step.isFolded ? folded : letter)) {
        found.push(at + 1);
      }
    }
    return { isMatched: false, waiting: found };
  }

  /** A number for all characters that are one to the pattern. */
  #classify(letter: number): number {
    const { bounds, foldedBounds } = this.#pattern;
    const folded = foldedBounds.length === 0 ? 0 : countUpTo(foldedBounds, foldLetter(letter));
    const pair = folded * (bounds.length + 1) + countUpTo(bounds, letter);
    const kind = this.#classes.get(pair) ?? this.#classes.size;
    this.#classes.set(pair, kind);
    if (letter < 0x80) this.#classOfLetter[letter] = kind;
    return kind;
  }
}

/** Whether no way leads to the end without asking for the begin of the text. */
function isAnchored(steps: readonly Step[]): boolean {
  const ways = [0];
  const seen = new Set<number>();
  for (let at = ways.pop(); at !== undefined; at = ways.pop()) {
    const step = steps[at];
    if (seen.has(at) || step === undefined) continue;
    seen.add(at);
    if (step.kind === "end") return false;
    if (step.kind === "fork") ways.push(...step.to);
    else if (step.kind === "set" || step.place !== "text-begin") ways.push(at + 1);
  }
  return true;
}

function isAt(place: Place, before: Kind, after: Kind): boolean {
  if (place === "text-begin") return before === "edge";
  if (place === "text-end") return after === "edge";
  if (place === "line-begin") return before === "edge" || before === "newline";
  if (place === "line-end") return after === "edge" || after === "newline";
  return ((before === "word") !== (after === "word")) === (place === "word-edge");
}

function kindOf(letter: number): Kind {
  if (letter === NEWLINE) return "newline";
  return has(word, letter) ? "word" : "other";
}

function findBounds(sets: readonly CharacterSet[]): number[] {
  const bounds = sets.flatMap((set) => set.flatMap(([low, high]) => [low, high + 1]));
  return [...new Set(bounds)].sort((a, b) => a - b);
}

/** How many of the sorted numbers are at most this one. */
function countUpTo(sorted: readonly number[], most: number): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((sorted[middle] ?? 0) <= most) from = middle + 1;
    else to = middle;
  }
  return from;
}
