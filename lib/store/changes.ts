/**
 * One write as a value, before it becomes a DynamoDB operation. Commands and the pipeline each give some; a transaction may name
 * an item once only, so those for one item are merged.
 */
import type { Key } from "./keys.ts";

export interface Condition {
  readonly exists?: boolean;
  /** Attributes that must have exactly these values. */
  readonly equals?: Readonly<Record<string, unknown>>;
  /** Attributes that the item must not have. */
  readonly lacks?: readonly string[];
  /** Attributes that the item has not, or with exactly these values. */
  readonly lacksOrEquals?: Readonly<Record<string, unknown>>;
  /** The item is absent, or its `expires` (epoch seconds) is not after this. */
  readonly absentOrExpired?: number;
  /** Another condition that must hold as well. */
  readonly and?: Condition | undefined;
}

export type Change =
  | {
      readonly kind: "put";
      readonly key: Key;
      readonly item: Readonly<Record<string, unknown>>;
      readonly when?: Condition | undefined;
    }
  | {
      readonly kind: "update";
      readonly key: Key;
      readonly set: Readonly<Record<string, unknown>>;
      readonly remove?: readonly string[];
      /** Numbers that grow by so much, from nothing where there is none. */
      readonly add?: Readonly<Record<string, number>>;
      /** What stays as it is where it stands already. */
      readonly setOnce?: Readonly<Record<string, unknown>>;
      readonly when?: Condition | undefined;
    }
  | { readonly kind: "delete"; readonly key: Key; readonly when?: Condition | undefined }
  | { readonly kind: "check"; readonly key: Key; readonly when: Condition | undefined };

/** One operation for each item: updates are united, checks join what else happens to the item. */
export function mergeChanges(changes: readonly Change[]): Change[] {
  const byItem = new Map<string, Change>();
  for (const change of changes) {
    const name = JSON.stringify([change.key.pk, change.key.sk]);
    const earlier = byItem.get(name);
    byItem.set(name, earlier === undefined ? change : merge(earlier, change));
  }
  return [...byItem.values()];
}

function merge(a: Change, b: Change): Change {
  if (a.kind === "check") return { ...b, when: unite(b.when, a.when) };
  if (b.kind === "check") return { ...a, when: unite(b.when, a.when) };
  if (a.kind === "update" && b.kind === "update" && agree(a.set, b.set)) {
    return {
      ...a,
      set: { ...a.set, ...b.set },
      remove: [...(a.remove ?? []), ...(b.remove ?? [])],
      add: sumUp(a.add, b.add),
      setOnce: { ...a.setOnce, ...b.setOnce },
      when: unite(b.when, a.when),
    };
  }
  // What is put is new or replaced: of an update that asks for anything of what stood there before, something would be lost.
  if (a.kind === "put" && b.kind === "update" && isPlain(b)) return { ...a, item: { ...a.item, ...b.set } };
  throw new Error(`two changes of one item cannot be merged: ${a.kind} and ${b.kind} of ${a.key.pk} ${a.key.sk}`);
}

function isPlain({ remove, add, setOnce, when }: Extract<Change, { kind: "update" }>): boolean {
  return remove === undefined && add === undefined && setOnce === undefined && when === undefined;
}

/** Whether what two updates set can stand in one item. */
function agree(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(b).every(([name, value]) => !(name in a) || JSON.stringify(a[name]) === JSON.stringify(value));
}

function sumUp(
  a: Readonly<Record<string, number>> = {},
  b: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const sum = { ...a };
  for (const [attribute, by] of Object.entries(b)) sum[attribute] = (sum[attribute] ?? 0) + by;
  return sum;
}

/** Both hold: where they contradict each other, as of an item that was read at two moments, nothing is written. */
function unite(a: Condition | undefined, b: Condition | undefined): Condition | undefined {
  if (a === undefined || JSON.stringify(a) === JSON.stringify(b)) return b;
  return { ...a, and: b };
}

interface Expression {
  readonly Key?: Key;
  readonly Item?: Record<string, unknown>;
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, unknown>;
}

/** The change as an item of `TransactWriteItems`. Names and values only ever stand as placeholders in an expression. */
export function toOperation(table: string, change: Change): Record<string, Expression & { TableName: string }> {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const name = (attribute: string) => {
    const placeholder = `#${Object.keys(names).length}`;
    names[placeholder] = attribute;
    return placeholder;
  };
  const value = (content: unknown) => {
    const placeholder = `:${Object.keys(values).length}`;
    values[placeholder] = content;
    return placeholder;
  };
  const when = change.when === undefined ? undefined : writeCondition(change.when, name, value);
  const update = change.kind === "update" ? writeUpdate(change, name, value) : undefined;
  const common = {
    TableName: table,
    ...(when ? { ConditionExpression: when } : {}),
    ...(update ? { UpdateExpression: update } : {}),
    ...(Object.keys(names).length > 0 ? { ExpressionAttributeNames: names } : {}),
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
  };
  if (change.kind === "put") return { Put: { ...common, Item: { ...change.item, ...change.key } } };
  const operation = { update: "Update", delete: "Delete", check: "ConditionCheck" }[change.kind];
  return { [operation]: { ...common, Key: change.key } };
}

type Placeholder<T> = (of: T) => string;

function writeCondition(when: Condition, name: Placeholder<string>, value: Placeholder<unknown>): string | undefined {
  const parts = listParts(when, name, value);
  return parts.length > 0 ? parts.join(" AND ") : undefined;
}

function listParts(when: Condition, name: Placeholder<string>, value: Placeholder<unknown>): string[] {
  const parts: string[] = [];
  if (when.exists === true) parts.push(`attribute_exists(${name("pk")})`);
  if (when.exists === false) parts.push(`attribute_not_exists(${name("pk")})`);
  for (const [attribute, content] of Object.entries(when.equals ?? {}))
    parts.push(`${name(attribute)} = ${value(content)}`);
  for (const [attribute, content] of Object.entries(when.lacksOrEquals ?? {})) {
    const placeholder = name(attribute);
    parts.push(`(attribute_not_exists(${placeholder}) OR ${placeholder} = ${value(content)})`);
  }
  for (const attribute of when.lacks ?? []) parts.push(`attribute_not_exists(${name(attribute)})`);
  if (when.absentOrExpired !== undefined) {
    parts.push(`(attribute_not_exists(${name("pk")}) OR ${name("expires")} <= ${value(when.absentOrExpired)})`);
  }
  if (when.and !== undefined) parts.push(...listParts(when.and, name, value));
  return parts;
}

function writeUpdate(
  change: Extract<Change, { kind: "update" }>,
  name: Placeholder<string>,
  value: Placeholder<unknown>,
): string {
  const sets: string[] = [];
  const removes = (change.remove ?? []).map((attribute) => name(attribute));
  const adds = Object.entries(change.add ?? {}).map(([attribute, by]) => `${name(attribute)} ${value(by)}`);
  for (const [attribute, content] of Object.entries(change.set)) {
    if (content === undefined) removes.push(name(attribute));
    else sets.push(`${name(attribute)} = ${value(content)}`);
  }
  for (const [attribute, content] of Object.entries(change.setOnce ?? {})) {
    const placeholder = name(attribute);
    sets.push(`${placeholder} = if_not_exists(${placeholder}, ${value(content)})`);
  }
  return [
    ...(sets.length > 0 ? [`SET ${sets.join(", ")}`] : []),
    ...(removes.length > 0 ? [`REMOVE ${removes.join(", ")}`] : []),
    ...(adds.length > 0 ? [`ADD ${adds.join(", ")}`] : []),
  ].join(" ");
}
