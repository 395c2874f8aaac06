import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { FunctionDefinition } from "../../lib/local/function-definition.ts";
import { FunctionPool, MAX_THREADS } from "../../lib/local/function-pool.ts";
import { temporaryFolder } from "./test-assembly.ts";

const open: FunctionPool[] = [];
afterEach(() => Promise.all(open.splice(0).map((pool) => pool.close())));

let logged = "";

function pool(
  code: string,
  { timeout = 3, environment = {} }: { timeout?: number; environment?: Record<string, string> } = {},
): FunctionPool {
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "index.mjs");
  writeFileSync(file, code);
  const definition: FunctionDefinition = {
    name: "try",
    arn: "arn:aws:lambda:us-east-1:000000000000:function:try",
    region: "us-east-1",
    file,
    exportName: "handler",
    runtime: "nodejs24.x",
    timeout,
    memory: 128,
    logGroup: "/aws/lambda/try",
    environment: new Map(),
  };
  logged = "";
  const made = new FunctionPool(definition, environment, (name, output) => {
    logged += `${name}: ${output}`;
  });
  open.push(made);
  return made;
}

let count = 0;
const ask = (on: FunctionPool, event: object = {}, patience = 5_000) =>
  on.invoke(JSON.stringify(event), `request-${++count}`, "Root=1-2-3", patience);

describe("a function", () => {
  test("gets its event and Lambda's context, and answers JSON", async () => {
    const echo = pool(`export const handler = async (event, context) => ({
      event, context: { ...context, remaining: context.getRemainingTimeInMillis() }, trace: process.env._X_AMZN_TRACE_ID, gone: undefined,
    });`);
    const outcome = await ask(echo, { a: 1 });
    expect(outcome).toMatchObject({ ok: true });
    const { event, context, trace, ...rest } = JSON.parse(outcome.ok ? outcome.payload : "{}");
    expect(event).toEqual({ a: 1 });
    expect(trace).toBe("Root=1-2-3");
    expect(rest).toEqual({});
    expect(context).toEqual({
      callbackWaitsForEmptyEventLoop: true,
      functionName: "try",
      functionVersion: "$LATEST",
      memoryLimitInMB: "128",
      invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:try",
      awsRequestId: `request-${count}`,
      logGroupName: "/aws/lambda/try",
      logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
      remaining: expect.closeTo(3000, -3),
    });
  });

  test("sees only its own environment", async () => {
    const seeing = pool("export const handler = async () => process.env;", { environment: { OWN: "x" } });
    const outcome = await ask(seeing);
    const seen = JSON.parse(outcome.ok ? outcome.payload : "{}");
    expect(Object.keys(seen).sort()).toEqual(["AWS_LAMBDA_LOG_STREAM_NAME", "OWN", "_X_AMZN_TRACE_ID"]);
  });

  test("that throws is reported as Lambda reports it", async () => {
    const throwing = pool(`export const handler = async () => { throw new TypeError("no"); };`);
    expect(await ask(throwing)).toEqual({
      ok: false,
      thrown: true,
      error: { errorType: "TypeError", errorMessage: "no", trace: expect.arrayContaining(["TypeError: no"]) },
    });
    expect(await ask(throwing)).toMatchObject({ thrown: true });
    expect(throwing.size).toBe(1);
  });

  test("that takes too long is ended, and the next request gets a fresh one", async () => {
    const sometimes = pool(
      `let calls = 0; export const handler = async (event) => {
      calls++; if (event.hang) for (;;) {} return calls; };`,
      { timeout: 0.3 },
    );
    expect(await ask(sometimes)).toMatchObject({ ok: true, payload: "1" });
    const late = await ask(sometimes, { hang: true });
    const errorMessage = `RequestId: request-${count} Error: Task timed out after 0.30 seconds`;
    expect(late).toEqual({ ok: false, thrown: false, error: { errorType: "Sandbox.Timedout", errorMessage } });
    expect(await ask(sometimes)).toMatchObject({ ok: true, payload: "1" });
  });

  test("whose process ends is reported, and the next request gets a fresh one", async () => {
    const crashing = pool(`export const handler = async (event) => {
      if (event.exit) process.exit(3);
      if (event.later) { setTimeout(() => { throw new Error("uncaught"); }, 1); await new Promise((resolve) => setTimeout(resolve, 500)); }
      return "fine"; };`);
    expect(await ask(crashing, { exit: true })).toMatchObject({
      ok: false,
      thrown: false,
      error: { errorType: "Runtime.ExitError", errorMessage: /exit status 3/ },
    });
    expect(await ask(crashing, { later: true })).toMatchObject({
      ok: false,
      thrown: false,
      error: { errorMessage: /uncaught/ },
    });
    expect(await ask(crashing)).toMatchObject({ ok: true });
    expect(logged).toContain("uncaught");
  });

  test("that cannot be loaded says why, for each request anew", async () => {
    const broken = pool(`throw new Error("TABLE_NAME is missing"); export const handler = 1;`);
    expect(await broken.warm()).toMatchObject({ errorType: "Error", errorMessage: "TABLE_NAME is missing" });
    expect(await ask(broken)).toMatchObject({
      ok: false,
      thrown: false,
      error: { errorMessage: "TABLE_NAME is missing" },
    });
    expect(await pool("export const other = 1;").warm()).toMatchObject({ errorType: "Runtime.HandlerNotFound" });
    expect(await pool("export const = ;").warm()).toMatchObject({ errorType: "SyntaxError" });
  });

  test("rests without a thread, until it is asked again", async () => {
    const resting = pool(`let asked = 0; export const handler = async () => ++asked;`);
    expect(await resting.warm()).toBeUndefined();
    await ask(resting);
    await resting.rest();
    expect(resting.size).toBe(0);
    expect(await ask(resting)).toMatchObject({ ok: true, payload: "1" });
    expect(resting.size).toBe(1);
  });

  test("cannot answer more than 6 MB", async () => {
    const long = pool(`export const handler = async ({ length }) => "x".repeat(length);`);
    expect(await ask(long, { length: 6_000_000 })).toMatchObject({ ok: true });
    expect(await ask(long, { length: 6_300_000 })).toMatchObject({
      error: { errorType: "Function.ResponseSizeTooLarge" },
    });
  });

  test("writes to its log", async () => {
    const talking = pool(`export const handler = async () => { console.log("hello"); console.error("world"); };`);
    await ask(talking);
    await expect.poll(() => logged).toMatch(/try: hello\n(.*\n)?try: world\n/);
  });
});

describe("many requests at once", () => {
  test("run on at most four threads, one at a time in each, and the rest wait their turn", async () => {
    const slow =
      pool(`import { threadId } from "node:worker_threads"; let running = 0; export const handler = async () => {
      running++; await new Promise((resolve) => setTimeout(resolve, 30)); const most = running; running--; return { most, threadId }; };`);
    const outcomes = await Promise.all(Array.from({ length: 30 }, () => ask(slow)));
    const answers = outcomes.map((it) => JSON.parse(it.ok ? it.payload : "{}"));
    expect(answers.map(({ most }) => most)).toEqual(Array(30).fill(1));
    expect(new Set(answers.map(({ threadId }) => threadId)).size).toBeGreaterThan(1);
    expect(slow.size).toBeLessThanOrEqual(MAX_THREADS);
  });

  test("one that has waited too long is not run any more", async () => {
    const slow = pool(`let ran = []; export const handler = async ({ name, ms }) => {
      ran.push(name); await new Promise((resolve) => setTimeout(resolve, ms)); return ran; };`);
    const busy = Array.from({ length: MAX_THREADS }, (_, at) => ask(slow, { name: `busy${at}`, ms: 1_200 }));
    await expect.poll(() => slow.size).toBe(MAX_THREADS);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const given = await ask(slow, { name: "impatient", ms: 0 }, 50);
    expect(given).toMatchObject({ ok: false, error: { errorType: "TooManyRequestsException" } });
    await Promise.all(busy);
    for (let more = 0; more < MAX_THREADS; more++) {
      const outcome = await ask(slow, { name: "after", ms: 0 });
      expect(outcome.ok && outcome.payload).not.toContain("impatient");
    }
  });

  test("get an answer even when the service stops", async () => {
    const hanging = pool("export const handler = () => new Promise(() => {});");
    const waiting = Array.from({ length: 8 }, () => ask(hanging));
    await hanging.close();
    for (const outcome of await Promise.all(waiting)) expect(outcome).toMatchObject({ ok: false, thrown: false });
    expect(await ask(hanging)).toMatchObject({ error: { errorType: "ServiceException" } });
  });
});
