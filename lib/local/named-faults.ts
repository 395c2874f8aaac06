/** What is wrong with a log and with what is said of it, each fault once and by the names that the reader knows. */

import type { BreakReason } from "../domain/chain-break.ts";
import type { BrokenChain } from "../domain/chain-verification.ts";
import type { BrokenCheckpoint } from "../domain/checkpoint-verification.ts";
import type { BrokenExportEntry, BrokenExportFile, ExportFault, FileFault } from "../domain/export-verification.ts";

export type ManifestFault =
  | "manifest-form"
  | "manifest-signature"
  /** A checkpoint knows of another chain than the one that was exported. */
  | "manifest-contradicted";

interface BrokenManifest {
  readonly manifest: string;
  readonly reason: ManifestFault;
}

/** An entry, or a file. */
interface BrokenLog {
  readonly chain?: string;
  readonly seq?: number;
  readonly reason: BreakReason | ExportFault | FileFault;
  /** Of the file, from 1. */
  readonly line?: number;
  /** Where there are several. */
  readonly file?: string;
}

export type Fault = BrokenLog | BrokenCheckpoint | BrokenManifest;

interface CountedFile {
  readonly name: string;
  readonly lines: number;
}

/**
 * The first broken entry of each chain: a chain and a manifest may both know of one.
 * @param broken with lines counted through all files
 */
export function firstOfEach(
  broken: readonly BrokenChain[],
  exported: readonly (BrokenExportEntry | BrokenExportFile)[],
  files: readonly CountedFile[],
): readonly BrokenLog[] {
  const inFiles = broken.map((one) => toFile(one, files));
  const isSurpassed = ({ chain, seq }: BrokenLog, by: readonly BrokenLog[], isSameEnough: boolean) =>
    chain !== undefined &&
    by.some((other) => {
      if (other.chain !== chain || other.seq === undefined) return false;
      return other.seq < (seq ?? 0) || (isSameEnough && other.seq === seq);
    });
  // Of a file in which an entry is named it need not be said that its bytes are others.
  const named = new Set(broken.map(({ line }) => line && findLine(line, files).file));
  const others = exported.filter(({ reason, file }) => reason !== "file-altered" || !named.has(file));
  return [
    ...inFiles.filter((one) => !isSurpassed(one, others, false)),
    ...firstOfChains(others.filter((one) => !isSurpassed(one, inFiles, true))),
  ];
}

/** Of entries that several files lack, the first; of files all. */
function firstOfChains(exported: readonly (BrokenExportEntry | BrokenExportFile)[]): readonly BrokenLog[] {
  return exported.filter(
    (one) =>
      !("seq" in one) || !exported.some((other) => "seq" in other && other.chain === one.chain && other.seq < one.seq),
  );
}

function toFile({ line, chain, seq, reason }: BrokenChain, files: readonly CountedFile[]): BrokenLog {
  const place = line === undefined || files.length < 2 ? undefined : findLine(line, files);
  return {
    ...(chain === undefined ? {} : { chain }),
    ...(seq === undefined ? {} : { seq }),
    reason,
    ...(line === undefined ? {} : { line: place?.line ?? line }),
    ...(place === undefined ? {} : { file: place.file }),
  };
}

function findLine(line: number, files: readonly CountedFile[]): { readonly file: string; readonly line: number } {
  let before = 0;
  for (const { name, lines } of files) {
    if (line <= before + lines) return { file: name, line: line - before };
    before += lines;
  }
  throw new Error(`There is no line ${line}`);
}
