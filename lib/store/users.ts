/** Users of an organization, with the rows by which they are listed and found. */
import type { OrgId, ProviderId, UserId } from "../domain/ids.ts";
import type { User } from "../domain/users.ts";
import { foldEmail } from "../domain/users.ts";
import type { Change, Condition } from "./changes.ts";
import { keys, ranges } from "./keys.ts";
import type { Item, Page, Ref, Table } from "./table.ts";

type Editable = Pick<User, "status" | "displayName" | "externalId" | "acceptedAt" | "version">;
type Blank<T> = { [K in keyof T]?: T[K] | undefined };

const door = (user: User): ProviderId | "pool" => user.identityProviderId ?? "pool";

export const userItems = {
  at: (orgId: OrgId, userId: UserId): Ref<User> => ({ key: keys.user(orgId, userId), decode: decodeUser }),

  /** The user of the organization who has an address and comes through a door. */
  withEmail: (orgId: OrgId, email: string, through: ProviderId | "pool"): Ref<UserId> => ({
    key: keys.userEmail(orgId, foldEmail(email), through),
    decode: decodeUserId,
  }),

  withExternalId: (orgId: OrgId, externalId: string): Ref<UserId> => ({
    key: keys.userExternalId(orgId, externalId),
    decode: decodeUserId,
  }),

  create: (user: User): Change[] => [
    { kind: "put", key: keys.user(user.orgId, user.id), item: { ...user }, when: { exists: false } },
    { kind: "put", key: keys.userRow(user.orgId, user.id), item: { userId: user.id } },
    {
      kind: "put",
      key: keys.userEmail(user.orgId, foldEmail(user.email), door(user)),
      item: { userId: user.id },
      when: { exists: false },
    },
    ...(user.externalId === undefined ? [] : [takeExternalId(user, user.externalId)]),
  ],

  /** A member given as undefined is taken away. Whoever is shut out must not have become a place's keeper since they were read. */
  edit: (before: User, set: Blank<Editable>): Change[] => {
    const isShutOut = set.status === "suspended" && before.status !== "suspended";
    const changes: Change[] = [
      {
        kind: "update",
        key: keys.user(before.orgId, before.id),
        set: { ...set },
        ...(isShutOut ? { when: isAtTurn(before) } : {}),
      },
    ];
    if (!("externalId" in set) || set.externalId === before.externalId) return changes;
    if (before.externalId !== undefined) {
      changes.push({ kind: "delete", key: keys.userExternalId(before.orgId, before.externalId) });
    }
    if (set.externalId !== undefined) changes.push(takeExternalId(before, set.externalId));
    return changes;
  },

  /** A guard for a change of another place that rests on the user as they were read. */
  mustBeAt: (orgId: OrgId, userId: UserId, version: number): Change => ({
    kind: "check",
    key: keys.user(orgId, userId),
    when: { equals: { version } },
  }),

  /** A guard for a change of another place that names the user. */
  mustExist: (orgId: OrgId, userId: UserId): Change => ({ kind: "check", key: keys.user(orgId, userId), when: stands }),

  /** The same for a change that makes them a place's keeper: whoever is about to shut them out has to look again. */
  keeps: (orgId: OrgId, userId: UserId): Change => ({
    kind: "update",
    key: keys.user(orgId, userId),
    set: {},
    add: { turn: 1 },
    when: stands,
  }),

  /** Takes the user out of every list at once. What they held is swept afterwards; until then a mark keeps the id from use. */
  remove: (user: User): Change[] => [
    {
      kind: "put",
      key: keys.user(user.orgId, user.id),
      item: { deleted: true },
      when: { exists: true, ...isAtTurn(user) },
    },
    { kind: "delete", key: keys.userRow(user.orgId, user.id) },
    { kind: "delete", key: keys.userEmail(user.orgId, foldEmail(user.email), door(user)) },
    ...(user.externalId === undefined
      ? []
      : ([{ kind: "delete", key: keys.userExternalId(user.orgId, user.externalId) }] satisfies Change[])),
  ],

  /** Whether the mark of a user who was removed stands: what they held is not all swept. */
  markAt: (orgId: OrgId, userId: UserId): Ref<true> => ({
    key: keys.user(orgId, userId),
    decode: (item) => (item.deleted === true ? true : undefined),
  }),

  /** Takes the mark away: nothing that the user held is left. */
  clear: (orgId: OrgId, userId: UserId): Change => ({
    kind: "delete",
    key: keys.user(orgId, userId),
    when: { equals: { deleted: true } },
  }),
};

const stands: Condition = { exists: true, lacks: ["deleted"] };

function isAtTurn({ turn }: User): Condition {
  return turn === undefined ? { lacks: ["turn"] } : { equals: { turn } };
}

interface ListOptions {
  limit: number;
  after?: string | undefined;
}

export function listUserIds(table: Table, orgId: OrgId, options: ListOptions): Promise<Page<UserId>> {
  return table.list(ranges.users(orgId), decodeUserId, options);
}

/** Users of one exact address: one for each door. */
export function listUserIdsByEmail(
  table: Table,
  orgId: OrgId,
  email: string,
  options: ListOptions,
): Promise<Page<UserId>> {
  return table.list(ranges.usersByEmail(orgId, foldEmail(email)), decodeUserId, options);
}

function takeExternalId(user: User, externalId: string): Change {
  return {
    kind: "put",
    key: keys.userExternalId(user.orgId, externalId),
    item: { userId: user.id },
    when: { exists: false },
  };
}

function decodeUserId(item: Item): UserId {
  return item.userId as UserId;
}

function decodeUser(item: Item): User | undefined {
  if (item.deleted === true) return undefined;
  const { pk, sk, ...user } = item as unknown as User & { pk: string; sk: string };
  return user;
}
