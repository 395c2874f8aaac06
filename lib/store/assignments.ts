/**
 * Who holds what where. The assignment's own item is what decisions read; with it are written the rows of each role's holders
 * and of the place's members, which lists, owners and "in use" read.
 */
import type { Grant } from "../domain/grants.ts";
import type { OrgId, RoleId, UserId, WorkspaceId } from "../domain/ids.ts";
import type { Change } from "./changes.ts";
import type { PlaceRef } from "./keys.ts";
import { keys, ranges } from "./keys.ts";
import type { Item, Page, Ref, Table } from "./table.ts";

/** All that a user holds in one place. */
export interface Assignment {
  readonly place: PlaceRef;
  readonly userId: UserId;
  readonly grants: readonly Grant[];
  /** The place's `seq` when it was last written. */
  readonly version: number;
}

/** One user who holds a role in one place. */
export interface Holder {
  readonly roleId: RoleId;
  readonly place: PlaceRef;
  readonly userId: UserId;
  readonly expiresAt?: number;
}

export const assignmentItems = {
  at: (place: PlaceRef, userId: UserId): Ref<Assignment> => ({
    key: keys.assignment(place, userId),
    decode: decodeAssignment,
  }),

  /** A guard for a change of another place that rests on what the user holds in this one. */
  mustBeAt: (place: PlaceRef, userId: UserId, version: number): Change => ({
    kind: "check",
    key: keys.assignment(place, userId),
    when: { equals: { version } },
  }),

  /** Takes away the row of a holder who is none. */
  dropHolder: (place: PlaceRef, roleId: RoleId, userId: UserId): Change => ({
    kind: "delete",
    key: keys.holder(place.orgId, roleId, place, userId),
  }),

  /** Writes what a user holds in a place from now on, and moves the rows that follow from it. */
  replace: (before: Assignment | undefined, after: Assignment): Change[] => {
    const { place, userId, grants, version } = after;
    const key = keys.assignment(place, userId);
    const member = keys.member(place, userId);
    const gone = (before?.grants ?? []).filter((old) => !grants.some((grant) => grant.roleId === old.roleId));
    return [
      ...(grants.length === 0
        ? ([
            { kind: "delete", key },
            { kind: "delete", key: member },
          ] satisfies Change[])
        : ([
            { kind: "put", key, item: { ...place, userId, grants, version } },
            { kind: "put", key: member, item: { userId } },
          ] satisfies Change[])),
      ...gone.map(({ roleId }): Change => ({ kind: "delete", key: keys.holder(place.orgId, roleId, place, userId) })),
      ...grants.map(
        ({ roleId, expiresAt }): Change => ({
          kind: "put",
          key: keys.holder(place.orgId, roleId, place, userId),
          item: { ...place, roleId, userId, ...(expiresAt === undefined ? {} : { expiresAt }) },
        }),
      ),
    ];
  },
};

interface ListOptions {
  limit: number;
  after?: string | undefined;
}

export function listMemberIds(table: Table, place: PlaceRef, options: ListOptions): Promise<Page<UserId>> {
  return table.list(ranges.members(place), (item) => item.userId as UserId, options);
}

/** Everything that a user holds, in each place of the organization. */
export function listAssignments(table: Table, orgId: OrgId, userId: UserId): Promise<Assignment[]> {
  return table.listAll(ranges.assignments(orgId, userId), decodeAssignment);
}

/** Who holds a role, in all places or in one. Rows of expired grants stand until the grant is replaced. */
export function listHolders(table: Table, orgId: OrgId, roleId: RoleId, place?: PlaceRef): Promise<Holder[]> {
  const range = place === undefined ? ranges.holders(orgId, roleId) : ranges.holdersAt(orgId, roleId, place);
  return table.listAll(range, decodeHolder);
}

function decodePlace(item: Item): PlaceRef {
  const orgId = item.orgId as OrgId;
  return item.workspaceId === undefined ? { orgId } : { orgId, workspaceId: item.workspaceId as WorkspaceId };
}

function decodeAssignment(item: Item): Assignment {
  const { userId, grants, version } = item as unknown as Assignment;
  return { place: decodePlace(item), userId, grants, version };
}

function decodeHolder(item: Item): Holder {
  const { roleId, userId, expiresAt } = item as unknown as Holder;
  return { roleId, userId, place: decodePlace(item), ...(expiresAt === undefined ? {} : { expiresAt }) };
}
