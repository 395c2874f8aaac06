/**
 * Who holds what where. The assignment's own item is what decisions read; with it are written the rows of each role's holders
 * and of the place's members, which lists, owners and "in use" read. A row may outlive what it stands for, never lack: whoever
 * reads rows looks at the assignment too.
 */
import type { Grant } from "../domain/grants.ts";
import type { OrgId, RoleId, UserId, WorkspaceId } from "../domain/ids.ts";
import type { Generation, HeldParts, MadePart } from "../domain/made-grants.ts";
import { EVERYWHERE } from "../domain/made-grants.ts";
import type { Change, Condition } from "./changes.ts";
import type { PlaceRef } from "./keys.ts";
import { keys, ranges } from "./keys.ts";
import type { Item, Page, Ref, Table } from "./table.ts";

/** All that a user holds in one place. */
export interface Assignment extends HeldParts {
  readonly place: PlaceRef;
  readonly userId: UserId;
  /** The place's `seq` when what is held directly was last written; 0 before that. */
  readonly version: number;
  /** How often the parts of sign-ins were written; absent before the first. */
  readonly staged?: number;
}

/** One user who holds a role in one place. */
export interface Holder {
  readonly roleId: RoleId;
  readonly place: PlaceRef;
  readonly userId: UserId;
  /** When the longest of the grants ends; never when absent. */
  readonly expiresAt?: number;
}

/** Sign-ins of one person at the same time; of more, the first ones begin again (see `isCrowded`). The user pool tries three times. */
const UNDER_WAY = 8;

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

  /** Writes what a user holds directly in a place from now on, and moves the rows that follow from it. Sign-ins keep their parts. */
  replace: (before: Assignment | undefined, after: Omit<Assignment, "made" | "staged">): Change[] =>
    write(before, { ...after, ...partsOf(before) }),

  /** Writes a sign-in's part beside the one that counts. It is not to be seen before the user's own item names its generation. */
  stage: (
    before: Assignment | undefined,
    place: PlaceRef,
    userId: UserId,
    part: MadePart,
    counting: Generation | undefined,
  ): Change[] => {
    // Another sign-in may be about to let its own part count.
    const underWay = listUnderWay(before, counting).slice(-UNDER_WAY);
    const kept = [...(before?.made ?? []).filter(({ generation }) => generation === counting), ...underWay];
    const { grants = [], version = 0 } = before ?? {};
    return write(before, { place, userId, grants, version, made: [...kept, part], staged: nextStaging(before) });
  },

  /**
   * Whether so many sign-ins are under way that staging one more takes a part away from another. That one must not come to count
   * without it: where a part is missing, what somebody has everywhere holds.
   */
  isCrowded: (before: Assignment | undefined, counting: Generation | undefined): boolean =>
    listUnderWay(before, counting).length > UNDER_WAY,

  /** Other roles in what is held directly and in what sign-ins gave; the version stays. */
  rename: (
    before: Assignment,
    grants: readonly Grant[],
    renamed: (made: readonly Grant[]) => readonly Grant[],
  ): Change[] => {
    const made = before.made?.map((part) => ({ ...part, grants: renamed(part.grants) }));
    return write(before, { ...before, grants, ...(made === undefined ? {} : { made, staged: nextStaging(before) }) });
  },

  /** Takes away the parts of sign-ins before the one that counts; those after it may be under way. */
  dropParts: (before: Assignment, counting: Generation): Change[] => {
    const made = (before.made ?? []).filter(({ generation }) => generation >= counting);
    return write(before, { ...before, made, staged: nextStaging(before) });
  },

  /** Takes away all that a user held in a place, parts and rows, as it was read. */
  discard: (before: Assignment | undefined, place: PlaceRef, userId: UserId): Change[] =>
    write(before, { place, userId, grants: [], version: 0 }),

  /** The rows of what a sign-in gives in every workspace: by them a role's holders and a workspace's people are found. */
  showEverywhere: (orgId: OrgId, userId: UserId, before: readonly Grant[], after: readonly Grant[]): Change[] => {
    const place: PlaceRef = { orgId, workspaceId: EVERYWHERE };
    const roleIds = new Set(after.map(({ roleId }) => roleId));
    const gone = new Set(before.map(({ roleId }) => roleId).filter((roleId) => !roleIds.has(roleId)));
    const member = keys.member(place, userId);
    return [
      ...(before.length > 0 && after.length === 0 ? [{ kind: "delete", key: member } satisfies Change] : []),
      ...(after.length > 0 ? [{ kind: "put", key: member, item: { userId } } satisfies Change] : []),
      ...[...gone].map((roleId): Change => ({ kind: "delete", key: keys.holder(orgId, roleId, place, userId) })),
      ...[...roleIds].map((roleId) => putHolder({ place, userId, roleId })),
    ];
  },
};

function listUnderWay(before: Assignment | undefined, counting: Generation | undefined): readonly MadePart[] {
  return (before?.made ?? []).filter(({ generation }) => counting === undefined || generation > counting);
}

function nextStaging(before: Assignment | undefined): number {
  return (before?.staged ?? 0) + 1;
}

/** Both who writes what is held directly and who writes a sign-in's part must have seen what the other wrote. */
function write(before: Assignment | undefined, after: Assignment): Change[] {
  const { place, userId, grants, version, made = [], staged } = after;
  const key = keys.assignment(place, userId);
  const member = keys.member(place, userId);
  const held = holdersOf(after);
  const gone = [...holdersOf(before).keys()].filter((roleId) => !held.has(roleId));
  const when = isAsRead(before);
  const item = {
    ...place,
    userId,
    grants,
    version,
    ...(made.length === 0 ? {} : { made }),
    ...(staged ? { staged } : {}),
  };
  return [
    ...(grants.length === 0 && made.length === 0
      ? ([
          { kind: "delete", key, when },
          { kind: "delete", key: member },
        ] satisfies Change[])
      : ([
          { kind: "put", key, item, when },
          { kind: "put", key: member, item: { userId } },
        ] satisfies Change[])),
    ...gone.map((roleId): Change => ({ kind: "delete", key: keys.holder(place.orgId, roleId, place, userId) })),
    ...[...held.values()].map(putHolder),
  ];
}

function isAsRead(before: Assignment | undefined): Condition {
  if (before === undefined) return { exists: false };
  const { version, staged } = before;
  return staged === undefined ? { equals: { version }, lacks: ["staged"] } : { equals: { version, staged } };
}

function partsOf({ made, staged }: Pick<Assignment, "made" | "staged"> = {}): Pick<Assignment, "made" | "staged"> {
  return { ...(made === undefined ? {} : { made }), ...(staged === undefined ? {} : { staged }) };
}

/** One row for each role, however often it is held: until the longest of its grants ends. */
function holdersOf(assignment: Assignment | undefined): ReadonlyMap<RoleId, Holder> {
  const holders = new Map<RoleId, Holder>();
  if (assignment === undefined) return holders;
  const { place, userId, grants, made = [] } = assignment;
  for (const { roleId, expiresAt } of [...grants, ...made.flatMap((part) => part.grants)]) {
    const other = holders.get(roleId);
    const isForGood = expiresAt === undefined || (other !== undefined && other.expiresAt === undefined);
    const end = isForGood ? {} : { expiresAt: Math.max(expiresAt, other?.expiresAt ?? 0) };
    holders.set(roleId, { place, roleId, userId, ...end });
  }
  return holders;
}

function putHolder({ place, roleId, userId, expiresAt }: Holder): Change {
  const end = expiresAt === undefined ? {} : { expiresAt };
  return {
    kind: "put",
    key: keys.holder(place.orgId, roleId, place, userId),
    item: { ...place, roleId, userId, ...end },
  };
}

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
  const { userId, grants, version, ...parts } = item as unknown as Assignment;
  return { place: decodePlace(item), userId, grants, version, ...partsOf(parts) };
}

function decodeHolder(item: Item): Holder {
  const { roleId, userId, expiresAt } = item as unknown as Holder;
  return { roleId, userId, place: decodePlace(item), ...(expiresAt === undefined ? {} : { expiresAt }) };
}
