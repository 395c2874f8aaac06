/** The record of security events, as those who may look into an organization's log read it. */
import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { keepSecurityEvents } from "../../lib/api/security-log.ts";
import type { KeyId, OrgId, UserId, WorkspaceId } from "../../lib/domain/ids.ts";
import { limits } from "../../lib/domain/limits.ts";
import type { SecurityEvent, SecurityPrincipal } from "../../lib/domain/security-events.ts";
import type { LoggedEvent, SecurityRecord } from "../../lib/domain/security-records.ts";
import type { StoreCall } from "../../lib/store/table.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import { newIds } from "../store/contract.ts";
import type { Acme } from "./acme.ts";
import { admitManager, done, makeAcme } from "./acme.ts";
import type { Answer, Caller } from "./in-process.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
const START = Date.parse("2026-12-01T10:00:00.000Z");
const calls: StoreCall[] = [];
let now = START;
let test: TestStore;
let acme: Acme;
let L: string;
let kim: UserId;
const keyId = "key_01jdexamp1e0000000000000ab" as KeyId;

beforeEach(async () => {
  now = START;
  test = await openTestStore({ observe: (call) => calls.push(call) });
  acme = await makeAcme(test, () => now);
  L = `${acme.O}/security-events`;
  kim = newIds().userId;
});

const call = (what: string, by: Caller = acme.ann): Promise<Answer> => acme.api.call(by, what);
const read = async (query = ""): Promise<SecurityRecord[]> => (await done(call(`GET ${L}?${query}`))).items;

interface Told {
  /** Minutes after the start. */
  readonly after?: number;
  readonly principal?: SecurityPrincipal;
  readonly scope?: string;
  readonly orgId?: OrgId;
  readonly kind?: "access.denied" | "credential.refused";
  readonly workspaceId?: WorkspaceId;
}

/** A line, as the function has it that the log is sent to. */
function lineOf({ after = 0, principal, scope = "role:read", orgId = acme.org, kind, workspaceId }: Told): LoggedEvent {
  const request = {
    requestId: `request-${after}`,
    route: "GET /x",
    ip: "192.0.2.7",
    userAgent: "x",
    place: { orgId, workspaceId },
    principal: principal ?? ({ kind: "user", id: kim } as const),
    knownIn: { orgId, workspaceId },
  };
  const event: SecurityEvent =
    kind === "credential.refused"
      ? { event: kind, ...request, reason: "user.shut_out" }
      : { event: "access.denied", ...request, requiredScope: scope };
  return { id: randomUUID(), at: START + after * MINUTE + 17, event };
}

const tell = (told: Told = {}) => keepSecurityEvents(test.store, [lineOf(told)]);

describe("the record", () => {
  it("has each minute's denials, newest first, and says of them what was wanted, by whom, how often", async () => {
    await tell();
    await tell({ workspaceId: acme.workspace });
    await tell({ after: 2 });
    const rows = await read();
    expect(rows).toEqual([
      {
        kind: "access.denied",
        at: "2026-12-01T10:02:00.000Z",
        principal: { kind: "user", id: kim },
        requiredScope: "role:read",
        count: 1,
        firstRequestId: "request-2",
        lastRequestId: "request-2",
      },
      {
        kind: "access.denied",
        at: "2026-12-01T10:00:00.000Z",
        principal: { kind: "user", id: kim },
        requiredScope: "role:read",
        workspaceId: acme.workspace,
        count: 2,
        firstRequestId: "request-0",
        lastRequestId: "request-0",
      },
    ]);
    expect(await read("order=asc")).toEqual([...rows].reverse());
  });

  it("has nothing that stands in the audit log, and the audit log nothing of it", async () => {
    const entries = async () => (await done(call(`GET ${acme.O}/audit-log?limit=500`))).items.length;
    const before = await entries();
    await tell();
    expect(await entries()).toBe(before);
    expect(await done(call(`POST ${acme.O}/audit-log/verify`))).toMatchObject({ intact: true });
  });

  it("is each organization's own", async () => {
    const { id } = await done(acme.api.call(acme.ann, "POST /v1/orgs", { body: { name: "Globex" } }));
    await tell();
    await tell({ orgId: id, after: 1 });
    expect((await read()).map(({ at }) => at)).toEqual(["2026-12-01T10:00:00.000Z"]);
    const { items } = await done(call(`GET /v1/orgs/${id}/security-events`));
    expect(items.map(({ at }: SecurityRecord) => at)).toEqual(["2026-12-01T10:01:00.000Z"]);
  });
});

describe("who may read it", () => {
  it("is who holds org-audit-log:read, which is enough", async () => {
    await tell();
    const auditor = await admitManager(acme, "auditor", ["org-audit-log:read"]);
    expect((await call(`GET ${L}`, auditor)).body.items).toHaveLength(1);
    const other = await admitManager(acme, "other", ["user:read", "org-role:read"]);
    const refused = await call(`GET ${L}`, other);
    expect([refused.status, refused.body.requiredScope]).toEqual([403, "org-audit-log:read"]);
  });
});

describe("filters", () => {
  const ann = () => ({ kind: "user", id: acme.ann.userId }) as const;
  const key = (): SecurityPrincipal => ({ kind: "api-key", id: keyId, ownerId: acme.ann.userId });

  beforeEach(async () => {
    await tell({ after: 0 });
    await tell({ after: 1, principal: ann() });
    await tell({ after: 2, principal: key() });
    await tell({ after: 3, principal: ann(), kind: "credential.refused" });
  });
  const at = (minutes: number) => encodeURIComponent(new Date(START + minutes * MINUTE).toISOString());
  const minutes = async (query: string) => (await read(query)).map((row) => (Date.parse(row.at) - START) / MINUTE);

  it.each<[string, () => string, number[]]>([
    ["a user", () => `principal=${kim}`, [0]],
    ["a user and their keys", () => `principal=${acme.ann.userId}`, [3, 2, 1]],
    ["a key", () => `principal=${keyId}`, [2]],
    ["nobody", () => "principal=usr_x", []],
    ["a kind", () => "kind=credential.refused", [3]],
    ["another kind", () => "kind=access.denied", [2, 1, 0]],
    ["a kind of which there is nothing", () => "kind=sign_in.refused", []],
    ["a beginning, which counts", () => `from=${at(2)}`, [3, 2]],
    ["an end, which does not", () => `to=${at(2)}`, [1, 0]],
    ["a time between", () => `from=${at(1)}&to=${at(3)}`, [2, 1]],
    ["a time between, from the other end", () => `from=${at(1)}&to=${at(3)}&order=asc`, [1, 2]],
    ["a time between two minutes", () => `from=${at(0.5)}&to=${at(1.5)}`, [1]],
    ["a time before all of it", () => `to=${at(-1)}`, []],
    ["a time after all of it", () => `from=${at(4)}`, []],
    ["all at once", () => `principal=${acme.ann.userId}&kind=access.denied&from=${at(2)}`, [2]],
  ])("let through what is of %s", async (_, query, wanted) => {
    expect(await minutes(query())).toEqual(wanted);
  });

  it.each(["order=up", "from=yesterday", "kind=api_key.used", "kind=", "actor=x", "principal=a&principal=b"])(
    "that are none are malformed: %s",
    async (query) => {
      expect((await call(`GET ${L}?${query}`)).status).toBe(400);
    },
  );
});

describe("pages", () => {
  const COUNT = 25;
  const readAll = async (query: string, limit: number) => {
    const rows: SecurityRecord[] = [];
    let cursor: string | undefined;
    do {
      const page = await done(
        call(`GET ${L}?${query}&limit=${limit}${cursor === undefined ? "" : `&cursor=${cursor}`}`),
      );
      expect(page.items.length).toBeLessThanOrEqual(limit);
      rows.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    return rows.map((row) => (Date.parse(row.at) - START) / MINUTE);
  };
  beforeEach(async () => {
    for (let after = 0; after < COUNT; after++) {
      await tell({ after, ...(after % 5 === 0 ? { kind: "credential.refused" } : {}) });
    }
  });

  it.each([1, 7, COUNT, 500])("are complete in both directions, %i at a time", async (limit) => {
    const all = Array.from({ length: COUNT }, (_, index) => index);
    expect(await readAll("order=asc", limit)).toEqual(all);
    expect(await readAll("", limit)).toEqual([...all].reverse());
  });

  it.each([1, 3, 500])("are complete through filters, %i at a time", async (limit) => {
    expect(await readAll("kind=credential.refused", limit)).toEqual([20, 15, 10, 5, 0]);
    const [from, to] = [5, 21].map((after) => encodeURIComponent(new Date(START + after * MINUTE).toISOString()));
    const between = `kind=credential.refused&from=${from}&to=${to}`;
    expect(await readAll(between, limit)).toEqual([20, 15, 10, 5]);
    expect(await readAll(`${between}&order=asc`, limit)).toEqual([5, 10, 15, 20]);
  });

  it.each([
    ["the newest", "desc", 599],
    ["almost the oldest", "desc", 1],
    ["the newest, oldest first", "asc", 599],
    ["almost the oldest, oldest first", "asc", 1],
  ])("look at nothing outside of the time that is asked for: %s", async (_, order, minute) => {
    const lines = Array.from({ length: 600 }, (_, after) => lineOf({ after }));
    await keepSecurityEvents(test.store, lines);
    const [from, to] = [minute, minute + 1].map((after) =>
      encodeURIComponent(new Date(START + after * MINUTE).toISOString()),
    );
    calls.length = 0;
    expect(await read(`from=${from}&to=${to}&order=${order}`)).toHaveLength(1);
    expect(calls.filter(({ operation }) => operation === "Query")).toHaveLength(1);
  });

  it("go on in their own list only", async () => {
    const { nextCursor } = await done(call(`GET ${L}?limit=1`));
    const go = async (query: string) => (await call(`GET ${L}?${query}cursor=${nextCursor}`)).status;
    expect([await go("limit=1&"), await go("limit=1&order=asc&"), await go("limit=1&kind=access.denied&")]).toEqual([
      200, 400, 400,
    ]);
  });

  it("hold 500 rows at most", async () => {
    expect((await call(`GET ${L}?limit=${limits.auditPageMost}`)).status).toBe(200);
    expect((await call(`GET ${L}?limit=${limits.auditPageMost + 1}`)).status).toBe(400);
  });
});

describe("after 90 days", () => {
  it("a minute is over to the second, taken from the table or not", async () => {
    await tell();
    await tell({ after: 1 });
    now = START + limits.activityDays * DAY - 1;
    expect(await read()).toHaveLength(2);
    now++;
    expect((await read()).map(({ at }) => at)).toEqual(["2026-12-01T10:01:00.000Z"]);
  });
});
