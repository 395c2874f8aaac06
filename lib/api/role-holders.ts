/** Who holds a role now, wherever that is. */
import { isUnexpired } from "../domain/grants.ts";
import type { OrgId, RoleId, WorkspaceId } from "../domain/ids.ts";
import type { Holder } from "../store/assignments.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import type { Sweep } from "../store/sweeps.ts";

/** An audit entry names so many workspaces that it bears on; of more it says the number. */
const MOST_NAMED = 50;

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
  const people = new Set(userIds.filter((_, index) => users[index] !== undefined));
  const places = new Set(workspaceIds.filter((_, index) => workspaces[index] !== undefined));
  const isThere = ({ workspaceId }: PlaceRef) => workspaceId === undefined || places.has(workspaceId);
  return dropDoubles(live).filter(({ userId, place }) => people.has(userId) && isThere(place));
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

/** The workspaces that holders stand in, or assignments, as an audit entry says them; undefined where there is none. */
export function describeReach(
  holders: readonly { readonly place: PlaceRef }[],
): readonly WorkspaceId[] | number | undefined {
  const ids = [...new Set(holders.flatMap(({ place }) => place.workspaceId ?? []))].sort();
  if (ids.length === 0) return undefined;
  return ids.length > MOST_NAMED ? ids.length : ids;
}
