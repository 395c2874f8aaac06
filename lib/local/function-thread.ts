/** Runs in a worker thread: one execution environment of one function, as Lambda's Node runtime is. One request at a time. */
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import type { FunctionError, ThreadReply, ThreadRequest, ThreadSetup } from "./invocation.ts";

type Handler = (event: unknown, context: object) => unknown;

const setup: ThreadSetup = workerData;

function reply(message: ThreadReply): void {
  parentPort?.postMessage(message);
}

/** As the runtime shapes what a handler throws. */
function shapeOf(thrown: unknown): FunctionError {
  if (!(thrown instanceof Error)) return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  return { errorType: thrown.name, errorMessage: thrown.message, trace: (thrown.stack ?? "").split("\n") };
}

async function loadHandler(): Promise<Handler> {
  const module: Record<string, unknown> = await import(pathToFileURL(setup.file).href);
  const handler = module[setup.exportName];
  if (typeof handler === "function") return handler as Handler;
  const missing = new Error(`${setup.file}.${setup.exportName} is undefined or not exported`);
  missing.name = "Runtime.HandlerNotFound";
  throw missing;
}

function contextOf({ requestId, deadline }: ThreadRequest): object {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: "$LATEST",
    functionName: setup.functionName,
    memoryLimitInMB: String(setup.memory),
    logGroupName: setup.logGroup,
    logStreamName: setup.logStream,
    clientContext: undefined,
    identity: undefined,
    invokedFunctionArn: setup.arn,
    awsRequestId: requestId,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

async function answer(handler: Handler, request: ThreadRequest): Promise<void> {
  process.env._X_AMZN_TRACE_ID = request.traceId;
  try {
    const result = await handler(JSON.parse(request.event), contextOf(request));
    reply({ kind: "answer", payload: JSON.stringify(result === undefined ? null : result) });
  } catch (thrown) {
    reply({ kind: "error", error: shapeOf(thrown) });
  }
}

try {
  const handler = await loadHandler();
  parentPort?.on("message", (request: ThreadRequest) => void answer(handler, request));
  reply({ kind: "ready" });
} catch (thrown) {
  reply({ kind: "not-ready", error: shapeOf(thrown) });
}
