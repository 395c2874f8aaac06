/** Lists of several parts in a row: wherever one page ends, the next one begins with what comes after it. */
import { expect, it } from "vitest";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { done, makeAcme, makeRole, makeSharedRole } from "./acme.ts";

/** Every role of a list, in pages of so many. */
async function readAll({ api, ann }: Acme, path: string, limit: number): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor = ""; ; ) {
    const { items, nextCursor } = await done(api.call(ann, `GET ${path}?limit=${limit}${cursor}`));
    expect(items.length).toBeLessThanOrEqual(limit);
    ids.push(...items.map(({ id }: { id: string }) => id));
    if (nextCursor === undefined) return ids;
    cursor = `&cursor=${encodeURIComponent(nextCursor)}`;
  }
}

it.each(["/roles of a workspace", "/roles of the organization"])(
  "is the same in pages of every size, also where a page ends with a part: %s",
  async (what) => {
    const acme = await makeAcme(await openTestStore());
    const isWorkspace = what.includes("workspace");
    const made: string[] = [];
    for (const name of ["One", "Two", "Three"]) made.push(await makeSharedRole(acme, name, []));
    for (const name of ["Four", "Five"]) if (isWorkspace) made.push(await makeRole(acme, name, []));
    const path = `${isWorkspace ? acme.W : acme.O}/roles`;
    const whole = await readAll(acme, path, 100);
    expect(new Set(whole).size).toBe(whole.length);
    expect(whole.slice(-made.length).sort()).toEqual(made.sort());
    for (let limit = 1; limit <= whole.length; limit++) {
      expect([limit, await readAll(acme, path, limit)]).toEqual([limit, whole]);
    }
  },
);
