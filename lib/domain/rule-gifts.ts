/**
 * No amplification for rules: which of them a change lets give more than before. Whoever makes the change must be able to give
 * the roles of all of these.
 */
import { canonicalize } from "./canonical-json.ts";
import type { ClaimRule } from "./claim-rules.ts";
import type { Workspace } from "./places.ts";

/** The rules that one place asks in their order, and how many of those that match count there. */
export interface AskedRules<Rule extends ClaimRule = ClaimRule> {
  readonly rules: readonly Rule[];
  readonly claimMatching: Workspace["claimMatching"];
}

/**
 * The enabled rules that may give somebody a role, after a change, that they were not given before.
 * - A rule that is new, is enabled again, or was edited in more than its name is given anew.
 * - Where the first that matches decides, a rule wins what one above it let go: one that is gone, is disabled, was edited, or
 *   stands below it now.
 * - Where all that match count from now on, every rule but the first gives what it did not.
 */
export function findRuleGifts<Rule extends ClaimRule>(before: AskedRules<Rule>, after: AskedRules<Rule>): Rule[] {
  const old = before.rules.filter(({ enabled }) => enabled);
  const now = after.rules.filter(({ enabled }) => enabled);
  const rankNow = new Map(now.map(({ id }, rank) => [id, rank]));
  const rankBefore = new Map(old.map(({ id }, rank) => [id, rank]));
  const same = new Set(
    old.filter((rule) => now.some((other) => other.id === rule.id && isSame(rule, other))).map(({ id }) => id),
  );
  const isUniting = after.claimMatching === "all-matches";
  const wasUniting = before.claimMatching === "all-matches";
  return now.filter((rule, rank) => {
    const was = rankBefore.get(rule.id);
    if (was === undefined || !same.has(rule.id)) return true;
    if (wasUniting) return false;
    if (isUniting) return was > 0;
    // Those above it that still keep from it whom they kept from it before.
    const keeping = old.slice(0, was).filter(({ id }) => same.has(id) && (rankNow.get(id) ?? rank) < rank);
    return keeping.length < was;
  });
}

/** Whether the same people get the same from it. */
function isSame(a: ClaimRule, b: ClaimRule): boolean {
  return meaningOf(a) === meaningOf(b);
}

function meaningOf({ when, roleId, workspaceIds, identityProviderIds }: ClaimRule): string {
  return canonicalize(JSON.parse(JSON.stringify({ when, roleId, workspaceIds, identityProviderIds })));
}
