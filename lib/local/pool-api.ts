/**
 * The few operations of Cognito's API that the service calls, over AWS's JSON protocol 1.1. A request has to be signed, since the
 * service's is; by whom is not looked at, since every function here may configure the pool.
 */
import type { IncomingMessage } from "node:http";
import type { PoolClients } from "./pool-clients.ts";
import type { PoolProviders } from "./pool-providers.ts";
import { PoolRefusal, refuse } from "./pool-refusal.ts";
import { demandText, type PoolRequest } from "./pool-request.ts";
import { readBody } from "./request-body.ts";
import { isRecord } from "./shape.ts";

const TARGET = "AWSCognitoIdentityProviderService.";
/** As much as Cognito takes for branding, its largest request. */
const BODY_LIMIT = 2 * 1024 * 1024;

export interface PoolConfiguration {
  readonly userPoolId: string;
  readonly providers: PoolProviders;
  readonly clients: PoolClients;
}

export interface PoolAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

type Operation = (configuration: PoolConfiguration, request: PoolRequest) => object | Promise<object>;

const operations: Readonly<Record<string, Operation>> = {
  CreateIdentityProvider: ({ providers }, request) => providers.create(request),
  UpdateIdentityProvider: ({ providers }, request) => providers.update(request),
  DescribeIdentityProvider: ({ providers }, request) => providers.describe(request),
  DeleteIdentityProvider: ({ providers }, request) => providers.remove(request),
  ListIdentityProviders: ({ providers }, request) => providers.list(request),
  CreateUserPoolClient: ({ clients }, request) => clients.create(request),
  UpdateUserPoolClient: ({ clients }, request) => clients.update(request),
  DescribeUserPoolClient: ({ clients }, request) => clients.describe(request),
  DeleteUserPoolClient: ({ clients }, request) => clients.remove(request),
  ListUserPoolClients: ({ clients }, request) => clients.list(request),
  CreateManagedLoginBranding: ({ clients }, request) => clients.createBranding(request),
  DescribeManagedLoginBrandingByClient: ({ clients }, request) => clients.describeBranding(request),
};

/** Rejects for a fault only. */
export async function answerPoolCall(configuration: PoolConfiguration, message: IncomingMessage): Promise<PoolAnswer> {
  const headers = { "Content-Type": "application/x-amz-json-1.1" };
  try {
    return { status: 200, headers, body: await call(configuration, message) };
  } catch (error) {
    if (!(error instanceof PoolRefusal)) throw error;
    const body = { __type: error.exception, message: error.message };
    return { status: 400, headers: { ...headers, "x-amzn-ErrorType": error.exception }, body };
  }
}

async function call(configuration: PoolConfiguration, message: IncomingMessage): Promise<object> {
  const target = String(message.headers["x-amz-target"] ?? "");
  const name = target.startsWith(TARGET) ? target.slice(TARGET.length) : "";
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  const body = await readBody(message, BODY_LIMIT);
  if (operation === undefined) return refuse("UnknownOperationException", `The local sign-in does not know ${target}.`);
  if (!message.headers.authorization?.startsWith("AWS4-HMAC-SHA256 ")) {
    refuse("MissingAuthenticationTokenException", "Missing Authentication Token");
  }
  if (!Buffer.isBuffer(body)) return refuse("SerializationException", "The body is too large or not complete.");
  const request = readJson(body);
  const poolId = demandText(request, "UserPoolId", { least: 1, most: 55, pattern: /^[\w-]+_[0-9a-zA-Z]+$/ });
  if (poolId !== configuration.userPoolId) {
    refuse("ResourceNotFoundException", `User pool ${poolId} does not exist.`);
  }
  return operation(configuration, request);
}

function readJson(body: Buffer): PoolRequest {
  try {
    const request: unknown = JSON.parse(body.toString());
    if (isRecord(request)) return request;
  } catch {
    // The same refusal as for what is no object.
  }
  return refuse("SerializationException", "The body is not a JSON object.");
}
