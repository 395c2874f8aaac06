/**
 * The activity log: what happened to transient resources, in the order in which it was committed: each row is named by the
 * `seq` of its change in the workspace's chain.
 */
import type { Activity } from "../domain/activity.ts";
import type { Change } from "./changes.ts";
import type { WorkspaceRef } from "./keys.ts";
import { keys, ranges } from "./keys.ts";
import type { Item, Page, Table } from "./table.ts";

export const activityItems = {
  /** @param expires epoch seconds, after which the log does not show it any more */
  add: (place: WorkspaceRef, activity: Activity, expires: number): Change => ({
    kind: "put",
    key: keys.activity(place, activity.seq),
    item: { ...activity, expires },
    when: { exists: false },
  }),
};

export function listActivity(
  table: Table,
  place: WorkspaceRef,
  now: number,
  options: { limit: number; after?: string | undefined; descending?: boolean },
): Promise<Page<Activity | undefined>> {
  return table.list(ranges.activity(place), (item) => decodeActivity(item, now), options);
}

/** The table may let go of a row days after its time; the log does so at once. */
function decodeActivity(item: Item, now: number): Activity | undefined {
  const { pk, sk, expires, ...activity } = item as unknown as Activity & { pk: string; sk: string; expires: number };
  return now < expires * 1000 ? activity : undefined;
}
