/** One role by its id, as it can be seen from a place: predefined, org-managed, or the workspace's own. */
import { builtInCatalogue } from "../domain/catalogue.ts";
import { refuseAbsent } from "../domain/errors.ts";
import type { OrgId, RoleId, WorkspaceId } from "../domain/ids.ts";
import { isId } from "../domain/ids.ts";
import { isSwitchedOn } from "../domain/liveness.ts";
import type { Workspace } from "../domain/places.ts";
import { findPredefinedRole } from "../domain/predefined-roles.ts";
import type { CustomRole, Role } from "../domain/roles.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import { persistCatalogue } from "./catalogue-reading.ts";
import type { RoleCache } from "./role-cache.ts";

/** Whether a predefined role can be held in a workspace. */
export function isOffered(role: Role, workspace: Workspace | undefined): boolean {
  return role.level === "workspace" && isSwitchedOn(role, workspace);
}

/** Refuses a role that is not there. */
export async function findRole(store: Store, place: PlaceRef, roleId: RoleId): Promise<Role | CustomRole> {
  return (await searchRole(store, place, roleId)) ?? refuseAbsent("role");
}

/** The same for whoever shows it: a predefined one with what the organization's own types put into it. */
export async function readRole(store: Store, cache: RoleCache, place: PlaceRef, roleId: RoleId) {
  const isPredefined = findPredefinedRole(roleId) !== undefined;
  const [role, catalogue] = await Promise.all([
    findRole(store, place, roleId),
    isPredefined ? persistCatalogue(store, cache, place.orgId) : builtInCatalogue,
  ]);
  return catalogue.complete(role);
}

/** The role that a query names to take another's place. */
export async function findTarget(
  store: Store,
  place: PlaceRef,
  roleId: string | undefined,
): Promise<Role | "absent" | undefined> {
  if (roleId === undefined) return undefined;
  return isId("rol", roleId) ? ((await searchRole(store, place, roleId)) ?? "absent") : "absent";
}

function searchRole(store: Store, { orgId, workspaceId }: PlaceRef, roleId: RoleId) {
  return workspaceId === undefined
    ? searchInOrganization(store, orgId, roleId)
    : searchInWorkspace(store, { orgId, workspaceId }, roleId);
}

async function searchInOrganization(store: Store, orgId: OrgId, roleId: RoleId): Promise<Role | undefined> {
  const { own } = await store.read({ own: store.roles.at({ orgId }, roleId) });
  return findPredefinedRole(roleId) ?? own;
}

async function searchInWorkspace(
  store: Store,
  { orgId, workspaceId }: { orgId: OrgId; workspaceId: WorkspaceId },
  roleId: RoleId,
): Promise<Role | undefined> {
  const predefined = findPredefinedRole(roleId);
  const { workspace, own, shared } = await store.read({
    workspace: store.workspaces.at(orgId, workspaceId),
    own: store.roles.at({ orgId, workspaceId }, roleId),
    shared: store.roles.at({ orgId }, roleId),
  });
  const role = predefined !== undefined && isOffered(predefined, workspace) ? predefined : (own ?? shared);
  return role?.level === "workspace" ? role : undefined;
}
