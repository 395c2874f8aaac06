/** An export held against its manifest: whatever is done to its files is found, and named where that can be told. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { ExportFilter, ExportJob } from "../../lib/domain/audit-exports.ts";
import { describeFile, nameOfFile } from "../../lib/domain/audit-exports.ts";
import { readEntryLine } from "../../lib/domain/entry-line.ts";
import type { ExportManifest } from "../../lib/domain/export-manifest.ts";
import { readExportManifest, writeExportManifest } from "../../lib/domain/export-manifest.ts";
import { verifyExport } from "../../lib/domain/export-verification.ts";
import type { ExportId, OrgId } from "../../lib/domain/ids.ts";
import { readSeqs, writeSeqs } from "../../lib/domain/seq-ranges.ts";
import { makeLog, NORTH, read, rehash, SOUTH } from "./exported-log.ts";

const chain = makeLog(40);
/** Every third entry, in two files. */
const filtered = chain.filter((_, index) => index % 3 === 0);
const parts = [filtered.slice(0, 8), filtered.slice(8)];

function manifestTextOf(files: readonly (readonly string[])[], filter: ExportFilter): string {
  const job: ExportJob = {
    id: "exp_01k8z0000000000000000000e1" as ExportId,
    orgId: "org_01k8z0000000000000000000a1" as OrgId,
    state: "running",
    filter,
    createdAt: "2026-11-01T12:00:00.000Z",
    createdBy: "usr_1",
    head: { chain: NORTH, seq: 40, hash: read(chain[39]).hash },
    step: 3,
    after: 40,
    first: 1,
    entries: 0,
    files: files.length,
    failures: 0,
    expires: 0,
  };
  const isMarked = filter.action !== undefined;
  const described = files.map((lines, at) => describeFile(nameOfFile(at + 1), `${lines.join("\n")}\n`, isMarked));
  return writeExportManifest(
    job,
    described.map(({ file, index }) => ({ ...file, ...index })),
  );
}

function manifestOf(files: readonly (readonly string[])[], filter: ExportFilter = { action: "x" }): ExportManifest {
  const manifest = readExportManifest(manifestTextOf(files, filter));
  if (manifest === undefined) throw new Error("it is no manifest");
  return manifest;
}

function readFile(name: string, text: string) {
  const lines = text.split("\n").filter((line) => line !== "");
  const entries = lines.map((line, at) => ({ ...readEntryLine(Buffer.from(line)), line: at + 1 }));
  return { name, sha256: createHash("sha256").update(text).digest("hex"), entries };
}

const readParts = (files: readonly (readonly string[])[]) =>
  files.map((lines, at) => readFile(nameOfFile(at + 1), `${lines.join("\n")}\n`));

const manifest = manifestOf(parts);
const seqOf = (line: string | undefined) => read(line).seq;

describe("files as they were written", () => {
  it("are without fault, in any order and under any name", () => {
    expect(verifyExport(manifest, readParts(parts))).toEqual([]);
    const renamed = readParts(parts).map((file, at) => ({ ...file, name: `${at}.txt` }));
    expect(verifyExport(manifest, renamed.toReversed())).toEqual([]);
  });

  it("may be none", () => {
    expect(verifyExport(manifestOf([]), [])).toEqual([]);
  });
});

describe("of a filtered file", () => {
  const [first = []] = parts;
  const changedHash = rehash({ ...read(first[3]), outcome: "failure" as "success" });
  const between = chain[7] ?? "";

  it.each<[string, readonly string[], object]>([
    ["an entry taken out is named", first.toSpliced(3, 1), { reason: "missing", seq: seqOf(first[3]) }],
    ["the first one taken out", first.slice(1), { reason: "missing", seq: 1 }],
    ["the last one taken out", first.slice(0, -1), { reason: "missing", seq: seqOf(first.at(-1)) }],
    ["two taken out: the first", first.toSpliced(2, 2), { reason: "missing", seq: seqOf(first[2]) }],
    ["one of the same chain put in", first.toSpliced(3, 0, between), { reason: "not-exported", seq: 8, line: 4 }],
    ["one put in twice", first.toSpliced(3, 0, first[2] ?? ""), { reason: "doubled", seq: seqOf(first[2]), line: 4 }],
    ["one altered and hashed again", first.with(3, changedHash), { reason: "remade", seq: seqOf(first[3]), line: 4 }],
    [
      "one taken out and another put in: the earlier number",
      first.with(3, between),
      { reason: "not-exported", seq: 8, line: 4 },
    ],
    [
      "one put in and an earlier one taken out: that",
      first.with(3, between).toSpliced(1, 1),
      { reason: "missing", seq: seqOf(first[1]) },
    ],
  ])("%s", (_what, lines, fault) => {
    const file = "part-000001.jsonl";
    const found = verifyExport(manifest, readParts([lines, parts[1] ?? []]));
    expect(found).toEqual([expect.objectContaining({ ...fault, chain: NORTH, file })]);
  });

  it("an entry of another chain put in is named with that", () => {
    // Of a number that the export has, too.
    const foreign = makeLog(4, SOUTH)[3] ?? "";
    const lines = first.toSpliced(5, 0, foreign);
    expect(verifyExport(manifest, readParts([lines, parts[1] ?? []]))).toEqual([
      { reason: "not-exported", chain: SOUTH, seq: 4, line: 6, file: "part-000001.jsonl" },
    ]);
  });

  it("other bytes are told even where each entry is whole", () => {
    const spaced = first.with(2, (first[2] ?? "").replace(":", ": "));
    expect(verifyExport(manifest, readParts([spaced, parts[1] ?? []]))).toEqual([
      { reason: "file-altered", file: "part-000001.jsonl" },
    ]);
  });

  it("each single entry taken out of it, and each one altered and hashed again, is named", () => {
    for (const [at, line] of first.entries()) {
      const seq = seqOf(line);
      const remade = rehash({ ...read(line), outcome: "failure" as "success" });
      const [out, changed] = [first.toSpliced(at, 1), first.with(at, remade)].map((lines) =>
        verifyExport(manifest, readParts([lines, parts[1] ?? []])),
      );
      expect(out).toMatchObject([{ reason: "missing", seq }]);
      expect(changed).toMatchObject([{ reason: "remade", seq }]);
    }
  });
});

describe("whole files", () => {
  const [one, two] = readParts(parts);
  if (one === undefined || two === undefined) throw new Error("there are two");

  it("that are not given are named", () => {
    expect(verifyExport(manifest, [one])).toEqual([{ reason: "file-missing", file: "part-000002.jsonl" }]);
  });

  it("that the manifest does not know, or that are given twice, are named", () => {
    const other = readFile("other.jsonl", `${chain[0]}\n`);
    expect(verifyExport(manifest, [one, two, other])).toEqual([{ reason: "file-unknown", file: "other.jsonl" }]);
    expect(verifyExport(manifest, [one, two, one])).toEqual([{ reason: "file-unknown", file: one.name }]);
  });
});

describe("a manifest", () => {
  const text = manifestTextOf(parts, { action: "x" });

  it("is the same text whenever it is written", () => {
    expect(manifestTextOf(parts, { action: "x" })).toBe(text);
  });

  it("marks the entries of a filtered chain, and of no whole one", () => {
    expect(manifest.isFiltered).toBe(true);
    expect(manifest.files[0]?.marks).toBe((parts[0] ?? []).map((line) => read(line).hash.slice(0, 4)).join(""));
    const whole = manifestOf([chain], {});
    expect([whole.isFiltered, whole.files[0]?.marks, whole.files[0]?.seqs]).toEqual([undefined, undefined, "1-40"]);
  });

  it.each<[string, string]>([
    ["of another format, as a checkpoint's", text.replace("bailiwick-export-1", "bailiwick-checkpoint-1")],
    ["not in canonical form", text.replace(":", ": ")],
    ["no JSON", text.slice(1)],
    ["of other things", "[]"],
    ["whose marks are not as many as its entries", text.replace('"entries":8', '"entries":9')],
    [
      "whose numbers are not as many as its entries",
      manifestTextOf([chain], {}).replace('"entries":40', '"entries":41'),
    ],
    ["whose numbers are no ranges", text.replace('"seqs":"1,4', '"seqs":"4,1')],
    ["without its marks", text.replaceAll(/"marks":"\w+",/g, "")],
    ["without its head", text.replace(/"head":\{[^}]*\}/, '"head":1')],
    ["with marks of a whole chain", text.replace('"isFiltered":true,', "")],
  ])("%s is none", (_what, changed) => {
    expect(changed).not.toBe(text);
    expect(readExportManifest(changed)).toBeUndefined();
  });
});

describe("numbers as a text", () => {
  it.each<[readonly number[], string]>([
    [[], ""],
    [[7], "7"],
    [[1, 2, 3], "1-3"],
    [[1, 3, 4, 9, 10, 12], "1,3-4,9-10,12"],
  ])("%j is written as %j and read again", (seqs, text) => {
    expect(writeSeqs(seqs)).toBe(text);
    expect((readSeqs(text) ?? []).flatMap(([from, to]) => seqs.filter((seq) => seq >= from && seq <= to))).toEqual(
      seqs,
    );
  });

  it.each(["0", "1-1", "2-1", "1,2", "3,1", "1-3,3", "1-3,4", "a", "1,", ",1", "01", "1-", "-1", "1e3", " 1"])(
    "%j is not what would have been written",
    (text) => {
      expect(readSeqs(text)).toBeUndefined();
    },
  );
});
