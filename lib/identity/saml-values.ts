/** How the user pool hands on what a SAML assertion says: one text for each attribute, whatever it holds. */

/** What form encoding leaves of a value: letters, digits, four signs, a plus for a space, and bytes in hexadecimal. */
const ENCODED = /^(?:[A-Za-z0-9.*_+-]|%[0-9A-Fa-f]{2})*$/;

/**
 * The values of an attribute. A single value stands as it is, commas, brackets and all; only several stand in brackets, with a
 * comma and a space between two, each form-encoded: `[a, b%2C+c]` holds `a` and `b, c`. So brackets around one value are its own, and
 * so they are around what no form encoding wrote.
 */
export function readSamlValues(text: string): string[] {
  const parts = /^\[(.*)\]$/s.exec(text)?.[1]?.split(", ") ?? [];
  if (parts.length < 2 || !parts.every((part) => ENCODED.test(part))) return [text];
  try {
    return parts.map((part) => decodeURIComponent(part.replaceAll("+", " ")));
  } catch {
    // Bytes that are no UTF-8.
    return [text];
  }
}
