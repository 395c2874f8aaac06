/** `docs/audit-log.md`: its example is what the service would write, and what it tells others to do comes to what it says. */
import { execFileSync, spawnSync } from "node:child_process";
import { createPublicKey, verify } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { exampleLog, exampleManifest, sealedEntries, tamperingTable } from "./audit-example.ts";
import { expectMarked, readMarked } from "./page.ts";

const PAGE = "docs/audit-log.md";
const fenced = (text: string) => `\`\`\`\n${text}\n\`\`\``;
const unfenced = (name: string) => readMarked(PAGE, name).split("\n").slice(1, -1).join("\n");
const hasAll = (...tools: readonly (readonly string[])[]) =>
  tools.every(([tool = "", ...flags]) => spawnSync(tool, flags).status === 0);

const folder = mkdtempSync(join(tmpdir(), "bailiwick-page-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const put = (name: string, text: string) => writeFileSync(join(folder, name), text);
const checkpoint = JSON.parse(unfenced("checkpoint"));
put("log.jsonl", `${exampleLog.join("\n")}\n`);
put("000000000001.json", unfenced("checkpoint"));
put("checkpoints.pem", checkpoint.publicKey);
const shell = (commands: string) => execFileSync("sh", ["-ec", commands], { cwd: folder, encoding: "utf8" });

describe("the page of the audit log", () => {
  it("shows a chain as it is exported, and what was hashed of one entry", () => {
    expectMarked(PAGE, "log", fenced(exampleLog.join("\n")));
    expectMarked(PAGE, "hashed", fenced(`${sealedEntries[2]?.text}\n${sealedEntries[2]?.hash}`));
  });

  it("shows a checkpoint of it that is signed", () => {
    const { manifest, signature, publicKey } = checkpoint;
    expect(manifest).toBe(exampleManifest);
    const key = createPublicKey(publicKey);
    expect(verify("sha256", Buffer.from(manifest), key, Buffer.from(signature, "base64"))).toBe(true);
  });

  it("says what each kind of tampering looks like", () => {
    expectMarked(PAGE, "tampering", tamperingTable());
  });

  it.skipIf(!hasAll(["jq", "--version"], ["openssl", "version"]))("hashes an entry with jq", () => {
    expect(shell(unfenced("jq")).split(" ")[0]).toBe(sealedEntries[2]?.hash);
  });

  it.skipIf(!hasAll(["jq", "--version"], ["openssl", "version"]))("verifies a checkpoint by hand", () => {
    const [chain = ""] = JSON.parse(exampleManifest).chains.map((one: { chain: string }) => one.chain);
    expect(shell(unfenced("signature"))).toBe(`Verified OK\n${chain}\t3\t${sealedEntries[2]?.hash}\n`);
  });

  it.skipIf(!hasAll(["jq", "--version"], ["python3", "--version"]))(
    "says of which numbers jq and Python write canonical JSON",
    () => {
      const numbers = [0, 0.0001, -0.0001, 9_999_999_999_999_998, -4.5, 0.1, 333333333.3333333];
      const written = JSON.stringify(numbers);
      put("numbers.json", written);
      expect(shell("jq -cj . numbers.json")).toBe(written);
      const python = "import json, sys; print(json.dumps(json.load(sys.stdin), separators=(',', ':')), end='')";
      expect(shell(`python3 -c "${python}" < numbers.json`)).toBe(written);
    },
  );

  it.skipIf(!hasAll(["python3", "--version"]))(
    "verifies a whole file with Python, and finds what was done to one",
    () => {
      put("verify.py", unfenced("python"));
      expect(shell("python3 verify.py log.jsonl")).toContain(sealedEntries[3]?.hash);
      // As an answer is saved with a line break behind it.
      put("blank.jsonl", `${exampleLog.join("\n")}\n\n`);
      expect(shell("python3 verify.py blank.jsonl")).toContain(sealedEntries[3]?.hash);
      for (const [name, lines] of [
        ["altered", exampleLog.with(2, exampleLog[2]?.replace("suspended", "resumed") ?? "")],
        ["removed", exampleLog.toSpliced(2, 1)],
      ] as const) {
        put(`${name}.jsonl`, lines.join("\n"));
        const ended = spawnSync("python3", ["verify.py", `${name}.jsonl`], { cwd: folder, encoding: "utf8" });
        expect([ended.status, ended.stderr]).toEqual([1, expect.stringMatching(/^line 3 /)]);
      }
    },
  );
});
