/** A transaction names each item once: several changes of one item are one, in which each of them holds. */
import { randomUUID } from "node:crypto";
import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { beforeEach, describe, expect, it } from "vitest";
import type { Change, Condition } from "../../lib/store/changes.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";

const key = { pk: "P", sk: "S" };
let test: TestStore;

beforeEach(async () => {
  test = await openTestStore();
  await commit({ kind: "put", key, item: { version: 3, turn: 7, count: 1 } });
});

const commit = (...changes: readonly Change[]) => test.store.commit(changes, randomUUID(), async () => false);
const update = (set: Record<string, unknown>, more: object = {}): Change => ({ kind: "update", key, set, ...more });
const check = (when: Condition): Change => ({ kind: "check", key, when });
const equals = (values: Record<string, unknown>): Condition => ({ equals: values });
async function read() {
  const { Item } = await test.client.send(
    new GetCommand({ TableName: test.tableName, Key: key, ConsistentRead: true }),
  );
  const { pk, sk, ...item } = Item ?? {};
  return item;
}

describe("updates of one item", () => {
  it("are all done", async () => {
    const first = update({ version: 4 }, { add: { count: 1 }, remove: ["turn"] });
    const second = update({ name: "Two", version: 4 }, { add: { count: 2 }, setOnce: { made: 1 } });
    expect(await commit(first, second)).toBe("committed");
    expect(await read()).toEqual({ version: 4, name: "Two", count: 4, made: 1 });
  });

  it("are done only where what each of them asks for holds", async () => {
    const first = update({ name: "One" }, { when: equals({ version: 3 }) });
    expect(await commit(first, update({ name: "One" }, { when: equals({ turn: 8 }) }))).toBe("raced");
    expect(await commit(first, update({ name: "One" }, { when: equals({ turn: 7 }) }))).toBe("committed");
  });
});

describe("what rests on two moments of one item", () => {
  const before = { lacksOrEquals: { version: 2 } };
  const after = { lacksOrEquals: { version: 3 } };
  const pairs: readonly (readonly [string, Condition, Condition])[] = [
    ["two versions", equals({ version: 2 }), equals({ version: 3 })],
    ["two versions, if any", before, after],
    ["being there and not", { exists: false }, { exists: true }],
    ["two ends", { absentOrExpired: 1 }, equals({ version: 3 })],
  ];

  it.each(pairs)("is not done, whichever of the two comes first: %s", async (_, one, other) => {
    for (const [first, second] of [
      [one, other],
      [other, one],
    ] as const) {
      const changed = update({ version: 4 }, { when: second });
      expect(await commit(check(first), changed)).toBe("raced");
      expect(await commit(changed, check(first))).toBe("raced");
      expect(await commit(check(first), check(second), update({ version: 4 }))).toBe("raced");
      expect(await commit(update({ version: 4 }, { when: first }), changed)).toBe("raced");
    }
    expect(await read()).toEqual({ version: 3, turn: 7, count: 1 });
  });
});

it("what is put takes what an update sets", async () => {
  expect(await commit({ kind: "put", key, item: { version: 1 } }, update({ seq: 1 }))).toBe("committed");
  expect(await read()).toEqual({ version: 1, seq: 1 });
});
