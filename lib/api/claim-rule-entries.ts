/** What the audit log says of changes of claim rules. */
import type { EntryDraft } from "../domain/audit.ts";
import type { KeptRule } from "../domain/kept-rules.ts";
import { EVERYWHERE } from "../domain/made-grants.ts";
import { describeReach } from "../domain/reach.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { FoundRoles } from "./role-reading.ts";
import type { Standing } from "./route.ts";
import { describeRule } from "./shown-rule.ts";

export interface RankedRule {
  readonly rule: KeptRule;
  readonly rank: number;
}

/** One rule as it was and as it is: made where it was not, gone where it is not. */
export interface RuleChange {
  readonly before?: RankedRule;
  readonly after?: RankedRule;
}

export function describeEdit(
  place: PlaceRef,
  { before, after }: RuleChange,
  found: FoundRoles,
  standing: Standing,
): EntryDraft {
  const rule = (after ?? before)?.rule;
  const action = before === undefined ? "created" : after === undefined ? "deleted" : "updated";
  return {
    chain: place.workspaceId ?? place.orgId,
    action: `claim-rule.${action}`,
    target: { type: "claim-rule", id: rule?.id ?? "" },
    ...describeRulesReach(place, [before?.rule, after?.rule], standing),
    ...(before === undefined ? {} : { before: describeRule(before.rule, before.rank, found) }),
    ...(after === undefined ? {} : { after: describeRule(after.rule, after.rank, found) }),
  };
}

export function describeOrder(
  place: PlaceRef,
  before: readonly KeptRule[],
  after: readonly KeptRule[],
  standing: Standing,
): EntryDraft {
  const { orgId, workspaceId } = place;
  const target =
    workspaceId === undefined ? { type: "organization", id: orgId } : { type: "workspace", id: workspaceId };
  return {
    chain: workspaceId ?? orgId,
    action: "claim-rule.reordered",
    target,
    ...describeRulesReach(place, before, standing),
    before: { ruleIds: before.map(({ id }) => id) },
    after: { ruleIds: after.map(({ id }) => id) },
  };
}

/** The workspaces that rules of the organization bear on; how many there are, where one is for all. */
function describeRulesReach(
  { workspaceId }: PlaceRef,
  rules: readonly (KeptRule | undefined)[],
  { organization }: Standing,
): Pick<EntryDraft, "reach"> {
  if (workspaceId !== undefined) return {};
  const named = rules.flatMap((rule) => (rule === undefined ? [] : (rule.workspaceIds ?? [EVERYWHERE])));
  const reach = describeReach(named, organization);
  return reach === undefined ? {} : { reach };
}
