/** Reads the catalogue of an organization: what its own types add to the built-in scopes and roles. */
import type { Catalogue } from "../domain/catalogue.ts";
import { builtInCatalogue, makeCatalogue } from "../domain/catalogue.ts";
import type { OrgId, RoleId } from "../domain/ids.ts";
import type { Organization } from "../domain/places.ts";
import type { Role } from "../domain/roles.ts";
import type { DecidingStore } from "../store/deciding-store.ts";
import { ofOneMoment } from "./one-moment.ts";
import type { RoleCache } from "./role-cache.ts";

/**
 * The scopes of an organization: built-in ones, and those of its own types, from the cache or by one read. Its item says which
 * version of them counts; another one was read from another moment.
 */
export async function readCatalogue(
  store: DecidingStore,
  cache: RoleCache,
  organization: Organization | undefined,
): Promise<Catalogue | "moved"> {
  if (organization?.typesVersion === undefined) return builtInCatalogue;
  const { id, typesVersion } = organization;
  const kept = cache.getCatalogue(id, typesVersion);
  if (kept !== undefined) return kept;
  const { own } = await store.read({ own: store.ownTypes.at(id) });
  if (own?.version !== typesVersion) return "moved";
  const catalogue = makeCatalogue(own.types);
  cache.keepCatalogue(id, typesVersion, catalogue);
  return catalogue;
}

/** The same for whoever only shows what it reads: where the types are edited meanwhile, the organization is read again. */
export function persistCatalogue(store: DecidingStore, cache: RoleCache, orgId: OrgId): Promise<Catalogue> {
  return ofOneMoment(async () => {
    const { organization } = await store.read({ organization: store.organizations.at(orgId) });
    return readCatalogue(store, cache, organization);
  });
}

/** The same where the organization is read already. */
export async function findCatalogue(
  store: DecidingStore,
  cache: RoleCache,
  organization: Organization | undefined,
  orgId: OrgId,
): Promise<Catalogue> {
  const catalogue = await readCatalogue(store, cache, organization);
  return catalogue === "moved" ? persistCatalogue(store, cache, orgId) : catalogue;
}

/** Predefined roles with what the organization's own types put into them. */
export function withOwnTypes(roles: ReadonlyMap<RoleId, Role>, catalogue: Catalogue): ReadonlyMap<RoleId, Role> {
  if (catalogue === builtInCatalogue) return roles;
  return new Map([...roles].map(([id, role]) => [id, catalogue.complete(role)]));
}
