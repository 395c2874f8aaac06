/** Conditions: what is met, what is not, and what cannot be told. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Condition } from "../../lib/domain/conditions.ts";
import { judgeCondition } from "../../lib/domain/conditions.ts";
import { readName } from "../../lib/domain/distinguished-names.ts";
import type { OperatorName } from "../../lib/domain/operators.ts";
import { operators } from "../../lib/domain/operators.ts";

const TIER2 = "CN=SOC Tier 2,OU=Groups,DC=acme,DC=example";
const attributes = new Map<string, string | number | boolean | (string | number | boolean)[]>([
  ["groups", ["SOC-Tier2", "EMEA"]],
  ["level", 7],
  ["active", true],
  ["none", []],
  ["names", [TIER2, "CN=EMEA,OU=Regions,DC=acme,DC=example"]],
  ["mixed", [TIER2, "no name"]],
]);
const met = (condition: Partial<Condition> & { attribute: string }) =>
  judgeCondition({ operator: "equals", values: ["x"], ...condition }, attributes).met;

describe("a condition", () => {
  it.each<[boolean, Partial<Condition> & { attribute: string }]>([
    [true, { attribute: "groups", values: ["EMEA"] }],
    [false, { attribute: "groups", values: ["emea"] }],
    [true, { attribute: "groups", values: ["emea"], ignoreCase: true }],
    [false, { attribute: "groups", values: ["EMEA"], negate: true }],
    [true, { attribute: "groups", values: ["APAC"], negate: true }],
    [true, { attribute: "groups", operator: "prefix", values: ["NOC", "SOC"] }],
    // What a provider writes as a number or a truth value is the text that another writes.
    [true, { attribute: "level", values: ["7"] }],
    [true, { attribute: "level", values: [7] }],
    [true, { attribute: "active", values: ["true"] }],
    [true, { attribute: "level", operator: "gte", values: [7] }],
    // Absent is absent: nothing but `exists` can be met by it.
    [false, { attribute: "absent" }],
    [false, { attribute: "absent", negate: true }],
    [false, { attribute: "none", negate: true }],
    [false, { attribute: "absent", operator: "exists", values: [] }],
    [true, { attribute: "absent", operator: "exists", values: [], negate: true }],
    [true, { attribute: "groups", operator: "exists", values: [] }],
    [false, { attribute: "none", operator: "exists", values: [] }],
    // What cannot be told is not met, whichever way it is asked.
    [false, { attribute: "groups", operator: "gt", values: ["1"] }],
    [false, { attribute: "groups", operator: "gt", values: ["1"], negate: true }],
    [false, { attribute: "groups", operator: "cidr", values: ["10.0.0.0/8"], negate: true }],
    [false, { attribute: "groups", operator: "matches", values: ["("], negate: true }],
    [false, { attribute: "groups", operator: "like" as OperatorName, values: ["EMEA"], negate: true }],
    [false, { attribute: "groups", operator: "constructor" as OperatorName, values: ["EMEA"] }],
    // Parts of Distinguished Names.
    [true, { attribute: "names#cn", values: ["SOC Tier 2"] }],
    [true, { attribute: "names#OU", values: ["Regions"] }],
    [false, { attribute: "names#cn", values: ["SOC"] }],
    [false, { attribute: "names#cn", values: ["Groups"] }],
    [true, { attribute: "mixed#cn", values: ["SOC Tier 2"] }],
    [false, { attribute: "mixed#cn", values: ["EMEA"], negate: true }],
    [false, { attribute: "groups#cn", values: ["EMEA"] }],
    [false, { attribute: "groups#cn", operator: "exists", values: [] }],
  ])("is %s: %j", (expected, condition) => {
    expect(met(condition)).toBe(expected);
  });

  it("says why", () => {
    const reason = (condition: Condition) => judgeCondition(condition, attributes).reason;
    expect(reason({ attribute: "groups", operator: "equals", values: ["EMEA"] })).toBe('groups has "EMEA"');
    expect(reason({ attribute: "absent", operator: "equals", values: ["x"] })).toBe("absent is absent");
    expect(reason({ attribute: "groups", operator: "gt", values: ["1"] })).toBe('"EMEA" is no number');
    expect(reason({ attribute: "mixed#cn", operator: "equals", values: ["x"] })).toBe(
      '"no name" is no Distinguished Name',
    );
  });

  it("is met by the set of an attribute's elements: their order and doubles do not matter, and negated it is the opposite", () => {
    const element = fc.constantFrom("SOC", "soc", "SOC-2", "7", "-1", "10.1.2.3", "x, SOC", "[SOC]", "");
    const operator = fc.constantFrom(...(Object.keys(operators) as OperatorName[]).filter((name) => name !== "exists"));
    const value = fc.constantFrom("SOC", "7", "10.0.0.0/8", "S*", "^SOC$", "");
    const law = fc.property(
      fc.array(element, { minLength: 1, maxLength: 5 }),
      operator,
      fc.array(value, { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      (elements, name, values, ignoreCase) => {
        const condition: Condition = { attribute: "a", operator: name, values, ignoreCase };
        const judge = (list: readonly string[], negate = false) =>
          judgeCondition({ ...condition, negate }, new Map([["a", list]])).met;
        expect(judge([...elements].reverse())).toBe(judge(elements));
        expect(judge([...elements, ...elements])).toBe(judge(elements));
        // Not both, and neither only where something cannot be told.
        expect(judge(elements) && judge(elements, true)).toBe(false);
        if (!["matches", "cidr", "gt", "gte", "lt", "lte"].includes(name)) {
          expect(judge(elements, true)).toBe(!judge(elements));
        }
      },
    );
    fc.assert(law, { numRuns: 1_000 });
  });
});

describe("a Distinguished Name", () => {
  const partsOf = (text: string, type: string) => {
    const parts = readName(text);
    return parts && (parts.get(type) ?? []);
  };

  it.each([
    [TIER2, "dc", ["acme", "example"]],
    ["cn = Soc , ou=Groups", "cn", ["Soc"]],
    ["CN=x\\, Admins,OU=Groups", "cn", ["x, Admins"]],
    // A container is not the group, whatever it is called.
    ["CN=x,CN=Admins", "cn", ["x"]],
    ["CN=Interns,CN=Admins,DC=acme", "cn", ["Interns"]],
    ["OU=Sub,CN=Admins", "cn", ["Admins"]],
    ["CN=a+CN=b,CN=c", "cn", ["a", "b"]],
    ["CN=a;CN=Admins", "cn", undefined],
    ['CN="a,CN=Admins"', "cn", undefined],
    ["CN=a\\;b", "cn", ["a;b"]],
    ["CN=a+OU=b", "ou", ["b"]],
    ["OU=a,CN=b,CN=c", "cn", ["b", "c"]],
    ["CN=a", "ou", []],
    ["cn\\=a", "cn", undefined],
    ["=a", "cn", undefined],
    ["CN=J\\C3\\BCrgen", "cn", ["Jürgen"]],
    ["CN=Jürgen 🦉", "cn", ["Jürgen 🦉"]],
    ["CN=a\\ ", "cn", ["a "]],
    ["CN=a\\\\ ,OU=b", "cn", ["a\\"]],
    ["CN=a=b", "cn", ["a=b"]],
    ["2.5.4.3=x", "2.5.4.3", ["x"]],
    ["CN=", "cn", [""]],
    ["SOC", "cn", undefined],
    ["CN=a,b", "cn", undefined],
    ["CN=\\GG", "cn", undefined],
    ["CN=a\\", "cn", undefined],
    ["CN=\\FF", "cn", undefined],
    ["CN=#0401", "cn", undefined],
    ["", "cn", undefined],
  ])("%j has as %s %j", (text, type, parts) => {
    expect(partsOf(text, type)).toEqual(parts);
  });

  it("has back whatever value was escaped into it", () => {
    const escaped = (value: string) => value.replace(/[ "#+,;<=>\\]/g, (letter) => `\\${letter}`);
    const law = fc.property(fc.string({ unit: "grapheme" }), fc.string(), (value, other) => {
      expect(partsOf(`CN=${escaped(value)},OU=${escaped(other)}`, "cn")).toEqual([value]);
    });
    fc.assert(law, { numRuns: 1_000 });
  });
});
