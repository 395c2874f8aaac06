/**
 * The table's stream as the engine gives it. A stream is read shard by shard, each in its own order; a shard that has come to its end
 * is followed by its children.
 */
import { callEngine } from "./engine-call.ts";
import { asList, asRecord, asText } from "./shape.ts";

const SERVICE = "DynamoDBStreams_20120810";

/** A record as AWS writes it. */
export interface StreamRecord {
  readonly eventName: string;
  readonly dynamodb: {
    readonly SequenceNumber: string;
    /** Seconds since 1970. */
    readonly ApproximateCreationDateTime: number;
  };
}

export interface Shard {
  readonly id: string;
  /** The shard that must have been read before. */
  readonly parent: string | undefined;
}

interface ShardPage {
  readonly records: readonly StreamRecord[];
  /** Whether nothing will ever follow. */
  readonly isEnded: boolean;
}

export class TableStream {
  readonly #endpoint: string;
  readonly #table: string;
  /** The iterator that goes on after a record. */
  readonly #iterators = new Map<string, { readonly after: string | undefined; readonly iterator: string }>();

  constructor(endpoint: string, table: string) {
    this.#endpoint = endpoint;
    this.#table = table;
  }

  /** The name by which the engine knows the stream: another one when the stream was made again. */
  async name(): Promise<string> {
    const { Streams } = await this.#call("ListStreams", { TableName: this.#table });
    const [stream] = asList(Streams, "Streams");
    return asText(asRecord(stream, "The table's stream").StreamArn, "StreamArn");
  }

  async listShards(stream: string): Promise<readonly Shard[]> {
    const shards: Shard[] = [];
    let after: unknown;
    do {
      const start = after === undefined ? {} : { ExclusiveStartShardId: after };
      const answer = await this.#call("DescribeStream", { StreamArn: stream, ...start });
      const page = asRecord(answer.StreamDescription, "StreamDescription");
      for (const shard of asList(page.Shards, "Shards")) {
        const { ShardId, ParentShardId } = asRecord(shard, "A shard");
        shards.push({ id: asText(ShardId, "ShardId"), parent: ParentShardId as string | undefined });
      }
      after = page.LastEvaluatedShardId;
    } while (after !== undefined);
    return shards;
  }

  /** @param after the record to go on after; without one, from the oldest that there is */
  async read(stream: string, shard: string, after: string | undefined, limit: number): Promise<ShardPage> {
    const known = this.#iterators.get(shard);
    // Whatever goes wrong, the next try begins with an iterator of its own.
    this.#iterators.delete(shard);
    const iterator =
      known?.after === after && known !== undefined ? known.iterator : await this.#find(stream, shard, after);
    const answer = await this.#call("GetRecords", { ShardIterator: iterator, Limit: limit });
    const records = asList(answer.Records ?? [], "Records") as readonly StreamRecord[];
    const { NextShardIterator: next } = answer;
    const last = records.at(-1)?.dynamodb.SequenceNumber ?? after;
    if (typeof next === "string") this.#iterators.set(shard, { after: last, iterator: next });
    return { records, isEnded: typeof next !== "string" };
  }

  async #find(stream: string, shard: string, after: string | undefined): Promise<string> {
    const from = (type: object) => this.#call("GetShardIterator", { StreamArn: stream, ShardId: shard, ...type });
    const oldest = () => from({ ShardIteratorType: "TRIM_HORIZON" });
    const answer =
      after === undefined
        ? await oldest()
        : await from({ ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber: after }).catch((error: Error) => {
            // So far behind that the engine has forgotten what stood there.
            if (error.name === "TrimmedDataAccessException") return oldest();
            throw error;
          });
    return asText(answer.ShardIterator, "ShardIterator");
  }

  async #call(operation: string, input: object): Promise<Readonly<Record<string, unknown>>> {
    const { ok, answer } = await callEngine(this.#endpoint, `${SERVICE}.${operation}`, input);
    if (ok) return answer;
    const name = String(answer.__type).split("#").at(-1) ?? "";
    throw Object.assign(new Error(`${operation}: ${name}: ${String(answer.message ?? answer.Message)}`), { name });
  }
}
