/** Entries of a hundred kilobytes, as changes of large resources leave them: no request looks at more of them than there is time for. */
import { beforeAll, expect, it } from "vitest";
import { workOnExports } from "../../lib/api/export-round.ts";
import { done } from "./acme.ts";
import type { ExportWorld } from "./export-world.ts";
import { addEntries, ask, openExportWorld, show, work } from "./export-world.ts";

const MANY = 900;
const LENGTH = 100_000;
/** Characters that one request may look at. */
const MOST = 25_000_000;

let world: ExportWorld;
/** Characters that the table gave. */
let units = 0;

beforeAll(async () => {
  // A unit is of 4 KB, read consistently.
  world = await openExportWorld({
    observe: (call) => {
      if (call.operation === "Query") units += call.units;
    },
  });
  const text = "x".repeat(LENGTH);
  await addEntries(world.opened, world.acme.place, MANY, () => ({ after: { text } }));
}, 60_000);

const readSince = (before: number) => (units - before) * 4_096;

it("are verified in pages", async () => {
  const { acme } = world;
  let cursor = "";
  for (let pages = 1; ; pages++) {
    const before = units;
    const page = await done(acme.api.call(acme.ann, `POST ${acme.O}/audit-log/verify${cursor}`, { body: {} }));
    expect(page.intact).toBe(true);
    expect(readSince(before)).toBeLessThan(MOST);
    if (page.nextCursor === undefined) {
      expect(pages).toBeGreaterThan(4);
      // With the organization's own two, and the one that made the workspace.
      expect(page.entries).toBe(MANY + 3);
      return;
    }
    cursor = `?cursor=${page.nextCursor}`;
  }
});

it("are looked through in pages, where a filter lets none through", async () => {
  const { acme } = world;
  let cursor = "";
  for (let pages = 1; ; pages++) {
    const before = units;
    const page = await done(acme.api.call(acme.ann, `GET ${acme.W}/audit-log?actor=nobody${cursor}`));
    expect(page.items).toEqual([]);
    expect(readSince(before)).toBeLessThan(MOST);
    if (page.nextCursor === undefined) {
      expect(pages).toBeGreaterThan(4);
      return;
    }
    cursor = `&cursor=${page.nextCursor}`;
  }
});

it("are exported in steps, where a filter lets none through", async () => {
  const { acme, desk } = world;
  const id = await ask(world, { workspaceId: acme.workspace, actor: "nobody" });
  let reads = 0;
  // Time for one step: it looks at the clock twice.
  const hurried = { ...desk, now: () => (reads++ < 2 ? desk.now() : Number.POSITIVE_INFINITY) };
  await workOnExports(hurried, [{ orgId: acme.org, id }], desk.now() + 1);
  const { progress } = await show(world, id);
  expect(progress.looked).toBeGreaterThan(700);
  expect(progress.looked).toBeLessThan(MANY);
  await work(world, id);
  expect(await show(world, id)).toMatchObject({ state: "ready", progress: { looked: MANY + 1 } });
});
