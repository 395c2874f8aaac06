import { describe, expect, test } from "vitest";
import { readFilter } from "../../lib/local/record-filter.ts";

const filterOf = (...patterns: unknown[]) =>
  readFilter({ Filters: patterns.map((pattern) => ({ Pattern: JSON.stringify(pattern) })) }, "The filter");
const record = {
  eventName: "INSERT",
  dynamodb: { Keys: { pk: { S: "a" } }, NewImage: { text: { S: "" }, seq: { N: "1" } } },
};

describe("a record", () => {
  test.each<[string, unknown, boolean]>([
    ["that has the value", { eventName: ["INSERT"] }, true],
    ["that has one of the values", { eventName: ["MODIFY", "INSERT"] }, true],
    ["that has another value", { eventName: ["MODIFY"] }, false],
    ["that has the value below", { dynamodb: { Keys: { pk: { S: ["a"] } } } }, true],
    ["that has a member, be it empty", { dynamodb: { NewImage: { text: { S: [{ exists: true }] } } } }, true],
    ["that lacks a member", { dynamodb: { NewImage: { hash: { S: [{ exists: true }] } } } }, false],
    ["that has the member of another type", { dynamodb: { NewImage: { seq: { S: [{ exists: true }] } } } }, false],
    ["that is to lack what it lacks", { dynamodb: { OldImage: { hash: { S: [{ exists: false }] } } } }, true],
    ["that is to lack what it has", { dynamodb: { NewImage: { seq: { N: [{ exists: false }] } } } }, false],
    ["that has members where a value is asked for", { dynamodb: { NewImage: [{ exists: true }] } }, false],
    ["of which a name is asked that objects inherit", { constructor: { name: [{ exists: true }] } }, false],
    ["in which all must match and one does not", { eventName: ["INSERT"], eventSource: ["x"] }, false],
    ["of which nothing is asked", {}, true],
  ])("%s", (_, pattern, matches) => {
    expect(filterOf(pattern)(record)).toBe(matches);
  });

  test("matches where one of several filters does, and where there is none", () => {
    expect(filterOf({ eventName: ["MODIFY"] }, { eventName: ["INSERT"] })(record)).toBe(true);
    expect(filterOf({ eventName: ["MODIFY"] }, { eventName: ["REMOVE"] })(record)).toBe(false);
    expect(filterOf()(record)).toBe(true);
    expect(readFilter(undefined, "The filter")(record)).toBe(true);
  });
});

describe("is refused at the start:", () => {
  test.each([
    ["prefix", [{ prefix: "ORG" }]],
    ["suffix", [{ suffix: "AUDIT" }]],
    ["anything-but", [{ "anything-but": ["x"] }]],
    ["numeric", [{ numeric: [">", 1] }]],
    ["equals-ignore-case", [{ "equals-ignore-case": "x" }]],
    ["wildcard", [{ wildcard: "*" }]],
    ["cidr", [{ cidr: "10.0.0.0/8" }]],
    ["exists with something else", [{ exists: true, prefix: "x" }]],
    ["exists that is neither", [{ exists: "true" }]],
    ["a number", [1]],
    ["null", [null]],
    ["a rule that is no list", "x"],
  ])("%s", (_, rule) => {
    expect(() => filterOf({ eventName: rule })).toThrow(/^The filter/);
  });

  test("alternatives of members", () => {
    expect(() => filterOf({ $or: [{ eventName: ["INSERT"] }] })).toThrow('The filter has the rule {"eventName"');
  });

  test.each(["{", "[]", '"x"', undefined])("the pattern %s", (Pattern) => {
    expect(() => readFilter({ Filters: [{ Pattern }] }, "The filter")).toThrow(
      "The filter has a pattern that is no JSON",
    );
  });

  test("more filters than Lambda takes", () => {
    expect(() => filterOf({}, {}, {}, {}, {}, {})).toThrow("The filter has more than 5 filters.");
  });
});
