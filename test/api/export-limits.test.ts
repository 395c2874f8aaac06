/** How much an organization can have exported, and a job that finds less than there was. */
import { randomUUID } from "node:crypto";
import { DeleteCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect, it } from "vitest";
import type { ExportId } from "../../lib/domain/ids.ts";
import { limits } from "../../lib/domain/limits.ts";
import { keys } from "../../lib/store/keys.ts";
import { done } from "./acme.ts";
import type { ExportWorld } from "./export-world.ts";
import { addEntries, ask, filesOf, openExportWorld, show, work } from "./export-world.ts";

const DAY = 86_400_000;

async function readJob({ opened: { store }, acme }: ExportWorld, id: ExportId) {
  const { job } = await store.read({ job: store.auditExports.at(acme.org, id) });
  if (job === undefined) throw new Error("there is no such job");
  return job;
}

describe("a hundred jobs are kept", () => {
  it("and no more, until they are over; then those that run count as ever", async () => {
    const world = await openExportWorld();
    const { api, ann, O } = world.acme;
    const again = () => api.call(ann, `POST ${O}/audit-log/exports`, { body: {} });
    for (let made = 0; made < limits.exportsKept; made++) await work(world, await ask(world));
    expect(await again()).toMatchObject({ status: 409, body: { detail: "100 exports are kept; each is for 7 days." } });
    world.clock.now += (limits.exportDays + 1) * DAY;
    // The table still has the others, a page of them before these.
    for (let made = 0; made < limits.exportsRunning; made++) expect((await again()).status).toBe(201);
    expect(await again()).toMatchObject({ status: 409, body: { detail: expect.stringContaining("are running") } });
    expect((await done(api.call(ann, `GET ${O}/audit-log/exports`))).items).toHaveLength(limits.exportsRunning);
  });
});

describe("a job", () => {
  it("of more files than there may be has failed and says what to do, and no such file is there", async () => {
    const world = await openExportWorld();
    const id = await ask(world);
    const before = await readJob(world, id);
    const { store } = world.opened;
    const almost = store.auditExports.move(before, { ...before, files: limits.exportFiles });
    await store.commit(almost, randomUUID(), async () => false);
    expect(await work(world, id)).toEqual([]);
    expect(await show(world, id)).toMatchObject({
      state: "failed",
      error: "It has more than 2000 files. Ask for a shorter range.",
    });
    expect([...(await filesOf(world, id)).keys()]).toEqual([]);
  });

  it("of which all the rest has gone since is ready with what it has", async () => {
    const world = await openExportWorld();
    const { acme, opened } = world;
    await addEntries(opened, acme.place, limits.exportFileEntries + 10);
    const id = await ask(world, { workspaceId: acme.workspace });
    const { head } = await readJob(world, id);
    for (let seq = limits.exportFileEntries + 1; seq <= head.seq; seq++) {
      const Key = keys.auditEntry(acme.place, seq);
      await opened.client.send(new DeleteCommand({ TableName: opened.tableName, Key }));
    }
    expect(await work(world, id)).toEqual([]);
    const { state, progress } = await show(world, id);
    expect({ state, progress }).toEqual({
      state: "ready",
      progress: { entries: limits.exportFileEntries, looked: head.seq, of: head.seq },
    });
  });
});
