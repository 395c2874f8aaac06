/** The server of the sign-in: which path is whose. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Broker } from "./broker.ts";
import { authorize, comeBack, login, logout, showLogin } from "./browser-endpoints.ts";
import { answerBusCall, type EventBus, isBusCall } from "./event-bus.ts";
import { answerLocalToken } from "./local-token.ts";
import { answerPoolCall } from "./pool-api.ts";
import { json, problem, type Reply, send, unavailable } from "./reply.ts";
import { readBody } from "./request-body.ts";
import { errorPage, startPage } from "./sign-in-pages.ts";
import { answerTokenRequest, TokenRefusal } from "./token-endpoint.ts";
import { TriggerFault } from "./trigger-call.ts";

const BODY_LIMIT = 1024 * 1024;
/** Applications in a browser read these from wherever they stand. */
const forAll = { "Access-Control-Allow-Origin": "*" };

export interface SignInParts {
  readonly broker: Broker;
  readonly bus: EventBus;
  /** Address of the API. */
  readonly api: string;
}

/** @param ready what it works with, once that is there: whoever asks earlier waits */
export function createSignIn(ready: Promise<SignInParts>): Server {
  return createServer((message, response) => {
    ready
      .then(async ({ broker, bus, api }) => {
        const [path = "", ...rest] = (message.url ?? "").split("?");
        if (broker.testProviders.handles(path)) return broker.testProviders.serve(message, response);
        const query = new URLSearchParams(rest.join("?"));
        const answered = isBusCall(message) ? answerBusCall(bus, message) : answer(broker, api, message, path, query);
        const reply = await answered.catch((error: unknown): Reply => {
          broker.report(`sign-in: ${error instanceof Error ? error.stack : String(error)}`);
          return unavailable();
        });
        send(response, reply);
      })
      .catch(() => response.destroy());
  });
}

async function answer(
  broker: Broker,
  api: string,
  message: IncomingMessage,
  path: string,
  query: URLSearchParams,
): Promise<Reply> {
  switch (`${message.method} ${path}`) {
    case "POST /":
      return answerPoolCall(broker, message);
    case "GET /":
      return startPage(broker.issuer, api, broker.clients.all());
    case "GET /.well-known/jwks.json":
      return json(200, { keys: [broker.key.publicJwk] }, forAll);
    case "GET /.well-known/openid-configuration":
      return json(200, discoveryDocument(broker.issuer), forAll);
    case "GET /oauth2/authorize":
      return authorize(broker, query);
    case "GET /login":
      return showLogin(broker, query);
    case "POST /login":
      return withForm(message, (form) => login(broker, form));
    case "POST /saml2/idpresponse":
      return withForm(message, (form) => comeBack(broker, samlAnswer(form)));
    case "GET /oauth2/idpresponse":
      return comeBack(broker, { kind: "oidc", callback: query });
    case "GET /logout":
      return logout(broker, query);
    case "POST /oauth2/token":
      return token(broker, message);
    case "POST /local/token":
      return localToken(broker, message);
    default:
      return problem(404, "not_found", "Not found", "There is no such path or method.");
  }
}

function discoveryDocument(issuer: string): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}/oauth2/authorize`,
    token_endpoint: `${issuer}/oauth2/token`,
    end_session_endpoint: `${issuer}/logout`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    id_token_signing_alg_values_supported: ["RS256"],
    response_types_supported: ["code"],
    scopes_supported: ["openid", "email"],
    subject_types_supported: ["public"],
    token_endpoint_auth_methods_supported: ["none"],
    code_challenge_methods_supported: ["S256"],
  };
}

function samlAnswer(form: URLSearchParams) {
  const [relayState, samlResponse] = [form.get("RelayState") ?? "", form.get("SAMLResponse") ?? ""];
  return { kind: "saml", relayState, samlResponse } as const;
}

async function withForm(message: IncomingMessage, work: (form: URLSearchParams) => Promise<Reply>): Promise<Reply> {
  const form = await readForm(message);
  return form === undefined ? errorPage(400, "The form is not one, or too large.") : work(form);
}

async function token(broker: Broker, message: IncomingMessage): Promise<Reply> {
  const form = await readForm(message);
  if (form === undefined) return json(400, { error: "invalid_request" }, forAll);
  try {
    return json(200, await answerTokenRequest(broker, form), forAll);
  } catch (error) {
    if (error instanceof TokenRefusal) {
      return json(400, { error: error.error, error_description: error.message }, forAll);
    }
    if (!(error instanceof TriggerFault)) throw error;
    broker.report(`sign-in: ${error.message}`);
    return json(500, { error: "server_error" }, forAll);
  }
}

async function localToken(broker: Broker, message: IncomingMessage): Promise<Reply> {
  const body = await readBody(message, BODY_LIMIT);
  if (body === "too-large") {
    return problem(413, "request.too_large", "Request too large", "The body is larger than 1 MiB.");
  }
  if (body === "aborted") return problem(400, "request.malformed", "Malformed request", "The body is not complete.");
  return answerLocalToken(broker, body);
}

async function readForm(message: IncomingMessage): Promise<URLSearchParams | undefined> {
  const body = await readBody(message, BODY_LIMIT);
  const isForm = /^application\/x-www-form-urlencoded *(;|$)/i.test(message.headers["content-type"] ?? "");
  return isForm && Buffer.isBuffer(body) ? new URLSearchParams(body.toString()) : undefined;
}
