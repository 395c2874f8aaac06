/** How long entries of the log stay: as the organization settles, and never so that a later one goes before an earlier one. */
import { beforeEach, describe, expect, it } from "vitest";
import { changeWorkspace } from "../../lib/api/system-change.ts";
import { keys } from "../../lib/store/keys.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { done, edit, makeAcme, makeRole, readTable } from "./acme.ts";

const DAY = 86_400;
const start = Math.floor(Date.now() / 1000);
const clock = { now: start * 1000 };
let test: TestStore;
let acme: Acme;

beforeEach(async () => {
  clock.now = start * 1000;
  test = await openTestStore();
  acme = await makeAcme(test, () => clock.now);
});

const settle = (retentionDays: number | null) =>
  done(acme.api.call(acme.ann, `PATCH ${acme.O}`, edit({ settings: { audit: { retentionDays } } })));

/** Days after the beginning at which each entry of the workspace's chain goes. */
async function endsOf(): Promise<number[]> {
  const table = await readTable(test);
  const ends: number[] = [];
  for (let seq = 1; ; seq++) {
    const { pk, sk } = keys.auditEntry(acme.place, seq);
    const entry = table.get(`${pk} ${sk}`);
    if (entry === undefined) return ends;
    ends.push(((entry.expires as number) - start) / DAY);
  }
}

describe("an entry of the log", () => {
  it("stays for 400 days where the organization settles nothing", async () => {
    await makeRole(acme, "One", []);
    expect(await endsOf()).toEqual([400, 400]);
  });

  it("stays as long as was settled when it was written", async () => {
    await settle(1_000);
    await makeRole(acme, "One", []);
    await settle(null);
    clock.now += 700 * DAY * 1000;
    await makeRole(acme, "Two", []);
    expect(await endsOf()).toEqual([400, 1_000, 1_100]);
  });

  it("never goes before the one before it, however the settings change", async () => {
    await settle(90);
    await makeRole(acme, "One", []);
    clock.now += 309 * DAY * 1000;
    await makeRole(acme, "Two", []);
    clock.now += 2 * DAY * 1000;
    await makeRole(acme, "Three", []);
    expect(await endsOf()).toEqual([400, 400, 400, 401]);
  });

  it("stays so long, too, when nobody asked for the change", async () => {
    await settle(2_000);
    await changeWorkspace(
      test.store,
      { orgId: acme.org, workspaceId: acme.workspace },
      { actor: { kind: "system", id: "test" }, requestId: "r" },
      async () => ({
        value: undefined,
        outcome: {
          changes: [],
          audit: [{ chain: acme.workspace, action: "workspace.tested", target: { type: "workspace", id: "w" } }],
          reply: {},
        },
      }),
    );
    expect((await endsOf()).at(-1)).toBeGreaterThanOrEqual(2_000);
  });

  it("lets nothing but itself go: places have no end", async () => {
    await makeRole(acme, "One", []);
    const table = await readTable(test);
    for (const key of [keys.organization(acme.org), keys.workspace(acme.org, acme.workspace)]) {
      const item = table.get(`${key.pk} ${key.sk}`);
      expect(item).toMatchObject({ until: start + 400 * DAY });
      expect(item).not.toHaveProperty("expires");
    }
  });
});
