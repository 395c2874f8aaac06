/**
 * No amplification for rules: which of them a change lets give more than before. Whoever makes the change must be able to give
 * the roles of all of these.
 */
import type { Json } from "./canonical-json.ts";
import { canonicalize } from "./canonical-json.ts";
import type { ClaimRule } from "./claim-rules.ts";
import type { RoleId } from "./ids.ts";
import { limits } from "./limits.ts";
import type { Workspace } from "./places.ts";

/** The rules that one place asks in their order, and how many of those that match count there. */
interface AskedRules<Rule extends ClaimRule = ClaimRule> {
  readonly rules: readonly Rule[];
  readonly claimMatching: Workspace["claimMatching"];
}

/**
 * The enabled rules that may give somebody a role, after a change, that they were not given before.
 * - A rule that is new, is enabled again, or was edited in more than its name is given anew.
 * - A rule wins what one that kept it from somebody let go: one that is gone, is disabled, was edited, or stands below it now.
 * - Where all that match count from now on, nothing keeps a rule from anybody any more.
 *
 * Of a workspace, its own rules are asked and then the organization's that are for it. Of the organization, its own alone, as where
 * the first that matches decides: what some workspaces ask before them does not change, and where all that match count, no rule
 * gives more than it could there.
 */
export function findRuleGifts<Rule extends ClaimRule>(before: AskedRules<Rule>, after: AskedRules<Rule>): Rule[] {
  const now = after.rules.filter(({ enabled }) => enabled);
  const former = new Map(readStandings(before, now).map((standing) => [standing.rule.id, standing]));
  const isUnited = before.claimMatching === "first-match" && after.claimMatching === "all-matches";
  return now.filter((rule, rank) => {
    const was = former.get(rule.id);
    if (was === undefined || !isSame(was.rule, rule)) return true;
    return was.isKept && (isUnited || was.lowestAbove > rank);
  });
}

/** How an enabled rule stood before a change. */
interface FormerStanding<Rule> {
  readonly rule: Rule;
  /** Whether rules above it could keep it from somebody whom it matches. */
  readonly isKept: boolean;
  /** The lowest rank at which one of those above it stands now; beyond all ranks when one gives otherwise now, or nothing. */
  readonly lowestAbove: number;
}

function readStandings<Rule extends ClaimRule>(
  { rules, claimMatching }: AskedRules<Rule>,
  now: readonly Rule[],
): FormerStanding<Rule>[] {
  const ranks = new Map(now.map((rule, rank) => [rule.id, { rule, rank }] as const));
  const rolesAbove = new Set<RoleId>();
  let lowestAbove = -1;
  return rules
    .filter(({ enabled }) => enabled)
    .map((rule, rank) => {
      const others = rolesAbove.size - (rolesAbove.has(rule.roleId) ? 1 : 0);
      // United, only as many roles above it as one may hold in a place leave no room for its own.
      const isKept = claimMatching === "first-match" ? rank > 0 : others >= limits.rolesPerUserAndPlace;
      const standing = { rule, isKept, lowestAbove };
      const stands = ranks.get(rule.id);
      const isUnchanged = stands !== undefined && isSame(stands.rule, rule);
      lowestAbove = Math.max(lowestAbove, isUnchanged ? stands.rank : Number.POSITIVE_INFINITY);
      rolesAbove.add(rule.roleId);
      return standing;
    });
}

/** Whether the same people get the same from it. */
function isSame(a: ClaimRule, b: ClaimRule): boolean {
  return a === b || meaningOf(a) === meaningOf(b);
}

function meaningOf({ when, roleId, workspaceIds, identityProviderIds }: ClaimRule): string {
  return canonicalize({ when, roleId, workspaceIds, identityProviderIds } as unknown as Json);
}
