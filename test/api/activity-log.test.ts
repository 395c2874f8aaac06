/** The activity log: what happened to what comes and goes by itself, beside the audit log. */
import { beforeEach, describe, expect, it } from "vitest";
import { limits } from "../../lib/domain/limits.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { admit, assign, done, edit, makeAcme, makeRole, readTable } from "./acme.ts";
import type { Answer, Caller } from "./in-process.ts";
import { makeNeighbour, playbookRun, registerTypes } from "./resource-worlds.ts";

const DAY = 86_400_000;
const START = Date.parse("2026-12-01T00:00:00.250Z");
let now = START;
let test: TestStore;
let acme: Acme;
let L: string;

beforeEach(async () => {
  now = START;
  test = await openTestStore();
  acme = await makeAcme(test, () => now);
  L = `${acme.W}/activity-log`;
});

const call = (what: string, body?: unknown, by: Caller = acme.ann): Promise<Answer> =>
  acme.api.call(by, what, body === undefined ? {} : { body });
const put = (type: string, id: string, by?: Caller) =>
  done(call(`PUT ${acme.W}/resources/${type}/${id}`, { name: `The ${id}` }, by));
const rename = (type: string, id: string) =>
  done(acme.api.call(acme.ann, `PATCH ${acme.W}/resources/${type}/${id}`, edit({ name: `New ${id}` })));
const remove = (type: string, id: string) => done(call(`DELETE ${acme.W}/resources/${type}/${id}`));

interface Row {
  readonly seq: number;
  readonly at: string;
  readonly kind: string;
  readonly resource: { readonly type: string; readonly id: string; readonly name: string };
  readonly actor: { readonly kind: string; readonly id: string; readonly email?: string };
}

const read = async (query = ""): Promise<Row[]> => (await done(call(`GET ${L}?${query}`))).items;
const brief = (rows: readonly Row[]) => rows.map(({ kind, resource }) => `${kind} ${resource.id}`);

describe("the log", () => {
  it("has a row for each run and interaction made, changed and deleted, newest first", async () => {
    await put("workflow-run", "r");
    now += 1_000;
    await put("interaction", "i");
    await rename("workflow-run", "r");
    await remove("interaction", "i");
    const rows = await read();
    expect(brief(rows)).toEqual([
      "interaction.deleted i",
      "workflow-run.updated r",
      "interaction.created i",
      "workflow-run.created r",
    ]);
    expect(brief(await read("order=asc"))).toEqual(brief(rows).reverse());
    const actor = { kind: "user", id: acme.ann.userId, email: acme.ann.email };
    expect(rows[1]).toEqual({
      seq: expect.any(Number),
      at: new Date(START + 1_000).toISOString(),
      kind: "workflow-run.updated",
      resource: { type: "workflow-run", id: "r", name: "New r" },
      actor,
    });
    expect(rows[3]?.at).toBe(new Date(START).toISOString());
  });

  it("has the row of each of a bulk, of an own transient type, and of one that is replaced", async () => {
    await registerTypes(acme.api.host.store, acme.org, playbookRun);
    await done(
      call(`POST ${acme.W}/resources/acme.run/bulk`, { resources: ["a", "b"].map((id) => ({ id, name: id })) }),
    );
    await done(acme.api.call(acme.ann, `PUT ${acme.W}/resources/acme.run/a`, edit({ name: "Again" })));
    expect(brief(await read())).toEqual(["acme.run.updated a", "acme.run.created b", "acme.run.created a"]);
  });

  it("has nothing of what stays, of what was refused, or of another workspace", async () => {
    const south = await makeNeighbour(acme, "South");
    await put("workflow", "w");
    await put("case", "c");
    await rename("workflow", "w");
    await remove("case", "c");
    await call(`PUT ${acme.W}/resources/workflow-run/r`, { name: "" });
    await call(`DELETE ${acme.W}/resources/workflow-run/r`);
    await done(call(`PUT ${south.path}/resources/workflow-run/r`, { name: "R" }));
    expect(await read()).toEqual([]);
  });

  it("is apart from the audit log, whose entry of the same number exists too", async () => {
    await put("workflow-run", "r");
    await remove("workflow-run", "r");
    const rows = await read("order=asc");
    const { items } = await done(call(`GET ${acme.W}/audit-log?target=r&order=asc`));
    expect(items.map(({ seq, at, action }: { seq: number; at: string; action: string }) => [seq, at, action])).toEqual([
      [rows[0]?.seq, rows[0]?.at, "resource.created"],
      [rows[1]?.seq, rows[1]?.at, "resource.deleted"],
    ]);
    const { items: all } = await done(call(`GET ${acme.W}/audit-log?limit=500`));
    expect(all.filter(({ action }: { action: string }) => action.startsWith("workflow-run"))).toEqual([]);
  });

  it("tells nothing of attributes", async () => {
    const attributes = { token: { secret: true, value: "canary-1" }, plain: "canary-2" };
    await done(call(`PUT ${acme.W}/resources/workflow-run/r`, { name: "R", labels: { l: "canary-3" }, attributes }));
    expect(JSON.stringify(await read())).not.toContain("canary");
  });
});

describe("who may read it", () => {
  it("is who holds activity-log:read, which is enough", async () => {
    const reader = await admit(acme, "reader", await makeRole(acme, "Reader", ["activity-log:read"]));
    const other = await admit(acme, "other", await makeRole(acme, "Other", ["audit-log:read", "workflow-run:*"]));
    await put("workflow-run", "r", other);
    const mine = await call(`GET ${L}`, undefined, reader);
    expect([mine.status, mine.body.items]).toMatchObject([200, [{ actor: { id: other.userId } }]]);
    const theirs = await call(`GET ${L}`, undefined, other);
    expect([theirs.status, theirs.body.requiredScope]).toEqual([403, "activity-log:read"]);
    expect((await call(`GET ${acme.W}/audit-log`, undefined, reader)).status).toBe(403);
  });

  it("is of the workspace itself", async () => {
    const south = await makeNeighbour(acme, "South");
    const reader = await admit(acme, "reader", await makeRole(acme, "Reader", ["activity-log:read"]));
    expect((await call(`GET ${south.path}/activity-log`, undefined, reader)).status).toBe(403);
    await assign(acme, reader, ["rol_owner"], south.path);
    expect((await call(`GET ${south.path}/activity-log`, undefined, reader)).status).toBe(200);
  });
});

describe("pages", () => {
  const COUNT = 25;
  const readAll = async (query: string, limit: number, between?: () => Promise<unknown>) => {
    const rows: Row[] = [];
    let cursor: string | undefined;
    do {
      const at = `${query}&limit=${limit}${cursor === undefined ? "" : `&cursor=${cursor}`}`;
      const page = await done(call(`GET ${L}?${at}`));
      expect(page.items.length).toBeLessThanOrEqual(limit);
      rows.push(...page.items);
      cursor = page.nextCursor;
      if (cursor !== undefined) await between?.();
    } while (cursor !== undefined);
    return rows;
  };
  beforeEach(async () => {
    for (let made = 0; made < COUNT; made++) await put(made % 5 === 0 ? "interaction" : "workflow-run", `x${made}`);
  });

  it.each(["asc", "desc"] as const)("are complete, %s", async (order) => {
    const all = Array.from({ length: COUNT }, (_, index) => `x${index}`);
    const wanted = order === "asc" ? all : all.reverse();
    for (const limit of [1, 7, COUNT - 1, COUNT, COUNT + 1]) {
      const rows = await readAll(`order=${order}`, limit);
      expect(rows.map(({ resource }) => resource.id)).toEqual(wanted);
    }
  });

  it("stay where they were while more happens", async () => {
    const later = async () => put("workflow-run", `y${Math.random()}`);
    const down = await readAll("order=desc", 10, later);
    expect(down.map(({ resource }) => resource.id)).toEqual(
      Array.from({ length: COUNT }, (_, index) => `x${COUNT - 1 - index}`),
    );
    const up = await readAll("order=asc", 10);
    expect(up.map(({ seq }) => seq)).toEqual([...up.map(({ seq }) => seq)].sort((a, b) => a - b));
    expect(up).toHaveLength(COUNT + 2);
  });

  it.each([1, 3, 500])("are complete through a filter, %i at a time", async (limit) => {
    const rows = await readAll("resourceType=interaction", limit);
    expect(rows.map(({ resource }) => resource.id)).toEqual(["x20", "x15", "x10", "x5", "x0"]);
  });

  it("go on in their own list only", async () => {
    const { nextCursor } = await done(call(`GET ${L}?limit=1&order=asc`));
    const go = async (query: string) => (await call(`GET ${L}?${query}&cursor=${nextCursor}`)).status;
    expect([await go("limit=2&order=asc"), await go("limit=1"), await go("limit=1&order=asc&actor=x")]).toEqual([
      200, 400, 400,
    ]);
  });

  it("hold 500 rows at most", async () => {
    expect((await call(`GET ${L}?limit=${limits.auditPageMost}`)).status).toBe(200);
    expect((await call(`GET ${L}?limit=${limits.auditPageMost + 1}`)).status).toBe(400);
  });
});

describe("filters", () => {
  beforeEach(async () => {
    const bob = await admit(acme, "bob", "rol_owner");
    await put("workflow-run", "a");
    now += 1_000;
    await put("interaction", "a", bob);
    now += 1_000;
    await put("workflow-run", "b", bob);
  });
  const at = (milliseconds: number) => encodeURIComponent(new Date(START + milliseconds).toISOString());

  it.each<[string, () => string, string[]]>([
    ["the type", () => "resourceType=workflow-run", ["workflow-run b", "workflow-run a"]],
    ["the id", () => "resourceId=a", ["interaction a", "workflow-run a"]],
    ["both", () => "resourceId=a&resourceType=interaction", ["interaction a"]],
    ["who did it", () => `actor=${acme.ann.userId}`, ["workflow-run a"]],
    ["somebody's address", () => "actor=bob@acme.example", ["workflow-run b", "interaction a"]],
    ["nobody's deeds", () => "actor=usr_x", []],
    ["a beginning, which counts", () => `from=${at(1_000)}`, ["workflow-run b", "interaction a"]],
    ["an end, which does not", () => `to=${at(1_000)}`, ["workflow-run a"]],
    ["a time between", () => `from=${at(1)}&to=${at(1_001)}`, ["interaction a"]],
  ])("let through what is of %s", async (_, query, wanted) => {
    expect((await read(query())).map(({ resource: { type, id } }) => `${type} ${id}`)).toEqual(wanted);
  });

  it.each(["order=up", "from=yesterday", "kind=x", "resourceType=a&resourceType=b"])(
    "that are none are malformed: %s",
    async (query) => {
      expect((await call(`GET ${L}?${query}`)).status).toBe(400);
    },
  );
});

describe("after 90 days", () => {
  it("a row is over to the second, taken from the table or not", async () => {
    await put("workflow-run", "first");
    now += DAY;
    await put("workflow-run", "second");
    // Whole seconds, and never before its time.
    const end = Math.ceil((START + limits.activityDays * DAY) / 1_000) * 1_000;
    now = end - 1;
    expect(brief(await read())).toEqual(["workflow-run.created second", "workflow-run.created first"]);
    now = end;
    expect(brief(await read())).toEqual(["workflow-run.created second"]);
    for (const order of ["asc", "desc"]) {
      expect((await done(call(`GET ${L}?limit=1&order=${order}`))).items).toHaveLength(1);
    }
    const stored = [...(await readTable(test)).values()].filter(({ pk }) => String(pk).endsWith("#ACTIVITY"));
    expect(stored.map(({ expires }) => expires)).toEqual([end / 1_000, (end + DAY) / 1_000]);
    expect((await done(call(`GET ${acme.W}/audit-log?target=first`))).items).toHaveLength(1);
  });
});
