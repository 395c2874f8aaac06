/** Event sources: what is read of them in a template, and how the host follows the engine's stream for them. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, test, vi } from "vitest";
import { readEventSources } from "../../lib/local/event-sources.ts";
import { type LocalOptions, type LocalService, startLocal } from "../../lib/local/service.ts";
import { deploy, type TestApi, temporaryFolder, writeAssembly } from "./test-assembly.ts";

const STREAM_ARN = { "Fn::GetAtt": ["table", "StreamArn"] };
const QUEUE_ARN = { "Fn::GetAtt": ["queue", "Arn"] };

/** Calls the engine, and the bus, as the SDK does. */
const calling = `const call = async (url, target, input) => {
  const response = await fetch(url, { method: "POST", body: JSON.stringify(input),
    headers: { "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target, "X-Amz-Date": "20260101T000000Z",
      Authorization: "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/x/aws4_request, SignedHeaders=host, Signature=x" } });
  if (!response.ok) throw new Error(await response.text());
};`;
/** Puts an item for each name, two items for each: one that is followed and one that is not. */
const writer = `${calling}
export const handler = async ({ pathParameters }) => {
  for (const name of pathParameters.names.split(",")) {
    for (const kind of ["followed", "other"]) {
      await call(process.env.AWS_ENDPOINT_URL_DYNAMODB, "DynamoDB_20120810.PutItem", {
        TableName: process.env.TABLE_NAME,
        Item: { pk: { S: name }, sk: { S: kind }, [kind]: { S: name + "x".repeat(20) } },
      });
    }
  }
  return { statusCode: 201 };
};`;
/** Puts the names of each batch on the bus, in one event; fails where one of them says so. */
const follower = `${calling}
export const handler = async ({ Records }) => {
  const names = Records.map(({ dynamodb }) => dynamodb.NewImage.pk.S);
  if (names.some((name) => name.startsWith("broken"))) throw new Error("broken");
  await call(process.env.AWS_ENDPOINT_URL_EVENTBRIDGE, "AWSEvents.PutEvents", { Entries: [
    { EventBusName: process.env.BUS, Source: "test", DetailType: "batch", Detail: JSON.stringify({ names, record: Records[0] }) },
  ] });
  const slow = Records.find(({ dynamodb }, at) => at > 0 && dynamodb.NewImage.pk.S.startsWith("again"));
  return { batchItemFailures: slow ? [{ itemIdentifier: slow.dynamodb.SequenceNumber }] : [] };
};`;

function apiWith(mapping: Record<string, unknown> = {}): TestApi {
  return {
    functions: {
      writer: { code: writer, environment: { TABLE_NAME: { "Fn::ImportValue": "data:table" } } },
      follower: { code: follower, environment: { BUS: { Ref: "bus" } } },
    },
    methods: { "PUT /items/{names}": { function: "writer" } },
    alter: ({ data, api }) => {
      data.Outputs = { ...data.Outputs, Stream: { Value: STREAM_ARN, Export: { Name: "data:stream" } } };
      api.Resources.bus = { Type: "AWS::Events::EventBus", Properties: { Name: "bus-test" } };
      api.Resources.queue = { Type: "AWS::SQS::Queue" };
      api.Resources.entries = {
        Type: "AWS::Lambda::EventSourceMapping",
        Properties: {
          BatchSize: 10,
          BisectBatchOnFunctionError: true,
          DestinationConfig: { OnFailure: { Destination: QUEUE_ARN } },
          EventSourceArn: { "Fn::ImportValue": "data:stream" },
          FilterCriteria: { Filters: [{ Pattern: '{"dynamodb":{"NewImage":{"followed":{"S":[{"exists":true}]}}}}' }] },
          FunctionName: { Ref: "follower" },
          FunctionResponseTypes: ["ReportBatchItemFailures"],
          MaximumRetryAttempts: 1,
          MaximumRecordAgeInSeconds: 3_600,
          ParallelizationFactor: 1,
          StartingPosition: "TRIM_HORIZON",
          Tags: [],
          ...mapping,
        },
      };
    },
  };
}

describe("of a template", () => {
  const read = (mapping: Record<string, unknown> = {}) => readEventSources(deploy(apiWith(mapping)));

  test("an event source is read", () => {
    const stream = "arn:aws:dynamodb:us-east-1:000000000000:table/test-data-table/stream/2026-01-01T00:00:00.000";
    expect(read()).toEqual([
      {
        id: "entries",
        streamArn: stream,
        region: "us-east-1",
        target: "arn:aws:lambda:us-east-1:000000000000:function:test-api-follower",
        batchSize: 10,
        filter: expect.any(Function),
        splitsOnError: true,
        reportsFailures: true,
        retries: 1,
        oldest: 3_600_000,
        failureQueue: "arn:aws:sqs:us-east-1:000000000000:test-api-queue",
      },
    ]);
  });

  test("what it does not say is as Lambda takes it", () => {
    const names = ["BatchSize", "BisectBatchOnFunctionError", "DestinationConfig", "FunctionResponseTypes"];
    const bounds = ["MaximumRetryAttempts", "MaximumRecordAgeInSeconds", "ParallelizationFactor"];
    const [source] = read(Object.fromEntries([...names, ...bounds].map((name) => [name, undefined])));
    expect(source).toMatchObject({ batchSize: 100, splitsOnError: false, reportsFailures: false });
    expect(source).toMatchObject({ retries: Infinity, oldest: Infinity, failureQueue: undefined });
    expect(read({ MaximumRetryAttempts: -1, MaximumRecordAgeInSeconds: -1 })).toMatchObject([
      { retries: Infinity, oldest: Infinity },
    ]);
  });

  test("the function may be named by its ARN", () => {
    expect(read({ FunctionName: { "Fn::GetAtt": ["follower", "Arn"] } })).toEqual(
      read().map((source) => ({ ...source, filter: expect.any(Function) })),
    );
  });

  test.each<[string, Record<string, unknown>, string]>([
    [
      "what is not known",
      { TumblingWindowInSeconds: 60 },
      "The event source entries has TumblingWindowInSeconds, which",
    ],
    ["another start", { StartingPosition: "LATEST" }, 'entries has StartingPosition "LATEST", which this host'],
    ["no start", { StartingPosition: undefined }, "entries has StartingPosition undefined"],
    ["several batches of a shard at once", { ParallelizationFactor: 2 }, "entries has ParallelizationFactor 2"],
    ["waiting for more", { MaximumBatchingWindowInSeconds: 5 }, "entries has MaximumBatchingWindowInSeconds 5"],
    ["that it is off", { Enabled: false }, "entries has Enabled false"],
    ["too large batches", { BatchSize: 1_001 }, "entries has BatchSize 1001"],
    ["empty batches", { BatchSize: 0 }, "entries has BatchSize 0"],
    [
      "another source",
      { EventSourceArn: "arn:aws:kinesis:us-east-1:1:stream/x" },
      "entries has EventSourceArn arn:aws:ki",
    ],
    ["another answer", { FunctionResponseTypes: ["Other"] }, "entries has FunctionResponseTypes Other"],
    ["another destination", { DestinationConfig: { OnSuccess: {} } }, "entries has DestinationConfig OnSuccess"],
    [
      "a destination that is no queue of the template",
      { DestinationConfig: { OnFailure: { Destination: "arn:aws:sns:us-east-1:1:topic" } } },
      "entries has the failure destination arn:aws:sns",
    ],
    ["a function that is not there", { FunctionName: "other" }, "No stack has the function other."],
    [
      "a filter with an operator that is not known",
      { FilterCriteria: { Filters: [{ Pattern: '{"a":[{"prefix":"x"}]}' }] } },
      'The filter criteria of entries has the rule {"prefix":"x"}',
    ],
  ])("%s is refused", (_, mapping, complaint) => {
    expect(() => read(mapping)).toThrow(complaint);
  });
});

describe("the host", () => {
  const open: LocalService[] = [];
  afterEach(() => Promise.all(open.splice(0).map((service) => service.stop())));
  const assembly = writeAssembly(apiWith());

  async function start(options: LocalOptions): Promise<LocalService> {
    const service = await startLocal({ port: 0, loginPort: 0, assembly, notice: () => {}, ...options });
    open.push(service);
    return service;
  }
  async function write(service: LocalService, ...names: readonly string[]): Promise<void> {
    const answer = await fetch(`${service.api}/items/${names.join(",")}`, { method: "PUT" });
    expect(answer.status).toBe(201);
  }
  const linesOf = (service: LocalService, file: string) =>
    (service.folder.read(file) ?? "")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  const batchesOf = (service: LocalService): string[][] =>
    linesOf(service, "events.jsonl").map(({ detail }) => detail.names);
  const namesOf = (service: LocalService) => batchesOf(service).flat();
  const failuresOf = (service: LocalService) => linesOf(service, "undelivered.jsonl");
  const eventually = { timeout: 10_000, interval: 50 };

  test.each<[string, () => LocalOptions]>([
    ["in memory", () => ({ memory: true })],
    ["on disk", () => ({ dataDir: temporaryFolder() })],
  ])("brings what the filter lets through, in order and once, %s", async (_, options) => {
    const service = await start(options());
    const names = Array.from({ length: 25 }, (_, at) => `n${at}`);
    await write(service, ...names);
    await vi.waitFor(() => expect(namesOf(service)).toEqual(names), eventually);
    for (const batch of batchesOf(service)) expect(batch.length).toBeLessThanOrEqual(10);
    const [{ detail }] = linesOf(service, "events.jsonl");
    expect(detail.record).toMatchObject({
      eventName: "INSERT",
      eventSource: "aws:dynamodb",
      awsRegion: "us-east-1",
      eventSourceARN: expect.stringContaining(":table/test-data-table/stream/"),
      dynamodb: { Keys: { pk: { S: "n0" }, sk: { S: "followed" } }, StreamViewType: "NEW_AND_OLD_IMAGES" },
    });
  });

  test("goes on after a restart where it was, and with what was written just before its end", async () => {
    const dataDir = temporaryFolder();
    const first = await start({ dataDir });
    await write(first, "a", "b");
    await vi.waitFor(() => expect(namesOf(first)).toEqual(["a", "b"]), eventually);
    await write(first, "c");
    await first.stop();
    const second = await start({ dataDir });
    await write(second, "d");
    await vi.waitFor(() => expect(namesOf(second)).toEqual(["a", "b", "c", "d"]), eventually);
  });

  test("begins anew where its place was lost: something may come twice, and nothing is left out", async () => {
    const dataDir = temporaryFolder();
    const first = await start({ dataDir });
    await write(first, "a");
    await vi.waitFor(() => expect(namesOf(first)).toEqual(["a"]), eventually);
    await first.stop();
    writeFileSync(join(dataDir, "stream-entries.json"), '{"stream":');
    const second = await start({ dataDir });
    await write(second, "b");
    await vi.waitFor(() => expect(namesOf(second)).toContain("b"), eventually);
  });

  test("gives up only what cannot be delivered, and tells the queue's file", async () => {
    const service = await start({ memory: true });
    await write(service, "a", "b", "broken", "c", "d");
    await vi.waitFor(() => expect(namesOf(service)).toEqual(["a", "b", "c", "d"]), eventually);
    expect(failuresOf(service)).toMatchObject([
      {
        queue: "arn:aws:sqs:us-east-1:000000000000:test-api-queue",
        message: {
          requestContext: { condition: "RetryAttemptsExhausted", approximateInvokeCount: 2 },
          DDBStreamBatchInfo: { batchSize: 1 },
        },
      },
    ]);
  });

  test("brings again what the function reports, and what follows it", async () => {
    const service = await start({ memory: true });
    await write(service, "a", "again", "b");
    await vi.waitFor(() => expect(batchesOf(service).at(-1)).toEqual(["again", "b"]), eventually);
    expect(namesOf(service)[0]).toBe("a");
    expect(failuresOf(service)).toEqual([]);
  });

  test("goes on when the engine has died and is there again", async () => {
    const service = await start({ dataDir: temporaryFolder() });
    await write(service, "a");
    process.kill(Number(service.engine.pid), "SIGKILL");
    await expect
      .poll(
        () =>
          write(service, "b").then(
            () => true,
            () => false,
          ),
        eventually,
      )
      .toBe(true);
    await vi.waitFor(() => expect(new Set(namesOf(service))).toEqual(new Set(["a", "b"])), eventually);
  });

  test("gives a table of an earlier version its stream", async () => {
    const dataDir = temporaryFolder();
    const { alter, ...rest } = apiWith();
    const before = writeAssembly({
      ...rest,
      alter: (templates) => {
        alter?.(templates);
        delete templates.api.Resources.entries;
      },
    });
    const first = await start({ dataDir, assembly: before });
    await write(first, "a");
    await first.stop();
    const second = await start({ dataDir });
    await write(second, "b");
    await vi.waitFor(() => expect(namesOf(second)).toEqual(["b"]), eventually);
  });

  test("keeps the engine's stream short, without what it held, and each write as quick as the first", async () => {
    const dataDir = temporaryFolder();
    const service = await start({ dataDir });
    const table = new DatabaseSync(join(dataDir, "table.db"));
    const records = () => Number(table.prepare("SELECT COUNT(*) AS n FROM _stream_records").get()?.n);
    const names = Array.from({ length: 40 }, (_, at) => `canary${at}`);
    await write(service, ...names);
    await vi.waitFor(() => expect(namesOf(service)).toEqual(names), eventually);
    await vi.waitFor(() => expect(records()).toBe(1), eventually);
    const [kept] = table.prepare("SELECT sequence_number AS n, new_image, old_image FROM _stream_records").all();
    expect(kept).toEqual({ n: "80", new_image: "{}", old_image: null });
    // Numbers are looked up in an index, the largest among them; without one the engine reads every record.
    const question = "SELECT id FROM _stream_records WHERE table_name = ? AND CAST(sequence_number AS INTEGER) > ?";
    const plan = table.prepare(`EXPLAIN QUERY PLAN ${question}`).all("test-data-table", 0);
    expect(JSON.stringify(plan)).toContain("INDEX bailiwick_stream_order (table_name=? AND <expr>>?)");
    table.close();
    await write(service, "next");
    await vi.waitFor(() => expect(namesOf(service).at(-1)).toBe("next"), eventually);
  });

  test.runIf(existsSync("/proc/self"))("leaves nothing in the machine's memory when it stops", async () => {
    const service = await start({ memory: true });
    await write(service, "a");
    const [, file = ""] = /--db-path\0([^\0]+)/.exec(readFileSync(`/proc/${service.engine.pid}/cmdline`, "utf8")) ?? [];
    expect(existsSync(file)).toBe(true);
    await service.stop();
    expect(existsSync(join(file, ".."))).toBe(false);
  });
});
