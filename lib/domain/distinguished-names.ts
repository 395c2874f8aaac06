/**
 * Distinguished Names (RFC 4514), as directories write the groups of a person: `CN=SOC Tier 2,OU=Groups,DC=acme,DC=example`.
 * Read one character after the other, once.
 */

/**
 * What a name says of one type: of `cn` in the name above, `["SOC Tier 2"]`. The first component names the thing itself, so it alone is
 * asked where it has that type: a container's name is none of the group's. Only of a type that it lacks are the containers asked.
 *
 * @returns undefined when the text is no Distinguished Name
 */
export function readNameParts(text: string, type: string): string[] | undefined {
  const wanted = type.toLowerCase();
  const components: string[][] = [];
  for (const component of splitAt(text, ",")) {
    const found: string[] = [];
    for (const part of splitAt(component, "+")) {
      const [name = "", ...rest] = splitAt(part, "=");
      if (rest.length === 0 || !/^ *[A-Za-z0-9.-]+ *$/.test(name)) return undefined;
      const value = unescapeValue(part.slice(name.length + 1));
      if (value === undefined) return undefined;
      if (name.trim().toLowerCase() === wanted) found.push(value);
    }
    components.push(found);
  }
  const [own = [], ...containers] = components;
  return own.length > 0 ? own : containers.flat();
}

/** Splits at each sign that no backslash stands before. */
function splitAt(text: string, sign: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === sign) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** `\,` is a comma, `\C3\A9` the letter of those UTF-8 bytes; spaces at the ends are no part of a value, unless escaped. */
function unescapeValue(written: string): string | undefined {
  const text = trimUnescaped(written);
  // A value as the bytes of its encoding: no directory writes a group so.
  if (/^#/.test(text)) return undefined;
  // Signs that must be escaped: whoever left them so may have left others.
  if (splitAt(text, ";").length > 1 || splitAt(text, '"').length > 1) return undefined;
  if (!text.includes("\\")) return text.toWellFormed();
  const bytes: number[] = [];
  for (let at = 0; at < text.length; ) {
    if (text[at] !== "\\") {
      const letter = String.fromCodePoint(text.codePointAt(at) ?? 0);
      bytes.push(...new TextEncoder().encode(letter));
      at += letter.length;
      continue;
    }
    const pair = text.slice(at + 1, at + 3);
    if (/^[0-9A-Fa-f]{2}$/.test(pair)) {
      bytes.push(Number.parseInt(pair, 16));
      at += 3;
    } else if (/^[ "#+,;<=>\\]/.test(pair)) {
      bytes.push(pair.charCodeAt(0));
      at += 2;
    } else return undefined;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
  } catch {
    return undefined;
  }
}

/** Without the spaces at its ends, but for one that a backslash stands before. */
function trimUnescaped(text: string): string {
  let [start, end] = [0, text.length];
  while (text[start] === " ") start++;
  while (end > start && text[end - 1] === " ") end--;
  let slashes = 0;
  while (text[end - 1 - slashes] === "\\") slashes++;
  return text.slice(start, slashes % 2 === 1 ? end + 1 : end);
}
