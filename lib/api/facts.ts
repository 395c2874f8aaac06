/**
 * Reads what a decision rests on: in one serial round trip when every custom role that the grants name is at hand, in two
 * when not. All reads are strongly consistent.
 */
import { builtInCatalogue } from "../domain/catalogue.ts";
import type { Facts } from "../domain/decide.ts";
import { Refusal } from "../domain/errors.ts";
import { isUnexpired, replaceRoles } from "../domain/grants.ts";
import type { OrgId, RoleId, UserId, WorkspaceId } from "../domain/ids.ts";
import type { Organization, Workspace } from "../domain/places.ts";
import { findPredefinedRole } from "../domain/predefined-roles.ts";
import type { CustomRole, ReplacedRole, Role, RoleRef } from "../domain/roles.ts";
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
  return refuseMoving();
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
  const found = await readRoles(store, cache, { organization, workspace }, live);
  if (found === "moved") return "moved";
  return {
    now,
    organization,
    workspace,
    user: read.user,
    workspaceGrants: replaceRoles(workspaceGrants, found.replaced),
    organizationGrants: replaceRoles(organizationGrants, found.replaced),
    roles: found.roles,
    catalogue: builtInCatalogue,
    versions: { atOrganization: read.atOrganization?.version, atWorkspace: read.atWorkspace?.version },
  };
}

/** The roles that grants name, and those of them that were replaced, each with the one in its place. */
export interface FoundRoles {
  readonly roles: ReadonlyMap<RoleId, Role>;
  readonly replaced: ReadonlyMap<RoleId, RoleRef>;
}

/**
 * The roles that grants name. Custom ones come from the cache, or from one further read of just those that it lacks; a role that
 * was replaced leads on to the one in its place.
 */
export async function readRoles(
  store: Store,
  cache: RoleCache,
  places: ReadPlaces,
  grants: readonly RoleRef[],
): Promise<FoundRoles | "moved"> {
  const roles = new Map<RoleId, Role>();
  const replaced = new Map<RoleId, RoleRef>();
  for (let named = grants; named.length > 0; ) {
    const states = await readStates(store, cache, places, named);
    if (states === "moved") return "moved";
    const next: RoleRef[] = [];
    for (const [roleId, state] of states) {
      if (!("replacedBy" in state)) roles.set(roleId, state);
      else {
        replaced.set(roleId, state.replacedBy);
        if (!roles.has(state.replacedBy.roleId)) next.push(state.replacedBy);
      }
    }
    named = next;
  }
  return { roles, replaced };
}

/** The same for whoever only shows what it reads: where the world moved meanwhile, its places are read again. */
export async function persistRoles(
  store: Store,
  cache: RoleCache,
  places: ReadPlaces,
  grants: readonly RoleRef[],
): Promise<FoundRoles> {
  let { organization, workspace } = places;
  for (let start = 0; start < MOST_STARTS; start++) {
    const found = await readRoles(store, cache, { organization, workspace }, grants);
    if (found !== "moved") return found;
    ({ organization, workspace } = await store.read({
      organization: organization && store.organizations.at(organization.id),
      workspace: workspace && store.workspaces.at(workspace.orgId, workspace.id),
    }));
  }
  return refuseMoving();
}

function refuseMoving(): never {
  throw new Refusal("unavailable", "Roles are being edited faster than they can be read; try again.");
}

async function readStates(
  store: Store,
  cache: RoleCache,
  places: ReadPlaces,
  named: readonly RoleRef[],
): Promise<ReadonlyMap<RoleId, Role | ReplacedRole> | "moved"> {
  const states = new Map<RoleId, Role | ReplacedRole>();
  const wanted = new Map<RoleId, Organization | Workspace>();
  for (const { roleId, managedBy } of named) {
    const predefined = findPredefinedRole(roleId);
    const place = managedBy === "workspace" ? places.workspace : places.organization;
    if (predefined !== undefined) states.set(roleId, predefined);
    else if (place !== undefined) {
      const kept = cache.get(place.id, place.policy, roleId);
      if (kept === undefined) wanted.set(roleId, place);
      else if (kept !== "gone") states.set(roleId, kept);
    }
  }
  if (wanted.size === 0) return states;
  const { found } = await store.read({
    found: [...wanted].map(([roleId, place]) => store.roles.stateAt(placeOf(place), roleId)),
  });
  for (const [index, [roleId, place]] of [...wanted].entries()) {
    const state = found[index];
    if (state !== undefined && isOfAnotherMoment(state, place)) return "moved";
    cache.keep(place.id, place.policy, roleId, state);
    if (state !== undefined) states.set(roleId, state);
  }
  return states;
}

/**
 * Two reads are no snapshot. A role newer than the place's policy was edited between them; the role that was edited last, found
 * older than that edit, was read while its transaction was still being written out.
 */
function isOfAnotherMoment(role: CustomRole | ReplacedRole, { policy, edited }: Organization | Workspace): boolean {
  return role.policy > policy || (role.id === edited && role.policy < policy);
}

function placeOf(place: Organization | Workspace) {
  return "orgId" in place ? { orgId: place.orgId, workspaceId: place.id } : { orgId: place.id };
}
