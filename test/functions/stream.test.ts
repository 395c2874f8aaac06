/** The function that puts audit entries on the event bus, as a cold start loads it, before a bus that answers as the test says. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Context, DynamoDBBatchResponse, DynamoDBRecord } from "aws-lambda";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { openEntry } from "../../lib/domain/audit.ts";
import { keys } from "../../lib/store/keys.ts";
import { BUS, type PutEntry, TestEventBridge } from "../events/event-bridge.ts";
import {
  chainOf,
  insertion,
  inWorkspace,
  org,
  recordsOf,
  sequenceNumber,
  workspace,
} from "../events/written-entries.ts";

type Run = (records: readonly DynamoDBRecord[], remaining?: number) => Promise<DynamoDBBatchResponse>;

const bridge = new TestEventBridge();
const logged: string[] = [];
/** What lies in the bucket, by its keys. It takes everything: entries of all these tests go by the same numbers. */
const objects = new Map<string, string>();
const bucket = createServer(async (request, response) => {
  const key = decodeURIComponent(new URL(request.url ?? "", "http://s3").pathname).replace("/audit/", "");
  const body = (await request.toArray()).join("");
  if (request.method === "PUT") objects.set(key, body);
  response.end();
});
let run: Run;

beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((text) => logged.push(String(text)) > 0);
  }
  await new Promise<void>((resolve) => bucket.listen(0, "127.0.0.1", resolve));
  const surroundings = {
    ...(await bridge.open()),
    POWERTOOLS_SERVICE_NAME: "stream",
    LOG_LEVEL: "INFO",
    EVENT_BUS_NAME: BUS,
    AUDIT_BUCKET: "audit",
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(bucket.address() as AddressInfo).port}`,
  };
  for (const [name, value] of Object.entries(surroundings)) vi.stubEnv(name, value);
  vi.resetModules();
  const { handler } = await import("../../functions/stream.ts");
  run = (records, remaining = 30_000) => {
    const context = { awsRequestId: "lambda-1", getRemainingTimeInMillis: () => remaining } as Context;
    const call = handler as unknown as (event: object, context: Context) => Promise<DynamoDBBatchResponse>;
    return call({ Records: records }, context);
  };
});

beforeEach(() => {
  bridge.reset();
  logged.length = 0;
});

afterAll(() => {
  bridge.close();
  bucket.close();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const whole: DynamoDBBatchResponse = { batchItemFailures: [] };
const from = (number: number) => ({ batchItemFailures: [{ itemIdentifier: sequenceNumber(number) }] });
const details = (entries: readonly PutEntry[] = bridge.taken) => entries.map(({ Detail }) => JSON.parse(Detail));
const seqs = (entries: readonly PutEntry[]) => details(entries).map(({ seq }) => seq);
const many = (count: number, change = {}) =>
  chainOf(
    inWorkspace,
    Array.from({ length: count }, () => change),
  );

describe("an entry becomes an event", () => {
  it("of its action, with the entry as the API shows it, and with the ids of its places", async () => {
    const ownPlace = { orgId: org };
    const [own] = chainOf(ownPlace, [{ action: "user.invited", reach: [workspace], after: { status: "invited" } }]);
    const [inside] = chainOf(inWorkspace, [{ before: { scopes: ["case:read"] }, after: { scopes: [] } }]);
    if (own === undefined || inside === undefined) throw new Error("no entries");
    const records = [...recordsOf(ownPlace, [own]), ...recordsOf(inWorkspace, [inside], 1)];
    expect(await run(records)).toEqual(whole);
    const Time = Math.floor(Date.parse("2026-11-01T12:00:00.450Z") / 1_000);
    expect(bridge.taken.map((entry) => ({ ...entry, Time: Math.floor(entry.Time) }))).toEqual([
      {
        EventBusName: BUS,
        Source: "bailiwick",
        DetailType: "user.invited",
        Detail: expect.any(String),
        Resources: [org],
        Time,
      },
      {
        EventBusName: BUS,
        Source: "bailiwick",
        DetailType: "role.updated",
        Detail: expect.any(String),
        Resources: [org, workspace],
        Time,
      },
    ]);
    expect(details()).toEqual([openEntry(own), openEntry(inside)]);
  });

  it("whose detail is the text that was hashed, to the byte, whatever stands in it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: "binary", maxLength: 40 }), { minLength: 1, maxLength: 5 }),
        async (texts) => {
          bridge.reset();
          const hostile = ['"}', "\n", "\u001b[31m", "\u2028", "\\", "__proto__", '","hash":"0"', ...texts];
          const entries = chainOf(
            inWorkspace,
            hostile.map((text) => ({
              target: { type: "role", id: text },
              after: { name: text, [text]: text },
              origin: { ip: text, userAgent: text, requestId: text },
            })),
          );
          expect(await run(recordsOf(inWorkspace, entries))).toEqual(whole);
          expect(bridge.taken.map(({ Detail }) => Detail)).toEqual(
            entries.map(({ text, hash }) => `${text.slice(0, -1)},"hash":"${hash}"}`),
          );
          expect(details()).toEqual(entries.map(openEntry));
        },
      ),
      { numRuns: 20 },
    );
  });

  it("and nothing else of the table does", async () => {
    const [entry] = many(1);
    if (entry === undefined) throw new Error("no entry");
    const [record] = recordsOf(inWorkspace, [entry]);
    const item = { seq: 1, text: entry.text, hash: entry.hash };
    const others = [
      keys.secret(inWorkspace, "acme.vault", "AUDIT", "/token"),
      keys.dependent(inWorkspace, "acme.vault", "AUDIT", workspace),
      keys.workspace(org, workspace),
      keys.personBySubject("AUDIT"),
      { pk: `ORG#${org}#WS#${workspace}#WS#${workspace}#AUDIT`, sk: "000000000001" },
      { pk: `ORG#${workspace}#AUDIT`, sk: "000000000001" },
      { pk: `x ORG#${org}#AUDIT`, sk: "000000000001" },
    ];
    expect(
      await run([
        ...others.map((key, at) => insertion({ ...key, ...item }, at)),
        { ...record, eventName: "MODIFY" } as DynamoDBRecord,
        { ...record, eventName: "REMOVE" } as DynamoDBRecord,
      ]),
    ).toEqual(whole);
    expect(bridge.requests).toEqual([]);
    expect(logged).toEqual([]);
  });
});

describe("as much goes in one request as EventBridge takes", () => {
  it("ten entries, in their order", async () => {
    expect(await run(recordsOf(inWorkspace, many(23)))).toEqual(whole);
    expect(bridge.requests.map((entries) => entries.length)).toEqual([10, 10, 3]);
    expect(seqs(bridge.taken)).toEqual(Array.from({ length: 23 }, (_, at) => at + 1));
  });

  it("fewer where together they have more than 256 KB", async () => {
    const entries = many(7, { after: { text: "x".repeat(100_000) } });
    expect(await run(recordsOf(inWorkspace, entries))).toEqual(whole);
    expect(bridge.requests.map((requested) => requested.length)).toEqual([2, 2, 2, 1]);
    for (const requested of bridge.requests) {
      expect(requested.reduce((sum, { Detail }) => sum + Buffer.byteLength(Detail), 0)).toBeLessThan(250_000);
    }
    expect(details()).toEqual(entries.map(openEntry));
  });

  it.each<[string, { before?: { text: string }; after?: { text: string } }]>([
    ["before", { before: { text: "ü".repeat(130_000) } }],
    ["after", { after: { text: "x".repeat(260_000) } }],
  ])("an entry that is too large by itself without its before and after, and it says so (%s)", async (_, change) => {
    const [first, large, last] = chainOf(inWorkspace, [{}, { ...change, after: { ...change.after, kept: 1 } }, {}]);
    if (first === undefined || large === undefined || last === undefined) throw new Error("no entries");
    expect(await run(recordsOf(inWorkspace, [first, large, last]))).toEqual(whole);
    const { before, after, ...rest } = openEntry(large);
    expect(details()).toEqual([openEntry(first), { ...rest, truncated: true }, openEntry(last)]);
  });

  it("an entry of just as much as fits whole", async () => {
    const [measured] = chainOf(inWorkspace, [{ after: { text: "" } }]);
    const frame = Buffer.byteLength(`${measured?.text},"hash":""`) + 64 - 1;
    const names = Buffer.byteLength(`bailiwickrole.updated${org}${workspace}`) + 14;
    const fits = 250_000 - frame - names - 1;
    const entries = chainOf(inWorkspace, [
      { after: { text: "x".repeat(fits) } },
      { after: { text: "x".repeat(fits + 10) } },
    ]);
    await run(recordsOf(inWorkspace, entries));
    expect(details().map(({ truncated }) => truncated)).toEqual([undefined, true]);
  });
});

describe("what the bus does not take", () => {
  it("is offered again, and nothing else", async () => {
    let refusals = 2;
    bridge.behaviours = [
      ({ Detail }) => (Detail.includes('"seq":4,') && refusals-- > 0 ? "ThrottlingException" : undefined),
    ];
    expect(await run(recordsOf(inWorkspace, many(6)))).toEqual(whole);
    expect(bridge.requests.map(seqs)).toEqual([[1, 2, 3, 4, 5, 6], [4], [4]]);
  });

  it("is reported by the first of it, once three tries were in vain, and nothing after it is begun", async () => {
    bridge.behaviours = [({ Detail }) => (/"seq":(4|6),/.test(Detail) ? "InternalFailure" : undefined)];
    expect(await run(recordsOf(inWorkspace, many(25)))).toEqual(from(3));
    expect(bridge.requests.map(seqs)).toEqual([
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      [4, 6],
      [4, 6],
    ]);
    expect(logged.map((line) => JSON.parse(line))).toMatchObject([
      {
        level: "ERROR",
        message: "audit entries were not delivered",
        chain: workspace,
        seq: 4,
        reason: "InternalFailure: so it is",
        count: 2 + 15,
      },
    ]);
  });

  it.each<[string, TestEventBridge["behaviours"][number]]>([
    ["throttled", { exception: "ThrottlingException" }],
    ["failing", { exception: "InternalException", status: 500 }],
    ["silent", "no answer"],
  ])("is offered again whole where the bus is %s", async (_, behaviour) => {
    bridge.behaviours = [behaviour, behaviour, () => undefined];
    expect(await run(recordsOf(inWorkspace, many(3)))).toEqual(whole);
    expect(bridge.requests.map(seqs)).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  it("may come twice where nobody knows whether it was taken", async () => {
    bridge.behaviours = ["no answer after the work", () => undefined];
    expect(await run(recordsOf(inWorkspace, many(2)))).toEqual(whole);
    expect(seqs(bridge.taken)).toEqual([1, 2, 1, 2]);
  });

  it("ends as an error where it is the first record, so that Lambda halves the batch", async () => {
    bridge.behaviours = [({ Detail }) => (Detail.includes('"seq":1,') ? "InternalFailure" : undefined)];
    await expect(run(recordsOf(inWorkspace, many(3)))).rejects.toThrow(
      "The first record of the batch was not delivered",
    );
  });

  it("is reported where a record before it was no entry, too", async () => {
    bridge.behaviours = [() => "InternalFailure"];
    const other = insertion({ pk: `ORG#${org}`, sk: "ORG" }, 0);
    expect(await run([other, ...recordsOf(inWorkspace, many(2), 1)])).toEqual(from(1));
  });

  it("is left when the function's time is nearly over", async () => {
    expect(await run([insertion({ pk: "x", sk: "y" }, 0), ...recordsOf(inWorkspace, many(2), 1)], 4_900)).toEqual(
      from(1),
    );
    expect(bridge.requests).toEqual([]);
    expect(logged.join()).toContain("There was no time left");
  });
});

describe("an item among the entries that is none", () => {
  const [good, second] = many(2);
  const bad = (change: Record<string, string | number>) =>
    insertion(
      { ...keys.auditEntry(inWorkspace, 2), seq: 2, text: second?.text ?? "", hash: second?.hash ?? "", ...change },
      1,
    );

  it.each<[string, Record<string, string | number>]>([
    ["no JSON", { text: "{" }],
    ["JSON of something else", { text: "null" }],
    ["another chain's entry", { text: chainOf({ orgId: org }, [{}, {}])[1]?.text ?? "" }],
    ["another number", { seq: 3 }],
    ["without a hash", { hash: "" }],
  ])("(%s) is reported, and what follows waits for it", async (_, change) => {
    if (good === undefined) throw new Error("no entry");
    const records = [
      ...recordsOf(inWorkspace, [good]),
      bad(change),
      ...recordsOf({ orgId: org }, chainOf({ orgId: org }, [{}]), 2),
    ];
    expect(await run(records)).toEqual(from(1));
    expect(seqs(bridge.taken)).toEqual([1]);
    expect(JSON.parse(logged[0] ?? "")).toMatchObject({
      message: "a record of the stream cannot be read",
      sequenceNumber: sequenceNumber(1),
    });
    await expect(run(records.slice(1))).rejects.toThrow("The first record");
  });
});

describe("the copies in the archive", () => {
  it("hold each entry as the API gives it, those that follow each other in one object", async () => {
    const own = many(3);
    objects.clear();
    expect(await run(recordsOf(inWorkspace, own))).toEqual(whole);
    expect([...objects]).toEqual([
      [
        `entries/${org}/${workspace}/000000000001-000000000003.jsonl`,
        own.map((entry) => `${JSON.stringify(openEntry(entry))}\n`).join(""),
      ],
    ]);
  });
});
