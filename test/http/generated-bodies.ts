/** Bodies made from JSON schemas: ones that fit, and ones spoiled in one way. */
import type { Random } from "./random.ts";

export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What stands for a member, by its way through the body (`subject.id`), where a schema says no more than that it is a text. */
export type Vocabulary = (member: string) => unknown;

/** Said of a member by a vocabulary: it is better left out. */
export const leftOut = Symbol("left out");

const words = [
  "north",
  "south",
  "triage",
  "Zürich",
  "東京",
  "🦩 flamingo",
  "a b",
  "ﬁne",
  "e\u0301te\u0301",
  "\u202eright",
];

/** A value that fits the schema. */
export function makeValue(schema: Schema, random: Random, vocabulary: Vocabulary, member = ""): unknown {
  if (schema.anyOf?.some(({ type }) => type === "null") && random.chance(0.15)) return null;
  const meant = vocabulary(member);
  if (meant !== undefined) return meant;
  if (schema.anyOf !== undefined) return makeValue(random.pick(schema.anyOf), random, vocabulary, member);
  if (schema.enum !== undefined) return random.pick(schema.enum);
  if (schema.const !== undefined) return schema.const;
  switch (schema.type) {
    case "string":
      return makeText(schema, random);
    case "integer":
      return random.integer(schema.minimum ?? 0, Math.min(schema.maximum ?? 100, 100));
    case "array":
      return Array.from({ length: random.integer(schema.minItems ?? 0, Math.min(schema.maxItems ?? 3, 3)) }, () =>
        makeValue(schema.items ?? {}, random, vocabulary, member),
      );
    case "object":
      return makeObject(schema, random, vocabulary, member);
    case "null":
      return null;
    default:
      return random.pick<unknown>([null, true, 7, "text", [1, "a"], { a: { b: [] } }]);
  }
}

function makeText({ format, minLength = 0, maxLength = 40 }: Schema, random: Random): string {
  if (format === "date-time") return new Date(Date.now() + random.integer(-30, 30) * 86_400_000).toISOString();
  const text = `${random.pick(words)} ${random.integer(0, 999_999)}`.slice(0, maxLength).toWellFormed();
  return text.length < minLength ? text.padEnd(minLength, "x") : text;
}

function makeObject(schema: Schema, random: Random, vocabulary: Vocabulary, member: string): unknown {
  const own = Object.entries(schema.properties ?? {})
    .filter(([name]) => schema.required?.includes(name) || random.chance(0.4))
    .map(([name, of]) => [name, makeValue(of, random, vocabulary, member === "" ? name : `${member}.${name}`)])
    .filter(([, value]) => value !== leftOut);
  const { additionalProperties: free } = schema;
  const others =
    typeof free === "object" && random.chance(0.5)
      ? [[`m${random.integer(0, 5)}`, makeValue(free, random, vocabulary, `${member}.*`)]]
      : [];
  return Object.fromEntries([...own, ...others]);
}

const oddTexts = [
  "",
  " ",
  "\u0000",
  "a\u0007b",
  "\ud800",
  "\udfff\ud800",
  "\u2028",
  "\u0085",
  "\ufeff",
  "\u200b\u200d",
  "\ufdfa".repeat(40),
  "İıſß",
  "e\u0301\u0302\u0303".repeat(25),
  "🏳️‍🌈".repeat(30),
  "__proto__",
  "constructor",
  "../../..",
  "%00",
  "ORG#org_x",
  "' OR 1=1 --",
  "{{7*7}}",
  "*",
  "workflow:*",
];
const wrongValues: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  "",
  "text",
  [],
  [null],
  [[]],
  {},
  { a: 1 },
  { toString: null },
];
const extraNames = [
  "id",
  "version",
  "status",
  "managedBy",
  "seq",
  "colour",
  "a/b~c",
  "",
  "constructor",
  "toString",
  "\u0000",
];

interface Site {
  readonly holder: Record<string, unknown>;
  readonly name: string;
  readonly schema: Schema | undefined;
}

/** Every place within a value at which something else could stand. */
function listSites(value: unknown, schema: Schema | undefined): Site[] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((name) => {
    const of = Array.isArray(value) ? schema?.items : schema?.properties?.[name];
    return [{ holder, name, schema: of }, ...listSites(holder[name], of)];
  });
}

type Spoiler = (value: unknown, schema: Schema, random: Random) => unknown;

/** Change a value, or give another one. */
const spoilValue: readonly Spoiler[] = [
  (value, schema, random) => replaceAt(value, schema, random, () => random.pick(wrongValues)),
  (value, schema, random) => replaceAt(value, schema, random, () => random.pick(oddTexts)),
  (value, schema, random) => replaceAt(value, schema, random, (old, of) => stretch(old, of, random)),
  (value, schema, random) => {
    const site = pickSite(value, schema, random);
    if (site !== undefined) delete site.holder[site.name];
    return value;
  },
  (value, _schema, random) =>
    typeof value === "object" ? { ...value, [random.pick(extraNames)]: random.pick(wrongValues) } : value,
  (_value, _schema, random) => random.pick(wrongValues),
];

function pickSite(value: unknown, schema: Schema, random: Random): Site | undefined {
  const sites = listSites(value, schema);
  return sites.length === 0 ? undefined : random.pick(sites);
}

function replaceAt(
  value: unknown,
  schema: Schema,
  random: Random,
  instead: (old: unknown, schema: Schema | undefined) => unknown,
): unknown {
  const site = pickSite(value, schema, random);
  if (site === undefined) return instead(value, schema);
  site.holder[site.name] = instead(site.holder[site.name], site.schema);
  return value;
}

/** Right at a limit, or one beyond. */
function stretch(old: unknown, schema: Schema | undefined, random: Random): unknown {
  const beyond = random.integer(0, 1);
  if (Array.isArray(old)) {
    const length = (schema?.maxItems ?? 20) + beyond;
    return Array.from({ length }, (_, index) => old[index % Math.max(1, old.length)] ?? "x");
  }
  if (typeof old === "string") return "é".repeat((schema?.maxLength ?? 1_000) + beyond);
  if (typeof old === "number") return (schema?.maximum ?? 2 ** 31) + beyond;
  return Object.fromEntries(Array.from({ length: 20 + beyond }, (_, index) => [`l${index}`, "x".repeat(64 + beyond)]));
}

/** What no value can be, or what only its text shows. */
const spoilText: readonly ((text: string, random: Random) => string | Buffer)[] = [
  (text, random) => text.slice(0, random.integer(0, text.length - 1)),
  (text) => `${text}}`,
  (text) => text.replace(/^\{("[^"]*"):/, "{$1:null,$1:"),
  (text) => text.replace(/^\{/, '{"__proto__":{"status":"active"},'),
  (text) => text.replace(/:("[^"]*"|\[)/, ': 1e999, "was": $1'),
  (text) => text.replace(/^\{/, '{"\\ud800":1,'),
  (text) => text.replaceAll('"', "'"),
  (text, random) => nest(text, random.pick([31, 32, 33, 1_000, 20_000])),
  (text, random) => text.replace(/"[^"]*"\}/, `"${"x".repeat(random.pick([300, 5_000, 70_000, 300_000]))}"}`),
  (text) => Buffer.concat([Buffer.from(text.slice(0, -2)), Buffer.from([0xff, 0xc0, 0x80]), Buffer.from('"}')]),
  (text) => `\ufeff${text}`,
  () => "x".repeat(1_048_577),
  () => `"${"y".repeat(1_048_570)}"`,
  () => "",
];

function nest(text: string, depth: number): string {
  return text.replace(/^\{/, `{"deep":${"[".repeat(depth)}${"]".repeat(depth)}${text.length > 2 ? "," : ""}`);
}

/** The text of a body that (all but by chance) does not fit. */
export function spoilBody(value: unknown, schema: Schema, random: Random): string | Buffer {
  if (random.chance(0.7)) return JSON.stringify(random.pick(spoilValue)(value, schema, random)) ?? "null";
  return random.pick(spoilText)(JSON.stringify(value), random);
}
