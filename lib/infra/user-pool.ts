/** The pool of people, the client through which those of the pool itself sign in, and who is asked about everybody else. */
import { Duration, Validations } from "aws-cdk-lib";
import {
  AccountRecovery,
  type CfnUserPool,
  ClientAttributes,
  FeaturePlan,
  Mfa,
  OAuthScope,
  UserPool,
  type UserPoolClient,
  UserPoolClientIdentityProvider,
} from "aws-cdk-lib/aws-cognito";
import { CfnPermission, type IFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { removalPolicyOf } from "./keeping.ts";
import type { TenantSettings } from "./tenant-settings.ts";

export function userPool(scope: Construct, id: string, tenant: TenantSettings): UserPool {
  const pool = new UserPool(scope, id, {
    // Essentials: triggers that may change access tokens need it.
    featurePlan: FeaturePlan.ESSENTIALS,
    selfSignUpEnabled: true,
    signInAliases: { email: true },
    signInCaseSensitive: false,
    standardAttributes: { email: { required: true, mutable: true } },
    autoVerify: { email: true },
    // A changed address counts only once it is verified.
    keepOriginal: { email: true },
    accountRecovery: AccountRecovery.EMAIL_ONLY,
    mfa: Mfa.OPTIONAL,
    mfaSecondFactor: { otp: true, sms: false },
    passwordPolicy: {
      minLength: 12,
      requireDigits: true,
      requireLowercase: true,
      requireSymbols: true,
      requireUppercase: true,
    },
    deletionProtection: true,
    removalPolicy: removalPolicyOf(tenant),
  });
  Validations.of(pool).acknowledge(
    {
      id: "AwsSolutions-COG2",
      reason: "A second factor is each person's choice; organizations that demand one bring an identity provider.",
    },
    {
      id: "AwsSolutions-COG8",
      reason: "The Essentials plan has all that the access-token trigger needs; threat protection would need Plus.",
    },
  );
  return pool;
}

/**
 * Has a function asked at each sign-in through an identity provider, before anything of it is stored. The CDK knows this trigger
 * as a property of CloudFormation's only, so the permission to call the function is given by hand.
 */
export function askBeforeFederatedSignIns(pool: UserPool, handler: IFunction): void {
  const resource = pool.node.defaultChild as CfnUserPool;
  resource.addPropertyOverride("LambdaConfig.InboundFederation", {
    LambdaArn: handler.functionArn,
    LambdaVersion: "V1_0",
  });
  new CfnPermission(pool, "inbound-federation", {
    action: "lambda:InvokeFunction",
    functionName: handler.functionArn,
    principal: "cognito-idp.amazonaws.com",
    sourceArn: pool.userPoolArn,
  });
}

/**
 * A public client for managed login, of the people of the pool itself: each organization's providers have a client of their own,
 * which the service makes, since CloudFormation would take away what it does not know. Refreshing is the only flow that it may ask for directly, and it cannot get the scope
 * `aws.cognito.signin.user.admin`, with which people could edit their own attributes.
 */
export function browserClient(pool: UserPool, id: string, { signIn }: TenantSettings): UserPoolClient {
  return pool.addClient(id, {
    // Naming any flow makes CDK write the list; refreshing is always in it. Without a list Cognito allows more.
    authFlows: { user: false },
    generateSecret: false,
    supportedIdentityProviders: [UserPoolClientIdentityProvider.COGNITO],
    preventUserExistenceErrors: true,
    enableTokenRevocation: true,
    accessTokenValidity: Duration.hours(1),
    idTokenValidity: Duration.hours(1),
    refreshTokenValidity: Duration.days(30),
    readAttributes: new ClientAttributes().withStandardAttributes({ email: true, emailVerified: true }),
    writeAttributes: new ClientAttributes().withStandardAttributes({ email: true }),
    oAuth: {
      flows: { authorizationCodeGrant: true },
      scopes: [OAuthScope.OPENID, OAuthScope.EMAIL],
      callbackUrls: [...signIn.callbackUrls],
      logoutUrls: [...signIn.callbackUrls],
    },
  });
}
