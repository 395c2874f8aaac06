import { execFile, fork } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { openDataFolder } from "../../lib/local/data-folder.ts";
import { type LocalOptions, type LocalService, startLocal } from "../../lib/local/service.ts";
import { temporaryFolder, writeAssembly } from "./test-assembly.ts";

/** Puts and reads one item, through the SDK's protocol without the SDK. */
const storing = `const call = async (operation, input) => {
  const response = await fetch(process.env.AWS_ENDPOINT_URL_DYNAMODB, { method: "POST", body: JSON.stringify({ TableName: process.env.TABLE_NAME, ...input }),
    headers: { "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810." + operation, "X-Amz-Date": "20260101T000000Z",
      Authorization: "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=x" } });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
};
export const handler = async ({ httpMethod, pathParameters }) => {
  const Key = { pk: { S: pathParameters.name }, sk: { S: "-" } };
  if (httpMethod === "PUT") await call("PutItem", { Item: Key });
  const found = await call("GetItem", { Key, ConsistentRead: true });
  return { statusCode: found.Item ? 200 : 404 };
};`;
const assembly = writeAssembly({
  functions: { store: { code: storing, environment: { TABLE_NAME: { "Fn::ImportValue": "data:table" } } } },
  methods: { "PUT /things/{name}": { function: "store" }, "GET /things/{name}": { function: "store" } },
});

const open: LocalService[] = [];
afterEach(() => Promise.all(open.splice(0).map((service) => service.stop())));

async function start(options: LocalOptions): Promise<LocalService> {
  const service = await startLocal({ port: 0, loginPort: 0, assembly, notice: () => {}, ...options });
  open.push(service);
  return service;
}

const put = async (service: LocalService, name: string) =>
  (await fetch(`${service.api}/things/${name}`, { method: "PUT" })).status;
const get = async (service: LocalService, name: string) => (await fetch(`${service.api}/things/${name}`)).status;

/** A killed process that nobody has collected yet does not count. */
function isRunning(pid: number | undefined): boolean {
  if (existsSync("/proc/self"))
    return existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`, "utf8") !== "";
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("what is written", () => {
  test("survives a restart, and is gone where nothing is kept", async () => {
    const dataDir = temporaryFolder();
    const first = await start({ dataDir });
    expect([await put(first, "a"), await get(first, "a"), await get(first, "b")]).toEqual([200, 200, 404]);
    await first.stop();
    const second = await start({ dataDir });
    expect(await get(second, "a")).toBe(200);
    const memory = await start({ memory: true });
    expect(await put(memory, "a")).toBe(200);
    await memory.stop();
    expect(await get(await start({ memory: true }), "a")).toBe(404);
  });

  test("survives the engine's death, after which requests recover by themselves", async () => {
    const service = await start({ dataDir: temporaryFolder() });
    const { pid, endpoint } = service.engine;
    expect(await put(service, "a")).toBe(200);
    process.kill(Number(pid), "SIGKILL");
    await expect.poll(() => get(service, "a"), { timeout: 5_000 }).toBe(200);
    expect(service.engine.endpoint).toBe(endpoint);
    expect(service.engine.pid).not.toBe(pid);
    process.kill(Number(service.engine.pid), "SIGKILL");
    await expect.poll(() => put(service, "b"), { timeout: 5_000 }).toBe(200);
  });

  test("in memory, a new engine at least has the table again", async () => {
    const service = await start({ memory: true });
    process.kill(Number(service.engine.pid), "SIGKILL");
    await expect.poll(() => put(service, "a"), { timeout: 5_000 }).toBe(200);
  });
});

describe("the data folder", () => {
  test("belongs to one service: a second one is refused and says whose it is", async () => {
    const dataDir = temporaryFolder();
    const first = await start({ dataDir });
    await expect(start({ dataDir })).rejects.toThrow(`is in use by another running service (process ${process.pid})`);
    expect(await put(first, "a")).toBe(200);
    await first.stop();
    await start({ dataDir });
  });

  test("is refused to another process too, and free once its owner was killed", async () => {
    const dataDir = temporaryFolder();
    const child = fork(join(import.meta.dirname, "service-process.ts"), [assembly, dataDir], {
      stdio: "ignore",
      execArgv: [],
    });
    const told = await new Promise<{ engine: number; api: string }>((resolve) =>
      child.once("message", (it) => resolve(it as never)),
    );
    expect((await fetch(`${told.api}/things/kept`, { method: "PUT" })).status).toBe(200);
    expect(() => openDataFolder(dataDir)).toThrow(`process ${child.pid}`);

    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
    expect(isRunning(told.engine)).toBe(true);
    const next = await start({ dataDir });
    expect(isRunning(told.engine)).toBe(false);
    expect(await get(next, "kept")).toBe(200);
  });

  test("is left without an engine when the service stops", async () => {
    const service = await start({ dataDir: temporaryFolder() });
    const { pid } = service.engine;
    expect(isRunning(pid)).toBe(true);
    await service.stop();
    expect(isRunning(pid)).toBe(false);
    await service.stop();
  });

  test("with the id of a stranger's process in it leaves that process alone", async () => {
    const dataDir = temporaryFolder();
    const stranger = execFile("sleep", ["60"]);
    const folder = openDataFolder(dataDir);
    folder.write("engine.pid", String(stranger.pid));
    folder.close();
    await start({ dataDir });
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    stranger.kill();
  });
});

test("a table with other keys than the template's is refused", async () => {
  const dataDir = temporaryFolder();
  await (await start({ dataDir })).stop();
  const other = writeAssembly({
    functions: { store: { code: storing } },
    methods: { "GET /things/{name}": { function: "store" } },
    alter: ({ data }) =>
      Object.assign(data.Resources.table?.Properties ?? {}, { KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }] }),
  });
  await expect(start({ dataDir, assembly: other })).rejects.toThrow(
    /has the keys pk HASH, sk RANGE, not those of the template/,
  );
});

test("an engine that somebody else runs is used where the environment names it", async () => {
  const theirs = await start({ memory: true });
  const service = await start({ dataDir: temporaryFolder(), dynamodbEndpoint: theirs.engine.endpoint });
  expect(service.engine).toMatchObject({ pid: undefined, endpoint: theirs.engine.endpoint });
  expect(await put(service, "a")).toBe(200);
  expect(await get(theirs, "a")).toBe(200);
  await service.stop();
  expect(await get(theirs, "a")).toBe(200);
  await expect(start({ memory: true, dynamodbEndpoint: "http://127.0.0.1:1" })).rejects.toThrow(
    /No DynamoDB answers at/,
  );
});

test("a taken port is said in a sentence, and nothing stays behind", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as { port: number };
  const dataDir = temporaryFolder();
  await expect(start({ dataDir, port })).rejects.toThrow(
    `Port ${port} is taken by another program: set PORT to another one.`,
  );
  await expect(start({ dataDir, loginPort: port })).rejects.toThrow(
    `Port ${port} is taken by another program: set LOGIN_PORT to another one.`,
  );
  taken.close();
  await start({ dataDir, port });
});

test("a function that cannot be loaded stops the start and says why", async () => {
  const code = `if (!process.env.TABLE_NAME) throw new Error("TABLE_NAME is missing"); export const handler = async () => ({});`;
  const broken = writeAssembly({ functions: { store: { code } }, methods: { "GET /things": { function: "store" } } });
  await expect(start({ memory: true, assembly: broken })).rejects.toThrow(
    /Functions cannot be loaded:\n {2}test-api-store: Error: TABLE_NAME is missing/,
  );
});
