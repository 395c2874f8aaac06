/** A claim rule as clients and the audit log see it. */
import type { Json } from "../domain/canonical-json.ts";
import type { ClaimRule, RuleFinding } from "../domain/claim-rules.ts";
import { findReplacement, refOf } from "../domain/grants.ts";
import type { KeptRule } from "../domain/kept-rules.ts";
import type { FoundRoles } from "./role-reading.ts";

/** Characters of a reason: what an attribute says may be long. */
const REASON_LENGTH = 300;

/** @param replaced roles that are gone, each with the one in its place: a rule gives that one before it names it */
export function showRule(rule: KeptRule, rank: number, { replaced }: Pick<FoundRoles, "replaced">) {
  const { id, name, when, enabled, workspaceIds, identityProviderIds } = rule;
  const { roleId } = findReplacement(refOf(rule), replaced);
  return {
    id,
    name,
    rank,
    when,
    roleId,
    ...(workspaceIds === undefined ? {} : { workspaceIds }),
    ...(identityProviderIds === undefined ? {} : { identityProviderIds }),
    enabled,
  };
}

export function showRules(rules: readonly KeptRule[], found: Pick<FoundRoles, "replaced">) {
  return rules.map((rule, index) => showRule(rule, index + 1, found));
}

/** Everything that can be set about a rule, as the audit log shows it. */
export function describeRule(rule: KeptRule, rank: number, found: Pick<FoundRoles, "replaced">): Json {
  const { id, ...described } = showRule(rule, rank, found);
  return described as unknown as Json;
}

/** Why nothing is made of a rule that asks too much; the reasons of its conditions say where. */
const UNTOLD = "Whether it matches could not be told: that is more than one sign-in may be asked.";

/** What a simulation found of a rule; `reason` says why it is not asked at all, or cannot be told. */
export function showFinding(
  rule: Pick<ClaimRule, "id" | "name" | "when">,
  { matched, conditions, isCut }: RuleFinding,
  notAsked: string | undefined,
) {
  const reason = notAsked ?? (isCut && UNTOLD);
  const asked = "all" in rule.when ? rule.when.all : rule.when.any;
  return {
    ruleId: rule.id,
    name: rule.name,
    matched,
    ...(reason === undefined ? {} : { reason }),
    conditions: asked.map(({ attribute, operator }, index) => {
      const { met = false, reason: why = "" } = conditions[index] ?? {};
      return { attribute, operator, met, reason: why.slice(0, REASON_LENGTH).toWellFormed() };
    }),
  };
}
