/**
 * What the table knows of checkpoints, beside the chains themselves: which organizations there are, and how many checkpoints each
 * has. It proves nothing, since whoever may rewrite a chain may rewrite this: the proof lies in the bucket.
 */
import type { OrgId } from "../domain/ids.ts";
import type { Change } from "./changes.ts";
import { keys, ranges } from "./keys.ts";
import type { Item, Page, Ref, Table } from "./table.ts";

export const checkpointItems = {
  /** The number of the organization's last checkpoint as far as it was noted; absent before the first. */
  numberAt: (orgId: OrgId): Ref<number> => ({ key: keys.listedOrganization(orgId), decode: decodeNumber }),

  /** Notes the last checkpoint, unless another run has noted one since. @param before the number that was read */
  note: (orgId: OrgId, number: number, before: number | undefined): Change => ({
    kind: "update",
    key: keys.listedOrganization(orgId),
    set: { number },
    when: before === undefined ? { exists: true, lacks: ["number"] } : { equals: { number: before } },
  }),

  /** The organization after which the next round begins. */
  turn: (): Ref<OrgId> => ({ key: keys.checkpointTurn(), decode: (item) => item.after as OrgId }),

  /** The next round begins after this one, be it that another round says so too. */
  setTurn: (after: OrgId): Change => ({ kind: "update", key: keys.checkpointTurn(), set: { after } }),
};

export interface ListedOrganization {
  readonly orgId: OrgId;
  /** Of its last checkpoint. */
  readonly number: number | undefined;
}

/** Lists an organization that the same transaction makes. */
export function listOrganization(orgId: OrgId): Change {
  return { kind: "put", key: keys.listedOrganization(orgId), item: {}, when: { exists: false } };
}

/** Every organization of the deployment, in the order of their ids. */
export function listOrganizations(
  table: Table,
  options: { limit: number; after?: string | undefined },
): Promise<Page<ListedOrganization>> {
  const decode = (item: Item) => ({ orgId: item.sk as OrgId, number: decodeNumber(item) });
  return table.list(ranges.organizations(), decode, options);
}

function decodeNumber(item: Item): number | undefined {
  return item.number as number | undefined;
}
