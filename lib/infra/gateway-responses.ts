/**
 * What API Gateway itself answers, as one table: the same problems as everywhere (RFC 9457). Its templates only substitute
 * `$context` variables, so what stands there must be plain text; and nothing of its own error text is ever shown, since that can
 * quote the credential.
 */
import { ResponseType, type RestApi } from "aws-cdk-lib/aws-apigateway";
import { problemKinds, UNAUTHENTICATED_DETAIL } from "../api/problem.ts";
import type { RefusalCode } from "../domain/errors.ts";
import { FIREWALL_WINDOW } from "./firewall.ts";

interface GatewayProblem {
  readonly types: readonly ResponseType[];
  readonly code: RefusalCode;
  readonly detail: string;
  /** Headers beyond those of every problem, as constants. */
  readonly headers?: Readonly<Record<string, string>>;
}

const retrySoon = { "Retry-After": "1" };

/** Every type of gateway response but the authorizer's denial. */
const gatewayProblems: readonly GatewayProblem[] = [
  {
    types: [ResponseType.UNAUTHORIZED, ResponseType.INVALID_API_KEY],
    code: "unauthenticated",
    detail: UNAUTHENTICATED_DETAIL,
    headers: { "WWW-Authenticate": "Bearer" },
  },
  {
    // What API Gateway says of an unknown path or method; which of these it is depends on the form of the Authorization header.
    types: [
      ResponseType.MISSING_AUTHENTICATION_TOKEN,
      ResponseType.INVALID_SIGNATURE,
      ResponseType.EXPIRED_TOKEN,
      ResponseType.RESOURCE_NOT_FOUND,
    ],
    code: "not_found",
    detail: "There is no such path or method.",
  },
  {
    types: [ResponseType.REQUEST_TOO_LARGE],
    code: "request.too_large",
    detail: "The request is larger than this service takes.",
  },
  {
    types: [ResponseType.UNSUPPORTED_MEDIA_TYPE],
    code: "request.media_type",
    detail: "The body must be application/json.",
  },
  {
    types: [ResponseType.THROTTLED, ResponseType.QUOTA_EXCEEDED],
    code: "throttled",
    detail: "There are too many requests at the moment; try again shortly.",
    headers: retrySoon,
  },
  {
    // The firewall has rate rules and no others; what it blocks, it blocks until it has counted less for its whole window.
    types: [ResponseType.WAF_FILTERED],
    code: "throttled",
    detail: "There are too many requests from you at the moment; try again in a minute.",
    headers: { "Retry-After": String(FIREWALL_WINDOW) },
  },
  {
    types: [ResponseType.BAD_REQUEST_BODY, ResponseType.BAD_REQUEST_PARAMETERS, ResponseType.DEFAULT_4XX],
    code: "request.malformed",
    detail: "The request cannot be read.",
  },
  {
    types: [
      ResponseType.AUTHORIZER_FAILURE,
      ResponseType.AUTHORIZER_CONFIGURATION_ERROR,
      ResponseType.API_CONFIGURATION_ERROR,
      ResponseType.INTEGRATION_FAILURE,
      ResponseType.INTEGRATION_TIMEOUT,
      ResponseType.DEFAULT_5XX,
    ],
    code: "unavailable",
    detail: "The service cannot answer at the moment; try again shortly.",
    headers: retrySoon,
  },
];

/** Gives the API its own answers. */
export function addGatewayResponses(api: RestApi): void {
  addDenial(api);
  for (const { types, code, detail, headers } of gatewayProblems) {
    const { status, title } = problemKinds[code];
    for (const type of types) {
      addProblem(api, type, {
        headers: { "X-Request-ID": "method.request.header.X-Request-ID", ...asConstants(headers ?? {}) },
        body: { type: `urn:bailiwick:problem:${code}`, title, status, code, detail, requestId: "$context.requestId" },
      });
    }
  }
}

/** The authorizer's refusal in its own words, which are the same whether the place exists or not. */
function addDenial(api: RestApi): void {
  addProblem(api, ResponseType.ACCESS_DENIED, {
    headers: { "X-Request-ID": "context.authorizer.requestId" },
    body: {
      type: "urn:bailiwick:problem:$context.authorizer.code",
      title: "$context.authorizer.title",
      status: problemKinds["access.denied"].status,
      code: "$context.authorizer.code",
      detail: "$context.authorizer.detail",
      requiredScope: "$context.authorizer.requiredScope",
      requestId: "$context.authorizer.requestId",
    },
  });
}

interface ProblemTemplate {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly status: number } & Readonly<Record<string, string | number>>;
}

function addProblem(api: RestApi, type: ResponseType, { headers, body }: ProblemTemplate): void {
  api.addGatewayResponse(type.responseType, {
    type,
    statusCode: String(body.status),
    responseHeaders: {
      ...asConstants({ "Content-Type": "application/problem+json", "Cache-Control": "no-store" }),
      ...headers,
    },
    // Chosen by the Accept header among the templates there are: being alone, it answers every Accept.
    templates: { "application/json": JSON.stringify(body) },
  });
}

/** API Gateway marks a header that is no expression by single quotes. */
function asConstants(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `'${value}'`]));
}
