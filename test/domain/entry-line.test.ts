/** One line of an exported audit log: what is an entry as it was written, and what only looks like one. */
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashText, NO_HASH, openEntry, seal } from "../../lib/domain/audit.ts";
import { findCanonicalEntry } from "../../lib/domain/canonical-entry.ts";
import type { Json } from "../../lib/domain/canonical-json.ts";
import { canonicalize } from "../../lib/domain/canonical-json.ts";
import type { EntryLine } from "../../lib/domain/entry-line.ts";
import { readEntryLine } from "../../lib/domain/entry-line.ts";
import { modelBreak } from "../model/audit.ts";
import { makeEntry, NORTH } from "./exported-log.ts";

const entry = {
  ...makeEntry(2),
  after: { list: [true, false, null, 0, -7, 12345], text: 'a "b" \\ \n', where: "Zürich" },
};
const { text: hashed, hash } = seal({ seq: 1, hash: "a".repeat(64) }, entry);
const line = JSON.stringify(openEntry({ seq: 2, text: hashed, hash }));
const whole: EntryLine = { chain: NORTH, seq: 2, prevHash: "a".repeat(64), hash };

const readLine = (text: string | Buffer) => readEntryLine(Buffer.from(text));
const flawOf = (text: string | Buffer) => readLine(text).flaw;
/** A line of bytes of somebody's choice, hashed as they stand. */
const withOwnHash = (text: string) => `${text.slice(0, -1)},"hash":"${hashText(text)}"}`;
/** The same with a byte that is no UTF-8, at the place of `\0`. */
function withBadByte(text: string): Buffer {
  const bytes = Buffer.from(text).map((byte) => (byte === 0 ? 0xff : byte));
  const own = createHash("sha256").update(bytes).digest("hex");
  return Buffer.concat([bytes.subarray(0, -1), Buffer.from(`,"hash":"${own}"}`)]);
}

describe("an entry", () => {
  it("is read as the API writes it, the fast way", () => {
    expect(readLine(line)).toEqual(whole);
    expect(findCanonicalEntry(Buffer.from(line))).toMatchObject(whole);
  });

  it("may have its hash before, between or behind its other members", () => {
    const member = `"hash":"${hash}"`;
    for (const moved of [`{${member},${hashed.slice(1)}`, hashed.replace(',"outcome":', `,${member},"outcome":`)]) {
      expect(readLine(moved)).toEqual(whole);
      expect(findCanonicalEntry(Buffer.from(moved))).toMatchObject(whole);
    }
  });

  it.each<[string, string]>([
    ["spaced out, as Python writes", JSON.stringify(JSON.parse(line), null, 1).replaceAll(/\n */g, " ")],
    ["with tabs and returns", JSON.stringify(JSON.parse(line), null, "\t").replaceAll("\n", "\r\n")],
    ["with white space around", ` \t${line} `],
    ["in another order", JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(line)).reverse()))],
    ["in ASCII", line.replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)],
    ["with escapes that need not be", line.replace("Zürich", "\\u005A\\u00fcrich").replace('"seq"', '"s\\u0065q"')],
    [
      "with numbers in another form",
      line.replace("12345", "1.2345E+4").replace("-7", "-7.0").replace(",0,", ",0.0e9,"),
    ],
  ])("may be written anew %s", (_how, text) => {
    expect(text).not.toBe(line);
    expect(readLine(text)).toEqual(whole);
  });

  it("may hold names that mean something to JavaScript, and those that it sorts as numbers", () => {
    const after = JSON.parse('{"__proto__":{"hash":"x"},"10":1,"9":2,"constructor":null,"hash":"y","é":1}');
    const sealed = seal({ seq: 0, hash: NO_HASH }, { ...entry, after });
    expect(flawOf(JSON.stringify(openEntry(sealed)))).toBeUndefined();
    expect(flawOf(`${sealed.text.slice(0, -1)},"hash":"${sealed.hash}"}`)).toBeUndefined();
  });
});

describe("a line that means to deceive", () => {
  const evil = '"action":"role.deleted"';
  const precise = seal(
    { seq: 1, hash: NO_HASH },
    { ...entry, after: [9_007_199_254_740_992, 0.30000000000000004, 0, 1] },
  );
  const ofPrecise = (from: string, to: string) => JSON.stringify(openEntry(precise)).replace(from, to);
  const replacement = seal({ seq: 1, hash: NO_HASH }, { ...entry, after: "\ufffd" });
  const [head = "", tail = ""] = JSON.stringify(openEntry(replacement)).split("\ufffd");

  it.each<[string, string | Buffer, EntryLine["flaw"]]>([
    ["holds its hash in another member", hashed.replace('"target":{', `"target":{"hash":"${hash}",`), "not-entry"],
    ["holds a second hash in another member", line.replace('"target":{', `"target":{"hash":"${hash}",`), "altered"],
    ["holds its hash in a text", hashed.replace("curl/", `\\",\\"hash\\":\\"${hash}\\"`), "not-entry"],
    ["holds its hash across a text", hashed.replace("curl/", `curl/","hash":"${hash}"`), "not-json"],
    ["holds its hash twice", `{"hash":"${hash}",${line.slice(1)}`, "altered"],
    ["holds another hash before its own", `{"hash":"${NO_HASH}",${line.slice(1)}`, "altered"],
    ["holds another hash behind its own", `${line.slice(0, -1)},"hash":"${NO_HASH}"}`, "altered"],
    ["says something else before the truth", `{${evil},${line.slice(1)}`, "altered"],
    ["says something else behind the truth", `${line.slice(0, -1)},${evil}}`, "altered"],
    ["says something else under a name in escapes", `{"\\u0061ction":"role.deleted",${line.slice(1)}`, "altered"],
    ["says the truth twice", `{"outcome":"success",${line.slice(1)}`, "altered"],
    ["says something else within a member", line.replace('"actor":{', '"actor":{"id":"usr_1",'), "altered"],
    ["was hashed with doubled members", withOwnHash(`{${evil},${hashed.slice(1)}`), "altered"],
    [
      "was hashed with doubled members within a member",
      withOwnHash(hashed.replace('"actor":{', '"actor":{"id":"usr_1",')),
      "altered",
    ],
    ["was hashed in another order", withOwnHash(`{"zone":1,${hashed.slice(1)}`), "altered"],
    [
      "was hashed in another order within a member",
      withOwnHash(hashed.replace('"target":{', '"target":{"zone":1,')),
      "altered",
    ],
    ["was hashed with white space", withOwnHash(hashed.replace('"seq":', '"seq": ')), "altered"],
    ["was hashed with an escape that need not be", withOwnHash(hashed.replace("curl", "\\u0063url")), "altered"],
    ["was hashed with an escaped slash", withOwnHash(hashed.replace("curl/", "curl\\/")), "altered"],
    ["was hashed with a number in another form", withOwnHash(hashed.replace("12345", "12345.0")), "altered"],
    ["was hashed with less than nothing", withOwnHash(hashed.replace(",0,", ",-0,")), "altered"],
    ["was hashed with a number with a zero before it", withOwnHash(hashed.replace("12345", "012345")), "not-json"],
    ["was hashed with a number that is too long", withOwnHash(hashed.replace("12345", "9007199254740993")), "altered"],
    ["was hashed with bytes that are no UTF-8", withBadByte(hashed.replace("curl", "cu\0rl")), "not-json"],
    [
      "was hashed with something behind its end",
      `${hashed.slice(0, -1)},"hash":"${hashText(`${hashed}x`)}"}x`,
      "not-json",
    ],
    ["was hashed with a control character", withOwnHash(hashed.replace("curl", "cu\u0001rl")), "not-json"],
    ["was hashed with a hash of its own", withOwnHash(hashed.replace('"id":"aud', '"hash":"x","id":"aud')), "altered"],
    ["was hashed with a line break", withOwnHash(hashed.replace("curl", "cu\nrl")), "not-json"],
    ["has its hash in capitals", line.replace(hash, hash.toUpperCase()), "altered"],
    ["has a part of its hash", line.replace(hash, hash.slice(0, 32)), "altered"],
    ["has an empty hash", line.replace(hash, ""), "altered"],
    ["goes on behind its end", `${line}}`, "not-json"],
    ["holds two entries", line + line, "not-json"],
    ["goes on with NUL", `${line}\0`, "not-json"],
    ["has white space of another kind", line.replace('"seq":', '"seq":\u00a0'), "not-json"],
    ["has a gap within a number", line.replace("12345", "123 45"), "not-json"],
    ["has a gap within a word", line.replace("true", "tr ue"), "not-json"],
    ["has a gap where a comma was", line.replace(',"seq"', ' "seq"'), "not-json"],
    ["has a comma too many", `${line.slice(0, -1)},}`, "not-json"],
    ["has no comma before its hash", `${hashed.slice(0, -1)}"hash":"${hash}"}`, "not-json"],
    ["has a comma before its first member", `{,${line.slice(1)}`, "not-json"],
    ["rounds to the number that was hashed", ofPrecise("9007199254740992", "9007199254740993"), "altered"],
    ["rounds to the fraction that was hashed", ofPrecise("0.30000000000000004", "0.30000000000000003"), "altered"],
    ["rounds to nothing", ofPrecise(",0,", ",1e-400,"), "altered"],
    ["rounds to one", ofPrecise(",1]", ",1.00000000000000000000001]"), "altered"],
    ["goes beyond all numbers", ofPrecise(",1]", ",1e400]"), "altered"],
    ["says less than nothing", ofPrecise(",0,", ",-0,"), "altered"],
    [
      "has other bytes where one cannot tell",
      Buffer.concat([Buffer.from(head), Buffer.from([0xff]), Buffer.from(tail)]),
      "not-json",
    ],
    [
      "has bytes of half a character",
      Buffer.concat([Buffer.from(head), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from(tail)]),
      "not-json",
    ],
    ["is nested beyond all measure", line.replace("12345", "[".repeat(100_000) + "]".repeat(100_000)), "altered"],
    [
      "is nested deeply where nobody looks",
      `{"x":${'{"a":'.repeat(200_000)}1${"}".repeat(200_000)},${line.slice(1)}`,
      "altered",
    ],
  ])("%s", (_how, text, flaw) => {
    expect(text.toString()).not.toBe(line);
    expect(flawOf(text)).toBe(flaw);
  });

  it("has its hash at some other place: tried at each byte, each way", () => {
    const member = `"hash":"${hash}"`;
    const good: string[] = [];
    for (let at = 0; at <= hashed.length; at++) {
      for (const put of [member, `,${member}`, `${member},`]) {
        const text = hashed.slice(0, at) + put + hashed.slice(at);
        if (flawOf(text) === undefined) good.push(text);
      }
    }
    const members = Object.keys(JSON.parse(hashed)).length;
    expect(new Set(good).size).toBe(members + 1);
    for (const text of good) expect(JSON.parse(text)).toEqual(JSON.parse(line));
  });
});

describe("lines of all kinds", () => {
  const json = fc.jsonValue({ maxDepth: 3, stringUnit: "binary" });
  const sealed = fc
    .record({ before: json, after: json, agent: fc.string({ unit: "binary" }), seq: fc.integer({ min: 0, max: 1e9 }) })
    .map(({ before, after, agent, seq }) => {
      const origin = { ...entry.origin, userAgent: agent };
      return seal({ seq, hash: "b".repeat(64) }, { ...entry, before, after, origin } as never);
    });

  it("are taken for what they are by the rule itself, in whatever way they are written", () => {
    const law = fc.property(sealed, fc.infiniteStream(fc.nat({ max: 99 })), (one, choices) => {
      const given = openEntry(one);
      for (const text of [JSON.stringify(given), respell(given, () => choices.next().value ?? 0)]) {
        expect(flawOf(text)).toBeUndefined();
        expect(modelBreak([text])).toBe(one.seq === 1 ? 0 : -1);
      }
    });
    fc.assert(law, { numRuns: 300 });
  });

  it("are found altered when one character is another, unless they still say the same", () => {
    const law = fc.property(
      sealed,
      fc.nat(),
      fc.constantFrom(...'0123456789abcdefABZ"\\{}[],: .-+eE\u0000\u007fü\u2028'),
      (one, where, put) => {
        const given = JSON.stringify(openEntry(one));
        const at = where % given.length;
        if (given[at] === put) return;
        const text = given.slice(0, at) + put + given.slice(at + 1);
        if (flawOf(text) === undefined) expect(isDeepStrictEqual(JSON.parse(text), JSON.parse(given))).toBe(true);
      },
    );
    fc.assert(law, { numRuns: 3_000 });
  });

  it("are found altered when any character of one line is any of some others", () => {
    const alphabet = '017afAZ"\\{}[],: .-eu\u0000ü';
    const missed: string[] = [];
    for (let at = 0; at < line.length; at++)
      for (const put of alphabet) {
        const text = line.slice(0, at) + put + line.slice(at + 1);
        if (text !== line && flawOf(text) === undefined) missed.push(text);
      }
    expect(missed).toEqual([]);
  });

  it("go the fast way only in the form that was hashed, whatever bytes they are made of", () => {
    const pieces = fc.constantFrom(
      '"',
      ",",
      ":",
      "{",
      "}",
      "[",
      "]",
      " ",
      "\\",
      '"hash":',
      `"hash":"${hash}",`,
      '"a":1,',
      '"seq":2',
      "0",
      "-",
      "1e3",
      "é",
      "\ufffd",
      "null",
      '\\"',
      "\\u0041",
      "\u0000",
    );
    const edit = fc.record({ at: fc.nat(), cut: fc.nat({ max: 3 }), put: fc.array(pieces, { maxLength: 2 }) });
    let found = 0;
    const law = fc.property(fc.array(edit, { minLength: 0, maxLength: 2 }), (edits) => {
      let text = line;
      for (const { at, cut, put } of edits) {
        const place = at % (text.length + 1);
        text = text.slice(0, place) + put.join("") + text.slice(place + cut);
      }
      const fast = findCanonicalEntry(Buffer.from(text));
      if (fast === undefined) return;
      found++;
      const { hash: own, ...rest } = JSON.parse(text);
      expect(Buffer.concat(fast.hashed).toString()).toBe(canonicalize(rest as Json));
      expect(fast).toMatchObject({ hash: own, chain: rest.chain, seq: rest.seq, prevHash: rest.prevHash });
    });
    fc.assert(law, { numRuns: 5_000 });
    expect(found).toBeGreaterThan(500);
  });
});

/** The same JSON as some other tool might write it. */
function respell(value: unknown, choose: () => number): string {
  const gap = () => ["", "", " ", "\t", "\r\n  "][choose() % 5] ?? "";
  const spell = (text: string) =>
    `"${[...text.split("")].map((unit) => (choose() < 20 || unit < " " || '"\\'.includes(unit) || /[\ud800-\udfff]/.test(unit) ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}` : unit)).join("")}"`;
  const join = (open: string, parts: readonly string[], close: string) =>
    open + gap() + parts.join(`${gap()},${gap()}`) + gap() + close;
  if (typeof value === "string") return spell(value);
  if (Array.isArray(value))
    return join(
      "[",
      value.map((one) => respell(one, choose)),
      "]",
    );
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map((member) => ({ member, rank: choose() }));
  members.sort((a, b) => a.rank - b.rank);
  return join(
    "{",
    members.map(({ member: [name, one] }) => `${spell(name)}${gap()}:${gap()}${respell(one, choose)}`),
    "}",
  );
}
