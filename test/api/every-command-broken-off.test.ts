/**
 * Every command that there is, broken off at each of its calls to the store, before it arrives and before its answer does: what
 * stands in the table changed if, and only if, each chain that the command touches has its entry, and no chain has another one.
 */
import { beforeAll, expect, it } from "vitest";
import { hashText, NO_HASH } from "../../lib/domain/audit.ts";
import { MemoryEngine } from "../memory-engine.ts";
import type { Moment } from "./breakable.ts";
import { Breakage } from "./breakable.ts";
import type { CommandWorld } from "./every-command.ts";
import { commandsOf, makeCommandWorld } from "./every-command.ts";
import type { Answer, Sent } from "./in-process.ts";
import { openTestApi } from "./in-process.ts";

const MOMENTS: readonly Moment[] = ["before", "after"];

const engine = new MemoryEngine();
let world: CommandWorld;

beforeAll(async () => {
  world = await makeCommandWorld(openTestApi(engine.openStore()));
});

type Item = ReturnType<MemoryEngine["items"]>[number];

/** What stands in the table: the entries of each chain, and all the rest as it is. */
interface Content {
  readonly chains: ReadonlyMap<string, readonly Item[]>;
  readonly state: ReadonlyMap<string, string>;
}

const isEntry = ({ pk }: Item) => String(pk).endsWith("#AUDIT");
/** Kept answers are no state of the organization, and the head of a chain moves with its entries. */
const isAnswer = ({ pk, sk }: Item) => /#IDEMPOTENCY#|^IDEMPOTENCY#/.test(`${pk}\n${sk}`) || `${sk}`.startsWith("IDEM");
const withoutHead = ({ seq, hash, until, turn, ...rest }: Item) => rest;

function readContent(from: MemoryEngine): Content {
  const items = from.items();
  const entries = items.filter(isEntry).sort((a, b) => (String(a.sk) < String(b.sk) ? -1 : 1));
  const state = items.filter((item) => !isEntry(item) && !isAnswer(item));
  return {
    chains: Map.groupBy(entries, ({ pk }) => String(pk)),
    state: new Map(state.map((item) => [`${item.pk} ${item.sk}`, JSON.stringify(withoutHead(item))])),
  };
}

/** How many entries each chain has more. */
function entriesBetween(before: Content, after: Content): Record<string, number> {
  const more = [...after.chains].map(([chain, entries]) => [
    chain.replace(/[a-z]{3}_[0-9a-z]{26}/g, "id"),
    entries.length - (before.chains.get(chain)?.length ?? 0),
  ]);
  return Object.fromEntries(more.filter(([, count]) => count !== 0));
}

function hasChanged(before: Content, after: Content): boolean {
  return (
    before.state.size !== after.state.size || [...after.state].some(([key, text]) => before.state.get(key) !== text)
  );
}

/** Each entry follows the one before it, and the head of its place is the last one. */
function expectWhole({ chains }: Content, from: MemoryEngine): void {
  const heads = new Map(
    from.items().flatMap((item) => (typeof item.seq === "number" && item.hash ? [[item.hash, item.seq]] : [])),
  );
  for (const entries of chains.values()) {
    let last = { seq: 0, hash: NO_HASH };
    for (const { seq, hash, text } of entries as unknown as { seq: number; hash: string; text: string }[]) {
      expect([seq, JSON.parse(text).prevHash, hashText(text)]).toEqual([last.seq + 1, last.hash, hash]);
      last = { seq, hash };
    }
    expect(heads.get(last.hash)).toBe(last.seq);
  }
}

const names = Object.keys(commandsOf({ held: {} } as CommandWorld, {} as never));

/** What a caller is told: where the authorizer died, nothing. */
const statusOf = (asked: Promise<Answer>) =>
  asked.then(
    ({ status }) => status,
    () => 503,
  );

// One after the other, each in the world that those before it left.
it.each(names)(
  "%s leaves its change and one entry in each chain, or neither, wherever it dies",
  async (operationId) => {
    const command = commandsOf(world, openTestApi(engine.openStore()))[operationId];
    const [call = "", body] = (await command?.()) ?? [];
    const headers = { "if-match": "*", "idempotency-key": "the-same" };
    const sent: Sent = body === undefined ? { headers } : { body, headers };
    const start = new MemoryEngine(engine);
    const before = readContent(start);
    const done = await openTestApi(engine.openStore()).call(world.ann, call, sent);
    expect(done.status, done.text).toBeLessThan(300);
    const undisturbed = readContent(engine);
    const whole = entriesBetween(before, undisturbed);
    expect(hasChanged(before, undisturbed)).toBe(true);
    expect(Object.keys(whole).length).toBeGreaterThan(0);
    expect(Object.values(whole)).toEqual(Object.values(whole).map(() => 1));
    expectWhole(undisturbed, engine);

    const breakage = new Breakage();
    const seen = new Set<boolean>();
    for (let passing = 0, isOver = false; !isOver; passing++) {
      for (const moment of MOMENTS) {
        const copy = new MemoryEngine(start);
        breakage.arm(passing, moment);
        const api = openTestApi(copy.openStore((client) => breakage.wrap(client)));
        const status = await statusOf(api.call(world.ann, call, sent));
        isOver = !breakage.mend();
        const after = readContent(copy);
        const isDone = hasChanged(before, after);
        const where = [passing, moment];
        expect([...where, entriesBetween(before, after)]).toEqual([...where, isDone ? whole : {}]);
        expectWhole(after, copy);
        // Nobody is told of a change that was not made.
        if (status < 300) expect([...where, isDone]).toEqual([...where, true]);
        seen.add(isDone);
      }
    }
    expect([...seen].sort()).toEqual([false, true]);
  },
);
