/**
 * The custom roles that grants in many places name, and the rules that they are from: read as they stand, by one round trip for
 * each time that roles were replaced.
 */
import type { Grant, Settling } from "../domain/grants.ts";
import { refOf, ruleOf } from "../domain/grants.ts";
import type { RoleId, RuleId } from "../domain/ids.ts";
import type { RuleMark } from "../domain/kept-rules.ts";
import type { Role, RoleRef } from "../domain/roles.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";

/** Grants, and the place that they are held in. */
export interface PlacedGrants {
  readonly place: PlaceRef;
  readonly grants: readonly Grant[];
}

interface NamedRoles extends Settling {
  readonly roles: ReadonlyMap<RoleId, Role>;
}

/** Everything custom that grants name, wherever it lives: ids are never used twice, so one map holds them all. */
export async function readNamedRoles(store: Store, held: readonly PlacedGrants[]): Promise<NamedRoles> {
  const roles = new Map<RoleId, Role>();
  const replaced = new Map<RoleId, RoleRef>();
  const rules = new Map<RuleId, RuleMark>();
  let wanted = new Map<RoleId, PlaceRef>();
  let wantedRules = new Map<RuleId, PlaceRef>();
  const homeOf = (place: PlaceRef, managedBy: RoleRef["managedBy"]) =>
    managedBy === "organization" ? { orgId: place.orgId } : place;
  const want = (into: Map<RoleId, PlaceRef>, place: PlaceRef, { roleId, managedBy }: RoleRef) => {
    if (managedBy === "system" || roles.has(roleId) || replaced.has(roleId)) return;
    into.set(roleId, homeOf(place, managedBy));
  };
  for (const { place, grants } of held) {
    for (const grant of grants) {
      want(wanted, place, grant);
      const rule = ruleOf(grant);
      if (rule !== undefined) wantedRules.set(rule.ruleId, homeOf(place, rule.managedBy));
    }
  }
  while (wanted.size > 0 || wantedRules.size > 0) {
    const [refs, ruleRefs] = [[...wanted], [...wantedRules]];
    const { states, marks } = await store.read({
      states: refs.map(([id, place]) => store.roles.stateAt(place, id)),
      marks: ruleRefs.map(([id, place]) => store.rules.markAt(place, id)),
    });
    const next = new Map<RoleId, PlaceRef>();
    for (const [index, [id, place]] of refs.entries()) {
      const state = states[index];
      if (state === undefined) continue;
      if (!("replacedBy" in state)) roles.set(id, state);
      else {
        replaced.set(id, state.replacedBy);
        want(next, place, state.replacedBy);
      }
    }
    for (const [index, [id, place]] of ruleRefs.entries()) {
      const mark = marks[index];
      if (mark === undefined) continue;
      rules.set(id, mark);
      if (!wanted.has(mark.roleId)) want(next, place, refOf(mark));
    }
    wanted = next;
    wantedRules = new Map();
  }
  return { roles, replaced, rules };
}
