/**
 * Claim rules. All of a place stand in one compact item, which a sign-in reads; each has a mark of its own beside it, which
 * decisions read by name, and a row with the custom role that it gives, by which that role is known to be in use.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { OrgId, RoleId, RuleId, WorkspaceId } from "../domain/ids.ts";
import type { KeptRule, KeptRules, RuleMark } from "../domain/kept-rules.ts";
import type { Change } from "./changes.ts";
import type { PlaceRef } from "./keys.ts";
import { keys, ranges } from "./keys.ts";
import type { Item, Ref, Table } from "./table.ts";

/** A rule that gives a role, and whose it is. */
export interface RuleOfRole {
  readonly ruleId: RuleId;
  readonly place: PlaceRef;
}

export const ruleItems = {
  /** All rules of a place; undefined while there is none and nothing to be known of it. */
  at: (place: PlaceRef): Ref<KeptRules> => ({ key: keys.rules(place), decode: decodeRules }),

  markAt: (place: PlaceRef, ruleId: RuleId): Ref<RuleMark> => ({ key: keys.rule(place, ruleId), decode: decodeMark }),

  /**
   * Writes the rules of a place as they are from now on, in the order of their ranks, and what follows from each that changed.
   * @param policy the place's, from now on
   */
  replace: (place: PlaceRef, before: KeptRules | undefined, after: KeptRules, policy: number): Change[] => {
    const old = new Map(before?.rules.map((rule) => [rule.id, rule]));
    const kept = new Set(after.rules.map(({ id }) => id));
    const changed = after.rules.filter((rule) => isOther(old.get(rule.id), rule));
    const gone = [...old.values()].filter(({ id }) => !kept.has(id));
    const isNothing = after.rules.length === 0 && after.claimMatching !== "all-matches";
    return [
      isNothing
        ? { kind: "delete", key: keys.rules(place) }
        : { kind: "put", key: keys.rules(place), item: encodeRules(after) },
      ...gone.map(({ id }): Change => ({ kind: "delete", key: keys.rule(place, id) })),
      ...gone.flatMap((rule) => leaveRole(place, rule)),
      ...changed.flatMap((rule) => [markOf(place, rule, policy), ...moveRole(place, old.get(rule.id), rule)]),
    ];
  },

  /** Takes away a rule of a workspace that is gone itself. */
  discard: (place: PlaceRef, rule: KeptRule): Change[] => [
    { kind: "delete", key: keys.rule(place, rule.id) },
    ...leaveRole(place, rule),
  ],

  /** Takes away the item of a workspace that is gone, once each rule is. */
  discardAll: (place: PlaceRef): Change => ({ kind: "delete", key: keys.rules(place) }),

  /** Takes away the row of a rule that does not give the role. */
  dropRuleOfRole: (roleId: RoleId, place: PlaceRef, ruleId: RuleId): Change => ({
    kind: "delete",
    key: keys.ruleOfRole(roleId, place, ruleId),
  }),
};

/** The rules of the organization and of each workspace that has any, or that unites what matches. */
export function listRules(table: Table, orgId: OrgId): Promise<KeptRules[]> {
  return table.listAll(ranges.rules(orgId), decodeRules);
}

/** The rules that give a custom role, wherever they are. */
export function listRulesOfRole(table: Table, orgId: OrgId, roleId: RoleId): Promise<RuleOfRole[]> {
  return table.listAll(ranges.rulesOfRole(orgId, roleId), (item) => {
    const workspaceId = item.workspaceId as WorkspaceId | undefined;
    return { ruleId: item.ruleId as RuleId, place: workspaceId === undefined ? { orgId } : { orgId, workspaceId } };
  });
}

function isOther(before: KeptRule | undefined, after: KeptRule): boolean {
  return before?.roleId !== after.roleId || before.enabled !== after.enabled;
}

function markOf(place: PlaceRef, { id, roleId, roleManagedBy, enabled }: KeptRule, policy: number): Change {
  const mark: RuleMark = { id, roleId, roleManagedBy, enabled, policy };
  return { kind: "put", key: keys.rule(place, id), item: { ...mark } };
}

function moveRole(place: PlaceRef, before: KeptRule | undefined, after: KeptRule): Change[] {
  if (before?.roleId === after.roleId) return [];
  return [...(before === undefined ? [] : leaveRole(place, before)), ...nameRole(place, after)];
}

function leaveRole(place: PlaceRef, rule: KeptRule): Change[] {
  if (rule.roleManagedBy === "system") return [];
  return [{ kind: "delete", key: keys.ruleOfRole(rule.roleId, place, rule.id) }];
}

function nameRole(place: PlaceRef, { id, roleId, roleManagedBy }: KeptRule): Change[] {
  if (roleManagedBy === "system") return [];
  return [{ kind: "put", key: keys.ruleOfRole(roleId, place, id), item: { ...place, ruleId: id } }];
}

/** Compressed: a thousand rules are a few units to read instead of dozens. */
function encodeRules({ rules, ...place }: KeptRules): Item {
  return { ...place, rules: deflateRawSync(JSON.stringify(rules)) };
}

function decodeRules(item: Item): KeptRules {
  const { workspaceId, claimMatching, version } = item as unknown as KeptRules;
  return {
    ...(workspaceId === undefined ? {} : { workspaceId }),
    ...(claimMatching === undefined ? {} : { claimMatching }),
    ...(version === undefined ? {} : { version }),
    rules: JSON.parse(inflateRawSync(item.rules as Uint8Array).toString()),
  };
}

function decodeMark(item: Item): RuleMark {
  const { id, roleId, roleManagedBy, enabled, policy } = item as unknown as RuleMark;
  return { id, roleId, roleManagedBy, enabled, policy };
}
