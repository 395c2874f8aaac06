/** What the template says of the user pool and its client, as far as tokens depend on it. */
import type { Deployment } from "./deployment.ts";
import { assertMayInvoke } from "./invoke-permission.ts";
import { referenceOf } from "./physical-names.ts";
import { asList, asNumber, asRecord, asText } from "./shape.ts";
import { StartRefusal } from "./start-refusal.ts";

export interface UserPool {
  readonly region: string;
  readonly userPoolId: string;
  readonly clientId: string;
  /** What a token of the client may be asked for, in a browser's sign-in. */
  readonly scopes: readonly string[];
  readonly accessTokenSeconds: number;
  /** ARN of the pre-token-generation trigger. */
  readonly trigger: string;
}

const unitSeconds = new Map([
  ["seconds", 1],
  ["minutes", 60],
  ["hours", 3_600],
  ["days", 86_400],
]);

export function readUserPool(deployment: Deployment): UserPool {
  const pool = deployment.only("AWS::Cognito::UserPool");
  const client = deployment.only("AWS::Cognito::UserPoolClient");
  const triggers = asRecord(deployment.property(pool, "LambdaConfig") ?? {}, `${pool.id}.LambdaConfig`);
  const preToken = asRecord(triggers.PreTokenGenerationConfig ?? {}, `${pool.id}.PreTokenGenerationConfig`);
  if (preToken.LambdaVersion !== "V2_0") {
    throw new StartRefusal(`The user pool ${pool.id} has no pre-token-generation trigger of version 2.`);
  }
  const trigger = asText(preToken.LambdaArn, `${pool.id}.PreTokenGenerationConfig.LambdaArn`);
  assertMayInvoke(deployment, trigger, "cognito-idp.amazonaws.com", deployment.attribute(pool, "Arn"));
  const units = asRecord(deployment.property(client, "TokenValidityUnits") ?? {}, `${client.id}.TokenValidityUnits`);
  const unit = unitSeconds.get(String(units.AccessToken ?? "hours")) ?? 3_600;
  const validity = asNumber(
    deployment.property(client, "AccessTokenValidity") ?? 1,
    `${client.id}.AccessTokenValidity`,
  );
  return {
    region: pool.stack.region,
    userPoolId: referenceOf(pool),
    clientId: referenceOf(client),
    // A client without managed login, as in a development tenant, still signs in here.
    scopes: asList(deployment.property(client, "AllowedOAuthScopes") ?? ["openid"], "AllowedOAuthScopes").map(String),
    accessTokenSeconds: validity * unit,
    trigger,
  };
}
