/**
 * Who people are: the user pool, its own client, and the two triggers: the one that judges whoever comes through an identity
 * provider, and the one that puts Bailiwick's id of a person into their access tokens.
 */
import { CfnOutput, CrossStackReferences, ReferenceStrength, Stack, type StackProps } from "aws-cdk-lib";
import {
  CfnManagedLoginBranding,
  LambdaVersion,
  ManagedLoginVersion,
  type UserPool,
  type UserPoolClient,
  type UserPoolDomain,
  UserPoolOperation,
} from "aws-cdk-lib/aws-cognito";
import type { LogGroup } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { BailiwickFunction } from "./bailiwick-function.ts";
import type { Bundles } from "./bundles.ts";
import type { FunctionName } from "./function-table.ts";
import { isTerminationProtected } from "./keeping.ts";
import type { EncryptedTable } from "./table-grants.ts";
import type { TenantSettings } from "./tenant-settings.ts";
import { askBeforeFederatedSignIns, browserClient, userPool } from "./user-pool.ts";

export interface SignInStackProps extends StackProps {
  readonly tenant: TenantSettings;
  readonly bundles: Bundles;
  readonly data: EncryptedTable;
}

export class SignInStack extends Stack {
  /** What stands as `iss` in the tokens. */
  readonly issuer: string;
  readonly clientId: string;
  readonly pool: UserPool;
  /** Where the triggers tell of sign-ins that were refused. */
  readonly logs: readonly LogGroup[];

  constructor(scope: Construct, id: string, { tenant, bundles, data, ...props }: SignInStackProps) {
    super(scope, id, { ...props, terminationProtection: isTerminationProtected(tenant) });
    const functionOf = (name: FunctionName) =>
      new BailiwickFunction(this, name, { tenant, bundles, data, settings: {} });
    const pool = userPool(this, "user-pool", tenant);
    const client = browserClient(pool, "browser", tenant);
    const [tokens, inbound] = [functionOf("sign-in"), functionOf("inbound-federation")];
    pool.addTrigger(UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG, tokens.lambda, LambdaVersion.V2_0);
    askBeforeFederatedSignIns(pool, inbound.lambda);
    const domain = managedLogin(pool, client, tenant.signIn.domainPrefix);

    this.logs = [tokens.log, inbound.log];
    for (const kept of [pool, client, ...this.logs]) CrossStackReferences.of(kept).produce(ReferenceStrength.STRONG);
    this.issuer = pool.userPoolProviderUrl;
    this.clientId = client.userPoolClientId;
    this.pool = pool;

    const told = (id: string, value: string, description: string) => new CfnOutput(this, id, { value, description });
    told("UserPoolId", pool.userPoolId, "The user pool");
    told("UserPoolClientId", this.clientId, "The client through which people of the pool itself sign in");
    told("Issuer", this.issuer, "What stands as iss in the tokens");
    told("LoginUrl", domain.baseUrl(), "The managed login");
    told("EntityId", `urn:amazon:cognito:sp:${pool.userPoolId}`, "For a SAML provider: the audience, or entity id");
    told("AcsUrl", `${domain.baseUrl()}/saml2/idpresponse`, "For a SAML provider: where its assertions are posted");
    told("OidcRedirectUrl", `${domain.baseUrl()}/oauth2/idpresponse`, "For an OIDC provider: the redirect address");
  }
}

function managedLogin(pool: UserPool, client: UserPoolClient, domainPrefix: string): UserPoolDomain {
  const domain = pool.addDomain("domain", {
    cognitoDomain: { domainPrefix },
    managedLoginVersion: ManagedLoginVersion.NEWER_MANAGED_LOGIN,
  });
  // Managed login shows a client nothing until it has a branding of its own.
  new CfnManagedLoginBranding(pool, "branding", {
    userPoolId: pool.userPoolId,
    clientId: client.userPoolClientId,
    useCognitoProvidedValues: true,
  }).node.addDependency(domain);
  return domain;
}
