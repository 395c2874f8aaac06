/** Exports of the audit log: what is asked for and refused, what the worker writes, and that it may be broken off anywhere. */
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { workOnExports } from "../../lib/api/export-round.ts";
import { readExportManifest } from "../../lib/domain/export-manifest.ts";
import type { ExportId } from "../../lib/domain/ids.ts";
import { limits } from "../../lib/domain/limits.ts";
import type { StoreCall } from "../../lib/store/table.ts";
import { admit, done, makeRole, makeWorkspace } from "./acme.ts";
import { Breakage, type Moment } from "./breakable.ts";
import type { ExportWorld } from "./export-world.ts";
import { addEntries, ask, filesOf, linesOf, openExportWorld, show, work } from "./export-world.ts";

const HOUR = 3_600_000;
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

async function manifestOf(world: ExportWorld, id: ExportId) {
  const { manifest, signature } = JSON.parse((await filesOf(world, id)).get("manifest.json") ?? "");
  expect(await world.archive.signingKey.isSigned(manifest, signature)).toBe(true);
  const read = readExportManifest(manifest);
  if (read === undefined) throw new Error("it is no manifest");
  return read;
}

/** The lines of all its files. */
async function exportedLines(world: ExportWorld, id: ExportId): Promise<string[]> {
  const files = [...(await filesOf(world, id))].filter(([name]) => name.endsWith(".jsonl"));
  return files.flatMap(([, text]) => text.split("\n").slice(0, -1));
}

describe("an export of a long chain", () => {
  const many = 2 * limits.exportFileEntries + 50;
  let world: ExportWorld;
  let id: ExportId;
  let made: Awaited<ReturnType<typeof show>>;

  beforeAll(async () => {
    world = await openExportWorld();
    await addEntries(world.opened, world.acme.place, many);
    id = await ask(world, { workspaceId: world.acme.workspace });
    made = await show(world, id);
    await addEntries(world.opened, world.acme.place, 10);
  });

  it("is a job that has done nothing at first, and leaves an entry in the organization's chain", async () => {
    const { acme } = world;
    const of = many + 1;
    expect(made).toEqual({
      id,
      state: "running",
      filter: { workspaceId: acme.workspace },
      chain: acme.workspace,
      createdAt: new Date(world.clock.now).toISOString(),
      createdBy: acme.ann.userId,
      expiresAt: expect.stringMatching(/Z$/),
      progress: { entries: 0, looked: 0, of },
      files: [],
    });
    const { items } = await done(acme.api.call(acme.ann, `GET ${acme.O}/audit-log?limit=1`));
    expect(items[0]).toMatchObject({
      action: "organization.exported",
      actor: { id: acme.ann.userId },
      target: { type: "audit-export", id },
      after: { chain: acme.workspace, seq: of, filter: { workspaceId: acme.workspace } },
    });
  });

  it("goes on where its time ended, and shows how far it is", async () => {
    const { acme, desk } = world;
    let reads = 0;
    // The time is over once the first step was begun.
    const hurried = { ...desk, now: () => (reads++ < 2 ? desk.now() : Number.POSITIVE_INFINITY) };
    await workOnExports(hurried, [{ orgId: acme.org, id }], desk.now() + 1);
    const { state, progress, files } = await show(world, id);
    expect({ state, progress }).toEqual({
      state: "running",
      progress: { entries: limits.exportFileEntries, looked: limits.exportFileEntries, of: many + 1 },
    });
    expect(files).toEqual([expect.not.objectContaining({ url: expect.anything() })]);
    expect(await work(world, id)).toEqual([]);
  });

  it("ends as files of just the lines that the API gives, up to where the chain was when it was asked for", async () => {
    const lines = await exportedLines(world, id);
    const all = await linesOf(world, `&workspaceId=${world.acme.workspace}`);
    expect(lines).toHaveLength(many + 1);
    expect(lines).toEqual(all.slice(0, many + 1));
  });

  it("tells each file as it is, and where it can be had", async () => {
    const files = await filesOf(world, id);
    const { state, progress, files: shown, manifest } = await show(world, id);
    expect([state, progress]).toEqual(["ready", { entries: many + 1, looked: many + 1, of: many + 1 }]);
    expect(shown).toHaveLength(3);
    for (const { name, entries, bytes, sha256: hash, url } of shown) {
      const text = files.get(name) ?? "";
      expect([entries, bytes, hash]).toEqual([text.split("\n").length - 1, Buffer.byteLength(text), sha256(text)]);
      expect(url).toMatch(new RegExp(`exports/${world.acme.org}/${id}/${name}$`));
    }
    expect(manifest).toMatchObject({ name: "manifest.json", url: expect.stringMatching(/manifest\.json$/) });
  });

  it("has a signed manifest that says which entries are in which file, and where the chain ended", async () => {
    const { acme } = world;
    const manifest = await manifestOf(world, id);
    const last = JSON.parse((await exportedLines(world, id)).at(-1) ?? "");
    expect(manifest).toMatchObject({
      organization: acme.org,
      export: id,
      chain: acme.workspace,
      filter: { workspaceId: acme.workspace },
      first: 1,
      head: { seq: many + 1, hash: last.hash },
    });
    expect(manifest).not.toHaveProperty("isFiltered");
    expect(manifest.files.map(({ name, seqs }) => [name, seqs])).toEqual([
      ["part-000001.jsonl", `1-${limits.exportFileEntries}`],
      ["part-000002.jsonl", `${limits.exportFileEntries + 1}-${2 * limits.exportFileEntries}`],
      ["part-000003.jsonl", `${2 * limits.exportFileEntries + 1}-${many + 1}`],
    ]);
    expect(manifest.files.some(({ marks }) => marks !== undefined)).toBe(false);
  });

  it("is not touched by another round", async () => {
    const before = await filesOf(world, id);
    expect(await work(world, id, id)).toEqual([]);
    expect(await filesOf(world, id)).toEqual(before);
  });
});

describe("a filter", () => {
  let world: ExportWorld;

  beforeAll(async () => {
    world = await openExportWorld();
    await addEntries(world.opened, world.acme.place, 300);
  });

  const filters: readonly [object, string][] = [
    [{ actor: "eve@acme.example" }, "&actor=eve@acme.example"],
    [{ actor: "usr_bob" }, "&actor=usr_bob"],
    [{ action: "role.updated" }, "&action=role.updated"],
    [{ target: "rol_7" }, "&target=rol_7"],
    [
      { from: "2026-01-01T00:01:00Z", to: "2026-01-01T00:02:00Z" },
      "&from=2026-01-01T00:01:00Z&to=2026-01-01T00:02:00Z",
    ],
    [{ action: "role.updated", actor: "usr_eve" }, "&action=role.updated&actor=usr_eve"],
  ];

  it.each(filters)("%j lets through what the list does, and its manifest names each entry", async (filter, query) => {
    const { workspace } = world.acme;
    const id = await ask(world, { ...filter, workspaceId: workspace });
    await work(world, id);
    const lines = await exportedLines(world, id);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(300);
    expect(lines).toEqual(await linesOf(world, `&workspaceId=${workspace}${query}`));
    const manifest = await manifestOf(world, id);
    expect(manifest).toMatchObject({ isFiltered: true, head: { seq: 301 } });
    expect(manifest.files[0]?.marks).toBe(lines.map((line) => JSON.parse(line).hash.slice(0, 4)).join(""));
  });

  it("shows its times in UTC, however they were sent", async () => {
    const id = await ask(world, { from: "2026-01-01T02:00:00+02:00" });
    expect((await show(world, id)).filter).toEqual({ from: "2026-01-01T00:00:00.000Z" });
    await work(world, id);
  });

  it("that lets nothing through makes an export of no file, and of a manifest that says so", async () => {
    const id = await ask(world, { actor: "nobody", workspaceId: world.acme.workspace });
    await work(world, id);
    expect(await show(world, id)).toMatchObject({ state: "ready", progress: { entries: 0, looked: 301 }, files: [] });
    expect([...(await filesOf(world, id)).keys()]).toEqual(["manifest.json"]);
    expect(await manifestOf(world, id)).toMatchObject({ files: [], first: 1 });
  });

  it("is none where nothing is said: the organization's own chain", async () => {
    const id = await ask(world);
    await work(world, id);
    const lines = await exportedLines(world, id);
    expect(lines).toEqual((await linesOf(world, "")).slice(0, lines.length));
    expect(JSON.parse(lines.at(-1) ?? "").seq).toBe((await manifestOf(world, id)).head.seq);
  });

  it("may name a workspace that was deleted", async () => {
    const { acme } = world;
    const { api, ann, O } = acme;
    const gone = await makeWorkspace(acme, "Gone");
    await done(api.call(ann, `POST ${O}/workspaces/${gone}/suspend`));
    await done(api.call(ann, `DELETE ${O}/workspaces/${gone}`));
    const id = await ask(world, { workspaceId: gone });
    await work(world, id);
    const actions = (await exportedLines(world, id)).map((line) => JSON.parse(line).action);
    expect(actions).toEqual(["workspace.created", "workspace.suspended", "workspace.deleted"]);
  });
});

describe("what is refused", () => {
  let world: ExportWorld;
  const post = (body: object) =>
    world.acme.api.call(world.acme.ann, `POST ${world.acme.O}/audit-log/exports`, { body });

  beforeAll(async () => {
    world = await openExportWorld();
  });

  it.each<[string, object, string]>([
    ["an end before the beginning", { from: "2026-02-01T00:00:00Z", to: "2026-01-01T00:00:00Z" }, "/to"],
    ["an end at the beginning", { from: "2026-02-01T00:00:00Z", to: "2026-02-01T00:00:00Z" }, "/to"],
    ["a time that is none", { from: "yesterday" }, "/from"],
    ["a field that is none", { workspace: "x" }, "/workspace"],
    ["a workspace that never was", { workspaceId: "wks_01jdexamp1e0000000000000ab" }, "/workspaceId"],
    ["what is no workspace's id", { workspaceId: "*" }, "/workspaceId"],
    ["a term without end", { actor: "x".repeat(255) }, "/actor"],
  ])("%s", async (_what, body, pointer) => {
    const { status, body: problem } = await post(body);
    expect([status, problem.code, problem.errors?.[0]?.pointer]).toEqual([422, "request.invalid", pointer]);
  });

  it("an export of another organization, as if it were not there", async () => {
    const { acme } = world;
    const id = await ask(world);
    const globex = (await done(acme.api.call(acme.ann, "POST /v1/orgs", { body: { name: "Globex" } }))).id;
    for (const other of [`${globex}/audit-log/exports/${id}`, `${acme.org}/audit-log/exports/exp_none`]) {
      expect((await acme.api.call(acme.ann, `GET /v1/orgs/${other}`)).status).toBe(404);
    }
    expect((await done(acme.api.call(acme.ann, `GET /v1/orgs/${globex}/audit-log/exports`))).items).toEqual([]);
    await work(world, id);
  });

  it("whoever may not read the organization's log", async () => {
    const { acme } = world;
    const bob = await admit(acme, "bob", "rol_owner");
    for (const call of ["POST exports", "GET exports", `GET exports/${await ask(world)}`]) {
      const [method, path] = call.split(" ");
      const { status, body } = await acme.api.call(bob, `${method} ${acme.O}/audit-log/${path}`);
      expect([status, body.requiredScope]).toEqual([403, "org-audit-log:read"]);
    }
  });

  it("more than five that run, until one is done; one that was left lying does not count", async () => {
    const fresh = await openExportWorld();
    const { api, ann, O } = fresh.acme;
    const ids: ExportId[] = [];
    for (let made = 0; made < limits.exportsRunning; made++) ids.push(await ask(fresh));
    const again = () => api.call(ann, `POST ${O}/audit-log/exports`, { body: {} });
    expect(await again()).toMatchObject({ status: 409, body: { code: "conflict" } });
    await work(fresh, ...ids.slice(0, 1));
    expect((await again()).status).toBe(201);
    expect((await again()).status).toBe(409);
    fresh.clock.now += limits.exportHours * HOUR;
    expect((await again()).status).toBe(201);
  });

  it("five of several asked for at once", async () => {
    const fresh = await openExportWorld();
    const { api, ann, O } = fresh.acme;
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => api.call(ann, `POST ${O}/audit-log/exports`, { body: {} })),
    );
    const made = answers.filter(({ status }) => status === 201);
    expect(made).toHaveLength(limits.exportsRunning);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 409]));
  });
});

describe("time", () => {
  it("makes a job that was left lying for a day a failed one, to readers and to the worker", async () => {
    const world = await openExportWorld();
    const id = await ask(world);
    world.clock.now += limits.exportHours * HOUR - 1;
    expect((await show(world, id)).state).toBe("running");
    world.clock.now += 1;
    expect(await show(world, id)).toMatchObject({ state: "failed", error: expect.stringContaining("24 hours") });
    await work(world, id);
    expect(await filesOf(world, id)).toEqual(new Map());
    const { job } = await world.opened.store.read({ job: world.opened.store.auditExports.at(world.acme.org, id) });
    expect(job?.state).toBe("failed");
  });

  it("takes a job away after a week, at once, with whatever was known of it", async () => {
    const world = await openExportWorld();
    const { api, ann, O } = world.acme;
    const id = await ask(world);
    await work(world, id);
    const list = async () => (await done(api.call(ann, `GET ${O}/audit-log/exports`))).items;
    const expiresAt = Date.parse((await show(world, id)).expiresAt);
    expect(expiresAt - world.clock.now).toBeGreaterThanOrEqual(7 * 24 * HOUR);
    world.clock.now = expiresAt - 1;
    expect((await list()).map((job: { id: string }) => job.id)).toEqual([id]);
    world.clock.now = expiresAt;
    expect(await list()).toEqual([]);
    expect((await api.call(ann, `GET ${O}/audit-log/exports/${id}`)).status).toBe(404);
  });
});

describe("the list", () => {
  it("shows all jobs, the newest first, without their files", async () => {
    const world = await openExportWorld();
    const { api, ann, O } = world.acme;
    const ids: ExportId[] = [];
    for (let made = 0; made < 4; made++) {
      world.clock.now += 1;
      ids.push(await ask(world, { actor: `${made}` }));
    }
    await work(world, ...ids);
    const first = await done(api.call(ann, `GET ${O}/audit-log/exports?limit=3`));
    const rest = await done(api.call(ann, `GET ${O}/audit-log/exports?limit=3&cursor=${first.nextCursor}`));
    const items = [...first.items, ...rest.items];
    expect(items.map((job: { id: string }) => job.id)).toEqual(ids.toReversed());
    expect(items.every((job: object) => !("files" in job))).toBe(true);
  });
});

describe("a worker that dies", () => {
  const breakage = new Breakage();
  const moments: readonly Moment[] = ["before", "after"];

  it("at any of its calls, to table, bucket or key, is gone on from by the next one, with the same outcome", async () => {
    const world = await openExportWorld();
    const { acme, archive, opened, desk } = world;
    // Two files, by their size.
    const large = { action: "resource.updated", after: { text: "x".repeat(350_000) } } as const;
    for (const count of [7, 7]) await addEntries(opened, acme.place, count, () => large);
    const mortalStore = await openExportWorld({ tableName: opened.tableName, wrap: (client) => breakage.wrap(client) });
    const mortal = {
      ...desk,
      store: mortalStore.opened.store,
      bucket: breakage.wrapMethods(archive.exports, ["putNew", "read"]),
      signingKey: breakage.wrapMethods(archive.signingKey, ["sign", "publicKey"]),
    };
    const { store } = opened;
    const template = await ask(world, { workspaceId: acme.workspace, action: "resource.updated" });
    const { job } = await store.read({ job: store.auditExports.at(acme.org, template) });
    if (job === undefined) throw new Error("there is no job");
    await work(world, template);
    const outcomeOf = async (id: ExportId) => {
      const { manifest: _, ...rest } = await show(world, id);
      const files = [...(await filesOf(world, id))].filter(([name]) => name !== "manifest.json");
      const manifest = await manifestOf(world, id);
      return JSON.parse(
        JSON.stringify([rest, files.map(([name, text]) => [name, sha256(text)]), manifest]).replaceAll(id, "x"),
      );
    };
    const undisturbed = await outcomeOf(template);
    expect(undisturbed[1]).toHaveLength(2);
    let calls = 0;
    for (let isDone = false; !isDone; calls++) {
      for (const moment of moments) {
        const id =
          `${template.slice(0, -4)}${String(2 * calls + moments.indexOf(moment)).padStart(4, "0")}` as ExportId;
        await store.commit([store.auditExports.create({ ...job, id })], id, async () => false);
        breakage.arm(calls, moment);
        await workOnExports(mortal, [{ orgId: acme.org, id }], Number.POSITIVE_INFINITY).catch(() => {});
        isDone = !breakage.mend();
        await work(world, id);
        expect([calls, moment, await outcomeOf(id)]).toEqual([calls, moment, undisturbed]);
      }
    }
    expect(calls).toBeGreaterThan(12);
  }, 240_000);

  it("is no trouble to one that does the same at the same time", async () => {
    const world = await openExportWorld();
    await addEntries(world.opened, world.acme.place, 60, () => ({ after: { text: "x".repeat(100_000) } }));
    const id = await ask(world, { workspaceId: world.acme.workspace });
    await Promise.all(Array.from({ length: 4 }, () => work(world, id)));
    const lines = await exportedLines(world, id);
    expect(lines).toEqual(await linesOf(world, `&workspaceId=${world.acme.workspace}`));
    const { state, files, progress } = await show(world, id);
    expect([state, progress.entries]).toEqual(["ready", 61]);
    const texts = await filesOf(world, id);
    for (const { name, sha256: hash } of files) expect(sha256(texts.get(name) ?? "")).toBe(hash);
    expect((await manifestOf(world, id)).files.map(({ sha256: hash }) => hash)).toEqual(
      files.map((file: { sha256: string }) => file.sha256),
    );
  });

  it("and comes late with a step that is over, moves nothing back", async () => {
    const world = await openExportWorld();
    const { acme, opened } = world;
    const id = await ask(world);
    const { store } = opened;
    const read = async () => (await store.read({ job: store.auditExports.at(acme.org, id) })).job;
    const job = await read();
    if (job === undefined) throw new Error("there is no job");
    const moveTo = (after: number) =>
      store.commit(store.auditExports.move(job, { ...job, step: 1, after }), `${id} ${after}`, async () => false);
    expect([await moveTo(2), await moveTo(1)]).toEqual(["committed", "raced"]);
    expect(await read()).toMatchObject({ step: 1, after: 2 });
  });

  it("and finds another file than it would write, as entries go meanwhile, takes that one and goes on behind it", async () => {
    const world = await openExportWorld();
    const { acme, archive } = world;
    await addEntries(world.opened, acme.place, 20);
    const id = await ask(world, { workspaceId: acme.workspace });
    const lines = await linesOf(world, `&workspaceId=${acme.workspace}`);
    const first = `${lines.slice(0, 7).join("\n")}\n`;
    await archive.exports.putNew(`exports/${acme.org}/${id}/part-000001.jsonl`, first);
    await work(world, id);
    expect(await exportedLines(world, id)).toEqual(lines);
    expect((await manifestOf(world, id)).files.map(({ seqs, sha256: hash }) => [seqs, hash])).toEqual([
      ["1-7", sha256(first)],
      ["8-21", sha256(`${lines.slice(7).join("\n")}\n`)],
    ]);
  });
});

describe("a bucket that fails", () => {
  it("is tried again after longer and longer pauses, and the job has failed at the eighth time", async () => {
    const world = await openExportWorld();
    const failing = {
      ...world.desk,
      bucket: { ...world.desk.bucket, putNew: () => Promise.reject(new Error("no bucket")) },
    };
    const id = await ask(world);
    for (let tries = 1; tries <= 8; tries++) {
      expect((await show(world, id)).state).toBe("running");
      expect(await work({ ...world, desk: failing }, id)).toEqual([
        { orgId: world.acme.org, id, error: expect.objectContaining({ message: "no bucket" }) },
      ]);
    }
    expect(await show(world, id)).toMatchObject({
      state: "failed",
      error: "Its files could not be written. Start it again.",
    });
    expect(world.waited).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect(await work(world, id)).toEqual([]);
    expect((await show(world, id)).state).toBe("failed");
  });

  it("that comes back is written to as if nothing had been, and holds up no other job", async () => {
    const world = await openExportWorld();
    const [bad, good] = [await ask(world), await ask(world)];
    const failing = {
      ...world.desk,
      bucket: {
        ...world.desk.bucket,
        putNew: async (key: string, body: string) => {
          if (key.includes(bad)) throw new Error("no bucket");
          return world.desk.bucket.putNew(key, body);
        },
      },
    };
    await work({ ...world, desk: failing }, bad, good);
    expect([(await show(world, bad)).state, (await show(world, good)).state]).toEqual(["running", "ready"]);
    await work(world, bad);
    expect((await show(world, bad)).state).toBe("ready");
  });
});

describe("what is let go for its age", () => {
  it("is not in the export, which says from where on it is", async () => {
    const world = await openExportWorld();
    const { acme, opened } = world;
    await addEntries(world.opened, acme.place, 20);
    const { store } = opened;
    const gone = [1, 2, 3, 4].map((seq) => ({ kind: "delete" as const, key: store.places.entry(acme.place, seq).key }));
    await store.commit(gone, "gone", async () => false);
    const id = await ask(world, { workspaceId: acme.workspace });
    await work(world, id);
    expect(await manifestOf(world, id)).toMatchObject({ first: 5, files: [{ seqs: "5-21" }] });
  });
});

describe("what is past its time and not yet swept", () => {
  it("is not in the export, as no reader sees it", async () => {
    const world = await openExportWorld();
    const { acme, clock } = world;
    await addEntries(world.opened, acme.place, 20);
    clock.now += 401 * 24 * HOUR;
    await makeRole(acme, "Late", []);
    const id = await ask(world, { workspaceId: acme.workspace });
    await work(world, id);
    expect(await manifestOf(world, id)).toMatchObject({ first: 22, files: [{ seqs: "22" }] });
    expect(await exportedLines(world, id)).toEqual(await linesOf(world, `&workspaceId=${acme.workspace}`));
  });
});

describe("a round whose time ends", () => {
  it("before each job had its turn tells which had none, since nothing would bring these again", async () => {
    const world = await openExportWorld();
    const { acme, desk } = world;
    const refs = [await ask(world), await ask(world)].map((id) => ({ orgId: acme.org, id }));
    const failing = { ...desk, bucket: { ...desk.bucket, putNew: () => Promise.reject(new Error("no bucket")) } };
    let clock = 0;
    const tired = { ...failing, now: () => desk.now() + clock++ * 1_000 };
    expect(await workOnExports(tired, refs, desk.now() + 1_500)).toMatchObject([
      { ...refs[0], error: { message: "no bucket" } },
      { ...refs[1], isLeft: true },
    ]);
    await workOnExports(desk, refs, Number.POSITIVE_INFINITY);
    for (const { id } of refs) expect((await show(world, id)).state).toBe("ready");
  });

  it("after each job had its turn ends well: what each has noted brings the next round", async () => {
    const world = await openExportWorld();
    const { acme, desk } = world;
    const refs = [await ask(world), await ask(world)].map((id) => ({ orgId: acme.org, id }));
    let reads = 0;
    // Each step looks at the clock twice.
    const hurried = { ...desk, now: () => (reads++ < 4 ? desk.now() : Number.POSITIVE_INFINITY) };
    expect(await workOnExports(hurried, refs, desk.now() + 1)).toEqual([]);
  });
});

describe("an export costs", () => {
  it("two transactions and some reads for a file of thousands of entries, and one more at its end", async () => {
    const calls: StoreCall[] = [];
    const world = await openExportWorld({ observe: (call) => calls.push(call) });
    await addEntries(world.opened, world.acme.place, 2_000);
    const id = await ask(world, { workspaceId: world.acme.workspace });
    calls.length = 0;
    await work(world, id);
    const count = (operation: StoreCall["operation"]) => calls.filter((call) => call.operation === operation).length;
    expect({ writes: count("TransactWrite"), queries: count("Query"), reads: count("BatchGet") }).toEqual({
      writes: 2,
      // Five of entries, since each brings up to 500; files and their indexes at the end.
      queries: 7,
      reads: 3,
    });
  });
});
