/** Exports of the audit log: a long range of one chain, written to files by and by. */

import { hashText } from "./audit.ts";
import type { AuditFilter } from "./audit-filter.ts";
import type { NotedHead } from "./checkpoints.ts";
import type { ExportId, OrgId, WorkspaceId } from "./ids.ts";
import { limits } from "./limits.ts";
import { writeSeqs } from "./seq-ranges.ts";

/** What was asked for, as it is shown: times in RFC 3339 and UTC. */
export interface ExportFilter {
  /** The chain of this workspace; the organization's own where it is absent. */
  readonly workspaceId?: WorkspaceId;
  readonly actor?: string;
  readonly action?: string;
  readonly target?: string;
  readonly outcome?: string;
  readonly from?: string;
  readonly to?: string;
}

/**
 * A job. Each step moves `step` by one and writes at most one file; what it does depends on nothing but what the step before left and
 * on the chain up to `head`, so that it may be broken off anywhere and done twice.
 */
export interface ExportJob {
  readonly id: ExportId;
  readonly orgId: OrgId;
  readonly state: "running" | "ready" | "failed";
  readonly filter: ExportFilter;
  readonly createdAt: string;
  /** Id of who asked for it. */
  readonly createdBy: string;
  /** Where the chain ended when the job was made; nothing behind it is exported. */
  readonly head: NotedHead;
  readonly step: number;
  /** The last entry that was looked at. */
  readonly after: number;
  /** The first one that was still there. */
  readonly first?: number;
  readonly entries: number;
  readonly files: number;
  /** Tries of this step that failed. */
  readonly failures: number;
  readonly error?: string;
  /** Epoch seconds from which on it is gone. */
  readonly expires: number;
}

/** A file that was written, as its readers are told of it. */
export interface ExportFile {
  readonly name: string;
  readonly entries: number;
  readonly bytes: number;
  /** Lower-case hexadecimal, of its bytes. */
  readonly sha256: string;
}

/** What is in a file, so that a line that is missing or strange can be named. */
export interface FileIndex {
  /** Numbers of its entries, as `writeSeqs` writes them. */
  readonly seqs: string;
  /** The first four digits of each entry's hash, one after the other. Only where the chain is filtered, and so says little itself. */
  readonly marks?: string;
}

/** The name of the file that tells what is in the others. */
export const MANIFEST = "manifest.json";
/** Digits of a hash that mark its entry. */
export const MARK_LENGTH = 4;

const HOUR = 3_600_000;

/** @param number from 1 */
export function nameOfFile(number: number): string {
  return `part-${String(number).padStart(6, "0")}.jsonl`;
}

/** The job as it is at a moment: one that was left lying has failed. */
export function judgeExport(job: ExportJob, now: number): ExportJob {
  const isLate = job.state === "running" && now >= Date.parse(job.createdAt) + limits.exportHours * HOUR;
  return isLate ? { ...job, state: "failed", error: `It was not done within ${limits.exportHours} hours.` } : job;
}

/** Whether it leaves entries out, beside those that came later or are gone. */
export function isFiltered({ workspaceId, ...narrowing }: ExportFilter): boolean {
  return Object.values(narrowing).some((value) => value !== undefined);
}

/** What was asked for, as the log is filtered: without the chain, times in milliseconds since 1970. */
export function toAuditFilter({ actor, action, target, outcome, from, to }: ExportFilter): AuditFilter {
  const moment = (text: string | undefined) => (text === undefined ? undefined : Date.parse(text));
  return { actor, action, target, outcome, from: moment(from), to: moment(to) };
}

/** @param text lines that the service wrote: entries of one chain, each with a larger number than the one before it */
export function describeFile(
  name: string,
  text: string,
  isMarked: boolean,
): { readonly file: ExportFile; readonly index: FileIndex; readonly last: number } {
  const lines = text.split("\n").slice(0, -1);
  const entries = lines.map((line): { seq: number; hash: string } => JSON.parse(line));
  const marks = entries.map(({ hash }) => hash.slice(0, MARK_LENGTH)).join("");
  return {
    file: { name, entries: entries.length, bytes: Buffer.byteLength(text), sha256: hashText(text) },
    index: { seqs: writeSeqs(entries.map(({ seq }) => seq)), ...(isMarked ? { marks } : {}) },
    last: entries.at(-1)?.seq ?? 0,
  };
}
