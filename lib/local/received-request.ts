/** One HTTP request as API Gateway sees it: identified, its path and query taken apart, its headers collected. */
import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

export interface ReceivedRequest {
  /** `$context.requestId` */
  readonly requestId: string;
  readonly extendedRequestId: string;
  readonly traceId: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly httpMethod: string;
  readonly protocol: string;
  /** As sent: still percent-encoded. */
  readonly path: string;
  readonly query: ReadonlyMap<string, readonly string[]>;
  /** Names as the client wrote them, in the order of their first appearance. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly sourceIp: string;
  /** What counts against the limit: the request line and all header values. */
  readonly headBytes: number;
}

/** Headers that API Gateway does not pass on to a Lambda proxy integration. */
const dropped = new Set([
  "connection",
  "content-length",
  "expect",
  "keep-alive",
  "proxy-authenticate",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

export function receive(message: IncomingMessage, localPort: number): ReceivedRequest {
  const url = message.url ?? "/";
  const mark = url.indexOf("?");
  const time = Date.now();
  const traceId = `Root=1-${Math.floor(time / 1000).toString(16)}-${randomBytes(12).toString("hex")}`;
  const sourceIp = message.socket.remoteAddress ?? "127.0.0.1";
  const headers = new Map<string, string[]>();
  let headBytes = (message.method ?? "").length + url.length + "  HTTP/1.1".length;
  const add = (name: string, value: string) => {
    const values = headers.get(name);
    if (values === undefined) headers.set(name, [value]);
    else values.push(value);
  };
  for (let i = 0; i + 1 < message.rawHeaders.length; i += 2) {
    const name = message.rawHeaders[i] ?? "";
    const value = message.rawHeaders[i + 1] ?? "";
    headBytes += value.length;
    if (!dropped.has(name.toLowerCase())) add(name, value);
  }
  const forwarded = firstOf(headers, "x-forwarded-for");
  for (const name of [...headers.keys()]) {
    if (/^x-forwarded-(for|port|proto)$/i.test(name)) headers.delete(name);
  }
  add("X-Forwarded-For", forwarded === undefined ? sourceIp : `${forwarded}, ${sourceIp}`);
  add("X-Forwarded-Port", String(localPort));
  add("X-Forwarded-Proto", "http");
  if (firstOf(headers, "x-amzn-trace-id") === undefined) add("X-Amzn-Trace-Id", traceId);
  return {
    requestId: randomUUID(),
    extendedRequestId: `${randomBytes(11).toString("base64url").slice(0, 14)}=`,
    traceId,
    time,
    httpMethod: message.method ?? "GET",
    protocol: `HTTP/${message.httpVersion}`,
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? new Map() : parseQuery(url.slice(mark + 1)),
    headers,
    sourceIp,
    headBytes,
  };
}

/** A header's first value, however its name is written. */
export function firstOf(headers: ReadonlyMap<string, readonly string[]>, name: string): string | undefined {
  for (const [written, values] of headers) {
    if (written.length === name.length && written.toLowerCase() === name.toLowerCase()) return values[0];
  }
  return undefined;
}

function parseQuery(text: string): Map<string, string[]> {
  const query = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    const values = query.get(name);
    if (values === undefined) query.set(name, [value]);
    else values.push(value);
  }
  return query;
}
