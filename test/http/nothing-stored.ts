/** Holds a group of tests to it that what it had refused left nothing behind: no item, no audit entry. */
import { afterAll, beforeAll, expect } from "vitest";
import type { Acme } from "./acme.ts";
import type { TableContent } from "./table-content.ts";
import { isOfSecurityRecord } from "./table-content.ts";

export function expectNothingStored(table: TableContent, acmeOf: () => Acme): void {
  const list = async () => (await table.listItems(acmeOf().orgId)).filter((item) => !isOfSecurityRecord(item));
  let before: unknown;
  beforeAll(async () => {
    before = await list();
  });
  afterAll(async () => {
    expect(await list()).toEqual(before);
  });
}
