/** Custom roles: org-managed ones stand in the organization, workspace roles in their workspace. Names are free of doubles. */
import type { RoleId } from "../domain/ids.ts";
import { foldName } from "../domain/names.ts";
import type { CustomRole } from "../domain/roles.ts";
import type { Change } from "./changes.ts";
import type { PlaceRef } from "./keys.ts";
import { keys, ranges } from "./keys.ts";
import type { Item, Page, Ref, Table } from "./table.ts";

export const roleItems = {
  at: (place: PlaceRef, roleId: RoleId): Ref<CustomRole> => ({ key: keys.role(place, roleId), decode: decodeRole }),

  /** The custom role of the place that has a name, whatever its case and width. */
  named: (place: PlaceRef, name: string): Ref<RoleId> => ({
    key: keys.roleName(place, foldName(name)),
    decode: (item) => item.roleId as RoleId,
  }),

  create: (place: PlaceRef, role: CustomRole): Change[] => [
    { kind: "put", key: keys.role(place, role.id), item: encodeRole(role), when: { exists: false } },
    takeName(place, role),
  ],

  replace: (place: PlaceRef, before: CustomRole, after: CustomRole): Change[] => {
    const changes: Change[] = [
      { kind: "put", key: keys.role(place, after.id), item: encodeRole(after), when: { exists: true } },
    ];
    if (foldName(before.name) === foldName(after.name)) return changes;
    return [...changes, { kind: "delete", key: keys.roleName(place, foldName(before.name)) }, takeName(place, after)];
  },

  remove: (place: PlaceRef, role: CustomRole): Change[] => [
    { kind: "delete", key: keys.role(place, role.id), when: { exists: true } },
    { kind: "delete", key: keys.roleName(place, foldName(role.name)) },
  ],

  /** A guard for a change of another place that names the role. */
  mustExist: (place: PlaceRef, roleId: RoleId): Change => ({
    kind: "check",
    key: keys.role(place, roleId),
    when: { exists: true },
  }),
};

export function listRoles(
  table: Table,
  place: PlaceRef,
  options: { limit: number; after?: string | undefined },
): Promise<Page<CustomRole>> {
  return table.list(ranges.roles(place), decodeRole, options);
}

function takeName(place: PlaceRef, role: CustomRole): Change {
  return {
    kind: "put",
    key: keys.roleName(place, foldName(role.name)),
    item: { roleId: role.id },
    when: { exists: false },
  };
}

/** Scopes stand as one string, so that a role of the largest size stays within one read unit. */
function encodeRole(role: CustomRole): Item {
  return { ...role, scopes: role.scopes.join(" ") };
}

function decodeRole(item: Item): CustomRole {
  const { id, name, description, level, managedBy, createdAt, version, policy } = item as unknown as CustomRole;
  const text = item.scopes as string;
  const scopes = text === "" ? [] : text.split(" ");
  return { id, name, description, level, scopes, managedBy, createdAt, version, policy };
}
