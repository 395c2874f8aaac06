/**
 * JSON Lines: one value on each line. What JSON leaves as it is and some tools take for the end of a line is escaped, so that a line
 * stays one for all of them; it is the same value.
 */

/** U+0085, U+2028 and U+2029: line ends beyond those that JSON escapes by itself. */
const LINE_ENDS = /[\u0085\u2028\u2029]/g;

/** The value as one line, without its end. */
export function toLine(value: unknown): string {
  return escapeLineEnds(JSON.stringify(value));
}

/** JSON as one line: it is the same value. */
export function escapeLineEnds(json: string): string {
  return json.replace(LINE_ENDS, (end) => `\\u${end.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
