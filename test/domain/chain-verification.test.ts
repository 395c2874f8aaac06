/** Whatever somebody does to an exported audit log, the verification says where it breaks. */
import { describe, expect, it } from "vitest";
import type { AuditEntry } from "../../lib/domain/audit.ts";
import { NO_HASH } from "../../lib/domain/audit.ts";
import type { BrokenChain } from "../../lib/domain/chain-verification.ts";
import { Random } from "../http/random.ts";
import { modelBreak } from "../model/audit.ts";
import { makeLog, NORTH, read, rehash, rewriteFrom, SOUTH, verify } from "./exported-log.ts";

const LENGTH = 10_000;
const ALTERED = 300;
/** Lines on either side that are verified with an altered one: thousands of alterations of the whole chain would take an hour. */
const AROUND = 4;

const log = makeLog(LENGTH);
const random = new Random(6);
const places = [1, 2, LENGTH - 1, ...Array.from({ length: ALTERED - 3 }, () => random.integer(3, LENGTH - 2))];
const wholes = places.slice(3, 7);

const line = (seq: number) => log[seq - 1] ?? "";
const hashOf = (seq: number) => read(line(seq)).hash;
const known = (...seqs: readonly number[]) => new Map([[NORTH, new Map(seqs.map((seq) => [seq, hashOf(seq)]))]]);

const flip = (text: string) => text.slice(0, -1) + (text.endsWith("7") ? "8" : "7");

/** A member that is altered, by its path, and what the entry is said to be when its own hash was made to fit. */
type Alteration = readonly [path: string, alter: (entry: AuditEntry) => object, whenRehashed?: BrokenChain["reason"]];
const alterations: readonly Alteration[] = [
  ["id", ({ id }) => ({ id: flip(id) })],
  ["chain", () => ({ chain: SOUTH }), "missing"],
  ["seq, one more", ({ seq }) => ({ seq: seq + 1 })],
  ["seq, one less", ({ seq }) => ({ seq: seq <= 2 ? seq + 4 : seq - 1 })],
  ["seq, far away", ({ seq }) => ({ seq: seq + 5_000 })],
  ["seq, the first", ({ seq }) => ({ seq: seq === 1 ? 2 : 1 }), "unlinked"],
  ["at", ({ at }) => ({ at: at.replace("2026", "2025") })],
  ["action", () => ({ action: "role.deleted" })],
  ["actor", () => ({ actor: { kind: "user", id: "usr_1" } })],
  ["actor.kind", ({ actor }) => ({ actor: { ...actor, kind: "system" } })],
  ["actor.id", ({ actor }) => ({ actor: { ...actor, id: flip(actor.id) } })],
  ["actor.email", ({ actor: { email: _, ...actor } }) => ({ actor })],
  ["onBehalfOf.id", ({ onBehalfOf }) => ({ onBehalfOf: { ...onBehalfOf, id: "nobody" } })],
  ["reach", () => ({ reach: 52 })],
  ["target.type", ({ target }) => ({ target: { ...target, type: "user" } })],
  ["target.id", ({ target }) => ({ target: { ...target, id: flip(target.id) } })],
  ["before, gone", () => ({ before: undefined })],
  ["before.x", ({ before }) => ({ before: { ...(before as object), x: -1 } })],
  ["before.scopes", ({ before }) => ({ before: { ...(before as object), scopes: ["*"] } })],
  ["after.x", ({ after }) => ({ after: { ...(after as object), x: null } })],
  ["after, a member more", ({ after }) => ({ after: { ...(after as object), more: 1 } })],
  ["origin.ip", ({ origin }) => ({ origin: { ...origin, ip: "192.0.2.8" } })],
  ["origin.userAgent", ({ origin }) => ({ origin: { ...origin, userAgent: "" } })],
  ["origin.requestId", ({ origin }) => ({ origin: { ...origin, requestId: "r" } })],
  ["outcome", () => ({ outcome: "failure" })],
  ["prevHash", ({ prevHash }) => ({ prevHash: flip(prevHash) }), "unlinked"],
  ["prevHash, that of a first one", ({ seq }) => ({ prevHash: seq === 1 ? "1".repeat(64) : NO_HASH }), "unlinked"],
  ["a member more", () => ({ note: "approved" })],
];

/** What is said of the chain itself, of a window around an entry, whichever way round it is written. */
function breakAround(seq: number, changed: string) {
  const from = Math.max(0, seq - 1 - AROUND);
  const lines = [...log.slice(from, seq - 1), changed, ...log.slice(seq, seq + AROUND)];
  const [up, down] = [verify(lines), verify(lines.toReversed())];
  const place = ({ chain, seq: broken, reason }: BrokenChain) => ({ chain, seq: broken, reason });
  const ofNorth = ({ chain }: BrokenChain) => chain === NORTH;
  expect(down.broken.filter(ofNorth).map(place)).toEqual(up.broken.filter(ofNorth).map(place));
  const stands = up.broken.filter(ofNorth).map(({ line: at }) => at);
  expect([undefined, seq - from]).toContain(stands[0]);
  if (wholes.includes(seq)) expect(modelBreak(lines)).toBeGreaterThanOrEqual(0);
  return up.broken.map((broken) => place(broken));
}

describe(`a chain of ${LENGTH} entries`, () => {
  it("is verified from its first entry to its last, also when it is written from the last to the first", () => {
    const verified = [{ chain: NORTH, entries: LENGTH, from: 1, to: LENGTH, leftOut: 0, compared: 0 }];
    expect(verify(log)).toEqual({ entries: LENGTH, verified, broken: [] });
    expect(verify(log.toReversed())).toEqual({ entries: LENGTH, verified, broken: [] });
    expect(modelBreak(log)).toBe(-1);
  });

  it.each(alterations.map(([path, alter]) => [path, alter] as const))(
    `is broken at each of ${ALTERED} entries, by its own hash, when its %s is altered`,
    (path, alter) => {
      for (const seq of path === "chain" ? places.slice(1) : places) {
        const entry = read(line(seq));
        const found = breakAround(seq, JSON.stringify({ ...entry, ...alter(entry) }));
        const altered = [{ chain: path === "chain" ? SOUTH : NORTH, seq, reason: "altered" }];
        expect(found).toEqual(path === "chain" ? [...altered, { chain: NORTH, seq, reason: "missing" }] : altered);
      }
    },
  );

  it.each(alterations.map(([path, alter, reason = "replaced"]) => [path, alter, reason] as const))(
    `is broken at each of ${ALTERED} entries when its %s is altered and its own hash made to fit`,
    (path, alter, reason) => {
      for (const seq of path === "chain" ? places.slice(1) : places) {
        const entry = read(line(seq));
        const found = breakAround(seq, rehash({ ...entry, ...alter(entry) } as AuditEntry));
        const isFirst = seq === 1 && path.startsWith("seq");
        expect(found).toEqual([{ chain: NORTH, seq, reason: isFirst ? "unlinked" : reason }]);
      }
    },
  );

  it(`is broken at each of ${ALTERED} entries when its hash is another`, () => {
    for (const seq of places) {
      const entry = read(line(seq));
      for (const hash of [
        flip(entry.hash),
        entry.hash.toUpperCase(),
        entry.hash.slice(0, 63),
        `${entry.hash}0`,
        NO_HASH,
      ])
        expect(breakAround(seq, JSON.stringify({ ...entry, hash }))).toEqual([
          { chain: NORTH, seq, reason: "altered" },
        ]);
    }
  });

  it.each(wholes)("is broken there, looked at as a whole, at %i", (seq) => {
    const entry = read(line(seq));
    const altered = log.with(seq - 1, JSON.stringify({ ...entry, after: {} }));
    const replaced = log.with(seq - 1, rehash({ ...entry, after: {} }));
    for (const lines of [altered, altered.toReversed()])
      expect(verify(lines).broken).toMatchObject([{ chain: NORTH, seq, reason: "altered" }]);
    for (const lines of [replaced, replaced.toReversed()])
      expect(verify(lines).broken).toMatchObject([{ chain: NORTH, seq, reason: "replaced" }]);
    expect(modelBreak(altered)).toBe(seq - 1);
    expect(modelBreak(replaced)).toBe(seq);
  });

  it.each(wholes)("misses entry %i, and those after it, when they are taken out", (seq) => {
    for (const removed of [1, 2, 50]) {
      const lines = log.toSpliced(seq - 1, removed);
      const missing = [{ chain: NORTH, seq, reason: "missing" }];
      expect(verify(lines).broken).toEqual(missing);
      expect(verify(lines.toReversed()).broken).toEqual(missing);
    }
  });

  it("ends where it was cut short, which a checkpoint finds and nothing else can", () => {
    const short = log.slice(0, 9_000);
    expect(verify(short).broken).toEqual([]);
    expect(verify(short).verified).toMatchObject([{ from: 1, to: 9_000 }]);
    const cut = [{ chain: NORTH, seq: 9_001, reason: "cut-short" }];
    for (const lines of [short, short.toReversed()])
      for (const head of [9_001, 9_500, LENGTH]) expect(verify(lines, { known: known(head) }).broken).toEqual(cut);
    expect(verify(short, { known: known(9_000) }).broken).toEqual([]);
  });

  it("begins where its head was cut off: it says from where on it was verified", () => {
    const late = log.slice(500);
    for (const lines of [late, late.toReversed()])
      expect(verify(lines)).toMatchObject({ broken: [], verified: [{ from: 501, to: LENGTH, entries: LENGTH - 500 }] });
  });
});

describe("an altered entry at an end of the file, named by its place,", () => {
  const part = log.slice(4, 30);
  const withSeq = (at: number, seq: number) => part.with(at, JSON.stringify({ ...read(part[at]), seq }));

  it.each<[string, number, string[]]>([
    ["is the first, with a lower number", 5, withSeq(0, 3)],
    ["is the first, with a higher number", 5, withSeq(0, 9)],
    ["is the last, with a lower number", 30, withSeq(25, 9)],
    ["is the last, with a higher number", 30, withSeq(25, 99)],
  ])("%s", (_what, seq, lines) => {
    for (const given of [lines, lines.toReversed()])
      expect(verify(given).broken).toMatchObject([{ chain: NORTH, seq, reason: "altered" }]);
  });
});

it("of several breaks the first in the order of the chain is named, whichever way round it is written", () => {
  const lines = log.slice(0, 200).toSpliced(150, 1).toSpliced(120, 1).toSpliced(60, 1);
  for (const given of [lines, lines.toReversed()])
    expect(verify(given).broken).toEqual([{ chain: NORTH, seq: 61, reason: "missing" }]);
});

describe("a chain, rewritten from an entry on with all hashes made to fit,", () => {
  const rewritten = rewriteFrom(log.slice(0, 400), 199, () => ({ action: "role.deleted" }));

  it("is a good chain by itself", () => {
    expect(verify(rewritten).broken).toEqual([]);
    expect(modelBreak(rewritten)).toBe(-1);
  });

  it.each([200, 201, 400])("is contradicted by a checkpoint of entry %i", (seq) => {
    const contradicted = [{ chain: NORTH, seq, reason: "contradicted" }];
    for (const lines of [rewritten, rewritten.toReversed()])
      expect(verify(lines, { known: known(100, seq) }).broken).toMatchObject(contradicted);
  });

  it("is contradicted at the first entry that any checkpoint knows better", () => {
    expect(verify(rewritten, { known: known(400, 300, 250) }).broken).toMatchObject([{ seq: 250 }]);
  });

  it("is contradicted before it is found to miss a later entry, and after it misses an earlier one", () => {
    const seqs = [20, 300].map((seq) => verify(rewritten.toSpliced(seq - 1, 1), { known: known(250) }).broken[0]?.seq);
    expect(seqs).toEqual([20, 250]);
  });

  it("is not contradicted by a checkpoint from before", () => {
    expect(verify(rewritten, { known: known(199) })).toMatchObject({ broken: [], verified: [{ compared: 1 }] });
  });

  it("is contradicted by a checkpoint of the entry before the file begins", () => {
    const part = rewritten.slice(200);
    expect(verify(part, { known: known(200) }).broken).toMatchObject([{ seq: 201, reason: "contradicted", line: 1 }]);
    expect(verify(log.slice(200), { known: known(200) })).toMatchObject({ broken: [], verified: [{ compared: 1 }] });
  });
});

describe("an entry that stands where it should not", () => {
  const ten = log.slice(0, 60);
  const forged = (seq: number) => rehash({ ...read(line(seq)), action: "role.deleted" });
  const place = (at: number, ...lines: string[]) => ten.toSpliced(at, 0, ...lines);
  const swap = (a: number, b: number) => ten.with(a - 1, line(b)).with(b - 1, line(a));

  it.each<[string, string[], Omit<BrokenChain, "chain">]>([
    ["is the next one: two neighbours were swapped", swap(20, 21), { seq: 21, reason: "out-of-order", line: 20 }],
    ["comes from further down: two were swapped", swap(20, 25), { seq: 25, reason: "out-of-order", line: 20 }],
    ["comes from far away: two were swapped", swap(5, 55), { seq: 55, reason: "out-of-order", line: 5 }],
    ["is the first, swapped with the second", swap(1, 2), { seq: 1, reason: "out-of-order", line: 2 }],
    ["stands there twice", place(20, line(20)), { seq: 20, reason: "doubled", line: 21 }],
    ["stands there twice, a little further down", place(25, line(20)), { seq: 20, reason: "doubled", line: 26 }],
    ["stands there twice, far down", place(55, line(20)), { seq: 20, reason: "out-of-order", line: 56 }],
    ["was put in, as another one of a number", place(20, forged(20)), { seq: 20, reason: "fork", line: 21 }],
    ["was put in before the true one", place(19, forged(20)), { seq: 20, reason: "fork", line: 21 }],
    ["was put in from further down", place(20, line(30)), { seq: 30, reason: "out-of-order", line: 21 }],
    ["was put in with a number of nowhere", place(20, forged(9_999)), { seq: 9_999, reason: "out-of-order", line: 21 }],
    [
      "is the end of another history",
      [...ten.slice(0, 20), ...rewriteFrom(ten, 9, () => ({ reach: 1 })).slice(20)],
      { seq: 20, reason: "replaced", line: 20 },
    ],
    [
      "is the beginning of another history",
      [...ten, ...rewriteFrom(ten, 9, () => ({ reach: 1 })).slice(9)],
      { seq: 10, reason: "out-of-order", line: 61 },
    ],
  ])("%s", (_what, lines, expected) => {
    expect(verify(lines).broken).toEqual([{ chain: NORTH, ...expected }]);
    expect(modelBreak(lines)).toBeGreaterThanOrEqual(0);
  });

  it("is found in two histories that lie between each other, where they part", () => {
    const other = rewriteFrom(ten, 29, () => ({ reach: 1 }));
    const both = ten.flatMap((one, index) => (index < 29 ? [one] : [one, other[index] ?? ""]));
    expect(verify(both).broken).toEqual([{ chain: NORTH, seq: 30, reason: "fork", line: 31 }]);
    expect(verify(both.toReversed()).broken).toMatchObject([{ chain: NORTH, seq: 30, reason: "fork" }]);
  });
});

describe("which of two that do not fit is at fault", () => {
  const ten = log.slice(0, 10);
  const withPrevious = (seq: number) => rehash({ ...read(line(seq)), prevHash: flip(hashOf(seq - 1)) });

  it("is the later one, when the next one does not follow it either", () => {
    expect(verify(ten.with(4, withPrevious(5))).broken).toMatchObject([{ seq: 5, reason: "unlinked" }]);
  });

  it("is the earlier one, when nothing tells", () => {
    expect(verify(ten.with(9, withPrevious(10))).broken).toMatchObject([{ seq: 9, reason: "replaced" }]);
  });

  it("is the one that a checkpoint does not know", () => {
    const lines = ten.with(9, withPrevious(10));
    expect(verify(lines, { known: known(9) }).broken).toMatchObject([{ seq: 10, reason: "unlinked" }]);
    expect(verify(lines, { known: known(10) }).broken).toMatchObject([{ seq: 10, reason: "unlinked" }]);
    const replaced = ten.with(8, rehash({ ...read(line(9)), action: "role.deleted" }));
    expect(verify(replaced, { known: known(9) }).broken).toMatchObject([{ seq: 9, reason: "replaced" }]);
    expect(verify(replaced, { known: known(10) }).broken).toMatchObject([{ seq: 9, reason: "replaced" }]);
  });

  it("is the last one that was altered and hashed again, which only a checkpoint knows", () => {
    const lines = ten.with(9, rehash({ ...read(line(10)), action: "role.deleted" }));
    expect(verify(lines).broken).toEqual([]);
    expect(verify(lines, { known: known(10) }).broken).toMatchObject([{ seq: 10, reason: "contradicted" }]);
  });

  it("is the missing one, when entries are gone right before one that was altered", () => {
    const altered = JSON.stringify({ ...read(line(8)), reach: 1 });
    const lines = [...log.slice(0, 4), altered, ...log.slice(8, 10)];
    expect(verify(lines).broken).toEqual([{ chain: NORTH, seq: 5, reason: "missing" }]);
  });
});

describe("a file", () => {
  const south = makeLog(40, SOUTH);
  const north = log.slice(0, 40);
  const mixed = north.flatMap((one, index) => [one, south[index] ?? ""]);

  it("may hold several chains between each other, each with a break of its own", () => {
    expect(verify(mixed).verified.map(({ chain, to }) => [chain, to])).toEqual([
      [NORTH, 40],
      [SOUTH, 40],
    ]);
    const broken = mixed.toSpliced(10, 1).with(20, JSON.stringify({ ...read(mixed[21]), at: "" }));
    expect(verify(broken).broken).toEqual([
      { chain: SOUTH, seq: 11, reason: "altered", line: 21 },
      { chain: NORTH, seq: 6, reason: "missing" },
    ]);
  });

  it("may hold one chain that is whole beside one that is not", () => {
    const found = verify(mixed.toSpliced(10, 1));
    expect(found.broken).toEqual([{ chain: NORTH, seq: 6, reason: "missing" }]);
    expect(found.verified).toMatchObject([{ chain: SOUTH, entries: 40 }]);
  });

  it("may hold one entry, blank lines and a byte order mark", () => {
    expect(verify([`\ufeff${line(7)}`, "", " \t", ""])).toMatchObject({
      entries: 1,
      broken: [],
      verified: [{ from: 7, to: 7 }],
    });
    expect(verify([line(1), `\ufeff${line(2)}`]).broken).toMatchObject([{ seq: 2, reason: "not-json" }]);
  });

  it.each<[string, string | Buffer, BrokenChain["reason"]]>([
    ["no JSON", line(20).slice(0, -1), "not-json"],
    ["no JSON and does not tell what it was", "xyz", "not-json"],
    [
      "no UTF-8",
      Buffer.concat([Buffer.from(line(20).slice(0, -2)), Buffer.from([0xff]), Buffer.from('"}')]),
      "not-json",
    ],
    ["a list", "[]", "not-entry"],
    ["null", "null", "not-entry"],
    ["an entry without a hash", JSON.stringify({ ...read(line(20)), hash: undefined }), "not-entry"],
    ["an entry whose hash is no text", JSON.stringify({ ...read(line(20)), hash: 7 }), "not-entry"],
    ["an entry without the hash before", JSON.stringify({ ...read(line(20)), prevHash: undefined }), "not-entry"],
    ["an entry without a number", JSON.stringify({ ...read(line(20)), seq: undefined }), "not-entry"],
    ["an entry with a number that counts nothing", JSON.stringify({ ...read(line(20)), seq: 0 }), "not-entry"],
    ["an entry with half a number", JSON.stringify({ ...read(line(20)), seq: 19.5 }), "not-entry"],
    ["an entry without a chain", JSON.stringify({ ...read(line(20)), chain: undefined }), "not-entry"],
  ])("may hold a line that is %s, which is named by where it stands", (_what, changed, reason) => {
    const lines = [...log.slice(0, 19), changed, ...log.slice(20, 40)];
    const broken = [{ chain: NORTH, seq: 20, reason }];
    expect(verify(lines).broken).toEqual([{ ...broken[0], line: 20 }]);
    expect(verify(lines.toReversed()).broken).toEqual([{ ...broken[0], line: 21 }]);
  });

  it("may hold several chains and a line that is no JSON, which is taken for what it seems to be", () => {
    const broken = mixed.with(20, mixed[20]?.replace('"after"', "after") ?? "");
    expect(verify(broken).broken).toEqual([{ chain: NORTH, seq: 11, reason: "not-json", line: 21 }]);
  });

  it("may hold a line of which nobody can tell which chain it is of", () => {
    expect(verify([...mixed, "xyz", "zyx"]).broken).toEqual([{ reason: "not-json", line: 81 }]);
    expect(verify(["xyz", ...north]).broken).toEqual([{ reason: "not-json", line: 1 }]);
  });
});

describe("a filtered file", () => {
  const filtered = [3, 4, 9, 10, 11, 40].map(line);
  const options = { isFiltered: true };

  it("is broken, taken for a whole one", () => {
    expect(verify(filtered).broken).toEqual([{ chain: NORTH, seq: 5, reason: "missing" }]);
  });

  it("counts what is left out, whichever way round it is written", () => {
    const verified = [{ chain: NORTH, entries: 6, from: 3, to: 40, leftOut: 32, compared: 0 }];
    expect(verify(filtered, options)).toEqual({ entries: 6, verified, broken: [] });
    expect(verify(filtered.toReversed(), options)).toEqual({ entries: 6, verified, broken: [] });
  });

  it("is held against checkpoints as far as it goes", () => {
    const heads = { ...options, known: known(2, 5, 10, 200) };
    expect(verify(filtered, heads)).toMatchObject({ broken: [], verified: [{ compared: 2 }] });
    const forged = filtered.with(5, rehash({ ...read(line(40)), reach: 1 }));
    expect(verify(forged, options).broken).toEqual([]);
    expect(verify(forged, { ...options, known: known(40) }).broken).toMatchObject([
      { seq: 40, reason: "contradicted" },
    ]);
  });

  it.each<[string, string[], object]>([
    ["an entry was altered", filtered.with(2, line(9).replace("role.", "user.")), { seq: 9, reason: "altered" }],
    [
      "neighbours do not fit",
      filtered.with(3, rehash({ ...read(line(10)), reach: 1 })),
      { seq: 10, reason: "replaced" },
    ],
    ["one stands too late", [3, 9, 4, 10].map(line), { seq: 4, reason: "out-of-order" }],
    ["one stands there twice", [3, 9, 9, 10].map(line), { seq: 9, reason: "doubled" }],
    [
      "a number was altered, but not the hash before",
      filtered.with(1, rehash({ ...read(line(4)), seq: 6 })),
      { seq: 4, reason: "replaced" },
    ],
  ])("is broken when %s", (_what, lines, expected) => {
    expect(verify(lines, options).broken).toMatchObject([{ chain: NORTH, ...expected }]);
  });
});

it("the way of a file is told by most of its first entries, not by the first two", () => {
  const swapped = [line(2), line(1), ...log.slice(2, 30)];
  expect(verify(swapped).broken).toEqual([{ chain: NORTH, seq: 1, reason: "out-of-order", line: 2 }]);
  expect(verify(swapped.toReversed()).broken).toEqual([{ chain: NORTH, seq: 1, reason: "out-of-order", line: 29 }]);
});
