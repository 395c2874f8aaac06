/** Users of an organization, with the rows by which they are listed and found. */
import type { Grant } from "../domain/grants.ts";
import type { OrgId, ProviderId, UserId } from "../domain/ids.ts";
import type { User } from "../domain/users.ts";
import { foldEmail } from "../domain/users.ts";
import type { Change, Condition } from "./changes.ts";
import { keys, ranges } from "./keys.ts";
import type { Item, Page, Ref, Table } from "./table.ts";

type Editable = Pick<User, "status" | "displayName" | "externalId" | "acceptedAt" | "version">;
type Blank<T> = { [K in keyof T]?: T[K] | undefined };

/**
 * Where an address leads to the user: an invitation by the door that it names, the pool's or a provider's; whoever has come
 * through a provider by themselves, since two of its people may have one address, one after the other.
 */
function door({ id, identityProviderId, subject }: User): ProviderId | UserId | "pool" {
  return subject === undefined ? (identityProviderId ?? "pool") : id;
}

/** What a provider said of somebody when they last came through it: what simulations are asked about, and nothing else of it. */
export interface SignInRecord {
  readonly providerId: ProviderId;
  /** Each attribute with its elements, by the names of the attributes. */
  readonly attributes: readonly (readonly [name: string, elements: readonly (string | number | boolean)[]])[];
  /** Milliseconds since 1970. */
  readonly at: number;
}

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

  /** A guard for a change of another place that rests on the user as they were read, and on what their last sign-in gave. */
  mustBeAt: ({ orgId, id, ...read }: User): Change => ({
    kind: "check",
    key: keys.user(orgId, id),
    when: isAsRead(read),
  }),

  signInAt: (orgId: OrgId, userId: UserId): Ref<SignInRecord> => ({
    key: keys.signIn(orgId, userId),
    decode: decodeSignIn,
  }),

  keepSignIn: (orgId: OrgId, userId: UserId, record: SignInRecord): Change => ({
    kind: "put",
    key: keys.signIn(orgId, userId),
    item: { providerId: record.providerId, at: record.at, attributes: JSON.stringify(record.attributes) },
  }),

  /**
   * What a sign-in through a provider comes to for a user, as one change of their item: whose grants count, who they are, that an
   * invitation is accepted. Nothing about them has changed since they were read.
   */
  signIn: (before: User, after: User): Change[] => {
    const { email, status, acceptedAt, subject, generation, everywhere, version } = after;
    return [
      {
        kind: "update",
        key: keys.user(before.orgId, before.id),
        set: { email, status, acceptedAt, subject, generation, everywhere, version },
        when: isAsReadAtTurn(before),
      },
      ...moveAddress(before, after),
    ];
  },

  /** Lets no sign-in come to count that began before this. */
  overtakeSignIns: (before: User): Change => moveTurn(before.orgId, before.id, isAsReadAtTurn(before)),

  /** A role has another name in what the sign-in that counts gave everywhere. */
  renameEverywhere: (before: User, everywhere: readonly Grant[]): Change => ({
    kind: "update",
    key: keys.user(before.orgId, before.id),
    set: { everywhere },
    when: isAsRead(before),
  }),

  /** A guard for a change of another place that names the user. */
  mustExist: (orgId: OrgId, userId: UserId): Change => ({ kind: "check", key: keys.user(orgId, userId), when: stands }),

  /** The same for a change that makes them a place's keeper: whoever is about to shut them out has to look again. */
  keeps: (orgId: OrgId, userId: UserId): Change => moveTurn(orgId, userId, stands),

  /** Takes the user out of every list at once, and lets nobody through their door. What they held is swept afterwards; until then a mark keeps the id from use. */
  remove: (user: User): Change[] => [
    {
      kind: "put",
      key: keys.user(user.orgId, user.id),
      item: { deleted: true },
      when: { exists: true, ...isAtTurn(user) },
    },
    { kind: "delete", key: keys.userRow(user.orgId, user.id) },
    { kind: "delete", key: keys.userEmail(user.orgId, foldEmail(user.email), door(user)) },
    { kind: "delete", key: keys.signIn(user.orgId, user.id) },
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

function moveTurn(orgId: OrgId, userId: UserId, when: Condition): Change {
  return {
    kind: "update",
    key: keys.user(orgId, userId),
    set: {},
    add: { turn: 1 },
    when,
  };
}

/** Neither edited nor signed in since. */
function isAsRead({ version, generation }: Pick<User, "version" | "generation">): Condition {
  return generation === undefined
    ? { equals: { version }, lacks: ["generation"] }
    : { equals: { version, generation } };
}

function isAsReadAtTurn(user: User): Condition {
  const [read, turn] = [isAsRead(user), isAtTurn(user)];
  return { equals: { ...read.equals, ...turn.equals }, lacks: [...(read.lacks ?? []), ...(turn.lacks ?? [])] };
}

function moveAddress(before: User, after: User): Change[] {
  const [old, next] = [before, after].map((user) => keys.userEmail(user.orgId, foldEmail(user.email), door(user)));
  if (old === undefined || next === undefined || old.sk === next.sk) return [];
  return [
    { kind: "delete", key: old },
    { kind: "put", key: next, item: { userId: after.id } },
  ];
}

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

function decodeSignIn(item: Item): SignInRecord {
  const { providerId, at } = item as unknown as SignInRecord;
  return { providerId, at, attributes: JSON.parse(item.attributes as string) };
}

function decodeUser(item: Item): User | undefined {
  if (item.deleted === true) return undefined;
  const { pk, sk, ...user } = item as unknown as User & { pk: string; sk: string };
  return user;
}
