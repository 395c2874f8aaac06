/** The values of a SAML attribute, out of the one text in which they come. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSamlValues } from "../../lib/identity/saml-values.ts";

/** As a form writes it: `application/x-www-form-urlencoded`. */
const encode = (value: string) => new URLSearchParams([["v", value]]).toString().slice("v=".length);
const write = (values: readonly string[]) =>
  values.length === 1 ? (values[0] ?? "") : `[${values.map(encode).join(", ")}]`;

describe("the text of a SAML attribute", () => {
  it.each([
    ["SOC", ["SOC"]],
    ["[a, b%2C+c]", ["a", "b, c"]],
    ["[SOC-Tier2, EMEA]", ["SOC-Tier2", "EMEA"]],
    ["[%5Badmins%5D, x]", ["[admins]", "x"]],
    ["[J%C3%BCrgen, %F0%9F%A6%89]", ["Jürgen", "🦉"]],
    ["[a%2Bb, c]", ["a+b", "c"]],
    ["[, a]", ["", "a"]],
    // A single value is itself, whatever it looks like.
    ["x, Admins", ["x, Admins"]],
    ["[admins]", ["[admins]"]],
    ["[]", ["[]"]],
    ["", [""]],
    ["a%2Cb", ["a%2Cb"]],
    ["[x, the admins]", ["[x, the admins]"]],
    ["[x,Admins]", ["[x,Admins]"]],
    ["[a, 100%]", ["[a, 100%]"]],
    ["[a, %FF]", ["[a, %FF]"]],
    ["[CN=a, CN=b]", ["[CN=a, CN=b]"]],
    ["x[a, b]", ["x[a, b]"]],
    ["[a, b]\n", ["[a, b]\n"]],
  ])("%j holds %j", (text, values) => {
    expect(readSamlValues(text)).toEqual(values);
  });

  it("has back all that was written into it, but for one value that is written as several are", () => {
    const value = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.constantFrom("x, Admins", "[admins]", "a+b", "%2C", ", "),
    );
    const law = fc.property(fc.array(value, { minLength: 1, maxLength: 5 }), (values) => {
      fc.pre(values.length > 1 || !/^\[.*, .*\]$/s.test(values[0] ?? ""));
      expect(readSamlValues(write(values))).toEqual(values);
    });
    fc.assert(law, { numRuns: 1_000 });
  });
});
