/**
 * What the reference of Cognito's API says of the operations that the service calls, held against the local pool through AWS's
 * client: the exceptions are those that it names for each operation; their sentences, and where the local pool is stricter (unknown
 * keys, secrets, the template's client), are its own.
 */
import {
  CreateIdentityProviderCommand,
  CreateManagedLoginBrandingCommand,
  CreateUserPoolClientCommand,
  DeleteIdentityProviderCommand,
  DeleteUserPoolClientCommand,
  DescribeIdentityProviderCommand,
  DescribeManagedLoginBrandingByClientCommand,
  DescribeUserPoolClientCommand,
  ListIdentityProvidersCommand,
  ListUserPoolClientsCommand,
  UpdateIdentityProviderCommand,
  UpdateUserPoolClientCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openMemory } from "../../lib/local/data-folder.ts";
import { CALLBACK, clientOf, connect, openRunningBroker, POOL, type RunningBroker } from "./running-broker.ts";

let broker: RunningBroker;
beforeEach(async () => {
  broker = await openRunningBroker();
});
afterEach(() => broker.close());

const send: RunningBroker["cognito"]["send"] = (...parameters: [never]) => broker.cognito.send(...parameters);
const named = (ProviderName: string) => ({ UserPoolId: POOL, ProviderName });
const provider = (ProviderName: string, more: object = {}) =>
  new CreateIdentityProviderCommand({
    ...named(ProviderName),
    ProviderType: "SAML",
    ProviderDetails: { MetadataURL: `${broker.login}/test-idp/saml/metadata` },
    AttributeMapping: { email: "email" },
    ...more,
  });
const oidcDetails = (changes: Record<string, string | undefined> = {}) => {
  const details = {
    client_id: "bailiwick",
    client_secret: "local",
    oidc_issuer: `${broker.login}/test-idp/oidc`,
    authorize_scopes: "openid email",
    attributes_request_method: "GET",
    ...changes,
  };
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
};

describe("an identity provider", () => {
  test("is described as it was made, with what Cognito reads of its metadata, and is listed", async () => {
    await send(provider("idp01saml"));
    const { IdentityProvider } = await send(new DescribeIdentityProviderCommand(named("idp01saml")));
    expect(IdentityProvider).toMatchObject({
      ...named("idp01saml"),
      ProviderType: "SAML",
      AttributeMapping: { email: "email" },
      ProviderDetails: {
        MetadataURL: `${broker.login}/test-idp/saml/metadata`,
        SSORedirectBindingURI: `${broker.login}/test-idp/saml/sso`,
        IDPInit: "false",
      },
    });
    expect(IdentityProvider?.CreationDate).toBeInstanceOf(Date);
    const { Providers } = await send(new ListIdentityProvidersCommand({ UserPoolId: POOL }));
    expect(Providers).toMatchObject([{ ProviderName: "idp01saml", ProviderType: "SAML" }]);
  });

  test("takes its metadata as a file too", async () => {
    const MetadataFile = await (await fetch(`${broker.login}/test-idp/saml/metadata`)).text();
    await send(provider("idp01file", { ProviderDetails: { MetadataFile, IDPInit: "false", IDPSignout: "false" } }));
    const { IdentityProvider } = await send(new DescribeIdentityProviderCommand(named("idp01file")));
    expect(IdentityProvider?.ProviderDetails?.MetadataFile).toBe(MetadataFile);
  });

  test("of OpenID Connect is described with its client secret, as Cognito tells it", async () => {
    await send(provider("idp01oidc", { ProviderType: "OIDC", ProviderDetails: oidcDetails() }));
    const { IdentityProvider } = await send(new DescribeIdentityProviderCommand(named("idp01oidc")));
    expect(IdentityProvider?.ProviderDetails).toMatchObject(oidcDetails());
  });

  test("is updated in what is given, whole, and keeps the rest", async () => {
    await send(provider("idp01saml"));
    await send(new UpdateIdentityProviderCommand({ ...named("idp01saml"), AttributeMapping: { name: "cn" } }));
    const { IdentityProvider } = await send(new DescribeIdentityProviderCommand(named("idp01saml")));
    expect(IdentityProvider?.AttributeMapping).toEqual({ name: "cn" });
    expect(IdentityProvider?.ProviderDetails?.MetadataURL).toBe(`${broker.login}/test-idp/saml/metadata`);
  });

  test("is gone once deleted, be it that a client still names it; that client is then not taken as it was", async () => {
    await connect(broker, "SAML", "idp01saml");
    const { UserPoolClient } = await send(new CreateUserPoolClientCommand(clientOf(["idp01saml"])));
    await send(new DeleteIdentityProviderCommand(named("idp01saml")));
    await expect(send(new DescribeIdentityProviderCommand(named("idp01saml")))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    const again = { ...clientOf(["idp01saml"]), ClientId: UserPoolClient?.ClientId };
    await expect(send(new UpdateUserPoolClientCommand(again))).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringContaining("idp01saml does not exist"),
    });
  });

  // Reference of CreateIdentityProvider: 3 to 32 characters, [^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+
  test.each(["ab", "x".repeat(33), "_abc", "idp_01k", "abc d", ""])("cannot be called '%s'", async (name) => {
    await expect(send(provider(name))).rejects.toMatchObject({ name: "InvalidParameterException" });
  });

  test("cannot have the name of another, and the second of two at once has none", async () => {
    const both = await Promise.allSettled([send(provider("idp01saml")), send(provider("idp01saml"))]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    await expect(send(provider("idp01saml"))).rejects.toMatchObject({ name: "DuplicateProviderException" });
  });

  test.each<[string, () => object, RegExp]>([
    ["without metadata", () => ({ ProviderDetails: {} }), /either MetadataURL or MetadataFile/],
    ["with metadata that is none", () => ({ ProviderDetails: { MetadataFile: "<a/>" } }), /Invalid SAML metadata/],
    [
      "with metadata at a dead address",
      () => ({ ProviderDetails: { MetadataURL: "http://127.0.0.1:9/" } }),
      /Error retrieving metadata/,
    ],
    [
      "with metadata that is not there",
      () => ({ ProviderDetails: { MetadataURL: `${broker.login}/none` } }),
      /answers 404/,
    ],
    ["with an unknown key", () => ({ ProviderDetails: { MetadataURL: "x", Colour: "red" } }), /Colour/],
    ["that maps to no attribute of the pool", () => ({ AttributeMapping: { colour: "x" } }), /no attribute colour/],
    ["of another type", () => ({ ProviderType: "LDAP" }), /providerType/],
    [
      "without a discovery document",
      () => ({ ProviderType: "OIDC", ProviderDetails: oidcDetails({ oidc_issuer: `${broker.login}/none` }) }),
      /Invalid OIDC issuer/,
    ],
    ...["client_id", "client_secret", "oidc_issuer", "authorize_scopes", "attributes_request_method"].map(
      (key): [string, () => object, RegExp] => [
        `without ${key}`,
        () => ({ ProviderType: "OIDC", ProviderDetails: oidcDetails({ [key]: undefined }) }),
        new RegExp(key),
      ],
    ),
  ])("is refused %s", async (_, changes, message) => {
    await expect(send(provider("idp01bad", changes()))).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringMatching(message),
    });
    const { Providers } = await send(new ListIdentityProvidersCommand({ UserPoolId: POOL }));
    expect(Providers).toEqual([]);
  });

  // Quotas of user pools: 300 identity providers per pool.
  test("is refused beyond the quota of 300, and all 300 are listed in pages", async () => {
    const MetadataFile = await (await fetch(`${broker.login}/test-idp/saml/metadata`)).text();
    const one = (at: number) => provider(`idp${at}`, { ProviderDetails: { MetadataFile } });
    for (let at = 100; at < 400; at += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, more) => send(one(at + more))));
    }
    await expect(send(one(400))).rejects.toMatchObject({ name: "LimitExceededException" });
    const names = new Set<string | undefined>();
    let NextToken: string | undefined;
    do {
      const page = await send(new ListIdentityProvidersCommand({ UserPoolId: POOL, MaxResults: 60, NextToken }));
      for (const { ProviderName } of page.Providers ?? []) names.add(ProviderName);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(names.size).toBe(300);
  }, 30_000);
});

describe("a client", () => {
  test("is made with Cognito's defaults where nothing is said", async () => {
    const { UserPoolClient } = await send(
      new CreateUserPoolClientCommand({ UserPoolId: POOL, ClientName: "org_acme" }),
    );
    expect(UserPoolClient).toMatchObject({
      ClientId: expect.stringMatching(/^[0-9a-z]{26}$/),
      SupportedIdentityProviders: ["COGNITO"],
      RefreshTokenValidity: 30,
      ExplicitAuthFlows: ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"],
      AllowedOAuthFlowsUserPoolClient: false,
      PreventUserExistenceErrors: "LEGACY",
      EnableTokenRevocation: true,
    });
  });

  // Reference of UpdateUserPoolClient: if you don't provide a value for an attribute, Cognito sets it to its default value.
  test("loses with an update whatever the update does not name", async () => {
    await connect(broker, "SAML", "idp01saml");
    const { UserPoolClient } = await send(new CreateUserPoolClientCommand(clientOf(["idp01saml"])));
    const id = { UserPoolId: POOL, ClientId: UserPoolClient?.ClientId };
    await send(new UpdateUserPoolClientCommand({ ...id, SupportedIdentityProviders: ["COGNITO", "idp01saml"] }));
    const { UserPoolClient: after } = await send(new DescribeUserPoolClientCommand(id));
    expect(after).toMatchObject({
      ClientName: "org_acme",
      SupportedIdentityProviders: ["COGNITO", "idp01saml"],
      CallbackURLs: [],
      LogoutURLs: [],
      AllowedOAuthFlows: [],
      AllowedOAuthScopes: [],
      AllowedOAuthFlowsUserPoolClient: false,
      ExplicitAuthFlows: ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"],
      PreventUserExistenceErrors: "LEGACY",
    });
    expect(after).not.toHaveProperty("ReadAttributes");
  });

  test("is listed beside the template's, and gone once deleted", async () => {
    const { UserPoolClient } = await send(new CreateUserPoolClientCommand(clientOf(["COGNITO"])));
    const id = { UserPoolId: POOL, ClientId: UserPoolClient?.ClientId };
    const { UserPoolClients } = await send(new ListUserPoolClientsCommand({ UserPoolId: POOL, MaxResults: 60 }));
    expect(UserPoolClients?.map(({ ClientName }) => ClientName)).toEqual(["template", "org_acme"]);
    await send(new DeleteUserPoolClientCommand(id));
    await expect(send(new DescribeUserPoolClientCommand(id))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  test.each<[string, object, string]>([
    ["of an unknown provider", { SupportedIdentityProviders: ["idp01none"] }, "InvalidParameterException"],
    ["with a callback over http elsewhere", { CallbackURLs: ["http://app.example/"] }, "InvalidParameterException"],
    ["with a callback with a fragment", { CallbackURLs: [`${CALLBACK}#x`] }, "InvalidParameterException"],
    ["with a callback that is no address", { CallbackURLs: ["/callback"] }, "InvalidParameterException"],
    ["with an unknown scope", { AllowedOAuthScopes: ["everything"] }, "ScopeDoesNotExistException"],
    ["with an unknown flow", { AllowedOAuthFlows: ["magic"] }, "InvalidParameterException"],
    [
      "with client_credentials beside another flow",
      { AllowedOAuthFlows: ["code", "client_credentials"] },
      "InvalidOAuthFlowException",
    ],
    ["with flows that are not switched on", { AllowedOAuthFlowsUserPoolClient: false }, "InvalidParameterException"],
    ["with the flow code and no callback", { CallbackURLs: [] }, "InvalidParameterException"],
    ["with tokens for longer than a day", { AccessTokenValidity: 25 }, "InvalidParameterException"],
    ["with a default redirect of its own", { DefaultRedirectURI: "https://b.example/" }, "InvalidParameterException"],
    ["with a bad name", { ClientName: "a/b" }, "InvalidParameterException"],
    ["with a secret, which only Cognito makes", { GenerateSecret: true }, "InvalidParameterException"],
  ])("is refused %s", async (_, changes, name) => {
    await expect(send(new CreateUserPoolClientCommand({ ...clientOf(["COGNITO"]), ...changes }))).rejects.toMatchObject(
      { name },
    );
  });

  test("has one branding, which stays through an update of the client", async () => {
    const { UserPoolClient } = await send(new CreateUserPoolClientCommand(clientOf(["COGNITO"])));
    const id = { UserPoolId: POOL, ClientId: UserPoolClient?.ClientId };
    const branding = new CreateManagedLoginBrandingCommand({ ...id, UseCognitoProvidedValues: true });
    const describeBranding = () => send(new DescribeManagedLoginBrandingByClientCommand(id));
    await expect(describeBranding()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    const { ManagedLoginBranding } = await send(branding);
    await expect(send(branding)).rejects.toMatchObject({ name: "ManagedLoginBrandingExistsException" });
    await send(new UpdateUserPoolClientCommand({ ...clientOf(["COGNITO"]), ClientId: id.ClientId }));
    expect((await describeBranding()).ManagedLoginBranding).toMatchObject({
      ManagedLoginBrandingId: ManagedLoginBranding?.ManagedLoginBrandingId,
      UseCognitoProvidedValues: true,
    });
  });

  test("of the template is the template's alone", async () => {
    const change = new UpdateUserPoolClientCommand({ ...clientOf(["COGNITO"]), ClientId: "template0client" });
    await expect(send(change)).rejects.toMatchObject({ name: "NotAuthorizedException" });
  });
});

describe("the API", () => {
  test("knows one pool", async () => {
    const elsewhere = { UserPoolId: "us-east-1_Another01" };
    await expect(send(new ListIdentityProvidersCommand(elsewhere))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  test.each<[string, Record<string, string>, string, string]>([
    [
      "an unsigned request",
      { "X-Amz-Target": "AWSCognitoIdentityProviderService.ListUserPoolClients" },
      "{}",
      "MissingAuthenticationTokenException",
    ],
    [
      "an unknown operation",
      { "X-Amz-Target": "AWSCognitoIdentityProviderService.AdminCreateUser" },
      "{}",
      "UnknownOperationException",
    ],
    ["no operation", {}, "{}", "UnknownOperationException"],
    [
      "no JSON",
      { "X-Amz-Target": "AWSCognitoIdentityProviderService.ListUserPoolClients", Authorization: "AWS4-HMAC-SHA256 x" },
      "[",
      "SerializationException",
    ],
  ])("refuses %s", async (_, headers, body, type) => {
    const response = await fetch(broker.login, { method: "POST", headers, body });
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toBe("application/x-amz-json-1.1");
    expect(await response.json()).toMatchObject({ __type: type });
  });

  test("remembers over a restart", async () => {
    const folder = openMemory();
    const first = await openRunningBroker(folder);
    await connect(first, "SAML", "idp01saml");
    await first.cognito.send(new CreateUserPoolClientCommand(clientOf(["idp01saml"])));
    await first.close();
    const second = await openRunningBroker(folder);
    const { UserPoolClients } = await second.cognito.send(
      new ListUserPoolClientsCommand({ UserPoolId: POOL, MaxResults: 60 }),
    );
    expect(UserPoolClients?.map(({ ClientName }) => ClientName)).toEqual(["template", "org_acme"]);
    await second.cognito.send(new DescribeIdentityProviderCommand(named("idp01saml")));
    await second.close();
  });
});
