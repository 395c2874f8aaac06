/**
 * No amplification: nobody gives what they do not hold at that level. One pure judgement of the *result* of every change that
 * gives something; taking away is free.
 */
import type { Level, Pattern } from "./scopes.ts";
import { makeCover } from "./scopes.ts";

/** What the person who makes the change holds now. */
export interface Giver {
  readonly workspace: readonly Pattern[];
  readonly organization: readonly Pattern[];
  /** Holds `workspace-role:grant`: stands for every workspace-level scope when giving, never when using. */
  readonly mayGrantAnyWorkspaceRole: boolean;
}

/** One thing given: a role assigned to somebody, or the contents of a role. */
export interface Gift {
  /** Tells the same gift before and after apart from another: the role's id. */
  readonly key: string;
  readonly level: Level;
  readonly patterns: readonly Pattern[];
  /** Milliseconds since 1970; forever when absent. */
  readonly expiresAt?: number;
}

/**
 * The patterns by which a change would give more than the giver holds; none when the change is fine.
 * A gift that was there before, with the same patterns and no shorter life, is not given anew.
 */
export function exceeds(giver: Giver, before: readonly Gift[], after: readonly Gift[]): Pattern[] {
  const beyond = new Set<Pattern>();
  const isHeld = { workspace: makeCover(giver.workspace), organization: makeCover(giver.organization) };
  for (const gift of after) {
    if (before.some((old) => isNoMoreThan(gift, old))) continue;
    if (gift.level === "workspace" && giver.mayGrantAnyWorkspaceRole) continue;
    for (const pattern of gift.patterns) if (!isHeld[gift.level](pattern)) beyond.add(pattern);
  }
  return [...beyond].sort();
}

function isNoMoreThan(gift: Gift, old: Gift): boolean {
  return (
    gift.key === old.key &&
    gift.level === old.level &&
    (gift.expiresAt ?? Number.POSITIVE_INFINITY) <= (old.expiresAt ?? Number.POSITIVE_INFINITY) &&
    isSameSet(gift.patterns, old.patterns)
  );
}

function isSameSet(a: readonly Pattern[], b: readonly Pattern[]): boolean {
  const [inA, inB] = [new Set(a), new Set(b)];
  return a.every((pattern) => inB.has(pattern)) && b.every((pattern) => inA.has(pattern));
}
