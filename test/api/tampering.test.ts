/** Somebody with a hand in the table itself: whatever they do to a chain, verification says where it breaks. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { beforeEach, describe, expect, it } from "vitest";
import { hashText } from "../../lib/domain/audit.ts";
import type { OrgId, WorkspaceId } from "../../lib/domain/ids.ts";
import { keys } from "../../lib/store/keys.ts";
import { openTestStore } from "../engine.ts";
import type { Caller, TestApi } from "./in-process.ts";
import { openTestApi } from "./in-process.ts";

let client: DynamoDBDocumentClient;
let TableName: string;
let api: TestApi;
let ann: Caller;
let org: OrgId;
let workspace: WorkspaceId;

beforeEach(async () => {
  const opened = await openTestStore();
  client = opened.client;
  TableName = opened.tableName;
  api = openTestApi(opened.store);
  ann = await api.person("ann@acme.example");
  org = (await api.call(ann, "POST /v1/orgs", { body: { name: "Acme" } })).body.id;
  workspace = (await api.call(ann, `POST /v1/orgs/${org}/workspaces`, { body: { name: "North" } })).body.id;
  const roles = `/v1/orgs/${org}/workspaces/${workspace}/roles`;
  for (const name of ["Two", "Three", "Four"]) await api.call(ann, `POST ${roles}`, { body: { name, scopes: [] } });
});

const keyOf = (seq: number) => keys.auditEntry({ orgId: org, workspaceId: workspace }, seq);
const verify = async () => (await api.call(ann, `POST /v1/orgs/${org}/audit-log/verify`, { body: {} })).body;
const remove = (seq: number) => client.send(new DeleteCommand({ TableName, Key: keyOf(seq) }));
const put = (seq: number, text: string, hash = hashText(text)) =>
  client.send(new PutCommand({ TableName, Item: { ...keyOf(seq), seq, text, hash } }));

const putAt = (sk: string, item: object) =>
  client.send(new PutCommand({ TableName, Item: { pk: keyOf(1).pk, sk, ...item } }));

async function copyOf(seq: number): Promise<object> {
  const text = await readText(seq);
  return { seq, text, hash: hashText(text) };
}

async function readText(seq: number): Promise<string> {
  const { Item } = await client.send(new GetCommand({ TableName, Key: keyOf(seq) }));
  return Item?.text;
}

const placeKey = () => keys.workspace(org, workspace);
const setHead = (seq: number, hash: string) =>
  client.send(
    new UpdateCommand({
      TableName,
      Key: placeKey(),
      UpdateExpression: "SET #seq = :seq, #hash = :hash",
      ExpressionAttributeNames: { "#seq": "seq", "#hash": "hash" },
      ExpressionAttributeValues: { ":seq": seq, ":hash": hash },
    }),
  );

describe("a chain of four entries", () => {
  it("is whole as it was written: two of the organization and four of the workspace", async () => {
    expect(await verify()).toEqual({ intact: true, entries: 6, checkpoints: 0 });
  });

  it.each<[string, number, () => Promise<unknown>]>([
    [
      "an entry was changed, its own hash made to fit",
      3,
      async () => put(2, (await readText(2)).replace("Two", "2wo")),
    ],
    [
      "the last was changed, its own hash made to fit",
      4,
      async () => put(4, (await readText(4)).replace("Four", "4our")),
    ],
    [
      "an entry was changed, its hash left as it was",
      2,
      async () => put(2, (await readText(2)).replace("Two", "2wo"), hashText(await readText(2))),
    ],
    ["an entry is gone", 3, () => remove(3)],
    ["the first is gone", 1, () => remove(1)],
    ["the last is gone", 4, () => remove(4)],
    ["all are gone", 1, () => Promise.all([1, 2, 3, 4].map(remove))],
    [
      "two were swapped",
      2,
      async () => {
        const [second, third] = [await readText(2), await readText(3)];
        await put(2, third);
        await put(3, second);
      },
    ],
    ["an entry is no JSON any more", 2, () => put(2, "{")],
    ["an entry is no JSON any more, those before it gone", 1, () => Promise.all([remove(1), put(2, "{")])],
    ["an entry has no text any more", 2, () => putAt(keyOf(2).sk, { seq: 2, hash: "" })],
    ["something stands before the first", 1, async () => putAt("!", await copyOf(2))],
    ["something stands where an entry 0 would", 1, async () => putAt(keyOf(0).sk, await copyOf(2))],
    ["something stands between two", 3, async () => putAt(`${keyOf(2).sk}+`, await copyOf(2))],
    ["something stands after the last", 5, async () => putAt("~", await copyOf(2))],
    ["something without a number stands after the last", 5, async () => putAt("~", { text: await readText(2) })],
    [
      "something stands before those that are left, and speaks of their beginning",
      1,
      async () => {
        await putAt("!", await copyOf(3));
        await Promise.all([remove(1), remove(2)]);
      },
    ],
    ["the head names another last entry", 4, () => setHead(4, "f".repeat(64))],
    ["the head was set back, its entries left", 3, async () => setHead(2, hashText(await readText(2)))],
    ["the head was set back to before the first", 1, () => setHead(0, "0".repeat(64))],
    [
      "all are gone and the head was set back with them",
      1,
      () => Promise.all([...[1, 2, 3, 4].map(remove), setHead(0, "0".repeat(64))]),
    ],
    [
      "the workspace is gone with all that names it",
      1,
      () => client.send(new DeleteCommand({ TableName, Key: placeKey() })),
    ],
    ["the head names more entries than there are", 5, () => setHead(5, "f".repeat(64))],
  ])("is broken when %s: at %i", async (_what, seq, tamper) => {
    await tamper();
    expect(await verify()).toMatchObject({ intact: false, brokenAt: { chain: workspace, seq } });
  });
});

describe("the chain of a workspace that was deleted", () => {
  const at = (path: string) => `/v1/orgs/${org}/workspaces${path}`;
  let later: WorkspaceId;

  beforeEach(async () => {
    later = (await api.call(ann, `POST ${at("")}`, { body: { name: "South" } })).body.id;
    await api.call(ann, `POST ${at(`/${workspace}/suspend`)}`);
    expect((await api.call(ann, `DELETE ${at(`/${workspace}`)}`)).status).toBe(204);
  });

  it("is whole as it was written, and so is that of the workspace after it", async () => {
    // The organization made itself and two workspaces, and suspended and deleted one: its own five, six of the one, one of the other.
    expect(await verify()).toEqual({ intact: true, entries: 12, checkpoints: 0 });
  });

  it("is broken where an entry is gone", async () => {
    await remove(5);
    expect(await verify()).toMatchObject({ intact: false, brokenAt: { chain: workspace, seq: 5 } });
  });

  it("hides no break in a chain after it", async () => {
    const Key = keys.auditEntry({ orgId: org, workspaceId: later }, 1);
    await client.send(new DeleteCommand({ TableName, Key }));
    expect(await verify()).toMatchObject({ intact: false, brokenAt: { chain: later, seq: 1 } });
  });
});
