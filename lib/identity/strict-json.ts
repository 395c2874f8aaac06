/**
 * JSON that means the same to every reader. A token is read by its issuer, by gateways and by us; what they could understand
 * differently is refused: doubled member names, NUL, names that mean something to JavaScript, bytes that are not UTF-8.
 */
import { refuse } from "./credential-refusal.ts";

const UNUSABLE_NAMES = new Set(["__proto__", "constructor", "prototype"]);
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads a JSON object, strictly.
 * @throws CredentialRefusal `token.bad_json`
 */
export function readStrictObject(bytes: Uint8Array): ReadonlyMap<string, unknown> {
  const { text, value } = parse(bytes);
  if (typeof value !== "object" || value === null || Array.isArray(value)) refuse("token.bad_json");
  // JSON.parse keeps the last of two members of one name, so that it then has fewer members than the text has colons.
  if (countMembers(value) !== countColons(text)) refuse("token.bad_json", "a doubled name");
  return new Map(Object.entries(value));
}

function parse(bytes: Uint8Array): { text: string; value: unknown } {
  try {
    const text = decoder.decode(bytes);
    return { text, value: JSON.parse(text) };
  } catch {
    return refuse("token.bad_json");
  }
}

/** The members of all objects in a value, however deep; refuses unusable texts on the way. */
function countMembers(value: unknown): number {
  let members = 0;
  const left = [value];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (typeof next === "string" && next.includes("\0")) refuse("token.bad_json", "NUL");
    if (typeof next !== "object" || next === null) continue;
    if (Array.isArray(next)) {
      left.push(...next);
      continue;
    }
    for (const [name, member] of Object.entries(next)) {
      if (UNUSABLE_NAMES.has(name) || name.includes("\0")) refuse("token.bad_json", "an unusable name");
      members++;
      left.push(member);
    }
  }
  return members;
}

/** Colons outside strings: one for each member as it was written. */
function countColons(text: string): number {
  return text.replace(/"(?:[^"\\]|\\.)*"/g, "").split(":").length - 1;
}
