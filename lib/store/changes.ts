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
}

export type Change =
  | {
      readonly kind: "put";
      readonly key: Key;
      readonly item: Readonly<Record<string, unknown>>;
      readonly when?: Condition;
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
      readonly when?: Condition;
    }
  | { readonly kind: "delete"; readonly key: Key; readonly when?: Condition }
  | { readonly kind: "check"; readonly key: Key; readonly when: Condition };

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
  if (a.kind === "check") return { ...b, when: unite(a.when, b.when) };
  if (b.kind === "check") return { ...a, when: unite(b.when, a.when) };
  if (a.kind === "update" && b.kind === "update") {
    return {
      ...a,
      set: { ...a.set, ...b.set },
      remove: [...(a.remove ?? []), ...(b.remove ?? [])],
      add: { ...a.add, ...b.add },
      setOnce: { ...a.setOnce, ...b.setOnce },
      when: unite(a.when, b.when),
    };
  }
  if (a.kind === "put" && b.kind === "update") return { ...a, item: { ...a.item, ...b.set } };
  throw new Error(`two changes of one item cannot be merged: ${a.kind} and ${b.kind} of ${a.key.pk} ${a.key.sk}`);
}

function unite(a: Condition | undefined, b: Condition | undefined): Condition {
  return {
    ...a,
    ...b,
    ...(a?.equals || b?.equals ? { equals: { ...a?.equals, ...b?.equals } } : {}),
    ...(a?.lacksOrEquals || b?.lacksOrEquals ? { lacksOrEquals: { ...a?.lacksOrEquals, ...b?.lacksOrEquals } } : {}),
    ...(a?.lacks || b?.lacks ? { lacks: [...(a?.lacks ?? []), ...(b?.lacks ?? [])] } : {}),
  };
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
  return parts.length > 0 ? parts.join(" AND ") : undefined;
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
