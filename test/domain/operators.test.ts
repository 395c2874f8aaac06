/** Each operator by its own examples, and what a condition cannot be written with. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fold, foldLetter } from "../../lib/domain/character-sets.ts";
import { judgeCondition } from "../../lib/domain/conditions.ts";
import { compileGlob } from "../../lib/domain/globs.ts";
import { limits } from "../../lib/domain/limits.ts";
import type { OperatorName } from "../../lib/domain/operators.ts";
import { operators } from "../../lib/domain/operators.ts";

const names = Object.keys(operators) as OperatorName[];

describe.each(names)("%s", (operator) => {
  const { examples, holds, values } = operators[operator];

  it.each(examples)("of $element and $values is $met", ({ element, values: wanted, ignoreCase = false, met }) => {
    const condition = { attribute: "a", operator, values: wanted, ignoreCase };
    expect(judgeCondition(condition, new Map([["a", element]])).met).toBe(met);
    expect(judgeCondition({ ...condition, negate: true }, new Map([["a", element]])).met).toBe(!met);
  });

  it("says what it is for, and shows by examples what holds and what does not", () => {
    expect(holds).toMatch(/^(is|begins|ends|has)/);
    const shown = new Set(examples.map(({ met }) => met));
    expect(shown).toEqual(new Set(operator === "exists" ? [true] : [true, false]));
    for (const example of examples) {
      if (values !== "several") expect(example.values).toHaveLength(values === "one" ? 1 : 0);
    }
  });

  it("takes the values of its own examples", () => {
    for (const value of examples.flatMap((example) => example.values)) {
      expect(operators[operator].findFault?.(value)).toBeUndefined();
    }
  });
});

describe("a value that an operator cannot work with", () => {
  it.each<[OperatorName, string]>([
    ["gt", "nine"],
    ["gte", ""],
    ["lt", "0x10"],
    ["lte", "1_000"],
    ["cidr", "10.20.0.0"],
    ["cidr", "10.20.0.0/33"],
    ["cidr", "10.20.0/16"],
    ["cidr", "010.20.0.0/16"],
    ["cidr", "2001:db8::1::/32"],
    ["cidr", "1.2.3.4::/32"],
    ["cidr", "1.2.3.4::1/32"],
    ["cidr", "10.20.7.1/16"],
    ["cidr", "::ffff:10.20.0.0/16"],
    ["prefix", ""],
    ["suffix", ""],
    ["contains", ""],
    ["matches", "(?:[a-z]{1,100}){1,10}x"],
    ["matches", "(SOC"],
    ["matches", "(a)\\1"],
    ["matches", "a".repeat(limits.patternLength + 1)],
    ["glob", "a".repeat(limits.patternLength + 1)],
  ])("is named: %s %s", (operator, value) => {
    expect(operators[operator].findFault?.(value)).toEqual(expect.stringMatching(/./));
  });

  it("is no letter that only looks like another: the sign of the kelvin is no k, whatever the case", () => {
    const condition = { attribute: "a", operator: "equals", values: ["k"], ignoreCase: true } as const;
    expect(judgeCondition(condition, new Map([["a", "\u212a"]])).met).toBe(false);
    expect(judgeCondition(condition, new Map([["a", "K"]])).met).toBe(true);
  });

  it("is, while case is ignored, the same letters whatever stands beside them: a sigma at the end of a word, too", () => {
    const met = (operator: OperatorName, value: string, element: string) =>
      judgeCondition({ attribute: "a", operator, values: [value], ignoreCase: true }, new Map([["a", element]])).met;
    for (const element of ["ΟΔΟΣ", "οδος", "οδοσ"]) {
      for (const operator of ["equals", "prefix", "suffix", "contains", "glob", "matches"] as const) {
        for (const value of ["ΟΔΟΣ", "οδος", "οδοσ"])
          expect([operator, value, met(operator, value, element)]).toContain(true);
      }
      for (const operator of ["prefix", "contains", "matches"] as const) {
        expect([operator, met(operator, "οδος", `${element}ΑΙ`), met(operator, "ΟΔΟΣ", `${element}αι`)]).not.toContain(
          false,
        );
      }
    }
    const letter = fc.constantFrom(..."ΣσςΑα kK\u212a\u0130iIıſßẞÉé🦉𐐀");
    const law = fc.property(fc.array(letter), (letters) => {
      const apart = letters.map((one) => String.fromCodePoint(foldLetter(one.codePointAt(0) ?? 0)));
      expect(fold(letters.join(""))).toBe(apart.join(""));
    });
    fc.assert(law);
  });

  it("is named where it cannot be worked with while case is ignored, and only there", () => {
    const wide = "[\\x{80}-\\x{10FFFF}]";
    expect(operators.matches.findFault?.(wide)).toBeUndefined();
    expect(operators.matches.findFault?.(wide, true)).toMatch(/ignore case/);
    expect(operators.matches.findFault?.(`(?i)${wide}`)).toMatch(/ignore case/);
    const condition = { attribute: "a", operator: "matches", values: [wide], ignoreCase: true, negate: true } as const;
    expect(judgeCondition(condition, new Map([["a", "x"]])).met).toBe(false);
  });

  it("at the longest is taken", () => {
    for (const operator of ["glob", "matches"] as const) {
      expect(operators[operator].findFault?.("🦉".repeat(limits.patternLength))).toBeUndefined();
    }
  });
});

describe("a glob", () => {
  const matchesGlob = (glob: string, text: string) => compileGlob(glob)(text);
  /** By the plain definition: what each sign stands for, tried in every way. */
  const model = (pattern: string, text: string): boolean => {
    if (pattern === "") return text === "";
    if (pattern.startsWith("*")) {
      return Array.from({ length: text.length + 1 }, (_, at) => at).some((at) =>
        model(pattern.slice(1), text.slice(at)),
      );
    }
    const isAny = pattern.startsWith("?");
    const literal = /^\\[*?\\]/.test(pattern) ? pattern.slice(0, 2) : pattern.slice(0, 1);
    return text !== "" && (isAny || text[0] === literal.at(-1)) && model(pattern.slice(literal.length), text.slice(1));
  };

  it("matches what its definition says, whatever the pattern and the text", () => {
    const pattern = fc.array(fc.constantFrom("a", "b", "*", "?", "\\*", "\\"), { maxLength: 8 });
    const text = fc.array(fc.constantFrom("a", "b", "*", "\\"), { maxLength: 8 });
    const law = fc.property(pattern, text, (signs, letters) => {
      expect(matchesGlob(signs.join(""), letters.join(""))).toBe(model(signs.join(""), letters.join("")));
    });
    fc.assert(law, { numRuns: 2_000 });
  });

  it("of nothing but stars and signs, at its longest, is taken", () => {
    const glob = "*a".repeat(limits.patternLength / 2);
    expect(matchesGlob(glob, "a".repeat(limits.patternLength / 2))).toBe(true);
    expect(matchesGlob(glob, "a".repeat(limits.patternLength / 2 - 1))).toBe(false);
  });

  it("gives up on what takes too many comparisons", () => {
    expect(matchesGlob(`*${"a".repeat(200)}?b*`, "a".repeat(1_024))).toBe(false);
    expect(matchesGlob(`*${"a".repeat(200)}?b*`, "a".repeat(100_000))).toBeUndefined();
  });

  it("takes any character for one, however many units it has", () => {
    expect(matchesGlob("?-?", "🦉-é")).toBe(true);
    expect(matchesGlob("??", "🦉")).toBe(false);
  });
});
