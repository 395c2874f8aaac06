import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalService, startLocal } from "../../lib/local/service.ts";
import { differences, documented } from "./documented.ts";
import { writeAssembly } from "./test-assembly.ts";

const echo = { code: "export const handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) });" };
/** Hands its event on to the function behind it. */
const tellingAuthorizer = {
  code: `export const handler = async (event) => ({
    principalId: "someone",
    policyDocument: { Version: "2012-10-17", Statement: [{ Action: "execute-api:Invoke", Effect: "Allow", Resource: event.methodArn }] },
    context: event.resource === "/request" ? { event: JSON.stringify(event) } : {},
  });`,
};

let service: LocalService;
let withVariables: LocalService;

beforeAll(async () => {
  const api = {
    functions: { echo, gate: tellingAuthorizer },
    methods: {
      "ANY /{proxy+}": { function: "echo" },
      "GET /my/path": { function: "echo", authorizer: "gate" },
      "GET /request": { function: "echo", authorizer: "gate" },
    },
  };
  const start = (assembly: string) => startLocal({ port: 0, loginPort: 0, memory: true, assembly });
  const Variables = { stageVariableName: "stageVariableValue" };
  [service, withVariables] = await Promise.all([
    start(writeAssembly(api)),
    start(writeAssembly({ ...api, stage: { Variables } })),
  ]);
});
afterAll(() => Promise.all([service.stop(), withVariables.stop()]));

/** Sends exactly these headers. @returns the body of the answer, parsed */
function send(
  url: string,
  method: string,
  headers: Record<string, unknown>,
  body = "",
): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers: headers as Record<string, string> }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve(JSON.parse(text)));
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** The headers of an example as a client sends them: API Gateway adds the rest. */
function clientHeaders(example: Record<string, unknown>): Record<string, unknown> {
  const {
    "X-Forwarded-Port": _,
    "X-Forwarded-Proto": __,
    "X-Amzn-Trace-Id": ___,
    ...sent
  } = example.multiValueHeaders as Record<string, string[]>;
  const headers = Object.fromEntries(
    Object.entries(sent).map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  );
  return { ...headers, ...("X-Forwarded-For" in sent ? { "X-Forwarded-For": "203.0.113.7" } : {}) };
}

const added = {
  "headers.Connection": "never passed on",
  "headers.X-Amzn-Trace-Id": "added to every request",
  "multiValueHeaders.X-Amzn-Trace-Id": "added to every request",
};
/** `requestContext` holds more than the older examples show; all of it stands in the newest one. */
const newerKeys = Object.fromEntries(
  ["domainName", "domainPrefix", "extendedRequestId", "path", "protocol", "requestTime", "requestTimeEpoch"]
    .map((key) => `requestContext.${key}`)
    .concat(["requestContext.identity.accessKey", "requestContext.identity.principalOrgId"])
    .map((key) => [key, "in the newest example"]),
);

describe("the event of a Lambda proxy integration", () => {
  test("has every key of the documented example for a greedy path, and the same values", async () => {
    const example = documented("rest-proxy-request.json");
    const url = `${withVariables.api}/hello/world?name=me&multivalueName=you&multivalueName=me`;
    const event = await send(url, "POST", clientHeaders(example), example.body as string);
    const exceptions = {
      ...added,
      ...newerKeys,
      "headers.Transfer-Encoding": "never passed on",
    };
    expect(differences(example, event, exceptions)).toEqual([]);
    for (const key of ["resource", "path", "httpMethod", "body", "isBase64Encoded"])
      expect(event[key]).toEqual(example[key]);
    for (const key of [
      "queryStringParameters",
      "multiValueQueryStringParameters",
      "pathParameters",
      "stageVariables",
    ]) {
      expect(event[key]).toEqual(example[key]);
    }
    expect(event.headers).toMatchObject({ headerName: "headerValue", "X-Forwarded-For": "203.0.113.7, 127.0.0.1" });
    expect(event.requestContext).toMatchObject({
      resourcePath: "/{proxy+}",
      httpMethod: "POST",
      stage: "live",
      domainPrefix: "abcde12345",
      identity: { sourceIp: "127.0.0.1", userAgent: "ExampleClient/1.0" },
    });
  });

  test("has every key of the documented example behind an authorizer, and null for what is absent", async () => {
    const example = documented("rest-proxy-request-authorized.json");
    const sent = {
      ...clientHeaders(example),
      Host: "abcde12345.execute-api.us-east-1.amazonaws.com",
      "User-Agent": "ExampleClient/1.0",
    };
    const url = `${service.api}/my/path?parameter1=value1&parameter1=value2&parameter2=value`;
    const event = await send(url, "GET", sent);
    const alwaysThere = [
      "Host",
      "User-Agent",
      "X-Forwarded-For",
      "X-Forwarded-Port",
      "X-Forwarded-Proto",
      "X-Amzn-Trace-Id",
    ];
    const exceptions = {
      "requestContext.identity.clientCert": "only with mutual TLS",
      "requestContext.identity.apiKey": "in the older examples",
      ...Object.fromEntries(
        ["headers", "multiValueHeaders"].flatMap((map) =>
          alwaysThere.map((name) => [`${map}.${name}`, "left out of the example"]),
        ),
      ),
    };
    expect(differences(example, event, exceptions)).toEqual([]);
    expect(event.multiValueHeaders).toMatchObject({ header1: ["value1"], header2: ["value1", "value2"] });
    expect(event.headers).toMatchObject({ header2: "value2" });
    expect(event.queryStringParameters).toEqual(example.queryStringParameters);
    expect(event.multiValueQueryStringParameters).toEqual(example.multiValueQueryStringParameters);
    const context = event.requestContext as Record<string, string>;
    expect(context.requestTime).toMatch(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
    expect(context.requestId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  test("leaves a path percent-encoded and decodes a query, as a REST API does", async () => {
    const event = await send(`${service.api}/a%2Fb/%2A?q=a%2Fb+c&__proto__=x`, "GET", {});
    expect(event.path).toBe("/a%2Fb/%2A");
    expect(event.pathParameters).toEqual({ proxy: "a%2Fb/%2A" });
    expect(JSON.stringify(event.queryStringParameters)).toBe('{"q":"a/b c","__proto__":"x"}');
  });
});

test("the event of a REQUEST authorizer has every key of the documented example, and empty objects for what is absent", async () => {
  const example = documented("rest-authorizer-request.json");
  const behind = await send(`${withVariables.api}/request?QueryString1=queryValue1`, "GET", clientHeaders(example));
  const event = JSON.parse((behind.requestContext as { authorizer: { event: string } }).authorizer.event);
  const exceptions = {
    ...added,
    ...newerKeys,
    "requestContext.identity.apiKey": "the example was called with a key of a usage plan; without one it is null",
    ...Object.fromEntries(
      Object.keys((documented("rest-proxy-request.json").requestContext as { identity: object }).identity).map(
        (key) => [`requestContext.identity.${key}`, "in the examples of the proxy event"],
      ),
    ),
  };
  expect(differences(example, event, exceptions)).toEqual([]);
  expect(event.methodArn).toMatch(/^arn:aws:execute-api:us-east-1:000000000000:[0-9a-z]{10}\/live\/GET\/request$/);
  expect(event.pathParameters).toEqual({});
  const bare = await send(`${service.api}/request`, "GET", {});
  const bareEvent = JSON.parse((bare.requestContext as { authorizer: { event: string } }).authorizer.event);
  expect(bareEvent).toMatchObject({
    queryStringParameters: {},
    multiValueQueryStringParameters: {},
    stageVariables: {},
  });
  expect(bareEvent).not.toHaveProperty("body");
});
