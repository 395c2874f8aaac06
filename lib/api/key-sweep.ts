/** Tidies up API keys: those of a person or a workspace that is gone go, those that have a role that was replaced get the one in its place. */
import type { OrgId, RoleId, UserId } from "../domain/ids.ts";
import type { RoleRef } from "../domain/roles.ts";
import type { PlacedKey } from "../store/api-keys.ts";
import type { Change } from "../store/changes.ts";
import type { WorkspaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import type { Turn } from "./rule-sweep.ts";

/** Rows looked at together. */
const PAGE = 25;

/** What goes with a workspace that is gone: each key with its rows. @returns whether nothing is left to do */
export async function discardKeys(
  store: Store,
  place: WorkspaceRef,
  commitGroups: (groups: readonly (readonly Change[])[]) => Promise<void>,
  until: number,
): Promise<boolean> {
  for (let isLeft = true; isLeft; ) {
    if (Date.now() >= until) return false;
    const { items, next } = await store.apiKeys.list(place, { limit: PAGE });
    const { keys } = await store.read({ keys: items.map(({ value }) => store.apiKeys.at(value.keyId)) });
    await commitGroups(items.map(({ value }, index) => store.apiKeys.discard(place, value.keyId, keys[index])));
    isLeft = next !== undefined;
  }
  return true;
}

/**
 * What becomes of a personal key whose person is gone. They give it nothing any more; should they come back, it is to stay so.
 * @param turn of the key's workspace, read before this
 */
export async function endKeyOfUser(
  store: Store,
  { orgId, userId }: { readonly orgId: OrgId; readonly userId: UserId },
  { place, keyId }: PlacedKey,
  turn: Turn,
  now: number,
): Promise<readonly Change[]> {
  const { key } = await store.read({ key: store.apiKeys.at(keyId) });
  // A row without its key would be found again and again.
  if (key === undefined || key.revokedAt !== undefined || turn.isGone)
    return [store.apiKeys.dropKeyOfUser(orgId, userId, keyId)];
  const keyCount = Math.max(0, (turn.keyCount ?? 1) - 1);
  return [...turn.changes, ...store.apiKeys.revoke(key, now), store.places.setCounts(place, { keyCount })];
}

/** What becomes of a key that has a role that was replaced. @param turn of its workspace, read before this */
export async function replaceRoleOfKey(
  store: Store,
  placed: PlacedKey,
  roleId: RoleId,
  replacedBy: RoleRef,
  turn: Turn,
): Promise<readonly Change[]> {
  const { key } = await store.read({ key: store.apiKeys.at(placed.keyId) });
  const isNamed = key?.role?.roleId === roleId && key.revokedAt === undefined;
  if (key === undefined || !isNamed || turn.isGone) return [store.apiKeys.dropKeyOfRole(roleId, placed)];
  return [...turn.changes, ...store.apiKeys.replaceRole(key, replacedBy)];
}
