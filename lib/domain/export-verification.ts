/**
 * Holds the files of an export against its manifest. A file whose bytes are those that the manifest names needs no further look; of any
 * other it is said, as far as that can be told, which entry makes the difference.
 */
import { MARK_LENGTH } from "./audit-exports.ts";
import type { Manifest } from "./checkpoints.ts";
import type { EntryLine } from "./entry-line.ts";
import type { ExportManifest } from "./export-manifest.ts";
import { readSeqs, type SeqRange } from "./seq-ranges.ts";

export type ExportFault =
  /** The manifest names it, and it is in no file. */
  | "missing"
  /** It stands there twice. */
  | "doubled"
  /** The manifest does not name it. */
  | "not-exported"
  /** Altered, and its own hash made to fit. */
  | "remade";

export type FileFault =
  /** The manifest names it, and it was not given. */
  | "file-missing"
  /** The manifest does not name it. */
  | "file-unknown"
  /** Its bytes are others than the manifest names. */
  | "file-altered";

export interface BrokenExportEntry {
  readonly reason: ExportFault;
  readonly chain: string;
  readonly seq: number;
  /** Of the file, from 1; absent for what does not stand in it. */
  readonly line?: number;
  readonly file: string;
}

export interface BrokenExportFile {
  readonly reason: FileFault;
  readonly file: string;
}

/** A file as it was read. */
export interface ReadFile {
  /** Its last step only. */
  readonly name: string;
  readonly sha256: string;
  /** In their order, with those that are flawed. */
  readonly entries: readonly (EntryLine & { readonly line: number })[];
}

type ManifestFile = ExportManifest["files"][number];

/** @param read every file that was given @returns of each the first fault that can be told, and which are missing or too many */
export function verifyExport(
  manifest: ExportManifest,
  read: readonly ReadFile[],
): readonly (BrokenExportEntry | BrokenExportFile)[] {
  const faults: (BrokenExportEntry | BrokenExportFile)[] = [];
  const found = new Set<ManifestFile>();
  for (const one of read) {
    // A file may have been given another name.
    const file =
      manifest.files.find(({ sha256 }) => sha256 === one.sha256) ??
      manifest.files.find(({ name }) => name === one.name);
    if (file === undefined || found.has(file)) {
      faults.push({ reason: "file-unknown", file: one.name });
      continue;
    }
    found.add(file);
    if (file.sha256 !== one.sha256) faults.push(findFault(manifest.chain, file, one));
  }
  for (const file of manifest.files) {
    if (!found.has(file)) faults.push({ reason: "file-missing", file: file.name });
  }
  return faults;
}

/**
 * Whether checkpoints know of another chain than the one that was exported: its last entry then was another, or the chain was longer
 * before. A manifest is signed over what the table held, so that a chain that was written anew has one, too.
 */
export function isContradicted({ chain, head, at }: ExportManifest, checkpoints: readonly Manifest[]): boolean {
  return checkpoints.some((checkpoint) => {
    const noted = checkpoint.chains.find((one) => one.chain === chain);
    if (noted === undefined) return false;
    if (noted.seq === head.seq) return noted.hash !== head.hash;
    return noted.seq > head.seq && Date.parse(checkpoint.at) < Date.parse(at);
  });
}

/** The first entry, by its number, by which a file is another one than it was. */
function findFault(chain: string, file: ManifestFile, read: ReadFile): BrokenExportEntry | BrokenExportFile {
  const ranges = readSeqs(file.seqs) ?? [];
  const seen = new Set<number>();
  const faults: BrokenExportEntry[] = [];
  for (const entry of read.entries) {
    const { seq = 0, line, hash = "" } = entry;
    const at = entry.chain === chain ? placeOf(seq, ranges) : undefined;
    const note = (reason: ExportFault) =>
      faults.push({ reason, chain: entry.chain ?? chain, seq, line, file: read.name });
    // What a flawed one claims to be may be what was altered in it; it is told as what it is.
    if (entry.flaw !== undefined) seen.add(seq);
    else if (at === undefined) note("not-exported");
    else if (seen.has(seq)) note("doubled");
    else {
      seen.add(seq);
      const mark = file.marks?.slice(at * MARK_LENGTH, (at + 1) * MARK_LENGTH);
      if (mark !== undefined && !hash.startsWith(mark)) note("remade");
    }
  }
  const missing = findMissing(ranges, seen);
  if (missing !== undefined) faults.push({ reason: "missing", chain, seq: missing, file: read.name });
  const [first] = faults.sort((a, b) => a.seq - b.seq);
  return first ?? { reason: "file-altered", file: read.name };
}

/** How many entries of a file stand before this one; undefined where it is not in it. */
function placeOf(seq: number, ranges: readonly SeqRange[]): number | undefined {
  let before = 0;
  for (const [from, to] of ranges) {
    if (seq < from) return undefined;
    if (seq <= to) return before + seq - from;
    before += to - from + 1;
  }
  return undefined;
}

function findMissing(ranges: readonly SeqRange[], seen: ReadonlySet<number>): number | undefined {
  for (const [from, to] of ranges) for (let seq = from; seq <= to; seq++) if (!seen.has(seq)) return seq;
  return undefined;
}
