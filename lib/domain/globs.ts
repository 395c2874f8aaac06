/** Patterns with `*` (anything, nothing too) and `?` (one character); a backslash before one of them, or before itself, takes its meaning. */

/** One piece between two stars: characters, `undefined` standing for any one. */
type Piece = readonly (string | undefined)[];

/**
 * Whether a pattern matches a whole text. Each piece is taken where it fits first and never looked for again, so the time is at
 * most that of the text's length for each character of the pattern.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const pieces = splitPattern(pattern);
  const letters = Array.from(text);
  const [first = [], ...others] = pieces;
  const last = others.pop();
  if (!fits(first, letters, 0)) return false;
  if (last === undefined) return first.length === letters.length;
  const end = letters.length - last.length;
  let at = first.length;
  for (const piece of others) {
    while (at + piece.length <= end && !fits(piece, letters, at)) at++;
    at += piece.length;
    if (at > end) return false;
  }
  return at <= end && fits(last, letters, end);
}

function fits(piece: Piece, letters: readonly string[], at: number): boolean {
  return (
    at + piece.length <= letters.length &&
    piece.every((letter, index) => letter === undefined || letter === letters[at + index])
  );
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
