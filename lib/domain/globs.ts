/** Patterns with `*` (anything, nothing too) and `?` (one character); a backslash before one of them, or before itself, takes its meaning. */
import { ConditionWork } from "./condition-work.ts";

/** One piece between two stars: characters, `undefined` standing for any one. */
type Piece = readonly (string | undefined)[];

/** Comparisons that one glob may make: a pattern's length for each character of a text is fine for texts of kilobytes alone. */
const COMPARISONS = 500_000;
/** What a text costs by itself; each of its characters, and each comparison, is one unit more. */
const TEXT = 20;

/**
 * Whether a pattern matches whole texts. Each piece is taken where it fits first and never looked for again, so the time is at
 * most that of the text's length for each character of the pattern.
 * @returns of each text undefined when the comparisons, or the work that is left, did not suffice to tell
 */
export function compileGlob(pattern: string, work = new ConditionWork()): (text: string) => boolean | undefined {
  const [first = [], ...others] = splitPattern(pattern);
  const last = others.pop();
  let left = COMPARISONS;
  const fits = (piece: Piece, letters: readonly string[], at: number) => {
    if (at + piece.length > letters.length) return false;
    for (let index = 0; index < piece.length; index++) {
      left--;
      const letter = piece[index];
      if (letter !== undefined && letter !== letters[at + index]) return false;
    }
    return true;
  };
  const matches = (letters: readonly string[]) => {
    if (!fits(first, letters, 0)) return false;
    if (last === undefined) return first.length === letters.length;
    const end = letters.length - last.length;
    let at = first.length;
    for (const piece of others) {
      while (left > 0 && at + piece.length <= end && !fits(piece, letters, at)) at++;
      at += piece.length;
      if (at > end) return false;
    }
    return at <= end && fits(last, letters, end);
  };
  return (text) => {
    if (left <= 0 || !work.spend(TEXT + text.length)) return undefined;
    const before = left;
    const isMatch = matches(Array.from(text));
    return work.spend(before - left) && left > 0 ? isMatch : undefined;
  };
}

function splitPattern(pattern: string): Piece[] {
  const pieces: (string | undefined)[][] = [[]];
  const letters = Array.from(pattern);
  for (let at = 0; at < letters.length; at++) {
    const letter = letters[at];
    if (letter === "*") pieces.push([]);
    else if (letter === "?") pieces.at(-1)?.push(undefined);
    else if (letter === "\\" && /^[*?\\]$/.test(letters[at + 1] ?? "")) pieces.at(-1)?.push(letters[++at]);
    else pieces.at(-1)?.push(letter);
  }
  return pieces;
}
