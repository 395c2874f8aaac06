/** The examples of `docs/events.md`, for those who follow the audit log's events. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import type { Json } from "../../lib/domain/canonical-json.ts";
import { canonicalize } from "../../lib/domain/canonical-json.ts";
import type { OrgId } from "../../lib/domain/ids.ts";
import { toEvent } from "../../lib/events/audit-event.ts";
import { readFilter } from "../../lib/local/record-filter.ts";
import { readMarked } from "../docs/page.ts";

const read = (mark: string) =>
  readMarked("docs/events.md", mark)
    .replaceAll(/^```(json)?$/gm, "")
    .trim();
const example = JSON.parse(read("event"));
const { hash, ...entry } = example.detail;
const text = canonicalize(entry as Json);

test("the event is what becomes of its entry, whose hash is true", () => {
  const [orgId] = example.resources as [OrgId];
  const event = toEvent("bus", { orgId, seq: entry.seq, text, hash });
  expect(JSON.parse(event.Detail ?? "")).toEqual(example.detail);
  expect([event.Source, event.DetailType, event.Resources]).toEqual([
    example.source,
    example["detail-type"],
    example.resources,
  ]);
  expect(event.Time?.toISOString().replace(/\.\d+Z/, "Z")).toBe(example.time);
  expect(readMarked("ARCHITECTURE.md", "audit-example")).toContain(`${text}\n${hash}\n`);
});

test("the event is as the schema says", () => {
  const schema = JSON.parse(readFileSync(join(import.meta.dirname, "../../docs/events.schema.json"), "utf8"));
  const isAsDocumented = new Ajv2020({ formats: { "date-time": true } }).compile(schema);
  expect([isAsDocumented(example), isAsDocumented.errors]).toEqual([true, null]);
});

test("each pattern takes the event, and not one about something else", () => {
  const patterns = read("patterns").split("\n");
  expect(patterns).toHaveLength(5);
  const other = { source: "other", "detail-type": "x", resources: [], detail: { actor: {}, target: {} } };
  for (const Pattern of patterns) {
    const isTaken = readFilter({ Filters: [{ Pattern }] }, "The pattern");
    // An event's list matches where one of its values does, of which records of a stream have none.
    const taken = { ...example, resources: example.resources[0] };
    expect([Pattern, isTaken(taken), isTaken(other)]).toEqual([Pattern, true, false]);
  }
});
