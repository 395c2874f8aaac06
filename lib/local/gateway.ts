/**
 * API Gateway on one machine: takes HTTP requests and leads each through the REST API of the template, its authorizer and its
 * function. Every answer that is not a function's is a gateway response of the template.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type AuthorizerContext, judge } from "./authorizer-policy.ts";
import type { FunctionPool } from "./function-pool.ts";
import type { GatewayResponseType, Lookup, RenderedResponse } from "./gateway-response.ts";
import type { Outcome } from "./invocation.ts";
import { type HttpAnswer, readProxyAnswer } from "./proxy-answer.ts";
import { authorizerEvent, methodArnOf, proxyEvent, type RequestParts, requestPartsOf } from "./proxy-event.ts";
import { firstOf, type ReceivedRequest, receive } from "./received-request.ts";
import { readBody } from "./request-body.ts";
import type { RestApi } from "./rest-api.ts";
import { type Match, RouteTree } from "./route-match.ts";
import { isRecord } from "./shape.ts";

/** The request line and all header values. */
const HEAD_LIMIT = 10_240;
const BODY_LIMIT = 5 * 1024 * 1024;
/** Lambda takes an event of 6 MB; escaping can make one of a smaller body. */
const EVENT_LIMIT = 6_291_456;
/** Node's own limit only keeps a flood away: what is above API Gateway's is answered as API Gateway does. */
const NODE_HEAD_LIMIT = 1024 * 1024;
/** How long API Gateway waits for an authorizer. */
const AUTHORIZER_LIMIT_MS = 29_000;

export interface GatewayParts {
  readonly api: RestApi;
  /** The pool of a function by its ARN. */
  readonly poolOf: (arn: string) => FunctionPool;
  /** Told what went wrong behind a 5xx, which the caller is not told. */
  readonly report: (line: string) => void;
}

type Refusal = { readonly type: GatewayResponseType; readonly message: string; readonly context?: AuthorizerContext };

export function createGateway(parts: GatewayParts): Server {
  const gateway = new Gateway(parts);
  const server = createServer({ maxHeaderSize: NODE_HEAD_LIMIT }, (message, response) => {
    gateway.serve(message, response).catch((error: unknown) => {
      parts.report(`gateway: ${error instanceof Error ? error.stack : String(error)}`);
      response.destroy();
    });
  });
  server.on("clientError", (error, socket: Socket) => gateway.answerUnreadable(error, socket));
  return server;
}

class Gateway {
  readonly #api: RestApi;
  readonly #routes: RouteTree;
  readonly #poolOf: (arn: string) => FunctionPool;
  readonly #report: (line: string) => void;

  constructor({ api, poolOf, report }: GatewayParts) {
    this.#api = api;
    this.#routes = new RouteTree(api.methods);
    this.#poolOf = poolOf;
    this.#report = report;
  }

  async serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = receive(message, message.socket.localPort ?? 0);
    const match = this.#routes.find(request.httpMethod, request.path);
    const parts = match && requestPartsOf(this.#api, request, match);
    const answer = await this.#answer(message, request, match, parts);
    if (answer === "aborted") return;
    const headers = ["x-amzn-RequestId", request.requestId, "x-amz-apigw-id", request.extendedRequestId];
    if ("type" in answer) {
      const rendered = this.#api.gatewayResponses.render(answer.type, this.#lookup(request, parts, answer));
      const length = String(Buffer.byteLength(rendered.body));
      response.writeHead(rendered.status, [...headers, ...rendered.headers.flat(), "Content-Length", length]);
      response.end(rendered.body);
    } else {
      const hasBody = answer.status !== 204 && answer.status !== 304;
      const length = hasBody ? ["Content-Length", String(Buffer.byteLength(answer.body))] : [];
      response.writeHead(answer.status, [...headers, ...answer.headers, ...length]);
      response.end(hasBody ? answer.body : "");
    }
    // A body that nobody asked for must not block the connection.
    if (!message.complete) message.resume();
  }

  /** What could not even be parsed as HTTP. */
  answerUnreadable(error: Error & { readonly code?: string }, socket: Socket): void {
    if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
    const type = error.code === "HPE_HEADER_OVERFLOW" ? "REQUEST_TOO_LARGE" : "BAD_REQUEST_BODY";
    const rendered: RenderedResponse = this.#api.gatewayResponses.render(type, () => undefined);
    const lines = rendered.headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    const length = Buffer.byteLength(rendered.body);
    socket.end(
      `HTTP/1.1 ${rendered.status} Refused\r\n${lines}Content-Length: ${length}\r\nConnection: close\r\n\r\n${rendered.body}`,
    );
  }

  async #answer(
    message: IncomingMessage,
    request: ReceivedRequest,
    match: Match | undefined,
    parts: RequestParts | undefined,
  ): Promise<HttpAnswer | Refusal | "aborted"> {
    if (request.headBytes > HEAD_LIMIT) return refusal("REQUEST_TOO_LARGE", "Request Too Long");
    if (match === undefined || parts === undefined) {
      return firstOf(request.headers, "authorization") === undefined
        ? refusal("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")
        : refusal("INVALID_SIGNATURE", "Invalid key=value pair (missing equal-sign) in Authorization header");
    }
    const reading = readBody(message, BODY_LIMIT);
    const authorized = await this.#authorize(request, match, parts);
    if (authorized !== undefined && "type" in authorized) return authorized;

    const body = await reading;
    if (body === "aborted") return "aborted";
    if (body === "too-large") return refusal("REQUEST_TOO_LARGE", "Request Too Long");
    const isBinary = this.#isBinary(firstOf(request.headers, "content-type"));
    const text = body.length === 0 ? null : body.toString(isBinary ? "base64" : "utf8");
    const event = JSON.stringify(proxyEvent(parts, authorized, text, isBinary && text !== null));
    if (event.length > EVENT_LIMIT) return refusal("REQUEST_TOO_LARGE", "Request Too Long");
    return this.#integrate(request, match, event);
  }

  async #authorize(request: ReceivedRequest, { method }: Match, parts: RequestParts) {
    if (method.authorizer === undefined) return undefined;
    const started = Date.now();
    const methodArn = methodArnOf(this.#api, request);
    const event = JSON.stringify(authorizerEvent(parts, methodArn));
    const outcome = await this.#invoke(method.authorizer, event, request, AUTHORIZER_LIMIT_MS);
    if (outcome === "late") return refusal("AUTHORIZER_FAILURE", "Authorizer timed out");
    if (!outcome.ok) {
      if (outcome.thrown && outcome.error.errorMessage === "Unauthorized")
        return refusal("UNAUTHORIZED", "Unauthorized");
      this.#report(`authorizer: ${outcome.error.errorType}: ${outcome.error.errorMessage}`);
      return refusal("AUTHORIZER_FAILURE", "Internal server error");
    }
    const verdict = judge(JSON.parse(outcome.payload), methodArn);
    if (verdict.kind === "allow") return { context: verdict.context, latency: Date.now() - started };
    if (verdict.kind === "broken") {
      this.#report(`authorizer: its answer is refused: ${verdict.why}`);
      return refusal("AUTHORIZER_CONFIGURATION_ERROR", "Internal server error");
    }
    const sentence = "User is not authorized to access this resource";
    return {
      ...refusal("ACCESS_DENIED", verdict.explicit ? `${sentence} with an explicit deny` : sentence),
      context: verdict.context,
    };
  }

  async #integrate(request: ReceivedRequest, { method }: Match, event: string): Promise<HttpAnswer | Refusal> {
    const outcome = await this.#invoke(method.integration, event, request, method.timeoutMs);
    if (outcome === "late") return refusal("INTEGRATION_TIMEOUT", "Endpoint request timed out");
    const name = `${request.httpMethod} ${method.resourcePath}`;
    if (!outcome.ok) {
      this.#report(`${name}: ${outcome.error.errorType}: ${outcome.error.errorMessage}`);
      return refusal("INTEGRATION_FAILURE", "Internal server error");
    }
    const answer = readProxyAnswer(JSON.parse(outcome.payload), this.#isBinary(firstOf(request.headers, "accept")));
    if (answer !== undefined) return answer;
    this.#report(`${name}: malformed Lambda proxy response`);
    return refusal("INTEGRATION_FAILURE", "Internal server error");
  }

  /** API Gateway does not wait longer than its limit; the function may still run on. */
  #invoke(arn: string, event: string, request: ReceivedRequest, limit: number): Promise<Outcome | "late"> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve("late"), limit);
      void this.#poolOf(arn)
        .invoke(event, request.requestId, request.traceId, limit)
        .then((outcome) => {
          clearTimeout(timer);
          resolve(outcome);
        });
    });
  }

  /** Where a gateway response finds `context.…` and the method request's own values. */
  #lookup(request: ReceivedRequest, parts: RequestParts | undefined, refused: Refusal): Lookup {
    const context: Record<string, unknown> = {
      requestId: request.requestId,
      extendedRequestId: request.extendedRequestId,
      ...parts?.requestContext,
      error: {
        message: refused.message,
        messageString: JSON.stringify(refused.message),
        responseType: refused.type,
      },
      authorizer: Object.fromEntries(refused.context ?? []),
    };
    return (path) => {
      const source = /^method\.request\.(header|querystring|path)\.(.+)$/.exec(path);
      if (source?.[1] === "header") return firstOf(request.headers, source[2] ?? "");
      if (source?.[1] === "querystring") return request.query.get(source[2] ?? "")?.at(-1);
      if (source?.[1] === "path") return parts?.pathParameters[source[2] ?? ""];
      const [root, ...names] = path.split(".");
      if (root === "stageVariables") return this.#api.stageVariables?.get(names.join("."));
      let value: unknown = context;
      for (const name of names) value = isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
      return value === undefined || value === null || typeof value === "object" ? undefined : String(value);
    };
  }

  #isBinary(mediaTypes: string | undefined): boolean {
    const first = mediaTypes?.split(/[,;]/)[0]?.trim().toLowerCase();
    return this.#api.binaryMediaTypes.some((type) => type === "*/*" || type.toLowerCase() === first);
  }
}

function refusal(type: GatewayResponseType, message: string): Refusal {
  return { type, message };
}
