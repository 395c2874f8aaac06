/** API Gateway's proxy event (REST API, payload 1.0) as a request. */
import type { APIGatewayProxyEvent } from "aws-lambda";
import type { Method } from "../../lib/api/access.ts";
import type { Authorized, HttpRequest } from "../../lib/api/exchange.ts";
import { hideCredentials } from "../../lib/domain/key-form.ts";
import { limits } from "../../lib/domain/limits.ts";
import { chooseRequestId } from "./request-id.ts";

export function toHttpRequest(event: APIGatewayProxyEvent): HttpRequest {
  const headers = new Map<string, string>();
  for (const [name, values] of Object.entries(event.multiValueHeaders ?? {})) {
    headers.set(name.toLowerCase(), (values ?? []).join(", "));
  }
  return {
    method: event.httpMethod as Method,
    resource: event.resource,
    path: event.path,
    params: new Map(
      Object.entries(event.pathParameters ?? {}).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      ),
    ),
    query: new Map(
      Object.entries(event.multiValueQueryStringParameters ?? {}).map(([name, values]) => [name, values ?? []]),
    ),
    headers,
    body: readBody(event),
    origin: {
      ip: event.requestContext.identity.sourceIp,
      userAgent: hideCredentials(event.requestContext.identity.userAgent ?? "").slice(0, limits.userAgentLength),
      requestId: chooseRequestId(headers.get("x-request-id"), event.requestContext.requestId),
    },
    authorized: readAuthorized(event.requestContext.authorizer),
  };
}

function readBody({ body, isBase64Encoded }: APIGatewayProxyEvent): string | undefined {
  if (body === null) return undefined;
  return isBase64Encoded ? Buffer.from(body, "base64").toString("utf8") : body;
}

/** What the authorizer's context says (see `authorizer-answer.ts`); API Gateway hands each member on as a string. */
function readAuthorized(context: APIGatewayProxyEvent["requestContext"]["authorizer"]): Authorized | undefined {
  const principal: unknown = context?.principal;
  if (typeof principal !== "string") return undefined;
  return {
    principal: JSON.parse(principal),
    holdsScope: context?.holdsScope === "true",
    isWorkspaceAbsent: context?.isWorkspaceAbsent === "true",
  };
}
