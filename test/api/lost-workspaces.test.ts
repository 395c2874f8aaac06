/** A workspace of which somebody took every word away, once the entry that made it was gone for its age: checkpoints remember it. */
import { randomUUID } from "node:crypto";
import { DeleteCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, beforeEach, expect, it } from "vitest";
import { putCheckpoint } from "../../lib/api/checkpoints.ts";
import { hashText } from "../../lib/domain/audit.ts";
import type { Key } from "../../lib/store/keys.ts";
import { keys } from "../../lib/store/keys.ts";
import type { TestArchive } from "../archive.ts";
import { openTestArchive } from "../archive.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { done, makeAcme, makeWorkspace } from "./acme.ts";

const DAY = 86_400_000;
let now: number;
let opened: TestStore;
let archive: TestArchive;
let acme: Acme;

beforeEach(async () => {
  now = Date.parse("2026-01-01T00:00:00Z");
  archive = await openTestArchive();
  opened = await openTestStore();
  acme = await makeAcme(opened, () => now, undefined, archive);
  const { store } = opened;
  const { own, north } = await store.read({
    own: store.places.headAt({ orgId: acme.org }),
    north: store.places.headAt(acme.place),
  });
  if (own === undefined || north === undefined) throw new Error("there are no chains");
  const keptUntil = Math.floor(now / 1_000) + 400 * 86_400;
  const heads = [
    { chain: acme.org, ...own, keptUntil },
    { chain: acme.workspace, ...north, keptUntil },
  ];
  const { number } = await putCheckpoint(archive, acme.org, undefined, new Date(now).toISOString(), heads);
  await store.commit([store.checkpoints.note(acme.org, number, undefined)], randomUUID(), async () => false);
  now += 401 * DAY;
});
afterEach(() => archive.close());

const verify = () => done(acme.api.call(acme.ann, `POST ${acme.O}/audit-log/verify`, { body: {} }));

async function remove(...all: readonly Key[]): Promise<void> {
  for (const Key of all) await opened.client.send(new DeleteCommand({ TableName: opened.tableName, Key }));
}

/** Nothing in the organization's own chain speaks of the workspace any more: that went for its age, as the table lets it go. */
async function loseWorkspace(): Promise<void> {
  const ownChain = [1, 2].map((seq) => keys.auditEntry({ orgId: acme.org }, seq));
  await remove(...ownChain, keys.auditEntry(acme.place, 1), keys.place(acme.place));
}

/** Something that says of itself that a thousand entries came before it. */
async function plantEntry(): Promise<void> {
  const text = JSON.stringify({ chain: acme.workspace, seq: 1_000, prevHash: "a".repeat(64) });
  const Item = { ...keys.auditEntry(acme.place, 1_000), seq: 1_000, text, hash: hashText(text) };
  await opened.client.send(new PutCommand({ TableName: opened.tableName, Item }));
}

it("is whole as long as its place stands, though all its entries are gone", async () => {
  expect(await verify()).toMatchObject({ intact: true, checkpoints: 1 });
  await remove(keys.auditEntry(acme.place, 1));
  expect(await verify()).toMatchObject({ intact: true, checkpoints: 1 });
});

it("is found where nothing is left of it", async () => {
  await loseWorkspace();
  expect(await verify()).toMatchObject({ intact: false, brokenAt: { chain: acme.workspace, seq: 1 } });
});

it("is found where something was put there that says how late its chain begins", async () => {
  await loseWorkspace();
  await plantEntry();
  expect(await verify()).toMatchObject({ intact: false, brokenAt: { chain: acme.workspace, seq: 1 } });
});

it("is looked for by its key, whatever its item says of itself", async () => {
  const south = await makeWorkspace(acme, "South");
  await plantEntry();
  await remove(keys.auditEntry(acme.place, 1));
  await opened.client.send(
    new UpdateCommand({
      TableName: opened.tableName,
      Key: keys.place(acme.place),
      UpdateExpression: "SET #id = :id",
      ExpressionAttributeNames: { "#id": "id" },
      ExpressionAttributeValues: { ":id": south },
    }),
  );
  expect(await verify()).toMatchObject({ intact: false, brokenAt: { chain: acme.workspace } });
  const { items } = await opened.store.workspaces.listHeads(acme.org, { limit: 10 });
  expect(items.map(({ value }) => value.workspaceId).sort()).toEqual([acme.workspace, south].sort());
});
