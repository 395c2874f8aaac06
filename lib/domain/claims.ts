/** From what an identity provider says to the attributes that rules ask for, by the provider's attribute mapping. */
import type { Attributes } from "./conditions.ts";

type Element = string | number | boolean;

/** Attributes by their names, each with the claim that it is read from: its exact name, or a JSON pointer to it. */
export type AttributeMapping = Readonly<Record<string, string>>;

/**
 * Reads each mapped attribute; claims that nobody mapped are not looked at. A claim's exact name goes first, so
 * `https://acme.example/groups` is a name; what begins with a slash and is no name is a pointer (RFC 6901), as `/realm_access/roles`.
 * A claim that is absent, `null`, an object or without elements makes no attribute.
 */
export function readAttributes(mapping: AttributeMapping, claims: Readonly<Record<string, unknown>>): Attributes {
  const attributes = new Map<string, readonly Element[]>();
  for (const [attribute, claim] of Object.entries(mapping)) {
    const value = Object.hasOwn(claims, claim) ? claims[claim] : findByPointer(claim, claims);
    const elements = (Array.isArray(value) ? value : [value]).filter(isElement);
    if (elements.length > 0) attributes.set(attribute, elements);
  }
  return attributes;
}

function findByPointer(pointer: string, claims: unknown): unknown {
  if (!pointer.startsWith("/")) return undefined;
  const steps = pointer.slice(1).split("/");
  return steps.reduce<unknown>((at, step) => {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    if (Array.isArray(at)) return /^(0|[1-9]\d*)$/.test(name) ? at[Number(name)] : undefined;
    return typeof at === "object" && at !== null && Object.hasOwn(at, name)
      ? (at as Record<string, unknown>)[name]
      : undefined;
  }, claims);
}

function isElement(value: unknown): value is Element {
  return (
    typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))
  );
}
