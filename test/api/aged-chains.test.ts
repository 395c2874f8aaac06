/** Chains whose oldest entries were let go for their age: still verified, by the checkpoints that saw them; whoever takes more is found. */
import { randomUUID } from "node:crypto";
import { DeleteCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SignedCheckpoint } from "../../lib/api/checkpoints.ts";
import { putCheckpoint, readCheckpoint } from "../../lib/api/checkpoints.ts";
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

/** Notes the heads as they stand, at the present moment. */
async function makeCheckpoint(): Promise<void> {
  const { store } = opened;
  const places = [{ orgId: acme.org }, acme.place];
  const { heads } = await store.read({ heads: places.map((place) => store.places.headAt(place)) });
  const noted = heads.flatMap((head, index) =>
    head === undefined ? [] : [{ ...head, chain: index === 0 ? acme.org : acme.workspace }],
  );
  const { number } = await putCheckpoint(archive, acme.org, last, new Date(clock.now).toISOString(), noted);
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

  it("is found a day before its time", async () => {
    at(397);
    await remove(1, 2, 3);
    expect(await verify()).toMatchObject(broken(1));
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

  it("is found where it is old enough, and one before it is still read", async () => {
    await settle({ auditDaysLeast: 90 });
    await mark(2);
    expect(await verify()).toMatchObject(broken(2));
  });

  it.each([0, -1, "none"])("is found, whatever the table says of how long entries stay: %s", async (days) => {
    at(85);
    await settle({ auditDaysLeast: days });
    await mark(1, 2, 3);
    expect(await verify()).toMatchObject(broken(1));
    await remove(1, 2);
    expect(await verify()).toMatchObject(broken(1));
  });
});

describe("a chain that begins late", () => {
  it("is not believed where no checkpoint saw its beginning", async () => {
    await makeRole(acme, "One", []);
    at(401);
    await makeCheckpoint();
    await remove(1);
    expect(await verify()).toMatchObject(broken(1));
  });

  it("is not believed where another one was seen", async () => {
    await live();
    at(400);
    await remove(1, 2, 3);
    // The entry that is left says that another one came before it.
    const { client, tableName: TableName } = opened;
    const { store } = opened;
    const { entry } = await store.read({ entry: store.places.entry(acme.place, 4) });
    expect(entry?.text).toContain('"prevHash":"');
    const text = entry?.text.replace(/"prevHash":"[0-9a-f]{64}"/, `"prevHash":"${"a".repeat(64)}"`) ?? "";
    const Item = { ...keys.auditEntry(acme.place, 4), seq: 4, text, hash: hashText(text), expires: entry?.until };
    await client.send(new PutCommand({ TableName, Item }));
    expect((await verify()).intact).toBe(false);
  });

  it("may begin as soon as the shortest retention that there ever was", async () => {
    const settle = (retentionDays: number) =>
      done(acme.api.call(acme.ann, `PATCH ${acme.O}`, edit({ settings: { audit: { retentionDays } } })));
    await live();
    await settle(90);
    await settle(1_000);
    at(400);
    await remove(1, 2, 3, 4);
    // Entry 4 would have been old enough under 90 days. It was written under 400, which only the archive can tell.
    expect(await verify()).toMatchObject({ intact: true });
    at(101);
    await remove(1, 2, 3, 4);
    expect(await verify()).toMatchObject(broken(1));
  });
});
