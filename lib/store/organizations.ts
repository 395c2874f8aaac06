/** The organization's item: what a decision needs of it, and the lock of its place. */
import type { OrgId } from "../domain/ids.ts";
import type { Organization } from "../domain/places.ts";
import type { Change } from "./changes.ts";
import { listOrganization } from "./checkpoints.ts";
import type { Key } from "./keys.ts";
import { keys } from "./keys.ts";
import type { Item, Ref } from "./table.ts";

type Editable = Pick<
  Organization,
  "name" | "labels" | "status" | "version" | "enabledProviders" | "clientId" | "keyLifetimeDays" | "auditDays"
>;

export const organizationItems = {
  at: (orgId: OrgId): Ref<Organization> => ({ key: keys.organization(orgId), decode: decodeOrganization }),

  create: (organization: Organization): Change[] => [
    {
      kind: "put",
      key: keys.organization(organization.id),
      item: { ...organization },
      when: { exists: false },
    },
    listOrganization(organization.id),
  ],

  edit: (orgId: OrgId, set: { readonly [K in keyof Editable]?: Editable[K] | undefined }): Change => ({
    kind: "update",
    key: keys.organization(orgId),
    set,
  }),

  /** A guard for a change of another place by whoever stands only while this is as it was read. */
  mustHave: (read: Organization, name: "enabledProviders" | "keyLifetimeDays"): Change => ({
    kind: "check",
    key: keys.organization(read.id),
    when: read[name] === undefined ? { lacks: [name] } : { equals: { [name]: read[name] } },
  }),
};

function decodeOrganization(item: Item): Organization {
  const { pk, sk, ...organization } = item as unknown as Organization & Key;
  return organization;
}
