/** The people who hold something in a place, with what they hold there now. */
import type { Grant } from "../domain/grants.ts";
import { isUnexpired, replaceRoles } from "../domain/grants.ts";
import type { RoleId, UserId } from "../domain/ids.ts";
import type { Role } from "../domain/roles.ts";
import type { User } from "../domain/users.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import { persistRoles } from "./facts.ts";
import type { Reading } from "./route.ts";

interface PersonInPlace {
  readonly user: User;
  /** Unexpired, of roles that are there: at least one. */
  readonly grants: readonly Grant[];
  readonly roles: ReadonlyMap<RoleId, Role>;
  readonly version: number;
}

/** What users hold in a place now, in the order asked; those who are gone or hold nothing are left out. */
export async function readPeople(
  store: Store,
  place: PlaceRef,
  ids: readonly UserId[],
  now: number,
  { roles: cache }: Reading,
): Promise<PersonInPlace[]> {
  const { organization, workspace, users, assignments } = await store.read({
    organization: store.organizations.at(place.orgId),
    workspace: place.workspaceId && store.workspaces.at(place.orgId, place.workspaceId),
    users: ids.map((id) => store.users.at(place.orgId, id)),
    assignments: ids.map((id) => store.assignments.at(place, id)),
  });
  const live = assignments.map((assignment) => (assignment?.grants ?? []).filter((grant) => isUnexpired(grant, now)));
  const { roles, replaced } = await persistRoles(store, cache, { organization, workspace }, live.flat());
  return ids.flatMap((_, index) => {
    const user = users[index];
    const version = assignments[index]?.version;
    const grants = replaceRoles(live[index] ?? [], replaced).filter(({ roleId }) => roles.has(roleId));
    return user === undefined || version === undefined || grants.length === 0 ? [] : [{ user, grants, roles, version }];
  });
}
