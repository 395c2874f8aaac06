/** Who anchors a place now, and whether a change would take the last of them. Read after the gate. */
import { anchorRole, canAnchor, losesLastAnchor } from "../domain/anchors.ts";
import { Refusal } from "../domain/errors.ts";
import type { UserId } from "../domain/ids.ts";
import type { Organization } from "../domain/places.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";

/** The users who hold an anchor of the place. */
export async function readAnchors(
  store: Store,
  organization: Organization | undefined,
  place: PlaceRef,
): Promise<ReadonlySet<UserId>> {
  const level = place.workspaceId === undefined ? "organization" : "workspace";
  const holders = await store.assignments.listHolders(place.orgId, anchorRole(level), place);
  const ids = holders.filter(({ expiresAt }) => expiresAt === undefined).map(({ userId }) => userId);
  const { users } = await store.read({ users: ids.map((id) => store.users.at(place.orgId, id)) });
  const disabled = organization?.disabledProviders ?? [];
  return new Set(ids.filter((_, index) => canAnchor(users[index], disabled)));
}

export function refuseLastAnchor(anchors: ReadonlySet<UserId>, taken: UserId): void {
  if (!losesLastAnchor(anchors, new Set([taken]))) return;
  throw new Refusal("owner.last", "Nobody else keeps this place: give somebody its highest role for good first.");
}
