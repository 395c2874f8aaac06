/** The process environment of a function: the template's variables, and what Lambda itself sets for every function. */
import type { FunctionDefinition } from "./function-definition.ts";
import { placeStartPage } from "./start-page-address.ts";

/** What stands in for AWS around the functions. */
export interface LocalAws {
  /** Where DynamoDB answers. */
  readonly dynamodbEndpoint: string;
  /** Where the sign-in answers, and with it the user pool's API and the event bus. */
  readonly login: string;
  /** Where S3 and KMS answer. */
  readonly archive: string;
}

/** Of the template's own settings only these differ here. */
const standIns: Readonly<Record<string, (text: string, login: string) => string>> = {
  // Deployed, metadata is fetched from public addresses only; the test providers of one machine are at none.
  METADATA_ADDRESSES: () => "any",
  CALLBACK_URLS: (text, login) => JSON.stringify(placeStartPage(JSON.parse(text), login)),
};

export function environmentFor(
  definition: FunctionDefinition,
  { dynamodbEndpoint, login, archive }: LocalAws,
): Record<string, string> {
  return {
    PATH: "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    LAMBDA_TASK_ROOT: "/var/task",
    LAMBDA_RUNTIME_DIR: "/var/runtime",
    _HANDLER: `index.${definition.exportName}`,
    AWS_EXECUTION_ENV: `AWS_Lambda_${definition.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memory),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: definition.logGroup,
    AWS_REGION: definition.region,
    AWS_DEFAULT_REGION: definition.region,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_SESSION_TOKEN: "local",
    AWS_ENDPOINT_URL_DYNAMODB: dynamodbEndpoint,
    AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: login,
    AWS_ENDPOINT_URL_S3: archive,
    AWS_ENDPOINT_URL_KMS: archive,
    AWS_ENDPOINT_URL_EVENTBRIDGE: login,
    ...Object.fromEntries(
      [...definition.environment].map(([name, text]) => [name, standIns[name]?.(text, login) ?? text]),
    ),
  };
}
