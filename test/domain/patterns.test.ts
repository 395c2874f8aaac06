/** Regular expressions: against RE2 itself, where both are asked the same, and by hand where this service is stricter. */
import fc from "fast-check";
import { RE2JS } from "re2js";
import { describe, expect, it } from "vitest";
import { judgeCondition } from "../../lib/domain/conditions.ts";
import { compilePattern, runPattern } from "../../lib/domain/patterns.ts";

/** Pieces of patterns, also such as make none. */
const pieces = [
  ..."abkKSéÉ.^$|()*+?{}[]- _\n🦉",
  ..."\\d \\W \\s \\S \\D \\w \\b \\B \\A \\z \\Z \\Q \\E \\n \\- \\x41 \\x{1F989} \\x{110000} \\101 \\12 \\1 \\0 \\_ \\a \\C \\y \\8".split(
    " ",
  ),
  ..."(?: (?i) (?i: (?P<n> (?<m> (?s) (?-i) (?m) (?m: (?s-m: (?U) (?= (?! (?<= (?) (?-)".split(" "),
  ..."*? +? {2} {0,2} {1,} {,2} {01} {1001} {3,2}".split(" "),
  ..."[^ [a-z] [^a-k] [[:alpha:]] [[:^upper:]] [[:word:] [[:nobody:]] [\\d-z] []a] [^]a] [a\\] A-Z [a-\\d] [\\W] [^\\s]".split(
    " ",
  ),
];
const letters = [..."abkKsSéÉ\n1_ AZz🦉-{}[]\t\v\u0007\u0001"];
const compileReference = (pattern: string, ignoreCase: boolean) => {
  try {
    return RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  } catch {
    return undefined;
  }
};
const isMatch = (pattern: string, text: string, ignoreCase = false) => {
  const compiled = compilePattern(pattern, ignoreCase);
  return "fault" in compiled ? compiled.fault : runPattern(compiled)(text);
};

describe("a pattern", () => {
  it("means what it means to RE2, or is refused", () => {
    const pattern = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 7 }).map((all) => all.join(""));
    const texts = fc.array(
      fc.array(fc.constantFrom(...letters), { maxLength: 7 }).map((all) => all.join("")),
      { minLength: 4, maxLength: 4 },
    );
    let compared = 0;
    const law = fc.property(pattern, texts, fc.boolean(), (written, all, ignoreCase) => {
      const compiled = compilePattern(written, ignoreCase);
      const reference = compileReference(written, ignoreCase);
      if ("fault" in compiled) {
        // What only this service refuses: a repetition after flags or a quotation of nothing, and a wide range without its case.
        if (reference !== undefined) expect(written).toMatch(/\(\?[a-zA-Z-]*\)|\\Q\\E|-\\x\{/);
        return;
      }
      compared++;
      expect(reference).toBeDefined();
      const run = runPattern(compiled);
      for (const text of all) expect([text, run(text)]).toEqual([text, reference?.test(text)]);
    });
    fc.assert(law, { numRuns: 20_000 });
    expect(compared).toBeGreaterThan(5_000);
  });

  it.each([
    "(?i:a)b",
    "(a(?i)b)c",
    "a(?i)b|c",
    "(?s:.).",
    "(?m:^)b$",
    "(?-i:a)b",
    "(?i)a(?-i)b",
    "a|^b",
    "^a|^b",
    "^*a",
    "(^|b)a",
    "x*",
    "[^a]b",
    "\\Qa.b\\Ec+",
  ])("as %s means what it means to RE2", (pattern) => {
    for (const text of [
      "ab",
      "AB",
      "aB",
      "Ab",
      "abc",
      "aBC",
      "ABC",
      "C",
      "c",
      "\nb",
      "a\nb",
      "\n\n",
      "xb",
      "xa",
      "ba",
      "bA",
      "a.bcc",
      "axbc",
    ]) {
      for (const ignoreCase of [false, true]) {
        const wanted = compileReference(pattern, ignoreCase)?.test(text);
        expect([text, ignoreCase, isMatch(pattern, text, ignoreCase)]).toEqual([text, ignoreCase, wanted]);
      }
    }
  });

  it.each([
    ["\\p{Greek}", "α"],
    ["\\pL", "a"],
    ["[\\P{L}]", "1"],
    ["(?i)*", "a"],
    ["(a)\\1", "aa"],
    ["(?=a)", "a"],
    ["(?<=a)b", "ab"],
    ["(?P<n>a)(?P<n>b)", "ab"],
    ["((){100}){100}", ""],
    ["((){40}){40}", ""],
    ["(?:()()()()()()){1000}", ""],
    ["(?:[a-z]{1,100}){1,10}x", "x"],
    ["(?i)[\\x{80}-\\x{10FFFF}]", "é"],
  ])("that says %s is refused", (pattern, text) => {
    expect(isMatch(pattern, text)).toEqual(expect.stringMatching(/\.$/));
  });

  it("that ignores case takes two letters for the same wherever `equals` does, and nowhere else", () => {
    const last = 0x1_e943;
    for (let number = 0x21; number <= last; number++) {
      const letter = String.fromCodePoint(number);
      const others = new Set(
        [letter.toLowerCase(), letter.toUpperCase(), "k", "s"].filter((it) => Array.from(it).length === 1),
      );
      if (others.size === 3 && others.has(letter)) continue;
      for (const other of others) {
        const condition = { attribute: "a", operator: "equals", values: [other], ignoreCase: true } as const;
        const { met } = judgeCondition(condition, new Map([["a", letter]]));
        const hex = `\\x{${other.codePointAt(0)?.toString(16)}}`;
        expect([letter, other, isMatch(`^${hex}$`, letter, true)]).toEqual([letter, other, met]);
        expect([letter, other, isMatch(`^[${hex}]$`, letter, true)]).toEqual([letter, other, met]);
        expect([letter, other, isMatch(`^[^${hex}]$`, letter, true)]).toEqual([letter, other, !met]);
      }
    }
  });

  it.each([
    ["the sign of the kelvin", "\u212a", "k"],
    ["the long s", "\u017f", "s"],
  ])("takes %s for no plain letter, which RE2 does", (_, lookalike, letter) => {
    expect(compileReference(letter, true)?.test(lookalike)).toBe(true);
    expect(isMatch(letter, lookalike, true)).toBe(false);
    expect(isMatch(`(?i)${letter}`, lookalike)).toBe(false);
    expect(isMatch("(?i)\\w", lookalike)).toBe(false);
  });

  it("gives up on what takes too many steps, and says so", () => {
    let state = 1;
    const text = Array.from({ length: 2_000 }, () => {
      state = (state * 48_271) % 2_147_483_647;
      return "ab"[state % 2];
    }).join("");
    expect(isMatch("(?:a|b)*a(?:a|b){60}c", text)).toBeUndefined();
    expect(isMatch("(?:a|b)*a(?:a|b){60}c|z", `${text}zz`)).toBeUndefined();
    expect(isMatch("z", `${text}z`)).toBe(true);
    const condition = { attribute: "a", operator: "matches", values: ["(?:a|b)*a(?:a|b){60}c"], negate: true } as const;
    expect(judgeCondition(condition, new Map([["a", text]]))).toEqual({
      met: false,
      reason: expect.stringContaining("takes too long"),
    });
  });

  it("looks at what it has seen once no more, so a long text takes no more steps than a short one", () => {
    expect(isMatch("^(?:[a-z]+-)*[a-z]+$", "soc-tier-".repeat(20_000))).toBe(false);
    expect(isMatch("soc.*tier$", "soc-tier-".repeat(20_000))).toBe(false);
  });
});
