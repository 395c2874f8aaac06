/** Lists of resources: the workspace's own and those shared with it in one order of ids, complete, filtered, in pages. */
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { makeIdMaker } from "../../lib/api/id-maker.ts";
import { limits } from "../../lib/domain/limits.ts";
import type { Resource } from "../../lib/domain/resources.ts";
import type { WorkspaceRef } from "../../lib/store/keys.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { done, edit, makeAcme } from "./acme.ts";
import type { Answer } from "./in-process.ts";
import { makeNeighbour, playbookRun, registerTypes, share } from "./resource-worlds.ts";

let now = Date.now();
let acme: Acme;
let south: Awaited<ReturnType<typeof makeNeighbour>>;

beforeAll(async () => {
  acme = await makeAcme(await openTestStore(), () => now);
  south = await makeNeighbour(acme, "South");
  await registerTypes(acme.api.host.store, acme.org, playbookRun);
});

const call = (what: string, body?: unknown): Promise<Answer> =>
  acme.api.call(acme.ann, what, body === undefined ? {} : { body });
const own = (type: string, id: string, body: object = {}) =>
  done(call(`PUT ${acme.W}/resources/${type}/${id}`, { name: id, ...body }));
/** One of South that is shared with the workspace. */
const shared = async (type: string, id: string, body: object = {}, ...actions: string[]) => {
  await done(call(`PUT ${south.path}/resources/${type}/${id}`, { name: id, ...body }));
  return share(acme, south.path, [type, id], acme.workspace, ...(actions.length === 0 ? ["read"] : actions));
};

const here = (): WorkspaceRef => ({ orgId: acme.org, workspaceId: acme.workspace });

interface Row {
  readonly id: string;
  readonly name: string;
  readonly shared?: object;
}

const page = (type: string, query = "") => call(`GET ${acme.W}/resources/${type}${query === "" ? "" : `?${query}`}`);
/** Every row, read in pages of so many. */
async function readAll(
  type: string,
  query = "",
  limit = 3,
  between?: (page: number) => Promise<unknown>,
): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | undefined;
  for (let read = 0; read === 0 || cursor !== undefined; read++) {
    const at = `limit=${limit}${query === "" ? "" : `&${query}`}${cursor === undefined ? "" : `&cursor=${cursor}`}`;
    const { items, nextCursor } = await done(page(type, at));
    expect(items.length).toBeLessThanOrEqual(limit);
    rows.push(...items);
    cursor = nextCursor;
    if (cursor !== undefined) await between?.(read);
  }
  return rows;
}
const ids = (rows: readonly Row[]) => rows.map(({ id }) => id);

describe("a list", () => {
  it("shows each resource without its attributes, and where a shared one is from", async () => {
    const labels = { team: "soc" };
    await own("observable", "a", { labels, attributes: { big: "x" } });
    await shared("observable", "b", { attributes: { big: "x" } });
    const { items, nextCursor } = await done(page("observable"));
    const common = { type: "observable", createdAt: expect.any(String), version: 1 };
    expect(items).toEqual([
      { ...common, id: "a", name: "a", labels },
      {
        ...common,
        id: "b",
        name: "b",
        labels: {},
        shared: { shareId: expect.any(String), from: { workspaceId: south.id, name: "South" }, actions: ["read"] },
      },
    ]);
    expect(nextCursor).toBeUndefined();
  });

  it("is of one type of one workspace", async () => {
    await own("page", "mine");
    await done(call(`PUT ${south.path}/resources/page/theirs`, { name: "theirs" }));
    expect(ids(await readAll("page"))).toEqual(["mine"]);
    expect(ids(await readAll("dashboard"))).toEqual([]);
  });
});

describe("own and shared resources", () => {
  const order = ["A", "B", "Z", "_", "a", "a-", "a.b", "aa", "b", "~"];
  beforeAll(async () => {
    for (const [index, id] of order.entries()) await (index % 3 === 1 ? shared("runbook", id) : own("runbook", id));
  });

  it.each([1, 2, 3, 4, 9, 10, 100])("come in the one order of their ids, in pages of %i", async (limit) => {
    // That of their characters' codes.
    const sorted = [...order].sort((a, b) => (a < b ? -1 : 1));
    expect(ids(await readAll("runbook", "", limit))).toEqual(sorted);
    const origins = {
      own: await readAll("runbook", "origin=own", limit),
      shared: await readAll("runbook", "origin=shared", limit),
    };
    expect(ids(origins.own)).toEqual(sorted.filter((id) => order.indexOf(id) % 3 !== 1));
    expect(ids(origins.shared)).toEqual(sorted.filter((id) => order.indexOf(id) % 3 === 1));
    expect(origins.own.every((row) => row.shared === undefined)).toBe(true);
    expect(origins.shared.every((row) => row.shared !== undefined)).toBe(true);
  });

  it("are whole where all of one kind come before all of the other", async () => {
    for (const id of ["a1", "a2", "a3", "a4"]) await own("global-variable", id);
    for (const id of ["b1", "b2", "b3", "b4"]) await shared("global-variable", id);
    for (const limit of [1, 2, 3, 8]) {
      expect(ids(await readAll("global-variable", "", limit))).toEqual([
        "a1",
        "a2",
        "a3",
        "a4",
        "b1",
        "b2",
        "b3",
        "b4",
      ]);
    }
  });

  it("are complete and come once whatever changes between pages", async () => {
    for (const id of ["c1", "c3", "c5", "c7"]) await own("custom-step", id);
    for (const id of ["c2", "c4", "c6"]) await shared("custom-step", id);
    const rows = await readAll("custom-step", "", 2, async (read) => {
      if (read > 0) return;
      // c1 and c2 were shown.
      await call(`DELETE ${acme.W}/resources/custom-step/c1`);
      await call(`DELETE ${acme.W}/resources/custom-step/c3`);
      await own("custom-step", "c0");
      await own("custom-step", "c35");
      await shared("custom-step", "c65");
      await call(`DELETE ${south.path}/resources/custom-step/c4?force=true`);
    });
    expect(ids(rows)).toEqual(["c1", "c2", "c35", "c5", "c6", "c65", "c7"]);
  });
});

describe("a shared resource", () => {
  it("is shown as it is in its source now", async () => {
    await shared("step-runner", "r1", { labels: { v: "1" } });
    await done(
      acme.api.call(
        acme.ann,
        `PATCH ${south.path}/resources/step-runner/r1`,
        edit({ name: "Renamed", labels: { v: "2" } }),
      ),
    );
    expect((await readAll("step-runner"))[0]).toMatchObject({ name: "Renamed", labels: { v: "2" }, version: 2 });
    expect(ids(await readAll("step-runner", "label=v=2"))).toEqual(["r1"]);
    expect(ids(await readAll("step-runner", "label=v=1"))).toEqual([]);
  });

  it("is in no list unless the share lets one read it", async () => {
    await shared("step-integration", "used", {}, "use");
    await shared("step-integration", "seen", {}, "read", "use");
    expect(ids(await readAll("step-integration"))).toEqual(["seen"]);
    expect((await page("step-integration/used")).status).toBe(403);
  });

  const ends: readonly [string, (share: string) => Promise<unknown>][] = [
    ["revoked by its source", (id) => done(call(`POST ${south.path}/shares/${id}/revoke`))],
    ["revoked by its target", (id) => done(call(`POST ${acme.W}/shares/${id}/revoke`))],
    ["deleted in its source", () => call(`DELETE ${south.path}/resources/trigger-integration/t?force=true`)],
  ];
  it.each(ends)("is in no list once it was %s, and its id is free", async (_, end) => {
    const id = await shared("trigger-integration", "t");
    expect(ids(await readAll("trigger-integration"))).toEqual(["t"]);
    await end(id);
    expect(ids(await readAll("trigger-integration"))).toEqual([]);
    expect((await call(`GET ${acme.W}/resources/trigger-integration/t`)).status).toBe(404);
    await own("trigger-integration", "t");
    for (const limit of [1, 100]) {
      const rows = await readAll("trigger-integration", "", limit);
      expect([ids(rows), rows[0]?.shared]).toEqual([["t"], undefined]);
    }
    await call(`DELETE ${acme.W}/resources/trigger-integration/t`);
    await call(`DELETE ${south.path}/resources/trigger-integration/t?force=true`);
  });

  it("is hidden while its source is suspended", async () => {
    const east = await makeNeighbour(acme, "East");
    for (const id of ["one", "two"]) {
      await done(call(`PUT ${east.path}/resources/workflow/${id}`, { name: id }));
      await share(acme, east.path, ["workflow", id], acme.workspace, "read");
    }
    expect(ids(await readAll("workflow", "origin=shared"))).toEqual(["one", "two"]);
    await done(call(`POST ${east.path}/suspend`));
    expect(ids(await readAll("workflow"))).toEqual([]);
    await done(call(`POST ${east.path}/resume`));
    for (const limit of [1, 2]) {
      const rows = await readAll("workflow", "", limit);
      expect(rows.map(({ id, shared: from }) => [id, from !== undefined])).toEqual([
        ["one", true],
        ["two", true],
      ]);
    }
  });

  it("is shown in the place of an own one of its id that is over, however the pages fall", async () => {
    now += 86_400_000;
    await own("acme.run", "x", { expiresAt: new Date(now + 1_000).toISOString() });
    await own("acme.run", "y");
    now += 1_000;
    await shared("acme.run", "x");
    for (const limit of [1, 2, 100]) {
      const rows = await readAll("acme.run", "", limit);
      expect(rows.map(({ id, shared: from }) => [id, from !== undefined])).toEqual([
        ["x", true],
        ["y", false],
      ]);
    }
  });
});

describe("variables through a share", () => {
  it.each(["workspace-variable", "global-variable"])("are live and cannot be changed: %s", async (type) => {
    await shared(type, "region", { attributes: { value: "eu", key: { secret: true, value: "canary" } } });
    const at = `${acme.W}/resources/${type}/region`;
    expect((await done(call(`GET ${at}`))).attributes).toEqual({ value: "eu", key: { secret: true } });
    await done(
      acme.api.call(acme.ann, `PATCH ${south.path}/resources/${type}/region`, edit({ attributes: { value: "us" } })),
    );
    expect((await done(call(`GET ${at}`))).attributes).toEqual({ value: "us", key: { secret: true } });
    for (const [method, body] of [
      ["PATCH", { attributes: { value: "x" } }],
      ["DELETE", undefined],
    ] as const) {
      const answer = await acme.api.call(acme.ann, `${method} ${at}`, body === undefined ? {} : edit(body));
      expect([method, answer.status, answer.body.code, answer.body.requiredScope]).toEqual([
        method,
        403,
        "access.denied",
        `${type}:write`,
      ]);
    }
    expect((await call(`PUT ${at}`, { name: "x" })).body.code).toBe("id.taken");
    expect((await call(`POST ${acme.W}/resources/${type}`, { id: "region", name: "x" })).body.code).toBe("id.taken");
    expect((await done(call(`GET ${south.path}/resources/${type}/region`))).attributes.value).toBe("us");
  });
});

describe("a filter", () => {
  beforeAll(async () => {
    await own("case", "1", { name: "Triage EU", labels: { team: "soc", tier: "1" } });
    await own("case", "2", { name: "triage US", labels: { team: "soc", "a=b": "c=d" } });
    await own("case", "3", { name: "Straße", labels: { team: "", constructor: "x" } });
    await own("case", "4", { name: "ΟΔΟΣΑ", labels: { team: "csirt" } });
    await own("case", "5", { name: "Tri", labels: {} });
  });

  it.each<[string, string[]]>([
    ["label=team", ["1", "2", "3", "4"]],
    ["label=team=soc", ["1", "2"]],
    ["label=team=", ["3"]],
    ["label=team=s", []],
    ["label=tier=1", ["1"]],
    ["label=constructor", ["3"]],
    ["label=toString", []],
    ["label=a=b=c=d", ["2"]],
    ["label=a=b", ["2"]],
    ["namePrefix=tri", ["1", "2", "5"]],
    ["namePrefix=TRIAGE", ["1", "2"]],
    ["namePrefix=Tri%20", []],
    ["namePrefix=Triage%20", ["1", "2"]],
    ["namePrefix=Triage%20e", ["1"]],
    ["namePrefix=riage", []],
    ["namePrefix=%20", []],
    ["namePrefix=STRASS", ["3"]],
    ["namePrefix=οδοσ", ["4"]],
    ["namePrefix=ΟΔΟΣ", ["4"]],
    ["namePrefix=triage&label=tier", ["1"]],
    ["origin=own&label=team=csirt", ["4"]],
    ["origin=shared", []],
  ])("of %s lets through %j", async (query, wanted) => {
    for (const limit of [1, 100]) expect(ids(await readAll("case", query, limit))).toEqual(wanted);
  });

  it.each([
    ["origin=theirs", "/origin"],
    ["label=", "/label"],
    [`label=${"x".repeat(limits.labelNameLength + 2 + limits.labelValueLength)}`, "/label"],
    ["namePrefix=", "/namePrefix"],
    [`namePrefix=${"x".repeat(limits.nameLength + 1)}`, "/namePrefix"],
    ["name=x", "/name"],
    ["limit=0", "/limit"],
    ["limit=101", "/limit"],
    ["origin=own&origin=own", "/origin"],
  ])("that is none is malformed: %s", async (query, pointer) => {
    const { status, body } = await page("case", query);
    expect([status, body.code, body.errors[0].pointer]).toEqual([400, "request.malformed", pointer]);
  });
});

describe("a cursor", () => {
  it("goes on in the list that it was made for, and in no other", async () => {
    await own("interaction", "1");
    await own("interaction", "2");
    const { nextCursor } = await done(page("case", "limit=1&namePrefix=tri"));
    const go = async (what: string) => (await call(`GET ${what}&cursor=${nextCursor}`)).status;
    expect(await go(`${acme.W}/resources/case?limit=1&namePrefix=tri`)).toBe(200);
    expect(await go(`${acme.W}/resources/case?limit=2&namePrefix=tri`)).toBe(200);
    expect(await go(`${acme.W}/resources/case?limit=1&namePrefix=triage`)).toBe(400);
    expect(await go(`${acme.W}/resources/case?limit=1`)).toBe(400);
    expect(await go(`${acme.W}/resources/case?limit=1&namePrefix=tri&origin=own`)).toBe(400);
    expect(await go(`${acme.W}/resources/interaction?limit=1&namePrefix=tri`)).toBe(400);
    expect(await go(`${south.path}/resources/case?limit=1&namePrefix=tri`)).toBe(400);
  });
});

/** Many own resources, beneath the API. */
async function growOwn(type: string, rows: readonly Pick<Resource, "id" | "name" | "labels">[]): Promise<void> {
  const { store } = acme.api.host;
  const common = { type, incarnation: makeIdMaker(now)("res"), createdAt: new Date(now).toISOString(), version: 1 };
  for (let start = 0; start < rows.length; start += 100) {
    const changes = rows.slice(start, start + 100).map((row) => store.resources.put(here(), { ...common, ...row }));
    await store.commit(changes, randomUUID(), async () => false);
  }
}

describe("a filter that few fit", () => {
  it("still comes to an end, with everything that fits", async () => {
    const rows = Array.from({ length: 2_100 }, (_, index) => ({
      id: `w${String(index).padStart(4, "0")}`,
      name: "Run",
      labels: { n: String(index) },
    }));
    await growOwn("workflow-run", rows);
    const { items, nextCursor } = await done(page("workflow-run", "label=n=2099"));
    expect([items, nextCursor === undefined]).toEqual([[], false]);
    expect(ids(await readAll("workflow-run", "label=n=2099"))).toEqual(["w2099"]);
    expect(ids(await readAll("workflow-run", "label=n", 100))).toHaveLength(rows.length);
  });

  it("finds all of both lists where one of them is too large to be read at once", async () => {
    const { store } = acme.api.host;
    const labels = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`l${index}`, "x".repeat(128)]));
    const rows = Array.from({ length: 600 }, (_, index) => ({
      id: `d${String(index).padStart(3, "0")}`,
      name: index === 599 ? "Last" : "Other",
      labels,
    }));
    await growOwn("dashboard", rows);
    const { key } = store.shares.sharedAt(here(), "dashboard", "e");
    const over = { s: "shr_x", i: "res_x", f: south.id, a: "read", r: true };
    await store.commit([{ kind: "put", key, item: over }], randomUUID(), async () => false);
    const first = await store.resources.list(here(), "dashboard", { limit: 500 });
    expect(first.items.length).toBeLessThan(500);
    expect(ids(await readAll("dashboard", "namePrefix=last"))).toEqual(["d599"]);
  });
});
