/** What the template says of the user pool, its client and its triggers, as far as signing in depends on it. */
import { readClientSettings } from "./client-settings.ts";
import type { Deployment } from "./deployment.ts";
import { assertMayInvoke } from "./invoke-permission.ts";
import { referenceOf } from "./physical-names.ts";
import type { PoolClient } from "./pool-clients.ts";
import { PoolRefusal } from "./pool-refusal.ts";
import { asRecord, asText } from "./shape.ts";
import { placeStartPage } from "./start-page-address.ts";
import { StartRefusal } from "./start-refusal.ts";

export interface UserPool {
  readonly region: string;
  readonly userPoolId: string;
  readonly client: PoolClient;
  /** ARN of the pre-token-generation trigger. */
  readonly trigger: string;
  /** ARN of the inbound-federation trigger. */
  readonly inboundTrigger: string;
}

type Settings = Readonly<Record<string, unknown>>;

/** @param login address of the sign-in, whose start page stands among the callbacks */
export function readUserPool(deployment: Deployment, login: string): UserPool {
  const pool = deployment.only("AWS::Cognito::UserPool");
  const triggers = asRecord(deployment.property(pool, "LambdaConfig") ?? {}, `${pool.id}.LambdaConfig`);
  const triggerOf = (name: string, version: string, what: string) => {
    const config = asRecord(triggers[name] ?? {}, `${pool.id}.${name}`);
    if (config.LambdaVersion !== version) throw new StartRefusal(`The user pool ${pool.id} has no ${what}.`);
    const arn = asText(config.LambdaArn, `${pool.id}.${name}.LambdaArn`);
    assertMayInvoke(deployment, arn, "cognito-idp.amazonaws.com", deployment.attribute(pool, "Arn"));
    return arn;
  };
  return {
    region: pool.stack.region,
    userPoolId: referenceOf(pool),
    client: readTemplateClient(deployment, login),
    trigger: triggerOf("PreTokenGenerationConfig", "V2_0", "pre-token-generation trigger of version 2"),
    // Without it whoever a provider brings would be let in unjudged.
    inboundTrigger: triggerOf("InboundFederation", "V1_0", "inbound-federation trigger"),
  };
}

const clientProperties = [
  "SupportedIdentityProviders",
  "CallbackURLs",
  "LogoutURLs",
  "AllowedOAuthFlows",
  "AllowedOAuthFlowsUserPoolClient",
  "AllowedOAuthScopes",
  "ExplicitAuthFlows",
  "EnableTokenRevocation",
  "PreventUserExistenceErrors",
  "AccessTokenValidity",
  "IdTokenValidity",
  "RefreshTokenValidity",
  "TokenValidityUnits",
  "ReadAttributes",
  "WriteAttributes",
] as const;

function readTemplateClient(deployment: Deployment, login: string): PoolClient {
  const client = deployment.only("AWS::Cognito::UserPoolClient");
  const written = Object.fromEntries(clientProperties.map((name) => [name, deployment.property(client, name)]));
  const ClientId = referenceOf(client);
  try {
    const settings = readClientSettings(written as Settings, () => false, client.id);
    const CallbackURLs = placeStartPage(settings.CallbackURLs, login);
    const LogoutURLs = placeStartPage(settings.LogoutURLs, login);
    return { ...settings, CallbackURLs, LogoutURLs, ClientId, branding: "template", created: 0, modified: 0 };
  } catch (error) {
    if (!(error instanceof PoolRefusal)) throw error;
    throw new StartRefusal(`Cognito would refuse the client ${client.id}: ${error.message}`);
  }
}
