/**
 * The few operations of Cognito's API that the service calls, over AWS's JSON protocol 1.1. A request has to be signed, since the
 * service's is; by whom is not looked at, since every function here may configure the pool.
 */
import type { IncomingMessage } from "node:http";
import { awsAnswer, awsException, isSigned, readAwsRequest, targetOf } from "./aws-json.ts";
import type { PoolClients } from "./pool-clients.ts";
import type { PoolProviders } from "./pool-providers.ts";
import { PoolRefusal, refuse } from "./pool-refusal.ts";
import { demandText, type PoolRequest } from "./pool-request.ts";
import type { Reply } from "./reply.ts";
import { readBody } from "./request-body.ts";

const TARGET = "AWSCognitoIdentityProviderService.";
/** As much as Cognito takes for branding, its largest request. */
const BODY_LIMIT = 2 * 1024 * 1024;

export interface PoolConfiguration {
  readonly userPoolId: string;
  readonly providers: PoolProviders;
  readonly clients: PoolClients;
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
export async function answerPoolCall(configuration: PoolConfiguration, message: IncomingMessage): Promise<Reply> {
  try {
    return awsAnswer(await call(configuration, message));
  } catch (error) {
    if (!(error instanceof PoolRefusal)) throw error;
    return awsException(error.exception, error.message);
  }
}

async function call(configuration: PoolConfiguration, message: IncomingMessage): Promise<object> {
  const target = targetOf(message);
  const name = target.startsWith(TARGET) ? target.slice(TARGET.length) : "";
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  const body = await readBody(message, BODY_LIMIT);
  if (operation === undefined) return refuse("UnknownOperationException", `The local sign-in does not know ${target}.`);
  if (!isSigned(message)) {
    refuse("MissingAuthenticationTokenException", "Missing Authentication Token");
  }
  if (!Buffer.isBuffer(body)) return refuse("SerializationException", "The body is too large or not complete.");
  const request: PoolRequest =
    readAwsRequest(body) ?? refuse("SerializationException", "The body is not a JSON object.");
  const poolId = demandText(request, "UserPoolId", { least: 1, most: 55, pattern: /^[\w-]+_[0-9a-zA-Z]+$/ });
  if (poolId !== configuration.userPoolId) {
    refuse("ResourceNotFoundException", `User pool ${poolId} does not exist.`);
  }
  return operation(configuration, request);
}
