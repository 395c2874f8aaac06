/** The subscriptions of the template, and their lines on the way to the function that is sent them. */
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Outcome } from "../../lib/local/invocation.ts";
import { LogDelivery } from "../../lib/local/log-delivery.ts";
import { readSubscriptions, type Subscription } from "../../lib/local/subscriptions.ts";
import { differences, documented } from "./documented.ts";
import { deploy } from "./test-assembly.ts";

const WORK = "arn:aws:lambda:us-east-1:000000000000:function:test-api-work";
const PATTERN = '{ $.event = "*" }';

/** What is read of one subscription; `undefined` takes a property of it away. */
function read(filter: Record<string, unknown> = {}, permission: Record<string, unknown> | "none" = {}, count = 1) {
  const deployment = deploy({
    functions: { work: { code: "export const handler = async () => {};" } },
    methods: {},
    alter: ({ api }) => {
      api.Resources.log = { Type: "AWS::Logs::LogGroup", Properties: {} };
      const Properties = {
        LogGroupName: { Ref: "log" },
        FilterPattern: PATTERN,
        DestinationArn: { "Fn::GetAtt": ["work", "Arn"] },
        ...filter,
      };
      for (let at = 0; at < count; at++) {
        api.Resources[`subscription${at}`] = { Type: "AWS::Logs::SubscriptionFilter", Properties };
      }
      if (permission === "none") return;
      api.Resources.logpermission = {
        Type: "AWS::Lambda::Permission",
        Properties: {
          Action: "lambda:InvokeFunction",
          FunctionName: { "Fn::GetAtt": ["work", "Arn"] },
          Principal: "logs.amazonaws.com",
          SourceArn: { "Fn::GetAtt": ["log", "Arn"] },
          ...permission,
        },
      };
    },
  });
  return readSubscriptions(deployment);
}

describe("a subscription", () => {
  test("is read with its log, its pattern and the function that is sent the lines", () => {
    const [one, ...more] = read();
    expect(more).toEqual([]);
    expect(one).toMatchObject({
      name: "test-api-subscription0",
      logGroup: "test-api-log",
      account: "000000000000",
      target: WORK,
    });
    expect([one?.isWanted({ event: "x" }), one?.isWanted({ other: "x" })]).toEqual([true, false]);
    expect(read({ FilterName: "refused" })[0]?.name).toBe("refused");
  });

  test("is none in a template without", () => {
    expect(readSubscriptions(deploy({ functions: {}, methods: {} }))).toEqual([]);
  });

  test("may stand beside one other on the same log, as on AWS", () => {
    expect(read({}, {}, 2)).toHaveLength(2);
    expect(() => read({}, {}, 3)).toThrow("The log group test-api-log has 3 subscriptions; AWS takes 2.");
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["a pattern that is not known", { FilterPattern: "ERROR" }, "does not know the filter pattern ERROR"],
    ["no pattern, which takes every line", { FilterPattern: "" }, "subscription0.FilterPattern is not a text"],
    ["a role for its destination", { RoleArn: "arn:aws:iam::1:role/x" }, "subscription0 has RoleArn, which this host"],
    ["a distribution", { Distribution: "Random" }, "subscription0 has Distribution, which this host"],
    ["a log that no stack has", { LogGroupName: "/aws/other" }, "subscription0 is to /aws/other, a log that no stack"],
  ])("with %s is refused", (_, filter, complaint) => {
    expect(() => read(filter)).toThrow(complaint);
  });

  test.each<[string, Record<string, unknown> | "none"]>([
    ["no permission", "none"],
    ["a permission for another log", { SourceArn: "arn:aws:logs:us-east-1:000000000000:log-group:other:*" }],
    ["a permission for another service", { Principal: "events.amazonaws.com" }],
  ])("whose function CloudWatch may not call is refused: %s", (_, permission) => {
    expect(() => read({}, permission)).toThrow(
      "No permission lets logs.amazonaws.com invoke test-api-work for arn:aws:logs:us-east-1:000000000000:log-group:test-api-log:*",
    );
  });
});

const done: Outcome = { ok: true, payload: "null" };
const broken: Outcome = { ok: false, thrown: true, error: { errorType: "Error", errorMessage: "no table" } };

interface Sent {
  readonly messageType: string;
  readonly owner: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly subscriptionFilters: readonly string[];
  readonly logEvents: readonly { readonly id: string; readonly timestamp: number; readonly message: string }[];
}

/** A function that answers as the test says. */
class SentFunction {
  readonly sent: Sent[] = [];
  answer: () => Outcome | Promise<Outcome> = () => done;

  async invoke(event: string): Promise<Outcome> {
    const { awslogs } = JSON.parse(event);
    this.sent.push(JSON.parse(gunzipSync(Buffer.from(awslogs.data, "base64")).toString()));
    return this.answer();
  }

  get messages(): unknown[] {
    return this.sent.flatMap(({ logEvents }) => logEvents.map(({ message }) => JSON.parse(message).n));
  }
}

const { setTimeout: realTimeout } = globalThis;
const realPause = (milliseconds: number) => new Promise((resolve) => realTimeout(resolve, milliseconds));

describe("lines", () => {
  const reported: string[] = [];
  let work: SentFunction;
  let delivery: LogDelivery;
  const subscription: Subscription = {
    name: "refused",
    logGroup: "log",
    account: "123456789012",
    isWanted: (line) => (line as { event?: string }).event === "x",
    target: WORK,
  };

  beforeEach(() => {
    vi.useFakeTimers({ now: new Date("2026-01-02T03:04:05.000Z"), toFake: ["setTimeout", "clearTimeout", "Date"] });
    reported.length = 0;
    work = new SentFunction();
    delivery = new LogDelivery({
      subscriptions: [subscription],
      poolOf: () => work,
      report: (line) => void reported.push(line),
    });
  });
  afterEach(async () => {
    work.answer = () => done;
    vi.useRealTimers();
    await delivery.end();
  });

  const line = (n: number, more: object = {}) => `${JSON.stringify({ event: "x", n, ...more })}\n`;
  const write = (text: string, logStream = "one", logGroup = "log") =>
    delivery.take({ logGroup, logStream }, Buffer.from(text));
  /** Lets time go by, and waits for so many events to be sent: lines are zipped beside all this, in time of its own. */
  const pass = async (milliseconds: number, events = work.sent.length) => {
    await vi.advanceTimersByTimeAsync(milliseconds);
    const start = performance.now();
    while (work.sent.length < events && performance.now() - start < 10_000) await realPause(2);
    expect(work.sent).toHaveLength(events);
    await vi.advanceTimersByTimeAsync(0);
  };

  test("come a second later, together, as AWS sends them", async () => {
    write(line(1) + line(2));
    await pass(500);
    write(line(3));
    await pass(499);
    expect(work.sent).toEqual([]);
    await pass(1, 1);
    expect(work.messages).toEqual([1, 2, 3]);
    const [event] = work.sent;
    const example = documented("logs-subscription-data.json");
    expect(differences(example, event, {})).toEqual([]);
    expect(event).toMatchObject({
      messageType: "DATA_MESSAGE",
      owner: "123456789012",
      logGroup: "log",
      logStream: "one",
      subscriptionFilters: ["refused"],
    });
    const [exampleEvent] = example.logEvents as object[];
    for (const one of event?.logEvents ?? []) {
      expect(differences(exampleEvent, one, {})).toEqual([]);
      expect(one.id).toMatch(/^\d{56}$/);
    }
    expect(event?.logEvents.map(({ timestamp }) => timestamp - Date.parse("2026-01-02T03:04:05Z"))).toEqual([
      0, 0, 500,
    ]);
    expect(new Set(event?.logEvents.map(({ id }) => id)).size).toBe(3);
  });

  test("that nobody wants, of other logs, or that are no JSON, are not sent, and while there are none nothing runs", async () => {
    write('{"event":"y","n":1}\nplain text\n{broken\n\n');
    write(line(2), "one", "other");
    expect(vi.getTimerCount()).toBe(0);
    await pass(5_000);
    expect(work.sent).toEqual([]);
    write(line(3));
    await pass(1_000, 1);
    expect(work.messages).toEqual([3]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("of several streams come apart, each in its order", async () => {
    for (let n = 0; n < 6; n++) write(line(n), n % 2 ? "odd" : "even");
    await pass(1_000, 2);
    expect(work.sent.map(({ logStream, logEvents }) => [logStream, logEvents.length])).toEqual([
      ["even", 3],
      ["odd", 3],
    ]);
    expect(work.messages).toEqual([0, 2, 4, 1, 3, 5]);
  });

  test("that are many come in several events, none of them lost or doubled", async () => {
    const all = Array.from({ length: 1_234 }, (_, n) => n);
    write(all.map((n) => line(n)).join(""));
    await pass(1_000, 3);
    expect(work.sent.map(({ logEvents }) => logEvents.length)).toEqual([500, 500, 234]);
    expect(work.messages).toEqual(all);
  });

  test("that come while others are on their way follow these", async () => {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    work.answer = () => promise;
    write(line(1));
    await pass(1_000, 1);
    write(line(2));
    await pass(10_000);
    expect(work.messages).toEqual([1]);
    work.answer = () => done;
    resolve(done);
    await pass(0);
    await pass(1_000, 2);
    expect(work.messages).toEqual([1, 2]);
  });

  test("are sent again where the function fails, as often as Lambda would", async () => {
    let tries = 0;
    work.answer = () => (++tries < 3 ? broken : done);
    write(line(1));
    for (let events = 1; events <= 3; events++) await pass(1_000, events);
    await pass(5_000);
    expect(work.messages).toEqual([1, 1, 1]);
    expect(reported).toEqual([]);
    const ids = work.sent.flatMap(({ logEvents }) => logEvents.map(({ id }) => id));
    expect(new Set(ids).size).toBe(1);
  });

  test("are let go with a note where it fails on, and those that follow are sent all the same", async () => {
    work.answer = () => broken;
    write(line(1) + line(2));
    for (let events = 1; events <= 3; events++) await pass(1_000, events);
    await pass(5_000);
    expect(reported).toEqual(["refused: 2 lines were let go, Error: no table"]);
    work.answer = () => done;
    write(line(3));
    await pass(1_000, 4);
    expect(work.messages.at(-1)).toBe(3);
  });

  test("beyond 16 MB are let go while the function hangs, and their number is told", async () => {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    work.answer = () => promise;
    const megabyte = line(0, { pad: "x".repeat(1024 * 1024) });
    write(megabyte);
    await pass(1_000, 1);
    for (let n = 0; n < 20; n++) write(megabyte);
    work.answer = () => done;
    resolve(done);
    await pass(0);
    expect(reported).toEqual(["refused: 6 lines were let go, too many waited"]);
    await pass(1_000, 2);
    expect(work.messages).toHaveLength(15);
    write(line(1));
    await pass(1_000, 3);
    // What was delivered makes room again.
    for (let n = 0; n < 14; n++) write(megabyte);
    await pass(1_000, 4);
    expect([reported.length, work.messages.length]).toEqual([1, 30]);
  });

  test("that still wait at the end are sent at once, and none after it", async () => {
    write(line(1));
    vi.useRealTimers();
    await delivery.end();
    expect(work.messages).toEqual([1]);
    write(line(2));
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(work.messages).toEqual([1]);
  });

  test("hold up the end no longer than three seconds", async () => {
    work.answer = () => new Promise(() => {});
    write(line(1));
    vi.useRealTimers();
    const start = performance.now();
    await delivery.end();
    expect(performance.now() - start).toBeLessThan(5_000);
    delivery = new LogDelivery({ subscriptions: [], poolOf: () => work, report: () => {} });
  });
});
