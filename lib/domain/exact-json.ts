/**
 * JSON in any form, of which one can be sure that every reader reads the same: of two members of one name some readers take the
 * first and some the last, and of a number too long for a double some keep all digits.
 */

const QUOTE = 0x22;
const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const SMALL_E = 0x65;
const CAPITAL_E = 0x45;

/**
 * Whether a text says no more than the value that `JSON.parse` made of it: each name once in its object, each number as one that
 * canonical JSON would write with the same decimal value.
 * @param text valid JSON
 */
export function isExact(text: string, value: unknown): boolean {
  let members = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) at = endOfString(text, at);
    else if (unit === COLON) members++;
    else if (unit === MINUS || isDigit(unit)) {
      const end = endOfNumber(text, at);
      if (!isExactNumber(text.slice(at, end))) return false;
      at = end - 1;
    }
  }
  // Of two members of one name JSON.parse keeps one, so that there are more colons than members.
  return members === countMembers(value);
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === BACKSLASH) at++;
    else if (unit === QUOTE) return at;
  }
  return text.length;
}

function endOfNumber(text: string, start: number): number {
  let at = start + 1;
  for (; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    const isPart = isDigit(unit) || [PLUS, MINUS, DOT, SMALL_E, CAPITAL_E].includes(unit);
    if (!isPart) break;
  }
  return at;
}

const isDigit = (unit: number) => unit >= ZERO && unit <= NINE;

function isExactNumber(literal: string): boolean {
  const canonical = JSON.stringify(Number(literal));
  return literal === canonical || toDecimal(literal) === toDecimal(canonical);
}

/** One spelling for each decimal value: its sign, its digits without zeros at either end, and the power of ten of the last. */
function toDecimal(literal: string): string | undefined {
  const [, sign, whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal) ?? [];
  if (sign === undefined) return undefined;
  const digits = whole + fraction;
  let from = 0;
  while (digits.charCodeAt(from) === ZERO) from++;
  let to = digits.length;
  while (to > from && digits.charCodeAt(to - 1) === ZERO) to--;
  if (from === to) return `${sign}0`;
  return `${sign}${digits.slice(from, to)}e${Number(exponent) - fraction.length + digits.length - to}`;
}

/** The members of all objects in a value, however deep. */
function countMembers(value: unknown): number {
  let members = 0;
  const left = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next !== "object" || next === null) continue;
    const parts: readonly unknown[] = Array.isArray(next) ? next : Object.values(next);
    if (!Array.isArray(next)) members += parts.length;
    for (const part of parts) left.push(part);
  }
  return members;
}
