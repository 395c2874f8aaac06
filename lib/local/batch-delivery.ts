/**
 * Delivers the records of a shard to a function as Lambda does: tried again from the first failure, halved after an error, given up
 * after so many tries or when they are too old, never passed over.
 */
import { randomUUID } from "node:crypto";
import type { EventSource } from "./event-sources.ts";
import type { Outcome } from "./invocation.ts";
import { isRecord } from "./shape.ts";
import type { Attempt, GivenUp } from "./stream-event.ts";
import { streamEvent } from "./stream-event.ts";
import type { StreamRecord } from "./table-stream.ts";

/** Milliseconds between two tries, which double up to the last. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 10_000;

export interface DeliveryParts {
  readonly source: EventSource;
  /** Never rejects. */
  readonly invoke: (event: string, requestId: string) => Promise<Outcome>;
  /** Resolves after so many milliseconds, or when the service ends. */
  readonly pause: (ms: number) => Promise<void>;
  readonly isEnded: () => boolean;
  /** Told that this record, and all before it, is done with. */
  readonly advance: (record: StreamRecord) => Promise<void>;
  readonly giveUp: (records: readonly StreamRecord[], why: GivenUp, attempt: Attempt) => Promise<void>;
}

/** Resolves when every record was delivered or given up, or the service ends: then `advance` has told how far it came. */
export async function deliver(parts: DeliveryParts, records: readonly StreamRecord[]): Promise<void> {
  const { source } = parts;
  let left = await withoutOld(parts, records, untried);
  for (let count = 0; left.length > 0 && !parts.isEnded(); ) {
    const requestId = randomUUID();
    const outcome = await parts.invoke(JSON.stringify(streamEvent(source, left)), requestId);
    // What was broken off by the end of the service did not fail.
    if (parts.isEnded()) return;
    const failed = firstFailure(source, left, outcome);
    if (failed === undefined) return advanceTo(parts, left);
    count = failed === 0 ? count + 1 : 1;
    const attempt = { requestId, count, isError: !outcome.ok };
    await advanceTo(parts, left.slice(0, failed));
    left = left.slice(failed);
    if (failed === 0 && source.splitsOnError && left.length > 1) return deliverHalves(parts, left);
    if (count > source.retries) return giveUp(parts, left, "RetryAttemptsExhausted", attempt);
    await parts.pause(Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (count - 1)));
    left = await withoutOld(parts, left, attempt);
  }
}

const untried: Attempt = { requestId: "", count: 0, isError: false };

/** Halving is no try: each half begins to count anew. */
async function deliverHalves(parts: DeliveryParts, records: readonly StreamRecord[]): Promise<void> {
  const middle = Math.ceil(records.length / 2);
  await deliver(parts, records.slice(0, middle));
  if (!parts.isEnded()) await deliver(parts, records.slice(middle));
}

/** Gives up those that were written too long ago, which are the first. */
async function withoutOld(
  parts: DeliveryParts,
  records: readonly StreamRecord[],
  attempt: Attempt,
): Promise<readonly StreamRecord[]> {
  const oldest = Date.now() - parts.source.oldest;
  const isOld = ({ dynamodb }: StreamRecord) => dynamodb.ApproximateCreationDateTime * 1_000 < oldest;
  const young = records.findIndex((record) => !isOld(record));
  const old = young < 0 ? records : records.slice(0, young);
  if (old.length > 0) await giveUp(parts, old, "MaximumRecordAgeExceeded", attempt);
  return records.slice(old.length);
}

async function giveUp(parts: DeliveryParts, records: readonly StreamRecord[], why: GivenUp, attempt: Attempt) {
  await parts.giveUp(records, why, attempt);
  await advanceTo(parts, records);
}

async function advanceTo({ advance }: DeliveryParts, done: readonly StreamRecord[]): Promise<void> {
  const last = done.at(-1);
  if (last !== undefined) await advance(last);
}

/** The index of the first record that failed; 0 also for a failure of the whole; undefined where there is none. */
function firstFailure(
  { reportsFailures }: EventSource,
  records: readonly StreamRecord[],
  outcome: Outcome,
): number | undefined {
  if (!outcome.ok) return 0;
  const failures = reportsFailures ? readFailures(outcome.payload) : [];
  if (failures.length === 0) return undefined;
  const places = failures.map((number) => records.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === number));
  // As on AWS: one that names no record of the batch fails all of it.
  return Math.max(0, Math.min(...places));
}

/** The sequence numbers that the function reports; no answer, or an empty one, reports none. */
function readFailures(payload: string): readonly unknown[] {
  const answer: unknown = JSON.parse(payload === "" ? "null" : payload);
  const failures = isRecord(answer) ? answer.batchItemFailures : undefined;
  if (!Array.isArray(failures)) return [];
  return failures.map((failure) => (isRecord(failure) ? failure.itemIdentifier : undefined));
}
