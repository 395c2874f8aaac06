/** `npm run audit:verify`, as somebody uses it who was given a file. */
import { execFile } from "node:child_process";
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ExportFilter, ExportJob } from "../../lib/domain/audit-exports.ts";
import { describeFile, nameOfFile } from "../../lib/domain/audit-exports.ts";
import type { LastManifest, NotedHead } from "../../lib/domain/checkpoints.ts";
import { NO_CHECKPOINT, writeManifest } from "../../lib/domain/checkpoints.ts";
import { writeExportManifest } from "../../lib/domain/export-manifest.ts";
import type { ExportId, OrgId, WorkspaceId } from "../../lib/domain/ids.ts";
import { makeLog, NORTH, read, rehash, rewriteFrom, SOUTH } from "../domain/exported-log.ts";
import { temporaryFolder } from "./test-assembly.ts";

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

const folder = temporaryFolder();
const log = makeLog(30);
let files = 0;

function put(content: string | Buffer): string {
  const file = join(folder, `${files++}.txt`);
  writeFileSync(file, content);
  return file;
}

function run(given: readonly string[], input?: string): Promise<Ended> {
  return new Promise((resolve) => {
    const script = join(import.meta.dirname, "../../lib/local/audit-verify.ts");
    const child = execFile(process.execPath, [script, ...given], (error, out, complaint) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, error: complaint }),
    );
    child.stdin?.end(input);
  });
}

/** What the lines for machines say. */
const brokenOf = ({ out }: Ended) =>
  out
    .split("\n")
    .filter((line) => line.startsWith("broken "))
    .map((line) => JSON.parse(line.slice("broken ".length)));

const curve = { namedCurve: "P-256" };
const ours = generateKeyPairSync("ec", curve);
const theirs = generateKeyPairSync("ec", curve);
const toPem = (key: KeyObject) => key.export({ type: "spki", format: "pem" }).toString();
const ourKey = put(toPem(ours.publicKey));

const headOf = (seq: number, lines = log): NotedHead => ({
  chain: NORTH,
  seq,
  hash: read(lines[seq - 1]).hash,
});

/** A checkpoint file, signed as the service signs. */
function putCheckpoint(
  heads: readonly NotedHead[],
  {
    last = NO_CHECKPOINT,
    keys = ours,
    alter = (text: string) => text,
    at = "2026-11-01T12:00:00.000Z",
  }: Partial<{
    last: LastManifest;
    keys: typeof ours;
    alter: (text: string) => string;
    at: string;
  }> = {},
): string {
  const organization = "org_01k8z0000000000000000000a1" as OrgId;
  const { text: manifest } = writeManifest(organization, last, at, heads);
  const signature = sign("sha256", Buffer.from(manifest), keys.privateKey).toString("base64");
  return put(alter(JSON.stringify({ manifest, signature, publicKey: toPem(keys.publicKey) })));
}

describe("a good file", () => {
  it.each<[string, string]>([
    ["as it is exported", `${log.join("\n")}\n`],
    ["without an end of its last line", log.join("\n")],
    ["with the line ends of Windows and blank lines behind", `${log.join("\r\n")}\r\n\r\n`],
    ["from the last entry to the first", `${log.toReversed().join("\n")}\n`],
  ])("%s is verified: exit code 0, and what was verified", async (_how, content) => {
    const ended = await run([put(content)]);
    expect(ended).toMatchObject({ code: 0, error: "" });
    expect(ended.out).toMatch(
      /^wks_\w+: entries 1 to 30\nverified 30 entries of 1 chain \([\d.]+ s, [\d,]+ entries\/s\)\n$/,
    );
  });

  it("may be piped in", async () => {
    expect(await run(["-"], log.join("\n"))).toMatchObject({ code: 0, error: "" });
    const { code, out } = await run(["-"], log.with(4, "{}").join("\n"));
    expect([code, out.split("\n")[0]]).toEqual([
      1,
      `broken {"chain":"${NORTH}","seq":5,"reason":"not-entry","line":5}`,
    ]);
  });

  it("may hold a part of a chain and several chains, and it is said which", async () => {
    const { code, out } = await run([put([...log.slice(9), ...makeLog(3, SOUTH)].join("\n"))]);
    expect(code).toBe(0);
    expect(out).toContain(
      `${NORTH}: entries 10 to 30; the file begins after its first entry\n${SOUTH}: entries 1 to 3\n`,
    );
    expect(out).toContain("verified 24 entries of 2 chains");
  });

  it("may be filtered, which is never called verified", async () => {
    const file = put([log[2], log[7], log[8]].join("\n"));
    expect(brokenOf(await run([file]))).toEqual([{ chain: NORTH, seq: 4, reason: "missing" }]);
    const { code, out } = await run([file, "--filtered"]);
    expect(code).toBe(0);
    expect(out).toContain(`${NORTH}: 3 entries from 3 to 9, each whole by itself; 4 in between are not in the file\n`);
    expect(out).toContain("filtered, so that chains were not verified: 3 entries of 1 chain");
    expect(out).not.toMatch(/^verified/m);
  });
});

describe("a broken file", () => {
  it("names the first broken entry of each chain, for machines and for people: exit code 1", async () => {
    const south = makeLog(5, SOUTH).toSpliced(2, 1);
    const altered = log.with(11, log[11]?.replace("192.0.2.7", "192.0.2.8") ?? "");
    const ended = await run([put([...altered, ...south].join("\n"))]);
    expect(ended).toMatchObject({ code: 1, error: "" });
    const [forMachines, forPeople] = ended.out.split("\n");
    expect(forMachines).toBe(`broken {"chain":"${NORTH}","seq":12,"reason":"altered","line":12}`);
    expect(forPeople).toBe(`${NORTH}, entry 12, line 12: its content does not fit its hash: it was altered.`);
    expect(brokenOf(ended).slice(1)).toEqual([{ chain: SOUTH, seq: 3, reason: "missing" }]);
    expect(ended.out).not.toMatch(/^verified/m);
  });

  it.each<[string, string[], object]>([
    ["is no JSON", log.with(6, "what"), { chain: NORTH, seq: 7, reason: "not-json", line: 7 }],
    [
      "was altered and hashed again",
      log.with(6, rehash({ ...read(log[6]), reach: 1 })),
      { chain: NORTH, seq: 7, reason: "replaced", line: 7 },
    ],
    ["stands there twice", log.toSpliced(7, 0, log[6] ?? ""), { chain: NORTH, seq: 7, reason: "doubled", line: 8 }],
  ])("tells that an entry %s", async (_what, lines, expected) => {
    const ended = await run([put(lines.join("\n"))]);
    expect([ended.code, brokenOf(ended)]).toEqual([1, [expected]]);
  });

  it("writes nothing of its own into the reader's terminal", async () => {
    const evil = `\u001b[2J\u009b\u2028\n\u202e${"x".repeat(300)}` as WorkspaceId;
    const lines = [
      ...makeLog(3, evil).toSpliced(1, 1),
      "\u001b[31m",
      JSON.stringify({ ...read(log[0]), chain: `${evil}2` }),
    ];
    for (const given of [lines, makeLog(3, evil)]) {
      const { out, error } = await run([put(given.join("\n"))]);
      expect(`${out}${error}`).toMatch(/^[\x20-\x7e\n]+$/);
      expect(out.split("\n").filter((line) => !/^broken |^\\u001b|^line \d|^(read|verified) |^$/.test(line))).toEqual(
        [],
      );
    }
  });
});

describe("checkpoints", () => {
  const file = put(log.join("\n"));

  it("that fit are said to, and whose key it was", async () => {
    const other: NotedHead = { chain: SOUTH, seq: 3, hash: "0".repeat(64) };
    const given = [file, "--checkpoint", putCheckpoint([headOf(20), other])];
    const trusted = await run([...given, "--key", ourKey]);
    expect(trusted).toMatchObject({ code: 0, error: "" });
    expect(trusted.out).toContain(`${NORTH}: entries 1 to 30; held against 1 head of checkpoints\n`);
    expect(trusted.out).toContain(
      "checkpoint 1 of org_01k8z0000000000000000000a1, 2026-11-01T12:00:00.000Z: 2 chains, 1 of them not in the file\n",
    );
    expect(trusted.out).toContain("by the key that you named");
    const untrusted = await run(given);
    expect(untrusted.code).toBe(0);
    expect(untrusted.out).toContain("against the keys that they bring themselves, which anybody could have put there");
  });

  it("that follow each other may be several", async () => {
    const first = writeManifest("org_01k8z0000000000000000000a1" as OrgId, NO_CHECKPOINT, "2026-11-01T12:00:00.000Z", [
      headOf(5),
    ]);
    const both = [
      "--checkpoint",
      putCheckpoint([headOf(5)]),
      "--checkpoint",
      putCheckpoint([headOf(25)], { last: first.written }),
    ];
    const ended = await run([file, ...both, "--key", ourKey]);
    expect(ended.code).toBe(0);
    expect(ended.out).toContain("held against 2 heads");
  });

  it.each<[string, () => string[], object]>([
    [
      "an end that was cut off",
      () => [put(log.slice(0, 20).join("\n")), "--checkpoint", putCheckpoint([headOf(21)]), "--key", ourKey],
      { chain: NORTH, seq: 21, reason: "cut-short" },
    ],
    [
      "a chain that was rewritten",
      () => [
        put(rewriteFrom(log, 9, () => ({ reach: 1 })).join("\n")),
        "--checkpoint",
        putCheckpoint([headOf(20)]),
        "--key",
        ourKey,
      ],
      { chain: NORTH, seq: 20, reason: "contradicted", line: 20 },
    ],
    [
      "another key than the one that is trusted",
      () => [file, "--checkpoint", putCheckpoint([headOf(20)], { keys: theirs }), "--key", ourKey],
      { reason: "checkpoint-signature" },
    ],
    [
      "that they were altered",
      () => [file, "--checkpoint", putCheckpoint([headOf(20)], { alter: (text) => text.replace("2026", "2025") })],
      { reason: "checkpoint-signature" },
    ],
    ["that they are none", () => [file, "--checkpoint", file], { reason: "checkpoint-form" }],
    [
      "that they bring no key of that kind",
      () => [
        file,
        "--checkpoint",
        putCheckpoint([headOf(20)], { alter: (text) => text.replace("BEGIN PUBLIC KEY", "BEGIN KEY") }),
      ],
      { reason: "checkpoint-signature" },
    ],
  ])("find %s", async (_what, given, expected) => {
    const ended = await run(given());
    expect(ended).toMatchObject({ code: 1, error: "" });
    expect(brokenOf(ended)).toMatchObject([expected]);
    expect(ended.out).not.toMatch(/^verified/m);
  });
});

describe("an export with its manifest", () => {
  const parts = [log.slice(0, 12), log.slice(12, 24), log.slice(24)];
  const filtered = log.filter((_, index) => index % 4 === 1);
  const forged = rewriteFrom(log, 20, () => ({ action: "role.deleted" }));

  /** Writes an export into a folder of its own. @returns its files, and its manifest, signed as the service signs */
  function putExport(files: readonly (readonly string[])[], filter: ExportFilter = {}, keys = ours, head = headOf(30)) {
    const own = temporaryFolder();
    const putIn = (name: string, content: string) => {
      writeFileSync(join(own, name), content);
      return join(own, name);
    };
    const written = files.map((lines, index) => {
      const [name, text] = [nameOfFile(index + 1), `${lines.join("\n")}\n`];
      const { file, index: of } = describeFile(name, text, filter.action !== undefined);
      return { path: putIn(name, text), described: { ...file, ...of } };
    });
    const job = {
      id: "exp_01k8z0000000000000000000e1" as ExportId,
      orgId: "org_01k8z0000000000000000000a1" as OrgId,
      createdAt: "2026-11-01T12:00:00.000Z",
      filter,
      head,
      first: 1,
    } as ExportJob;
    const manifest = writeExportManifest(
      job,
      written.map(({ described }) => described),
    );
    const signature = sign("sha256", Buffer.from(manifest), keys.privateKey).toString("base64");
    const signed = JSON.stringify({ manifest, signature, publicKey: toPem(keys.publicKey) });
    return { paths: written.map(({ path }) => path), manifest: putIn("manifest.json", signed), signed, putIn };
  }

  it("is verified as one log, in whichever order its files are named", async () => {
    const { paths, manifest } = putExport(parts);
    const { code, out } = await run([...paths.toReversed(), "--manifest", manifest, "--key", ourKey]);
    expect([code, out.split("\n").slice(0, 3)]).toEqual([
      0,
      [
        `${NORTH}: entries 1 to 30`,
        `manifest of exp_01k8z0000000000000000000e1, 2026-11-01T12:00:00.000Z: 30 entries in 3 files, all of ${NORTH} from 1 to 30`,
        "The signatures are by the key that you named.",
      ],
    ]);
    expect(out).toContain("verified 30 entries of 1 chain");
  });

  it("is called verified where it is filtered, too", async () => {
    const { paths, manifest } = putExport([filtered], { action: "x" });
    const { code, out } = await run([...paths, "--manifest", manifest]);
    expect([code, out]).toEqual([0, expect.stringMatching(/^verified 8 entries of 1 chain/m)]);
    expect(out).toContain(`8 entries in 1 file, what a filter let through of ${NORTH} from 1 to 30`);
  });

  it("may be empty", async () => {
    const { manifest } = putExport([], { action: "x" });
    expect(await run(["--manifest", manifest])).toMatchObject({ code: 0, error: "" });
  });

  it("tells what is broken by file and line, once, and by the earliest entry", async () => {
    const { paths, manifest, putIn } = putExport(parts);
    const altered = (parts[1] ?? []).with(4, rehash({ ...read(log[16]), outcome: "failure" as "success" }));
    putIn("part-000002.jsonl", `${altered.join("\n")}\n`);
    expect(brokenOf(await run([...paths, "--manifest", manifest]))).toEqual([
      { chain: NORTH, seq: 17, reason: "replaced", line: 5, file: "part-000002.jsonl" },
    ]);
    putIn("part-000001.jsonl", `${(parts[0] ?? []).toSpliced(3, 1).join("\n")}\n`);
    expect(brokenOf(await run([...paths, "--manifest", manifest]))).toEqual([
      { chain: NORTH, seq: 4, reason: "missing" },
      { reason: "file-altered", file: "part-000002.jsonl" },
    ]);
  });

  it("tells in a filtered file what no chain tells", async () => {
    const { paths, manifest, putIn } = putExport([filtered], { action: "x" });
    const change = async (lines: readonly string[]) => {
      putIn("part-000001.jsonl", `${lines.join("\n")}\n`);
      const ended = await run([...paths, "--manifest", manifest]);
      return [ended.code, brokenOf(ended)];
    };
    const file = "part-000001.jsonl";
    expect(await change(filtered.toSpliced(2, 1))).toEqual([1, [{ reason: "missing", chain: NORTH, seq: 10, file }]]);
    const remade = rehash({ ...read(filtered[2]), outcome: "failure" as "success" });
    expect(await change(filtered.with(2, remade))).toEqual([
      1,
      [{ reason: "remade", chain: NORTH, seq: 10, line: 3, file }],
    ]);
    expect(await change(filtered.with(2, (filtered[2] ?? "").replace("curl/8.5.0", "curl/8.5.1")))).toEqual([
      1,
      [{ chain: NORTH, seq: 10, reason: "altered", line: 3 }],
    ]);
    expect(await change([filtered[1] ?? "", filtered[0] ?? "", ...filtered.slice(2)])).toEqual([
      1,
      [expect.objectContaining({ chain: NORTH, reason: "out-of-order" })],
    ]);
  });

  it("of which files are missing at the end is cut short", async () => {
    const { paths, manifest } = putExport(parts);
    const ended = await run([...paths.slice(0, 2), "--manifest", manifest]);
    expect([ended.code, brokenOf(ended)]).toEqual([
      1,
      [
        { chain: NORTH, seq: 25, reason: "cut-short" },
        { reason: "file-missing", file: "part-000003.jsonl" },
      ],
    ]);
  });

  it.each<[string, NotedHead, string, readonly (readonly string[])[], ExportFilter]>([
    ["of its last entry, whole", headOf(30), "12:00", [forged], {}],
    ["of its last entry, which a filter leaves out", headOf(30), "12:00", [forged.slice(3, 5)], { action: "x" }],
    ["of a later entry, by an earlier checkpoint", { ...headOf(30), seq: 31 }, "11:59", [filtered], { action: "x" }],
  ])("of a chain that a checkpoint knew otherwise is not believed, though it was signed: %s", async (...given) => {
    const [, noted, time, files, filter] = given;
    const head = { ...noted, seq: 30, hash: read(forged[29]).hash };
    const { paths, manifest } = putExport(files, filter, ours, head);
    const checkpoint = putCheckpoint([noted], { at: `2026-11-01T${time}:00.000Z` });
    const ended = await run([...paths, "--manifest", manifest, "--checkpoint", checkpoint, "--key", ourKey]);
    expect(ended.code).toBe(1);
    expect(brokenOf(ended)).toContainEqual({ manifest, reason: "manifest-contradicted" });
    const isWhole = filter.action === undefined;
    const contradicted = expect.objectContaining({ chain: NORTH, seq: 30, reason: "contradicted" });
    if (isWhole) expect(brokenOf(ended)).toContainEqual(contradicted);
  });

  it("is good beside checkpoints of the same entry, and of later ones made afterwards", async () => {
    const { paths, manifest } = putExport([filtered], { action: "x" });
    const later = { ...headOf(30), seq: 31 };
    for (const checkpoint of [putCheckpoint([headOf(30)]), putCheckpoint([later], { at: "2026-11-01T12:01:00.000Z" })])
      expect(await run([...paths, "--manifest", manifest, "--checkpoint", checkpoint])).toMatchObject({ code: 0 });
  });

  it("is not believed where its manifest was altered, signed by another, or is none", async () => {
    const { paths, manifest, signed, putIn } = putExport(parts);
    const reasonOf = async (...more: readonly string[]) => {
      const ended = await run([...paths, "--manifest", manifest, ...more]);
      return [ended.code, brokenOf(ended)];
    };
    const told = (reason: string) => [1, [{ manifest, reason }]];
    expect(await reasonOf("--key", put(toPem(theirs.publicKey)))).toEqual(told("manifest-signature"));
    putIn("manifest.json", signed.replace("1-12", "1-13"));
    expect(await reasonOf()).toEqual(told("manifest-signature"));
    putIn("manifest.json", "{}");
    expect(await reasonOf()).toEqual(told("manifest-form"));
    putIn("manifest.json", readFileSync(putCheckpoint([headOf(3)]), "utf8"));
    expect(await reasonOf()).toEqual(told("manifest-form"));
  });
});

describe("what cannot be looked at", () => {
  const good = put(log.join("\n"));
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey;
  const largerCurve = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey;
  const checkpoint = putCheckpoint([headOf(3)]);

  it.each<[string, () => string[], string]>([
    ["no file", () => [], "Say which file"],
    [
      "a manifest together with --filtered",
      () => [good, "--manifest", checkpoint, "--filtered"],
      "leave --filtered out",
    ],
    ["an unknown flag", () => [good, "--nonsense"], "Say which file"],
    ["a flag without its file", () => [good, "--checkpoint"], "Say which file"],
    ["a key without a checkpoint", () => [good, "--key", ourKey], "A key is for checkpoints"],
    [
      "a file that is not there",
      () => [join(folder, "absent\u001b.jsonl")],
      "absent\\u001b.jsonl cannot be read: ENOENT.",
    ],
    ["a folder", () => [folder], "cannot be read: EISDIR."],
    [
      "a checkpoint that is not there",
      () => [good, "--checkpoint", join(folder, "absent")],
      "absent cannot be read: ENOENT.",
    ],
    [
      "a key that is not there",
      () => [good, "--checkpoint", checkpoint, "--key", join(folder, "absent")],
      "absent cannot be read: ENOENT.",
    ],
    [
      "a key that is none",
      () => [good, "--checkpoint", checkpoint, "--key", good],
      "holds no public key of ECDSA on P-256.",
    ],
    [
      "a key of another kind",
      () => [good, "--checkpoint", checkpoint, "--key", put(toPem(rsa))],
      "holds no public key of ECDSA on P-256.",
    ],
    [
      "a key of another curve",
      () => [good, "--checkpoint", checkpoint, "--key", put(toPem(largerCurve))],
      "holds no public key of ECDSA on P-256.",
    ],
    ["an empty file", () => [put("\n\n")], "holds no entry."],
    ["a file without lines", () => [put(Buffer.alloc(17_000_000, "x"))], "is no audit log: a line of it has no end."],
  ])("%s is told in a sentence, with exit code 2", async (_what, given, sentence) => {
    const ended = await run(given());
    expect(ended).toMatchObject({ code: 2, out: "" });
    expect(ended.error).toContain(sentence);
    expect(ended.error).not.toContain("    at ");
  });
});
