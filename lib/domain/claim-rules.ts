/**
 * Claim rules: what somebody holds because of what their identity provider says of them. A pure function of the rules and the
 * attributes; who they are, and what becomes of the outcome, is told elsewhere.
 */
import type { Attributes, Condition, Finding, Verdict } from "./conditions.ts";
import { ConditionJudge } from "./conditions.ts";
import type { ProviderId, RoleId, RuleId, WorkspaceId } from "./ids.ts";
import type { Workspace } from "./places.ts";

/** All of the conditions, or any of them. A rule without a condition matches nobody. */
export type When = { readonly all: readonly Condition[] } | { readonly any: readonly Condition[] };

export interface ClaimRule {
  readonly id: RuleId;
  readonly name: string;
  readonly when: When;
  readonly roleId: RoleId;
  /** Of a rule of the organization: the only workspaces that it is for. All when absent. */
  readonly workspaceIds?: readonly WorkspaceId[];
  /** The only providers whose claims it looks at. All when absent. */
  readonly identityProviderIds?: readonly ProviderId[];
  readonly enabled: boolean;
}

/** A provider, as far as rules ask: the only workspaces that it serves, all when absent. */
export interface RuleProvider {
  readonly id: ProviderId;
  readonly workspaceIds?: readonly WorkspaceId[];
}

/** The rules in the order of their ranks: those of each workspace, and the organization's own. */
export interface RuleSet {
  readonly ofWorkspaces: ReadonlyMap<WorkspaceId, readonly ClaimRule[]>;
  readonly ofOrganization: readonly ClaimRule[];
}

export interface Outcome {
  readonly workspaceId: WorkspaceId;
  readonly roleId: RoleId;
  readonly ruleId: RuleId;
}

/** What one rule found, each of its conditions in its order. */
export interface RuleFinding {
  readonly matched: boolean;
  /** Whether this could not be told for want of work. */
  readonly isCut?: true;
  readonly conditions: readonly Finding[];
}

/** Whether a rule's conditions are met, and each of them why; whom and where it is for is not asked here. */
export function judgeRule(rule: Pick<ClaimRule, "when">, attributes: Attributes): RuleFinding {
  const [finding = { matched: false, conditions: [] }] = judgeRules([rule], attributes, () => true);
  return finding;
}

/**
 * The same of all rules of one place, of which a sign-in asks some. Whether one matches is told from no more work than a sign-in
 * would do, and why from as much again.
 */
export function judgeRules<Rule extends Pick<ClaimRule, "when">>(
  rules: readonly Rule[],
  attributes: Attributes,
  isAsked: (rule: Rule) => boolean,
): RuleFinding[] {
  const [judge, explaining] = [new ConditionJudge(attributes), new ConditionJudge(attributes)];
  return rules.map((rule) => {
    const matched = isAsked(rule) && isMet(rule.when, judge);
    const conditions = conditionsOf(rule.when)[0].map((condition) => explaining.judge(condition));
    return matched === undefined ? { matched: false, isCut: true, conditions } : { matched, conditions };
  });
}

/** What work was wanting for decides nothing, unless another of the conditions decides whatever it is. */
function isMet(when: When, judge: ConditionJudge): Verdict {
  const [conditions, isAll] = conditionsOf(when);
  if (conditions.length === 0) return false;
  let isTold = true;
  for (const condition of conditions) {
    const met = judge.isMet(condition);
    if (met === undefined) isTold = false;
    else if (met !== isAll) return met;
  }
  return isTold ? isAll : undefined;
}

function conditionsOf(when: When): readonly [conditions: readonly Condition[], isAll: boolean] {
  return "all" in when ? [when.all, true] : [when.any, false];
}

/** A rule that matches, or of which this could not be told for want of work. */
interface Candidate {
  readonly rule: ClaimRule;
  readonly isTold: boolean;
}

/**
 * What a sign-in comes to. In each workspace that the provider serves its own rules come before the organization's; the first that
 * matches decides, or all that match where the workspace unites them. No rule is judged twice. Where it cannot be told of the first
 * one, none below it decides instead: else whoever makes a claim long enough would step past a rule that restricts them.
 */
export function evaluateRules(
  rules: RuleSet,
  workspaces: readonly Pick<Workspace, "id" | "claimMatching">[],
  provider: RuleProvider,
  attributes: Attributes,
  judge = new ConditionJudge(attributes),
): Outcome[] {
  const ask = (all: readonly ClaimRule[]): Candidate[] => {
    judge.enterPlace();
    return all.flatMap((rule) => {
      if (!rule.enabled || !isAmong(rule.identityProviderIds, provider.id)) return [];
      const matched = isMet(rule.when, judge);
      return matched === false ? [] : [{ rule, isTold: matched === true }];
    });
  };
  const ofOrganization = ask(rules.ofOrganization).map((candidate) => ({
    ...candidate,
    workspaceIds: candidate.rule.workspaceIds && new Set(candidate.rule.workspaceIds),
  }));
  const served = provider.workspaceIds && new Set(provider.workspaceIds);
  return workspaces
    .filter(({ id }) => served?.has(id) ?? true)
    .flatMap(({ id: workspaceId, claimMatching }) => {
      const isFor = ({ workspaceIds }: (typeof ofOrganization)[number]) => workspaceIds?.has(workspaceId) ?? true;
      const own = ask(rules.ofWorkspaces.get(workspaceId) ?? []);
      const counted: readonly (Candidate | undefined)[] =
        claimMatching === "all-matches"
          ? [...own, ...ofOrganization.filter(isFor)]
          : [own[0] ?? ofOrganization.find(isFor)];
      return counted.flatMap((one) =>
        one?.isTold ? [{ workspaceId, roleId: one.rule.roleId, ruleId: one.rule.id }] : [],
      );
    });
}

/** Puts one rule at a rank, the first or the last where it is beyond them, and shifts the others: c to 2 in a, b, c, d, e gives a, c, b, d, e. */
export function moveRule(order: readonly RuleId[], id: RuleId, rank: number): RuleId[] {
  const others = order.filter((other) => other !== id);
  const before = Math.max(0, rank - 1);
  return [...others.slice(0, before), id, ...others.slice(before)];
}

function isAmong<T>(allowed: readonly T[] | undefined, one: T): boolean {
  return allowed === undefined || allowed.includes(one);
}
