/** The sign-in of one machine: what Cognito publishes about its keys, and a sign-in without a browser. */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { PoolPeople } from "./pool-people.ts";
import { readBody } from "./request-body.ts";
import { isRecord } from "./shape.ts";
import type { SigningKey } from "./signing-key.ts";
import type { TokenIssuer } from "./token-issuer.ts";

const BODY_LIMIT = 1024 * 1024;

export interface SignInParts {
  readonly issuer: string;
  readonly people: PoolPeople;
  readonly tokens: TokenIssuer;
  readonly key: SigningKey;
  readonly report: (line: string) => void;
}

interface Fault {
  readonly pointer: string;
  readonly detail: string;
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

/** @param ready what it works with, once that is there: whoever asks earlier waits */
export function createSignIn(ready: Promise<SignInParts>): Server {
  return createServer((message, response) => {
    ready
      .then((parts) =>
        answer(parts, message).catch((error: unknown): Answer => {
          parts.report(`sign-in: ${error instanceof Error ? error.stack : String(error)}`);
          return problem(503, "unavailable", "Unavailable", "The sign-in does not answer at the moment.");
        }),
      )
      .then((answered) => send(response, answered))
      .catch(() => response.destroy());
  });
}

async function answer(parts: SignInParts, message: IncomingMessage): Promise<Answer> {
  const route = `${message.method} ${(message.url ?? "").split("?")[0]}`;
  switch (route) {
    case "GET /.well-known/jwks.json":
      return { status: 200, body: { keys: [parts.key.publicJwk] } };
    case "GET /.well-known/openid-configuration":
      return {
        status: 200,
        body: {
          issuer: parts.issuer,
          jwks_uri: `${parts.issuer}/.well-known/jwks.json`,
          id_token_signing_alg_values_supported: ["RS256"],
          response_types_supported: ["code"],
          subject_types_supported: ["public"],
        },
      };
    case "POST /local/token":
      return signIn(parts, message);
    default:
      return problem(404, "not_found", "Not found", "There is no such path or method.");
  }
}

async function signIn({ people, tokens, report }: SignInParts, message: IncomingMessage): Promise<Answer> {
  const body = await readBody(message, BODY_LIMIT);
  if (body === "too-large")
    return problem(413, "request.too_large", "Request too large", "The body is larger than 1 MiB.");
  if (body === "aborted") return problem(400, "request.malformed", "Malformed request", "The body is not complete.");
  let input: unknown;
  try {
    input = JSON.parse(body.toString());
  } catch {
    return problem(400, "request.malformed", "Malformed request", "The body is not JSON.");
  }
  const email = isRecord(input) ? input.email : undefined;
  const faults = faultsOf(input);
  if (faults.length > 0 || typeof email !== "string") {
    return problem(422, "request.invalid", "Invalid request", "The request is refused; see errors.", faults);
  }
  const issued = await tokens.issueFor(people.personOf(email));
  switch (issued.kind) {
    case "issued":
      return { status: 200, body: { accessToken: issued.accessToken } };
    case "refused":
      return problem(403, "sign_in.refused", "Sign-in refused", issued.reason);
    case "failed":
      report(`sign-in: ${issued.why}`);
      return problem(503, "unavailable", "Unavailable", "The sign-in does not answer at the moment.");
  }
}

function faultsOf(input: unknown): Fault[] {
  if (!isRecord(input)) return [{ pointer: "", detail: "must be an object" }];
  const faults: Fault[] = [];
  const { email, identityProvider, claims, ...unknown } = input;
  if (typeof email !== "string" || email.length > 254 || !/^[^\s@]+@[^\s@]+$/.test(email)) {
    faults.push({ pointer: "/email", detail: "must be an e-mail address" });
  }
  if (identityProvider !== undefined)
    faults.push({ pointer: "/identityProvider", detail: "there is no such identity provider" });
  if (claims !== undefined && (!isRecord(claims) || Object.keys(claims).length > 0)) {
    faults.push({ pointer: "/claims", detail: "only an identity provider brings claims" });
  }
  for (const name of Object.keys(unknown)) {
    faults.push({ pointer: `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`, detail: "is not known here" });
  }
  return faults;
}

function problem(status: number, code: string, title: string, detail: string, errors?: readonly Fault[]): Answer {
  const requestId = randomUUID();
  const fields = errors === undefined ? {} : { errors };
  return { status, body: { type: `urn:bailiwick:problem:${code}`, title, status, code, detail, ...fields, requestId } };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "Content-Type": status < 400 ? "application/json" : "application/problem+json",
    "Cache-Control": "no-store",
    "Content-Length": Buffer.byteLength(text),
  });
  response.end(text);
}
