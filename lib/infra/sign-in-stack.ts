/** Who people are: the user pool, its client, and the trigger that puts Bailiwick's id of a person into their access tokens. */
import { CfnOutput, CrossStackReferences, ReferenceStrength, Stack, type StackProps } from "aws-cdk-lib";
import {
  CfnManagedLoginBranding,
  LambdaVersion,
  ManagedLoginVersion,
  type UserPool,
  type UserPoolClient,
  UserPoolOperation,
} from "aws-cdk-lib/aws-cognito";
import type { Construct } from "constructs";
import { BailiwickFunction } from "./bailiwick-function.ts";
import type { Bundles } from "./bundles.ts";
import { isTerminationProtected } from "./keeping.ts";
import type { EncryptedTable } from "./table-grants.ts";
import type { TenantSettings } from "./tenant-settings.ts";
import { browserClient, userPool } from "./user-pool.ts";

export interface SignInStackProps extends StackProps {
  readonly tenant: TenantSettings;
  readonly bundles: Bundles;
  readonly data: EncryptedTable;
}

export class SignInStack extends Stack {
  /** What stands as `iss` in the tokens. */
  readonly issuer: string;
  readonly clientId: string;

  constructor(scope: Construct, id: string, { tenant, bundles, data, ...props }: SignInStackProps) {
    super(scope, id, { ...props, terminationProtection: isTerminationProtected(tenant) });
    const pool = userPool(this, "user-pool", tenant);
    const client = browserClient(pool, "browser", tenant);
    const trigger = new BailiwickFunction(this, "sign-in", { tenant, bundles, data, settings: {} }).lambda;
    pool.addTrigger(UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG, trigger, LambdaVersion.V2_0);
    if (tenant.signIn) managedLogin(pool, client, tenant.signIn.domainPrefix);

    for (const kept of [pool, client]) CrossStackReferences.of(kept).produce(ReferenceStrength.STRONG);
    this.issuer = pool.userPoolProviderUrl;
    this.clientId = client.userPoolClientId;

    new CfnOutput(this, "UserPoolId", { value: pool.userPoolId });
    new CfnOutput(this, "UserPoolClientId", { value: this.clientId });
    new CfnOutput(this, "Issuer", { value: this.issuer });
  }
}

function managedLogin(pool: UserPool, client: UserPoolClient, domainPrefix: string): void {
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
}
