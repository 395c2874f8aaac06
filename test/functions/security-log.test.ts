/** The function that keeps the record of security events, as a cold start loads it, sent lines as CloudWatch Logs sends them. */
import { randomBytes, randomUUID } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import type { CloudWatchLogsDecodedData, CloudWatchLogsEvent, Context } from "aws-lambda";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { readLogLines } from "../../functions/wiring/logs-event.ts";
import { keepSecurityEvents } from "../../lib/api/security-log.ts";
import type { IdentityProvider } from "../../lib/domain/identity-providers.ts";
import type { KeyId, OrgId, ProviderId } from "../../lib/domain/ids.ts";
import { makeId } from "../../lib/domain/ids.ts";
import { limits } from "../../lib/domain/limits.ts";
import { done, makeAcme, readTable } from "../api/acme.ts";
import { makeKey } from "../api/keys.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import { documented } from "../local/documented.ts";
import { newIds } from "../store/contract.ts";

const MINUTE = 60_000;
const T = Date.parse("2026-12-01T10:15:00.000Z");

type Run = (event: CloudWatchLogsEvent) => Promise<void>;

const logged: string[] = [];
let test: TestStore;
let run: Run;
let orgId: OrgId;
let idp: ProviderId;
let key: KeyId;
let otherKey: KeyId;
let user: { readonly kind: "user"; readonly id: string };

beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((text) => logged.push(String(text)) > 0);
  }
  test = await openTestStore();
  run = await load();
});

beforeEach(async () => {
  const ids = newIds();
  orgId = ids.orgId;
  user = { kind: "user", id: ids.userId };
  const made = <P extends "idp" | "key">(prefix: P) => makeId(prefix, Date.now(), randomBytes(10));
  [idp, key, otherKey] = [made("idp"), made("key"), made("key")];
  const provider = { id: idp, orgId, attributeMapping: { email: "email" } } as unknown as IdentityProvider;
  await test.store.commit(test.store.providers.create(provider, undefined), randomUUID(), async () => false);
  logged.length = 0;
});

afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

async function load(changes: Record<string, string> = {}): Promise<Run> {
  const surroundings = {
    AWS_ENDPOINT_URL_DYNAMODB: test.endpoint,
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    POWERTOOLS_SERVICE_NAME: "security-log",
    LOG_LEVEL: "INFO",
    TABLE_NAME: test.tableName,
    ...changes,
  };
  for (const [name, value] of Object.entries(surroundings)) vi.stubEnv(name, value);
  vi.resetModules();
  const { handler } = await import("../../functions/security-log.ts");
  const context = { awsRequestId: "lambda-1", getRemainingTimeInMillis: () => 60_000 } as Context;
  return (event) => (handler as unknown as (event: unknown, context: Context) => Promise<void>)(event, context);
}

interface Line {
  readonly timestamp: number;
  readonly message: string;
}

let sent = 0;

/** As CloudWatch Logs sends some lines. */
function eventOf(lines: readonly Line[], more: Partial<CloudWatchLogsDecodedData> = {}): CloudWatchLogsEvent {
  const logEvents = lines.map((line) => ({ id: String(sent++).padStart(56, "3"), ...line }));
  const data = { ...documented("logs-subscription-data.json"), logEvents, ...more };
  return { awslogs: { data: gzipSync(JSON.stringify(data)).toString("base64") } };
}

const line = (said: object, timestamp = T): Line => ({
  timestamp,
  message: JSON.stringify({ level: "INFO", requestId: "r", ...said }),
});
const denied = (more: object = {}, timestamp = T): Line =>
  line(
    {
      event: "access.denied",
      place: { orgId },
      principal: user,
      requiredScope: "role:read",
      knownIn: { orgId },
      ...more,
    },
    timestamp,
  );
const signIn = (subject: string | undefined, timestamp = T): Line =>
  line({ event: "sign_in.refused", reason: "No.", providerId: idp, subject }, timestamp);
const used = (keyId: string, time: string): Line => line({ event: "api_key.used", keyId }, Date.parse(time));

/** Every record of the organization, in the order of the table. */
async function records(): Promise<Record<string, unknown>[]> {
  const items = [...(await readTable(test)).values()].filter(({ pk }) => pk === `ORG#${orgId}#SECURITY`);
  return items.sort((a, b) => (String(a.sk) < String(b.sk) ? -1 : 1));
}
const counts = async () => (await records()).map(({ count }) => count);
const sum = (all: unknown[]) => (all as number[]).reduce((total, count) => total + count, 0);

describe("the event", () => {
  it("is read as AWS documents it, gzipped, and of lines that are no security events none is kept", () => {
    const sample = documented("logs-subscription.json") as unknown as CloudWatchLogsEvent;
    const text = gunzipSync(Buffer.from(sample.awslogs.data, "base64")).toString();
    expect(JSON.parse(text).logEvents).toHaveLength(2);
    expect(readLogLines(sample)).toEqual({ events: [], unreadable: 2 });
  });

  it("that only asks whether the function can be reached is nothing", () => {
    expect(readLogLines(eventOf([denied()], { messageType: "CONTROL_MESSAGE" }))).toEqual({
      events: [],
      unreadable: 0,
    });
  });

  it("gives each line its own time and name", () => {
    const { events } = readLogLines(eventOf([denied({}, T + 1), denied({}, T + 2)]));
    expect(events.map(({ at }) => at)).toEqual([T + 1, T + 2]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(2);
  });
});

describe("denials", () => {
  it("are one record with a count, with what the first and the last of them were, for 90 days", async () => {
    const { workspaceId } = newIds();
    await run(
      eventOf([denied({ requestId: "first", knownIn: { orgId, workspaceId } }), denied({ requestId: "last" }, T + 5)]),
    );
    expect(await records()).toEqual([
      {
        pk: `ORG#${orgId}#SECURITY`,
        sk: `2026-12-01T10:15:00.000Z#access.denied#${user.id}#role:read`,
        kind: "access.denied",
        at: "2026-12-01T10:15:00.000Z",
        principal: user,
        requiredScope: "role:read",
        workspaceId,
        count: 2,
        firstRequestId: "first",
        lastRequestId: "last",
        expires: T / 1000 + limits.activityDays * 86_400,
      },
    ]);
  });

  it("go on being counted by batches that follow, whatever these say of the first", async () => {
    await run(eventOf([denied({ requestId: "first" })]));
    await run(eventOf([denied({ requestId: "second" }), denied({ requestId: "third" })]));
    expect(await records()).toMatchObject([{ count: 3, firstRequestId: "first", lastRequestId: "third" }]);
  });

  it("of a flood leave a handful of records: 5,000 of three people for want of two scopes within two minutes", async () => {
    const people = Array.from({ length: 3 }, () => ({ kind: "user", id: newIds().userId }));
    const lines = Array.from({ length: 5_000 }, (_, i) =>
      denied(
        { principal: people[i % 3], requiredScope: i % 2 ? "role:read" : "role:write" },
        T + (i < 2_500 ? 0 : MINUTE),
      ),
    );
    for (let at = 0; at < lines.length; at += 500) await run(eventOf(lines.slice(at, at + 500)));
    const kept = await counts();
    expect([kept.length, sum(kept)]).toEqual([12, 5_000]);
  });

  it("are all counted when batches come at once", async () => {
    await Promise.all(
      Array.from({ length: 20 }, () => run(eventOf(Array.from({ length: 10 }, () => denied({ requestId: "x" }))))),
    );
    expect(await counts()).toEqual([200]);
  });

  it("of strangers leave nothing at all", async () => {
    const lines = Array.from({ length: 200 }, () => denied({ knownIn: undefined, place: { orgId: newIds().orgId } }));
    const before = await readTable(test);
    await run(eventOf(lines));
    expect(await readTable(test)).toEqual(before);
  });

  it("for want of any number of scopes that there are not are one record", async () => {
    await run(
      eventOf(Array.from({ length: 200 }, (_, i) => denied({ requiredScope: `t${i}:read`, isScopeUnknown: true }))),
    );
    expect(await counts()).toEqual([200]);
  });

  it("of more than a transaction holds are all kept", async () => {
    const people = Array.from({ length: 260 }, () => ({ kind: "user", id: newIds().userId }));
    await run(eventOf(people.map((principal) => denied({ principal }))));
    expect(await counts()).toEqual(people.map(() => 1));
  });
});

describe("a batch that comes again", () => {
  it("changes nothing, whatever is in it", async () => {
    const others = Array.from({ length: 40 }, () => denied({ principal: { kind: "user", id: newIds().userId } }));
    const event = eventOf([
      denied(),
      denied(),
      ...others,
      signIn("dana"),
      ...subjects(30),
      used(key, "2026-12-01T10:00:00Z"),
    ]);
    await run(event);
    const before = await readTable(test);
    for (let again = 0; again < 3; again++) await run(event);
    expect(await readTable(test)).toEqual(before);
  });

  it("changes nothing either when others have come between", async () => {
    const event = eventOf([denied({ requestId: "mine" }), signIn("dana")]);
    await run(event);
    await run(eventOf([denied({ requestId: "other" }), signIn("dana"), signIn("erin")]));
    const before = await readTable(test);
    await run(event);
    expect(await readTable(test)).toEqual(before);
  });

  it("is another one when its lines are others, though they say the same", async () => {
    await run(eventOf([denied()]));
    await run(eventOf([denied()]));
    expect(await counts()).toEqual([2]);
  });
});

const subjects = (count: number): Line[] => Array.from({ length: count }, (_, i) => signIn(`subject-${i}`));

describe("refused sign-ins", () => {
  it("are recorded in the organization of the provider, by subject", async () => {
    await run(eventOf([signIn("dana"), signIn("erin"), signIn("dana")]));
    const kept = await records();
    expect(kept.map(({ subject, count }) => [subject, count]).sort()).toEqual([
      ["dana", 2],
      ["erin", 1],
    ]);
    for (const one of kept) {
      expect(one).toMatchObject({
        pk: `ORG#${orgId}#SECURITY`,
        kind: "sign_in.refused",
        identityProviderId: idp,
        reason: "No.",
      });
    }
  });

  it("of any number of subjects leave no more records than there is room for in a minute, and none is miscounted", async () => {
    for (let at = 0; at < 3; at++) {
      await run(eventOf(Array.from({ length: 400 }, (_, i) => signIn(`subject-${at}-${i}`))));
    }
    const kept = await records();
    expect(kept.length).toBeLessThanOrEqual(limits.refusedSubjects + 1);
    expect(sum(await counts())).toBe(1_200);
    const [others, ...more] = kept.filter(({ subject }) => subject === undefined);
    expect(more).toEqual([]);
    expect(others?.count).toBe(1_200 - (kept.length - 1));
    for (const { subject, count } of kept) if (subject !== undefined) expect(count).toBe(1);
  });

  it("of one subject are never counted as another's, whichever of several batches is the first", async () => {
    const batches = Array.from({ length: 12 }, (_, b) => Array.from({ length: 20 }, (_, i) => signIn(`s-${b}-${i}`)));
    await Promise.all(batches.map((lines) => run(eventOf(lines))));
    const kept = await records();
    expect(sum(await counts())).toBe(240);
    for (const { subject, count } of kept) if (subject !== undefined) expect([subject, count]).toEqual([subject, 1]);
  });

  it("through a provider that nobody has leave nothing", async () => {
    await run(
      eventOf([line({ event: "sign_in.refused", reason: "No.", providerId: "idp_01jdexamp1e0000000000000zz" })]),
    );
    expect(await records()).toEqual([]);
  });
});

describe("the last use of a key", () => {
  const lastUse = async (key: KeyId) => (await test.store.read({ at: test.store.keyUses.at(key) })).at;

  it("is kept to the hour, and only moves forward", async () => {
    expect(await lastUse(key)).toBeUndefined();
    await run(eventOf([used(key, "2026-12-01T10:59:59.999Z"), used(otherKey, "2026-12-01T09:00:00Z")]));
    expect([await lastUse(key), await lastUse(otherKey)]).toEqual([
      "2026-12-01T10:00:00.000Z",
      "2026-12-01T09:00:00.000Z",
    ]);
    await run(eventOf([used(key, "2026-12-01T08:30:00Z"), used(otherKey, "2026-12-01T11:00:00Z")]));
    expect([await lastUse(key), await lastUse(otherKey)]).toEqual([
      "2026-12-01T10:00:00.000Z",
      "2026-12-01T11:00:00.000Z",
    ]);
  });

  it("is the latest one when batches come at once", async () => {
    const hours = Array.from({ length: 12 }, (_, i) => `2026-12-01T${String(i).padStart(2, "0")}:30:00Z`);
    await Promise.all(hours.map((time) => run(eventOf([used(key, time)]))));
    expect(await lastUse(key)).toBe("2026-12-01T11:00:00.000Z");
  });

  it("is the later one, too, when that is written between what the earlier one reads and writes", async () => {
    const { store } = test;
    const tell = (into: typeof store, hour: number): Promise<void> => {
      const event = { event: "api_key.used", requestId: "r", keyId: key } as const;
      return keepSecurityEvents(into, [
        { id: randomUUID(), at: Date.parse("2026-12-01T00:00:00Z") + hour * 60 * MINUTE, event },
      ]);
    };
    for (const [earlier, later] of [
      [10, 11],
      [12, 13],
    ] as const) {
      let isFirst = true;
      const overtaken: typeof store = {
        ...store,
        commit: async (...args) => {
          if (isFirst) await tell(store, later);
          isFirst = false;
          return store.commit(...args);
        },
      };
      await tell(overtaken, earlier);
      expect(await lastUse(key)).toBe(`2026-12-01T${later}:00:00.000Z`);
    }
  });

  it("is told of a key that was revoked meanwhile, and goes with it", async () => {
    const acme = await makeAcme(test);
    const made = { kind: "service", scopes: ["workflow:read"] };
    const items = async (id: string) => {
      const all = await readTable(test);
      return ["KEY", "USED"].map((sk) => all.get(`KEY#${id} ${sk}`));
    };
    for (const before of [["2026-12-01T09:30:00Z"], []]) {
      const { id } = await makeKey(acme, acme.ann, made);
      for (const time of before) await run(eventOf([used(id as KeyId, time)]));
      await done(acme.api.call(acme.ann, `DELETE ${acme.W}/api-keys/${id}`));
      await run(eventOf([used(id as KeyId, "2026-12-01T10:30:00Z")]));
      const shown = await done(acme.api.call(acme.ann, `GET ${acme.W}/api-keys/${id}`));
      expect([shown.state, shown.lastUsedAt]).toEqual(["revoked", "2026-12-01T10:00:00.000Z"]);
      const [kept, use] = await items(id);
      expect([use?.usedAt, use?.expires]).toEqual(["2026-12-01T10:00:00.000Z", kept?.expires]);
      expect(use?.expires).toEqual(expect.any(Number));
    }
  });

  it("is kept for any number of keys in one batch", async () => {
    const keys = Array.from(
      { length: 60 },
      (_, i) => `key_01jdexamp1e00000000000${String(i).padStart(4, "0")}` as KeyId,
    );
    await run(eventOf(keys.map((key) => used(key, "2026-12-01T10:00:00Z"))));
    expect(await Promise.all(keys.map(lastUse))).toEqual(keys.map(() => "2026-12-01T10:00:00.000Z"));
  });
});

describe("lines that are none", () => {
  it("are told to the operator as a number, and keep no other line from being counted", async () => {
    const broken = { timestamp: T, message: "{broken" };
    await run(
      eventOf([broken, line({ message: "swept" }), denied({ principal: { kind: "user", id: "x#y" } }), denied()]),
    );
    expect(await counts()).toEqual([1]);
    const warnings = logged.map((text) => JSON.parse(text)).filter(({ level }) => level === "WARN");
    expect(warnings).toMatchObject([{ message: "lines of a log are no security events", unreadable: 3 }]);
  });
});

describe("it fails, so that Lambda sends the batch again,", () => {
  it("when the table is not there", async () => {
    await expect((await load({ TABLE_NAME: "no-such-table" }))(eventOf([denied()]))).rejects.toThrow();
  });

  it("when the engine does not answer", async () => {
    const deaf = await load({ AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:9" });
    await expect(deaf(eventOf([denied()]))).rejects.toThrow();
  });

  it("when what it is sent is no log", async () => {
    await expect(run({ awslogs: { data: "nonsense" } })).rejects.toThrow();
  });

  it("and does not start without TABLE_NAME", async () => {
    await expect(load({ TABLE_NAME: "" })).rejects.toThrow("TABLE_NAME is not set");
  });
});
