/** Who anchors a place now, and whether a change would take the last of them. Read after the gate. */
import { anchorRole, canAnchor, isAnchorGrant, losesLastAnchor } from "../domain/anchors.ts";
import { Refusal } from "../domain/errors.ts";
import type { OrgId, ProviderId, UserId } from "../domain/ids.ts";
import type { Organization } from "../domain/places.ts";
import type { User } from "../domain/users.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";

/** Holders that are looked at together: each with their user and their assignment, and 100 items are a transaction's most. */
const AT_ONCE = 50;

/**
 * Those of the users who keep a place: `taken`, if they do, and others until one is found. That is all a judgement needs.
 */
export async function readAnchors(
  store: Store,
  organization: Organization | undefined,
  place: PlaceRef,
  taken: UserId,
): Promise<ReadonlySet<UserId>> {
  const anchors = await searchAnchors(store, organization, place, [taken], ({ id }) => id !== taken);
  return new Set(anchors.map(({ id }) => id));
}

/** Whether somebody keeps the organization, and nobody would without those who come through the provider. */
export async function restsOnProvider(
  store: Store,
  organization: Organization | undefined,
  orgId: OrgId,
  providerId: ProviderId,
): Promise<boolean> {
  const isOther = ({ identityProviderId }: User) => identityProviderId !== providerId;
  const anchors = await searchAnchors(store, organization, { orgId }, [], isOther);
  return anchors.length > 0 && !anchors.some(isOther);
}

/**
 * Everybody who keeps a place, those who are named looked at first, until one is found who is enough.
 *
 * Users and assignments are read as one transaction, which never sees another half done: an ordinary read may meet a demotion
 * whose gate is written and whose assignment is not yet.
 */
async function searchAnchors(
  store: Store,
  organization: Organization | undefined,
  place: PlaceRef,
  first: readonly UserId[],
  isEnough: (user: User) => boolean,
): Promise<User[]> {
  const level = place.workspaceId === undefined ? "organization" : "workspace";
  const holders = await store.assignments.listHolders(place.orgId, anchorRole(level), place);
  const others = holders.filter(({ expiresAt, userId }) => expiresAt === undefined && !first.includes(userId));
  const candidates = [...first, ...others.map(({ userId }) => userId)];
  const anchors: User[] = [];
  for (let start = 0; start < candidates.length; start += AT_ONCE) {
    const ids = candidates.slice(start, start + AT_ONCE);
    const { users, assignments } = await store.readTogether({
      users: ids.map((id) => store.users.at(place.orgId, id)),
      assignments: ids.map((id) => store.assignments.at(place, id)),
    });
    for (const [index, user] of users.entries()) {
      const isHeld = assignments[index]?.grants.some((grant) => isAnchorGrant(level, grant)) ?? false;
      if (user !== undefined && isHeld && canAnchor(user, organization?.enabledProviders ?? [])) anchors.push(user);
    }
    if (anchors.some(isEnough)) break;
  }
  return anchors;
}

/** For each place that a user may be keeping: everybody who keeps it. What stood in a workspace that is gone keeps nothing. */
export async function readKeptPlaces(
  store: Store,
  { orgId, userId }: { orgId: OrgId; userId: UserId },
  organization: Organization | undefined,
): Promise<ReadonlySet<UserId>[]> {
  const assignments = await store.assignments.listOfUser(orgId, userId);
  const kept = assignments
    .filter(({ place, grants }) => {
      const level = place.workspaceId === undefined ? "organization" : "workspace";
      return grants.some((grant) => isAnchorGrant(level, grant));
    })
    .map(({ place }) => place);
  const { workspaces } = await store.read({
    workspaces: kept.flatMap(({ workspaceId }) =>
      workspaceId === undefined ? [] : [store.workspaces.at(orgId, workspaceId)],
    ),
  });
  const standing = new Set(workspaces.map((workspace) => workspace?.id));
  const places = kept.filter(({ workspaceId }) => workspaceId === undefined || standing.has(workspaceId));
  return Promise.all(places.map((place) => readAnchors(store, organization, place, userId)));
}

export function refuseLastAnchor(anchors: ReadonlySet<UserId>, taken: UserId): void {
  if (!losesLastAnchor(anchors, new Set([taken]))) return;
  throw new Refusal("owner.last", "Nobody else keeps this place: give somebody its highest role for good first.");
}
