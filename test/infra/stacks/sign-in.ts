import { expect, it } from "vitest";
import { ofType, type SynthesizedTenant, theOnly } from "../assembly.ts";

export function signInCases({ signIn, settings }: SynthesizedTenant): void {
  const [[poolId, pool] = []] = ofType(signIn, "AWS::Cognito::UserPool");
  const client = theOnly(signIn, "AWS::Cognito::UserPoolClient");
  const [[triggerId] = []] = ofType(signIn, "AWS::Lambda::Function");

  it("is a pool of verified e-mail addresses on the plan that the trigger needs", () => {
    expect(pool?.Properties).toMatchObject({
      UserPoolTier: "ESSENTIALS",
      UsernameAttributes: ["email"],
      UsernameConfiguration: { CaseSensitive: false },
      AutoVerifiedAttributes: ["email"],
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ["email"] },
    });
  });

  it("offers a second factor from an app, never by text message", () => {
    expect(pool?.Properties).toMatchObject({ MfaConfiguration: "OPTIONAL", EnabledMfas: ["SOFTWARE_TOKEN_MFA"] });
  });

  it("cannot be deleted, and stays when a stack outside development goes", () => {
    expect(pool?.Properties.DeletionProtection).toBe("ACTIVE");
    expect(pool?.DeletionPolicy).toBe(settings.environment === "development" ? "Delete" : "Retain");
  });

  it("asks the trigger before each token, in the version that can change access tokens", () => {
    expect(pool?.Properties.LambdaConfig).toEqual({
      PreTokenGenerationConfig: { LambdaArn: { "Fn::GetAtt": [triggerId, "Arn"] }, LambdaVersion: "V2_0" },
    });
  });

  it("lets only this pool call the trigger", () => {
    expect(theOnly(signIn, "AWS::Lambda::Permission").Properties).toMatchObject({
      FunctionName: { "Fn::GetAtt": [triggerId, "Arn"] },
      Principal: "cognito-idp.amazonaws.com",
      SourceArn: { "Fn::GetAtt": [poolId, "Arn"] },
    });
  });

  it("has a client without a secret whose only direct flow is refreshing", () => {
    expect(client.Properties).toMatchObject({
      ExplicitAuthFlows: ["ALLOW_REFRESH_TOKEN_AUTH"],
      GenerateSecret: false,
      EnableTokenRevocation: true,
      PreventUserExistenceErrors: "ENABLED",
    });
  });

  it("gives no client the scope with which people could edit their own attributes", () => {
    expect(signIn.text).not.toContain("aws.cognito.signin.user.admin");
  });

  it.runIf(settings.signIn)(
    "signs people in with a browser by authorization code alone, back to the named addresses",
    () => {
      expect(client.Properties).toMatchObject({
        AllowedOAuthFlows: ["code"],
        AllowedOAuthScopes: ["openid", "email"],
        CallbackURLs: settings.signIn?.callbackUrls,
        LogoutURLs: settings.signIn?.callbackUrls,
      });
      expect(theOnly(signIn, "AWS::Cognito::UserPoolDomain").Properties).toMatchObject({
        Domain: settings.signIn?.domainPrefix,
        ManagedLoginVersion: 2,
      });
      expect(theOnly(signIn, "AWS::Cognito::ManagedLoginBranding").Properties).toMatchObject({
        UseCognitoProvidedValues: true,
      });
    },
  );

  it.runIf(!settings.signIn)("allows no sign-in with a browser where no address to come back to is set", () => {
    expect(client.Properties.AllowedOAuthFlowsUserPoolClient).toBe(false);
    expect(client.Properties).not.toHaveProperty("AllowedOAuthFlows");
  });
}
