/** The audit log as lines: one entry on each, whatever stands in it, and all of them there. */
import { beforeAll, describe, expect, it } from "vitest";
import { hashText } from "../../lib/domain/audit.ts";
import type { Json } from "../../lib/domain/canonical-json.ts";
import { canonicalize } from "../../lib/domain/canonical-json.ts";
import { limits } from "../../lib/domain/limits.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { done, makeAcme } from "./acme.ts";
import { addEntries } from "./export-world.ts";

/** Whatever some tool takes for the end of a line. */
const LINE_ENDS = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/;

let acme: Acme;

beforeAll(async () => {
  acme = await makeAcme(await openTestStore());
  const nasty = ["one\ntwo", "\u001b[31mred\u001b[0m", "a\u2028b\u2029c\u0085d", '"}\n{"seq":1}'];
  for (const [index, value] of nasty.entries()) {
    const body = { name: `R${index}`, labels: { nasty: value }, attributes: { value } };
    await done(acme.api.call(acme.ann, `POST ${acme.W}/resources/workflow`, { body }));
  }
});

const read = (query: string, accept: string) =>
  acme.api.call(acme.ann, `GET ${acme.W}/audit-log?${query}`, { headers: { accept } });

describe("whoever accepts application/jsonl", () => {
  it("gets each entry as a line of its own, and the cursor as a header, page by page", async () => {
    const lines: string[] = [];
    for (let cursor = ""; ; ) {
      const page = await read(`order=asc&limit=2${cursor}`, "application/jsonl");
      expect([page.status, page.headers["content-type"]]).toEqual([200, "application/jsonl"]);
      expect(page.text.endsWith("\n")).toBe(true);
      lines.push(...page.text.slice(0, -1).split(LINE_ENDS));
      const next = page.headers["next-cursor"];
      if (next === undefined) break;
      cursor = `&cursor=${next}`;
    }
    const { items } = await done(acme.api.call(acme.ann, `GET ${acme.W}/audit-log?order=asc`));
    expect([lines.length, items.length]).toEqual([5, 5]);
    expect(lines.map((line) => JSON.parse(line))).toEqual(items);
  });

  it("can check each line by the rule alone", async () => {
    const { text } = await read("order=asc", "application/jsonl");
    for (const line of text.trimEnd().split("\n")) {
      const { hash, ...entry } = JSON.parse(line) as { readonly hash: string } & Record<string, Json>;
      expect(hashText(canonicalize(entry))).toBe(hash);
    }
  });

  it.each([
    ["application/json", "application/json"],
    ["*/*", "application/json"],
    ["text/html, application/jsonl;q=0.9", "application/jsonl"],
    ["APPLICATION/JSONL", "application/jsonl"],
  ])("%s is answered with %s", async (accept, type) => {
    expect((await read("limit=1", accept)).headers["content-type"]).toBe(type);
  });

  it("gets pages that Lambda lets through, whatever the entries hold", async () => {
    const opened = await openTestStore();
    const large = await makeAcme(opened);
    const text = "\u2028".repeat(limits.attributesBytes / 3 - 100);
    await addEntries(opened, large.place, 70, () => ({ after: { attributes: { text } } }));
    const seqs: number[] = [];
    for (let cursor = ""; ; ) {
      const path = `GET ${large.W}/audit-log?order=asc&limit=500${cursor}`;
      const page = await large.api.call(large.ann, path, { headers: { accept: "application/jsonl" } });
      // It is a text within JSON that the function answers with.
      expect(Buffer.byteLength(JSON.stringify(page.text))).toBeLessThan(6_000_000);
      seqs.push(
        ...page.text
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line).seq),
      );
      const next = page.headers["next-cursor"];
      if (next === undefined) break;
      cursor = `&cursor=${next}`;
    }
    expect(seqs).toEqual(Array.from({ length: 71 }, (_, index) => index + 1));
  });

  it("gets nothing where there is nothing", async () => {
    const { status, text } = await read("actor=nobody", "application/jsonl");
    expect([status, text]).toEqual([200, ""]);
  });
});
