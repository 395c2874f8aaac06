/** What becomes of the records of a shard, whatever the function makes of them. */
import { beforeEach, describe, expect, test } from "vitest";
import { deliver } from "../../lib/local/batch-delivery.ts";
import type { EventSource } from "../../lib/local/event-sources.ts";
import type { Outcome } from "../../lib/local/invocation.ts";
import { failureMessage, streamEvent } from "../../lib/local/stream-event.ts";
import type { StreamRecord } from "../../lib/local/table-stream.ts";
import { differences, documented } from "./documented.ts";

const source: EventSource = {
  id: "entries",
  streamArn: "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/s",
  region: "us-east-1",
  target: "arn:aws:lambda:us-east-1:000000000000:function:stream",
  batchSize: 100,
  filter: () => true,
  splitsOnError: true,
  reportsFailures: true,
  retries: 2,
  oldest: Number.POSITIVE_INFINITY,
  failureQueue: "arn:aws:sqs:us-east-1:000000000000:queue",
};

function record(number: number, age = 0): StreamRecord {
  const ApproximateCreationDateTime = Math.floor(Date.now() / 1_000) - age;
  return { eventName: "INSERT", dynamodb: { SequenceNumber: String(number), ApproximateCreationDateTime } };
}
const numbers = (records: readonly StreamRecord[]) => records.map(({ dynamodb }) => Number(dynamodb.SequenceNumber));

const taken: Outcome = { ok: true, payload: '{"batchItemFailures":[]}' };
const broken: Outcome = { ok: false, thrown: true, error: { errorType: "Error", errorMessage: "no bus" } };
const reported = (...identifiers: unknown[]): Outcome => ({
  ok: true,
  payload: JSON.stringify({ batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })) }),
});

/** Each batch that the function got. */
let batches: number[][];
/** How far it came, each time that this was told. */
let advanced: number[];
let given: { numbers: number[]; why: string; count: number; isError: boolean }[];
let pauses: number[];
beforeEach(() => {
  [batches, advanced, given, pauses] = [[], [], [], []];
});

async function run(
  records: readonly StreamRecord[],
  behaviour: (batch: readonly number[], call: number) => Outcome,
  changes: Partial<EventSource> = {},
  isEnded: () => boolean = () => false,
): Promise<void> {
  await deliver(
    {
      source: { ...source, ...changes },
      invoke: async (event) => {
        const batch = numbers(JSON.parse(event).Records);
        batches.push(batch);
        return behaviour(batch, batches.length);
      },
      pause: async (ms) => void pauses.push(ms),
      isEnded,
      advance: async (one) => void advanced.push(...numbers([one])),
      giveUp: async (some, why, { count, isError }) => void given.push({ numbers: numbers(some), why, count, isError }),
    },
    records,
  );
}
const records = (count: number) => Array.from({ length: count }, (_, at) => record(at + 1));

describe("a batch", () => {
  test.each<[string, Outcome]>([
    ["with an empty list", taken],
    ["with null", { ok: true, payload: "null" }],
    ["with nothing", { ok: true, payload: "" }],
    ["with another object", { ok: true, payload: "{}" }],
    ["with no list", { ok: true, payload: '{"batchItemFailures":null}' }],
  ])("that is answered %s is done", async (_, outcome) => {
    await run(records(3), () => outcome);
    expect([batches, advanced, given, pauses]).toEqual([[[1, 2, 3]], [3], [], []]);
  });

  test("goes on at the record that was reported, and what is before it is done", async () => {
    await run(records(5), (_, call) => (call === 1 ? reported("3") : taken));
    expect([batches, advanced]).toEqual([
      [
        [1, 2, 3, 4, 5],
        [3, 4, 5],
      ],
      [2, 5],
    ]);
    expect(pauses).toEqual([100]);
  });

  test("goes on at the first of several that were reported", async () => {
    await run(records(5), (_, call) => (call === 1 ? reported("4", "2", "5") : taken));
    expect(batches).toEqual([
      [1, 2, 3, 4, 5],
      [2, 3, 4, 5],
    ]);
  });

  test.each([[""], [null], ["7"], [undefined], [3]])("fails whole where %j is reported", async (identifier) => {
    await run(records(2), (_, call) => (call === 1 ? reported(identifier) : taken), { splitsOnError: false });
    expect(batches).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  test("is done, whatever is reported, where the source takes no reports", async () => {
    await run(records(2), () => reported("2"), { reportsFailures: false });
    expect([batches, advanced]).toEqual([[[1, 2]], [2]]);
  });

  test("is halved after an error until the one that fails stands alone, and only that one is given up", async () => {
    await run(records(8), (batch) => (batch.includes(3) ? broken : taken));
    expect(given).toEqual([{ numbers: [3], why: "RetryAttemptsExhausted", count: 3, isError: true }]);
    const done = batches.filter((batch) => !batch.includes(3)).flat();
    expect(done).toEqual([1, 2, 4, 5, 6, 7, 8]);
    expect(advanced).toEqual([2, 3, 4, 8]);
  });

  test("is tried so often and then given up whole where nothing is halved", async () => {
    await run(records(2), () => broken, { splitsOnError: false });
    expect(batches).toHaveLength(3);
    expect(given).toEqual([{ numbers: [1, 2], why: "RetryAttemptsExhausted", count: 3, isError: true }]);
    expect([advanced, pauses]).toEqual([[2], [100, 200]]);
  });

  test("whose rest is reported again and again is given up without what was done", async () => {
    await run(records(3), (batch) => reported(batch.length === 3 ? "2" : ""), { splitsOnError: false });
    expect(batches).toEqual([
      [1, 2, 3],
      [2, 3],
      [2, 3],
    ]);
    expect(given).toEqual([{ numbers: [2, 3], why: "RetryAttemptsExhausted", count: 3, isError: false }]);
    expect(advanced).toEqual([1, 3]);
  });

  test("waits longer and longer, up to ten seconds", async () => {
    await run(records(1), (_, call) => (call < 10 ? broken : taken), { retries: Number.POSITIVE_INFINITY });
    expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  });

  test("gives up what is too old, before it is tried and between tries", async () => {
    await run([record(1, 100), record(2, 70), record(3)], () => taken, { oldest: 60_000 });
    expect(given).toEqual([{ numbers: [1, 2], why: "MaximumRecordAgeExceeded", count: 0, isError: false }]);
    expect([batches, advanced]).toEqual([[[3]], [2, 3]]);
  });

  test("that was broken off by the end of the service is not done, and did not fail", async () => {
    let ended = false;
    await run(
      records(1),
      () => {
        ended = true;
        return broken;
      },
      { retries: 0 },
      () => ended,
    );
    expect([batches, advanced, given]).toEqual([[[1]], [], []]);
  });
});

describe("has every key of AWS's documented example:", () => {
  const written = record(7) as StreamRecord & { dynamodb: object };

  test("the event", () => {
    const { Records } = documented("dynamodb-stream-event.json") as { Records: (StreamRecord & object)[] };
    const records = Records.map((one) => ({
      ...one,
      awsRegion: "the engine's",
      eventSourceARN: undefined,
      dynamodb: { ...one.dynamodb, ApproximateCreationDateTime: 1 },
    }));
    const made = streamEvent(source, records) as { Records: Record<string, unknown>[] };
    for (const [at, example] of Records.entries()) {
      const exceptions = { "dynamodb.ApproximateCreationDateTime": "of every record, though not of this example" };
      expect(differences(example, made.Records[at], exceptions)).toEqual([]);
      expect(made.Records[at]).toMatchObject({ awsRegion: source.region, eventSourceARN: source.streamArn });
    }
  });

  test("what the queue is told", () => {
    const attempt = { requestId: "r-1", count: 3, isError: true };
    const made = failureMessage(source, "shard-1", [record(7), written], "RetryAttemptsExhausted", attempt);
    expect(differences(documented("stream-failure.json"), made, {})).toEqual([]);
    expect(made).toMatchObject({
      requestContext: { requestId: "r-1", functionArn: source.target, approximateInvokeCount: 3 },
      DDBStreamBatchInfo: { shardId: "shard-1", startSequenceNumber: "7", endSequenceNumber: "7", batchSize: 2 },
    });
  });
});
