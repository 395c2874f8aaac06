/** Chains whose oldest entries were let go for their age: still verified, by the checkpoints that saw them; whoever takes more is found. */
import { randomUUID } from "node:crypto";
import { DeleteCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findBeginning, findHidden } from "../../lib/api/chain-beginning.ts";
import type { SignedCheckpoint } from "../../lib/api/checkpoints.ts";
import { putCheckpoint, readCheckpoint } from "../../lib/api/checkpoints.ts";
import { takeHeads } from "../../lib/api/noted-heads.ts";
import { hashText } from "../../lib/domain/audit.ts";
import { keys } from "../../lib/store/keys.ts";
import type { TestArchive } from "../archive.ts";
import { openTestArchive } from "../archive.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { done, edit, makeAcme, makeRole } from "./acme.ts";

const DAY = 86_400_000;
const start = Date.parse("2026-01-01T00:00:00Z");
const clock = { now: start };
let opened: TestStore;
let archive: TestArchive;
let acme: Acme;
let last: SignedCheckpoint | undefined;

beforeEach(async () => {
  clock.now = start;
  last = undefined;
  archive = await openTestArchive();
  opened = await openTestStore();
  acme = await makeAcme(opened, () => clock.now, undefined, archive);
});
afterEach(() => archive.close());

const at = (days: number) => {
  clock.now = start + days * DAY;
};

/** Notes the heads as they stand, at the moment of these tests. */
async function makeCheckpoint(): Promise<void> {
  const { store } = opened;
  const { heads, breaks } = await takeHeads(store, acme.org, last?.manifest.chains ?? [], Date.now() + 60_000);
  expect(breaks).toEqual([]);
  const { number } = await putCheckpoint(archive, acme.org, last, new Date(clock.now).toISOString(), heads);
  const signed = await readCheckpoint(archive, acme.org, number);
  if (typeof signed === "string") throw new Error(`the checkpoint is ${signed}`);
  await store.commit([store.checkpoints.note(acme.org, number, last && number - 1)], randomUUID(), async () => false);
  last = signed;
}

/** Takes entries of the workspace out of the table. */
async function remove(...seqs: readonly number[]): Promise<void> {
  for (const seq of seqs) {
    const Key = keys.auditEntry(acme.place, seq);
    await opened.client.send(new DeleteCommand({ TableName: opened.tableName, Key }));
  }
}

const verify = () => done(acme.api.call(acme.ann, `POST ${acme.O}/audit-log/verify`, { body: {} }));
const broken = (seq: number) => ({ intact: false, brokenAt: { chain: acme.workspace, seq } });

async function seqsOf(): Promise<number[]> {
  const { items } = await done(acme.api.call(acme.ann, `GET ${acme.W}/audit-log?order=asc`));
  return items.map(({ seq }: { seq: number }) => seq);
}

/** Entries 1 to 3 on the first day, entry 4 on the hundredth; a checkpoint after each. */
async function live(): Promise<void> {
  await makeRole(acme, "One", []);
  await makeRole(acme, "Two", []);
  at(0.5);
  await makeCheckpoint();
  at(100);
  await makeRole(acme, "Three", []);
  at(100.5);
  await makeCheckpoint();
}

describe("entries past their time", () => {
  beforeEach(live);

  it("are read until then and not from then on, taken away or not", async () => {
    at(399.9);
    expect(await seqsOf()).toEqual([1, 2, 3, 4]);
    at(400);
    expect(await seqsOf()).toEqual([4]);
    await remove(1, 3);
    expect(await seqsOf()).toEqual([4]);
  });

  it.each([
    ["none of them", []],
    ["the first", [1]],
    ["one in between", [2]],
    ["all of them", [1, 2, 3]],
  ])("may be gone: %s", async (_, seqs) => {
    at(400);
    await remove(...seqs);
    expect(await verify()).toMatchObject({ intact: true, checkpoints: 2 });
  });

  it("may be gone with those after them, until nothing is left but the head", async () => {
    at(501);
    await remove(1, 2, 3, 4);
    expect(await verify()).toMatchObject({ intact: true, checkpoints: 2 });
    await makeRole(acme, "Four", []);
    expect(await verify()).toMatchObject({ intact: true });
    expect(await seqsOf()).toEqual([5]);
  });
});

describe("a chain that many checkpoints saw grow", () => {
  it("may have lost what the first of them saw, and what the next ones saw later", async () => {
    for (const day of [0, 50, 100, 150, 200, 250]) {
      at(day);
      await makeRole(acme, `Role of day ${day}`, []);
      await makeCheckpoint();
    }
    at(450);
    await remove(1, 2, 3);
    expect(await verify()).toMatchObject({ intact: true, checkpoints: 6 });
    await remove(4);
    expect(await verify()).toMatchObject(broken(1));
    at(500);
    expect(await verify()).toMatchObject({ intact: true });
  });
});

describe("a chain whose oldest entries were gone before any checkpoint", () => {
  it("is noted by what is left, which vouches for the others once its own time is over", async () => {
    await makeRole(acme, "One", []);
    await makeRole(acme, "Two", []);
    at(100);
    await makeRole(acme, "Three", []);
    at(450);
    await remove(1, 2, 3);
    await makeCheckpoint();
    expect(last?.manifest.chains.find(({ chain }) => chain === acme.workspace)).toMatchObject({
      seq: 4,
      keptUntil: (start + 500 * DAY) / 1_000,
    });
    expect(await verify()).toMatchObject(broken(1));
    at(500);
    expect(await verify()).toMatchObject({ intact: true });
  });
});

describe("where a chain begins", () => {
  it("is found behind a page of entries that are past their time", async () => {
    const { store } = opened;
    const past = Array.from({ length: 3 }, (_, at) => ({ seq: at + 1, text: "{}", hash: "", until: 1 }));
    const left = { seq: 4, text: '{"prevHash":"of the third"}', hash: "" };
    const listEntries = async (_: unknown, { after }: { after?: string }) =>
      after === undefined
        ? { items: past.map((value) => ({ sk: String(value.seq), value })), next: "3" }
        : { items: [{ sk: "4", value: left }] };
    const places = { ...store.places, listEntries, isInPlace: () => true };
    const paged = { ...store, places } as never;
    expect(await findBeginning(paged, acme.place, { seq: 4, hash: "" }, clock.now)).toEqual({
      seq: 3,
      hash: "of the third",
    });
  });
});

describe("an entry that follows one which is read", () => {
  it("is none of the beginning, be it the first of what is looked at", async () => {
    const noted = { chain: acme.workspace, seq: 9, hash: "" };
    const hidden = { seq: 8, text: "", hash: "", until: 1 };
    const find = (until?: number) =>
      findHidden({ seq: 7, hash: "", ...(until && { until }) }, [hidden], async () => noted, clock.now);
    expect(await find()).toBe(hidden);
    expect(await find(clock.now / 1_000 + 1)).toBe(hidden);
    expect(await find(1)).toBeUndefined();
  });
});

describe("whoever takes away what is younger", () => {
  beforeEach(live);

  it("is found, though all before it is gone for its age", async () => {
    at(400);
    await remove(1, 2, 3, 4);
    expect(await verify()).toMatchObject(broken(1));
  });

  it("is found, though all before it is past its time and still there", async () => {
    at(400);
    await remove(4);
    expect(await verify()).toMatchObject(broken(4));
  });

  it("is found a second before its time", async () => {
    at(400 - 1 / 86_400);
    await remove(1, 2, 3);
    expect(await verify()).toMatchObject(broken(1));
    at(400);
    expect(await verify()).toMatchObject({ intact: true });
  });

  it("is found where the checkpoint is gone that saw it first: the others are no witnesses of it", async () => {
    at(400);
    await remove(1, 2, 3);
    const { bucket } = archive;
    const read: typeof bucket.read = async (key) => (key.endsWith("1.json") ? undefined : bucket.read(key));
    Object.assign(archive, { bucket: { ...bucket, read } });
    expect(await verify()).toMatchObject({ intact: false, brokenAt: { chain: acme.org, seq: 1 } });
  });

  it("is found after the last checkpoint, too", async () => {
    at(400);
    await makeRole(acme, "Four", []);
    await makeRole(acme, "Five", []);
    await remove(1, 2, 3, 5);
    expect(await verify()).toMatchObject(broken(5));
  });
});

describe("whoever puts something before the entries that are left", () => {
  it("is found, though it says of the beginning what they say", async () => {
    await live();
    at(400);
    await remove(1, 2, 3);
    expect((await verify()).intact).toBe(true);
    const { entry } = await opened.store.read({ entry: opened.store.places.entry(acme.place, 4) });
    const text = entry?.text.replace('"name":"Three"', '"name":"Forged"') ?? "";
    const Item = { ...keys.auditEntry(acme.place, 4), sk: "!", seq: 4, text, hash: hashText(text) };
    await opened.client.send(new PutCommand({ TableName: opened.tableName, Item }));
    expect(await seqsOf()).toEqual([4, 4]);
    expect(await verify()).toMatchObject(broken(1));
  });
});

describe("whoever marks an entry as past its time, so that nobody reads it", () => {
  const mark = async (...seqs: readonly number[]) => {
    for (const seq of seqs) {
      const Key = keys.auditEntry(acme.place, seq);
      const set = { UpdateExpression: "SET expires = :at", ExpressionAttributeValues: { ":at": 1 } };
      await opened.client.send(new UpdateCommand({ TableName: opened.tableName, Key, ...set }));
    }
  };
  const keep = async (...seqs: readonly number[]) => {
    for (const seq of seqs) {
      const Key = keys.auditEntry(acme.place, seq);
      await opened.client.send(
        new UpdateCommand({ TableName: opened.tableName, Key, UpdateExpression: "REMOVE expires" }),
      );
    }
  };
  const settle = (values: Readonly<Record<string, unknown>>) =>
    opened.client.send(
      new UpdateCommand({
        TableName: opened.tableName,
        Key: keys.organization(acme.org),
        UpdateExpression: `SET ${Object.keys(values).map((name) => `${name} = :${name}`)}`,
        ExpressionAttributeValues: Object.fromEntries(Object.entries(values).map(([name, at]) => [`:${name}`, at])),
      }),
    );
  beforeEach(live);

  it("is found, be it one in between, the last, or those that a chain begins with", async () => {
    await mark(2);
    expect(await seqsOf()).toEqual([1, 3, 4]);
    expect(await verify()).toMatchObject(broken(2));
    await mark(1, 3);
    expect(await verify()).toMatchObject(broken(1));
  });

  it("is found where all before it is gone rightly", async () => {
    at(400);
    await mark(4);
    expect(await seqsOf()).toEqual([]);
    expect(await verify()).toMatchObject(broken(4));
  });

  it("is found where its time is over, and one before it is still read", async () => {
    at(400);
    await mark(3);
    await keep(1, 2);
    expect(await seqsOf()).toEqual([1, 2, 4]);
    expect(await verify()).toMatchObject(broken(3));
  });

  it.each([0, 90, -1, "none"])("is found, whatever the table says of how long entries stay: %s", async (days) => {
    at(399);
    await settle({ auditDays: days });
    await mark(1, 2, 3);
    expect(await verify()).toMatchObject(broken(1));
    await remove(1, 2);
    expect(await verify()).toMatchObject(broken(1));
  });

  it("is found though it was there before any checkpoint: nobody may settle less than 90 days", async () => {
    const created = await done(acme.api.call(acme.ann, `POST ${acme.O}/workspaces`, { body: { name: "Young" } }));
    const young = { orgId: acme.org, workspaceId: created.id };
    const { client, tableName: TableName } = opened;
    const set = { UpdateExpression: "SET expires = :at", ExpressionAttributeValues: { ":at": 1 } };
    await client.send(new UpdateCommand({ TableName, Key: keys.auditEntry(young, 1), ...set }));
    await makeCheckpoint();
    at(190);
    expect(await verify()).toMatchObject({ intact: false, brokenAt: { chain: created.id, seq: 1 } });
    at(191);
    expect(await verify()).toMatchObject({ intact: true });
  });

  it("is found though it was there before the checkpoint that saw it: it does not go before those before it", async () => {
    await makeCheckpoint();
    await makeRole(acme, "Four", []);
    await mark(5);
    await makeCheckpoint();
    at(300);
    await remove(1, 2, 3, 4, 5);
    expect(await verify()).toMatchObject(broken(1));
  });
});

describe("a chain that begins late", () => {
  it("is not believed where no checkpoint saw its beginning", async () => {
    await makeCheckpoint();
    at(1);
    await makeRole(acme, "One", []);
    at(402);
    expect(await verify()).toMatchObject(broken(2));
    await remove(1, 2);
    expect(await verify()).toMatchObject(broken(1));
  });

  it("is not believed where another one was seen", async () => {
    await makeRole(acme, "One", []);
    await makeCheckpoint();
    at(100);
    await makeRole(acme, "Two", []);
    at(400);
    await remove(1, 2);
    expect(await verify()).toMatchObject({ intact: true });
    // The entry that is left says that another one came before it, and the head of the chain is this one.
    const { client, tableName: TableName, store } = opened;
    const { entry } = await store.read({ entry: store.places.entry(acme.place, 3) });
    const text = entry?.text.replace(/"prevHash":"[0-9a-f]{64}"/, `"prevHash":"${"a".repeat(64)}"`) ?? "";
    expect(text).not.toBe(entry?.text);
    const hash = hashText(text);
    const Item = { ...keys.auditEntry(acme.place, 3), seq: 3, text, hash, expires: entry?.until };
    await client.send(new PutCommand({ TableName, Item }));
    const set = {
      UpdateExpression: "SET #hash = :hash",
      ExpressionAttributeNames: { "#hash": "hash" },
      ExpressionAttributeValues: { ":hash": hash },
    };
    await client.send(new UpdateCommand({ TableName, Key: keys.place(acme.place), ...set }));
    expect(await verify()).toMatchObject(broken(2));
  });

  describe("goes by what was settled when its entries were written", () => {
    const settle = (retentionDays: number) =>
      done(acme.api.call(acme.ann, `PATCH ${acme.O}`, edit({ settings: { audit: { retentionDays } } })));

    it("which is longer than what is settled now", async () => {
      await live();
      await settle(90);
      at(190);
      await remove(1, 2, 3);
      expect(await verify()).toMatchObject(broken(1));
      at(400);
      expect(await verify()).toMatchObject({ intact: true });
      await remove(4);
      expect(await verify()).toMatchObject(broken(1));
      at(500);
      expect(await verify()).toMatchObject({ intact: true });
    });

    it("which is shorter than what is settled now, be it so since the same checkpoint", async () => {
      await settle(90);
      await makeCheckpoint();
      await makeRole(acme, "One", []);
      await settle(1_000);
      await makeRole(acme, "Two", []);
      await makeCheckpoint();
      const seqs = await seqsOf();
      at(400);
      expect(await seqsOf()).toEqual(seqs.slice(-1));
      await remove(...seqs.slice(0, -1));
      expect(await verify()).toMatchObject({ intact: true });
    });
  });

  it("is told from one that somebody took the moments of, before any checkpoint", async () => {
    await makeRole(acme, "One", []);
    await makeRole(acme, "Two", []);
    for (const seq of [1, 2]) {
      const Key = keys.auditEntry(acme.place, seq);
      const take = { TableName: opened.tableName, Key, UpdateExpression: "REMOVE expires" };
      await opened.client.send(new UpdateCommand(take));
    }
    await makeCheckpoint();
    at(1_000);
    await remove(1, 2);
    expect((await verify()).intact).toBe(false);
  });
});
