/** How fast an exported audit log is verified: the command itself, on a file as the API writes it, and as other tools write it anew. */
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChainHead } from "../lib/domain/audit.ts";
import { NO_HASH, openEntry, seal } from "../lib/domain/audit.ts";
import type { EntryId, OrgId } from "../lib/domain/ids.ts";
import type { Measured } from "./number.ts";
import { percentile } from "./number.ts";

const ENTRIES = 200_000;
const RUNS = 5;
/** Entries for each write to the file. */
const BATCH = 1_000;
const LEAST = 100_000;
const COMMAND = join(import.meta.dirname, "../lib/local/audit-verify.ts");
const CHAIN = "org_01kat0m6r0g5t3v8y1b4n7q2s9" as OrgId;

export function measureVerification(): Measured[] {
  const folder = mkdtempSync(join(tmpdir(), "bailiwick-verification-"));
  try {
    const asGiven = join(folder, "given.jsonl");
    const spaced = join(folder, "spaced.jsonl");
    const bytes = writeLog(asGiven, (entry) => JSON.stringify(entry));
    // As Python's json writes it.
    writeLog(spaced, (entry) => JSON.stringify(entry, null, 1).replaceAll(/\n */g, " "));
    return [
      { what: "an exported audit log: bytes for each entry", value: bytes / ENTRIES, unit: "" },
      { what: "entries of it verified offline", value: time(asGiven), unit: " /s", bar: { least: LEAST } },
      { what: "the same, spaced out by another tool", value: time(spaced), unit: " /s" },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As the command itself says it. */
function time(file: string): number {
  const speeds = Array.from({ length: RUNS }, () => {
    const told = execFileSync(process.execPath, [COMMAND, file], { encoding: "utf8" });
    const [, speed] = /^verified 200,000 entries of 1 chain \(.*, ([\d,]+) entries\/s\)$/m.exec(told) ?? [];
    if (speed === undefined) throw new Error(`it was not verified: ${told}`);
    return Number(speed.replaceAll(",", ""));
  });
  return percentile(speeds, 0.5);
}

/** @returns its length in bytes */
function writeLog(path: string, write: (entry: object) => string): number {
  const file = openSync(path, "w");
  let head: ChainHead = { seq: 0, hash: NO_HASH };
  let bytes = 0;
  for (let batch = 0; batch < ENTRIES / BATCH; batch++) {
    let text = "";
    for (let made = 0; made < BATCH; made++) {
      const sealed = seal(head, makeEntry(head.seq));
      head = sealed;
      text += `${write(openEntry(sealed))}\n`;
    }
    bytes += writeSync(file, text);
  }
  closeSync(file);
  return bytes;
}

/** A custom role edited through a browser: as large as entries usually are. */
function makeEntry(number: number): Parameters<typeof seal>[1] {
  const id = String(number).padStart(26, "0");
  const scopes = ["case:read", "case:write", "workflow:read", "workflow:run"];
  return {
    id: `aud_${id}` as EntryId,
    chain: CHAIN,
    at: new Date(1_796_000_000_000 + number * 997).toISOString(),
    action: "role.updated",
    actor: { kind: "user", id: "usr_01kat0m5w8d2f6h9k3m7p1r4t8", email: "ann@acme.example" },
    target: { type: "role", id: `rol_${id}` },
    before: { name: "Analyst", scopes: scopes.slice(0, number % 4) },
    after: { name: "Analyst", scopes },
    origin: {
      ip: `192.0.2.${number % 256}`,
      userAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0",
      requestId: `7f9c24e8-3b12-4fef-91e0-${String(number).padStart(12, "0")}`,
    },
    outcome: "success",
  };
}
