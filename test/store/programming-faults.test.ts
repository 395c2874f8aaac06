/** What no request can bring about, and a mistake in a route could: it is thrown before anything is sent, and never half done. */
import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import type { Change } from "../../lib/store/changes.ts";
import { mergeChanges } from "../../lib/store/changes.ts";
import type { Store } from "../../lib/store/store.ts";
import { openTestStore } from "../engine.ts";
import { newIds } from "./contract.ts";
import type { SentCommand } from "./watched.ts";
import { watch } from "./watched.ts";

const sent: SentCommand[] = [];
const { orgId } = newIds();
let store: Store;

beforeEach(async () => {
  ({ store } = await openTestStore({ wrap: (client) => watch(client, sent) }));
  sent.length = 0;
});

const keyOf = (index: number) => ({ pk: "P", sk: String(index) });
const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index));
const commit = (changes: readonly Change[]) => store.commit(changes, randomUUID(), async () => false);

describe("of more than 100 items", () => {
  const users = (count: number) =>
    store.readTogether({ found: many(count, () => store.users.at(orgId, newIds().userId)) });
  const puts = (count: number) => many(count, (index): Change => ({ kind: "put", key: keyOf(index), item: {} }));

  it("nothing is read together", async () => {
    expect((await users(100)).found).toHaveLength(100);
    sent.length = 0;
    await expect(users(101)).rejects.toThrow("101 items cannot be read together");
    expect(sent).toEqual([]);
  });

  it("nothing is committed", async () => {
    expect(await commit(puts(100))).toBe("committed");
    sent.length = 0;
    await expect(commit(puts(101))).rejects.toThrow("a transaction of 101 items is over DynamoDB's 100");
    expect(sent).toEqual([]);
  });

  it("changes count by the item that they are of", async () => {
    const update: Change = { kind: "update", key: keyOf(0), set: { a: 1 } };
    expect(await commit([...puts(100), ...many(50, () => update)])).toBe("committed");
  });
});

describe("two changes of one item of which one would be lost", () => {
  const key = keyOf(0);
  const put: Change = { kind: "put", key, item: { a: 1 } };
  const update: Change = { kind: "update", key, set: { a: 2 } };
  const remove: Change = { kind: "delete", key };

  it.each<[Change, Change]>([
    [put, put],
    [put, remove],
    [update, put],
    [update, remove],
    [remove, put],
    [remove, update],
    [remove, remove],
    [put, { ...update, when: { exists: true } }],
    [put, { ...update, remove: ["a"] }],
    [put, { ...update, add: { a: 1 } }],
    [put, { ...update, setOnce: { a: 1 } }],
    [update, { ...update, set: { a: 3 } }],
  ])("are refused: %j and %j", async (first, second) => {
    const why = `two changes of one item cannot be merged: ${first.kind} and ${second.kind}`;
    expect(() => mergeChanges([first, second])).toThrow(why);
    await expect(commit([first, second])).rejects.toThrow(why);
    expect(sent).toEqual([]);
  });
});
