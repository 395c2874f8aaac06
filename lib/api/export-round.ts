/**
 * Works on exports, step by step. A step looks along the chain from where the one before it stopped, writes what the filter lets
 * through as one file, and notes both in one transaction; the last one writes the manifest. A step that was broken off is done again
 * and finds its own file, as does whoever does the same step at the same time: what lies there first is what counts.
 */
import { randomUUID } from "node:crypto";
import type { Bucket } from "../archive/bucket.ts";
import type { SigningKey } from "../archive/signing-key.ts";
import { costOf, openEntry } from "../domain/audit.ts";
import type { ExportJob } from "../domain/audit-exports.ts";
import { describeFile, isFiltered, judgeExport, MANIFEST, nameOfFile, toAuditFilter } from "../domain/audit-exports.ts";
import { fitsFilter } from "../domain/audit-filter.ts";
import type { Checkpoint } from "../domain/checkpoints.ts";
import { writeExportManifest } from "../domain/export-manifest.ts";
import { toLine } from "../domain/json-lines.ts";
import { limits } from "../domain/limits.ts";
import type { ExportRef } from "../store/export-stream.ts";
import type { Store } from "../store/store.ts";
import { isGone } from "./chain-beginning.ts";
import { placeOfChain } from "./checkpoints.ts";
import { exportKey } from "./export-files.ts";

/** Entries of one read, and usual ones that one step looks at: a filter may let few through. */
const BATCH = 500;
const LOOKED_AT = 20_000;
/** Tries of one step before the job has failed, and the longest pause before one, in milliseconds. */
const MOST_TRIES = 8;
const LONGEST_PAUSE = 30_000;

/** What a round works with. */
export interface ExportDesk {
  readonly store: Store;
  readonly bucket: Bucket;
  readonly signingKey: SigningKey;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** @param milliseconds after which to go on */
  readonly wait: (milliseconds: number) => Promise<void>;
}

/** A step that went wrong, which its job has noted. */
export interface FailedStep extends ExportRef {
  readonly error: unknown;
  /** Nothing was noted of it, so that nothing brings it again but whoever brought it. */
  readonly isLeft?: true;
}

/**
 * Does one step of each job in turn until all are done. What was begun, and what went wrong, is noted in the job, and that brings the
 * next round. A job that had no turn at all, for want of time, is told as left.
 * @param until milliseconds since 1970: nothing is begun after it
 * @throws when the table fails; nothing is lost then either
 */
export async function workOnExports(
  desk: ExportDesk,
  refs: readonly ExportRef[],
  until: number,
): Promise<readonly FailedStep[]> {
  const failed: FailedStep[] = [];
  let waiting = [...refs];
  for (let isFirst = true; waiting.length > 0; isFirst = false) {
    const left: ExportRef[] = [];
    for (const [index, ref] of waiting.entries()) {
      if (desk.now() >= until) return isFirst ? [...failed, ...waiting.slice(index).map(toLeft)] : failed;
      const { job } = await desk.store.read({ job: desk.store.auditExports.at(ref.orgId, ref.id) });
      if (job?.state !== "running") continue;
      const error = await tryStep(desk, job);
      if (error === undefined) left.push(ref);
      else failed.push({ ...ref, error });
    }
    waiting = left;
  }
  return failed;
}

function toLeft(ref: ExportRef): FailedStep {
  return { ...ref, error: new Error("There was no time for it."), isLeft: true };
}

/** @returns what went wrong, once that is noted */
async function tryStep(desk: ExportDesk, job: ExportJob): Promise<unknown> {
  const judged = judgeExport(job, desk.now());
  if (judged.state === "failed") {
    await move(desk, job, judged);
    return undefined;
  }
  if (job.failures > 0) await desk.wait(Math.min(LONGEST_PAUSE, 500 * 2 ** job.failures));
  try {
    await (job.after < job.head.seq ? writeNextFile(desk, job) : writeManifest(desk, job));
    return undefined;
  } catch (error) {
    await move(desk, job, noteFailure(job));
    return error;
  }
}

function noteFailure(job: ExportJob): ExportJob {
  const failures = job.failures + 1;
  if (failures < MOST_TRIES) return { ...job, failures };
  return { ...job, failures, state: "failed", error: "Its files could not be written. Start it again." };
}

async function writeNextFile(desk: ExportDesk, job: ExportJob): Promise<void> {
  const { text, after, first } = await gather(desk.store, job);
  const next = { ...job, step: job.step + 1, after, first, failures: 0 };
  if (text === "") {
    await move(desk, job, next);
    return;
  }
  const number = job.files + 1;
  if (number > limits.exportFiles) {
    const error = `It has more than ${limits.exportFiles} files. Ask for a shorter range.`;
    await move(desk, job, { ...job, state: "failed", error });
    return;
  }
  const name = nameOfFile(number);
  const found = await putOrFind(desk.bucket, exportKey(job, name), text);
  const { file, index, last } = describeFile(name, found, isFiltered(job.filter));
  // Of another file than one would write now only this is known: it goes as far as its last entry.
  const reached = found === text ? after : last;
  const written = { number, file, index };
  await move(desk, job, { ...next, after: reached, files: number, entries: job.entries + file.entries }, written);
}

/** The next entries that the filter lets through, as lines, and how far that goes. Of the same job it is always the same. */
async function gather(
  store: Store,
  { orgId, head, filter, ...job }: ExportJob,
): Promise<{ readonly text: string; readonly after: number; readonly first: number }> {
  const place = placeOfChain(orgId, head.chain);
  if (place === undefined) throw new Error(`${head.chain} is no chain of ${orgId}`);
  const wanted = toAuditFilter(filter);
  const asked = Date.parse(job.createdAt);
  const lines: string[] = [];
  let [after, first, bytes] = [job.after, job.first ?? 0, 0];
  const isFull = () => lines.length >= limits.exportFileEntries || bytes >= limits.exportFileBytes;
  for (let looked = 0; looked < LOOKED_AT && after < head.seq && !isFull(); ) {
    const { items } = await store.places.listEntriesAfter(place, after, BATCH);
    const within = items.map(({ value }) => value).filter(({ seq }) => seq <= head.seq);
    // The rest is gone for its age.
    if (within.length === 0) after = head.seq;
    for (const sealed of within) {
      looked += costOf(sealed);
      after = sealed.seq;
      // What was past its time when it was asked for is gone, swept or not. That is the same for every try.
      if (isGone(sealed, asked)) continue;
      first ||= sealed.seq;
      const entry = openEntry(sealed);
      if (!fitsFilter(entry, wanted)) continue;
      const line = `${toLine(entry)}\n`;
      lines.push(line);
      bytes += Buffer.byteLength(line);
      if (isFull() || looked >= LOOKED_AT) break;
    }
  }
  return { text: lines.join(""), after, first };
}

/** @returns what lies there now */
async function putOrFind(bucket: Bucket, key: string, text: string): Promise<string> {
  if ((await bucket.putNew(key, text)) === "put") return text;
  const found = await bucket.read(key);
  if (found === undefined) throw new Error(`${key} was there and is gone`);
  return found;
}

async function writeManifest({ store, bucket, signingKey, ...desk }: ExportDesk, job: ExportJob): Promise<void> {
  const [files, indexes] = await Promise.all([
    store.auditExports.listFiles(job.orgId, job.id),
    store.auditExports.listIndexes(job.orgId, job.id),
  ]);
  const manifest = writeExportManifest(
    job,
    files.map((file, at) => ({ ...file, seqs: "", ...indexes[at] })),
  );
  const [signature, publicKey] = [await signingKey.sign(manifest), await signingKey.publicKey()];
  const signed: Checkpoint = { manifest, signature, publicKey };
  // One that is there already says the same.
  await bucket.putNew(exportKey(job, MANIFEST), JSON.stringify(signed));
  await move({ store, ...desk }, job, { ...job, step: job.step + 1, state: "ready", failures: 0 });
}

/** Where somebody else was faster there is nothing to do: the job is read again before its next step. */
async function move(
  { store }: Pick<ExportDesk, "store">,
  from: ExportJob,
  to: ExportJob,
  written?: Parameters<Store["auditExports"]["move"]>[2],
): Promise<void> {
  await store.commit(store.auditExports.move(from, to, written), randomUUID(), async () => false);
}
