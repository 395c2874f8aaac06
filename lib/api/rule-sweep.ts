/** Tidies up rules: those that name a role that was replaced come to name the one in its place, and those of a workspace that is gone go. */
import type { RoleId } from "../domain/ids.ts";
import type { RoleRef } from "../domain/roles.ts";
import type { Change } from "../store/changes.ts";
import type { RuleOfRole } from "../store/claim-rules.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";

/** The head of a place, taken a turn of: what is read after it has not moved when the changes are committed. */
export interface Turn {
  readonly changes: readonly Change[];
  readonly isGone: boolean;
  readonly policy: number;
  /** Of a workspace. */
  readonly keyCount?: number | undefined;
}

/**
 * What becomes of a rule that gives a role that was replaced. One rule at a time, since the place says of one only that it was
 * edited last: readers that meet it half written read again.
 * @param turn read before this
 */
export async function replaceRoleOfRule(
  store: Store,
  { place, ruleId }: RuleOfRole,
  roleId: RoleId,
  replacedBy: RoleRef,
  turn: Turn,
): Promise<readonly Change[]> {
  const { kept } = await store.read({ kept: store.rules.at(place) });
  const isNamed = kept?.rules.some((rule) => rule.id === ruleId && rule.roleId === roleId) ?? false;
  // A row without its rule would be found again and again.
  if (kept === undefined || turn.isGone || !isNamed) return [store.rules.dropRuleOfRole(roleId, place, ruleId)];
  const rules = kept.rules.map((rule) =>
    rule.id === ruleId ? { ...rule, roleId: replacedBy.roleId, roleManagedBy: replacedBy.managedBy } : rule,
  );
  const policy = turn.policy + 1;
  return [
    ...turn.changes,
    ...store.rules.replace(place, kept, { ...kept, rules }, policy),
    store.places.bumpPolicy(place, policy, ruleId),
  ];
}

/** What goes with a workspace that is gone: each rule with its rows, and what held them all, which goes last. */
export async function discardRules(store: Store, place: PlaceRef): Promise<readonly (readonly Change[])[]> {
  const { kept } = await store.read({ kept: store.rules.at(place) });
  if (kept === undefined) return [];
  return [...kept.rules.map((rule) => store.rules.discard(place, rule)), [store.rules.discardAll(place)]];
}
