/** Filter patterns of CloudWatch Logs: those that are known here mean the same, and all others are refused. */
import { describe, expect, test } from "vitest";
import { readFilterPattern } from "../../lib/local/filter-pattern.ts";

const line = {
  event: "access.denied",
  knownIn: "org_1",
  empty: "",
  count: 7,
  flag: true,
  nothing: null,
  list: ["a"],
  principal: { kind: "user", id: "usr_1" },
};

describe("a pattern holds", () => {
  test.each([
    '{ $.event = "access.denied" }',
    '{$.event="access.denied"}',
    '{ $.event = "*" }',
    '{ $.event = "access.*" }',
    '{ $.event = "*denied" }',
    '{ $.event = "a*s.d*d" }',
    '{ $.principal.id = "usr_1" }',
    '{ $.count = "7" }',
    '{ $.flag = "true" }',
    '{ $.empty = "*" }',
    '{ $.empty = "" }',
    '{ ($.event = "access.denied") }',
    '{ (($.event = "access.denied")) }',
    '{ ($.event = "x") || ($.event = "access.denied") }',
    '{ $.event = "access.denied" && $.knownIn = "*" }',
    '{ $.event = "x" || $.event = "y" || $.event = "access.denied" }',
    '{ (($.event = "access.denied") && ($.knownIn = "*")) || ($.event = "api_key.used") }',
    '{ ($.event = "x") || (($.event = "access.denied") && ($.knownIn = "org_1")) }',
  ])("%s", (pattern) => {
    expect(readFilterPattern(pattern)(line)).toBe(true);
  });
});

describe("a pattern does not hold", () => {
  test.each([
    '{ $.event = "access" }',
    '{ $.event = "Access.denied" }',
    '{ $.event = "accessXdenied" }',
    '{ $.event = "" }',
    '{ $.other = "*" }',
    '{ $.nothing = "*" }',
    '{ $.list = "*" }',
    '{ $.principal = "*" }',
    '{ $.principal.kind.length = "*" }',
    '{ $.event.length = "*" }',
    '{ $.constructor = "*" }',
    '{ ($.event = "access.denied") && ($.knownIn = "org_2") }',
    '{ ($.event = "x") || ($.event = "y") }',
    '{ ($.event = "x") && (($.event = "access.denied") || ($.knownIn = "*")) }',
  ])("%s", (pattern) => {
    expect(readFilterPattern(pattern)(line)).toBe(false);
  });

  test.each([undefined, null, "access.denied", 7, [line]])("of what is no object: %j", (other) => {
    expect(readFilterPattern('{ $.event = "*" }')(other)).toBe(false);
  });
});

describe("what this host does not know is refused", () => {
  test.each([
    "",
    "ERROR",
    '"access.denied"',
    "[ip, user, ...]",
    "{ }",
    "{ $.event }",
    "{ $.event = access.denied }",
    "{ $.count = 7 }",
    '{ $.event != "x" }',
    "{ $.count > 7 }",
    "{ $.event IS NULL }",
    "{ $.event NOT EXISTS }",
    '{ $.list[0] = "a" }',
    '{ $["event"] = "x" }',
    '{ $.event = "a?c" }',
    '{ $.event = "a\\"b" }',
    "{ $.event = %a|b% }",
    '{ $.event = "x" ',
    '{ ($.event = "x" }',
    '{ $.event = "x") }',
    '{ $.event = "x" && }',
    '{ && $.event = "x" }',
    '{ $.event = "x" $.event = "y" }',
    '{ ($.event = "x") ($.event = "y") }',
    '{ "x" = $.event }',
    "{ $.event = $.knownIn }",
    // Which of the two binds closer, parentheses have to say.
    '{ $.event = "x" && $.event = "y" || $.event = "z" }',
  ])("%s", (pattern) => {
    expect(() => readFilterPattern(pattern)).toThrow(`The local host does not know the filter pattern ${pattern}`);
  });
});
