/** Sets of characters, as sorted ranges of their numbers. */

export type Range = readonly [low: number, high: number];
export type CharacterSet = readonly Range[];

/** The last character that there can be. */
export const LAST = 0x10ffff;
/** Letters of one range that folding looks at one by one. */
const FOLDED_LETTERS = 5_000;

/** Sorted, and without two that touch. */
export function unite(ranges: readonly Range[]): CharacterSet {
  const united: [number, number][] = [];
  for (const [low, high] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = united.at(-1);
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else united.push([low, high]);
  }
  return united;
}

export function complement(set: CharacterSet): CharacterSet {
  const gaps: Range[] = [];
  let from = 0;
  for (const [low, high] of set) {
    if (low > from) gaps.push([from, low - 1]);
    from = high + 1;
  }
  return from > LAST ? gaps : [...gaps, [from, LAST]];
}

export function has(set: CharacterSet, letter: number): boolean {
  let [from, to] = [0, set.length - 1];
  while (from <= to) {
    const middle = (from + to) >> 1;
    const [low, high] = set[middle] ?? [0, LAST];
    if (letter < low) to = middle - 1;
    else if (letter > high) from = middle + 1;
    else return true;
  }
  return false;
}

/** Each letter's folded form. @returns undefined where the ranges are too wide to look at each letter */
export function foldSet(set: readonly Range[]): CharacterSet | undefined {
  if (set.some(([low, high]) => high - low > FOLDED_LETTERS)) return undefined;
  return unite(set.flatMap(foldRange));
}

/** What lies between the letters that folding changes, and what it changes them to. */
function foldRange([low, high]: Range): Range[] {
  const folded: Range[] = [];
  let from = low;
  for (let block = Math.floor(low / BLOCK); block <= Math.floor(high / BLOCK); block++) {
    for (const [letter, other] of changedIn(block)) {
      if (letter < from || letter > high) continue;
      if (letter > from) folded.push([from, letter - 1]);
      folded.push([other, other]);
      from = letter + 1;
    }
  }
  return from > high ? folded : [...folded, [from, high]];
}

/** Letters that are looked at together, once: rules may name the same ones a million times. */
const BLOCK = 256;
const changed = new Map<number, readonly (readonly [letter: number, folded: number])[]>();

function changedIn(block: number) {
  const known = changed.get(block);
  if (known !== undefined) return known;
  const letters = Array.from({ length: BLOCK }, (_, index) => block * BLOCK + index);
  const found = letters.flatMap((letter) => {
    const folded = letter > LAST ? letter : foldLetter(letter);
    return folded === letter ? [] : [[letter, folded] as const];
  });
  changed.set(block, found);
  return found;
}

/**
 * A letter without its case. Two stay as they are: the sign of the kelvin would become a plain `k`, and the dotted capital `İ` two
 * characters. The small sigma is one letter, also as it is written at the end of a word.
 */
export function foldLetter(letter: number): number {
  if (letter < 0x80) return letter >= 0x41 && letter <= 0x5a ? letter + 0x20 : letter;
  if (letter === 0x212a || letter === 0x130) return letter;
  if (letter === 0x3c2) return 0x3c3;
  return String.fromCodePoint(letter).toLowerCase().codePointAt(0) ?? letter;
}

/** A text of such letters. Each stands for itself, whatever is beside it, so what begins a text or is part of it still is. */
export function fold(text: string): string {
  if (!/[\u212a\u0130\u03a3\u03c2]/.test(text)) return text.toLowerCase();
  // A capital sigma is the one letter that the language lowers by what is beside it.
  return text.replace(/[\u03a3\u03c2]/g, "\u03c3").replace(/[^\u212a\u0130]+/g, (letters) => letters.toLowerCase());
}
