/**
 * What a schema refuses, and what it only just takes, derived from the schema as the document shows it: whatever a new route
 * says that it takes is held to it by its schema and its example alone.
 */

/** The part of JSON Schema that the document uses. */
export interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly propertyNames?: Schema;
  readonly maxProperties?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly example?: unknown;
}

export const misfitKinds = [
  "a member that nobody knows",
  "a member that is missing",
  "a wrong type",
  "a wrong value",
  "one more than a limit, or one less",
] as const;

export interface Misfit {
  readonly kind: (typeof misfitKinds)[number];
  /** Where in the value it stands: what a refusal must name. */
  readonly pointer: string;
  readonly value: unknown;
}

/** Values with one fault each. @param example a value that fits, as far as there is one */
export function* listMisfits(schema: Schema, example: unknown, pointer = ""): Generator<Misfit> {
  for (const [type, value] of Object.entries(valueOfType)) {
    if (!admits(schema, type)) yield { kind: "a wrong type", pointer, value };
  }
  const plain = findPlain(schema);
  if (plain === undefined) return;
  if (plain.enum !== undefined || plain.const !== undefined) {
    if (admits(plain, "string")) yield { kind: "a wrong value", pointer, value: "nonsense" };
  } else if (plain.type === "string") yield* listTextMisfits(plain, pointer);
  else if (plain.type === "integer" || plain.type === "number") yield* listNumberMisfits(plain, pointer);
  else if (plain.type === "array") yield* listArrayMisfits(plain, example, pointer);
  else if (plain.type === "object") yield* listObjectMisfits(plain, example, pointer);
}

/** Values that are exactly at the limits of a schema: of several limits, each is in one of them at least. */
export function listExtremes(schema: Schema, example: unknown): unknown[] {
  const plain = findPlain(schema);
  if (plain === undefined || plain.enum !== undefined || plain.const !== undefined) return [];
  const { minLength = 0, maxLength, minimum, maximum, minItems = 0, maxItems } = plain;
  if (plain.type === "string") {
    const lengths = [maxLength, plain.format === undefined && minLength > 0 ? minLength : undefined];
    return lengths.flatMap((length) => (length === undefined ? [] : [writeText(plain, length)]));
  }
  if (plain.type === "integer" || plain.type === "number") return [maximum, minimum].filter((one) => one !== undefined);
  // Of things that must differ there are not as many as there may be.
  if (plain.type === "array" && plain.uniqueItems) return [];
  if (plain.type === "array") {
    const counts = [maxItems, minItems > 0 ? minItems : undefined];
    return counts.flatMap((count) => (count === undefined ? [] : [repeatItems(plain, example, count)]));
  }
  if (plain.type !== "object") return [];
  return plain.properties === undefined ? listMapExtremes(plain) : listObjectExtremes(plain, sample(plain, example));
}

/** Where a schema takes texts, lists or maps of any size. */
export function* listUnbounded(schema: Schema, pointer = ""): Generator<string> {
  const { anyOf = [], properties = {}, additionalProperties, items, maxLength, maxItems, maxProperties } = schema;
  const isBounded = schema.pattern !== undefined || schema.enum !== undefined || schema.const !== undefined;
  const most = { string: isBounded ? 0 : maxLength, array: maxItems, object: maxProperties };
  const isMap = typeof additionalProperties === "object" && Object.keys(additionalProperties).length > 0;
  const { type } = schema;
  if ((type === "string" || type === "array" || (type === "object" && isMap)) && most[type] === undefined)
    yield pointer;
  for (const one of anyOf) yield* listUnbounded(one, pointer);
  for (const [name, member] of Object.entries(properties)) yield* listUnbounded(member, `${pointer}/${name}`);
  if (items !== undefined) yield* listUnbounded(items, `${pointer}/0`);
  if (!isMap) return;
  yield* listUnbounded(additionalProperties, `${pointer}/key`);
  yield* listUnbounded(schema.propertyNames ?? { type: "string" }, `${pointer}/key`);
}

/** Some value that fits, with no more members than it must have. */
function sample(schema: Schema, example: unknown = schema.example): unknown {
  if (example !== undefined) return example;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.anyOf?.[0] !== undefined) return sample(schema.anyOf[0]);
  if (schema.format === "date-time") return "2999-01-01T00:00:00.000Z";
  if (schema.type === "string") return writeText(schema, Math.min(8, schema.maxLength ?? 8));
  if (schema.type === "array") return repeatItems(schema, undefined, schema.minItems ?? 0);
  if (schema.type === "object") {
    const { properties = {}, required = [] } = schema;
    return Object.fromEntries(required.map((name) => [name, sample(properties[name] ?? {})]));
  }
  return { integer: schema.minimum ?? 0, number: schema.minimum ?? 0, boolean: true }[schema.type ?? ""] ?? null;
}

const valueOfType = { null: null, boolean: true, number: 7, string: "text", array: [], object: {} };

function admits(schema: Schema, type: string): boolean {
  if (schema.anyOf !== undefined) return schema.anyOf.some((one) => admits(one, type));
  const own = schema.type ?? (schema.const === undefined ? undefined : typeof schema.const);
  return own === undefined || own === type || (own === "integer" && type === "number");
}

/** The one thing that a schema takes beside null. Of several no fault within can be told, only that none of them fits. */
function findPlain(schema: Schema): Schema | undefined {
  if (schema.anyOf === undefined) return schema;
  const rest = schema.anyOf.filter(({ type }) => type !== "null");
  return rest.length === 1 ? rest[0] : undefined;
}

function* listTextMisfits(schema: Schema, pointer: string): Generator<Misfit> {
  const { minLength = 0, maxLength, pattern } = schema;
  const kind = "one more than a limit, or one less";
  if (minLength > 0) yield { kind, pointer, value: writeText({}, minLength - 1) };
  if (maxLength !== undefined) yield { kind, pointer, value: writeText(schema, maxLength + 1) };
  if (pattern !== undefined) yield { kind: "a wrong value", pointer, value: findUnlike(pattern) };
}

function* listNumberMisfits({ type, minimum, maximum }: Schema, pointer: string): Generator<Misfit> {
  const kind = "one more than a limit, or one less";
  if (minimum !== undefined) yield { kind, pointer, value: minimum - 1 };
  if (maximum !== undefined) yield { kind, pointer, value: maximum + 1 };
  if (type === "integer") yield { kind: "a wrong value", pointer, value: (minimum ?? 0) + 0.5 };
}

function* listArrayMisfits(schema: Schema, example: unknown, pointer: string): Generator<Misfit> {
  const { items = {}, minItems = 0, maxItems } = schema;
  const kind = "one more than a limit, or one less";
  if (minItems > 0) yield { kind, pointer, value: repeatItems(schema, example, minItems - 1) };
  if (maxItems !== undefined) yield { kind, pointer, value: repeatItems(schema, example, maxItems + 1) };
  const [first] = repeatItems(schema, example, 1);
  for (const misfit of listMisfits(items, first, `${pointer}/0`)) yield { ...misfit, value: [misfit.value] };
}

function* listObjectMisfits(schema: Schema, example: unknown, pointer: string): Generator<Misfit> {
  const { properties = {}, required = [], additionalProperties, propertyNames, maxProperties } = schema;
  const whole = sample(schema, example) as Readonly<Record<string, unknown>>;
  if (schema.properties !== undefined || additionalProperties === false) {
    const value = { ...whole, unknown: 1 };
    yield { kind: "a member that nobody knows", pointer: `${pointer}/unknown`, value };
  }
  for (const name of required) {
    const { [name]: _missing, ...value } = whole;
    yield { kind: "a member that is missing", pointer: `${pointer}/${name}`, value };
  }
  for (const [name, member] of Object.entries(properties)) {
    for (const misfit of listMisfits(member, whole[name], `${pointer}/${name}`)) {
      yield { ...misfit, value: { ...whole, [name]: misfit.value } };
    }
  }
  if (typeof additionalProperties !== "object") return;
  for (const misfit of listMisfits(additionalProperties, undefined, `${pointer}/key`)) {
    yield { ...misfit, value: { key: misfit.value } };
  }
  for (const { kind, value: name } of listTextMisfits(propertyNames ?? {}, pointer)) {
    yield { kind, pointer: `${pointer}/${name}`, value: { [String(name)]: sample(additionalProperties) } };
  }
  if (maxProperties !== undefined) {
    const value = countUp(maxProperties + 1, sample(additionalProperties));
    yield { kind: "one more than a limit, or one less", pointer, value };
  }
}

/** Each member at one of its limits; one that has fewer limits than another is as in the example, if it must be there. */
function listObjectExtremes({ properties = {}, required = [] }: Schema, whole: unknown): unknown[] {
  const example = whole as Readonly<Record<string, unknown>>;
  const least = Object.fromEntries(required.map((name) => [name, example[name]]));
  const members = Object.entries(properties).map(
    ([name, member]) => [name, listExtremes(member, example[name])] as const,
  );
  const most = Math.max(0, ...members.map(([, values]) => values.length));
  return Array.from({ length: most }, (_, index) => {
    const atLimit = members.filter(([, values]) => index < values.length);
    return { ...least, ...Object.fromEntries(atLimit.map(([name, values]) => [name, values[index]])) };
  });
}

/** As many members as there may be, of which one has the longest name and the largest value. */
function listMapExtremes({ propertyNames = {}, additionalProperties, maxProperties }: Schema): unknown[] {
  const values = typeof additionalProperties === "object" ? additionalProperties : {};
  const [name] = listExtremes(propertyNames, undefined);
  const [value] = listExtremes(values, undefined);
  if (name === undefined && value === undefined && maxProperties === undefined) return [];
  const rest = countUp((maxProperties ?? 1) - 1, sample(values));
  return [{ [String(name ?? "key")]: value ?? sample(values), ...rest }];
}

function countUp(count: number, value: unknown): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, value]));
}

/** A text of so many characters, each of them two units of UTF-16 where that is allowed: characters are what is counted. */
function writeText({ format, pattern }: Schema, length: number): string {
  const tail = format === "email" ? "@acme.example" : "";
  const text = (pattern === undefined ? "\u{1F98A}" : "x").repeat(length - tail.length) + tail;
  if (pattern !== undefined && !new RegExp(pattern, "u").test(text)) throw new Error(`no text is known for ${pattern}`);
  return text;
}

function findUnlike(pattern: string): string {
  const found = ["nonsense", "*", "non sense", "\u{1F98A}"].find((text) => !new RegExp(pattern, "u").test(text));
  if (found === undefined) throw new Error(`everything is like ${pattern}`);
  return found;
}

/** So many items that fit, the same over and over: those of the example, else of the schema's own. */
function repeatItems({ items = {}, example: own }: Schema, example: unknown, count: number): unknown[] {
  const given = [example, own].find((list): list is unknown[] => Array.isArray(list) && list.length > 0);
  const list = given ?? [sample(items)];
  return Array.from({ length: count }, (_, index) => list[index % list.length]);
}
