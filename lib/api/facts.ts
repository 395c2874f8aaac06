/**
 * Reads what a decision rests on: in one serial round trip when every custom role that the grants name is at hand, in two
 * when not. All reads are strongly consistent.
 */
import type { Facts } from "../domain/decide.ts";
import { Refusal } from "../domain/errors.ts";
import type { Grant } from "../domain/grants.ts";
import { isUnexpired } from "../domain/grants.ts";
import type { OrgId, RoleId, UserId, WorkspaceId } from "../domain/ids.ts";
import type { Organization, Workspace } from "../domain/places.ts";
import { findPredefinedRole } from "../domain/predefined-roles.ts";
import type { CustomRole, Role } from "../domain/roles.ts";
import type { Store } from "../store/store.ts";
import type { RoleCache } from "./role-cache.ts";

export interface Subject {
  readonly orgId: OrgId;
  readonly workspaceId?: WorkspaceId | undefined;
  readonly userId: UserId;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Places that a command has read before, so that they are never read together with the facts that they lock. */
export interface ReadPlaces {
  readonly organization: Organization | undefined;
  readonly workspace: Workspace | undefined;
}

/** Facts, with the versions of the assignments that they were read from: for whoever rests a change on them. */
export interface VersionedFacts extends Facts {
  readonly versions: { readonly atOrganization: number | undefined; readonly atWorkspace: number | undefined };
}

const MOST_STARTS = 3;

/** The facts about a user in an organization and, where one is named, in a workspace. */
export async function readFacts(store: Store, cache: RoleCache, subject: Subject): Promise<Facts> {
  for (let start = 0; start < MOST_STARTS; start++) {
    const facts = await tryReadFacts(store, cache, subject);
    if (facts !== "moved") return facts;
  }
  throw new Refusal("unavailable", "Roles are being edited faster than they can be read; try again.");
}

/** The same, once: `moved` when a role turned out newer than the policy that was read before it. */
export async function tryReadFacts(
  store: Store,
  cache: RoleCache,
  subject: Subject,
  places?: ReadPlaces,
): Promise<VersionedFacts | "moved"> {
  const { orgId, workspaceId, userId, now } = subject;
  const read = await store.read({
    ...(places === undefined ? { organization: store.organizations.at(orgId) } : {}),
    ...(places === undefined && workspaceId !== undefined
      ? { workspace: store.workspaces.at(orgId, workspaceId) }
      : {}),
    user: store.users.at(orgId, userId),
    atOrganization: store.assignments.at({ orgId }, userId),
    ...(workspaceId === undefined ? {} : { atWorkspace: store.assignments.at({ orgId, workspaceId }, userId) }),
  });
  const organization = places === undefined ? read.organization : places.organization;
  const workspace = places === undefined ? read.workspace : places.workspace;
  const workspaceGrants = read.atWorkspace?.grants ?? [];
  const organizationGrants = read.atOrganization?.grants ?? [];
  const live = [...workspaceGrants, ...organizationGrants].filter((grant) => isUnexpired(grant, now));
  const roles = await readRoles(store, cache, { organization, workspace }, live);
  if (roles === "moved") return "moved";
  return {
    now,
    organization,
    workspace,
    user: read.user,
    workspaceGrants,
    organizationGrants,
    roles,
    versions: { atOrganization: read.atOrganization?.version, atWorkspace: read.atWorkspace?.version },
  };
}

/** The roles that grants name. Custom ones come from the cache, or from one further read of just those that it lacks. */
export async function readRoles(
  store: Store,
  cache: RoleCache,
  places: ReadPlaces,
  grants: readonly Grant[],
): Promise<ReadonlyMap<RoleId, Role> | "moved"> {
  const roles = new Map<RoleId, Role>();
  const wanted: { place: Organization | Workspace; grant: Grant }[] = [];
  for (const grant of grants) {
    const predefined = findPredefinedRole(grant.roleId);
    const place = grant.managedBy === "workspace" ? places.workspace : places.organization;
    if (predefined !== undefined) roles.set(grant.roleId, predefined);
    else if (place !== undefined) {
      const kept = cache.get(place.id, place.policy, grant.roleId);
      if (kept === undefined) wanted.push({ place, grant });
      else if (kept !== "gone") roles.set(grant.roleId, kept);
    }
  }
  if (wanted.length === 0) return roles;
  const { found } = await store.read({
    found: wanted.map(({ place, grant }) => store.roles.at(placeOf(place), grant.roleId)),
  });
  for (const [index, { place, grant }] of wanted.entries()) {
    const role: CustomRole | undefined = found[index];
    if (role !== undefined && isOfAnotherMoment(role, place)) return "moved";
    cache.keep(place.id, place.policy, grant.roleId, role);
    if (role !== undefined) roles.set(grant.roleId, role);
  }
  return roles;
}

/**
 * Two reads are no snapshot. A role newer than the place's policy was edited between them; the role that was edited last, found
 * older than that edit, was read while its transaction was still being written out.
 */
function isOfAnotherMoment(role: CustomRole, { policy, edited }: Organization | Workspace): boolean {
  return role.policy > policy || (role.id === edited && role.policy < policy);
}

function placeOf(place: Organization | Workspace) {
  return "orgId" in place ? { orgId: place.orgId, workspaceId: place.id } : { orgId: place.id };
}
