/** Ids: sortable by time, never the same twice, and refused when they do not look like one. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { IdPrefix } from "../../lib/domain/ids.ts";
import { ID_RANDOM_BYTES, isId, makeId } from "../../lib/domain/ids.ts";

const prefixes: readonly IdPrefix[] = ["org", "wks", "rol", "usr", "idp", "aud"];
const prefix = fc.constantFrom(...prefixes);
const moment = fc.integer({ min: 0, max: Date.UTC(2600, 0) });
const bytes = fc.uint8Array({ minLength: ID_RANDOM_BYTES, maxLength: ID_RANDOM_BYTES });
const zeros = new Uint8Array(ID_RANDOM_BYTES);

describe("an id", () => {
  it("is its prefix and 26 characters: ten of time, as the ULID specification's example has them, sixteen of chance", () => {
    expect(makeId("usr", 1_469_918_176_385, zeros)).toBe(`usr_01aryz6s41${"0".repeat(16)}`);
    expect(
      makeId(
        "org",
        0,
        zeros.map(() => 255),
      ),
    ).toBe(`org_0000000000${"z".repeat(16)}`);
    expect(makeId("wks", 2 ** 48 - 1, zeros)).toBe(`wks_7zzzzzzzzz${"0".repeat(16)}`);
  });

  it("keeps the order of the times at which ids were made", () => {
    const law = fc.property(moment, bytes, moment, bytes, (a, chanceA, b, chanceB) => {
      fc.pre(a !== b);
      expect(makeId("wks", a, chanceA) < makeId("wks", b, chanceB)).toBe(a < b);
    });
    fc.assert(law, { numRuns: 1_000 });
  });

  it("is another one for any other time, chance or prefix", () => {
    const law = fc.property(
      fc.tuple(prefix, moment, bytes),
      fc.tuple(prefix, moment, bytes),
      ([prefixA, a, chanceA], [prefixB, b, chanceB]) => {
        const isSame = prefixA === prefixB && a === b && String(chanceA) === String(chanceB);
        expect(makeId(prefixA, a, chanceA) === makeId(prefixB, b, chanceB)).toBe(isSame);
      },
    );
    fc.assert(law, { numRuns: 1_000 });
  });

  it("loses no bit of its chance", () => {
    const ids = new Set<string>();
    for (let byte = 0; byte < ID_RANDOM_BYTES; byte++) {
      for (let bit = 0; bit < 8; bit++) ids.add(makeId("usr", 7, zeros.with(byte, 1 << bit)));
    }
    expect(ids.size).toBe(80);
  });

  it("looks like an id of its own prefix and of no other", () => {
    const law = fc.property(prefix, moment, bytes, (of, at, chance) => {
      const id = makeId(of, at, chance);
      expect(prefixes.filter((one) => isId(one, id))).toEqual([of]);
    });
    fc.assert(law, { numRuns: 500 });
  });

  it.each([9, 11, 0])("is not made from %i random bytes", (length) => {
    expect(() => makeId("org", 0, new Uint8Array(length))).toThrow(RangeError);
  });
});

describe("a text from outside", () => {
  const good = makeId("usr", 1_469_918_176_385, zeros);

  it.each([
    ["nothing", ""],
    ["the prefix alone", "usr_"],
    ["another prefix", good.replace("usr", "org")],
    ["no prefix", good.slice(4)],
    ["one character less", good.slice(0, -1)],
    ["one character more", `${good}0`],
    ["capitals", good.toUpperCase()],
    ["a letter that the alphabet leaves out", good.replace("0", "l")],
    ["a time beyond 48 bits", good.replace("usr_0", "usr_8")],
    ["a line end behind it", `${good}\n`],
    ["a star, as an IAM policy would read it", `${good.slice(0, -1)}*`],
    ["a slash", `${good.slice(0, -1)}/`],
    ["a sharp, which separates keys", `${good.slice(0, -1)}#`],
    ["a percent escape", `${good.slice(0, -3)}%30`],
    ["a full-width digit", good.replace("0", "０")],
    ["a role's fixed form", "usr_owner"],
  ])("is refused: %s", (_what, text) => {
    expect(isId("usr", text)).toBe(false);
  });

  it("may be a role's fixed id, in the one form that these have", () => {
    expect(isId("rol", "rol_owner")).toBe(true);
    expect(isId("rol", "rol_organization-manager")).toBe(true);
    for (const text of [
      "rol_",
      "rol_-owner",
      "rol_owner-",
      "rol_Owner",
      "rol_own er",
      "rol_owner\n",
      `rol_${"a".repeat(61)}`,
    ]) {
      expect(isId("rol", text)).toBe(false);
    }
  });

  it("is refused in no time, however long", () => {
    expect(isId("rol", `rol_${"a-".repeat(500_000)}`)).toBe(false);
  });
});
