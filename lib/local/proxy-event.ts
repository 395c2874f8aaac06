/**
 * The events that API Gateway gives to a REST API's REQUEST authorizer and to a Lambda proxy integration, with every key that
 * AWS documents for them. The API stands as behind a custom domain with an empty base path: no stage in any path.
 */
import type { AuthorizerContext } from "./authorizer-policy.ts";
import type { ReceivedRequest } from "./received-request.ts";
import { firstOf } from "./received-request.ts";
import { executeArn, type RestApi } from "./rest-api.ts";
import type { Match } from "./route-match.ts";

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `arn:aws:execute-api:<region>:<account>:<api>/<stage>/<method>/<path>` */
export function methodArnOf(api: RestApi, request: ReceivedRequest): string {
  return `${executeArn(api)}/${api.stage}/${request.httpMethod}${request.path}`;
}

/** `requestContext`, the source of `$context` too. */
function requestContextOf(api: RestApi, request: ReceivedRequest, { method }: Match): Record<string, unknown> {
  const host = firstOf(request.headers, "host") ?? "";
  const domainName = host.replace(/:\d+$/, "");
  return {
    accountId: api.account,
    apiId: api.id,
    domainName,
    domainPrefix: domainName.split(".")[0] ?? "",
    extendedRequestId: request.extendedRequestId,
    httpMethod: request.httpMethod,
    identity: {
      accessKey: null,
      accountId: null,
      apiKey: null,
      caller: null,
      cognitoAuthenticationProvider: null,
      cognitoAuthenticationType: null,
      cognitoIdentityId: null,
      cognitoIdentityPoolId: null,
      principalOrgId: null,
      sourceIp: request.sourceIp,
      user: null,
      userAgent: firstOf(request.headers, "user-agent") ?? null,
      userArn: null,
    },
    ...(method.operationName === undefined ? {} : { operationName: method.operationName }),
    path: request.path,
    protocol: request.protocol,
    requestId: request.requestId,
    requestTime: commonLogTime(new Date(request.time)),
    requestTimeEpoch: request.time,
    resourceId: method.resourceId,
    resourcePath: method.resourcePath,
    stage: api.stage,
  };
}

/** What both events have alike. Made once for a request. */
export function requestPartsOf(api: RestApi, request: ReceivedRequest, match: Match) {
  return {
    resource: match.method.resourcePath,
    path: request.path,
    httpMethod: request.httpMethod,
    headers: lastValues(request.headers),
    multiValueHeaders: Object.fromEntries(request.headers),
    queryStringParameters: lastValues(request.query),
    multiValueQueryStringParameters: Object.fromEntries(request.query),
    pathParameters: Object.fromEntries(match.pathParameters),
    stageVariables: Object.fromEntries(api.stageVariables ?? []),
    requestContext: requestContextOf(api, request, match),
  };
}

export type RequestParts = ReturnType<typeof requestPartsOf>;

/** For the authorizer: what is absent is an empty object. It never sees the body. */
export function authorizerEvent(parts: RequestParts, methodArn: string): object {
  return { type: "REQUEST", methodArn, ...parts };
}

/** For the integration: what is absent is `null`. */
export function proxyEvent(
  parts: RequestParts,
  authorizer: { readonly context: AuthorizerContext; readonly latency: number } | undefined,
  body: string | null,
  isBase64Encoded: boolean,
): object {
  const authorized =
    authorizer === undefined
      ? parts.requestContext
      : {
          ...parts.requestContext,
          authorizer: { ...Object.fromEntries(authorizer.context), integrationLatency: authorizer.latency },
        };
  return {
    ...parts,
    queryStringParameters: orNull(parts.queryStringParameters),
    multiValueQueryStringParameters: orNull(parts.multiValueQueryStringParameters),
    pathParameters: orNull(parts.pathParameters),
    stageVariables: orNull(parts.stageVariables),
    requestContext: authorized,
    body,
    isBase64Encoded,
  };
}

function lastValues(values: ReadonlyMap<string, readonly string[]>): Record<string, string> {
  const last = new Map<string, string>();
  for (const [name, all] of values) last.set(name, all.at(-1) ?? "");
  return Object.fromEntries(last);
}

function orNull<T extends object>(value: T): T | null {
  for (const _ in value) return value;
  return null;
}

/** `04/Mar/2020:19:15:17 +0000` */
function commonLogTime(time: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  const day = `${two(time.getUTCDate())}/${months[time.getUTCMonth()]}/${time.getUTCFullYear()}`;
  return `${day}:${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())} +0000`;
}
