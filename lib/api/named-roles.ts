/** The custom roles that assignments in many places name: read as they stand, by one round trip for each time that roles were replaced. */
import type { RoleId } from "../domain/ids.ts";
import type { Role, RoleRef } from "../domain/roles.ts";
import type { Assignment } from "../store/assignments.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";

interface NamedRoles {
  readonly roles: ReadonlyMap<RoleId, Role>;
  readonly replaced: ReadonlyMap<RoleId, RoleRef>;
}

/** Every custom role that assignments name, wherever it lives: ids are never used twice, so one map holds them all. */
export async function readNamedRoles(
  store: Store,
  assignments: readonly (Assignment | undefined)[],
): Promise<NamedRoles> {
  const roles = new Map<RoleId, Role>();
  const replaced = new Map<RoleId, RoleRef>();
  let wanted = new Map<RoleId, PlaceRef>();
  const want = (into: Map<RoleId, PlaceRef>, place: PlaceRef, { roleId, managedBy }: RoleRef) => {
    if (managedBy === "system" || roles.has(roleId) || replaced.has(roleId)) return;
    into.set(roleId, managedBy === "organization" ? { orgId: place.orgId } : place);
  };
  for (const one of assignments) {
    if (one !== undefined) for (const grant of one.grants) want(wanted, one.place, grant);
  }
  while (wanted.size > 0) {
    const refs = [...wanted];
    const { states } = await store.read({ states: refs.map(([id, place]) => store.roles.stateAt(place, id)) });
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
    wanted = next;
  }
  return { roles, replaced };
}
