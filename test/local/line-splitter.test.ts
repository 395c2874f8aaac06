import fc from "fast-check";
import { expect, it } from "vitest";
import { LineSplitter } from "../../lib/local/line-splitter.ts";

function split(chunks: readonly Buffer[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line.toString()));
  for (const chunk of chunks) splitter.add(chunk);
  splitter.end();
  return lines;
}

it.each<[string, string[]]>([
  ["", []],
  ["a", ["a"]],
  ["a\n", ["a"]],
  ["a\n\nb", ["a", "", "b"]],
  ["a\r\nb\r\n", ["a", "b"]],
  ["a\rb\n", ["a\rb"]],
  ["a\u2028b\n", ["a\u2028b"]],
])("cuts %j into lines", (text, lines) => {
  expect(split([Buffer.from(text)])).toEqual(lines);
});

it("cuts the same lines wherever the chunks end, within a character or a line end, too", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "é", "\u2028", "\r", "\n", "\r\n", "ab") });
  const law = fc.property(text, fc.array(fc.nat({ max: 3 })), (given, sizes) => {
    const bytes = Buffer.from(given);
    const chunks: Buffer[] = [];
    let at = 0;
    for (const size of sizes) {
      chunks.push(bytes.subarray(at, at + size));
      at += size;
    }
    const wanted = given.split("\n").map((line) => line.replace(/\r$/, ""));
    if (given === "" || given.endsWith("\n")) wanted.pop();
    expect(split([...chunks, bytes.subarray(at)])).toEqual(wanted);
  });
  fc.assert(law, { numRuns: 500 });
});

it("says how much waits for its end", () => {
  const splitter = new LineSplitter(() => {});
  splitter.add(Buffer.from("ab\ncde"));
  splitter.add(Buffer.from("fg"));
  expect(splitter.pending).toBe(5);
  splitter.add(Buffer.from("\n"));
  expect(splitter.pending).toBe(0);
});
