/** A line of JSON in which nothing acts on whoever shows it: no line break of any kind, no terminal's command, no change of direction. */

/**
 * JSON escapes what stands below U+0020, and nothing else: a terminal also obeys U+009B as `ESC [`, an editor breaks a line at U+0085
 * and U+2028, and a format character turns round how the rest is read.
 */
const INVISIBLE = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** @param json a text that `JSON.stringify` made on one line; what it stands for stays the same */
export function escapeInvisible(json: string): string {
  return json.replace(INVISIBLE, (found) =>
    found.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );
}
