/** A resource's attributes: what of them is secret, how they are patched, and what an audit entry tells of their change. */
import { describe, expect, it } from "vitest";
import type { Attributes } from "../../lib/domain/attributes.ts";
import {
  describeDifference,
  listSecrets,
  measureAttributes,
  patchAttributes,
  splitAttributes,
} from "../../lib/domain/attributes.ts";
import type { Json } from "../../lib/domain/canonical-json.ts";
import { limits } from "../../lib/domain/limits.ts";

const secret = (value?: Json) => (value === undefined ? { secret: true } : { secret: true, value });
const split = (attributes: Attributes) => {
  const { given, ...rest } = splitAttributes(attributes);
  return { ...rest, given: Object.fromEntries(given) };
};
const pointersOfFaults = (attributes: Attributes) => splitAttributes(attributes).faults.map(({ pointer }) => pointer);

describe("a secret among attributes", () => {
  it("is taken out wherever it stands, and its mark stays", () => {
    const attributes = {
      url: "https://x",
      token: secret("one"),
      mail: { smtp: { password: secret("two") }, port: 25 },
    };
    expect(split(attributes)).toEqual({
      shown: { url: "https://x", token: secret(), mail: { smtp: { password: secret() }, port: 25 } },
      given: { "/token": "one", "/mail/smtp/password": "two" },
      left: [],
      faults: [],
    });
  });

  it("stands nowhere in what is shown", () => {
    const deep = Array.from({ length: 30 }).reduce((inner: Json) => ({ inner }), secret("canary"));
    expect(JSON.stringify(splitAttributes({ deep, twin: secret("canary") }).shown)).not.toContain("canary");
  });

  it("is to stay as it is when it is sent back as it was shown", () => {
    expect(split({ token: secret(), other: secret("new") })).toMatchObject({
      given: { "/other": "new" },
      left: ["/token"],
      faults: [],
    });
  });

  it("may be an empty text", () => {
    expect(split({ token: secret("") })).toMatchObject({ given: { "/token": "" }, left: [], faults: [] });
  });

  it.each([
    ["a/b", "/a~1b"],
    ["a~b", "/a~0b"],
    ["~1", "/~01"],
    ["#", "/#"],
    ["", "/"],
    ["ключ", "/ключ"],
    ["__proto__", "/__proto__"],
    ["constructor", "/constructor"],
    ["toString", "/toString"],
    ["secret", "/secret"],
    ["value", "/value"],
  ])("may be named %j, and its pointer is %s", (name, pointer) => {
    const attributes: Attributes = JSON.parse(`{${JSON.stringify(name)}: {"secret": true, "value": "one"}}`);
    const { shown, given, faults } = splitAttributes(attributes);
    expect([...given]).toEqual([[pointer, "one"]]);
    expect(faults).toEqual([]);
    expect(JSON.stringify(shown)).toBe(`{${JSON.stringify(name)}:{"secret":true}}`);
    expect(listSecrets(shown)).toEqual([pointer]);
  });

  it("has a pointer that no other name has", () => {
    const attributes = { "a/b": secret("1"), a: { b: secret("2") }, "a~1b": secret("3"), "a~b": secret("4") };
    expect(splitAttributes(attributes).given.size).toBe(4);
  });

  it.each<[string, Attributes, string]>([
    ["in a list", { list: ["x", secret("one")] }, "/list/1"],
    ["in an object of a list", { list: [{ token: secret("one") }] }, "/list/0/token"],
    ["in a list, without a value", { list: [secret()] }, "/list/0"],
    ["in a list of lists", { list: [[secret("one")]] }, "/list/0/0"],
    ["with other members", { token: { ...secret("one"), hint: "x" } }, "/token"],
    ["with other members and no value", { token: { ...secret(), hint: "x" } }, "/token"],
    ["that is a number", { token: secret(5) }, "/token"],
    ["that is null", { token: secret(null) }, "/token"],
    ["that is a list", { token: secret(["one"]) }, "/token"],
    ["that is an object", { token: secret({ one: 1 }) }, "/token"],
  ])("is refused %s, where it stands", (_, attributes, pointer) => {
    const { given, left } = splitAttributes(attributes);
    expect(pointersOfFaults(attributes)).toEqual([pointer]);
    expect([given.size, left]).toEqual([0, []]);
    expect(JSON.stringify(splitAttributes(attributes))).not.toContain("one");
  });

  it.each<[string, Json]>([
    ["false", false],
    ["a text", "true"],
    ["a number", 1],
    ["null", null],
    ["an object", {}],
  ])("is none where `secret` is %s", (_, mark) => {
    const attributes = { token: { secret: mark, value: "one" } };
    expect(split(attributes)).toEqual({ shown: attributes, given: {}, left: [], faults: [] });
  });

  it("is not what all attributes together are: they would be shown, where a secret was meant", () => {
    expect(pointersOfFaults({ secret: true, value: "x" })).toEqual([""]);
    for (const attributes of [
      { secret: true },
      { secret: true, value: "x", url: "y" },
      { secret: false, value: "x" },
    ]) {
      expect(split(attributes)).toMatchObject({ shown: attributes, given: {}, faults: [] });
    }
  });

  it("has at most so many bytes, however many characters", () => {
    const most = "é".repeat(limits.secretBytes / 2);
    expect(split({ token: secret(most) })).toMatchObject({ given: { "/token": most }, faults: [] });
    expect(pointersOfFaults({ token: secret(`${most}x`) })).toEqual(["/token"]);
  });

  it("has a name of at most 900 bytes, with all that leads to it", () => {
    expect(pointersOfFaults({ ["n".repeat(899)]: secret("one") })).toEqual([]);
    expect(pointersOfFaults({ ["n".repeat(900)]: secret("one") })).toHaveLength(1);
    expect(pointersOfFaults({ ["é".repeat(450)]: secret("one") })).toHaveLength(1);
    expect(pointersOfFaults({ a: { ["n".repeat(898)]: secret() } })).toHaveLength(1);
  });

  it("is one of at most 20, those that stay among them", () => {
    const many = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`s${index}`, secret(index % 2 ? "x" : undefined)]),
      );
    expect(pointersOfFaults(many(limits.secretsPerResource))).toEqual([]);
    expect(pointersOfFaults(many(limits.secretsPerResource + 1))).toEqual([""]);
  });
});

/** RFC 7396, appendix A, but for the lines whose target is no object: attributes always are one. */
const examples: readonly [target: string, patch: string, result: string][] = [
  ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
  ['{"a":"b"}', '{"a":null}', "{}"],
  ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
  ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
  ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
  ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
  ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
  ["{}", '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
];

/** Its lines about other values, as what stands under a name. */
const within: readonly [target: string, patch: string, result: string][] = [
  ['["a","b"]', '["c","d"]', '["c","d"]'],
  ['{"a":"b"}', '["c"]', '["c"]'],
  ['{"a":"foo"}', '"bar"', '"bar"'],
  ["[1,2]", '{"a":"b","c":null}', '{"a":"b"}'],
];

describe("a merge patch", () => {
  it.each(examples)("of %s by %s gives %s", (target, patch, result) => {
    expect(JSON.stringify(patchAttributes(JSON.parse(target), JSON.parse(patch)))).toBe(result);
  });

  it.each(within)("under a name, of %s by %s gives %s", (target, patch, result) => {
    const patched = patchAttributes({ x: JSON.parse(target) }, { x: JSON.parse(patch) });
    expect(JSON.stringify(patched)).toBe(`{"x":${result}}`);
  });

  it("changes neither what was there nor what was sent", () => {
    const before = { a: { b: 1, c: [1] } };
    const patch = { a: { b: null, d: {} } };
    expect(patchAttributes(before, patch)).toEqual({ a: { c: [1], d: {} } });
    expect([before, patch]).toEqual([{ a: { b: 1, c: [1] } }, { a: { b: null, d: {} } }]);
  });

  it("takes names that mean something to JavaScript as names", () => {
    const patched = patchAttributes(
      { a: 1 },
      JSON.parse('{"__proto__": {"b": 1}, "constructor": 2, "toString": null}'),
    );
    expect(JSON.stringify(patched)).toBe('{"a":1,"__proto__":{"b":1},"constructor":2}');
    expect(({} as { b?: number }).b).toBeUndefined();
  });

  it("leaves a secret alone, gives it a new value, or takes it away", () => {
    const before = { token: secret(), url: "x" };
    const patched = (patch: Attributes) => split(patchAttributes(before, patch));
    expect(patched({ url: "y" })).toMatchObject({ left: ["/token"], given: {} });
    expect(patched({ token: { value: "new" } })).toMatchObject({ left: [], given: { "/token": "new" } });
    expect(patched({ token: secret("new") })).toMatchObject({ left: [], given: { "/token": "new" } });
    expect(patched({ token: null })).toMatchObject({ shown: { url: "x" }, left: [], given: {} });
    expect(patched({ token: "plain" })).toMatchObject({ shown: { token: "plain" }, left: [], given: {} });
  });
});

describe("attributes", () => {
  it("are measured as JSON, in bytes, with their secrets", () => {
    expect(measureAttributes({})).toBe(2);
    expect(measureAttributes({ a: "é" })).toBe(10);
    expect(measureAttributes({ a: "\u0001" })).toBe(14);
    expect(measureAttributes({ a: secret("12345") })).toBe(37);
  });
});

describe("the difference that an entry tells", () => {
  it.each<[string, Attributes, Attributes, Attributes, Attributes]>([
    ["nothing of what is the same", { a: 1 }, { a: 1 }, {}, {}],
    ["nothing of what is in another order", { a: { b: 1, c: 2 } }, { a: { c: 2, b: 1 } }, {}, {}],
    ["what is new", {}, { a: 1 }, {}, { a: 1 }],
    ["what is gone", { a: 1 }, {}, { a: 1 }, {}],
    ["what changed, and nothing beside it", { a: 1, b: 2 }, { a: 1, b: 3 }, { b: 2 }, { b: 3 }],
    ["a null that is new", {}, { a: null }, {}, { a: null }],
    ["a null that is gone", { a: null }, {}, { a: null }, {}],
    ["another order of a list", { a: [1, 2] }, { a: [2, 1] }, { a: [1, 2] }, { a: [2, 1] }],
    ["a text in the place of a number", { a: 1 }, { a: "1" }, { a: 1 }, { a: "1" }],
    ["a name that every object has", {}, { constructor: 1 } as Attributes, {}, { constructor: 1 } as Attributes],
  ])("is %s", (_, before, after, toldBefore, toldAfter) => {
    expect(describeDifference(before, after)).toEqual({ before: toldBefore, after: toldAfter });
  });

  it("is of a large value only how many bytes it has, before and after", () => {
    const [fits, large] = ["x".repeat(1_022), "x".repeat(1_023)];
    expect(describeDifference({ a: fits }, { a: large })).toEqual({
      before: { a: fits },
      after: { a: { bytes: 1_025 } },
    });
    expect(describeDifference({ a: large }, {})).toEqual({ before: { a: { bytes: 1_025 } }, after: {} });
    expect(describeDifference({}, { a: "é".repeat(512) }).after).toEqual({ a: { bytes: 1_026 } });
  });
});
