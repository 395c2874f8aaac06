/** One line of a log for each thing told: nothing that a caller wrote ends it, or acts on whoever shows it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeInvisible } from "../../functions/wiring/log-line.ts";

/** What ends a line somewhere, commands a terminal, or turns the reading round. */
const ACTING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

describe("a line", () => {
  it.each([
    ["a line feed", "\n", "\\n"],
    ["a carriage return", "\r", "\\r"],
    ["NUL", "\0", "\\u0000"],
    ["a terminal's escape", "\x1b[31m", "\\u001b[31m"],
    ["the same in one character", "\x9b31m", "\\u009b31m"],
    ["a deletion", "\x7f", "\\u007f"],
    ["a next line", "\x85", "\\u0085"],
    ["a line separator", "\u2028", "\\u2028"],
    ["a paragraph separator", "\u2029", "\\u2029"],
    ["an override of direction", "\u202e", "\\u202e"],
    ["an isolate", "\u2066", "\\u2066"],
    ["a byte order mark", "\ufeff", "\\ufeff"],
    ["a tag, which takes two units", "\u{e0041}", "\\udb40\\udc41"],
  ])("has %s as an escape", (_, character, escaped) => {
    expect(escapeInvisible(JSON.stringify({ a: `x${character}y` }))).toBe(`{"a":"x${escaped}y"}`);
  });

  it("leaves what can be seen as it is, in any script", () => {
    const line = JSON.stringify({ name: 'Ünïcödé 東京 שלום 😀 "quoted" \\ back' });
    expect(escapeInvisible(line)).toBe(line);
  });

  it("stands for the same as before, whatever was written", () => {
    const units = fc.string({ unit: "binary", maxLength: 200 });
    const acting = fc.constantFrom("\n", "\x1b", "\x85", "\x9b", "\u2028", "\u2029", "\u202e", "\u{e0001}", "\ud800");
    const text = fc.array(fc.oneof(units, acting), { maxLength: 10 }).map((parts) => parts.join(""));
    const law = fc.property(fc.dictionary(text, text), (said) => {
      const line = escapeInvisible(JSON.stringify(said));
      expect(line).not.toMatch(ACTING);
      expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(said)));
    });
    fc.assert(law, { numRuns: 500 });
  });
});
