/** Sends requests exactly as they are written, and holds every answer against the contract before a test sees it. */
import { Agent, type IncomingMessage, request } from "node:http";
import type { AnswerCheck } from "./contract.ts";
import { readContract } from "./contract.ts";

export interface Answer {
  readonly status: number;
  /** Names in lower case; of one that came more than once, all values. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** As sent. */
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
  /** Until the whole answer was there. */
  readonly milliseconds: number;
}

export interface Sent {
  /** Texts and bytes go as they are, anything else as JSON. */
  readonly body?: unknown;
  /** Headers beyond the credential; a list is sent as so many headers. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

export interface Client {
  /** `call(ann.token, "PUT /v1/orgs/…", {body})`. No token: no credential. The path goes over the wire as it stands. */
  call(token: string | undefined, what: string, sent?: Sent): Promise<Answer>;
  /** An access token of the person with that address, who becomes one if need be. */
  signIn(email: string): Promise<string>;
}

export async function openClient({ api, login }: { api: string; login: string }): Promise<Client> {
  const agent = new Agent({ keepAlive: true });
  const check: AnswerCheck = readContract(JSON.parse((await send(agent, `${api}/v1/openapi.json`, "GET", {})).text));
  return {
    async call(token, what, { body, headers = {} } = {}) {
      const [, method = "", path = ""] = /^(\w+) (.*)$/s.exec(what) ?? [];
      const answer = await send(agent, api + path, method, {
        headers: {
          ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
          ...(body === undefined || "Content-Type" in headers ? {} : { "Content-Type": "application/json" }),
          ...headers,
        },
        body: body === undefined || typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      });
      check(method, path, headers, answer);
      return answer;
    },
    async signIn(email) {
      const { status, text, body } = await send(agent, `${login}/local/token`, "POST", {
        body: JSON.stringify({ email }),
      });
      if (status !== 200) throw new Error(`the sign-in answers ${status}: ${text}`);
      return body.accessToken;
    },
  };
}

interface Raw {
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer | undefined;
}

function send(agent: Agent, url: string, method: string, { headers = {}, body }: Raw): Promise<Answer> {
  const { hostname, port } = new URL(url);
  // Not from the URL object, which would tidy the path up.
  const path = url.slice(url.indexOf("/", "http://".length));
  const length = body === undefined ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const sending = request({ agent, hostname, port, path, method, headers: { ...length, ...headers } as never });
    sending.on("error", reject);
    sending.on("response", (message) => {
      readText(message).then(
        (text) => resolve(toAnswer(message, text, performance.now() - started)),
        (error: unknown) => reject(error),
      );
    });
    sending.end(body);
  });
}

async function readText(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function toAnswer(message: IncomingMessage, text: string, milliseconds: number): Answer {
  const headers = Object.entries(message.headersDistinct).map(([name, values]) => [name, values?.join(", ")]);
  const isJson = /json/.test(message.headers["content-type"] ?? "") && text !== "";
  return {
    status: message.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    text,
    body: isJson ? JSON.parse(text) : undefined,
    milliseconds,
  };
}
