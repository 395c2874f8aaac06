/**
 * Tidies up after a change without bounds, a few rows in each transaction. Readers do not wait for it: from the change on they
 * take what is left for what it is. Broken off anywhere, it goes on where it was; done twice, nothing is there to do.
 */
import { randomUUID } from "node:crypto";
import type { Grant } from "../domain/grants.ts";
import { isUnexpired, replaceRoles } from "../domain/grants.ts";
import type { OrgId, RoleId, UserId } from "../domain/ids.ts";
import { EVERYWHERE } from "../domain/made-grants.ts";
import type { RoleRef } from "../domain/roles.ts";
import type { Assignment, Holder } from "../store/assignments.ts";
import type { Change } from "../store/changes.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import type { Sweep } from "../store/sweeps.ts";
import { discardKeys, endKeyOfUser, replaceRoleOfKey } from "./key-sweep.ts";
import { sweepResources } from "./resource-sweep.ts";
import type { Turn } from "./rule-sweep.ts";
import { discardRules, replaceRoleOfRule } from "./rule-sweep.ts";
import type { LeftOverShare } from "./share-sweep.ts";
import { endLeftOverShare, endSharesOfResource, endSharesOfWorkspace } from "./share-sweep.ts";

/** Rows looked at together. */
const PAGE = 100;
/** Operations of one transaction, well under DynamoDB's 100. */
const OPERATIONS = 90;
/** Seconds for which a replaced role still leads on to the one in its place, for readers that read a grant before it was swept. */
const REMEMBERED = 86_400;

/**
 * @param until milliseconds since 1970: nothing is begun after it
 * @returns whether nothing is left to do
 */
export async function sweep(store: Store, task: Sweep | LeftOverShare, now: number, until: number): Promise<boolean> {
  switch (task.kind) {
    case "share":
      return endLeftOverShare(store, task);
    case "workspace":
      return sweepWorkspace(store, task, until);
    case "user":
      return sweepUser(store, task, now, until);
    case "sign-ins":
      return sweepSignIns(store, task, until);
    case "shares":
      return (
        (await endSharesOfResource(store, task, until)) && isCommitted(await commit(store, [store.sweeps.end(task)]))
      );
    case "role":
      return sweepRole(store, task, now, until);
  }
}

interface SweptAll {
  readonly done: number;
  /** How many tasks are left for the next time, those that failed among them. */
  readonly left: number;
  readonly failed: readonly { readonly task: Sweep; readonly error: unknown }[];
}

/** Works on every task that there is. One that fails keeps none of the others from being done. */
export async function sweepAll(store: Store, now: number, until: number): Promise<SweptAll> {
  const failed: { task: Sweep; error: unknown }[] = [];
  let done = 0;
  let left = 0;
  let after: string | undefined;
  do {
    const page = await store.sweeps.listAll({ limit: PAGE, after });
    for (const { value: task } of page.items) {
      const isDone =
        Date.now() < until &&
        (await sweep(store, task, now, until).catch((error: unknown) => {
          failed.push({ task, error });
          return false;
        }));
      if (isDone) done++;
      else left++;
    }
    after = page.next;
  } while (after !== undefined);
  return { done, left, failed };
}

/** Nobody writes into a workspace that is gone, so its rows are taken as they are. */
async function sweepWorkspace(
  store: Store,
  task: Extract<Sweep, { kind: "workspace" }>,
  until: number,
): Promise<boolean> {
  const { orgId, workspaceId } = task;
  const place: PlaceRef = { orgId, workspaceId };
  for (let isLeft = true; isLeft; ) {
    if (Date.now() >= until) return false;
    const { items, next } = await store.assignments.listMembers(place, { limit: PAGE });
    const ids = items.map(({ value }) => value);
    const { assignments } = await store.read({ assignments: ids.map((id) => store.assignments.at(place, id)) });
    const groups = ids.map((userId, index) => takeAll(store, place, userId, assignments[index]));
    await commitGroups(store, groups);
    isLeft = next !== undefined;
  }
  for (let after: string | undefined, isLeft = true; isLeft; ) {
    if (Date.now() >= until) return false;
    const { items, next } = await store.roles.list(place, { limit: PAGE, after });
    const groups = items.map(({ value }) => store.roles.discard(place, value));
    await commitGroups(store, groups);
    after = next;
    isLeft = next !== undefined;
  }
  await commitGroups(store, await discardRules(store, place));
  const commitAll = (groups: readonly (readonly Change[])[]) => commitGroups(store, groups);
  if (!(await discardKeys(store, { orgId, workspaceId }, commitAll, until))) return false;
  if (!(await endSharesOfWorkspace(store, { orgId, workspaceId }, until))) return false;
  if (!(await sweepResources(store, { orgId, workspaceId }, commitGroups, until))) return false;
  return (await commit(store, [store.sweeps.end(task)])) === "committed";
}

type UserSweep = Extract<Sweep, { kind: "user" | "sign-ins" }>;

/** The user's mark keeps everybody from giving them anything until it is taken away at the end. */
async function sweepUser(store: Store, task: UserSweep, now: number, until: number): Promise<boolean> {
  const { orgId, userId } = task;
  for (const { place } of await store.assignments.listOfUser(orgId, userId)) {
    for (let isDone = false; !isDone; ) {
      if (Date.now() >= until) return false;
      const turn = await readTurn(store, place);
      const { mark, before } = await store.read({
        mark: store.users.markAt(orgId, userId),
        before: store.assignments.at(place, userId),
      });
      // Another sweep came to the end: what the user holds now was given to them since. Giving it would have moved the turn.
      if (mark === undefined) return true;
      isDone = (await commit(store, [...turn.changes, ...takeAll(store, place, userId, before)])) === "committed";
    }
  }
  if (!(await sweepKeysOfUser(store, task, now, until))) return false;
  return (await commit(store, [store.users.clear(orgId, userId), store.sweeps.end(task)])) === "committed";
}

async function sweepKeysOfUser(store: Store, task: UserSweep, now: number, until: number): Promise<boolean> {
  const { orgId, userId } = task;
  for (const placed of await store.apiKeys.listOfUser(orgId, userId)) {
    for (let isDone = false; !isDone; ) {
      if (Date.now() >= until) return false;
      const turn = await readTurn(store, placed.place);
      const { mark } = await store.read({ mark: store.users.markAt(orgId, userId) });
      if (mark === undefined) return true;
      isDone = (await commit(store, await endKeyOfUser(store, task, placed, turn, now))) === "committed";
    }
  }
  return true;
}

/** Parts of sign-ins before the one that counts. Each place commits for itself: a sign-in under way is seen by its staging. */
async function sweepSignIns(store: Store, task: UserSweep, until: number): Promise<boolean> {
  const { orgId, userId } = task;
  const { user } = await store.read({ user: store.users.at(orgId, userId) });
  const { generation } = user ?? {};
  let isLeft = false;
  // Somebody who was deleted has all that they held swept by another task.
  for (const before of generation === undefined ? [] : await store.assignments.listOfUser(orgId, userId)) {
    if (generation === undefined || before.made?.every((part) => part.generation >= generation) !== false) continue;
    if (Date.now() >= until) return false;
    const changes = store.assignments.dropParts(before, generation);
    if ((await commit(store, changes)) !== "committed") isLeft = true;
  }
  if (isLeft) return false;
  return (await commit(store, [store.sweeps.end(task)])) === "committed";
}

async function sweepRole(
  store: Store,
  task: Extract<Sweep, { kind: "role" }>,
  now: number,
  until: number,
): Promise<boolean> {
  const { orgId, roleId, replacedBy } = task;
  // Its own turn comes after that of each role that it once took the place of: their holders are still to be given this one.
  const others = await store.sweeps.list(orgId);
  if (others.some((other) => other.kind === "role" && other.replacedBy.roleId === roleId)) return false;
  // Rules come first: from then on, no sign-in that begins gives the old name to anybody.
  for (const rule of await store.rules.listOfRole(orgId, roleId)) {
    for (let isDone = false; !isDone; ) {
      if (Date.now() >= until) return false;
      const turn = await readTurn(store, rule.place);
      const changes = await replaceRoleOfRule(store, rule, roleId, replacedBy, turn);
      isDone = (await commit(store, changes)) === "committed";
    }
  }
  for (const key of await store.apiKeys.listOfRole(orgId, roleId)) {
    for (let isDone = false; !isDone; ) {
      if (Date.now() >= until) return false;
      const turn = await readTurn(store, key.place);
      isDone = (await commit(store, await replaceRoleOfKey(store, key, roleId, replacedBy, turn))) === "committed";
    }
  }
  const replaced = new Map<RoleId, RoleRef>([[roleId, replacedBy]]);
  const holders = await store.assignments.listHolders(orgId, roleId);
  const byPlace = Map.groupBy(holders, ({ place }) => place.workspaceId);
  for (const [workspaceId, rows] of byPlace) {
    if (workspaceId === EVERYWHERE) {
      if (!(await renameEverywhere(store, orgId, rows, replaced, until))) return false;
      continue;
    }
    const place: PlaceRef = workspaceId === undefined ? { orgId } : { orgId, workspaceId };
    for (let waiting: readonly UserId[] = rows.map(({ userId }) => userId); waiting.length > 0; ) {
      if (Date.now() >= until) return false;
      waiting = await sweepHolders(store, place, waiting, replaced, now);
    }
  }
  const expires = Math.floor(now / 1000) + REMEMBERED;
  const end = [store.roles.forget(task.place, roleId, expires), store.sweeps.end(task)];
  return (await commit(store, end)) === "committed";
}

/** Renames the role in the grants of some of the users. @returns those who are left, all of them when the place was changed */
async function sweepHolders(
  store: Store,
  place: PlaceRef,
  ids: readonly UserId[],
  replaced: ReadonlyMap<RoleId, RoleRef>,
  now: number,
): Promise<readonly UserId[]> {
  const turn = await readTurn(store, place);
  const some = ids.slice(0, PAGE);
  const { assignments } = await store.read({ assignments: some.map((id) => store.assignments.at(place, id)) });
  const changes: Change[] = [...turn.changes];
  let done = 0;
  for (const [index, userId] of some.entries()) {
    const before = assignments[index];
    const group = turn.isGone
      ? takeAll(store, place, userId, before)
      : rename(store, place, userId, before, replaced, now);
    if (changes.length + group.length > OPERATIONS) break;
    changes.push(...group);
    done = index + 1;
  }
  return (await commit(store, changes)) === "committed" ? ids.slice(done) : ids;
}

/**
 * What is swept in a place is read after this, and takes a turn of it: so no change under way rests on what is swept, and no two
 * sweeps on each other. In a workspace that is gone nothing is written any more but taken away.
 */
async function readTurn(store: Store, place: PlaceRef): Promise<Turn> {
  const { orgId, workspaceId } = place;
  const { organization, workspace } = await store.read({
    organization: workspaceId === undefined ? store.organizations.at(orgId) : undefined,
    workspace: workspaceId && store.workspaces.at(orgId, workspaceId),
  });
  const head = organization ?? workspace;
  const changes = head === undefined ? [] : [store.places.takeTurn(place, head)];
  return { changes, isGone: head === undefined, policy: head?.policy ?? 0, keyCount: workspace?.keyCount };
}

function takeAll(store: Store, place: PlaceRef, userId: UserId, before: Assignment | undefined): Change[] {
  return store.assignments.discard(before, place, userId);
}

function rename(
  store: Store,
  place: PlaceRef,
  userId: UserId,
  before: Assignment | undefined,
  replaced: ReadonlyMap<RoleId, RoleRef>,
  now: number,
): Change[] {
  const isNamed = (grants: readonly Grant[]) => grants.some(({ roleId }) => replaced.has(roleId));
  // A row without its grant would be found again and again.
  if (before === undefined || ![before.grants, ...(before.made ?? []).map((part) => part.grants)].some(isNamed)) {
    return [...replaced.keys()].map((roleId) => store.assignments.dropHolder(place, roleId, userId));
  }
  const grants = replaceRoles(before.grants, replaced).filter((grant) => isUnexpired(grant, now));
  return store.assignments.rename(before, grants, (made) => replaceRoles(made, replaced));
}

/** What sign-ins gave everywhere stands with the users themselves. */
async function renameEverywhere(
  store: Store,
  orgId: OrgId,
  rows: readonly Holder[],
  replaced: ReadonlyMap<RoleId, RoleRef>,
  until: number,
): Promise<boolean> {
  const place: PlaceRef = { orgId, workspaceId: EVERYWHERE };
  for (const { userId } of rows) {
    for (let isDone = false; !isDone; ) {
      if (Date.now() >= until) return false;
      const { user } = await store.read({ user: store.users.at(orgId, userId) });
      const before = user?.everywhere ?? [];
      const after = replaceRoles(before, replaced);
      const isNamed = user !== undefined && before.some(({ roleId }) => replaced.has(roleId));
      const changes = isNamed
        ? [store.users.renameEverywhere(user, after), ...store.assignments.showEverywhere(orgId, userId, before, after)]
        : [...replaced.keys()].map((roleId) => store.assignments.dropHolder(place, roleId, userId));
      isDone = (await commit(store, changes)) === "committed";
    }
  }
  return true;
}

/** Commits groups of changes, each group whole, as many in one transaction as fit. */
async function commitGroups(store: Store, groups: readonly (readonly Change[])[]): Promise<void> {
  let changes: Change[] = [];
  for (const group of groups) {
    if (changes.length + group.length > OPERATIONS) {
      await commit(store, changes);
      changes = [];
    }
    changes.push(...group);
  }
  if (changes.length > 0) await commit(store, changes);
}

function isCommitted(outcome: "committed" | "raced"): boolean {
  return outcome === "committed";
}

/** Whatever became of a try that nobody heard of: what is left to do is read anew. */
function commit(store: Store, changes: readonly Change[]) {
  return store.commit(changes, randomUUID(), async () => false);
}
