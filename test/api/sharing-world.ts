/**
 * An organization with workspaces that share, kept as a table that can be copied: each try at breaking something begins with the
 * same items under the same ids, and what came of two tries can be compared item by item.
 */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { BatchWriteCommand } from "@aws-sdk/lib-dynamodb";
import { expect } from "vitest";
import { sweepAll } from "../../lib/api/sweep.ts";
import { follows, NO_HASH } from "../../lib/domain/audit.ts";
import type { WorkspaceId } from "../../lib/domain/ids.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { admit, assign, done, makeAcme, makeRole, makeWorkspace, readTable } from "./acme.ts";
import type { Answer, Caller, Sent, TestApi } from "./in-process.ts";
import { openTestApi } from "./in-process.ts";

export type Items = ReadonlyMap<string, Record<string, unknown>>;

export interface SharingWorld extends Acme {
  readonly south: WorkspaceId;
  readonly east: WorkspaceId;
  readonly west: WorkspaceId;
  /** Paths of the workspaces. */
  readonly N: string;
  readonly S: string;
  readonly E: string;
  readonly V: string;
  /** Has a say in North and East alone, and there may do all that sharing takes. */
  readonly sue: Caller;
  /** Has no say outside South, and there may accept. */
  readonly tom: Caller;
  /** Everything in the table once the world was made. */
  readonly items: Items;
}

const OF_SHARING = ["share:read", "share:create", "share:accept", "share:revoke", "workflow:read", "workflow:run"];

export async function makeSharingWorld(): Promise<SharingWorld> {
  const test = await openTestStore();
  const acme = await makeAcme(test);
  const south = await makeWorkspace(acme, "South");
  const east = await makeWorkspace(acme, "East");
  const west = await makeWorkspace(acme, "West");
  const N = acme.W;
  const [S, E, V] = [south, east, west].map((id) => `${acme.O}/workspaces/${id}`) as [string, string, string];
  const sharer = [...OF_SHARING, "workflow:write"];
  const sue = await admit(acme, "sue", await makeRole(acme, "Sharer", sharer));
  await assign(acme, sue, [await makeRole(acme, "Sharer", sharer, E)], E);
  const tom = await admit(acme, "tom");
  await assign(acme, tom, [await makeRole(acme, "Accepter", OF_SHARING, S)], S);
  return { ...acme, south, east, west, N, S, E, V, sue, tom, items: await readTable(test) };
}

/** The world with more in it. */
export async function prepareWorld(
  base: SharingWorld,
  prepare: (world: SharingWorld, copy: Copy) => Promise<unknown>,
): Promise<SharingWorld> {
  const copy = await copyWorld(base);
  const world = { ...base, api: copy.api };
  await prepare(world, copy);
  return { ...world, items: await readTable(copy.test) };
}

export interface Copy {
  readonly test: TestStore;
  readonly api: TestApi;
  /** The same table through a client of one's own. */
  readonly through: (wrap: (client: DynamoDBDocumentClient) => DynamoDBDocumentClient) => Promise<TestApi>;
}

/** A table with the same items. */
export async function copyWorld({ items }: Pick<SharingWorld, "items">): Promise<Copy> {
  const test = await openTestStore();
  const all = [...items.values()];
  for (let from = 0; from < all.length; from += 25) {
    const requests = all.slice(from, from + 25).map((Item) => ({ PutRequest: { Item } }));
    await test.client.send(new BatchWriteCommand({ RequestItems: { [test.tableName]: requests } }));
  }
  const { tableName } = test;
  return {
    test,
    api: openTestApi(test.store),
    through: async (wrap) => openTestApi((await openTestStore({ tableName, wrap })).store),
  };
}

/** Does all that is left to sweep. */
export async function sweepUp({ test }: { readonly test: Pick<TestStore, "store"> }): Promise<void> {
  const { left, failed } = await sweepAll(test.store, Date.now(), Date.now() + 30_000);
  expect({ left, failed }).toEqual({ left: 0, failed: [] });
}

const ID = /\b[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}/g;

/**
 * What stands in the table otherwise than in the world, told in such a way that two copies to which the same was done tell the same:
 * ids that the world did not have, moments and hashes are left out.
 */
export async function tellTable(world: Pick<SharingWorld, "items">, { test }: Pick<Copy, "test">): Promise<string[]> {
  const known = knownIds(world.items);
  const items = await readTable(test);
  expectWholeChains(items);
  const gone = [...world.items.keys()].filter((key) => !items.has(key)).map((key) => `gone: ${key}`);
  const before = new Map([...world.items].map(([key, item]) => [key, tell(item, known)]));
  const other = [...items].map(([key, item]) => [key, tell(item, known)] as const);
  return [...gone, ...other.flatMap(([key, told]) => (before.get(key) === told ? [] : [told]))].sort();
}

/** Tells the same of a key in each copy of the world: ids that the world did not have are left out. */
export function keyTeller({ items }: Pick<SharingWorld, "items">): (pk: unknown, sk: unknown) => string {
  const known = knownIds(items);
  return (pk, sk) => nameNew(`${pk} ${sk}`, known);
}

const knownIds = (items: Items) => new Set(JSON.stringify([...items.values()]).match(ID));
const nameNew = (text: string, known: ReadonlySet<string>) =>
  text.replace(ID, (id) => (known.has(id) ? id : `${id.slice(0, 3)}_new`));

const LEFT_OUT = ["requestId", "hash", "prevHash", "bodyHash"];

function tell(item: object, known: ReadonlySet<string>): string {
  const told = JSON.stringify(item, (name, value) => {
    if (LEFT_OUT.includes(name)) return undefined;
    if ((name === "text" || name === "body") && typeof value === "string") return sortMembers(JSON.parse(value));
    if (typeof value === "number" && value > 1e9) return "a moment";
    return typeof value === "object" && value !== null && !Array.isArray(value) ? sortMembers(value) : value;
  });
  return nameNew(told, known)
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "a moment")
    .replace(/\b(\d+)-[0-9a-hjkmnp-tv-z]{8}\b/g, "$1-of an incarnation");
}

function sortMembers(item: object): object {
  return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** All chains are whole, by the word of the service itself. */
export async function expectIntact({ ann, O }: SharingWorld, api: TestApi): Promise<void> {
  expect(await done(api.call(ann, `POST ${O}/audit-log/verify`))).toMatchObject({ intact: true });
}

/** The same of a table's items, without a hundred requests for a hundred tables. */
export function expectWholeChains(items: Items): void {
  const chains = Map.groupBy(
    [...items.values()].filter(({ pk }) => String(pk).endsWith("#AUDIT")),
    ({ pk }) => String(pk),
  );
  for (const entries of chains.values()) {
    let head = { seq: 0, hash: NO_HASH };
    for (const item of entries.sort((a, b) => Number(a.seq) - Number(b.seq))) {
      const entry = { seq: Number(item.seq), text: String(item.text), hash: String(item.hash) };
      expect(follows(JSON.parse(entry.text).chain, head, entry)).toBe(true);
      head = entry;
    }
    const places = [...items.values()].filter(({ hash, text }) => hash === head.hash && text === undefined);
    expect(places.map(({ seq }) => seq)).toEqual([head.seq]);
  }
}

/** What the chain of a workspace tells that the world had not seen, oldest first: the actions. */
export async function newEntries(world: SharingWorld, { test }: Pick<Copy, "test">, chain: string): Promise<string[]> {
  const told = [...(await readTable(test))].filter(([key]) => !world.items.has(key) && key.includes("#AUDIT "));
  return told
    .map(([, { text }]) => JSON.parse(String(text)))
    .filter((entry) => entry.chain === chain)
    .sort((a, b) => a.seq - b.seq)
    .map(({ action }) => action);
}

/** @param copy for what takes more than the API */
export type Act = (api: TestApi, copy: Copy) => Promise<Answer>;

export const call =
  (who: Caller, what: string, body?: unknown, headers?: Sent["headers"]): Act =>
  (api) =>
    api.call(who, what, { ...(body === undefined ? {} : { body }), ...(headers === undefined ? {} : { headers }) });

export const offer = (resourceId: string, targetWorkspaceId: string, actions: readonly string[] = ["read", "run"]) => ({
  resourceType: "workflow",
  resourceId,
  targetWorkspaceId,
  actions,
});
