/** What a Lambda proxy integration answered, checked as API Gateway checks it, and the HTTP response it becomes. */
import { isRecord } from "./shape.ts";

export interface HttpAnswer {
  readonly status: number;
  /** Name and value in turn, as `writeHead` takes them. */
  readonly headers: readonly string[];
  readonly body: string | Buffer;
}

const known = new Set(["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"]);

/** Headers of a function's answer that API Gateway renames, and those that it leaves out. */
const remapped = new Set([
  "authorization",
  "connection",
  "content-md5",
  "date",
  "max-forwards",
  "server",
  "user-agent",
  "www-authenticate",
]);
const left = new Set([
  "content-length",
  "expect",
  "host",
  "proxy-authenticate",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** `undefined` for what API Gateway calls a malformed Lambda proxy response. @param isBinary whether base64 is decoded */
export function readProxyAnswer(answer: unknown, isBinary: boolean): HttpAnswer | undefined {
  if (!isRecord(answer) || Object.keys(answer).some((key) => !known.has(key))) return undefined;
  const status = Number(answer.statusCode);
  if (answer.statusCode === null || !Number.isInteger(status) || status < 200 || status > 599) return undefined;
  const body = answer.body ?? "";
  if (typeof body !== "string") return undefined;
  const headers = readHeaders(answer.headers, answer.multiValueHeaders);
  if (headers === undefined) return undefined;
  const decoded = isBinary && answer.isBase64Encoded === true ? Buffer.from(body, "base64") : body;
  return { status, headers, body: decoded };
}

function readHeaders(single: unknown, multiple: unknown): string[] | undefined {
  const headers = new Map<string, { readonly name: string; readonly values: string[] }>();
  for (const given of [single ?? {}, multiple ?? {}]) {
    if (!isRecord(given)) return undefined;
    for (const [name, value] of Object.entries(given)) {
      const values = Array.isArray(value) ? value : [value];
      if (given === single && Array.isArray(value)) return undefined;
      if (!isToken(name) || !values.every(isHeaderValue)) return undefined;
      // The same name in both: the multiple values count.
      headers.set(name.toLowerCase(), { name, values: values.map(String) });
    }
  }
  if (!headers.has("content-type")) headers.set("content-type", { name: "Content-Type", values: ["application/json"] });
  const flat: string[] = [];
  for (const [key, { name, values }] of headers) {
    if (left.has(key)) continue;
    const shown = remapped.has(key) ? `x-amzn-Remapped-${name}` : name;
    for (const value of values) flat.push(shown, value);
  }
  return flat;
}

function isToken(name: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name);
}

function isHeaderValue(value: unknown): boolean {
  if (typeof value === "string") return /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
  return typeof value === "number" || typeof value === "boolean";
}
