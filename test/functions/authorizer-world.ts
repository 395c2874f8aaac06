/** The deployable authorizer in this process: its real handler, on the real engine, with an issuer under the test's control. */
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent, Context } from "aws-lambda";
import { vi } from "vitest";
import { groupByPath } from "../../lib/api/access.ts";
import { routes } from "../../lib/api/routes.ts";
import { CLIENT_ID } from "../identity/issuer.ts";

const API = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/live";

interface Surroundings {
  readonly endpoint: string;
  readonly tableName: string;
  readonly issuer: string;
}

type Authorizer = (event: APIGatewayRequestAuthorizerEvent) => Promise<APIGatewayAuthorizerResult>;

/** Loads the function as a cold start does, with this environment. */
export async function loadAuthorizer(
  { endpoint, tableName, issuer }: Surroundings,
  changes: Readonly<Record<string, string>> = {},
): Promise<Authorizer> {
  const environment = {
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    POWERTOOLS_SERVICE_NAME: "authorizer",
    LOG_LEVEL: "INFO",
    TABLE_NAME: tableName,
    TOKEN_ISSUER: issuer,
    TOKEN_CLIENT_IDS: CLIENT_ID,
    API_KEY_PEPPER: "a pepper of 32 characters or more",
    ...changes,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const judged = routes.filter(({ access }) => access.kind !== "public");
  vi.stubGlobal("ROUTE_ACCESS", groupByPath(judged));
  vi.resetModules();
  const { handler } = await import("../../functions/authorizer.ts");
  const context = { awsRequestId: "lambda-1", getRemainingTimeInMillis: () => 5_000 } as Context;
  return (event) =>
    (handler as unknown as (event: unknown, context: Context) => ReturnType<Authorizer>)(event, context);
}

interface Asked {
  readonly params?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string[]>>;
  readonly query?: Readonly<Record<string, string[]>>;
}

/** The event of a call, e.g. `GET /v1/orgs/{orgId}`. */
export function eventOf(
  call: string,
  { params = {}, headers = {}, query = {} }: Asked,
): APIGatewayRequestAuthorizerEvent {
  const [httpMethod = "", resource = ""] = call.split(" ");
  const path = resource.replace(/\{(\w+)\+?\}/g, (_, name: string) => params[name] ?? "");
  return {
    type: "REQUEST",
    methodArn: `${API}/${httpMethod}${path}`,
    resource,
    path,
    httpMethod,
    headers: Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, values.at(-1)])),
    multiValueHeaders: { ...headers },
    pathParameters: { ...params },
    queryStringParameters: Object.fromEntries(Object.entries(query).map(([name, values]) => [name, values.at(-1)])),
    multiValueQueryStringParameters: { ...query },
    stageVariables: {},
    requestContext: {
      requestId: "gateway-1",
      identity: { sourceIp: "192.0.2.7", userAgent: "test/1" },
    } as APIGatewayRequestAuthorizerEvent["requestContext"],
  };
}
