/** Every entry of every chain comes as an event, exactly as the API shows it, whatever becomes of the service meanwhile. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { AuditEntry, ChainHead } from "../../lib/domain/audit.ts";
import { hashText, NO_HASH } from "../../lib/domain/audit.ts";
import { canonicalize } from "../../lib/domain/canonical-json.ts";
import { readTenant } from "../../lib/local/assembly.ts";
import { readFilter } from "../../lib/local/record-filter.ts";
import { root } from "../../lib/local/service.ts";
import { placeOfEntries } from "../../lib/store/keys.ts";
import type { Acme } from "./acme.ts";
import { admit, assign, done, makeAcme, makeResource, makeRole, makeWorkspace } from "./acme.ts";
import { readLog } from "./chains.ts";
import type { Client } from "./client.ts";
import { openClient } from "./client.ts";
import { KillableService } from "./killable-service.ts";
import { Load } from "./load.ts";
import type { Item } from "./table-content.ts";
import { openTable } from "./table-content.ts";

interface Event {
  readonly id: string;
  readonly "detail-type": string;
  readonly time: string;
  readonly resources: readonly string[];
  readonly detail: AuditEntry;
}

const CANARY = `canary-${randomUUID()}`;
const HOSTILE = '"}\u2028\u202e\u009b31m\\ü😀';
const schema = JSON.parse(readFileSync(join(root, "docs/events.schema.json"), "utf8"));
const isAsDocumented = new Ajv2020({ formats: { "date-time": true } }).compile(schema);

let service: KillableService;
let acme: Acme;
let items: readonly Item[];
/** Each chain, as the API gives it. */
const chains = new Map<string, AuditEntry[]>();
let lines: readonly string[];
let events: readonly Event[];

beforeAll(async () => {
  service = await KillableService.prepare();
  let client = await openClient(await service.start());
  acme = await makeAcme(client);
  const workspaceIds = [acme.workspaceId];
  for (const name of ["North", "South"]) workspaceIds.push(await makeWorkspace(client, acme, name));
  await changeManyThings(client, workspaceIds[1] ?? "");

  // Killed while it writes and sends, and started again.
  const load = new Load(client, acme, workspaceIds);
  await load.untilWritten(60);
  await service.kill();
  const running = await service.start();
  await load.untilWritten(60);
  await load.stop();

  client = await openClient(running);
  for (const id of [undefined, ...workspaceIds]) chains.set(id ?? acme.orgId, await readLog(client, acme, id));
  items = await openTable(running).listItems(acme.orgId);
  const ids = [...chains.values()].flat().map(({ id }) => id);
  await vi.waitFor(
    () => {
      lines = service.readLines("events.jsonl").filter((line) => line.includes(acme.orgId));
      events = lines.flatMap(parseWhole);
      const come = new Set(events.map(({ detail }) => detail.id));
      expect(ids.filter((id) => !come.has(id))).toEqual([]);
    },
    { timeout: 60_000, interval: 200 },
  );
}, 150_000);

afterAll(() => service.close());

/** One change of many a kind, in both sorts of chains. */
async function changeManyThings(client: Client, target: string): Promise<void> {
  const { O, W, ann } = acme;
  const call = (what: string, body?: object) => {
    const headers = what.startsWith("PATCH ") ? { "If-Match": "*" } : {};
    return done(client.call(ann.token, what, { body, headers }));
  };
  const vic = await admit(client, acme, "vic", ["rol_viewer"]);
  const roleId = await makeRole(client, acme, HOSTILE.replaceAll(/[\u2028\u202e\u009b]/g, ""), ["case:read"]);
  await assign(client, acme, vic, ["rol_viewer", roleId]);
  await call(`PATCH ${W}`, { labels: { note: HOSTILE } });
  const id = await makeResource(client, acme, "Jira", "step-integration");
  await call(`PATCH ${W}/resources/step-integration/${id}`, {
    attributes: { token: { secret: true, value: CANARY }, note: HOSTILE },
  });
  // Ends in a partition whose name ends as that of the entries does.
  await call(`PUT ${W}/resources/step-integration/AUDIT`, {
    name: "Audit",
    attributes: { token: { secret: true, value: CANARY } },
  });
  await call(`POST ${W}/shares`, {
    resourceType: "step-integration",
    resourceId: "AUDIT",
    targetWorkspaceId: target,
    actions: ["read"],
  });
  await call(`POST ${O}/roles`, { name: "Auditor", scopes: ["org-audit-log:read"], level: "organization" });
  await call(`PATCH ${O}/users/${vic.userId}`, { status: "suspended" });
  await call(`DELETE ${O}/users/${vic.userId}`);
}

/** What the killed service broke off is no event; the next service sends it again. */
function parseWhole(line: string): Event[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}

describe("every entry of every chain", () => {
  it("comes as an event, exactly as the API shows it, each time that it comes", () => {
    const entries = new Map([...chains.values()].flat().map((entry) => [entry.id, entry]));
    expect(entries.size).toBeGreaterThan(130);
    for (const { detail } of events) expect(detail).toEqual(entries.get(detail.id));
  });

  it("is put in order by chain and seq, and makes the chain again, hash by hash", () => {
    for (const [chain, entries] of chains) {
      const own = new Map(
        events.filter(({ detail }) => detail.chain === chain).map(({ detail }) => [detail.seq, detail]),
      );
      const ordered = [...own.values()].sort((a, b) => a.seq - b.seq);
      expect(ordered.map(({ seq }) => seq)).toEqual(entries.map((_, at) => at + 1));
      let head: ChainHead = { seq: 0, hash: NO_HASH };
      for (const { hash, ...entry } of ordered) {
        expect(entry.prevHash).toBe(head.hash);
        expect(hashText(canonicalize(entry as never))).toBe(hash);
        head = { seq: entry.seq, hash };
      }
    }
  });

  it("tells its action, its time and its places outside the detail too, so that rules can ask for them", () => {
    for (const event of events) {
      const { action, at, chain } = event.detail;
      expect(event["detail-type"]).toBe(action);
      expect(event.time).toBe(at.replace(/\.\d+Z$/, "Z"));
      expect(event.resources).toEqual(chain === acme.orgId ? [acme.orgId] : [acme.orgId, chain]);
    }
  });

  it("comes once, but for what was under way when the service was killed", () => {
    const times = new Map<string, number>();
    for (const { detail } of events) times.set(detail.id, (times.get(detail.id) ?? 0) + 1);
    const twice = [...times.values()].filter((count) => count > 1);
    expect(twice.length).toBeLessThanOrEqual(100);
    expect(events.length - times.size).toBe(twice.length);
  });
});

describe("an event", () => {
  it("is as its schema says, and the schema forbids something", () => {
    for (const event of events) expect([isAsDocumented(event), isAsDocumented.errors]).toEqual([true, null]);
    const [event] = events;
    const bad = [
      { ...event, source: "other" },
      { ...event, resources: [] },
      { ...event, resources: ["org_1"] },
      { ...event, detail: { ...event?.detail, seq: 0 } },
      { ...event, detail: { ...event?.detail, hash: "0" } },
      { ...event, detail: { ...event?.detail, id: undefined } },
      { ...event, detail: { ...event?.detail, truncated: false } },
    ].map((one) => JSON.parse(JSON.stringify(one)));
    for (const one of bad) expect([isAsDocumented(one), one]).toEqual([false, one]);
  });

  it("is one line of plain characters", () => {
    for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e]/u);
  });

  it("holds no secret, nor does whatever else the service keeps about its events", () => {
    expect(items.filter((item) => JSON.stringify(item).includes(CANARY)).length).toBe(2);
    for (const file of ["events.jsonl", "undelivered.jsonl"])
      expect(service.readLines(file).join()).not.toContain(CANARY);
  });

  it("is made of each entry and of nothing else in the table, by the template's own filter", () => {
    const [mapping, ...more] = readTenant(join(root, "cdk.out"), "example")
      .flatMap(({ resources }) => [...resources.values()])
      .filter(({ id, type }) => type === "AWS::Lambda::EventSourceMapping" && id.startsWith("entries"));
    expect(more).toEqual([]);
    const isLetThrough = readFilter(mapping?.properties.FilterCriteria, "The filter");
    const through = items.filter((item) => isLetThrough({ eventName: "INSERT", dynamodb: { NewImage: typed(item) } }));
    const entries = items.filter(({ pk }) => placeOfEntries(pk) !== undefined);
    expect(entries.length).toBe([...chains.values()].flat().length);
    expect(through).toEqual(entries);
    expect(new Set(items.map(({ pk }) => pk)).size).toBeGreaterThan(20);
    expect(isLetThrough({ eventName: "MODIFY", dynamodb: { NewImage: typed(entries[0] ?? {}) } })).toBe(false);
  });
});

/** As DynamoDB writes an item, as far as the filter asks. */
function typed(item: Item): object {
  const kinds = new Map([
    ["string", "S"],
    ["number", "N"],
  ]);
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, { [kinds.get(typeof value) ?? "M"]: String(value) }]),
  );
}
