/** Canonical JSON, held against the examples printed in RFC 8785. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../lib/domain/canonical-json.ts";
import { canonicalize } from "../../lib/domain/canonical-json.ts";

/** A double from its 64 bits, as RFC 8785, appendix B, gives them. */
function fromBits(hexadecimal: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${hexadecimal}`));
  return view.getFloat64(0);
}

describe("members", () => {
  it("stand in the order of their names' UTF-16 units (RFC 8785, 3.2.3)", () => {
    const names = ["\u20ac", "\r", "\ufb33", "1", "\ud83d\ude00", "\u0080", "\u00f6"];
    const value = Object.fromEntries(names.map((name) => [name, 0]));
    expect(canonicalize(value)).toBe('{"\\r":0,"1":0,"\u0080":0,"\u00f6":0,"\u20ac":0,"\ud83d\ude00":0,"\ufb33":0}');
  });

  it("stand in that order at every depth, inside lists too, where elements stay in theirs", () => {
    expect(canonicalize({ b: [{ z: 1, a: 2 }, 1, 0], a: { d: {}, c: [] } })).toBe(
      '{"a":{"c":[],"d":{}},"b":[{"a":2,"z":1},1,0]}',
    );
  });

  it("that look like numbers are still compared as text", () => {
    expect(canonicalize({ 10: 0, 9: 0, "-1": 0 })).toBe('{"-1":0,"10":0,"9":0}');
  });

  it("that are undefined are left out", () => {
    expect(canonicalize({ a: undefined, b: null })).toBe('{"b":null}');
  });

  it("may have names that mean something to JavaScript", () => {
    expect(canonicalize(JSON.parse('{"constructor":2,"__proto__":{"x":1}}'))).toBe(
      '{"__proto__":{"x":1},"constructor":2}',
    );
  });
});

describe("values", () => {
  it("are written as the RFC's own example (3.2.2)", () => {
    const text = String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`;
    expect(canonicalize(JSON.parse(text))).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        String.raw`"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  it.each([
    ["0000000000000000", "0"],
    ["8000000000000000", "0"],
    ["0000000000000001", "5e-324"],
    ["8000000000000001", "-5e-324"],
    ["7fefffffffffffff", "1.7976931348623157e+308"],
    ["ffefffffffffffff", "-1.7976931348623157e+308"],
    ["4340000000000000", "9007199254740992"],
    ["c340000000000000", "-9007199254740992"],
    ["4430000000000000", "295147905179352830000"],
    ["44b52d02c7e14af5", "9.999999999999997e+22"],
    ["44b52d02c7e14af6", "1e+23"],
    ["44b52d02c7e14af7", "1.0000000000000001e+23"],
    ["444b1ae4d6e2ef4e", "999999999999999700000"],
    ["444b1ae4d6e2ef4f", "999999999999999900000"],
    ["444b1ae4d6e2ef50", "1e+21"],
    ["3eb0c6f7a0b5ed8c", "9.999999999999997e-7"],
    ["3eb0c6f7a0b5ed8d", "0.000001"],
    ["41b3de4355555553", "333333333.3333332"],
    ["41b3de4355555554", "333333333.33333325"],
    ["41b3de4355555555", "333333333.3333333"],
    ["41b3de4355555556", "333333333.3333334"],
    ["41b3de4355555557", "333333333.33333343"],
    ["becbf647612f3696", "-0.0000033333333333333333"],
    ["43143ff3c1cb0959", "1424953923781206.2"],
  ])("the number with the bits %s is written %s (appendix B)", (bits, text) => {
    expect(canonicalize(fromBits(bits))).toBe(text);
  });

  it.each(["7fffffffffffffff", "7ff0000000000000", "fff0000000000000"])(
    "the bits %s are no number that JSON knows, and are refused",
    (bits) => {
      expect(() => canonicalize({ at: [fromBits(bits)] })).toThrow(RangeError);
    },
  );
});

describe("canonical JSON, for all values", () => {
  const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;

  it("says the same as JSON does, and says it once: writing what was read changes nothing", () => {
    const law = fc.property(json, (value) => {
      const text = canonicalize(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalize(JSON.parse(text))).toBe(text);
    });
    fc.assert(law, { numRuns: 500 });
  });

  it("does not mind the order in which members were set", () => {
    const law = fc.property(fc.dictionary(fc.string({ unit: "binary" }), json), (value) => {
      expect(canonicalize(Object.fromEntries(Object.entries(value).reverse()))).toBe(canonicalize(value));
    });
    fc.assert(law, { numRuns: 500 });
  });
});
