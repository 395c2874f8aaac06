/**
 * The resource types that an organization registered: all of them in one compact item, which decisions about them read once for
 * each version. Each has a turn beside it, taken by whatever comes to rest on the type: a resource, a share, a role that names it.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { KeyId, OrgId, RoleId, ShareId, WorkspaceId } from "../domain/ids.ts";
import type { OwnTypes } from "../domain/own-types.ts";
import type { Pattern } from "../domain/scopes.ts";
import type { Share } from "../domain/shares.ts";
import type { Change } from "./changes.ts";
import type { Key, PlaceRef } from "./keys.ts";
import { keys, ranges } from "./keys.ts";
import type { Item, Ref, Table } from "./table.ts";

/** A custom role, or a service key, that names scopes of own types. */
export interface NamingScopes {
  readonly roleId?: RoleId;
  readonly keyId?: KeyId;
  readonly place: PlaceRef;
  readonly scopes: readonly Pattern[];
  /** Of a key: milliseconds since 1970, from which on it gives nothing. */
  readonly expiresAt?: number;
}

/** What rests on an own type beside roles: a workspace that has, or had, resources of it; a share of one. */
export interface TypeUse {
  readonly workspaceId?: WorkspaceId;
  readonly shareId?: ShareId;
  readonly actions?: readonly string[];
  /** Of a share: milliseconds since 1970, from which on it gives nothing. */
  readonly endsAt?: number;
}

export const ownTypeItems = {
  at: (orgId: OrgId): Ref<OwnTypes> => ({ key: keys.ownTypes(orgId), decode: decodeTypes }),

  /** How often something came to rest on a type; undefined where there is no such type. */
  turnAt: (orgId: OrgId, type: string): Ref<number> => ({
    key: keys.ownTypeTurn(orgId, type),
    decode: (item) => item.n as number,
  }),

  /** Writes all types of the organization, whose item is locked and says from now on that these count. */
  replace: (orgId: OrgId, after: OwnTypes): Change[] => [
    { kind: "put", key: keys.ownTypes(orgId), item: encodeTypes(after) },
    { kind: "update", key: keys.organization(orgId), set: { typesVersion: after.version } },
  ],

  register: (orgId: OrgId, type: string, version: number): Change => ({
    kind: "put",
    key: keys.ownTypeTurn(orgId, type),
    item: { n: 0, version },
    when: { exists: false },
  }),

  /** Nothing may have come to rest on the type since its turn was read. */
  edit: (orgId: OrgId, type: string, turn: number, version: number): Change => ({
    kind: "update",
    key: keys.ownTypeTurn(orgId, type),
    set: { version },
    when: { equals: { n: turn } },
  }),

  remove: (orgId: OrgId, type: string, turn: number): Change => ({
    kind: "delete",
    key: keys.ownTypeTurn(orgId, type),
    when: { equals: { n: turn } },
  }),

  /** A guard for a change that comes to rest on a type as it is: whoever is about to edit the type has to look again. */
  isRestedOn: (orgId: OrgId, type: string, version: number): Change => ({
    kind: "update",
    key: keys.ownTypeTurn(orgId, type),
    set: {},
    add: { n: 1 },
    when: { equals: { version } },
  }),

  /** A guard for a change of another place that rests on what own types give: all of them are as they were read. */
  mustBeAt: (orgId: OrgId, typesVersion: number | undefined): Change => ({
    kind: "check",
    key: keys.organization(orgId),
    when: typesVersion === undefined ? { lacks: ["typesVersion"] } : { equals: { typesVersion } },
  }),

  /** The workspace has, or had, resources of the type. */
  isUsedIn: (orgId: OrgId, type: string, workspaceId: WorkspaceId): Change => ({
    kind: "put",
    key: keys.ownTypeUse(orgId, type, { workspaceId }),
    item: { workspaceId },
  }),

  isUsedNoMore: (orgId: OrgId, type: string, workspaceId: WorkspaceId): Change => ({
    kind: "delete",
    key: keys.ownTypeUse(orgId, type, { workspaceId }),
  }),

  /** A share of the type stands, or is offered. */
  isShared: (orgId: OrgId, share: Share): Change => {
    const ends = [share.expiresAt, share.state === "pending" ? share.pendingUntil : undefined];
    const known = ends.filter((end) => end !== undefined);
    const endsAt = Math.min(...known);
    const until = known.length === 0 ? {} : { endsAt, expires: Math.ceil(endsAt / 1000) };
    return {
      kind: "put",
      key: keys.ownTypeUse(orgId, share.resourceType, { shareId: share.id }),
      item: { shareId: share.id, actions: share.actions, ...until },
    };
  },

  isSharedNoMore: (orgId: OrgId, type: string, shareId: ShareId): Change => ({
    kind: "delete",
    key: keys.ownTypeUse(orgId, type, { shareId }),
  }),
};

export function listTypeUses(table: Table, orgId: OrgId, type: string): Promise<TypeUse[]> {
  return table.listAll(ranges.ownTypeUses(orgId, type), (item) => {
    const { pk, sk, ...use } = item;
    return use as TypeUse;
  });
}

/** Every custom role of the organization and its workspaces, and every key of these, that names a scope of any own type. */
export function listNamingScopes(table: Table, orgId: OrgId): Promise<NamingScopes[]> {
  return table.listAll(ranges.naming(orgId), (item) => {
    const { pk, sk, workspaceId, scopes, ...naming } = item as unknown as Key & NamingRow;
    return {
      ...naming,
      place: workspaceId === undefined ? { orgId } : { orgId, workspaceId },
      scopes: scopes.split(" "),
    };
  });
}

interface NamingRow extends Pick<NamingScopes, "roleId" | "keyId" | "expiresAt"> {
  readonly workspaceId?: WorkspaceId;
  readonly scopes: string;
}

/** Compressed: a hundred types are a few units to read instead of dozens. */
function encodeTypes({ version, types }: OwnTypes): Item {
  return { version, types: deflateRawSync(JSON.stringify(types)) };
}

function decodeTypes(item: Item): OwnTypes {
  const text = inflateRawSync(item.types as Uint8Array).toString();
  return { version: item.version as number, types: JSON.parse(text) };
}
