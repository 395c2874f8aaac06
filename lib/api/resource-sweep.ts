/** Takes away the resources of a workspace that is gone, with their attributes and secrets. */
import { listSecrets } from "../domain/attributes.ts";
import { builtInCatalogue, makeCatalogue } from "../domain/catalogue.ts";
import type { Change } from "../store/changes.ts";
import type { WorkspaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";

/** Resources taken away together: with attributes and secrets of the most that they may hold, under the 4 MB of a transaction. */
const PAGE = 30;

/**
 * What the activity log tells goes by itself, in its time.
 * @param commitGroups commits groups of changes, each group whole
 * @returns whether nothing is left to do
 */
export async function sweepResources(
  store: Store,
  place: WorkspaceRef,
  commitGroups: (store: Store, groups: readonly (readonly Change[])[]) => Promise<void>,
  until: number,
): Promise<boolean> {
  const { own } = await store.read({ own: store.ownTypes.at(place.orgId) });
  const catalogue = own === undefined ? builtInCatalogue : makeCatalogue(own.types);
  for (const type of catalogue.keptTypes) {
    for (let isMore = true; isMore; ) {
      if (Date.now() >= until) return false;
      const { items, next } = await store.resources.list(place, type.name, { limit: PAGE });
      const { attributes } = await store.read({
        attributes: items.map(({ value }) => store.resources.attributesAt(place, value)),
      });
      const groups = items.map(({ value }, index) =>
        store.resources.discard(place, value, listSecrets(attributes[index]?.attributes ?? {})),
      );
      await commitGroups(store, groups);
      isMore = next !== undefined;
    }
    if (type.ownVersion !== undefined) {
      await commitGroups(store, [[store.ownTypes.isUsedNoMore(place.orgId, type.name, place.workspaceId)]]);
    }
  }
  return true;
}
