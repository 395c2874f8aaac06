/** Takes the white space out of JSON that a tool has spaced out, and nothing else: most tools write `"seq": 7, "target"`. */

const TAB = 0x09;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const structural = Uint8Array.from({ length: 256 }, (_, byte) =>
  "{}[],:".includes(String.fromCharCode(byte)) ? 1 : 0,
);
const isWhite = (byte: number | undefined) => byte === SPACE || byte === TAB || byte === LINE_FEED || byte === RETURN;

/**
 * The same JSON without white space between its parts. Only white space beside a bracket, a comma or a colon, or at an end of the line
 * goes, so that what was no JSON does not become any: `1 2` stays two numbers.
 * @returns undefined where there is no white space to take out
 */
export function compactJson(line: Buffer): Buffer | undefined {
  const compact = Buffer.allocUnsafe(line.length);
  let length = 0;
  for (let at = 0; at < line.length; at++) {
    const byte = line[at] ?? 0;
    if (byte === QUOTE) {
      const end = endOfString(line, at);
      for (; at < end; at++) compact[length++] = line[at] ?? 0;
      at--;
    } else if (isWhite(byte)) {
      let next = at + 1;
      while (isWhite(line[next])) next++;
      const isBetween = length > 0 && next < line.length;
      const isBeside = structural[compact[length - 1] ?? 0] === 1 || structural[line[next] ?? 0] === 1;
      if (isBetween && !isBeside) compact[length++] = SPACE;
      at = next - 1;
    } else compact[length++] = byte;
  }
  return length === line.length ? undefined : compact.subarray(0, length);
}

/** Behind the closing quote. */
function endOfString(line: Buffer, start: number): number {
  for (let at = start + 1; at < line.length; at++) {
    if (line[at] === BACKSLASH) at++;
    else if (line[at] === QUOTE) return at + 1;
  }
  return line.length;
}
