/** Who would gain and who would lose what, were a role edited: for everybody who holds it, and changing nothing. */
import type { Catalogue } from "../domain/catalogue.ts";
import { isUnexpired, settleGrants } from "../domain/grants.ts";
import type { OrgId, UserId, WorkspaceId } from "../domain/ids.ts";
import { isSwitchedOn } from "../domain/liveness.ts";
import { EVERYWHERE, grantsInWorkspace } from "../domain/made-grants.ts";
import type { Workspace } from "../domain/places.ts";
import { findPredefinedRole } from "../domain/predefined-roles.ts";
import type { Effect } from "../domain/role-preview.ts";
import { previewEdit } from "../domain/role-preview.ts";
import type { Role } from "../domain/roles.ts";
import type { Pattern } from "../domain/scopes.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import { readNamedRoles } from "./named-roles.ts";
import { findHolders } from "./role-holders.ts";
import type { PageRequest } from "./route.ts";

/** Characters of one answer: Lambda lets 6 MB through. */
const ANSWER_LENGTH = 4_000_000;

interface Line {
  readonly userId: UserId;
  /** Absent for a role of the organization's level, and for what somebody's sign-in gave in every workspace. */
  readonly workspaceId?: WorkspaceId;
  readonly scopes: readonly string[];
}

interface Preview {
  readonly gains: readonly Line[];
  readonly loses: readonly Line[];
  readonly nextCursor?: string;
}

/** Complete in one answer unless that would be too long to send; then it goes on by its cursor. */
export async function previewRole(
  store: Store,
  { orgId }: PlaceRef,
  role: Role,
  scopes: readonly Pattern[],
  { page, now, catalogue }: { page: PageRequest; now: number; catalogue: Catalogue },
): Promise<Preview> {
  const holders = await findHolders(store, orgId, role.id, now);
  const byName = new Map(
    holders.map(({ place, userId }) => [`${place.workspaceId ?? ""} ${userId}`, { place, userId }]),
  );
  const after = page.position as string | undefined;
  const names = [...byName.keys()].sort().filter((name) => after === undefined || name > after);
  const asked = names.slice(0, page.limit);
  const held = await readHeld(
    store,
    orgId,
    asked.flatMap((name) => byName.get(name) ?? []),
    now,
  );
  const gains: Line[] = [];
  const loses: Line[] = [];
  const known = new Map<string, Effect>();
  let length = 0;
  let last: string | undefined;
  for (const [index, name] of asked.entries()) {
    const { place, userId, roles } = held[index] ?? {};
    if (place === undefined || userId === undefined || roles === undefined) continue;
    // Most people hold one of a few sets of roles, and each set comes to the same.
    const set = roles
      .map(({ id }) => id)
      .sort()
      .join();
    const effect =
      known.get(set) ??
      previewEdit(
        roles.map((one) => catalogue.complete(one)),
        role,
        scopes,
        catalogue,
      );
    known.set(set, effect);
    const { workspaceId } = place;
    const isOfOne = workspaceId !== undefined && workspaceId !== EVERYWHERE;
    const who = { userId, ...(isOfOne ? { workspaceId } : {}) };
    const lines = { gains: { ...who, scopes: effect.gains }, loses: { ...who, scopes: effect.loses } };
    if (lines.gains.scopes.length > 0) gains.push(lines.gains);
    if (lines.loses.scopes.length > 0) loses.push(lines.loses);
    length += JSON.stringify(lines).length;
    last = name;
    if (length >= ANSWER_LENGTH) break;
  }
  const isAll = last === undefined || last === names.at(-1);
  return { gains, loses, ...(isAll ? {} : { nextCursor: page.seal(last) }) };
}

interface Held {
  readonly place: PlaceRef;
  readonly userId: UserId;
  /** What they hold in the place that gives something there. */
  readonly roles: readonly Role[];
}

async function readHeld(
  store: Store,
  orgId: OrgId,
  holders: readonly { readonly place: PlaceRef; readonly userId: UserId }[],
  now: number,
): Promise<Held[]> {
  const workspaceIds = [...new Set(holders.flatMap(({ place }) => place.workspaceId ?? []))];
  const read = await store.read({
    workspaces: workspaceIds.map((id) => store.workspaces.at(orgId, id)),
    users: holders.map(({ userId }) => store.users.at(orgId, userId)),
    assignments: holders.map(({ place, userId }) => store.assignments.at(place, userId)),
  });
  const workspaces = new Map(workspaceIds.map((id, index) => [id, read.workspaces[index]]));
  const held = holders.map(({ place }, index) => {
    const all =
      place.workspaceId === undefined
        ? (read.assignments[index]?.grants ?? [])
        : grantsInWorkspace(read.assignments[index], read.users[index]);
    return { place, grants: all.filter((grant) => isUnexpired(grant, now)) };
  });
  const found = await readNamedRoles(store, held);
  return holders.map(({ place, userId }, index) => {
    const workspace: Workspace | undefined = place.workspaceId && workspaces.get(place.workspaceId);
    const ids = new Set(settleGrants(held[index]?.grants ?? [], found).map(({ roleId }) => roleId));
    const isGiving = (role: Role) => role.level === "organization" || isSwitchedOn(role, workspace);
    const roles = [...ids].flatMap((id) => findPredefinedRole(id) ?? found.roles.get(id) ?? []);
    return { place, userId, roles: roles.filter(isGiving) };
  });
}
