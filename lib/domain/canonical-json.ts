/**
 * Canonical JSON (RFC 8785): no white space, members sorted by the UTF-16 units of their names, strings and numbers as
 * ECMAScript writes them. The same value gives the same bytes everywhere, so that its hash can be checked with other tools.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json | undefined };

/** Members that are `undefined` are left out, as `JSON.stringify` leaves them out. Numbers must be finite. */
export function canonicalize(value: Json): string {
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError("JSON knows finite numbers only");
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalize).join(",")}]`;
  const members = Object.entries(value).filter((member): member is [string, Json] => member[1] !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalize(member)}`).join(",")}}`;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
