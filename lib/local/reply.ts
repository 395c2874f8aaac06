/** An answer of the sign-in, or of what stands in for a service of AWS, before it is sent. */
import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Fault {
  readonly pointer: string;
  readonly detail: string;
}

export function json(status: number, body: object, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) };
}

export function redirect(to: string): Reply {
  return { status: 302, headers: { Location: to }, body: "" };
}

export function problem(status: number, code: string, title: string, detail: string, errors?: readonly Fault[]): Reply {
  const type = `urn:bailiwick:problem:${code}`;
  const body = { type, title, status, code, detail, ...(errors === undefined ? {} : { errors }) };
  return json(status, { ...body, requestId: randomUUID() }, { "Content-Type": "application/problem+json" });
}

export function unavailable(): Reply {
  return problem(503, "unavailable", "Unavailable", "The sign-in does not answer at the moment.");
}

export function send(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, {
    "Cache-Control": "no-store",
    "Content-Length": Buffer.byteLength(body),
    "X-Content-Type-Options": "nosniff",
    ...headers,
  });
  response.end(body);
}
