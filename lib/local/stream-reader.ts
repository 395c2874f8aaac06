/** Reads the table's stream for an event source, as long as the service runs, and runs the source's function on what it brings. */
import { setTimeout as sleep } from "node:timers/promises";
import { type DeliveryParts, deliver } from "./batch-delivery.ts";
import type { EventSource } from "./event-sources.ts";
import type { FunctionPool } from "./function-pool.ts";
import type { Outcome } from "./invocation.ts";
import { failureMessage } from "./stream-event.ts";
import type { StreamPlace } from "./stream-place.ts";
import type { Shard, StreamRecord, TableStream } from "./table-stream.ts";

/** Milliseconds. The first requests have the machine to themselves. */
const FIRST_AFTER = 500;
/** From one look to the next: while records come, and at most, after some looks that found none. */
const SHORTEST = 200;
const LONGEST = 1_000;
/** Between two full pages: requests come first. */
const BREATH = 40;
/** A function that had nothing to do for so long gives its memory back. */
const REST_AFTER = 20_000;
/** How long a batch waits for a thread. */
const PATIENCE = 60_000;

export interface ReaderParts {
  readonly source: EventSource;
  readonly stream: TableStream;
  readonly place: StreamPlace;
  /** Told how far the stream has been read. */
  readonly noteRead: (number: string) => void;
  /** Called when a look found nothing to do. */
  readonly rest: () => void;
  readonly pool: Pick<FunctionPool, "invoke" | "rest">;
  /** What is told of records that were given up; resolves when it is kept. */
  readonly tellFailure: (message: object) => Promise<void>;
  /** Told what went wrong, which nobody waits for. */
  readonly report: (line: string) => void;
}

/** @returns ends it; resolves when nothing is read any more */
export function followStream(parts: ReaderParts): () => Promise<void> {
  const end = new AbortController();
  const reader = new StreamReader(parts, end.signal);
  const running = reader.run();
  return async () => {
    end.abort();
    await running;
  };
}

class StreamReader {
  readonly #parts: ReaderParts;
  readonly #end: AbortSignal;
  /** Comes with the end: what is under way ends with its function. */
  readonly #ending: Promise<Outcome>;
  #name: string | undefined;
  #shards: readonly Shard[] = [];
  #complaint = "";
  #workedAt = Number.POSITIVE_INFINITY;

  constructor(parts: ReaderParts, end: AbortSignal) {
    this.#parts = parts;
    this.#end = end;
    const error = { errorType: "ServiceException", errorMessage: "The service is stopping" };
    this.#ending = new Promise((resolve) => {
      end.addEventListener("abort", () => resolve({ ok: false, thrown: false, error }), { once: true });
    });
  }

  async run(): Promise<void> {
    let wait = FIRST_AFTER;
    while (!this.#end.aborted) {
      await this.#pause(wait);
      if (this.#end.aborted) return;
      const found = await this.#look();
      if (found === "full") wait = BREATH;
      else if (found === "some") wait = SHORTEST;
      else wait = Math.min(LONGEST, Math.max(SHORTEST, wait * 1.5));
      if (found === "none") await this.#rest();
    }
  }

  /** One look at each shard that is to be read. */
  async #look(): Promise<"none" | "some" | "full"> {
    try {
      const sizes: number[] = [];
      const shards = await this.#openShards();
      // Their children may not have been there when they were listed.
      if (shards.length === 0) this.#name = undefined;
      for (const shard of shards) sizes.push(await this.#read(shard));
      this.#complaint = "";
      if (sizes.some((size) => size >= this.#parts.source.batchSize)) return "full";
      return sizes.some((size) => size > 0) ? "some" : "none";
    } catch (error) {
      this.#complain(error);
      this.#name = undefined;
      return "none";
    }
  }

  async #openShards(): Promise<readonly Shard[]> {
    const { stream, place } = this.#parts;
    if (this.#name === undefined) {
      const name = await stream.name();
      place.enter(name);
      this.#shards = await stream.listShards(name);
      const ids = new Set(this.#shards.map(({ id }) => id));
      place.keepOnly(ids);
      this.#name = name;
    }
    const there = new Set(this.#shards.map(({ id }) => id));
    const isRead = (id: string) => !there.has(id) || place.of(id) === "ended";
    return this.#shards.filter(({ id, parent }) => !isRead(id) && (parent === undefined || isRead(parent)));
  }

  /** @returns how many records were there */
  async #read({ id }: Shard): Promise<number> {
    const { source, stream, place, noteRead } = this.#parts;
    const progress = place.of(id);
    const after = progress === undefined || progress === "ended" ? undefined : progress.after;
    const { records, isEnded } = await stream.read(this.#name ?? "", id, after, source.batchSize);
    const last = records.at(-1);
    if (last !== undefined) await this.#work(id, records, last);
    if (this.#end.aborted) return 0;
    if (last !== undefined) noteRead(last.dynamodb.SequenceNumber);
    if (isEnded) {
      await place.set(id, "ended");
      // Its children are among the shards that are listed next.
      this.#name = undefined;
    }
    return records.length;
  }

  async #work(shardId: string, records: readonly StreamRecord[], last: StreamRecord): Promise<void> {
    const { source, place, pool, tellFailure, report } = this.#parts;
    const wanted = records.filter((record) => source.filter(record));
    const advance = ({ dynamodb }: StreamRecord) => place.set(shardId, { after: dynamodb.SequenceNumber });
    const parts: DeliveryParts = {
      source,
      advance,
      invoke: (event, requestId) => Promise.race([pool.invoke(event, requestId, "", PATIENCE), this.#ending]),
      pause: (ms) => this.#pause(ms),
      isEnded: () => this.#end.aborted,
      giveUp: async (given, why, attempt) => {
        report(`${source.id}: ${given.length} records are given up: ${why}`);
        if (source.failureQueue !== undefined) {
          await tellFailure(failureMessage(source, shardId, given, why, attempt));
        }
      },
    };
    if (wanted.length > 0) {
      await deliver(parts, wanted);
      this.#workedAt = Date.now();
    }
    if (!this.#end.aborted) await advance(last);
  }

  async #rest(): Promise<void> {
    this.#parts.rest();
    if (Date.now() - this.#workedAt < REST_AFTER) return;
    this.#workedAt = Number.POSITIVE_INFINITY;
    await this.#parts.pool.rest();
  }

  #complain(error: unknown): void {
    const complaint = `${this.#parts.source.id}: ${error instanceof Error ? error.message : String(error)}`;
    if (!this.#end.aborted && complaint !== this.#complaint) this.#parts.report(complaint);
    this.#complaint = complaint;
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#end }).catch(() => {});
  }
}
