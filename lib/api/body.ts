/**
 * Reads what a client sent, refusing with a pointer whatever is not exactly what the route takes. Comes before anything is
 * looked up, so that a refused request costs nothing and stores nothing.
 */
import type * as z from "zod";
import type { Fault } from "../domain/errors.ts";
import { Refusal, refuseInvalid } from "../domain/errors.ts";
import { holdsCredential } from "../domain/key-form.ts";
import { limits } from "../domain/limits.ts";
import type { HttpRequest } from "./exchange.ts";

const JSON_TYPE = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;
/** A refusal names so many faults at most, and shows so much of where each stands: what was sent is no measure of what is answered. */
const MOST_FAULTS = 50;
const POINTER_LENGTH = 256;
const MERGE_PATCH_TYPE = /^application\/merge-patch\+json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/** The body as the schema gives it. A route that takes none still refuses one that is not an object without members. */
export function readBody<T>(request: HttpRequest, schema: z.ZodType<T>): T {
  const { body } = request;
  if (body === undefined || body === "") return validate(schema, request.method === "POST" ? {} : undefined);
  const bytes = Buffer.byteLength(body);
  if (bytes > limits.bodyBytes) {
    throw new Refusal("request.too_large", `A body may be ${limits.bodyBytes} bytes; this one is ${bytes}.`);
  }
  const type = request.headers.get("content-type") ?? "";
  if (!JSON_TYPE.test(type) && !(request.method === "PATCH" && MERGE_PATCH_TYPE.test(type))) {
    throw new Refusal("request.media_type", "Send application/json.");
  }
  const value = parseJson(body);
  const faults = findOddities(value, "", 0).take(MOST_FAULTS).toArray();
  if (faults.length > 0) refuseInvalid(...faults);
  return validate(schema, value);
}

/** The query as the schema gives it; whatever is wrong with it is a malformed request. */
export function readQuery<T>(request: HttpRequest, schema: z.ZodType<T>): T {
  const repeated = [...request.query].find(([, values]) => values.length > 1);
  if (repeated !== undefined) refuseParameter(repeated[0], `The query names ${repeated[0]} more than once.`);
  const given = Object.fromEntries([...request.query].map(([name, values]) => [name, values[0]]));
  const result = schema.safeParse(given, { error: explain });
  if (result.success) return result.data;
  const errors = toFaults(result.error);
  throw new Refusal("request.malformed", "The query is not one that this route takes; see errors.", { errors });
}

/** Refuses one parameter of a query, which the refusal names as it would a member of a body. */
export function refuseParameter(name: string, detail: string): never {
  const errors = [{ pointer: `/${escapePointer(name)}`, detail }];
  throw new Refusal("request.malformed", detail, { errors });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal("request.malformed", "The body is not JSON.");
  }
}

/** A value as a schema gives it, or a refusal that names each fault. */
export function validate<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value, { error: explain });
  return result.success ? result.data : refuseInvalid(...toFaults(result.error));
}

/** In words of ours, where the schema has none: most requests that are refused have left something out. */
const explain: z.core.$ZodErrorMap = ({ code, input }) =>
  code === "invalid_type" && input === undefined ? "This is missing." : undefined;

function toFaults(error: z.ZodError): Fault[] {
  const all = listFaults(error.issues, []);
  return all.take(MOST_FAULTS).toArray();
}

type Issue = z.ZodError["issues"][number];

function* listFaults(issues: readonly Issue[], above: readonly PropertyKey[]): Generator<Fault> {
  for (const issue of issues) {
    const path = [...above, ...issue.path];
    const nearest = issue.code === "invalid_union" ? findNearest(issue.errors) : undefined;
    const at = path.map((part) => `/${escapePointer(String(part))}`).join("");
    if (nearest !== undefined) yield* listFaults(nearest, path);
    else if (issue.code === "invalid_key") yield { pointer: at, detail: issue.issues[0]?.message ?? issue.message };
    else if (issue.code !== "unrecognized_keys") yield { pointer: at, detail: issue.message };
    else {
      const detail = "This field is not one that can be set here.";
      yield* issue.keys.values().map((key) => ({ pointer: `${at}/${escapePointer(key)}`, detail }));
    }
  }
}

/** Of several forms, what is wrong with the one that was surely meant: it fits farthest into it, and then in the most. */
function findNearest(forms: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const [first, second] = forms
    .map((issues) => ({ issues, depth: issues.reduce((least, { path }) => Math.min(least, path.length), Infinity) }))
    .sort((a, b) => b.depth - a.depth || a.issues.length - b.issues.length);
  const isClear = first?.depth !== second?.depth || first?.issues.length !== second?.issues.length;
  return isClear ? first?.issues : undefined;
}

function escapePointer(part: string): string {
  return part.slice(0, POINTER_LENGTH).toWellFormed().replaceAll("~", "~0").replaceAll("/", "~1");
}

const NO_PLACE_FOR_KEYS = "This is the secret of an API key, which others would read here.";

/**
 * What no schema sees: names that mean something to JavaScript, half characters, numbers beyond numbers, bottomless nesting, and
 * secrets of API keys where no secret is kept.
 */
function* findOddities(value: unknown, pointer: string, depth: number, isSecret = false): Generator<Fault> {
  if (depth > limits.bodyDepth) {
    yield { pointer, detail: `Nesting may be ${limits.bodyDepth} deep.` };
  } else if (typeof value === "string") {
    if (!value.isWellFormed()) yield { pointer, detail: "The text holds half a character (a lone surrogate)." };
    if (!isSecret && holdsCredential(value)) yield { pointer, detail: NO_PLACE_FOR_KEYS };
  } else if (typeof value === "number") {
    if (!Number.isFinite(value)) yield { pointer, detail: "The number is too large." };
  } else if (typeof value === "object" && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      const at = `${pointer}/${escapePointer(name.toWellFormed())}`;
      if (name === "__proto__" || !name.isWellFormed()) yield { pointer: at, detail: "This name cannot be used." };
      else if (holdsCredential(name)) yield { pointer: at, detail: NO_PLACE_FOR_KEYS };
      else yield* findOddities(member, at, depth + 1, name === "value" && "secret" in value && value.secret === true);
    }
  }
}
