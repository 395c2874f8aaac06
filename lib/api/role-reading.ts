/** Reads the roles that grants name, and the marks of the rules that grants are from: from the cache, or by one more read. */
import type { Grant, Settling } from "../domain/grants.ts";
import { refOf, ruleOf } from "../domain/grants.ts";
import type { RoleId, RuleId } from "../domain/ids.ts";
import type { RuleMark } from "../domain/kept-rules.ts";
import type { Organization, Workspace } from "../domain/places.ts";
import { findPredefinedRole } from "../domain/predefined-roles.ts";
import type { CustomRole, ReplacedRole, Role, RoleRef } from "../domain/roles.ts";
import type { DecidingStore } from "../store/deciding-store.ts";
import { ofOneMoment } from "./one-moment.ts";
import type { RoleCache } from "./role-cache.ts";

/** Places as they were read before: a command never reads them together with the facts that they lock. */
export interface ReadPlaces {
  readonly organization: Organization | undefined;
  readonly workspace: Workspace | undefined;
}

/** The roles that grants name, those of them that were replaced, and the rules that grants are from. */
export interface FoundRoles extends Settling {
  readonly roles: ReadonlyMap<RoleId, Role>;
}

/**
 * The roles that grants name, and the rules. Custom ones come from the cache, or from one further read of just those that it
 * lacks; a role that was replaced leads on to the one in its place.
 */
export async function readRoles(
  store: DecidingStore,
  cache: RoleCache,
  places: ReadPlaces,
  grants: readonly Grant[],
): Promise<FoundRoles | "moved"> {
  const roles = new Map<RoleId, Role>();
  const replaced = new Map<RoleId, RoleRef>();
  let rules: ReadonlyMap<RuleId, RuleMark> | undefined;
  for (let named: readonly RoleRef[] = grants; named.length > 0; ) {
    const read = await readStates(store, cache, places, named, rules === undefined ? grants : []);
    if (read === "moved") return "moved";
    const next: RoleRef[] = [];
    for (const [roleId, state] of read.states) {
      if (!("replacedBy" in state)) roles.set(roleId, state);
      else {
        replaced.set(roleId, state.replacedBy);
        next.push(state.replacedBy);
      }
    }
    // A rule may still name a role that was replaced where the grant names the one in its place.
    if (rules === undefined) next.push(...[...read.rules.values()].map(refOf));
    rules ??= read.rules;
    named = next.filter(({ roleId }) => !roles.has(roleId) && !replaced.has(roleId) && !read.states.has(roleId));
  }
  return { roles, replaced, rules: rules ?? new Map() };
}

/** The same for whoever only shows what it reads: where the world moved meanwhile, its places are read again. */
export function persistRoles(
  store: DecidingStore,
  cache: RoleCache,
  places: ReadPlaces,
  grants: readonly Grant[],
): Promise<FoundRoles> {
  let { organization, workspace } = places;
  return ofOneMoment(async () => {
    const found = await readRoles(store, cache, { organization, workspace }, grants);
    if (found === "moved") {
      ({ organization, workspace } = await store.read({
        organization: organization && store.organizations.at(organization.id),
        workspace: workspace && store.workspaces.at(workspace.orgId, workspace.id),
      }));
    }
    return found;
  });
}

interface ReadStates {
  readonly states: ReadonlyMap<RoleId, Role | ReplacedRole>;
  readonly rules: ReadonlyMap<RuleId, RuleMark>;
}

async function readStates(
  store: DecidingStore,
  cache: RoleCache,
  places: ReadPlaces,
  named: readonly RoleRef[],
  byRules: readonly Grant[],
): Promise<ReadStates | "moved"> {
  const states = new Map<RoleId, Role | ReplacedRole>();
  const rules = new Map<RuleId, RuleMark>();
  const wanted = new Map<RoleId, Organization | Workspace>();
  const wantedRules = new Map<RuleId, Organization | Workspace>();
  const placeFor = (managedBy: RoleRef["managedBy"]) =>
    managedBy === "workspace" ? places.workspace : places.organization;
  for (const { roleId, managedBy } of named) {
    const predefined = findPredefinedRole(roleId);
    const place = placeFor(managedBy);
    if (predefined !== undefined) states.set(roleId, predefined);
    else if (place !== undefined) {
      const kept = cache.get(place.id, place.policy, roleId);
      if (kept === undefined) wanted.set(roleId, place);
      else if (kept !== "gone") states.set(roleId, kept);
    }
  }
  for (const { ruleId, managedBy } of byRules.flatMap((grant) => ruleOf(grant) ?? [])) {
    const place = placeFor(managedBy);
    if (place === undefined) continue;
    const kept = cache.getRule(place.id, place.policy, ruleId);
    if (kept === undefined) wantedRules.set(ruleId, place);
    else if (kept !== "gone") rules.set(ruleId, kept);
  }
  if (wanted.size === 0 && wantedRules.size === 0) return { states, rules };
  const { found, marks } = await store.read({
    found: [...wanted].map(([roleId, place]) => store.roles.stateAt(placeOf(place), roleId)),
    marks: [...wantedRules].map(([ruleId, place]) => store.rules.markAt(placeOf(place), ruleId)),
  });
  for (const [index, [roleId, place]] of [...wanted].entries()) {
    const state = found[index];
    if (state !== undefined && isOfAnotherMoment(state, place)) return "moved";
    cache.keep(place.id, place.policy, roleId, state);
    if (state !== undefined) states.set(roleId, state);
  }
  for (const [index, [ruleId, place]] of [...wantedRules].entries()) {
    const mark = marks[index];
    if (mark !== undefined && isOfAnotherMoment(mark, place)) return "moved";
    cache.keepRule(place.id, place.policy, ruleId, mark);
    if (mark !== undefined) rules.set(ruleId, mark);
  }
  return { states, rules };
}

/**
 * Two reads are no snapshot. What is newer than the place's policy was edited between them; what was edited last, found
 * older than that edit, was read while its transaction was still being written out.
 */
function isOfAnotherMoment(
  read: CustomRole | ReplacedRole | RuleMark,
  { policy, edited }: Organization | Workspace,
): boolean {
  return read.policy > policy || (read.id === edited && read.policy < policy);
}

function placeOf(place: Organization | Workspace) {
  return "orgId" in place ? { orgId: place.orgId, workspaceId: place.id } : { orgId: place.id };
}
