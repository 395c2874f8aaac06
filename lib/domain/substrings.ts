/** Whether one text stands in another, in time that grows with both and never with one times the other. */
import type { ConditionWork } from "./condition-work.ts";

/** Up to so many pairs of characters, the language's own search is the fastest, though it may compare them all. */
const FEW = 4_096;
/** What a search costs by itself, and how many such pairs are one unit of work. */
const SEARCH = 6;
const PAIRS = 30;

/** Takes the text that is looked for, once. @returns of each text undefined when that is more work than is left */
export function findSubstring(wanted: string, work: ConditionWork): (text: string) => boolean | undefined {
  let restarts: Int32Array | undefined;
  return (text) => {
    if (wanted.length * text.length <= FEW) {
      return work.spend(SEARCH + (wanted.length * text.length) / PAIRS) ? text.includes(wanted) : undefined;
    }
    if (!work.spend(SEARCH + text.length + (restarts === undefined ? wanted.length : 0))) return undefined;
    if (wanted.length > text.length) return false;
    restarts ??= listRestarts(wanted);
    let matched = 0;
    for (let at = 0; at < text.length; at++) {
      while (matched > 0 && text.charCodeAt(at) !== wanted.charCodeAt(matched)) matched = restarts[matched - 1] ?? 0;
      if (text.charCodeAt(at) === wanted.charCodeAt(matched)) matched++;
      if (matched === wanted.length) return true;
    }
    return false;
  };
}

/** For each of its beginnings, how much of its end is a beginning again (Knuth, Morris and Pratt). */
function listRestarts(wanted: string): Int32Array {
  const restarts = new Int32Array(wanted.length);
  let length = 0;
  for (let at = 1; at < wanted.length; at++) {
    while (length > 0 && wanted.charCodeAt(at) !== wanted.charCodeAt(length)) length = restarts[length - 1] ?? 0;
    if (wanted.charCodeAt(at) === wanted.charCodeAt(length)) length++;
    restarts[at] = length;
  }
  return restarts;
}
