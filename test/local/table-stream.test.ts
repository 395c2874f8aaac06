/** A stream of several shards, as DynamoDB and its engines for one machine have them; the embedded engine has only one. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openDataFolder, openMemory } from "../../lib/local/data-folder.ts";
import type { EventSource } from "../../lib/local/event-sources.ts";
import { StreamPlace } from "../../lib/local/stream-place.ts";
import { followStream } from "../../lib/local/stream-reader.ts";
import { TableStream } from "../../lib/local/table-stream.ts";
import { temporaryFolder } from "./test-assembly.ts";

interface TestShard {
  readonly parent?: string;
  readonly records: string[];
  isClosed: boolean;
}

/** Gives one record at a time, one shard on each page of the description, and an iterator that tells where it stands. */
class TestStreams {
  readonly shards = new Map<string, TestShard>();
  /** Records before this one are forgotten. */
  horizon = "";
  /** The exception of the next call to each operation. */
  readonly faults = new Map<string, string>();
  readonly calls: string[] = [];
  readonly #server = createServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on("data", (chunk) => chunks.push(chunk));
    message.on("end", () => {
      const operation = String(message.headers["x-amz-target"]).replace("DynamoDBStreams_20120810.", "");
      this.calls.push(operation);
      const fault = this.faults.get(operation);
      this.faults.delete(operation);
      const input = JSON.parse(Buffer.concat(chunks).toString());
      const [status, body] = fault === undefined ? this.#answer(operation, input) : [400, { __type: `aws#${fault}` }];
      response.writeHead(status).end(JSON.stringify(body));
    });
  });

  async open(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(operation: string, input: Record<string, string>): [number, object] {
    const names = [...this.shards.keys()];
    switch (operation) {
      case "ListStreams":
        return [200, { Streams: [{ StreamArn: "arn:stream" }] }];
      case "DescribeStream": {
        const at = names.indexOf(input.ExclusiveStartShardId ?? "") + 1;
        const [name = ""] = names.slice(at);
        const Shards = [{ ShardId: name, ParentShardId: this.shards.get(name)?.parent }];
        const more = at + 1 < names.length ? { LastEvaluatedShardId: name } : {};
        return [200, { StreamDescription: { Shards, ...more } }];
      }
      case "GetShardIterator": {
        const after = input.ShardIteratorType === "TRIM_HORIZON" ? "" : (input.SequenceNumber ?? "");
        if (input.ShardIteratorType === "AFTER_SEQUENCE_NUMBER" && after < this.horizon) {
          return [400, { __type: "aws#TrimmedDataAccessException" }];
        }
        return [200, { ShardIterator: `${input.ShardId} ${after}` }];
      }
      default: {
        const [name = "", after = ""] = (input.ShardIterator ?? "").split(" ");
        const { records, isClosed } = this.shards.get(name) ?? { records: [], isClosed: true };
        const [next] = records.filter((record) => record > after && record >= this.horizon);
        const Records = next === undefined ? [] : [{ eventName: "INSERT", dynamodb: recordOf(next) }];
        const isEnded = isClosed && next === undefined;
        return [200, { Records, ...(isEnded ? {} : { NextShardIterator: `${name} ${next ?? after}` }) }];
      }
    }
  }
}

const recordOf = (SequenceNumber: string) => ({ SequenceNumber, ApproximateCreationDateTime: Date.now() / 1_000 });

const source: EventSource = {
  id: "entries",
  streamArn: "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/s",
  region: "us-east-1",
  target: "arn:aws:lambda:us-east-1:000000000000:function:stream",
  batchSize: 10,
  filter: () => true,
  splitsOnError: false,
  reportsFailures: false,
  retries: 0,
  oldest: Number.POSITIVE_INFINITY,
  failureQueue: undefined,
};

let streams: TestStreams;
let endpoint: string;
let seen: string[];
let reported: string[];
let rests: number;
const ends: (() => Promise<void>)[] = [];

beforeEach(async () => {
  streams = new TestStreams();
  endpoint = await streams.open();
  [seen, reported, rests] = [[], [], 0];
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  streams.close();
});

function follow(place = new StreamPlace(openMemory(), "entries")): StreamPlace {
  const invoke = async (event: string) => {
    for (const { dynamodb } of JSON.parse(event).Records) seen.push(dynamodb.SequenceNumber);
    return { ok: true, payload: "null" } as const;
  };
  const stream = new TableStream(endpoint, "t");
  const pool = { invoke, rest: async () => {} };
  const report = (line: string) => void reported.push(line);
  const noteRead = () => {};
  const rest = () => void rests++;
  ends.push(followStream({ source, stream, place, noteRead, rest, pool, tellFailure: async () => {}, report }));
  return place;
}
const eventually = { timeout: 10_000, interval: 20 };

test("a shard's children are read when it has come to its end, and not before", async () => {
  streams.shards.set("child", { parent: "root", records: ["3", "4"], isClosed: false });
  streams.shards.set("root", { parent: "forgotten", records: ["1"], isClosed: false });
  follow();
  await vi.waitFor(() => expect(rests).toBeGreaterThan(0), eventually);
  expect(seen).toEqual(["1"]);
  streams.shards.get("root")?.records.push("2");
  const root = streams.shards.get("root");
  if (root !== undefined) root.isClosed = true;
  await vi.waitFor(() => expect(seen).toEqual(["1", "2", "3", "4"]), eventually);
});

test("a shard that was read is not read again, and one that comes later is found", async () => {
  streams.shards.set("root", { records: ["1"], isClosed: true });
  follow();
  await vi.waitFor(() => expect(seen).toEqual(["1"]), eventually);
  const before = rests;
  await vi.waitFor(() => expect(rests).toBeGreaterThan(before + 2), eventually);
  streams.shards.set("child", { parent: "root", records: ["2"], isClosed: false });
  await vi.waitFor(() => expect(seen).toEqual(["1", "2"]), eventually);
});

test("what was read is not read again after a restart", async () => {
  streams.shards.set("root", { records: ["1", "2"], isClosed: false });
  const folder = openDataFolder(temporaryFolder());
  follow(new StreamPlace(folder, "entries"));
  await vi.waitFor(() => expect(seen).toEqual(["1", "2"]), eventually);
  for (const end of ends.splice(0)) await end();
  streams.shards.get("root")?.records.push("3");
  follow(new StreamPlace(folder, "entries"));
  await vi.waitFor(() => expect(seen).toEqual(["1", "2", "3"]), eventually);
  folder.close();
});

test("an iterator that has expired is asked for anew, at the same place", async () => {
  streams.shards.set("root", { records: ["1"], isClosed: false });
  follow();
  await vi.waitFor(() => expect(seen).toEqual(["1"]), eventually);
  streams.faults.set("GetRecords", "ExpiredIteratorException");
  await vi.waitFor(() => expect(reported).toEqual([expect.stringContaining("ExpiredIteratorException")]), eventually);
  streams.shards.get("root")?.records.push("2");
  await vi.waitFor(() => expect(seen).toEqual(["1", "2"]), eventually);
});

test("where the stream has forgotten the place, its oldest record is the next", async () => {
  streams.shards.set("root", { records: ["1", "5", "6"], isClosed: false });
  streams.horizon = "5";
  const place = new StreamPlace(openMemory(), "entries");
  place.enter("arn:stream");
  await place.set("root", { after: "1" });
  follow(place);
  await vi.waitFor(() => expect(seen).toEqual(["5", "6"]), eventually);
});

test("the iterator of the last answer is used while nothing goes wrong", async () => {
  streams.shards.set("root", { records: ["1", "2", "3"], isClosed: false });
  follow();
  await vi.waitFor(() => expect(seen).toEqual(["1", "2", "3"]), eventually);
  expect(streams.calls.filter((operation) => operation === "GetShardIterator")).toHaveLength(1);
});

test("looks that find nothing become rare", async () => {
  streams.shards.set("root", { records: [], isClosed: false });
  follow();
  await vi.waitFor(() => expect(rests).toBeGreaterThan(5), eventually);
  const before = streams.calls.length;
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(streams.calls.length - before).toBeLessThanOrEqual(3);
});

test("the same complaint is made once", async () => {
  streams.close();
  follow();
  await vi.waitFor(() => expect(reported).toEqual([expect.stringContaining("No DynamoDB answers")]), eventually);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect(reported).toHaveLength(1);
});
