/** The organization's item: what a decision needs of it, and the lock of its place. */
import type { OrgId } from "../domain/ids.ts";
import type { Organization } from "../domain/places.ts";
import type { Change } from "./changes.ts";
import type { Key } from "./keys.ts";
import { keys } from "./keys.ts";
import type { Item, Ref } from "./table.ts";

type Editable = Pick<Organization, "name" | "labels" | "status" | "version" | "enabledProviders" | "clientId">;

export const organizationItems = {
  at: (orgId: OrgId): Ref<Organization> => ({ key: keys.organization(orgId), decode: decodeOrganization }),

  create: (organization: Organization): Change => ({
    kind: "put",
    key: keys.organization(organization.id),
    item: { ...organization },
    when: { exists: false },
  }),

  edit: (orgId: OrgId, set: { readonly [K in keyof Editable]?: Editable[K] | undefined }): Change => ({
    kind: "update",
    key: keys.organization(orgId),
    set,
  }),
};

function decodeOrganization(item: Item): Organization {
  const { pk, sk, ...organization } = item as unknown as Organization & Key;
  return organization;
}
