/** The pool of people, and the one client through which a person signs in with a browser. */
import { Duration, Validations } from "aws-cdk-lib";
import {
  AccountRecovery,
  ClientAttributes,
  FeaturePlan,
  Mfa,
  OAuthScope,
  UserPool,
  type UserPoolClient,
} from "aws-cdk-lib/aws-cognito";
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
 * A public client for managed login. Refreshing is the only flow that it may ask for directly, and it cannot get the scope
 * `aws.cognito.signin.user.admin`, with which people could edit their own attributes.
 */
export function browserClient(pool: UserPool, id: string, { signIn }: TenantSettings): UserPoolClient {
  return pool.addClient(id, {
    // Naming any flow makes CDK write the list; refreshing is always in it. Without a list Cognito allows more.
    authFlows: { user: false },
    generateSecret: false,
    preventUserExistenceErrors: true,
    enableTokenRevocation: true,
    accessTokenValidity: Duration.hours(1),
    idTokenValidity: Duration.hours(1),
    refreshTokenValidity: Duration.days(30),
    readAttributes: new ClientAttributes().withStandardAttributes({ email: true, emailVerified: true }),
    writeAttributes: new ClientAttributes().withStandardAttributes({ email: true }),
    ...(signIn
      ? {
          oAuth: {
            flows: { authorizationCodeGrant: true },
            scopes: [OAuthScope.OPENID, OAuthScope.EMAIL],
            callbackUrls: [...signIn.callbackUrls],
            logoutUrls: [...signIn.callbackUrls],
          },
        }
      : { disableOAuth: true }),
  });
}
