/** An export through the whole service: asked for, worked on by the bundle that follows the stream, downloaded, verified offline. */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { OrgId, WorkspaceId } from "../../lib/domain/ids.ts";
import { addEntries } from "../api/export-world.ts";
import type { Acme } from "./acme.ts";
import { done, makeAcme } from "./acme.ts";
import type { Client } from "./client.ts";
import { openClient } from "./client.ts";
import { openTable } from "./table-content.ts";

interface ShownFile {
  readonly name: string;
  readonly entries: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly url: string;
}

const MANY = 6_500;
const folder = mkdtempSync(join(tmpdir(), "bailiwick-exports-"));
const at = (name: string) => join(folder, name);
let client: Client;
let acme: Acme;

async function ask(body: object) {
  return (await done(client.call(acme.ann.token, `POST ${acme.O}/audit-log/exports`, { body }))).id;
}

async function untilReady(id: string): Promise<{ files: ShownFile[]; manifest: { url: string }; progress: object }> {
  for (let tries = 0; ; tries++) {
    const job = await done(client.call(acme.ann.token, `GET ${acme.O}/audit-log/exports/${id}`));
    if (job.state === "ready") return job as never;
    if (tries === 100 || job.state === "failed") throw new Error(JSON.stringify(job));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Brings an export into the folder, as somebody does who was given its links. @returns the names of its files */
async function download({ files, manifest }: Awaited<ReturnType<typeof untilReady>>): Promise<string[]> {
  for (const { name, url } of [...files, { name: "manifest.json", ...manifest }]) {
    const answer = await fetch(url);
    expect(answer.status).toBe(200);
    writeFileSync(at(name), Buffer.from(await answer.arrayBuffer()));
  }
  return files.map(({ name }) => name);
}

function verify(...given: readonly string[]): Promise<{ code: number; out: string }> {
  const script = join(import.meta.dirname, "../../lib/local/audit-verify.ts");
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...given], (error, out, complaint) =>
      resolve({ code: error === null ? 0 : Number(error.code), out: out + complaint }),
    );
  });
}

beforeAll(async () => {
  const service = inject("service");
  client = await openClient(service);
  acme = await makeAcme(client);
  const place = { orgId: acme.orgId as OrgId, workspaceId: acme.workspaceId as WorkspaceId };
  await addEntries(openTable(service), place, MANY);
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true }));

describe("an export of some thousand entries", () => {
  let job: Awaited<ReturnType<typeof untilReady>>;
  let names: string[];

  beforeAll(async () => {
    job = await untilReady(await ask({ workspaceId: acme.workspaceId }));
    names = await download(job);
  }, 60_000);

  it("comes by itself, file by file", () => {
    expect(job.progress).toEqual({ entries: MANY + 1, looked: MANY + 1, of: MANY + 1 });
    expect(job.files.map(({ entries }) => entries)).toEqual([5_000, MANY + 1 - 5_000]);
  });

  it("has just the lines that the API gives", async () => {
    const lines: string[] = [];
    for (let cursor = ""; ; ) {
      const path = `${acme.O}/audit-log?workspaceId=${acme.workspaceId}&order=asc&limit=500${cursor}`;
      const headers = { Accept: "application/jsonl", Authorization: `Bearer ${acme.ann.token}` };
      const page = await fetch(inject("service").api + path, { headers });
      lines.push(await page.text());
      const next = page.headers.get("next-cursor");
      if (next === null) break;
      cursor = `&cursor=${next}`;
    }
    expect(names.map((name) => readFileSync(at(name), "utf8")).join("")).toBe(lines.join(""));
  });

  it("verifies offline with its manifest", async () => {
    const { code, out } = await verify(...names.map(at).toReversed(), "--manifest", at("manifest.json"));
    expect([code, out]).toEqual([0, expect.stringContaining("verified 6,501 entries of 1 chain")]);
    expect(out).toContain(`${acme.workspaceId}: entries 1 to ${MANY + 1}`);
  });

  it("of which one byte was changed is told which entry that was", async () => {
    const [first = "", second = ""] = names;
    const text = readFileSync(at(second), "utf8");
    const lines = text.split("\n");
    lines[99] = (lines[99] ?? "").replace('"requestId":"r-5100"', '"requestId":"r-5109"');
    expect(lines.join("\n")).not.toBe(text);
    writeFileSync(at("changed.jsonl"), lines.join("\n"));
    const { code, out } = await verify(at(first), at("changed.jsonl"));
    expect([code, out.split("\n")[0]]).toEqual([
      1,
      `broken {"chain":"${acme.workspaceId}","seq":5100,"reason":"altered","line":100,"file":"changed.jsonl"}`,
    ]);
  });
});

describe("a filtered export", () => {
  let names: string[];
  const given = () => [...names.map(at), "--manifest", at("manifest.json")];

  beforeAll(async () => {
    names = await download(await untilReady(await ask({ workspaceId: acme.workspaceId, target: "rol_7" })));
  }, 60_000);

  it("is verified whole by its manifest", async () => {
    const { code, out } = await verify(...given());
    expect([code, out]).toEqual([0, expect.stringMatching(/^verified 650 entries of 1 chain/m)]);
    expect(out).toContain("what a filter let through of");
  });

  it("of which a line is gone is told which", async () => {
    const [name = ""] = names;
    const text = readFileSync(at(name), "utf8");
    writeFileSync(at(name), text.split("\n").toSpliced(10, 1).join("\n"));
    const { code, out } = await verify(...given());
    writeFileSync(at(name), text);
    expect([code, out.split("\n")[0]]).toEqual([
      1,
      `broken {"reason":"missing","chain":"${acme.workspaceId}","seq":107,"file":"${name}"}`,
    ]);
  });

  it("whose manifest was changed is not believed", async () => {
    const text = readFileSync(at("manifest.json"), "utf8");
    writeFileSync(at("manifest.json"), text.replace('\\"entries\\":650', '\\"entries\\":651'));
    const { code, out } = await verify(...given());
    writeFileSync(at("manifest.json"), text);
    expect([code, out]).toEqual([1, expect.stringContaining('"reason":"manifest-signature"')]);
  });
});

describe("a link", () => {
  it("is good for its own file only, as it was signed, and for no other method", async () => {
    const [one, two] = await Promise.all(
      ["rol_1", "rol_2"].map(async (target) => untilReady(await ask({ workspaceId: acme.workspaceId, target }))),
    );
    const [url = "", other = ""] = [one?.files[0]?.url, two?.files[0]?.url];
    const statusOf = async (address: string, method = "GET") => (await fetch(address, { method })).status;
    expect(await statusOf(url)).toBe(200);
    const [path = "", query = ""] = url.split("?");
    const altered = [
      path,
      `${other.split("?")[0]}?${query}`,
      url.replace("X-Amz-Expires=900", "X-Amz-Expires=9000"),
      url.replace(/X-Amz-Signature=./, (found) => (found.endsWith("0") ? "X-Amz-Signature=1" : "X-Amz-Signature=0")),
      url.replace("X-Amz-Credential=local", "X-Amz-Credential=other"),
    ];
    for (const address of altered) expect([address, await statusOf(address)]).toEqual([address, 403]);
    for (const method of ["PUT", "DELETE", "HEAD"])
      expect([method, await statusOf(url, method)]).toEqual([method, 403]);
  }, 60_000);

  it("is signed anew each time that the export is looked at", async () => {
    const id = await ask({ actor: `nobody-${randomUUID()}` });
    const [first, second] = [await untilReady(id), await untilReady(id)];
    for (const { manifest } of [first, second]) expect((await fetch(manifest.url)).status).toBe(200);
  });
});
