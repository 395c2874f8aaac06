/** The function that makes checkpoints, as a cold start loads it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type DataFolder, openDataFolder } from "../../lib/local/data-folder.ts";
import type { Acme } from "../api/acme.ts";
import { done, makeAcme, makeRole } from "../api/acme.ts";
import { TamperedChain } from "../api/checkpoint-world.ts";
import type { TestArchive } from "../archive.ts";
import { BUCKET, openTestArchive, SIGNING_KEY, surroundingsOf } from "../archive.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import { catchLog, linesOf, loadClockFunction, type Run } from "./clock-function.ts";

let logged: string[];
let path: string;
let folder: DataFolder;
let archive: TestArchive;
let opened: TestStore;
let surroundings: Record<string, string>;
let acme: Acme;
let run: Run;

beforeAll(async () => {
  logged = catchLog();
});

beforeEach(async () => {
  logged.length = 0;
  path = mkdtempSync(join(tmpdir(), "bailiwick-checkpoint-"));
  folder = openDataFolder(path);
  archive = await openTestArchive(folder);
  opened = await openTestStore();
  surroundings = {
    ...surroundingsOf(archive.address),
    AWS_ENDPOINT_URL_DYNAMODB: opened.endpoint,
    POWERTOOLS_SERVICE_NAME: "checkpoint",
    LOG_LEVEL: "INFO",
    TABLE_NAME: opened.tableName,
    AUDIT_BUCKET: BUCKET,
    AUDIT_SIGNING_KEY: SIGNING_KEY,
  };
  acme = await makeAcme(opened, undefined, undefined, archive);
  run = await loadFunction();
  return async () => {
    vi.unstubAllEnvs();
    await archive.close();
    folder.close();
    rmSync(path, { recursive: true });
  };
});

afterAll(() => {
  vi.restoreAllMocks();
});

const loadFunction = (changes: Record<string, string> = {}) =>
  loadClockFunction({ name: "checkpoint", every: 3_600_000, usual: 300_000 }, { ...surroundings, ...changes });
const told = (message: string) => linesOf(logged, message);

const folderOf = (org: string) => join(path, "audit/checkpoints", org);
const verify = async () => (await done(acme.api.call(acme.ann, `POST ${acme.O}/audit-log/verify`))).checkpoints;

describe("the function that makes checkpoints", () => {
  it("puts one for each organization, which the next verification compares, and says how many", async () => {
    await run();
    expect(await verify()).toBe(1);
    expect(told("checkpoints were made")).toMatchObject([{ level: "INFO", made: 1, unchanged: 0 }]);
  });

  it("is silent where nothing changed", async () => {
    await run();
    logged.length = 0;
    await run();
    expect(told("checkpoints were made")).toEqual([]);
    expect(readdirSync(folderOf(acme.org))).toEqual(["000000000001.json"]);
  });

  it("begins nothing when its time is nearly over, and says so", async () => {
    await run(15_000);
    expect(told("there was no time for all organizations")).toMatchObject([{ level: "WARN", made: 0 }]);
    expect(await verify()).toBe(0);
  });

  it("fails for a chain that was tampered with, and names the place; the checkpoint is made all the same", async () => {
    await makeRole(acme, "Two", []);
    await run();
    await new TamperedChain(opened, acme.place).rewriteFrom(2);
    await done(acme.api.call(acme.ann, `POST ${acme.O}/workspaces`, { body: { name: "South" } }));
    await expect(run()).rejects.toThrow("1 chains do not go on from their last checkpoint.");
    expect(told("a chain does not go on from its last checkpoint")).toMatchObject([
      { level: "ERROR", orgId: acme.org, chain: acme.workspace, seq: 2 },
    ]);
    expect(readdirSync(folderOf(acme.org))).toHaveLength(2);
  });

  it("goes on with the others when one organization fails, and then fails for it", async () => {
    const { id } = await done(acme.api.call(acme.ann, "POST /v1/orgs", { body: { name: "Other" } }));
    await run();
    writeFileSync(join(folderOf(acme.org), "000000000002.json"), "{}");
    await makeRole(acme, "Two", []);
    await done(acme.api.call(acme.ann, `POST /v1/orgs/${id}/workspaces`, { body: { name: "South" } }));
    await expect(run()).rejects.toThrow("No checkpoint could be made for 1 organizations.");
    expect(told("no checkpoint could be made")).toMatchObject([
      { level: "ERROR", orgId: acme.org, error: { message: "The checkpoint 2 is forged." } },
    ]);
    expect(readdirSync(folderOf(id))).toHaveLength(2);
  });

  it("signs with a key whose private half is in no checkpoint, log or table", async () => {
    await run();
    const secret = folder.read("audit-signing-key.pem")?.split("\n")[1] ?? "";
    expect(secret.length).toBeGreaterThan(40);
    const file = readFileSync(join(folderOf(acme.org), "000000000001.json"), "utf8");
    for (const text of [file, ...logged]) expect(text).not.toContain(secret);
  });
});

describe("the function fails", () => {
  it.each([
    ["the table", { AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:9" }],
    ["the bucket", { AWS_ENDPOINT_URL_S3: "http://127.0.0.1:9" }],
    ["the key", { AWS_ENDPOINT_URL_KMS: "http://127.0.0.1:9" }],
  ])("when %s does not answer", async (_what, changes) => {
    const deaf = await loadFunction(changes);
    await expect(deaf()).rejects.toThrow();
  });

  it.each(["TABLE_NAME", "AUDIT_BUCKET", "AUDIT_SIGNING_KEY"])("to start without %s", async (name) => {
    await expect(loadFunction({ [name]: "" })).rejects.toThrow(`${name} is not set`);
  });
});
