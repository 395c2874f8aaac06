/**
 * API keys. Each is one item that is found by its id alone, since a request brings no more; rows beside it tell whose it is, in which
 * workspace it counts, and which role it has.
 */
import type { ApiKey, KeySecret } from "../domain/api-keys.ts";
import { DAY } from "../domain/api-keys.ts";
import type { KeyId, OrgId, RoleId, UserId, WorkspaceId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import { speaksOfOwnType } from "../domain/own-types.ts";
import type { RoleRef } from "../domain/roles.ts";
import type { Change } from "./changes.ts";
import type { WorkspaceRef } from "./keys.ts";
import { keys, ranges } from "./keys.ts";
import type { Item, Ref, Table } from "./table.ts";

/** A key, and the workspace that it is of. */
export interface PlacedKey {
  readonly keyId: KeyId;
  readonly place: WorkspaceRef;
}

export const apiKeyItems = {
  at: (keyId: KeyId): Ref<ApiKey> => ({ key: keys.apiKey(keyId), decode: decodeKey }),

  create: (key: ApiKey): Change[] => [
    { kind: "put", key: keys.apiKey(key.id), item: encodeKey(key), when: { exists: false } },
    { kind: "put", key: keys.apiKeyRow(key, key.id), item: rowOf(key) },
    ...(key.kind === "personal"
      ? [{ kind: "put", key: keys.keyOfUser(key.orgId, key.ownerId, key.id), item: rowOf(key) } as const]
      : []),
    ...nameRole(key, key.role),
    ...nameOwnTypes(key),
  ],

  renewSecrets: (before: ApiKey, secrets: readonly KeySecret[]): Change => ({
    kind: "update",
    key: keys.apiKey(before.id),
    set: { secrets, version: before.version + 1 },
    when: isAt(before),
  }),

  /** The key and its last use stay to be seen for a while; its secrets go at once. @param at milliseconds since 1970 */
  revoke: (before: ApiKey, at: number): Change[] => {
    const expires = Math.floor((at + limits.revokedKeyDays * DAY) / 1000);
    return [
      {
        kind: "update",
        key: keys.apiKey(before.id),
        set: { revokedAt: at, secrets: [], version: before.version + 1, expires },
        when: isAt(before),
      },
      { kind: "update", key: keys.apiKeyRow(before, before.id), set: { expires } },
      // Also of a key that was not used: what the log tells of it may still be on its way.
      { kind: "update", key: keys.keyUse(before.id), set: { expires } },
      ...leaveRows(before),
    ];
  },

  /** Takes away a key whose workspace is gone itself. */
  discard: (place: WorkspaceRef, keyId: KeyId, key: ApiKey | undefined): Change[] => [
    { kind: "delete", key: keys.apiKeyRow(place, keyId) },
    ...(key === undefined
      ? []
      : [
          { kind: "delete", key: keys.apiKey(keyId) } as const,
          { kind: "delete", key: keys.keyUse(keyId) } as const,
          ...leaveRows(key),
        ]),
  ],

  /** Gives the key the role that took the place of its own. */
  replaceRole: (before: ApiKey, role: RoleRef): Change[] => [
    {
      kind: "update",
      key: keys.apiKey(before.id),
      set: { role, version: before.version + 1 },
      when: isAt(before),
    },
    ...leaveRole(before),
    ...nameRole(before, role),
  ],

  /** Takes away the row of a key that does not have the role. */
  dropKeyOfRole: (roleId: RoleId, { place, keyId }: PlacedKey): Change => ({
    kind: "delete",
    key: keys.keyOfRole(place, roleId, keyId),
  }),

  dropKeyOfUser: (orgId: OrgId, userId: UserId, keyId: KeyId): Change => ({
    kind: "delete",
    key: keys.keyOfUser(orgId, userId, keyId),
  }),

  /** A guard for a change that the key itself makes where its workspace is not locked. */
  mustBeAt: (key: ApiKey): Change => ({ kind: "check", key: keys.apiKey(key.id), when: isAt(key) }),
};

/** Keys of an organization, or of one of its workspaces, the workspaces in the order of their ids. */
export function listKeys(
  table: Table,
  of: { readonly orgId: OrgId; readonly workspaceId?: WorkspaceId | undefined },
  options: { limit: number; after?: string | undefined },
) {
  const { orgId, workspaceId } = of;
  const range = workspaceId === undefined ? ranges.apiKeys(orgId) : ranges.apiKeysIn({ orgId, workspaceId });
  return table.list(range, decodeRow, options);
}

/** The personal keys of a user that were not revoked. */
export function listKeysOfUser(table: Table, orgId: OrgId, userId: UserId): Promise<PlacedKey[]> {
  return table.listAll(ranges.keysOfUser(orgId, userId), decodeRow);
}

/** The keys that have a custom role and were not revoked. */
export function listKeysOfRole(table: Table, orgId: OrgId, roleId: RoleId): Promise<PlacedKey[]> {
  return table.listAll(ranges.keysOfRole(orgId, roleId), decodeRow);
}

function isAt({ version }: ApiKey) {
  return { equals: { version } };
}

function leaveRows(key: ApiKey): Change[] {
  const ofUser: Change[] =
    key.kind === "personal" ? [{ kind: "delete", key: keys.keyOfUser(key.orgId, key.ownerId, key.id) }] : [];
  const ofTypes: Change[] = nameOwnTypes(key).map((change) => ({ kind: "delete", key: change.key }));
  return [...ofUser, ...ofTypes, ...leaveRole(key)];
}

/**
 * Whoever is about to take scopes of own types away looks there, as for roles: else a type that is registered again under the name of
 * one that went would be a service key's at once. A personal key has no more of it than its person is given then.
 */
function nameOwnTypes(key: ApiKey): Change[] {
  const { id: keyId, workspaceId, expiresAt } = key;
  const scopes = key.scopes.filter(speaksOfOwnType).join(" ");
  if (scopes === "" || key.kind === "personal") return [];
  const end = expiresAt === undefined ? {} : { expiresAt };
  return [{ kind: "put", key: keys.naming(key, keyId), item: { keyId, workspaceId, scopes, ...end } }];
}

function leaveRole({ role, id, ...place }: ApiKey): Change[] {
  if (role === undefined || role.managedBy === "system") return [];
  return [{ kind: "delete", key: keys.keyOfRole(place, role.roleId, id) }];
}

function nameRole(key: ApiKey, role: RoleRef | undefined): Change[] {
  if (role === undefined || role.managedBy === "system") return [];
  return [{ kind: "put", key: keys.keyOfRole(key, role.roleId, key.id), item: rowOf(key) }];
}

function rowOf({ orgId, workspaceId, id }: ApiKey): Item {
  return { orgId, workspaceId, keyId: id };
}

function decodeRow(item: Item): PlacedKey {
  return {
    keyId: item.keyId as KeyId,
    place: { orgId: item.orgId as OrgId, workspaceId: item.workspaceId as WorkspaceId },
  };
}

/** Scopes stand as one string, so that a key with the most of them stays within one read unit. */
function encodeKey(key: ApiKey): Item {
  return { ...key, scopes: key.scopes.join(" ") };
}

function decodeKey(item: Item): ApiKey {
  const { pk, sk, expires, ...key } = item as Item & { readonly expires?: number };
  return { ...(key as unknown as ApiKey), scopes: (item.scopes as string).split(" ") };
}
