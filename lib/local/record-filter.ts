/**
 * The filter criteria of an event source: patterns of which a record must match one. Of the operators only those are known here that
 * the template uses; any other is refused by name, so that nothing is let through, or held back, that AWS would not.
 */
import { asList, asRecord, isRecord } from "./shape.ts";
import { StartRefusal } from "./start-refusal.ts";

export type RecordFilter = (record: unknown) => boolean;

/** Lambda's default quota of filters for one event source. */
const MOST_FILTERS = 5;

/** @param criteria the property `FilterCriteria`; without any, all records match @throws StartRefusal */
export function readFilter(criteria: unknown, where: string): RecordFilter {
  if (criteria === undefined) return () => true;
  const filters = asList(asRecord(criteria, where).Filters ?? [], `${where}.Filters`);
  if (filters.length > MOST_FILTERS) throw new StartRefusal(`${where} has more than ${MOST_FILTERS} filters.`);
  const patterns = filters.map((filter) => readPattern(asRecord(filter, where).Pattern, where));
  return (record) => patterns.length === 0 || patterns.some((matches) => matches(record));
}

function readPattern(text: unknown, where: string): RecordFilter {
  try {
    const pattern: unknown = JSON.parse(String(text));
    if (isRecord(pattern)) return matchMembers(pattern, where);
  } catch (error) {
    if (error instanceof StartRefusal) throw error;
  }
  throw new StartRefusal(`${where} has a pattern that is no JSON object: ${String(text)}`);
}

/** Every member of the pattern must match; what else the record has does not matter. */
function matchMembers(pattern: Readonly<Record<string, unknown>>, where: string): RecordFilter {
  const members = Object.entries(pattern).map(([name, rule]) => {
    const matches = Array.isArray(rule) ? matchAny(rule, where) : matchMembers(asRecord(rule, where), where);
    return (value: unknown) => matches(isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined);
  });
  return (value) => members.every((matches) => matches(value));
}

/** One of the rules must match. A leaf: what has members of its own matches none. */
function matchAny(rules: readonly unknown[], where: string): RecordFilter {
  const alternatives = rules.map((rule) => readRule(rule, where));
  return (value) => alternatives.some((matches) => matches(value));
}

function readRule(rule: unknown, where: string): RecordFilter {
  if (typeof rule === "string") return (value) => value === rule;
  const [entry, ...more] = isRecord(rule) ? Object.entries(rule) : [];
  if (entry?.[0] === "exists" && typeof entry[1] === "boolean" && more.length === 0) {
    const isWanted = entry[1];
    return (value) => isLeaf(value) === isWanted;
  }
  throw new StartRefusal(`${where} has the rule ${JSON.stringify(rule)}, which this host does not know.`);
}

function isLeaf(value: unknown): boolean {
  return value !== undefined && !isRecord(value);
}
