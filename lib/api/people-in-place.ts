/** The people who hold something in a place, with what they hold there now. */
import type { Grant } from "../domain/grants.ts";
import { isUnexpired, settleGrants } from "../domain/grants.ts";
import type { RoleId, UserId } from "../domain/ids.ts";
import { EVERYWHERE, grantsInWorkspace } from "../domain/made-grants.ts";
import type { Role } from "../domain/roles.ts";
import type { User } from "../domain/users.ts";
import type { Assignment } from "../store/assignments.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import type { ListPage } from "./lists.ts";
import { readPage, readRow } from "./lists.ts";
import { persistRoles } from "./role-reading.ts";
import type { PageRequest, Reading } from "./route.ts";

interface PersonInPlace {
  readonly user: User;
  /** Unexpired, of roles that are there: at least one. */
  readonly grants: readonly Grant[];
  readonly roles: ReadonlyMap<RoleId, Role>;
  readonly version: number | string;
}

/** Who may hold something in a place. Those of everywhere are met there only if nothing of the place itself leads to them. */
interface Candidate {
  readonly userId: UserId;
  readonly isOfEverywhere: boolean;
}

/** One page of everybody who holds something in a place: first whom something there leads to, then those of everywhere. */
export async function listPeople(
  store: Store,
  place: PlaceRef,
  page: PageRequest,
  now: number,
  reading: Reading,
): Promise<ListPage<PersonInPlace>> {
  const { items, ...rest } = await listCandidates(store, place, page);
  return { items: await readCandidates(store, place, items, now, reading), ...rest };
}

/** What users hold in a place now, in the order asked; those who are gone or hold nothing are left out. */
export function readPeople(
  store: Store,
  place: PlaceRef,
  ids: readonly UserId[],
  now: number,
  reading: Reading,
): Promise<PersonInPlace[]> {
  const candidates = ids.map((userId) => ({ userId, isOfEverywhere: false }));
  return readCandidates(store, place, candidates, now, reading);
}

/** What an assignment's ETag says: it changes with what is held directly and with each sign-in that changed something. */
export function assignmentTag(assignment: Pick<Assignment, "version"> | undefined, user: User): number | string {
  const { version = 0 } = assignment ?? {};
  return user.generation === undefined ? version : `${version}-${user.generation}`;
}

async function readCandidates(
  store: Store,
  place: PlaceRef,
  candidates: readonly Candidate[],
  now: number,
  { roles: cache }: Reading,
): Promise<PersonInPlace[]> {
  const { organization, workspace, users, assignments } = await store.read({
    organization: store.organizations.at(place.orgId),
    workspace: place.workspaceId && store.workspaces.at(place.orgId, place.workspaceId),
    users: candidates.map(({ userId }) => store.users.at(place.orgId, userId)),
    assignments: candidates.map(({ userId }) => store.assignments.at(place, userId)),
  });
  const live = assignments.map((assignment, index) => {
    if (candidates[index]?.isOfEverywhere && assignment !== undefined) return [];
    const held = place.workspaceId === undefined ? assignment?.grants : grantsInWorkspace(assignment, users[index]);
    return (held ?? []).filter((grant) => isUnexpired(grant, now));
  });
  const found = await persistRoles(store, cache, { organization, workspace }, live.flat());
  const { roles } = found;
  return candidates.flatMap((_, index) => {
    const user = users[index];
    const grants = settleGrants(live[index] ?? [], found).filter(({ roleId }) => roles.has(roleId));
    if (user === undefined || grants.length === 0) return [];
    return [{ user, grants, roles, version: assignmentTag(assignments[index], user) }];
  });
}

async function listCandidates(store: Store, place: PlaceRef, page: PageRequest): Promise<ListPage<Candidate>> {
  const here = async (options: { limit: number; after?: string | undefined }) =>
    markEach(await store.assignments.listMembers(place, options), false);
  if (place.workspaceId === undefined) return readPage(page, here);
  const everywhere = async (options: { limit: number; after?: string | undefined }) =>
    markEach(await store.assignments.listMembers({ ...place, workspaceId: EVERYWHERE }, options), true);
  return readRow(page, [here, everywhere]);
}

function markEach(
  { items, ...rest }: Awaited<ReturnType<Store["assignments"]["listMembers"]>>,
  isOfEverywhere: boolean,
) {
  return { ...rest, items: items.map(({ sk, value }) => ({ sk, value: { userId: value, isOfEverywhere } })) };
}
