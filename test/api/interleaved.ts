/**
 * Two acts on one table, the second at every moment of the first: before each of its calls to the store, between two items of one
 * batch (a batch is no snapshot), and seen in part (a transaction that is still being written out shows some of its items before
 * others). Whatever comes of it must be what one of the two orders gives.
 */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { BatchGetCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { expect } from "vitest";
import { readTable } from "./acme.ts";
import type { Answer } from "./in-process.ts";
import type { Act, Copy, Items, SharingWorld } from "./sharing-world.ts";
import { copyWorld, expectIntact, keyTeller, sweepUp, tellTable } from "./sharing-world.ts";

export interface Pair {
  readonly a: Act;
  readonly b: Act;
  /** An act that goes on after its change was committed may meet the other one in between: that order counts, too. */
  readonly goesOn?: "a" | "b";
  /** Where the other one is more than one change: only this one is met. */
  readonly only?: "a" | "b";
}

type Name = "a" | "b";

/** What came of two acts: both answers, and all that stands in the table once nothing is left to sweep. */
interface Outcome {
  readonly answers: Readonly<Record<Name, string>>;
  readonly table: readonly string[];
}

type Send = (...sent: unknown[]) => Promise<unknown>;
type Layer = (client: DynamoDBDocumentClient) => DynamoDBDocumentClient;

/** Puts `instead` between a store and the engine. */
export function layer(instead: (command: unknown, send: (command: unknown) => Promise<unknown>) => unknown): Layer {
  return (client) => {
    const send = client.send.bind(client) as Send;
    const layered = async (command: unknown, ...rest: unknown[]) => instead(command, (sent) => send(sent, ...rest));
    return new Proxy(client, { get: (target, name) => (name === "send" ? layered : Reflect.get(target, name)) });
  };
}

const other = (name: Name): Name => (name === "a" ? "b" : "a");

/** The outcomes of both orders, and of that in which the second comes between the first's change and what follows from it. */
async function ordersOf(world: SharingWorld, pair: Pair): Promise<Outcome[]> {
  const orders: Outcome[] = [];
  for (const first of ["a", "b"] as const) {
    const copy = await copyWorld(world);
    const answers = {
      [first]: told(await pair[first](copy.api, copy)),
      [other(first)]: told(await pair[other(first)](copy.api, copy)),
    };
    orders.push(await settle(world, copy, answers));
    await expectIntact(world, copy.api);
  }
  if (pair.goesOn === undefined) return orders;
  const copy = await copyWorld(world);
  const answers = { [pair.goesOn]: told(await pair[pair.goesOn](await copy.through(diesOnceCommitted()), copy)) };
  answers[other(pair.goesOn)] = told(await pair[other(pair.goesOn)](copy.api, copy));
  return [...orders, await settle(world, copy, answers)];
}

export function diesOnceCommitted(): Layer {
  let isDead = false;
  return layer(async (command, send) => {
    if (isDead) throw new Error("the process is dead");
    const answer = await send(command);
    isDead = command instanceof TransactWriteCommand;
    return answer;
  });
}

async function settle(world: SharingWorld, copy: Copy, answers: Record<string, string>): Promise<Outcome> {
  await sweepUp(copy);
  return { answers: answers as Outcome["answers"], table: await tellTable(world, copy) };
}

/** An answer by what does not differ from one copy to the next. */
function told({ status, body }: Answer): string {
  if (status >= 400) return `${status} ${body.code}`;
  const { state, attributes, name, version } = body ?? {};
  return `${status} ${JSON.stringify({ state, name, attributes, version })}`;
}

/** Does one act in a copy of the world, with the other one done by what stands between it and the engine. */
type Meeting = (copy: Copy, act: Act, meet: () => Promise<void>) => Promise<{ answer: Answer; wasMet: boolean }>;

async function expectAnOrder(
  world: SharingWorld,
  pair: Pair,
  orders: Outcome[],
  how: string,
  by: Name,
  meeting: Meeting,
) {
  const copy = await copyWorld(world);
  let met: string | undefined;
  const { answer, wasMet } = await meeting(copy, pair[by], async () => {
    met = told(await pair[other(by)](copy.api, copy));
  });
  if (!wasMet) return false;
  const outcome = await settle(world, copy, { [by]: told(answer), [other(by)]: met ?? "nothing" });
  const isOfAnOrder = orders.some((order) => JSON.stringify(sorted(order)) === JSON.stringify(sorted(outcome)));
  if (!isOfAnOrder) expect({ how, by, ...nearest(outcome, orders) }).toEqual({});
  return true;
}

const sorted = ({ answers: { a, b }, table }: Outcome) => [a, b, table];

/** The difference from each order, for whoever has to find out. */
function nearest(outcome: Outcome, orders: readonly Outcome[]) {
  return {
    answers: outcome.answers,
    from: orders.map(({ answers, table }) => ({
      answers,
      more: outcome.table.filter((item) => !table.includes(item)).map(abridge),
      less: table.filter((item) => !outcome.table.includes(item)).map(abridge),
    })),
  };
}

const abridge = (item: string) => item.replace(/"pk":"[^"]*#/, '"pk":"…').slice(0, 400);

/** The second act before each call of the first. @returns how many meetings there were */
export function expectOneOrder(world: SharingWorld, pair: Pair): Promise<number> {
  return expectOrdersEverywhere(world, pair, [(nth) => [`before call ${nth}`, beforeCall(nth)]]);
}

/** Whether the other act changes an item; of all others it does not matter when they are read. */
type IsChanged = (pk: string, sk: string) => boolean;

/** Makes a meeting at the nth place of an act. */
type Meetings = (nth: number, isChanged: IsChanged) => [how: string, meeting: Meeting];

async function changedBy(world: SharingWorld, act: Act): Promise<IsChanged> {
  const copy = await copyWorld(world);
  await act(copy.api, copy);
  const items = await readTable(copy.test);
  const isOther = (key: string) => JSON.stringify(items.get(key)) !== JSON.stringify(world.items.get(key));
  const all = new Map([...world.items, ...items]);
  const tell = keyTeller(world);
  const changed = new Set([...all].filter(([key]) => isOther(key)).map(([, { pk, sk }]) => tell(pk, sk)));
  return (pk, sk) => changed.has(tell(pk, sk));
}

/** Meetings that are tried at once: each waits for the engine most of its time. */
const AT_ONCE = 2;

async function expectOrdersEverywhere(world: SharingWorld, pair: Pair, kinds: readonly Meetings[]): Promise<number> {
  const orders = await ordersOf(world, pair);
  let met = 0;
  for (const by of pair.only === undefined ? (["a", "b"] as const) : [pair.only]) {
    const isChanged = await changedBy(world, pair[other(by)]);
    for (const kind of kinds) {
      for (let from = 0, isMore = true; isMore; from += AT_ONCE) {
        const some = Array.from({ length: AT_ONCE }, (_, index) => kind(from + index, isChanged));
        const were = await Promise.all(
          some.map(([how, meeting]) => expectAnOrder(world, pair, orders, how, by, meeting)),
        );
        met += were.filter(Boolean).length;
        isMore = were.every(Boolean);
      }
    }
  }
  return met;
}

function beforeCall(passing: number): Meeting {
  return async (copy, act, meet) => {
    let calls = 0;
    const wrap = layer(async (command, send) => {
      if (calls++ === passing) await meet();
      return send(command);
    });
    const answer = await act(await copy.through(wrap), copy);
    return { answer, wasMet: calls > passing };
  };
}

/**
 * The second act before the first, which once sees one item, or all of a batch, as it was before; and while one item of a batch of the
 * first is read and the others are not, or the other way about: what locks nothing meets more than that.
 */
export function expectOneOrderOfTornReads(world: SharingWorld, pair: Pair, isRead: boolean): Promise<number> {
  const seenLate: Meetings[] = [
    (nth, isChanged) => [`item ${nth} as it was before`, seenInPart(nth, isChanged, world.items, "item")],
    (nth, isChanged) => [`batch ${nth} as it was before`, seenInPart(nth, isChanged, world.items, "batch")],
  ];
  const within: Meetings[] = [
    (nth, isChanged) => [`item ${nth} before the rest of its batch`, withinBatch(nth, isChanged, true)],
    (nth, isChanged) => [`item ${nth} after the rest of its batch`, withinBatch(nth, isChanged, false)],
  ];
  return expectOrdersEverywhere(world, pair, isRead ? [...seenLate, ...within] : seenLate);
}

function withinBatch(item: number, isChanged: IsChanged, isEarly: boolean): Meeting {
  return async (copy, act, meet) => {
    let seen = 0;
    const wrap = layer(async (command, send) => {
      const keys = keysOf(command)[1];
      const possible = keys.filter(({ pk, sk }) => isChanged(pk, sk));
      const one = possible[item - seen];
      seen += possible.length;
      if (one === undefined) return send(command);
      return readInTwo(command, send, (key) => (key === one) === isEarly, meet);
    });
    const answer = await act(await copy.through(wrap), copy);
    return { answer, wasMet: seen > item };
  };
}

function seenInPart(nth: number, isChanged: IsChanged, before: Items, what: "item" | "batch"): Meeting {
  return async (copy, act, meet) => {
    await meet();
    let seen = 0;
    const wrap = layer(async (command, send) => {
      const [table, keys] = keysOf(command);
      const possible = keys.filter(({ pk, sk }) => isChanged(pk, sk));
      if (possible.length === 0) return send(command);
      // Items are counted one by one, or as batches.
      const late = possible.filter((_, index) => seen + (what === "item" ? index : 0) === nth);
      seen += what === "item" ? possible.length : 1;
      const rest = keys.filter((key) => !late.includes(key));
      const items = await readItems(table, rest, send);
      const old = late.flatMap(({ pk, sk }) => before.get(`${pk} ${sk}`) ?? []);
      return { Responses: { [table]: [...items, ...old] } };
    });
    const answer = await act(await copy.through(wrap), copy);
    return { answer, wasMet: seen > nth };
  };
}

interface NamedItem {
  readonly pk: string;
  readonly sk: string;
}

/** The keys of a batch that is read; none of any other command. */
export function keysOf(command: unknown): [table: string, keys: readonly NamedItem[]] {
  if (!(command instanceof BatchGetCommand)) return ["", []];
  const [[table, request] = ["", undefined]] = Object.entries(command.input.RequestItems ?? {});
  return [table, (request?.Keys ?? []) as NamedItem[]];
}

async function readItems(table: string, keys: readonly unknown[], send: (command: unknown) => Promise<unknown>) {
  if (keys.length === 0) return [];
  const command = new BatchGetCommand({ RequestItems: { [table]: { Keys: keys as never, ConsistentRead: true } } });
  const answer = (await send(command)) as { Responses?: Record<string, Record<string, unknown>[]> };
  return answer.Responses?.[table] ?? [];
}

/** Reads a batch in two parts, and lets something happen in between. */
export async function readInTwo(
  command: unknown,
  send: (command: unknown) => Promise<unknown>,
  isFirst: (key: NamedItem) => boolean,
  between: () => Promise<unknown>,
): Promise<unknown> {
  const [table, keys] = keysOf(command);
  const first = await readItems(table, keys.filter(isFirst), send);
  await between();
  const rest = keys.filter((key) => !isFirst(key));
  return { Responses: { [table]: [...first, ...(await readItems(table, rest, send))] } };
}
