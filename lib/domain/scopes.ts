/**
 * Scopes and patterns. A scope is `type:action` at one level (`workspace` or `organization`); a pattern `type:*` or `*` stands
 * for all present and future scopes that it matches, at its level. A text is only ever compared within one level.
 */

export type Level = "workspace" | "organization";

/** `type:action`, `type:*` or `*`. */
export type Pattern = string;

/** Whether holding `wide` means holding all of `narrow`: `*` covers `t:*` covers `t:a`; nothing else covers but equality. */
export function covers(wide: Pattern, narrow: Pattern): boolean {
  if (wide === "*" || wide === narrow) return true;
  return wide.endsWith(":*") && narrow.startsWith(wide.slice(0, -1));
}

/** Whether some pattern of `held` covers `wanted`. */
export function isCovered(held: Iterable<Pattern>, wanted: Pattern): boolean {
  for (const pattern of held) if (covers(pattern, wanted)) return true;
  return false;
}

/** What both of two sets of patterns hold: of two that meet, the narrower one. */
export function intersect(a: readonly Pattern[], b: readonly Pattern[]): Pattern[] {
  const [inA, inB] = [makeCover(a), makeCover(b)];
  return [...new Set([...a.filter(inB), ...b.filter(inA)])];
}

/** The same for whoever asks of many: what is held is gone through once. */
export function makeCover(held: readonly Pattern[]): (wanted: Pattern) => boolean {
  const exact = new Set(held);
  const wide = held.filter((pattern) => pattern.endsWith("*"));
  return (wanted) => exact.has(wanted) || isCovered(wide, wanted);
}
