/** Custom roles: org-managed ones stand in the organization, workspace roles in their workspace. Names are free of doubles. */
import type { RoleId } from "../domain/ids.ts";
import { foldName } from "../domain/names.ts";
import { speaksOfOwnType } from "../domain/own-types.ts";
import type { CustomRole, ReplacedRole, RoleRef } from "../domain/roles.ts";
import type { Change, Condition } from "./changes.ts";
import type { PlaceRef } from "./keys.ts";
import { keys, ranges } from "./keys.ts";
import type { Item, Page, Ref, Table } from "./table.ts";
import { keepPresent } from "./table.ts";

export const roleItems = {
  at: (place: PlaceRef, roleId: RoleId): Ref<CustomRole> => ({ key: keys.role(place, roleId), decode: decodeRole }),

  /** The same, or what is left of a role that was replaced by another one. */
  stateAt: (place: PlaceRef, roleId: RoleId): Ref<CustomRole | ReplacedRole> => ({
    key: keys.role(place, roleId),
    decode: (item) => (item.replacedBy === undefined ? decodeRole(item) : decodeReplaced(item)),
  }),

  /** The custom role of the place that has a name, whatever its case and width. */
  named: (place: PlaceRef, name: string): Ref<RoleId> => ({
    key: keys.roleName(place, foldName(name)),
    decode: (item) => item.roleId as RoleId,
  }),

  create: (place: PlaceRef, role: CustomRole): Change[] => [
    { kind: "put", key: keys.role(place, role.id), item: encodeRole(role), when: { exists: false } },
    takeName(place, role),
    ...nameOwnTypes(place, undefined, role),
  ],

  replace: (place: PlaceRef, before: CustomRole, after: CustomRole): Change[] => {
    const changes: Change[] = [
      { kind: "put", key: keys.role(place, after.id), item: encodeRole(after), when: { exists: true } },
      ...nameOwnTypes(place, before, after),
    ];
    if (foldName(before.name) === foldName(after.name)) return changes;
    return [...changes, { kind: "delete", key: keys.roleName(place, foldName(before.name)) }, takeName(place, after)];
  },

  /** Nobody may have been given it since it was read. */
  remove: (place: PlaceRef, role: CustomRole): Change[] => [
    { kind: "delete", key: keys.role(place, role.id), when: { exists: true, ...isAtTurn(role) } },
    { kind: "delete", key: keys.roleName(place, foldName(role.name)) },
    ...nameOwnTypes(place, role, undefined),
  ],

  /** Takes away a role of a workspace that is gone itself. */
  discard: (place: PlaceRef, role: CustomRole): Change[] => [
    { kind: "delete", key: keys.role(place, role.id) },
    { kind: "delete", key: keys.roleName(place, foldName(role.name)) },
    ...nameOwnTypes(place, role, undefined),
  ],

  /** From now on every grant of the role is one of the other, also one that was given since it was read. */
  supersede: (place: PlaceRef, role: CustomRole, replacedBy: RoleRef, policy: number): Change[] => [
    {
      kind: "put",
      key: keys.role(place, role.id),
      item: { id: role.id, replacedBy, policy } satisfies ReplacedRole,
      when: { exists: true },
    },
    { kind: "delete", key: keys.roleName(place, foldName(role.name)) },
    ...nameOwnTypes(place, role, undefined),
  ],

  /**
   * Lets what is left of a replaced role go, once no grant names it: at `expires` (epoch seconds), since a reader may have read
   * a grant before it was swept.
   */
  forget: (place: PlaceRef, roleId: RoleId, expires: number): Change => ({
    kind: "update",
    key: keys.role(place, roleId),
    set: { expires },
    when: { exists: true },
  }),

  /** A guard for a change that rests on a role of another place and gives it to nobody. */
  mustExist: (place: PlaceRef, roleId: RoleId): Change => ({
    kind: "check",
    key: keys.role(place, roleId),
    when: stands,
  }),

  /** A guard for a change of another place that gives the role: whoever is about to delete it has to look again. */
  isGiven: (place: PlaceRef, roleId: RoleId): Change => ({
    kind: "update",
    key: keys.role(place, roleId),
    set: {},
    add: { turn: 1 },
    when: stands,
  }),
};

const stands: Condition = { exists: true, lacks: ["replacedBy"] };

function isAtTurn({ turn }: CustomRole): Condition {
  return turn === undefined ? { lacks: ["turn"] } : { equals: { turn } };
}

export async function listRoles(
  table: Table,
  place: PlaceRef,
  options: { limit: number; after?: string | undefined },
): Promise<Page<CustomRole>> {
  return keepPresent(await table.list(ranges.roles(place), decodeRole, options));
}

function takeName(place: PlaceRef, role: CustomRole): Change {
  return {
    kind: "put",
    key: keys.roleName(place, foldName(role.name)),
    item: { roleId: role.id },
    when: { exists: false },
  };
}

/** One row for each role that names scopes of own types: whoever is about to take these away looks there. */
function nameOwnTypes(place: PlaceRef, before: CustomRole | undefined, after: CustomRole | undefined): Change[] {
  const [old = "", scopes = ""] = [before, after].map((role) => role?.scopes.filter(speaksOfOwnType).join(" "));
  const roleId = (after ?? before)?.id;
  if (old === scopes || roleId === undefined) return [];
  const key = keys.naming(place, roleId);
  if (scopes === "") return [{ kind: "delete", key }];
  const { workspaceId } = place;
  return [{ kind: "put", key, item: { roleId, ...(workspaceId === undefined ? {} : { workspaceId }), scopes } }];
}

/** Scopes stand as one string, so that a role of the largest size stays within one read unit. */
function encodeRole(role: CustomRole): Item {
  return { ...role, scopes: role.scopes.join(" ") };
}

function decodeRole(item: Item): CustomRole | undefined {
  if (item.replacedBy !== undefined) return undefined;
  const { id, name, description, level, managedBy, createdAt, version, policy, turn } = item as unknown as CustomRole;
  const text = item.scopes as string;
  const scopes = text === "" ? [] : text.split(" ");
  const role = { id, name, description, level, scopes, managedBy, createdAt, version, policy };
  return turn === undefined ? role : { ...role, turn };
}

function decodeReplaced(item: Item): ReplacedRole {
  const { id, replacedBy, policy } = item as unknown as ReplacedRole;
  return { id, replacedBy, policy };
}
