/**
 * The manifest of an export: what was asked for, and which entries are in which file. Signed, it makes a file of filtered entries as
 * good as a chain: what is missing, altered, put in or moved is found.
 *
 * The rule is that of a checkpoint: `manifest` is canonical JSON (RFC 8785) as a text, `signature` is over the UTF-8 bytes of it.
 * The `format` keeps one from being taken for the other.
 */
import type { ExportFile, ExportFilter, ExportJob, FileIndex } from "./audit-exports.ts";
import { isFiltered, MARK_LENGTH } from "./audit-exports.ts";
import type { Json } from "./canonical-json.ts";
import { canonicalize } from "./canonical-json.ts";
import { countSeqs, readSeqs } from "./seq-ranges.ts";

const FORMAT = "bailiwick-export-1";

/** What is signed. The names are those of the file. */
export interface ExportManifest {
  readonly format: typeof FORMAT;
  readonly organization: string;
  readonly export: string;
  /** When it was asked for. */
  readonly at: string;
  readonly chain: string;
  readonly filter: ExportFilter;
  /** Absent where the chain is whole from `first` to `head`. */
  readonly isFiltered?: true;
  /** The first entry that was looked at: those before it were gone for their age. 0 where none was left. */
  readonly first: number;
  /** The last entry of the chain then, whether the filter lets it through or not. */
  readonly head: { readonly seq: number; readonly hash: string };
  readonly files: readonly (ExportFile & FileIndex)[];
}

/** The text that is to be signed: of the same job always the same. */
export function writeExportManifest(job: ExportJob, files: readonly (ExportFile & FileIndex)[]): string {
  const { orgId, id, createdAt, filter, head, first = 0 } = job;
  const manifest = {
    format: FORMAT,
    organization: orgId,
    export: id,
    at: createdAt,
    chain: head.chain,
    filter,
    ...(isFiltered(filter) ? { isFiltered: true } : {}),
    first,
    head: { seq: head.seq, hash: head.hash },
    files,
  };
  return canonicalize(manifest as unknown as Json);
}

/** Reads a manifest's text; undefined where it is none. Whether it was signed is another question. */
export function readExportManifest(text: string): ExportManifest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
    if (canonicalize(value as Json) !== text) return undefined;
  } catch {
    return undefined;
  }
  return isManifest(value) ? value : undefined;
}

function isManifest(value: unknown): value is ExportManifest {
  if (!isRecord(value)) return false;
  const { format, head, filter, files, first } = value;
  const isText = [value.organization, value.export, value.at, value.chain].every((one) => typeof one === "string");
  const isMarked = value.isFiltered === true;
  return (
    format === FORMAT &&
    isText &&
    (isMarked || value.isFiltered === undefined) &&
    isRecord(filter) &&
    Number.isSafeInteger(first) &&
    isRecord(head) &&
    Number.isSafeInteger(head.seq) &&
    typeof head.hash === "string" &&
    Array.isArray(files) &&
    files.every((file) => isFile(file, isMarked))
  );
}

function isFile(value: unknown, isMarked: boolean): boolean {
  if (!isRecord(value)) return false;
  const { name, entries, bytes, sha256, seqs, marks } = value;
  const ranges = typeof seqs === "string" ? readSeqs(seqs) : undefined;
  const hasMarks = typeof marks === "string" && marks.length === MARK_LENGTH * Number(entries);
  return (
    typeof name === "string" &&
    Number.isSafeInteger(bytes) &&
    typeof sha256 === "string" &&
    ranges !== undefined &&
    countSeqs(ranges) === entries &&
    (isMarked ? hasMarks : marks === undefined)
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
