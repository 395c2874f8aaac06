/** The service's hand in the user pool, with the real SDK client before a pool that answers as Cognito does. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { IdentityProvider } from "../../lib/domain/identity-providers.ts";
import type { OrgId, ProviderId } from "../../lib/domain/ids.ts";
import type { UserPool } from "../../lib/pool/user-pool.ts";
import { openUserPool } from "../../lib/pool/user-pool.ts";
import { TestCognito, USER_POOL_ID } from "./cognito.ts";
import { samlMetadata } from "./saml-metadata.ts";

const orgId = "org_01jdexamp1e0000000000000ab" as OrgId;
const id = "idp_01jdexamp1e0000000000000ab" as ProviderId;
const other = "idp_01jdexamp1e0000000000000cd" as ProviderId;
const NAME = "idp01jdexamp1e0000000000000ab";
const OTHER_NAME = "idp01jdexamp1e0000000000000cd";
const SECRET = "s3cret-of-the-client";
const callbackUrls = ["https://console.acme.example/signed-in", "http://localhost:3000/callback"];

const base = {
  orgId,
  name: "Acme",
  enabled: true,
  attributeMapping: { email: "email" },
  status: "provisioning",
  createdAt: "2026-11-26T00:00:00.000Z",
  version: 1,
} as const;
const saml: IdentityProvider = { ...base, id, connection: { kind: "saml" } };
const oidc: IdentityProvider = {
  ...base,
  id: other,
  connection: { kind: "oidc", issuer: "https://login.acme.example", clientId: "bailiwick" },
};

const cognito = new TestCognito();
let pool: UserPool;

beforeAll(async () => {
  await cognito.open();
  pool = openUserPool({ userPoolId: USER_POOL_ID, callbackUrls, metadataAddresses: "public" });
});
beforeEach(() => cognito.reset());
afterAll(() => cognito.close());

const soon = () => Date.now() + 3_000;
const done = (value?: unknown) => ({ kind: "done", value });
const configureSaml = (xml = samlMetadata()) => pool.configureProvider(saml, { metadataXml: xml }, soon());
const configureOidc = (clientSecret?: string) => pool.configureProvider(oidc, { clientSecret }, soon());

describe("a provider in the user pool", () => {
  it("is made under its id without the underscore, and keeps no claims of its people but an address", async () => {
    expect(await configureSaml()).toEqual(done());
    expect(await configureOidc(SECRET)).toEqual(done());
    expect(cognito.providers.get(NAME)).toEqual({
      ProviderName: NAME,
      ProviderType: "SAML",
      ProviderDetails: { MetadataFile: samlMetadata(), IDPInit: "false", IDPSignout: "false" },
      AttributeMapping: { email: "email" },
    });
    expect(cognito.providers.get(OTHER_NAME)).toEqual({
      ProviderName: OTHER_NAME,
      ProviderType: "OIDC",
      ProviderDetails: {
        client_id: "bailiwick",
        client_secret: SECRET,
        oidc_issuer: "https://login.acme.example",
        authorize_scopes: "openid email profile",
        attributes_request_method: "GET",
      },
      AttributeMapping: { email: "email", username: "sub" },
    });
  });

  it("is left alone where it is as it should be", async () => {
    await configureSaml();
    await configureOidc(SECRET);
    cognito.calls.length = 0;
    expect(await configureSaml()).toEqual(done());
    expect(await configureOidc()).toEqual(done());
    expect(await configureOidc(SECRET)).toEqual(done());
    expect(new Set(cognito.calls)).toEqual(new Set(["DescribeIdentityProvider"]));
  });

  it("keeps the client secret that the pool has when it is changed without one", async () => {
    await configureOidc(SECRET);
    const moved: IdentityProvider = {
      ...oidc,
      connection: { kind: "oidc", issuer: "https://id.acme.example", clientId: "b" },
    };
    expect(await pool.configureProvider(moved, {}, soon())).toEqual(done());
    expect(cognito.providers.get(OTHER_NAME)?.ProviderDetails).toMatchObject({
      client_id: "b",
      client_secret: SECRET,
      oidc_issuer: "https://id.acme.example",
    });
  });

  it("is refused where the pool has no secret to keep, or nobody has its metadata", async () => {
    const reason = (thing: string) => ({
      kind: "refused",
      reason: `Its ${thing} is not there any more: send it again.`,
    });
    expect(await configureOidc()).toEqual(reason("client secret"));
    expect(await pool.configureProvider(saml, {}, soon())).toEqual(reason("metadata"));
  });

  it("is made once when the answer to making it was lost", async () => {
    cognito.fail("CreateIdentityProvider", "no answer after the work");
    expect(await configureOidc(SECRET)).toEqual(done());
    expect(cognito.providers.size).toBe(1);
    expect(cognito.calls).toEqual([
      "DescribeIdentityProvider",
      "CreateIdentityProvider",
      "CreateIdentityProvider",
      "UpdateIdentityProvider",
    ]);
  });

  it("is removed, also when it is gone already", async () => {
    await configureSaml();
    expect(await pool.removeProvider(id, soon())).toEqual(done());
    expect(cognito.providers.size).toBe(0);
    expect(await pool.removeProvider(id, soon())).toEqual(done());
  });
});

describe("an organization's client", () => {
  const configure = (known: string | undefined, ...providers: ProviderId[]) =>
    pool.configureClient(orgId, known, providers, soon());

  beforeEach(async () => {
    await configureSaml();
    await configureOidc(SECRET);
    cognito.calls.length = 0;
  });

  it("serves its providers and nobody else, by authorization code without a secret, and has a page to sign in on", async () => {
    const result = await configure(undefined, id, other);
    const client = cognito.clientNamed(orgId);
    expect(result).toEqual(done(client?.ClientId));
    expect(client).toEqual({
      ClientId: expect.any(String),
      ClientName: orgId,
      SupportedIdentityProviders: [NAME, OTHER_NAME],
      CallbackURLs: callbackUrls,
      LogoutURLs: callbackUrls,
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ["code"],
      AllowedOAuthScopes: ["openid", "email"],
      ExplicitAuthFlows: ["ALLOW_REFRESH_TOKEN_AUTH"],
      EnableTokenRevocation: true,
      PreventUserExistenceErrors: "ENABLED",
      AccessTokenValidity: 60,
      IdTokenValidity: 60,
      RefreshTokenValidity: 43_200,
      TokenValidityUnits: { AccessToken: "minutes", IdToken: "minutes", RefreshToken: "minutes" },
      ReadAttributes: ["email", "email_verified"],
      WriteAttributes: ["email"],
    });
    expect([...cognito.branded]).toEqual([client?.ClientId]);
  });

  it("keeps its id and loses no setting when its providers change", async () => {
    const made = await configure(undefined, id, other);
    const before = { ...cognito.clientNamed(orgId) };
    const known = made.kind === "done" ? made.value : undefined;
    expect(await configure(known, id)).toEqual(made);
    expect(cognito.clientNamed(orgId)).toEqual({ ...before, SupportedIdentityProviders: [NAME] });
    expect(cognito.branded.size).toBe(1);
  });

  it("is found again by its name when its id was lost, on whatever page it is listed", async () => {
    for (const name of ["a", "b", "c"]) cognito.clients.set(name, { ClientId: name, ClientName: name });
    cognito.fail("CreateUserPoolClient", "no answer after the work");
    expect(await configure(undefined, id)).toMatchObject({ kind: "unavailable" });
    expect(cognito.calls.filter((call) => call === "CreateUserPoolClient")).toHaveLength(1);
    expect(await configure(undefined, id)).toEqual(done(cognito.clientNamed(orgId)?.ClientId));
    expect([...cognito.clients.values()].filter(({ ClientName }) => ClientName === orgId)).toHaveLength(1);
  });

  it("is made anew when somebody took it away", async () => {
    const made = await configure("gone", id);
    expect(made).toEqual(done(cognito.clientNamed(orgId)?.ClientId));
  });

  it("is taken away with its last provider, and absent it is none", async () => {
    const made = await configure(undefined, id);
    const known = made.kind === "done" ? made.value : undefined;
    expect(await configure(known)).toEqual(done());
    expect(cognito.clients.size).toBe(0);
    expect(await configure(known)).toEqual(done());
    expect(await configure(undefined)).toEqual(done());
  });
});

describe("what differs", () => {
  const inspect = (provider: IdentityProvider, xml?: string) => pool.inspectProvider(provider, xml, soon());
  const change = (name: string, details: Record<string, string>) => {
    const found = cognito.providers.get(name);
    cognito.providers.set(name, { ...found, ProviderDetails: { ...(found?.ProviderDetails as object), ...details } });
  };

  it("is nothing where the pool is as it should be", async () => {
    await configureSaml();
    await configureOidc(SECRET);
    expect(await inspect(saml, samlMetadata())).toEqual(done([]));
    expect(await inspect(oidc)).toEqual(done([]));
  });

  it("is said in sentences, without a value", async () => {
    await configureSaml();
    await configureOidc(SECRET);
    change(NAME, { MetadataFile: samlMetadata("https://evil.example"), IDPInit: "true" });
    change(OTHER_NAME, { oidc_issuer: "https://evil.example", client_id: "evil" });
    cognito.providers.set(OTHER_NAME, { ...cognito.providers.get(OTHER_NAME), AttributeMapping: { email: "mail" } });
    expect(await inspect(saml, samlMetadata())).toEqual(
      done([
        "Its metadata in the user pool is another one.",
        "Its handling of assertions that nobody asked for in the user pool is another one.",
      ]),
    );
    expect(await inspect(oidc)).toEqual(
      done([
        "Its client id in the user pool is another one.",
        "Its issuer in the user pool is another one.",
        "The user pool keeps other attributes of its people.",
      ]),
    );
  });

  it("is told of a provider and of a client that are gone, of other settings and of a page that is missing", async () => {
    expect(await inspect(saml, samlMetadata())).toEqual(done(["The user pool does not have this provider."]));
    expect(await pool.inspectClient(orgId, "gone", [id], soon())).toEqual(
      done(["The user pool does not have the organization's client."]),
    );
    await configureSaml();
    const made = await pool.configureClient(orgId, undefined, [id], soon());
    const known = made.kind === "done" ? made.value : undefined;
    expect(await pool.inspectClient(orgId, known, [id], soon())).toEqual(done([]));
    const client = cognito.clients.get(known ?? "");
    cognito.clients.set(known ?? "", { ...client, AllowedOAuthScopes: ["aws.cognito.signin.user.admin"] });
    cognito.branded.clear();
    expect(await pool.inspectClient(orgId, known, [id], soon())).toEqual(
      done([
        "The client's AllowedOAuthScopes in the user pool is another one.",
        "The client's sign-in page is missing.",
      ]),
    );
  });
});

describe("what goes wrong", () => {
  it.each([
    [{ type: "LimitExceededException", message: "300" }, "The user pool has no room for more: its quota is used up."],
    [
      { type: "InvalidParameterException", message: "Unable to contact well-known endpoint" },
      "The user pool refuses it: Unable to contact well-known endpoint",
    ],
    [{ type: "InvalidParameterException" }, "The user pool refuses it: it does not say why."],
  ])("is a refusal with its reason: %j", async (fault, reason) => {
    cognito.fail("CreateIdentityProvider", fault);
    expect(await configureOidc(SECRET)).toEqual({ kind: "refused", reason });
  });

  it.each([
    `1 validation error detected: Value '${SECRET}' at 'providerDetails' failed to satisfy constraint`,
    `Value '{client_secret=${SECRET}, client_id=x}' is invalid`,
    `client_secret=${SECRET} is invalid`,
    `{"client_secret": "${SECRET.slice(0, 12)}`,
    `Value "${SECRET.slice(0, 12)}..." is too long`,
  ])("never repeats a secret: %s", async (message) => {
    cognito.fail("CreateIdentityProvider", { type: "InvalidParameterException", message });
    const result = JSON.stringify(await configureOidc(SECRET));
    expect(result).toContain("refused");
    expect(result).not.toContain(SECRET.slice(0, 6));
  });

  it.each(["TooManyRequestsException", "ConcurrentModificationException", "InternalErrorException"])(
    "is tried again while there is time: %s",
    async (type) => {
      const status = type === "InternalErrorException" ? 500 : 400;
      cognito.fail("CreateIdentityProvider", { type, status }, { type, status });
      expect(await configureOidc(SECRET)).toEqual(done());
    },
  );

  it.each(["NotAuthorizedException", "AccessDeniedException", "ResourceNotFoundException"])(
    "is the operator's where the deployment is at fault: %s",
    async (type) => {
      cognito.fail("CreateIdentityProvider", { type, message: "User: arn:aws:sts::1:x is not authorized" });
      expect(await configureOidc(SECRET)).toEqual({ kind: "unavailable", cause: `${type} 400` });
    },
  );

  it("comes to an end in time, whether the pool keeps refusing for now or does not answer", async () => {
    const busy = Array.from({ length: 100 }, () => ({ type: "TooManyRequestsException" }));
    cognito.fail("DescribeIdentityProvider", ...busy);
    const start = Date.now();
    expect(await pool.configureProvider(oidc, {}, start + 400)).toMatchObject({ kind: "unavailable" });
    cognito.reset();
    cognito.before = () => new Promise(() => {});
    expect(await pool.configureProvider(oidc, {}, Date.now() + 300)).toMatchObject({ kind: "unavailable" });
    expect(await pool.removeProvider(other, Date.now() - 1)).toMatchObject({ kind: "unavailable" });
    expect(Date.now() - start).toBeLessThan(2_000);
  });
});
