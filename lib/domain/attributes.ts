/**
 * A resource's attributes, and the secrets among them. `{"secret": true, "value": "…"}` gives a secret; wherever attributes are
 * kept, shown or logged it stands as `{"secret": true}`, which, sent back, leaves it as it is. No code reads a secret's value again.
 */
import type { Json } from "./canonical-json.ts";
import { canonicalize } from "./canonical-json.ts";
import type { Fault } from "./errors.ts";
import { limits } from "./limits.ts";

export type Attributes = Readonly<Record<string, Json>>;

export interface SplitAttributes {
  /** Without any secret's value: what is kept beside the resource, and shown. */
  readonly shown: Attributes;
  /** Secrets that were given, by their JSON pointers. */
  readonly given: ReadonlyMap<string, string>;
  /** Secrets that are to stay as they are. */
  readonly left: readonly string[];
  /** Pointers are relative to the attributes. */
  readonly faults: readonly Fault[];
}

const MARK: Json = { secret: true };
/** A secret's pointer stands in a key. */
const POINTER_BYTES = 900;

type Members = Readonly<Record<string, Json | undefined>>;

/** Takes the secrets out of attributes as they were sent. */
export function splitAttributes(attributes: Attributes): SplitAttributes {
  const given = new Map<string, string>();
  const left: string[] = [];
  const faults: Fault[] = [];
  const take = (mark: Members, pointer: string, isInList: boolean): Json => {
    const { secret: _, value, ...others } = mark;
    const fault = (detail: string) => faults.push({ pointer, detail });
    if (isInList) fault("A secret stands in an object, not in a list, where its place would change.");
    else if (Object.keys(others).length > 0) fault("An object with `secret: true` holds a `value` and nothing else.");
    else if (Buffer.byteLength(pointer) > POINTER_BYTES) fault("A secret's name is too long.");
    else if (value === undefined) left.push(pointer);
    else if (typeof value !== "string") fault("A secret's value is a text.");
    else if (Buffer.byteLength(value) > limits.secretBytes) fault(`A secret has at most ${limits.secretBytes} bytes.`);
    else given.set(pointer, value);
    return MARK;
  };
  const walk = (value: Json, pointer: string, isInList: boolean): Json => {
    if (value === null || typeof value !== "object") return value;
    if (isList(value)) return value.map((element, index) => walk(element, `${pointer}/${index}`, true));
    if (value.secret === true) return take(value, pointer, isInList);
    return walkMembers(value, pointer, isInList);
  };
  const walkMembers = (value: Members, pointer: string, isInList: boolean) =>
    Object.fromEntries(
      Object.entries(value).map(([name, member = null]) => [
        name,
        walk(member, `${pointer}/${escapeName(name)}`, isInList),
      ]),
    );
  if (isMark(attributes)) faults.push({ pointer: "", detail: "A secret is an attribute: give it a name." });
  const shown = walkMembers(attributes, "", false);
  if (given.size + left.length > limits.secretsPerResource) {
    faults.push({ pointer: "", detail: `At most ${limits.secretsPerResource} secrets.` });
  }
  return { shown, given, left, faults };
}

/** Attributes that are a secret themselves were meant to hold one: they would be kept, and shown, as they are. */
function isMark(attributes: Attributes): boolean {
  return attributes.secret === true && Object.keys(attributes).sort().join() === "secret,value";
}

/** The pointers of the secrets among attributes as they are kept. */
export function listSecrets(shown: Attributes): string[] {
  return [...splitAttributes(shown).left];
}

/** Attributes after a merge patch (RFC 7396). */
export function patchAttributes(before: Attributes, patch: Attributes): Attributes {
  return mergePatch(before, patch) as Attributes;
}

function mergePatch(before: Json, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const after = new Map(Object.entries(isObject(before) ? before : {}));
  for (const [name, member] of Object.entries(patch)) {
    if (member === null || member === undefined) after.delete(name);
    else after.set(name, mergePatch(after.get(name) ?? null, member));
  }
  return Object.fromEntries(after);
}

/** Bytes that attributes take, as they were sent: with their secrets. */
export function measureAttributes(attributes: Attributes): number {
  return Buffer.byteLength(JSON.stringify(attributes));
}

/** Bytes of a value that an audit entry shows whole; of a larger one it tells that it is another. */
const SHOWN_BYTES = 1_024;

/** What an audit entry tells of a change: the members that are other than before, each as it was and as it is. */
export function describeDifference(before: Attributes, after: Attributes): { before: Attributes; after: Attributes } {
  const isOther = ([name, value]: [string, Json], other: Attributes) =>
    !Object.hasOwn(other, name) || canonicalize(value) !== canonicalize(other[name] ?? null);
  const describe = (one: Attributes, other: Attributes) =>
    Object.fromEntries(
      Object.entries(one)
        .filter((member) => isOther(member, other))
        .map(([name, value]) => [name, abridge(value)]),
    );
  return { before: describe(before, after), after: describe(after, before) };
}

function abridge(value: Json): Json {
  const bytes = Buffer.byteLength(JSON.stringify(value));
  return bytes <= SHOWN_BYTES ? value : { bytes };
}

function escapeName(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json): value is { readonly [name: string]: Json | undefined } {
  return value !== null && typeof value === "object" && !isList(value);
}
