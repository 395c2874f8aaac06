/** Checkpoints through the whole service: the clock runs the bundle, files lie where the page says, and verify as it says by hand. */
import { spawnSync } from "node:child_process";
import { createPublicKey } from "node:crypto";
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readMarked } from "../docs/page.ts";
import type { Acme } from "./acme.ts";
import { done, makeAcme } from "./acme.ts";
import type { Client } from "./client.ts";
import { openClient } from "./client.ts";
import { KillableService } from "./killable-service.ts";

let service: KillableService;
let client: Client;
let acme: Acme;

const verify = async () => done(client.call(acme.ann.token, `POST ${acme.O}/audit-log/verify`));
const folderOf = () => join(service.folder, "audit/checkpoints", acme.orgId);

/** The clock's first time is some seconds after a start. */
async function untilCompared(count: number): Promise<Record<string, unknown>> {
  for (let tries = 0; ; tries++) {
    const answer = await verify();
    if (answer.checkpoints >= count || tries === 60) return answer;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

beforeAll(async () => {
  service = await KillableService.prepare();
  client = await openClient(await service.start());
  acme = await makeAcme(client);
});

afterAll(() => service.close());

describe("the service", () => {
  it("makes a checkpoint by itself, as soon as its clock comes round, and after a restart the next one", async () => {
    await service.kill();
    client = await openClient(await service.start());
    const first = await untilCompared(1);
    expect(first).toMatchObject({ intact: true, lastCheckpointAt: expect.any(String) });
    const before = Number(first.checkpoints);
    await done(client.call(acme.ann.token, `POST ${acme.W}/roles`, { body: { name: "Runner", scopes: [] } }));
    await service.kill();
    client = await openClient(await service.start());
    expect(await untilCompared(before + 1)).toMatchObject({ intact: true, checkpoints: before + 1 });
    expect(readdirSync(folderOf())).toHaveLength(before + 1);
  });

  const hasTools = ["openssl", "jq", "bash"].every((tool) => spawnSync(tool, ["--version"]).error === undefined);

  it.skipIf(!hasTools)("keeps checkpoints that verify by hand as docs/checkpoints.md says, and no other", () => {
    const at = (file: string) => join(service.folder, file);
    const [file = ""] = readdirSync(folderOf());
    copyFileSync(join(folderOf(), file), at("checkpoint.json"));
    const key = createPublicKey(readFileSync(at("audit-signing-key.pem"), "utf8"));
    writeFileSync(at("key.pem"), key.export({ type: "spki", format: "pem" }));
    const commands = readMarked("docs/checkpoints.md", "by-hand").replaceAll("```", "");
    const run = () => spawnSync("bash", ["-e", "-c", commands], { cwd: service.folder, encoding: "utf8" });
    expect(run()).toMatchObject({ status: 0, stdout: "Verified OK\n" });
    const text = readFileSync(at("checkpoint.json"), "utf8");
    writeFileSync(at("checkpoint.json"), text.replace(/\\"seq\\":(\d)/, '\\"seq\\":1$1'));
    expect(run()).toMatchObject({ status: 1, stdout: "Verification failure\n" });
  });

  it("finds one of them that was altered on the disk", async () => {
    const files = readdirSync(folderOf());
    const last = join(folderOf(), files.at(-1) ?? "");
    writeFileSync(last, readFileSync(last, "utf8").replace("bailiwick-checkpoint-1", "bailiwick-checkpoint-2"));
    expect(await verify()).toMatchObject({ intact: false, brokenAt: { chain: "checkpoints", seq: files.length } });
  });
});
