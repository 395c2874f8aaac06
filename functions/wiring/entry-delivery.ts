/**
 * Delivers the audit entries of one batch of the table's stream to whoever consumes them, and tells Lambda how far that came.
 *
 * Lambda goes on at the record that is reported, so nothing is passed over and what follows a failure may come again. A batch whose
 * first record fails ends as an error and is not reported: reported, Lambda would try it whole again and again and then throw
 * all of it away; after an error it halves the batch, until what cannot be delivered stands alone.
 */
import type { DynamoDBBatchResponse, DynamoDBRecord } from "aws-lambda";
import type { WrittenEntry } from "../../lib/domain/audit.ts";
import { readWrittenEntry } from "../../lib/store/entry-stream.ts";
import { logger } from "./logger.ts";

/** Whoever is given the entries: the event bus, the archive. */
export interface EntryConsumer {
  /**
   * Takes entries in the order of the stream, each at least once. Never rejects.
   * @param until milliseconds since 1970: when to begin nothing more
   * @returns those it could not take
   */
  consume(
    entries: readonly WrittenEntry[],
    until: number,
  ): Promise<readonly { readonly entry: WrittenEntry; readonly reason: string }[]>;
}

/** @throws when not even the first record was taken */
export async function deliverEntries(
  records: readonly DynamoDBRecord[],
  consumers: readonly EntryConsumer[],
  until: number,
): Promise<DynamoDBBatchResponse> {
  const { entries, unreadable } = readEntries(records);
  const outcomes = await Promise.all(consumers.map((consumer) => consumer.consume([...entries.values()], until)));
  const undelivered = new Map(outcomes.flat().map(({ entry, reason }) => [entry, reason]));
  const first = records.findIndex((record, at) => {
    const entry = entries.get(record);
    return at === unreadable || (entry !== undefined && undelivered.has(entry));
  });
  if (first < 0) return { batchItemFailures: [] };
  logUndelivered(entries.get(records[first] as DynamoDBRecord), undelivered);
  if (first === 0) throw new Error("The first record of the batch was not delivered.");
  return { batchItemFailures: [{ itemIdentifier: sequenceNumberOf(records[first]) }] };
}

/** @param first of them in the stream; undefined where that could not even be read, which is logged by itself */
function logUndelivered(first: WrittenEntry | undefined, undelivered: ReadonlyMap<WrittenEntry, string>): void {
  if (first === undefined) return;
  const { orgId, workspaceId, seq } = first;
  const reason = undelivered.get(first);
  logger.error("audit entries were not delivered", {
    chain: workspaceId ?? orgId,
    seq,
    reason,
    count: undelivered.size,
  });
}

/** The entries up to the first record that cannot be read: what follows it is delivered when that one is out of the way. */
function readEntries(records: readonly DynamoDBRecord[]) {
  const entries = new Map<DynamoDBRecord, WrittenEntry>();
  for (const [at, record] of records.entries()) {
    try {
      const entry = readWrittenEntry(record);
      if (entry !== undefined) entries.set(record, entry);
    } catch (error) {
      logger.error("a record of the stream cannot be read", {
        sequenceNumber: sequenceNumberOf(record),
        error: error as Error,
      });
      return { entries, unreadable: at };
    }
  }
  return { entries };
}

function sequenceNumberOf(record: DynamoDBRecord | undefined): string {
  return record?.dynamodb?.SequenceNumber ?? "";
}
