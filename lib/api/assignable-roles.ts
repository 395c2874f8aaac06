/** The roles that a change names, found wherever they may live, and judged fit to be held in a place. */
import type { Catalogue } from "../domain/catalogue.ts";
import { refuseInvalid } from "../domain/errors.ts";
import type { Gift } from "../domain/exceeds.ts";
import type { Grant } from "../domain/grants.ts";
import type { RoleId } from "../domain/ids.ts";
import { isId } from "../domain/ids.ts";
import { isSwitchedOn } from "../domain/liveness.ts";
import type { Workspace } from "../domain/places.ts";
import { findPredefinedRole } from "../domain/predefined-roles.ts";
import type { Role } from "../domain/roles.ts";
import type { Change } from "../store/changes.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import { toGift } from "./giver.ts";

/** Characters of what should be an id that a refusal repeats; no id is longer. */
const SHOWN = 64;

/** Roles by id, each read from the place it can live in; those that are nowhere are left out. */
export async function findRoles(store: Store, place: PlaceRef, ids: readonly RoleId[]): Promise<Map<RoleId, Role>> {
  const roles = new Map<RoleId, Role>();
  const custom = ids.filter((id) => findPredefinedRole(id) === undefined && isId("rol", id));
  const { own, shared } = await store.read({
    own: place.workspaceId === undefined ? [] : custom.map((id) => store.roles.at(place, id)),
    shared: custom.map((id) => store.roles.at({ orgId: place.orgId }, id)),
  });
  for (const id of ids) {
    const index = custom.indexOf(id);
    const role = findPredefinedRole(id) ?? own[index] ?? shared[index];
    if (role !== undefined) roles.set(id, role);
  }
  return roles;
}

/** Direct grants of roles, refusing what cannot be held in the place. `pointerOf` says where in the body a role is named. */
export function toGrants(
  roleIds: readonly RoleId[],
  roles: ReadonlyMap<RoleId, Role>,
  place: PlaceRef & { readonly workspace?: Workspace | undefined },
  { expiresAt, now }: { readonly expiresAt?: number | undefined; readonly now: number },
  pointerOf: (index: number) => string,
): Grant[] {
  if (expiresAt !== undefined && expiresAt <= now) {
    refuseInvalid({ pointer: "/expiresAt", detail: "This moment is over." });
  }
  const level = place.workspaceId === undefined ? "organization" : "workspace";
  const faults = roleIds.flatMap((id, index) => {
    const role = roles.get(id);
    const pointer = pointerOf(index);
    if (role === undefined) return [{ pointer, detail: `There is no role ${id.slice(0, SHOWN)} here.` }];
    if (role.level !== level) return [{ pointer, detail: `${role.name} is a role of ${role.level} level.` }];
    const isOff = level === "workspace" && !isSwitchedOn(role, place.workspace);
    return isOff ? [{ pointer, detail: `${role.name} needs a feature that is not switched on here.` }] : [];
  });
  if (faults.length > 0) refuseInvalid(...faults);
  return [...new Set(roleIds)].flatMap((roleId) => {
    const role = roles.get(roleId);
    if (role === undefined) return [];
    const grant = { roleId, managedBy: role.managedBy, source: "direct" } as const;
    return [expiresAt === undefined ? grant : { ...grant, expiresAt }];
  });
}

/** Guards for roles that live in the organization, when they are given in a workspace: their deletion must see it. */
export function guardRoles(store: Store, place: PlaceRef, grants: readonly Grant[]): Change[] {
  return grants.flatMap(({ roleId, managedBy }) =>
    managedBy === "organization" && place.workspaceId !== undefined
      ? [store.roles.isGiven({ orgId: place.orgId }, roleId)]
      : [],
  );
}

/** What grants come to, as gifts to be judged. */
export function toGifts(grants: readonly Grant[], roles: ReadonlyMap<RoleId, Role>, catalogue: Catalogue): Gift[] {
  return grants.flatMap(({ roleId, expiresAt }) => {
    const role = roles.get(roleId);
    if (role === undefined) return [];
    const gift = toGift(role, catalogue);
    return [expiresAt === undefined ? gift : { ...gift, expiresAt }];
  });
}
