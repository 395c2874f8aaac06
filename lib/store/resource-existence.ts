/** Whether a workspace has any resource of a type: what its type's own changes ask. */
import { findPresent } from "../domain/resources.ts";
import type { WorkspaceRef } from "./keys.ts";
import { listResources } from "./resources.ts";
import type { Table } from "./table.ts";

/** Resources looked at together. */
const PAGE = 100;

/** @param now milliseconds since 1970: what has expired by then is gone, swept or not */
export async function hasAnyResource(table: Table, place: WorkspaceRef, type: string, now: number): Promise<boolean> {
  let after: string | undefined;
  do {
    const { items, next } = await listResources(table, place, type, { limit: PAGE, after });
    if (items.some(({ value }) => findPresent(value, now) !== undefined)) return true;
    after = next;
  } while (after !== undefined);
  return false;
}
