/** The tests of every route's requests rest on these lists: they are held against a validator that knows nothing of ours. */
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, it } from "vitest";
import type { Schema } from "./refusals-of-schema.ts";
import { listExtremes, listMisfits, listUnbounded } from "./refusals-of-schema.ts";

/** Whatever the body of some route may be made of. */
const schema: Schema = {
  type: "object",
  required: ["name", "saml"],
  additionalProperties: false,
  properties: {
    name: { type: "string", minLength: 1, maxLength: 5 },
    saml: {
      type: "object",
      required: ["url"],
      additionalProperties: false,
      properties: { url: { type: "string", maxLength: 20 }, port: { type: "integer", minimum: 1, maximum: 9 } },
    },
    kind: { type: "string", enum: ["one", "two"] },
    note: { anyOf: [{ type: "string", maxLength: 3 }, { type: "null" }] },
    list: {
      type: "array",
      minItems: 1,
      maxItems: 2,
      items: { type: "string", pattern: "^[a-z]{4}$" },
      example: ["abcd"],
    },
    map: {
      type: "object",
      maxProperties: 2,
      propertyNames: { type: "string", minLength: 1, maxLength: 4 },
      additionalProperties: { type: "string", maxLength: 2 },
    },
  },
};
const example = { name: "North", saml: { url: "there" } };
const fits = new Ajv2020({ strict: false }).compile(schema);

it("every misfit is one, and its pointer names where", () => {
  const misfits = [...listMisfits(schema, example)];
  expect(fits(example)).toBe(true);
  expect(misfits.filter(({ value }) => fits(value))).toEqual([]);
  const within = (kind: string) => misfits.filter((misfit) => misfit.kind === kind).map(({ pointer }) => pointer);
  expect(within("a member that nobody knows")).toEqual(["/unknown", "/saml/unknown"]);
  expect(within("a member that is missing")).toEqual(["/name", "/saml", "/saml/url"]);
  expect(within("a wrong value")).toEqual(["/saml/port", "/kind", "/list/0"]);
  expect(new Set(within("a wrong type"))).toEqual(
    new Set([
      "",
      "/name",
      "/saml",
      "/saml/url",
      "/saml/port",
      "/kind",
      "/note",
      "/list",
      "/list/0",
      "/map",
      "/map/key",
    ]),
  );
  const limits = ["/name", "/name", "/saml/url", "/saml/port", "/saml/port", "/note", "/list", "/list"];
  expect(within("one more than a limit, or one less")).toEqual([
    ...limits,
    "/map/key",
    "/map/",
    expect.any(String),
    "/map",
  ]);
});

it("every extreme fits, and is at a limit of each member", () => {
  const extremes = listExtremes(schema, example);
  expect(extremes.filter((value) => !fits(value))).toEqual([]);
  const fox = "\u{1F98A}";
  expect(extremes).toEqual([
    {
      name: fox.repeat(5),
      saml: { url: fox.repeat(20), port: 9 },
      note: fox.repeat(3),
      list: ["abcd", "abcd"],
      map: { [fox.repeat(4)]: fox.repeat(2), key0: expect.any(String) },
    },
    { name: fox, saml: { url: "there", port: 1 }, list: ["abcd"] },
  ]);
});

it("what has no limit is told", () => {
  const text: Schema = { type: "string" };
  const open = { a: text, b: { type: "array", items: text }, c: { type: "object", additionalProperties: text } };
  expect([...listUnbounded(schema)]).toEqual([]);
  expect([...listUnbounded({ type: "object", properties: open })]).toEqual([
    ...["/a", "/b", "/b/0", "/c", "/c/key", "/c/key"],
  ]);
});
