/** Holds a group of tests to it that what it had refused left nothing behind: no item, no audit entry. */
import { afterAll, beforeAll, expect } from "vitest";
import type { Acme } from "./acme.ts";
import type { TableContent } from "./table-content.ts";

export function expectNothingStored(table: TableContent, acmeOf: () => Acme): void {
  let before: unknown;
  beforeAll(async () => {
    before = await table.listItems(acmeOf().orgId);
  });
  afterAll(async () => {
    expect(await table.listItems(acmeOf().orgId)).toEqual(before);
  });
}
