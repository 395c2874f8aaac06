/** One thread of one function, seen from the host: started, asked one thing at a time, ended when it takes too long. */
import { randomBytes } from "node:crypto";
import { Worker } from "node:worker_threads";
import type { FunctionDefinition } from "./function-definition.ts";
import type { FunctionError, Outcome, ThreadReply, ThreadRequest, ThreadSetup } from "./invocation.ts";

/** Lambda gives a function this long to load. */
const INIT_LIMIT_MS = 10_000;
/** An answer of a function is at most 6 MB. */
const PAYLOAD_LIMIT = 6_291_556;

/** Told what a function writes, and which of its environments does. */
export type FunctionOutput = (functionName: string, output: Buffer, logStream: string) => void;

export class Sandbox {
  readonly #definition: FunctionDefinition;
  readonly #worker: Worker;
  /** Under what name its log knows it. */
  readonly logStream: string;
  /** Resolves with nothing, or with why the function could not be loaded. */
  readonly loaded: Promise<FunctionError | undefined>;
  /** Whether it can be asked again. */
  alive = true;
  #settle: ((outcome: Outcome) => void) | undefined;

  constructor(definition: FunctionDefinition, environment: Record<string, string>, log: FunctionOutput) {
    this.#definition = definition;
    const logStream = `${new Date().toISOString().slice(0, 10).replaceAll("-", "/")}/[$LATEST]${randomBytes(16).toString("hex")}`;
    this.logStream = logStream;
    const setup: ThreadSetup = {
      file: definition.file,
      exportName: definition.exportName,
      functionName: definition.name,
      arn: definition.arn,
      memory: definition.memory,
      logGroup: definition.logGroup,
      logStream,
    };
    this.#worker = new Worker(new URL("./function-thread.ts", import.meta.url), {
      workerData: setup,
      env: { ...environment, AWS_LAMBDA_LOG_STREAM_NAME: logStream },
      // Not the host's own flags.
      execArgv: [],
      stdout: true,
      stderr: true,
      // A function never grows beyond its Lambda; a small nursery keeps many threads in little memory.
      resourceLimits: { maxOldGenerationSizeMb: definition.memory, maxYoungGenerationSizeMb: 4 },
    });
    this.#worker.stdout.on("data", (output: Buffer) => log(definition.name, output, logStream));
    this.#worker.stderr.on("data", (output: Buffer) => log(definition.name, output, logStream));
    this.loaded = this.#load();
    this.#worker.on("message", (reply: ThreadReply) => this.#hear(reply));
    this.#worker.on("error", (error) => {
      log(definition.name, Buffer.from(`${error.stack ?? String(error)}\n`), logStream);
      this.#die({ errorType: "Runtime.ExitError", errorMessage: `Runtime exited with error: ${error.message}` });
    });
    this.#worker.on("exit", (code) => {
      this.#die({ errorType: "Runtime.ExitError", errorMessage: `Runtime exited with error: exit status ${code}` });
    });
  }

  /** Never rejects: what goes wrong in the function is an outcome. */
  ask({ requestId, traceId, event }: Omit<ThreadRequest, "deadline">): Promise<Outcome> {
    const limit = this.#definition.timeout * 1000;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        const seconds = this.#definition.timeout.toFixed(2);
        this.#die({
          errorType: "Sandbox.Timedout",
          errorMessage: `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`,
        });
      }, limit);
      this.#settle = (outcome) => {
        clearTimeout(timer);
        this.#settle = undefined;
        resolve(outcome);
      };
      const request: ThreadRequest = { requestId, traceId, event, deadline: Date.now() + limit };
      this.#worker.postMessage(request);
    });
  }

  async end(): Promise<void> {
    this.#die({ errorType: "Runtime.ExitError", errorMessage: "The service is stopping" });
    await this.#worker.terminate();
  }

  #hear(reply: ThreadReply): void {
    if (reply.kind === "error") this.#settle?.({ ok: false, thrown: true, error: reply.error });
    if (reply.kind === "answer")
      this.#settle?.(isTooLarge(reply.payload) ? tooLarge : { ok: true, payload: reply.payload });
  }

  #die(error: FunctionError): void {
    if (!this.alive) return;
    this.alive = false;
    void this.#worker.terminate();
    this.#settle?.({ ok: false, thrown: false, error });
  }

  #load(): Promise<FunctionError | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        resolve({ errorType: "Sandbox.Timedout", errorMessage: "The function took more than 10 seconds to load" });
      }, INIT_LIMIT_MS);
      const done = (error?: FunctionError) => {
        clearTimeout(timer);
        if (error !== undefined) this.#die(error);
        resolve(error);
      };
      this.#worker.once("message", (reply: ThreadReply) => done(reply.kind === "not-ready" ? reply.error : undefined));
      this.#worker.once("error", (error) => done({ errorType: error.name, errorMessage: error.message }));
      this.#worker.once("exit", (code) =>
        done({ errorType: "Runtime.ExitError", errorMessage: `exit status ${code}` }),
      );
    });
  }
}

const tooLarge: Outcome = {
  ok: false,
  thrown: false,
  error: {
    errorType: "Function.ResponseSizeTooLarge",
    errorMessage: `Response payload size exceeded maximum allowed payload size (${PAYLOAD_LIMIT} bytes).`,
  },
};

function isTooLarge(payload: string): boolean {
  return payload.length > PAYLOAD_LIMIT || Buffer.byteLength(payload) > PAYLOAD_LIMIT;
}
