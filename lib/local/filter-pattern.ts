/**
 * Filter patterns of CloudWatch Logs, as far as they are for lines of JSON: `{ $.a.b = "text" }`, where `*` in the text stands for
 * any other, with `&&`, `||` and parentheses. Whatever else a pattern may say on AWS is refused: it would let through other lines here.
 */
import { matchesPattern } from "./arn-pattern.ts";
import { isRecord } from "./shape.ts";
import { StartRefusal } from "./start-refusal.ts";

/** Whether a line is one of the pattern's; never true for what is no JSON object. */
export type LineFilter = (line: unknown) => boolean;

const TOKEN = /\s*(?:(\(|\)|&&|\|\||=)|\$((?:\.[A-Za-z_]\w*)+)|"([^"\\?]*)")/y;

type Token =
  | { readonly kind: "sign"; readonly text: string }
  | { readonly kind: "selector"; readonly path: readonly string[] }
  | { readonly kind: "text"; readonly text: string };

/** @throws StartRefusal for a pattern that is not known here */
export function readFilterPattern(pattern: string): LineFilter {
  const refuse = (): never => {
    throw new StartRefusal(`The local host does not know the filter pattern ${pattern}`);
  };
  const [, inner] = /^\{(.*)\}$/.exec(pattern) ?? refuse();
  const reader = new TokenReader(readTokens(inner ?? "") ?? refuse(), refuse);
  const filter = reader.readAll();
  return reader.isAtEnd ? filter : refuse();
}

function readTokens(text: string): Token[] | undefined {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (const trimmed = text.trimEnd(); TOKEN.lastIndex < trimmed.length; ) {
    const found = TOKEN.exec(trimmed);
    if (found === null) return undefined;
    const [, sign, selector, quoted] = found;
    if (sign !== undefined) tokens.push({ kind: "sign", text: sign });
    else if (selector !== undefined) tokens.push({ kind: "selector", path: selector.slice(1).split(".") });
    else tokens.push({ kind: "text", text: quoted ?? "" });
  }
  return tokens;
}

class TokenReader {
  readonly #tokens: readonly Token[];
  readonly #refuse: () => never;
  #at = 0;

  constructor(tokens: readonly Token[], refuse: () => never) {
    this.#tokens = tokens;
    this.#refuse = refuse;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  /** Terms with one operator between them: which of two binds closer is for parentheses to say. */
  readAll(): LineFilter {
    const filters = [this.#readTerm()];
    const operator = this.#sign();
    if (operator !== "&&" && operator !== "||") return filters[0] as LineFilter;
    while (this.#sign() === operator) {
      this.#at++;
      filters.push(this.#readTerm());
    }
    return operator === "&&"
      ? (line) => filters.every((filter) => filter(line))
      : (line) => filters.some((filter) => filter(line));
  }

  #readTerm(): LineFilter {
    const token = this.#tokens[this.#at++];
    if (token?.kind === "sign" && token.text === "(") {
      const inner = this.readAll();
      return this.#sign() === ")" && this.#at++ > 0 ? inner : this.#refuse();
    }
    const isComparison = token?.kind === "selector" && this.#sign() === "=";
    const wanted = this.#tokens[this.#at + 1];
    if (!isComparison || wanted?.kind !== "text") return this.#refuse();
    this.#at += 2;
    return (line) => {
      const value = valueAt(line, token.path);
      return value !== undefined && matchesPattern(wanted.text, value);
    };
  }

  #sign(): string | undefined {
    const token = this.#tokens[this.#at];
    return token?.kind === "sign" ? token.text : undefined;
  }
}

/** As text, in which numbers and truth values can be compared, too. */
function valueAt(line: unknown, path: readonly string[]): string | undefined {
  let value = line;
  for (const name of path) value = isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;
}
