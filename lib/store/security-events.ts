/**
 * The bounded record of security events: one item for each minute and what was refused to whom in it, in the order of the minutes.
 * Only counted up, and never read to be written: the same lines give the same change.
 */
import type { OrgId } from "../domain/ids.ts";
import type { SecurityRecord, Tally } from "../domain/security-records.ts";
import type { Change } from "./changes.ts";
import { keys, ranges } from "./keys.ts";
import type { Item, Page, Ref, Table } from "./table.ts";

export const securityEventItems = {
  /** Whose sign-ins a record counts that may be only of one subject. */
  subjectAt: ({ orgId, of, record }: Tally): Ref<string> => ({
    key: keys.securityEvent(orgId, record.at, of),
    decode: (item) => item.subject as string,
  }),

  /** Commits only where the record is of the same subject, or new. @param expires epoch seconds */
  add: ({ orgId, of, record }: Tally, expires: number): Change => {
    const { count, lastRequestId, reason, subject, ...first } = record;
    return {
      kind: "update",
      key: keys.securityEvent(orgId, record.at, of),
      set: { lastRequestId, expires, ...(reason === undefined ? {} : { reason }) },
      setOnce: { ...first, ...(subject === undefined ? {} : { subject }) },
      add: { count },
      ...(subject === undefined ? {} : { when: { lacksOrEquals: { subject } } }),
    };
  },
};

export function listSecurityEvents(
  table: Table,
  orgId: OrgId,
  now: number,
  options: { limit: number; after?: string | undefined; descending?: boolean },
): Promise<Page<SecurityRecord | undefined>> {
  return table.list(ranges.securityEvents(orgId), (item) => decode(item, now), options);
}

/** The table may let go of a record days after its time; the list does so at once. */
function decode(item: Item, now: number): SecurityRecord | undefined {
  const { pk, sk, expires, ...record } = item as unknown as SecurityRecord & {
    pk: string;
    sk: string;
    expires: number;
  };
  return now < expires * 1000 ? record : undefined;
}
