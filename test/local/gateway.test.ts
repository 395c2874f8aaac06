import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalService, startLocal } from "../../lib/local/service.ts";
import { writeAssembly } from "./test-assembly.ts";

const problem = (code: string, more: Record<string, string> = {}) => ({
  "application/json": JSON.stringify({
    type: `urn:bailiwick:problem:${code}`,
    code,
    requestId: "$context.requestId",
    ...more,
  }),
});
const headers = { "gatewayresponse.header.Content-Type": "'application/problem+json'" };

const authorizer = `export const handler = async (event) => {
  const ask = event.headers.Ask ?? "allow";
  if (ask === "unauthorized") throw new Error("Unauthorized");
  if (ask === "break") throw new Error("the store is gone");
  if (ask === "nonsense") return { principalId: "p" };
  const Effect = ask === "deny" || ask === "inject" ? "Deny" : "Allow";
  const Resource = ask === "elsewhere" ? event.methodArn + "/other" : event.methodArn;
  const context = { code: "access.denied", title: ask === "inject" ? "a\\r\\nb: c" : "Denied", number: 7 };
  return { principalId: "p", policyDocument: { Statement: [{ Action: "execute-api:Invoke", Effect, Resource }] }, context };
};`;
const handler = `export const handler = async (event) => {
  switch (event.pathParameters?.what) {
    case "throw": throw new Error("secret");
    case "malformed": return { status: 200 };
    case "hang": return new Promise(() => {});
    case "late": return new Promise((resolve) => setTimeout(() => resolve({ statusCode: 200 }), 2_000));
    case "none": return { statusCode: 204 };
    case "cookies": return { statusCode: 200, multiValueHeaders: { "Set-Cookie": ["a=1", "b=2"] }, body: "Größe" };
    case "image": return { statusCode: 200, headers: { "content-type": "image/png" }, isBase64Encoded: true, body: event.body };
    default: return { statusCode: 200, body: JSON.stringify({ length: event.body?.length ?? null, authorizer: event.requestContext.authorizer }) };
  }
};`;

let service: LocalService;
beforeAll(async () => {
  const assembly = writeAssembly({
    functions: { gate: { code: authorizer }, work: { code: handler, timeout: 1 }, slow: { code: handler, timeout: 3 } },
    methods: {
      "GET /open/{what}": { function: "work" },
      "POST /open/{what}": { function: "work" },
      "GET /slow/{what}": { function: "slow" },
      "GET /closed": { function: "work", authorizer: "gate" },
      "POST /closed": { function: "work", authorizer: "gate" },
    },
    restApi: { BinaryMediaTypes: ["image/png"] },
    alter: ({ api }) => {
      const isSlow = (id: string) =>
        JSON.stringify(api.Resources[id]).includes('"slow"') && api.Resources[id]?.Type.endsWith("Method");
      for (const id of Object.keys(api.Resources).filter(isSlow)) {
        Object.assign(api.Resources[id]?.Properties?.Integration as object, { TimeoutInMillis: 100 });
      }
    },
    gatewayResponses: [
      {
        ResponseType: "ACCESS_DENIED",
        StatusCode: "403",
        ResponseParameters: {
          ...headers,
          "gatewayresponse.header.X-Title": "context.authorizer.title",
          "gatewayresponse.header.X-None": "context.authorizer.none",
        },
        ResponseTemplates: problem("$context.authorizer.code", {
          none: "$context.authorizer.none",
          n: "$context.authorizer.number",
        }),
      },
      {
        ResponseType: "UNAUTHORIZED",
        StatusCode: "401",
        ResponseParameters: {
          ...headers,
          "gatewayresponse.header.WWW-Authenticate": "'Bearer'",
          "gatewayresponse.header.X-Request-ID": "method.request.header.X-Request-ID",
        },
        ResponseTemplates: problem("unauthenticated"),
      },
      {
        ResponseType: "MISSING_AUTHENTICATION_TOKEN",
        StatusCode: "404",
        ResponseParameters: headers,
        ResponseTemplates: problem("not_found"),
      },
      {
        ResponseType: "DEFAULT_5XX",
        StatusCode: "503",
        ResponseParameters: headers,
        ResponseTemplates: problem("unavailable", { why: "$context.error.responseType" }),
      },
    ],
  });
  service = await startLocal({ port: 0, loginPort: 0, memory: true, assembly });
});
afterAll(() => service.stop());

/** The JSON of an answer. */
const read = (response: Response) => response.json() as Promise<Record<string, unknown>>;
const get = (path: string, sent: Record<string, string> = {}) => fetch(service.api + path, { headers: sent });
const post = (path: string, body: string | Uint8Array, sent: Record<string, string> = {}) =>
  fetch(service.api + path, { method: "POST", body, headers: sent });

describe("an authorizer", () => {
  test("that allows hands its context on as texts", async () => {
    const answer = await read(await get("/closed"));
    expect(answer.authorizer).toEqual({
      principalId: "p",
      code: "access.denied",
      title: "Denied",
      number: "7",
      integrationLatency: expect.any(Number),
    });
  });

  test("that denies makes the template's answer, with its context put in and nothing for what is not there", async () => {
    const response = await get("/closed", { Ask: "deny" });
    expect(response.status).toBe(403);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(response.headers.get("x-title")).toBe("Denied");
    expect(response.headers.has("x-none")).toBe(false);
    expect(await response.json()).toEqual({
      type: "urn:bailiwick:problem:access.denied",
      code: "access.denied",
      requestId: response.headers.get("x-amzn-requestid"),
      none: "",
      n: "7",
    });
  });

  test("that allows another method denies this one", async () => {
    expect((await get("/closed", { Ask: "elsewhere" })).status).toBe(403);
  });

  test("that throws Unauthorized makes a 401, with a header of the request echoed whatever its case", async () => {
    const response = await get("/closed", { Ask: "unauthorized", "x-request-id": "mine" });
    expect([response.status, response.headers.get("www-authenticate"), response.headers.get("x-request-id")]).toEqual([
      401,
      "Bearer",
      "mine",
    ]);
  });

  test.each([
    ["that fails", "break", "AUTHORIZER_FAILURE"],
    ["that answers nonsense", "nonsense", "AUTHORIZER_CONFIGURATION_ERROR"],
  ])("%s makes a 503 by the default for 5XX", async (_, ask, why) => {
    const response = await get("/closed", { Ask: ask });
    expect([response.status, (await read(response)).why]).toEqual([503, why]);
  });

  test("cannot put a line break into a header", async () => {
    const response = await get("/closed", { Ask: "inject" });
    expect([response.status, response.headers.has("x-title"), response.headers.has("b")]).toEqual([403, false, false]);
  });

  test("is asked before the size of the body counts", async () => {
    const large = "x".repeat(5 * 1024 * 1024 + 1);
    expect((await post("/closed", large, { Ask: "unauthorized" })).status).toBe(401);
    expect((await post("/closed", large)).status).toBe(413);
  });
});

describe("a function", () => {
  test.each([
    ["that throws", "/open/throw"],
    ["whose answer is malformed", "/open/malformed"],
    ["that takes longer than its own limit", "/open/hang"],
  ])("%s makes a 503 and shows nothing of it", async (_, path) => {
    const response = await get(path);
    const answer = await response.text();
    expect([response.status, JSON.parse(answer).why]).toEqual([503, "INTEGRATION_FAILURE"]);
    expect(answer).not.toContain("secret");
  });

  test("that takes longer than the integration may makes a 503 at that moment", async () => {
    const started = performance.now();
    const response = await get("/slow/late");
    expect([response.status, (await read(response)).why]).toEqual([503, "INTEGRATION_TIMEOUT"]);
    expect(performance.now() - started).toBeLessThan(1_500);
  });

  test("answers without a body, with several values of a header, and in UTF-8", async () => {
    const none = await get("/open/none");
    expect([none.status, none.headers.get("content-length"), await none.text()]).toEqual([204, null, ""]);
    const cookies = await get("/open/cookies");
    expect(cookies.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(await cookies.text()).toBe("Größe");
  });

  test("gets and gives bytes of a binary media type", async () => {
    const bytes = Uint8Array.from([0, 255, 128, 13, 10]);
    const response = await post("/open/image", bytes, { "Content-Type": "image/png", Accept: "image/png" });
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
  });
});

describe("limits", () => {
  test("a body of 5 MiB is taken, one byte more is not", async () => {
    const limit = 5 * 1024 * 1024;
    expect(await (await post("/open/x", "x".repeat(limit))).json()).toMatchObject({ length: limit });
    const refused = await post("/open/x", "x".repeat(limit + 1));
    expect([refused.status, await refused.json()]).toEqual([413, { message: "Request Too Long" }]);
  });

  test("a body of unknown length is cut off at the same place", async () => {
    const chunk = new Uint8Array(1024 * 1024);
    const body = new ReadableStream({
      start(controller) {
        for (let sent = 0; sent < 6; sent++) controller.enqueue(chunk);
        controller.close();
      },
    });
    const response = await fetch(`${service.api}/open/x`, { method: "POST", body, duplex: "half" } as RequestInit);
    expect(response.status).toBe(413);
  });

  test("a body whose event would be larger than Lambda takes is refused", async () => {
    expect((await post("/open/x", '"'.repeat(4 * 1024 * 1024))).status).toBe(413);
  });

  test("10 KB of request line and header values are taken, more is not", async () => {
    expect((await get("/open/x", { Long: "x".repeat(9_800) })).status).toBe(200);
    const refused = await get("/open/x", { Long: "x".repeat(10_240) });
    expect([refused.status, await refused.json()]).toEqual([413, { message: "Request Too Long" }]);
    expect((await get("/open/x", { Long: "x".repeat(400_000) })).status).toBe(413);
  });
});

describe("what leads nowhere", () => {
  test("is answered as an unknown path, with and without a credential, and quotes nothing", async () => {
    const plain = await get("/nothing");
    expect([plain.status, (await read(plain)).code]).toEqual([404, "not_found"]);
    const withCredential = await get("/nothing", { Authorization: "Bearer hidden" });
    expect(withCredential.status).toBe(403);
    expect(await withCredential.text()).not.toContain("hidden");
  });

  test("an unknown method of a known path is the same", async () => {
    expect((await fetch(`${service.api}/open/x`, { method: "DELETE" })).status).toBe(404);
  });

  test("what is no HTTP at all gets a 400 and the connection is closed", async () => {
    const answer = await new Promise<string>((resolve) => {
      let text = "";
      const socket = connect(Number(new URL(service.api).port), "127.0.0.1", () => socket.write("NONSENSE\r\n\r\n"));
      socket.on("data", (chunk) => {
        text += chunk;
      });
      socket.on("close", () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });
});

test("a connection is kept, also after a refused body", async () => {
  const { Agent, request } = await import("node:http");
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const once = (path: string, body: string) =>
    new Promise<[number | undefined, number | undefined]>((resolve, reject) => {
      const outgoing = request(service.api + path, { method: "POST", agent }, (response) => {
        const port = response.socket.localPort;
        response.resume().on("end", () => resolve([response.statusCode, port]));
      });
      outgoing.on("error", reject).end(body);
    });
  const [first, port] = await once("/open/x", "x");
  expect(first).toBe(200);
  expect(await once("/open/x", "x".repeat(5 * 1024 * 1024 + 1))).toEqual([413, port]);
  expect(await once("/open/x", "y")).toEqual([200, port]);
  agent.destroy();
});
