/**
 * The execution environments of one function: started as they are needed, at most {@link MAX_THREADS}; further requests wait.
 * Lambda would start one for each request under way; here every thread has to be warmed up by the same two or four cores, so
 * another one is worth its while only when requests really wait.
 */
import { availableParallelism } from "node:os";
import type { FunctionDefinition } from "./function-definition.ts";
import type { FunctionError, Outcome } from "./invocation.ts";
import { type FunctionOutput, Sandbox } from "./sandbox.ts";

export const MAX_THREADS = Math.min(4, availableParallelism());
/** Threads beyond the first are given back after this long without work. */
const IDLE_LIMIT_MS = 30_000;
/** Another thread is started when a request has waited this long. On two cores two busy threads answer more than four. */
const GROW_AFTER_MS = 40;

interface Job {
  readonly requestId: string;
  readonly traceId: string;
  readonly event: string;
  readonly since: number;
  readonly settle: (outcome: Outcome) => void;
}

export class FunctionPool {
  readonly definition: FunctionDefinition;
  readonly #environment: Record<string, string>;
  readonly #log: FunctionOutput;
  readonly #threads = new Set<Sandbox>();
  /** The one used last stands last and works next, so that the others fall idle. */
  readonly #idle: { readonly sandbox: Sandbox; readonly since: number }[] = [];
  readonly #waiting: Job[] = [];
  #loading = 0;
  #closed = false;
  readonly #sweep: NodeJS.Timeout;
  #growing: NodeJS.Timeout | undefined;

  constructor(definition: FunctionDefinition, environment: Record<string, string>, log: FunctionOutput) {
    this.definition = definition;
    this.#environment = environment;
    this.#log = log;
    this.#sweep = setInterval(() => this.#giveBack(), IDLE_LIMIT_MS / 2).unref();
  }

  /** How many threads there are at the moment. */
  get size(): number {
    return this.#threads.size;
  }

  /** Loads a first thread. Resolves with why the function could not be loaded, if so. */
  async warm(): Promise<FunctionError | undefined> {
    return this.#start();
  }

  /** Gives back whatever has nothing to do, the first thread too; the next request starts one again. */
  async rest(): Promise<void> {
    const resting = this.#idle.splice(0);
    for (const { sandbox } of resting) this.#threads.delete(sandbox);
    await Promise.all(resting.map(({ sandbox }) => sandbox.end()));
  }

  /** Never rejects. A request still waiting after `patience` ms is not run at all. */
  invoke(event: string, requestId: string, traceId: string, patience: number): Promise<Outcome> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        const at = this.#waiting.indexOf(job);
        if (at >= 0) this.#waiting.splice(at, 1);
        if (at >= 0) job.settle(failed({ errorType: "TooManyRequestsException", errorMessage: "Rate Exceeded." }));
      }, patience);
      const settle = (outcome: Outcome) => {
        clearTimeout(timer);
        resolve(outcome);
      };
      const job: Job = { requestId, traceId, event, since: Date.now(), settle };
      if (this.#closed)
        return settle(failed({ errorType: "ServiceException", errorMessage: "The service is stopping" }));
      this.#waiting.push(job);
      this.#serve();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweep);
    clearTimeout(this.#growing);
    for (const job of this.#waiting.splice(0)) {
      job.settle(failed({ errorType: "ServiceException", errorMessage: "The service is stopping" }));
    }
    await Promise.all([...this.#threads].map((sandbox) => sandbox.end()));
  }

  #serve(): void {
    while (this.#waiting.length > 0) {
      const sandbox = this.#idle.pop()?.sandbox;
      if (sandbox === undefined) break;
      if (!sandbox.alive) this.#threads.delete(sandbox);
      else void this.#run(sandbox);
    }
    this.#grow();
  }

  /** Whoever becomes free first takes a waiting request, be it the new thread or not. */
  #grow(): void {
    const [next] = this.#waiting;
    if (next === undefined || this.#loading > 0 || this.#threads.size >= MAX_THREADS) return;
    const left = this.#threads.size === 0 ? 0 : next.since + GROW_AFTER_MS - Date.now();
    if (left <= 0) void this.#start();
    else
      this.#growing ??= setTimeout(() => {
        this.#growing = undefined;
        if (!this.#closed) this.#grow();
      }, left);
  }

  async #run(sandbox: Sandbox): Promise<void> {
    const job = this.#waiting.shift();
    if (job === undefined) return;
    const outcome = await sandbox.ask(job);
    if (sandbox.alive) this.#idle.push({ sandbox, since: Date.now() });
    else this.#threads.delete(sandbox);
    job.settle(outcome);
    this.#serve();
  }

  async #start(): Promise<FunctionError | undefined> {
    const sandbox = new Sandbox(this.definition, this.#environment, this.#log);
    this.#threads.add(sandbox);
    this.#loading += 1;
    const error = await sandbox.loaded;
    this.#loading -= 1;
    if (error === undefined) {
      this.#idle.push({ sandbox, since: Date.now() });
    } else {
      this.#threads.delete(sandbox);
      this.#log(this.definition.name, Buffer.from(`${JSON.stringify(error)}\n`), sandbox.logStream);
      // As on Lambda: the request that asked for it gets the error, the next one tries again.
      this.#waiting.shift()?.settle(failed(error));
    }
    if (!this.#closed) this.#serve();
    return error;
  }

  #giveBack(): void {
    const longAgo = Date.now() - IDLE_LIMIT_MS;
    while (this.#threads.size > 1 && this.#idle[0] !== undefined && this.#idle[0].since < longAgo) {
      const { sandbox } = this.#idle.splice(0, 1)[0] ?? {};
      if (sandbox === undefined) return;
      this.#threads.delete(sandbox);
      void sandbox.end();
    }
  }
}

function failed(error: FunctionError): Outcome {
  return { ok: false, thrown: false, error };
}
