/** The function that tidies up, as a cold start loads it, on what the API's own changes leave behind. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { RoleId, WorkspaceId } from "../../lib/domain/ids.ts";
import type { PlaceRef } from "../../lib/store/keys.ts";
import { keys } from "../../lib/store/keys.ts";
import type { Acme } from "../api/acme.ts";
import {
  admit,
  assign,
  done,
  edit,
  makeAcme,
  makeRole,
  makeSharedRole,
  makeWorkspace,
  readTable,
} from "../api/acme.ts";
import type { Caller } from "../api/in-process.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import { catchLog, linesOf, loadClockFunction, type Run } from "./clock-function.ts";

let logged: string[];
let opened: TestStore;
let surroundings: Record<string, string>;
let run: Run;
let acme: Acme;
let vic: Caller;

beforeAll(async () => {
  logged = catchLog();
  opened = await openTestStore();
  surroundings = {
    AWS_ENDPOINT_URL_DYNAMODB: opened.endpoint,
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    POWERTOOLS_SERVICE_NAME: "sweeper",
    LOG_LEVEL: "INFO",
    TABLE_NAME: opened.tableName,
  };
  run = await loadSweeper();
  acme = await makeAcme(opened);
  vic = await admit(acme, "vic");
});

beforeEach(() => {
  logged.length = 0;
});

afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const loadSweeper = (changes: Record<string, string> = {}) =>
  loadClockFunction({ name: "sweeper", every: 60_000, usual: 60_000 }, { ...surroundings, ...changes });
const told = (message: string) => linesOf(logged, message);

/** Makes a workspace in which somebody else holds a role of its own, and deletes it. */
async function deleteWorkspace(name: string): Promise<PlaceRef & { workspaceId: WorkspaceId }> {
  const workspaceId = await makeWorkspace(acme, name);
  const W = `${acme.O}/workspaces/${workspaceId}`;
  const roleId = await makeRole(acme, "Own", [], W);
  await assign(acme, vic, ["rol_viewer", roleId], W);
  await done(acme.api.call(acme.ann, `POST ${W}/suspend`, edit({})));
  await done(acme.api.call(acme.ann, `DELETE ${W}`, edit({})));
  return { orgId: acme.org, workspaceId };
}

/** Every item that has to do with it, but its chain and the mark that it was there. */
async function remainsOf({ orgId, workspaceId }: PlaceRef & { workspaceId: WorkspaceId }): Promise<string[]> {
  const mark = keys.workspace(orgId, workspaceId);
  const { pk: chain } = keys.auditEntry({ orgId, workspaceId }, 1);
  return [...(await readTable(opened)).keys()].filter(
    (key) => key.includes(workspaceId) && key !== `${mark.pk} ${mark.sk}` && !key.startsWith(`${chain} `),
  );
}

const tasks = async () => (await opened.store.sweeps.list(acme.org)).length;

describe("the sweeper", () => {
  it("leaves of a workspace that is gone nothing but its chain and its mark", async () => {
    const gone = await deleteWorkspace("South");
    expect((await remainsOf(gone)).length).toBeGreaterThan(5);
    await run();
    expect(await remainsOf(gone)).toEqual([]);
    expect(await tasks()).toBe(0);
    const { workspaceId } = gone;
    expect(
      (await readTable(opened)).get(`${keys.auditEntry(gone, 1).pk} ${keys.auditEntry(gone, 1).sk}`),
    ).toBeDefined();
    expect((await acme.api.call(acme.ann, `GET ${acme.O}/workspaces/${workspaceId}`)).status).toBe(404);
    expect(told("swept")).toMatchObject([{ done: 1, left: 0 }]);
  });

  it("leaves nothing of what a removed user held", async () => {
    const una = await admit(acme, "una", "rol_viewer");
    await done(acme.api.call(acme.ann, `DELETE ${acme.O}/users/${una.userId}`, edit({})));
    await run();
    const left = [...(await readTable(opened)).keys()].filter((key) => key.includes(una.userId));
    expect(left.filter((key) => key.startsWith(`ORG#${acme.org.slice(4)}`))).toEqual([]);
    expect(await tasks()).toBe(0);
  });

  it("gives the holders of a replaced role the one in its place, by name", async () => {
    const [from, to] = [await makeSharedRole(acme, "From", []), await makeSharedRole(acme, "To", [])];
    await assign(acme, vic, [from]);
    await done(acme.api.call(acme.ann, `DELETE ${acme.O}/roles/${from}?reassignTo=${to}`, edit({})));
    await run();
    const { held } = await opened.store.read({ held: opened.store.assignments.at(acme.place, vic.userId) });
    expect(held?.grants.map(({ roleId }) => roleId)).toEqual([to]);
    expect(await tasks()).toBe(0);
  });

  it("gives the holders of a role that was replaced by a replaced one what stands at the end of the line", async () => {
    const [last, middle, first] = [
      await makeSharedRole(acme, "Last", []),
      await makeSharedRole(acme, "Middle", []),
      await makeSharedRole(acme, "First", []),
    ];
    await assign(acme, vic, [first]);
    await done(acme.api.call(acme.ann, `DELETE ${acme.O}/roles/${first}?reassignTo=${middle}`, edit({})));
    await done(acme.api.call(acme.ann, `DELETE ${acme.O}/roles/${middle}?reassignTo=${last}`, edit({})));
    // By age the middle one comes before the one that leads to it.
    for (let runs = 0; runs < 2; runs++) await run();
    const { held } = await opened.store.read({ held: opened.store.assignments.at(acme.place, vic.userId) });
    expect(held?.grants.map(({ roleId }) => roleId)).toEqual([last]);
    expect(await tasks()).toBe(0);
  });

  it("is silent where nothing is left to do", async () => {
    await run();
    expect(told("swept")).toEqual([]);
  });

  it("begins nothing when its time is nearly over, and says what it leaves", async () => {
    const gone = await deleteWorkspace("East");
    // Somebody who held nothing: no more than the task itself is left of them.
    const kim = await admit(acme, "kim");
    await done(acme.api.call(acme.ann, `DELETE ${acme.O}/users/${kim.userId}`, edit({})));
    const before = await remainsOf(gone);
    await run(10_000);
    expect(await remainsOf(gone)).toEqual(before);
    expect(await tasks()).toBe(2);
    expect(told("swept")).toMatchObject([{ done: 0, left: 2 }]);
    await run();
    expect(await remainsOf(gone)).toEqual([]);
  });

  it("may run beside itself", async () => {
    const gone = [await deleteWorkspace("Up"), await deleteWorkspace("Down")];
    await Promise.all([run(), run(), run()]);
    for (const place of gone) expect(await remainsOf(place)).toEqual([]);
    expect(await tasks()).toBe(0);
  });

  it("goes on with the others when one task fails, and then fails for it until it is mended", async () => {
    const [spoilt, sound] = [await deleteWorkspace("Spoilt"), await deleteWorkspace("Sound")];
    const key = keys.role(spoilt, "rol_spoilt" as RoleId);
    const commit = (change: Parameters<typeof opened.store.commit>[0][number]) =>
      opened.store.commit([change], crypto.randomUUID(), async () => false);
    await commit({ kind: "put", key, item: {} });
    await expect(run()).rejects.toThrow("1 of 2 tasks could not be worked on.");
    expect(await remainsOf(sound)).toEqual([]);
    expect(told("swept")).toMatchObject([{ done: 1, left: 1 }]);
    expect(told("a task could not be worked on")).toMatchObject([
      { level: "ERROR", task: { kind: "workspace", ...spoilt }, error: { name: "TypeError" } },
    ]);
    await commit({ kind: "delete", key });
    await run();
    expect(await remainsOf(spoilt)).toEqual([]);
  });

  it("goes through more tasks than one page holds", async () => {
    const { orgId } = acme.place;
    const ids = Array.from({ length: 101 }, (_, index) => `wks_none${String(index).padStart(3, "0")}` as WorkspaceId);
    const additions = ids.map((workspaceId) => opened.store.sweeps.add({ kind: "workspace", orgId, workspaceId }));
    for (const some of [additions.slice(0, 60), additions.slice(60)]) {
      await opened.store.commit(some, crypto.randomUUID(), async () => false);
    }
    await run();
    expect(told("swept")).toMatchObject([{ done: 101, left: 0 }]);
    expect(await tasks()).toBe(0);
  });
});

describe("the sweeper fails", () => {
  it("when the table is not there", async () => {
    const lost = await loadSweeper({ TABLE_NAME: "no-such-table" });
    await expect(lost()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  it("when the engine does not answer", async () => {
    const deaf = await loadSweeper({ AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:9" });
    await expect(deaf()).rejects.toThrow();
  });

  it("to start without TABLE_NAME", async () => {
    await expect(loadSweeper({ TABLE_NAME: "" })).rejects.toThrow("TABLE_NAME is not set");
  });
});
