/** Texts within texts, against the language's own search, and how much work that is. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConditionWork } from "../../lib/domain/condition-work.ts";
import { findSubstring } from "../../lib/domain/substrings.ts";

describe("a text", () => {
  it("is found in another where it stands, however long both are", () => {
    const letters = fc.array(fc.constantFrom("a", "b"), { maxLength: 12 }).map((some) => some.join(""));
    const law = fc.property(letters, letters, fc.nat({ max: 3 }), (piece, other, times) => {
      // Long enough that it is not left to the language.
      const wanted = piece.repeat(10).slice(0, 100) + other.slice(0, times);
      const text = `${other.repeat(times * 20)}${piece.repeat(12)}${other}`;
      expect(findSubstring(wanted, new ConditionWork())(text)).toBe(text.includes(wanted));
      expect(findSubstring(piece, new ConditionWork())(other)).toBe(other.includes(piece));
    });
    fc.assert(law, { numRuns: 2_000 });
  });

  it("takes work as both are long, not as one times the other, and cannot be told with less", () => {
    const work = new ConditionWork(1_000_000);
    const find = findSubstring(`${"a".repeat(500)}b${"a".repeat(499)}`, work);
    expect(find("a".repeat(100_000))).toBe(false);
    const first = 1_000_000 - work.left;
    expect(first).toBeGreaterThanOrEqual(101_000);
    expect(first).toBeLessThan(101_100);
    expect(find("a".repeat(100_000))).toBe(false);
    expect(1_000_000 - work.left - first).toBeLessThan(100_100);
    expect(find("a".repeat(900_000))).toBeUndefined();
  });

  it("is found in short ones with little work, of which there may be many", () => {
    const work = new ConditionWork();
    const find = findSubstring("team-1999-*", work);
    for (let at = 0; at < 500_000; at++) if (find("group-99-of-acme-emea") !== false) break;
    expect(work.left).toBeGreaterThan(0);
  });
});
