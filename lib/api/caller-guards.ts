/**
 * What a change rests on about its caller and does not lock: their status, and what they hold in the place that is not locked.
 * Each becomes a guard, so that a right which was taken by a change that was answered before is never used by one under way.
 */
import { isUnexpired } from "../domain/grants.ts";
import type { Change } from "../store/changes.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import type { VersionedFacts } from "./facts.ts";

/** @param locked ids of the places that the same transaction moves: what belongs to them needs no guard */
export function guardCaller(store: Store, caller: VersionedFacts, locked: ReadonlySet<string>): Change[] {
  const { organization, workspace, user, versions } = caller;
  if (organization === undefined || user === undefined) return [];
  const place: PlaceRef = { orgId: organization.id };
  const guards: Change[] = [];
  if (!locked.has(organization.id)) {
    guards.push(store.users.mustBeAt(user));
    if (versions.atOrganization !== undefined) {
      guards.push(store.assignments.mustBeAt(place, user.id, versions.atOrganization));
    }
    if (restsOnOrganizationRoles(caller)) guards.push(store.places.mustHavePolicy(place, organization.policy));
  }
  if (workspace !== undefined && !locked.has(workspace.id) && versions.atWorkspace !== undefined) {
    guards.push(store.assignments.mustBeAt({ ...place, workspaceId: workspace.id }, user.id, versions.atWorkspace));
  }
  return guards;
}

function restsOnOrganizationRoles({ workspaceGrants, organizationGrants, now }: VersionedFacts): boolean {
  return [...workspaceGrants, ...organizationGrants].some(
    (grant) =>
      (grant.managedBy === "organization" || grant.ruleManagedBy === "organization") && isUnexpired(grant, now),
  );
}
