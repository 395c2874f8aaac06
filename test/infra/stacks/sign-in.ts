import { expect, it } from "vitest";
import { ofType, type SynthesizedStack, type SynthesizedTenant, theOnly } from "../assembly.ts";

export function signInCases({ signIn, settings }: SynthesizedTenant): void {
  const [[poolId, pool] = []] = ofType(signIn, "AWS::Cognito::UserPool");
  const client = theOnly(signIn, "AWS::Cognito::UserPoolClient");
  const triggers = triggersOf(signIn);
  const [[domainId, domain] = []] = ofType(signIn, "AWS::Cognito::UserPoolDomain");

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

  it("asks one trigger before each token, another at each sign-in through a provider, in the versions that may change them", () => {
    expect(pool?.Properties.LambdaConfig).toEqual({
      PreTokenGenerationConfig: {
        LambdaArn: { "Fn::GetAtt": [triggers.get("sign-in"), "Arn"] },
        LambdaVersion: "V2_0",
      },
      InboundFederation: {
        LambdaArn: { "Fn::GetAtt": [triggers.get("inbound-federation"), "Arn"] },
        LambdaVersion: "V1_0",
      },
    });
  });

  it("lets only this pool call the triggers", () => {
    const permissions = ofType(signIn, "AWS::Lambda::Permission").map(([, { Properties }]) => Properties);
    const called = permissions.map(({ FunctionName }) => FunctionName);
    expect(called).toHaveLength(2);
    for (const id of triggers.values()) expect(called).toContainEqual({ "Fn::GetAtt": [id, "Arn"] });
    for (const permission of permissions) {
      expect(permission).toMatchObject({
        Action: "lambda:InvokeFunction",
        Principal: "cognito-idp.amazonaws.com",
        SourceArn: { "Fn::GetAtt": [poolId, "Arn"] },
      });
    }
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

  it("signs people in with a browser by authorization code alone, back to the named addresses", () => {
    expect(client.Properties).toMatchObject({
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ["code"],
      AllowedOAuthScopes: ["openid", "email"],
      CallbackURLs: settings.signIn.callbackUrls,
      LogoutURLs: settings.signIn.callbackUrls,
    });
    expect(domain?.Properties).toMatchObject({ Domain: settings.signIn.domainPrefix, ManagedLoginVersion: 2 });
    expect(theOnly(signIn, "AWS::Cognito::ManagedLoginBranding").Properties).toMatchObject({
      UseCognitoProvidedValues: true,
    });
  });

  it("leaves identity providers to the service: its own client serves the pool's people alone", () => {
    expect(client.Properties.SupportedIdentityProviders).toEqual(["COGNITO"]);
    expect(ofType(signIn, "AWS::Cognito::UserPoolIdentityProvider")).toEqual([]);
  });

  it("tells what an identity provider's administrator has to enter", () => {
    const told = (name: string) => whole((signIn.outputs[name] as { readonly Value: unknown } | undefined)?.Value);
    const login = `https://<${domainId}>.auth.${settings.region ?? "<AWS::Region>"}.amazoncognito.com`;
    expect(told("EntityId")).toBe(`urn:amazon:cognito:sp:<${poolId}>`);
    expect(told("LoginUrl")).toBe(login);
    expect(told("AcsUrl")).toBe(`${login}/saml2/idpresponse`);
    expect(told("OidcRedirectUrl")).toBe(`${login}/oauth2/idpresponse`);
    expect(signIn.outputs).toHaveProperty("Issuer");
  });
}

/** The triggers' logical ids by the names of their functions. */
function triggersOf(stack: SynthesizedStack): ReadonlyMap<string, string> {
  return new Map(
    ofType(stack, "AWS::Lambda::Function").map(([id, { Properties }]) => {
      const { Variables } = Properties.Environment as { Variables: { POWERTOOLS_SERVICE_NAME: string } };
      return [Variables.POWERTOOLS_SERVICE_NAME, id];
    }),
  );
}

/** A text of the template with `<name>` for each reference in it. */
function whole(value: unknown): string {
  if (typeof value === "string") return value;
  const node = value as { readonly Ref?: string; readonly "Fn::Join"?: readonly [string, readonly unknown[]] };
  if (node.Ref !== undefined) return `<${node.Ref}>`;
  const [separator, parts] = node["Fn::Join"] ?? ["", []];
  return parts.map(whole).join(separator);
}
