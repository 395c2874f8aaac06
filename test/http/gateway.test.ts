/** What the gateway answers before any of our code could: the same problems as everywhere. */
import { request } from "node:http";
import { connect } from "node:net";
import { beforeAll, describe, expect, inject, it } from "vitest";
import type { Acme } from "./acme.ts";
import { makeAcme } from "./acme.ts";
import type { Answer, Client } from "./client.ts";
import { openClient } from "./client.ts";

const service = inject("service");
let client: Client;
let acme: Acme;

beforeAll(async () => {
  client = await openClient(service);
  acme = await makeAcme(client);
});

/** The bytes, with the one thing taken out in which they may differ. */
const bytesOf = ({ text, body }: Answer) => text.replaceAll(body.requestId, "…");

describe("a caller without a good credential", () => {
  const altered = (token: string) => token.replace(/.{3}$/, "AAA");
  const ways: [string, (token: string) => Record<string, string | string[]>][] = [
    ["no header", () => ({})],
    ["an empty one", () => ({ Authorization: "" })],
    ["another scheme", (token) => ({ Authorization: `Basic ${token}` })],
    ["the bare token", (token) => ({ Authorization: token })],
    ["a token that is none", () => ({ Authorization: "Bearer nonsense" })],
    ["a token whose signature was altered", (token) => ({ Authorization: `Bearer ${altered(token)}` })],
    ["two credentials", (token) => ({ Authorization: [`Bearer ${token}`, `Bearer ${token}`] })],
    ["two credentials in one", (token) => ({ Authorization: `Bearer ${token}, Bearer ${token}` })],
    ["a token in a header of its own", (token) => ({ "X-Api-Key": token })],
    ["a token of 9 KB", () => ({ Authorization: `Bearer ${"x".repeat(9_000)}` })],
  ];

  it("gets one and the same 401, whatever is wrong with it", async () => {
    const seen = new Set<string>();
    for (const [way, headersOf] of ways) {
      const answer = await client.call(undefined, `GET ${acme.O}`, { headers: headersOf(acme.ann.token) });
      expect(answer.status, way).toBe(401);
      seen.add(bytesOf(answer));
    }
    const inQuery = await client.call(undefined, `GET ${acme.O}?access_token=${acme.ann.token}`);
    expect(inQuery.status).toBe(401);
    expect([...seen, bytesOf(inQuery)]).toHaveLength(2);
    expect(seen).toContain(bytesOf(inQuery));
  });

  it("is never told its credential", async () => {
    const { text } = await client.call(undefined, "GET /v1/nowhere", { headers: { Authorization: "Bearer s3cr3t" } });
    expect(text).not.toContain("s3cr3t");
  });
});

describe("a path or method that is none", () => {
  it.each([
    "GET /",
    "GET /v1",
    "GET /v2/health",
    "GET /v1/nowhere",
    "GET /V1/health",
    "GET /v1//health",
    "GET /v1/health/more",
    "GET /v1/health%2F",
    "GET /.well-known/nothing",
    "DELETE /v1/me",
    "PUT /v1/orgs",
    "TRACE /v1/me",
    "OPTIONS /v1/me",
    "HEAD /v1/me",
    "PATCH /v1/health",
  ])("is 404, known or not: %s", async (what) => {
    const answers = [
      await client.call(undefined, what),
      await client.call(acme.ann.token, what),
      await client.call("nonsense", what),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
    if (what.startsWith("HEAD")) return;
    expect(answers.map(({ body }) => body.code)).toEqual(["not_found", "not_found", "not_found"]);
  });

  it("is 404 below an organization too, for whoever it is", async () => {
    for (const token of [undefined, acme.ann.token]) {
      expect((await client.call(token, `GET ${acme.O}/nowhere`)).status).toBe(404);
      expect((await client.call(token, `DELETE ${acme.O}/users`)).status).toBe(404);
    }
  });

  it("is not made of a trailing slash", async () => {
    expect((await client.call(acme.ann.token, `GET ${acme.O}/`)).status).toBe(200);
  });
});

describe("a request that is too large", () => {
  const tooLarge = { status: 413, body: { code: "request.too_large" } };
  const named = (bytes: number) => JSON.stringify({ name: "x".repeat(bytes) });

  it("is 413 from 1 MB on, by the service", async () => {
    const body = named(1_048_576);
    expect(await client.call(acme.ann.token, `POST ${acme.O}/workspaces`, { body })).toMatchObject(tooLarge);
    const justSmall = named(1_048_576 - 11);
    expect(Buffer.byteLength(justSmall)).toBe(1_048_576);
    expect((await client.call(acme.ann.token, `POST ${acme.O}/workspaces`, { body: justSmall })).status).toBe(422);
  });

  it("is 413 from 5 MB on, by the gateway", async () => {
    const body = named(5 * 1024 * 1024);
    expect(await client.call(acme.ann.token, `POST ${acme.O}/workspaces`, { body })).toMatchObject(tooLarge);
  });

  it("is 413 too where the length is not said beforehand", async () => {
    const headers = { "Transfer-Encoding": "chunked", "Content-Type": "application/json" };
    const answer = await sendInChunks(`${acme.O}/workspaces`, headers, Buffer.alloc(6 * 1024 * 1024, "x"));
    expect(answer).toMatchObject({ status: 413, type: "application/problem+json" });
  });

  it("is 413 for more than 10 KB of headers", async () => {
    const headers = { "X-Padding": "x".repeat(10_240) };
    expect(await client.call(acme.ann.token, "GET /v1/me", { headers })).toMatchObject(tooLarge);
    expect(await client.call(undefined, `GET /v1/health?${"x".repeat(10_240)}`)).toMatchObject(tooLarge);
  });

  it("is 413 for headers without end", async () => {
    const answer = await sendText(`GET /v1/health HTTP/1.1\r\nHost: x\r\nX-Padding: ${"x".repeat(1_048_700)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain("application/problem+json");
    expect(answer).toContain('"code":"request.too_large"');
  });
});

it("what is no HTTP at all is 400 with a problem", async () => {
  const answer = await sendText("GET /v1/health HTTP/9\r\n\r\n");
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('"code":"request.malformed"');
});

function sendInChunks(path: string, headers: Record<string, string>, body: Buffer) {
  return new Promise((resolve, reject) => {
    const { port } = new URL(service.api);
    const sending = request({
      port,
      path,
      method: "POST",
      headers: { ...headers, Authorization: `Bearer ${acme.ann.token}` },
    });
    sending.on("error", reject);
    sending.on("response", (message) => {
      message.resume();
      resolve({ status: message.statusCode, type: message.headers["content-type"] });
    });
    sending.end(body);
  });
}

/** Sends bytes as they are. @returns everything that comes back */
function sendText(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(service.api).port), "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    // A server that has heard enough may close before all was sent.
    socket.on("error", (error) => answer === "" && reject(error));
    socket.on("close", () => resolve(answer));
  });
}
