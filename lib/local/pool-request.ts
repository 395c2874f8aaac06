/** Reads the members of a request to Cognito's API. What is of the wrong kind is refused as Cognito refuses it. */
import { refuse } from "./pool-refusal.ts";
import { isRecord } from "./shape.ts";

export type PoolRequest = Readonly<Record<string, unknown>>;

export interface TextRule {
  readonly least: number;
  readonly most: number;
  readonly pattern: RegExp;
}

/** @throws PoolRefusal where it is no text, missing, too short, too long, or written otherwise */
export function demandText(request: PoolRequest, name: string, { least, most, pattern }: TextRule): string {
  const value = readText(request, name);
  if (value === undefined) throw constraint(undefined, name, "Member must not be null");
  const length = [...value].length;
  if (length < least) throw constraint(value, name, `Member must have length greater than or equal to ${least}`);
  if (length > most) throw constraint(value, name, `Member must have length less than or equal to ${most}`);
  if (!pattern.test(value))
    throw constraint(value, name, `Member must satisfy regular expression pattern: ${pattern.source}`);
  return value;
}

export function readText(request: PoolRequest, name: string): string | undefined {
  const value = request[name];
  if (value === undefined || value === null || typeof value === "string") return value ?? undefined;
  return refuse("SerializationException", `${name} is not a text`);
}

export function readFlag(request: PoolRequest, name: string): boolean | undefined {
  const value = request[name];
  if (value === undefined || value === null || typeof value === "boolean") return value ?? undefined;
  return refuse("SerializationException", `${name} is neither true nor false`);
}

export function readNumber(request: PoolRequest, name: string): number | undefined {
  const value = request[name];
  if (value === undefined || value === null || Number.isSafeInteger(value))
    return (value as number | null) ?? undefined;
  return refuse("SerializationException", `${name} is not a whole number`);
}

export function readTexts(request: PoolRequest, name: string): readonly string[] | undefined {
  const value = request[name];
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.every((it) => typeof it === "string")) return value;
  return refuse("SerializationException", `${name} is not a list of texts`);
}

export function readTextMap(request: PoolRequest, name: string): Readonly<Record<string, string>> | undefined {
  const value = request[name];
  if (value === undefined || value === null) return undefined;
  if (isRecord(value) && Object.values(value).every((it) => typeof it === "string")) {
    return value as Record<string, string>;
  }
  return refuse("SerializationException", `${name} is not a map of texts`);
}

/** One page of a list: `MaxResults` of them, at most 60, from `NextToken` on. */
export function pageOf<T>(
  all: readonly T[],
  request: PoolRequest,
): { readonly page: readonly T[]; readonly NextToken?: string } {
  const most = readNumber(request, "MaxResults") ?? 60;
  if (most < 1 || most > 60) throw constraint(String(most), "MaxResults", "Member must be between 1 and 60");
  const token = readText(request, "NextToken");
  const from = token === undefined ? 0 : Number(Buffer.from(token, "base64url").toString());
  if (!Number.isSafeInteger(from) || from < 0) refuse("InvalidParameterException", "Invalid pagination token.");
  const next = from + most;
  const rest = next < all.length ? { NextToken: Buffer.from(String(next)).toString("base64url") } : {};
  return { page: all.slice(from, next), ...rest };
}

function constraint(value: string | undefined, name: string, rule: string) {
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  return refuse(
    "InvalidParameterException",
    `1 validation error detected: Value ${value === undefined ? "null" : `'${value}'`} at '${member}' failed to satisfy constraint: ${rule}`,
  );
}
