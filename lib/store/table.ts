/**
 * The single table, as typed reads and atomic commits. Every read is strongly consistent; every write is one transaction.
 * Counts of round trips and units go to `observe`, so that a test can hold a decision to its price.
 */
import type { DynamoDBDocumentClient, TransactWriteCommandInput } from "@aws-sdk/lib-dynamodb";
import { BatchGetCommand, QueryCommand, TransactGetCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { Refusal } from "../domain/errors.ts";
import type { Change } from "./changes.ts";
import { mergeChanges, toOperation } from "./changes.ts";
import { classifyFault, pause } from "./faults.ts";
import type { Key, Range } from "./keys.ts";

export type Item = Readonly<Record<string, unknown>>;

/** Where one thing stands, and how to read it from its item. */
export interface Ref<T> {
  readonly key: Key;
  /** Undefined for what is left of a thing that is gone. */
  readonly decode: (item: Item) => T | undefined;
}

type Refs = Readonly<Record<string, Ref<unknown> | readonly Ref<unknown>[] | undefined>>;
type ReadOf<R extends Refs> = {
  -readonly [K in keyof R]: R[K] extends Ref<infer T> | undefined
    ? T | undefined
    : R[K] extends readonly Ref<infer T>[]
      ? (T | undefined)[]
      : never;
};

export interface Page<T> {
  readonly items: readonly { readonly sk: string; readonly value: T }[];
  /** The sort key to go on after; absent at the end. */
  readonly next?: string;
}

interface PageOptions {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly descending?: boolean;
}

/** One call to DynamoDB that was answered. */
export interface StoreCall {
  readonly operation: "BatchGet" | "TransactGet" | "Query" | "TransactWrite";
  readonly units: number;
}

export interface TableOptions {
  readonly client: DynamoDBDocumentClient;
  readonly name: string;
  readonly observe?: ((call: StoreCall) => void) | undefined;
  /** For hosts that are slower than a data centre. */
  readonly patience?: Patience | undefined;
}

/** Milliseconds. One try may take so long, and tries begin for so long after the first, before the answer is 503. */
export interface Patience {
  readonly readTry: number;
  readonly read: number;
  readonly writeTry: number;
  readonly write: number;
  /** For what the store says it did not do: a conflict, throttling. */
  readonly busy: number;
}

/** Together they answer within the 2 s that a failing store may take. */
const usualPatience: Patience = { readTry: 500, read: 600, writeTry: 1_000, write: 1_000, busy: 5_000 };
/**
 * Milliseconds. For so long after a whole patience went by without a word, reads find out by one short try whether the engine is
 * still silent: requests that wait in line behind each other would otherwise add patience to patience.
 */
const SILENCE = 1_000;
const SILENT_TRY = 100;
/** A BatchGet's and a transaction's most items, by DynamoDB. */
const BATCH = 100;
/** More at once would wait for each other at the engine longer than one try may take. */
const BATCHES_AT_ONCE = 8;

export class Table {
  readonly #client: DynamoDBDocumentClient;
  readonly #name: string;
  readonly #observe: ((call: StoreCall) => void) | undefined;
  readonly #patience: Patience;
  #isCold = true;
  #silentUntil = 0;

  constructor({ client, name, observe, patience = usualPatience }: TableOptions) {
    this.#patience = patience;
    this.#client = client;
    this.#name = name;
    this.#observe = observe;
  }

  /** Reads each named thing; what is absent is undefined. One serial round trip for up to 800 keys, 100 of them in a batch. */
  async read<R extends Refs>(refs: R): Promise<ReadOf<R>> {
    const found = new Map<string, Item>();
    const all = keysOf(refs);
    const batches = Array.from({ length: Math.ceil(all.length / BATCH) }, (_, i) =>
      all.slice(i * BATCH, (i + 1) * BATCH),
    );
    const waiting = batches.values();
    const work = async () => {
      for (const batch of waiting) await this.#readBatch(batch, found);
    };
    await Promise.all(Array.from({ length: Math.min(batches.length, BATCHES_AT_ONCE) }, work));
    return resolveRefs(refs, found);
  }

  /**
   * Reads up to 100 things as one transaction: of another transaction either all is seen or nothing. Twice the price of
   * `read`, whose items may each be of another moment.
   */
  async readTogether<R extends Refs>(refs: R): Promise<ReadOf<R>> {
    const found = new Map<string, Item>();
    const all = keysOf(refs);
    if (all.length > BATCH) throw new Error(`${all.length} items cannot be read together`);
    if (all.length === 0) return resolveRefs(refs, found);
    const command = () =>
      new TransactGetCommand({
        TransactItems: all.map(({ pk, sk }) => ({ Get: { TableName: this.#name, Key: { pk, sk } } })),
        ...this.#capacity(),
      });
    const answer = await this.#persistRead(() => this.#client.send(command(), this.#readLimits()));
    this.#count("TransactGet", sumUnits(answer.ConsumedCapacity ?? []));
    for (const [index, key] of all.entries()) {
      const item = answer.Responses?.[index]?.Item;
      if (item !== undefined) found.set(nameOf(key), item);
    }
    return resolveRefs(refs, found);
  }

  /** A batch that is answered in part is repeated whole: half an answer is no ground for a decision. */
  async #readBatch(batch: readonly Key[], found: Map<string, Item>): Promise<void> {
    const command = () =>
      new BatchGetCommand({
        RequestItems: { [this.#name]: { Keys: batch.map(({ pk, sk }) => ({ pk, sk })), ConsistentRead: true } },
        ...this.#capacity(),
      });
    const answer = await this.#persistRead(async () => {
      const reply = await this.#client.send(command(), this.#readLimits());
      if (Object.keys(reply.UnprocessedKeys ?? {}).length > 0)
        throw Object.assign(new Error(), { name: "ThrottlingException" });
      return reply;
    });
    this.#count("BatchGet", sumUnits(answer.ConsumedCapacity ?? []));
    for (const item of answer.Responses?.[this.#name] ?? []) found.set(nameOf(item as unknown as Key), item);
  }

  /** A page of a range in the order of the sort key. May hold fewer than `limit`; only an absent `next` ends the list. */
  async list<T>(range: Range, decode: (item: Item) => T, options: PageOptions): Promise<Page<T>> {
    const command = () =>
      new QueryCommand({
        TableName: this.#name,
        ConsistentRead: true,
        KeyConditionExpression: range.prefix === "" ? "#pk = :pk" : "#pk = :pk AND begins_with(#sk, :prefix)",
        ExpressionAttributeNames: range.prefix === "" ? { "#pk": "pk" } : { "#pk": "pk", "#sk": "sk" },
        ExpressionAttributeValues:
          range.prefix === "" ? { ":pk": range.pk } : { ":pk": range.pk, ":prefix": range.prefix },
        ScanIndexForward: options.descending !== true,
        // One more than asked for tells whether there is more, without a last page that is empty.
        Limit: options.limit + 1,
        ...(options.after === undefined ? {} : { ExclusiveStartKey: { pk: range.pk, sk: options.after } }),
        ...this.#capacity(),
      });
    const answer = await this.#persistRead(() => this.#client.send(command(), this.#readLimits()));
    this.#count("Query", answer.ConsumedCapacity?.CapacityUnits ?? 0);
    const rows = (answer.Items ?? []).map((item) => ({ sk: String(item.sk), value: decode(item) }));
    const items = rows.slice(0, options.limit);
    const isMore = rows.length > options.limit || answer.LastEvaluatedKey !== undefined;
    const last = items.at(-1)?.sk ?? (answer.LastEvaluatedKey?.sk as string | undefined);
    return isMore && last !== undefined ? { items, next: last } : { items };
  }

  /** Every item of a range whose length the limits bound. */
  async listAll<T>(range: Range, decode: (item: Item) => T): Promise<T[]> {
    const all: T[] = [];
    let after: string | undefined;
    do {
      const page: Page<T> = await this.list(range, decode, { limit: 1_000, after });
      all.push(...page.items.map(({ value }) => value));
      after = page.next;
    } while (after !== undefined);
    return all;
  }

  /**
   * Commits all changes or none.
   * @param token the request's own identity: the same transaction sent again under it applies once (10 minutes)
   * @param isOurs asks whether this very transaction is in the table; put to use when a try's outcome is unknown
   * @param until milliseconds since 1970: nothing is tried again after it, however patient the store is
   * @returns `raced` when a condition did not hold: nothing was written, decide again on fresh facts
   */
  async commit(
    changes: readonly Change[],
    token: string,
    isOurs: () => Promise<boolean>,
    until = Number.POSITIVE_INFINITY,
  ): Promise<"committed" | "raced"> {
    const operations = mergeChanges(changes).map((change) => toOperation(this.#name, change));
    if (operations.length > BATCH)
      throw new Error(`a transaction of ${operations.length} items is over DynamoDB's ${BATCH}`);
    const input: TransactWriteCommandInput = {
      TransactItems: operations as NonNullable<TransactWriteCommandInput["TransactItems"]>,
      ClientRequestToken: token,
      ...this.#capacity(),
    };
    const { writeTry, write, busy } = this.#patience;
    const start = Date.now();
    let isUncertain = false;
    for (let attempt = 0; ; attempt++) {
      try {
        const left = start + write + writeTry / 2 - Date.now();
        const answer = await this.#client.send(new TransactWriteCommand(input), {
          requestTimeout: Math.max(100, isUncertain ? Math.min(writeTry, left) : writeTry),
        });
        this.#count("TransactWrite", sumUnits(answer.ConsumedCapacity ?? []));
        this.#silentUntil = 0;
        return "committed";
      } catch (error) {
        const kind = classifyFault(error);
        if (kind === "broken") throw error;
        if (kind === "raced") return isUncertain && (await isOurs()) ? "committed" : "raced";
        if (kind === "unknown") isUncertain = true;
        const isOver = Date.now() - start >= (kind === "busy" && !isUncertain ? busy : write);
        if (isOver || Date.now() >= until) throw this.#giveUp(error);
        await pause(attempt);
      }
    }
  }

  async #persistRead<T>(call: () => Promise<T>): Promise<T> {
    const start = Date.now();
    const wasSilent = this.#isSilent();
    for (let attempt = 0; ; attempt++) {
      try {
        const answer = await call();
        this.#isCold = false;
        this.#silentUntil = 0;
        return answer;
      } catch (error) {
        const kind = classifyFault(error);
        if (kind === "broken") throw error;
        if (wasSilent && kind === "unknown") throw toUnavailable(error);
        if (Date.now() - start >= this.#patience.read) throw this.#giveUp(error);
        await pause(attempt);
      }
    }
  }

  #isSilent(): boolean {
    return Date.now() < this.#silentUntil;
  }

  #giveUp(cause: unknown): Refusal {
    if (classifyFault(cause) === "unknown") this.#silentUntil = Date.now() + SILENCE;
    return toUnavailable(cause);
  }

  #readLimits() {
    if (this.#isSilent()) return { requestTimeout: SILENT_TRY };
    // A cold function's first call also opens the connection.
    return { requestTimeout: this.#isCold ? this.#patience.writeTry : this.#patience.readTry };
  }

  #capacity() {
    return this.#observe ? ({ ReturnConsumedCapacity: "TOTAL" } as const) : {};
  }

  #count(operation: StoreCall["operation"], units: number): void {
    this.#observe?.({ operation, units });
  }
}

/** A page without those of its items of which only a mark is left. */
export function keepPresent<T>(page: Page<T | undefined>): Page<T> {
  const items = page.items.flatMap(({ sk, value }) => (value === undefined ? [] : [{ sk, value }]));
  return { ...page, items };
}

/** Each key once, however often it is named. */
function keysOf(refs: Refs): Key[] {
  const wanted = new Map<string, Key>();
  for (const ref of Object.values(refs).flat()) if (ref) wanted.set(nameOf(ref.key), ref.key);
  return [...wanted.values()];
}

function resolveRefs<R extends Refs>(refs: R, found: ReadonlyMap<string, Item>): ReadOf<R> {
  const valueAt = (ref: Ref<unknown>) => {
    const item = found.get(nameOf(ref.key));
    return item === undefined ? undefined : ref.decode(item);
  };
  const values = Object.entries(refs).map(([name, ref]) => [
    name,
    ref === undefined ? undefined : isSingle(ref) ? valueAt(ref) : ref.map(valueAt),
  ]);
  return Object.fromEntries(values);
}

function nameOf({ pk, sk }: Key): string {
  return `${pk}\n${sk}`;
}

function isSingle(ref: Ref<unknown> | readonly Ref<unknown>[]): ref is Ref<unknown> {
  return !Array.isArray(ref);
}

function sumUnits(capacities: readonly { CapacityUnits?: number | undefined }[]): number {
  return capacities.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}

function toUnavailable(cause: unknown): Refusal {
  const refusal = new Refusal("unavailable", "The store does not answer. Nothing was half done; try again.");
  refusal.cause = cause;
  return refusal;
}
