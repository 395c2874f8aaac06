/**
 * What a sign-in comes to, without a list of all workspaces: what holds in every workspace that nothing else is said of, and the
 * workspaces where something else does.
 */
import type { ClaimRule, Outcome, RuleProvider } from "./claim-rules.ts";
import { evaluateRules } from "./claim-rules.ts";
import type { Attributes } from "./conditions.ts";
import { ConditionJudge } from "./conditions.ts";
import type { Grant } from "./grants.ts";
import { sourceOf } from "./grants.ts";
import type { RoleId, RuleId, WorkspaceId } from "./ids.ts";
import type { KeptRule, KeptRules } from "./kept-rules.ts";
import { limits } from "./limits.ts";
import { EVERYWHERE } from "./made-grants.ts";

export interface SignInOutcome {
  readonly everywhere: readonly Grant[];
  /** Also workspaces where nothing holds, while something does everywhere else. */
  readonly inWorkspaces: ReadonlyMap<WorkspaceId, readonly Grant[]>;
  /** Whether something could not be told for want of work: what operators are to hear of. */
  readonly isCut?: true;
}

/** @param all the rules of the organization and of each workspace that has any, or that unites what matches */
export function decideSignIn(all: readonly KeptRules[], provider: RuleProvider, attributes: Attributes): SignInOutcome {
  const ofOrganization = all.find(({ workspaceId }) => workspaceId === undefined)?.rules ?? [];
  const ofWorkspaces = new Map(all.flatMap(({ workspaceId, rules }) => (workspaceId ? [[workspaceId, rules]] : [])));
  const matching = new Map(
    all.flatMap(({ workspaceId, claimMatching }) => (workspaceId ? [[workspaceId, claimMatching]] : [])),
  );
  const rules = indexRules([...ofOrganization, ...[...ofWorkspaces.values()].flat()]);
  const named = [...matching.keys(), ...ofOrganization.flatMap(({ workspaceIds = [] }) => workspaceIds)];
  const special = provider.workspaceIds ?? [...new Set(named)];
  const asked = [
    // A workspace like any other: nothing is said of it anywhere.
    ...(provider.workspaceIds === undefined ? [{ id: EVERYWHERE, claimMatching: "first-match" as const }] : []),
    ...special.map((id) => ({ id, claimMatching: matching.get(id) ?? ("first-match" as const) })),
  ];
  const judge = new ConditionJudge(attributes);
  const outcomes = evaluateRules({ ofWorkspaces, ofOrganization }, asked, provider, attributes, judge);
  const byWorkspace = Map.groupBy(outcomes, ({ workspaceId }) => workspaceId);
  const grantsAt = (id: WorkspaceId) => toGrants(byWorkspace.get(id) ?? [], rules, ofWorkspaces.get(id) ?? []);
  const everywhere = grantsAt(EVERYWHERE);
  const usual = nameOf(everywhere);
  const inWorkspaces = new Map(
    special.map((id) => [id, grantsAt(id)] as const).filter(([, grants]) => nameOf(grants) !== usual),
  );
  return { everywhere, inWorkspaces, ...(judge.isCut ? { isCut: true } : {}) };
}

/** Whether two sets of grants are the same, whatever their order. */
export function isSameGrants(a: readonly Grant[], b: readonly Grant[]): boolean {
  return nameOf(a) === nameOf(b);
}

function indexRules(rules: readonly KeptRule[]): ReadonlyMap<RuleId, KeptRule> {
  return new Map(rules.map((rule) => [rule.id, rule]));
}

/** Of more roles than one may hold in a place, those of the first ranks. */
function toGrants(
  outcomes: readonly Outcome[],
  rules: ReadonlyMap<RuleId, KeptRule>,
  own: readonly ClaimRule[],
): readonly Grant[] {
  const roles = new Set<RoleId>();
  const isOwn = new Set(own.map(({ id }) => id));
  return outcomes.flatMap(({ roleId, ruleId }): Grant[] => {
    const rule = rules.get(ruleId);
    if (rule === undefined || (!roles.has(roleId) && roles.size === limits.rolesPerUserAndPlace)) return [];
    roles.add(roleId);
    const ruleManagedBy = isOwn.has(ruleId) ? "workspace" : "organization";
    return [{ roleId, managedBy: rule.roleManagedBy, source: sourceOf(ruleId), ruleManagedBy }];
  });
}

function nameOf(grants: readonly Grant[]): string {
  return grants
    .map(({ roleId, source }) => `${roleId} ${source}`)
    .sort()
    .join();
}
