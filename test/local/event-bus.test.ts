/** EventBridge's PutEvents as the local host answers it, behind the real SDK client. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openMemory } from "../../lib/local/data-folder.ts";
import { answerBusCall, type EventBus, isBusCall, readEventBus } from "../../lib/local/event-bus.ts";
import { openJsonLines } from "../../lib/local/json-lines.ts";
import { differences, documented } from "./documented.ts";
import { deploy } from "./test-assembly.ts";

const entry: PutEventsRequestEntry = {
  EventBusName: "bus-test",
  Source: "bailiwick",
  DetailType: "role.updated",
  Detail: '{"seq":1}',
  Resources: ["org_1"],
  Time: new Date("2026-11-01T12:00:00.450Z"),
};

let server: Server;
let address: string;
let client: EventBridgeClient;
let folder = openMemory();
let bus: EventBus;

beforeAll(async () => {
  server = createServer(async (message, response) => {
    if (!isBusCall(message)) return void response.writeHead(404).end();
    const { status, headers, body } = await answerBusCall(bus, message);
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = new EventBridgeClient({
    endpoint: address,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 1,
  });
});
beforeEach(() => {
  folder = openMemory();
  bus = readBus(folder);
});
afterAll(() => {
  client.destroy();
  server.closeAllConnections();
  server.close();
});

function readBus(kept: typeof folder, ...names: readonly string[]): EventBus {
  const deployment = deploy({
    functions: {},
    methods: {},
    alter: ({ api }) => {
      for (const Name of names.length > 0 ? names : ["bus-test"]) {
        api.Resources[Name] = { Type: "AWS::Events::EventBus", Properties: { Name } };
      }
    },
  });
  return readEventBus(deployment, openJsonLines(kept, "events.jsonl"));
}
const put = (...Entries: PutEventsRequestEntry[]) => client.send(new PutEventsCommand({ Entries }));
const text = () => folder.read("events.jsonl") ?? "";
const events = () =>
  text()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

describe("an event", () => {
  test("is a line with every key that EventBridge documents", async () => {
    const { FailedEntryCount, Entries } = await put(entry);
    expect([FailedEntryCount, Entries]).toEqual([0, [{ EventId: expect.stringMatching(/^[0-9a-f-]{36}$/) }]]);
    const [event] = events();
    expect(differences(documented("eventbridge-event.json"), event, { detail: "the service's own" })).toEqual([]);
    expect(event).toEqual({
      version: "0",
      id: Entries?.[0]?.EventId,
      "detail-type": "role.updated",
      source: "bailiwick",
      account: "000000000000",
      time: "2026-11-01T12:00:00Z",
      region: "us-east-1",
      resources: ["org_1"],
      detail: { seq: 1 },
    });
  });

  test("stays one line of plain characters, whatever stands in it", async () => {
    const hostile = { text: 'a\nb\r\u001b[31m\u2028\u2029\u0085\u009b\u202e\u007f"}\\' };
    await put({ ...entry, Detail: JSON.stringify(hostile) });
    expect(text().split("\n")).toHaveLength(2);
    expect(text().trimEnd()).toMatch(/^[\x20-\x7e]*$/);
    expect(events()[0].detail).toEqual(hostile);
  });

  test("comes in the order of its request", async () => {
    await put(...Array.from({ length: 10 }, (_, seq) => ({ ...entry, Detail: JSON.stringify({ seq }) })));
    expect(events().map(({ detail }) => detail.seq)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe("an entry is refused, and the others are not,", () => {
  test.each<[string, object, string]>([
    ["of another bus", { EventBusName: "other" }, "InvalidArgument"],
    ["of the account's own bus", { EventBusName: undefined }, "InvalidArgument"],
    ["without a source", { Source: undefined }, "InvalidArgument"],
    ["that pretends to come from AWS", { Source: "aws.ec2" }, "NotAuthorizedForSourceException"],
    ["without a type", { DetailType: "" }, "InvalidArgument"],
    ["without a detail", { Detail: undefined }, "MalformedDetail"],
    ["whose detail is no JSON", { Detail: "{" }, "MalformedDetail"],
    ["whose detail is no object", { Detail: "[]" }, "MalformedDetail"],
    ["with a trace", { TraceHeader: "x" }, "InvalidArgument"],
  ])("%s", async (_, change, code) => {
    const { FailedEntryCount, Entries } = await put({ ...entry, ...change }, entry);
    expect(FailedEntryCount).toBe(1);
    expect(Entries).toEqual([{ ErrorCode: code, ErrorMessage: expect.any(String) }, { EventId: expect.any(String) }]);
    expect(events()).toHaveLength(1);
  });
});

describe("a request is refused whole", () => {
  test("with more than ten entries, or none", async () => {
    await expect(put(...Array.from({ length: 11 }, () => entry))).rejects.toMatchObject({
      name: "ValidationException",
    });
    await expect(put()).rejects.toMatchObject({ name: "ValidationException" });
    expect(text()).toBe("");
  });

  test("with more than 256 KB in all, and not with just as much", async () => {
    const sized = (bytes: number) => {
      const Detail = JSON.stringify({ x: "" });
      const frame = Buffer.byteLength(`bailiwickrole.updatedorg_1${Detail}`) + 14;
      return { ...entry, Detail: JSON.stringify({ x: "x".repeat(bytes - frame) }) };
    };
    await expect(put(sized(131_072), sized(131_072))).resolves.toMatchObject({ FailedEntryCount: 0 });
    await expect(put(sized(131_072), sized(131_073))).rejects.toMatchObject({ name: "ValidationException" });
    expect(events()).toHaveLength(2);
  });

  test.each<[string, Record<string, string>, string, string]>([
    ["unsigned", { "X-Amz-Target": "AWSEvents.PutEvents" }, '{"Entries":[]}', "MissingAuthenticationTokenException"],
    ["of another operation", { "X-Amz-Target": "AWSEvents.PutRule" }, "{}", "UnknownOperationException"],
    [
      "that is no JSON",
      { "X-Amz-Target": "AWSEvents.PutEvents", Authorization: "AWS4-HMAC-SHA256 x" },
      "[",
      "SerializationException",
    ],
    [
      "to a global endpoint",
      { "X-Amz-Target": "AWSEvents.PutEvents", Authorization: "AWS4-HMAC-SHA256 x" },
      '{"Entries":[],"EndpointId":"x.y"}',
      "ValidationException",
    ],
  ])("%s", async (_, headers, body, type) => {
    const response = await fetch(address, { method: "POST", headers, body });
    expect([response.status, await response.json()]).toEqual([400, expect.objectContaining({ __type: type })]);
  });
});

test("a template without a bus has none, and one with two is refused", () => {
  const none = readEventBus(deploy({ functions: {}, methods: {} }), async () => {});
  expect(none.name).toBeUndefined();
  expect(() => readBus(folder, "a", "b")).toThrow("The template has more than one AWS::Events::EventBus.");
});
