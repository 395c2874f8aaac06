/** Who holds a role now, wherever that is. */
import { isUnexpired, settleGrants } from "../domain/grants.ts";
import type { OrgId, RoleId, UserId } from "../domain/ids.ts";
import { EVERYWHERE, grantsOfAssignment } from "../domain/made-grants.ts";
import type { User } from "../domain/users.ts";
import type { Holder } from "../store/assignments.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import type { Sweep } from "../store/sweeps.ts";
import { readNamedRoles } from "./named-roles.ts";

/**
 * Everybody who holds a role, each as often as places where they do: through grants that name it, and through grants of roles that
 * it replaced. Expired grants count for nothing, nor do those of users and workspaces that are gone.
 *
 * The rows are read in the order in which a sweep moves them: one that is moved meanwhile is met where it comes to, if not twice.
 */
export async function findHolders(store: Store, orgId: OrgId, roleId: RoleId, now: number): Promise<Holder[]> {
  const rows = await listRows(store, orgId, roleId, await store.sweeps.list(orgId));
  const live = rows.filter((row) => isUnexpired(row, now));
  const workspaceIds = [...new Set(live.flatMap(({ place }) => place.workspaceId ?? []))];
  const userIds = [...new Set(live.map(({ userId }) => userId))];
  const { users, workspaces } = await store.read({
    users: userIds.map((id) => store.users.at(orgId, id)),
    workspaces: workspaceIds.map((id) => store.workspaces.at(orgId, id)),
  });
  const people = new Map(users.flatMap((user) => (user === undefined ? [] : [[user.id, user]])));
  const places = new Set(workspaceIds.filter((_, index) => workspaces[index] !== undefined));
  const isThere = ({ workspaceId }: PlaceRef) =>
    workspaceId === undefined || workspaceId === EVERYWHERE || places.has(workspaceId);
  const there = dropDoubles(live).filter(({ userId, place }) => people.has(userId) && isThere(place));
  return dropFormer(store, roleId, there, people, now);
}

/** Rows of whoever came through a provider may be those of a former sign-in, or of a rule that gives nothing any more. */
async function dropFormer(
  store: Store,
  roleId: RoleId,
  holders: readonly Holder[],
  people: ReadonlyMap<UserId, User>,
  now: number,
): Promise<Holder[]> {
  const signedIn = holders.filter(({ userId }) => people.get(userId)?.generation !== undefined);
  if (signedIn.length === 0) return [...holders];
  const { assignments } = await store.read({
    assignments: signedIn.map(({ place, userId }) => store.assignments.at(place, userId)),
  });
  const held = signedIn.map(({ place, userId }, index) => {
    const user = people.get(userId);
    const isEverywhere = place.workspaceId === EVERYWHERE;
    const all = isEverywhere ? (user?.everywhere ?? []) : grantsOfAssignment(assignments[index], user);
    return { place, grants: all.filter((grant) => isUnexpired(grant, now)) };
  });
  const found = await readNamedRoles(store, held);
  const former = new Set(
    signedIn.filter((_, index) => {
      const grants = settleGrants(held[index]?.grants ?? [], found);
      return !grants.some((grant) => grant.roleId === roleId);
    }),
  );
  return holders.filter((holder) => !former.has(holder));
}

/** Rows of each role that this one has replaced and whose rows are not all swept, and then of the role. */
async function listRows(store: Store, orgId: OrgId, roleId: RoleId, sweeps: readonly Sweep[]): Promise<Holder[]> {
  const before = sweeps.flatMap((sweep) =>
    sweep.kind === "role" && sweep.replacedBy.roleId === roleId ? [sweep.roleId] : [],
  );
  const inherited = await Promise.all(before.map((id) => listRows(store, orgId, id, sweeps)));
  return [...inherited.flat(), ...(await store.assignments.listHolders(orgId, roleId))];
}

/** Each person once in each place. */
function dropDoubles(holders: readonly Holder[]): Holder[] {
  return [...new Map(holders.map((one) => [`${one.place.workspaceId} ${one.userId}`, one])).values()];
}
