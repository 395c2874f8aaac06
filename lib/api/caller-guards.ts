/**
 * What a change rests on about its caller and does not lock: their status, and what they hold in the place that is not locked.
 * Each becomes a guard, so that a right which was taken by a change that was answered before is never used by one under way.
 */
import type { Facts } from "../domain/decide.ts";
import type { Gift } from "../domain/exceeds.ts";
import { exceeds } from "../domain/exceeds.ts";
import { isUnexpired } from "../domain/grants.ts";
import { speaksOfOwnType } from "../domain/own-types.ts";
import { findPredefinedRole } from "../domain/predefined-roles.ts";
import type { Change } from "../store/changes.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import type { VersionedFacts } from "./facts.ts";
import { describeGiver } from "./giver.ts";
import type { Standing } from "./route.ts";

/**
 * @param locked ids of the places that the same transaction moves: what belongs to them needs no guard
 * @param scope by which the caller was let through
 */
export function guardCaller(
  store: Store,
  caller: VersionedFacts,
  locked: ReadonlySet<string>,
  scope: string,
): Change[] {
  const { organization, workspace, user, presented, versions } = caller;
  if (organization === undefined) return [];
  const place: PlaceRef = { orgId: organization.id };
  const guards: Change[] = [];
  if (!locked.has(organization.id)) {
    if (user !== undefined) guards.push(store.users.mustBeAt(user));
    if (versions.atOrganization !== undefined && user !== undefined) {
      guards.push(store.assignments.mustBeAt(place, user.id, versions.atOrganization));
    }
    if (speaksOfOwnType(scope)) guards.push(store.ownTypes.mustBeAt(organization.id, organization.typesVersion));
    if (restsOnOrganizationRoles(caller)) guards.push(store.places.mustHavePolicy(place, organization.policy));
    // Whoever came through a provider stands while it is enabled; a key, while the organization lets its secrets be that old.
    if (user?.identityProviderId !== undefined)
      guards.push(store.organizations.mustHave(organization, "enabledProviders"));
    if (presented !== undefined) guards.push(store.organizations.mustHave(organization, "keyLifetimeDays"));
  }
  // What becomes of a key is written under the lock of its workspace.
  const key = presented?.key;
  if (key !== undefined && !locked.has(key.workspaceId)) guards.push(store.apiKeys.mustBeAt(key));
  if (
    workspace !== undefined &&
    user !== undefined &&
    !locked.has(workspace.id) &&
    versions.atWorkspace !== undefined
  ) {
    guards.push(store.assignments.mustBeAt({ ...place, workspaceId: workspace.id }, user.id, versions.atWorkspace));
  }
  return guards;
}

/**
 * A guard for a change of a workspace that gives what its caller holds only by what own types put into predefined roles: these
 * belong to the organization.
 */
export function guardGifts(
  store: Store,
  { caller, organization }: Pick<Standing, "caller" | "organization">,
  gifts: readonly Gift[],
): Change[] {
  if (caller === undefined || organization?.typesVersion === undefined) return [];
  const without = describeGiver({ ...caller, roles: withoutOwnTypes(caller.roles) });
  if (exceeds(without, [], gifts).length === 0) return [];
  return [store.ownTypes.mustBeAt(organization.id, organization.typesVersion)];
}

function withoutOwnTypes(roles: Facts["roles"]): Facts["roles"] {
  return new Map([...roles].map(([id, role]) => [id, findPredefinedRole(id) ?? role]));
}

function restsOnOrganizationRoles({ workspaceGrants, organizationGrants, now }: VersionedFacts): boolean {
  return [...workspaceGrants, ...organizationGrants].some(
    (grant) =>
      (grant.managedBy === "organization" || grant.ruleManagedBy === "organization") && isUnexpired(grant, now),
  );
}
