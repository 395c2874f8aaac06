/** What a function gets from a stream of the table, and what a queue is told when Lambda gives records up. */
import type { EventSource } from "./event-sources.ts";
import type { StreamRecord } from "./table-stream.ts";

export function streamEvent({ region, streamArn }: EventSource, records: readonly StreamRecord[]): object {
  return { Records: records.map((record) => ({ ...record, awsRegion: region, eventSourceARN: streamArn })) };
}

/** Why records are given up. */
export type GivenUp = "RetryAttemptsExhausted" | "MaximumRecordAgeExceeded";

export interface Attempt {
  readonly requestId: string;
  /** How often these records were tried. */
  readonly count: number;
  /** Whether the function ended as an error, rather than reporting failures. */
  readonly isError: boolean;
}

/** It says where in the stream the records stand, not what is in them, as on AWS. */
export function failureMessage(
  { target, streamArn }: EventSource,
  shardId: string,
  records: readonly StreamRecord[],
  condition: GivenUp,
  { requestId, count, isError }: Attempt,
): object {
  const [first, last] = [records[0]?.dynamodb, records.at(-1)?.dynamodb];
  return {
    requestContext: { requestId, functionArn: target, condition, approximateInvokeCount: count },
    responseContext: {
      statusCode: 200,
      executedVersion: "$LATEST",
      functionError: isError ? "Unhandled" : null,
    },
    version: "1.0",
    timestamp: new Date().toISOString(),
    DDBStreamBatchInfo: {
      shardId,
      startSequenceNumber: first?.SequenceNumber,
      endSequenceNumber: last?.SequenceNumber,
      approximateArrivalOfFirstRecord: wholeSeconds(first),
      approximateArrivalOfLastRecord: wholeSeconds(last),
      batchSize: records.length,
      streamArn,
    },
  };
}

function wholeSeconds(record: StreamRecord["dynamodb"] | undefined): string {
  return new Date((record?.ApproximateCreationDateTime ?? 0) * 1_000).toISOString().replace(/\.\d+Z$/, "Z");
}
