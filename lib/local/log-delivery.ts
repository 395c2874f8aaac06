/**
 * Delivers lines of the functions' logs to the functions that subscribe to them, as CloudWatch Logs does: apart from the requests,
 * about a second later, some lines at a time. What cannot be delivered is tried again and then let go, with a note.
 */
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { FunctionPool } from "./function-pool.ts";
import type { Subscription } from "./subscriptions.ts";

const compress = promisify(gzip);

/** From a first line to its delivery, with whatever came meanwhile; and from one try to the next. */
const GATHERING_MS = 1_000;
/** Lines of one delivery. */
const MOST_TOGETHER = 500;
/** Bytes of what waits for one subscription. What comes beyond is let go: a function that hangs must not fill the memory. */
const MOST_WAITING = 16 * 1024 * 1024;
/** As often as Lambda runs a function for an event that nobody waits for. */
const TRIES = 3;
/** How long a delivery waits for a free thread, and how long the end of the service waits for the last ones. */
const PATIENCE_MS = 60_000;
const LAST_MS = 3_000;

export interface LogDeliveryParts {
  readonly subscriptions: readonly Subscription[];
  /** The pool of a function by its ARN. */
  readonly poolOf: (arn: string) => Pick<FunctionPool, "invoke">;
  /** Told what was let go. */
  readonly report: (line: string) => void;
}

/** Where a line comes from. */
export interface LogSource {
  readonly logGroup: string;
  readonly logStream: string;
}

interface LogEvent {
  readonly id: string;
  readonly timestamp: number;
  readonly message: string;
}

export class LogDelivery {
  readonly #queues: readonly Queue[];

  constructor({ subscriptions, ...parts }: LogDeliveryParts) {
    this.#queues = subscriptions.map((subscription) => new Queue(subscription, parts));
  }

  /** Takes what a function wrote. Whoever writes does not wait, and what nobody subscribes to is not looked at. */
  take({ logGroup, logStream }: LogSource, output: Buffer): void {
    const queues = this.#queues.filter(({ subscription }) => subscription.logGroup === logGroup);
    if (queues.length === 0) return;
    // A thread's writes come one by one, each of them whole.
    for (const message of output.toString().split("\n")) {
      const line = parse(message);
      for (const queue of queues)
        if (line !== undefined && queue.subscription.isWanted(line)) queue.add(logStream, message);
    }
  }

  /** Delivers what is left, if it can be done soon, and ends. */
  async end(): Promise<void> {
    const last = Promise.all(this.#queues.map((queue) => queue.end()));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, LAST_MS);
    });
    await Promise.race([last, late]);
    clearTimeout(timer);
  }
}

/** The lines that wait for one subscription, by the stream that they are from: an event holds those of one. */
class Queue {
  readonly subscription: Subscription;
  readonly #parts: Omit<LogDeliveryParts, "subscriptions">;
  readonly #waiting = new Map<string, LogEvent[]>();
  #size = 0;
  #lost = 0;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> | undefined;
  #isEnding = false;

  constructor(subscription: Subscription, parts: Omit<LogDeliveryParts, "subscriptions">) {
    this.subscription = subscription;
    this.#parts = parts;
  }

  add(logStream: string, message: string): void {
    if (this.#size + message.length > MOST_WAITING) {
      this.#lost++;
      return;
    }
    this.#size += message.length;
    const events = this.#waiting.get(logStream) ?? [];
    this.#waiting.set(logStream, events);
    events.push({ id: makeEventId(), timestamp: Date.now(), message });
    this.#deliverSoon();
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    clearTimeout(this.#timer);
    await this.#work;
    await this.#deliverAll();
  }

  #deliverSoon(): void {
    if (this.#isEnding || this.#work !== undefined) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#work = this.#deliverAll().finally(() => {
        this.#work = undefined;
        // What came while the last ones were on their way.
        if (this.#waiting.size > 0) this.#deliverSoon();
      });
    }, GATHERING_MS);
  }

  async #deliverAll(): Promise<void> {
    for (const [logStream, all] of [...this.#waiting]) {
      this.#waiting.delete(logStream);
      for (let at = 0; at < all.length; at += MOST_TOGETHER) {
        const some = all.slice(at, at + MOST_TOGETHER);
        await this.#deliver(logStream, some);
        this.#size -= some.reduce((sum, { message }) => sum + message.length, 0);
      }
    }
    if (this.#lost > 0)
      this.#parts.report(`${this.subscription.name}: ${this.#lost} lines were let go, too many waited`);
    this.#lost = 0;
  }

  async #deliver(logStream: string, logEvents: readonly LogEvent[]): Promise<void> {
    const { name, logGroup, account, target } = this.subscription;
    const event = await subscriptionEvent({
      owner: account,
      logGroup,
      logStream,
      subscriptionFilters: [name],
      logEvents,
    });
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#parts.poolOf(target).invoke(event, randomUUID(), "", PATIENCE_MS);
      if (outcome.ok) return;
      if (attempt === TRIES || this.#isEnding) {
        const { errorType, errorMessage } = outcome.error;
        return this.#parts.report(`${name}: ${logEvents.length} lines were let go, ${errorType}: ${errorMessage}`);
      }
      await new Promise((resolve) => setTimeout(resolve, GATHERING_MS));
    }
  }
}

interface DecodedEvent {
  readonly owner: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly subscriptionFilters: readonly string[];
  readonly logEvents: readonly LogEvent[];
}

/** The event that a function gets from a subscription. */
async function subscriptionEvent(decoded: DecodedEvent): Promise<string> {
  const { owner, logGroup, logStream, subscriptionFilters, logEvents } = decoded;
  const data = { messageType: "DATA_MESSAGE", owner, logGroup, logStream, subscriptionFilters, logEvents };
  return JSON.stringify({ awslogs: { data: (await compress(JSON.stringify(data))).toString("base64") } });
}

/** 56 digits, as CloudWatch's, the same for no two lines. */
function makeEventId(): string {
  return BigInt(`0x${randomUUID().replaceAll("-", "")}`)
    .toString()
    .padStart(56, "3");
}

function parse(line: string): unknown {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
