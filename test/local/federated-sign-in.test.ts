/** Sign-ins through the two test providers, with real signatures, up to tokens; the triggers stand in this process. */
import { DeleteIdentityProviderCommand, UpdateUserPoolClientCommand } from "@aws-sdk/client-cognito-identity-provider";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openMemory } from "../../lib/local/data-folder.ts";
import {
  authorizationOf,
  CALLBACK,
  clientOf,
  connect,
  createClient,
  get,
  NoAnswer,
  openRunningBroker,
  POOL,
  post,
  type RunningBroker,
  thrown,
  VERIFIER,
} from "./running-broker.ts";

const idOf = (at: number) => `idp_01k${String(at).padStart(23, "0")}`;
const nameOf = (id: string) => id.replace("_", "");
const [saml, oidc] = [idOf(1), idOf(2)];

const folder = openMemory();
let broker: RunningBroker;
let clientId: string;
beforeAll(async () => {
  broker = await openRunningBroker(folder);
  await connect(broker, "SAML", nameOf(saml));
  await connect(broker, "OIDC", nameOf(oidc));
  clientId = await createClient(broker, [nameOf(saml), nameOf(oidc)]);
});
afterAll(() => broker.close());
beforeEach(() => {
  broker.inboundAnswers((event) => {
    const { samlResponse, idToken } = event.request.attributes;
    const said = samlResponse ?? idToken;
    const userAttributesToMap = samlResponse ? { email: said.email } : { sub: said.sub, email: said.email };
    return { ...event, response: { userAttributesToMap } };
  });
  broker.preTokenAnswers((event) => ({ ...event, response: { claimsAndScopeOverrideDetails: null } }));
});

interface Told {
  readonly status: number;
  readonly answer: { accessToken?: string; detail?: string; code?: string; errors?: { pointer: string }[] };
}

async function ask(body: object): Promise<Told> {
  const response = await fetch(`${broker.login}/local/token`, { method: "POST", body: JSON.stringify(body) });
  return { status: response.status, answer: (await response.json()) as Told["answer"] };
}

async function claimsOf(body: object): Promise<Record<string, unknown>> {
  const { status, answer } = await ask(body);
  expect([status, answer]).toEqual([200, { accessToken: expect.any(String) }]);
  return decodeJwt(answer.accessToken ?? "");
}

const field = (html: string, name: string) =>
  (new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? "")
    .replaceAll("&#x2B;", "+")
    .replaceAll("&amp;", "&");

/** Goes to the SAML provider as a browser does. @returns what it posts back */
async function visitSaml(email: string, groups: string, changes: Record<string, string> = {}) {
  const query = authorizationOf(clientId, { identity_provider: nameOf(saml), ...changes });
  const asked = await get(`${broker.login}/oauth2/authorize?${query}`);
  const { searchParams, origin, pathname } = new URL(asked.headers.get("location") ?? "");
  const form = { SAMLRequest: searchParams.get("SAMLRequest") ?? "", RelayState: searchParams.get("RelayState") ?? "" };
  const relay = await (await post(origin + pathname, { ...form, email, groups })).text();
  return { SAMLResponse: field(relay, "SAMLResponse"), RelayState: field(relay, "RelayState") };
}

describe.each([
  ["SAML", saml],
  ["OIDC", oidc],
])("a sign-in through %s", (kind, identityProvider) => {
  const name = nameOf(identityProvider);

  test("gives a token of the organization's client, of a person who stays the same one", async () => {
    const first = await claimsOf({ email: "Dana@acme.example", identityProvider });
    expect(first).toMatchObject({
      token_use: "access",
      client_id: clientId,
      scope: "openid email",
      username: `${name}_dana@acme.example`,
      "cognito:groups": [`${POOL}_${name}`],
      sub: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect((await claimsOf({ email: "dana@ACME.example", identityProvider })).sub).toBe(first.sub);
    expect((await claimsOf({ email: "dana@acme.example" })).sub).not.toBe(first.sub);
  });

  test("asks the inbound trigger first, then the pre-token trigger about a provider's user", async () => {
    await claimsOf({ email: "erik@acme.example", identityProvider });
    expect(broker.inbound.at(-1)).toMatchObject({
      version: "1",
      triggerSource: "InboundFederation_ExternalProvider",
      region: "us-east-1",
      userPoolId: POOL,
      userName: `${name}_erik@acme.example`,
      callerContext: { awsSdkVersion: expect.any(String), clientId },
      request: { providerName: name, providerType: kind },
      response: { userAttributesToMap: {} },
    });
    const { triggerSource, userName, request } = broker.preToken.at(-1);
    expect([triggerSource, userName]).toEqual(["TokenGeneration_HostedAuth", `${name}_erik@acme.example`]);
    expect(request.userAttributes).toMatchObject({
      "cognito:user_status": "EXTERNAL_PROVIDER",
      email: "erik@acme.example",
    });
    expect(JSON.parse(request.userAttributes.identities)).toMatchObject([
      { userId: "erik@acme.example", providerName: name, providerType: kind, primary: "true" },
    ]);
    expect(request.groupConfiguration.groupsToOverride).toEqual([`${POOL}_${name}`]);
  });

  test("is refused with the trigger's reason, and leaves no profile behind", async () => {
    const asked = broker.preToken.length;
    broker.inboundAnswers(() => {
      throw thrown("SignInRefused", "No rule matched");
    });
    const refused = await ask({ email: "nobody@acme.example", identityProvider });
    expect(refused).toMatchObject({ status: 403, answer: { code: "sign_in.refused", detail: "No rule matched" } });
    expect(broker.preToken.length).toBe(asked);
    expect(folder.read("pool.jsonl")).not.toContain("nobody@");
  });

  test("is unavailable where the trigger throws anything else, at once", async () => {
    const asked = broker.inbound.length;
    broker.inboundAnswers(() => {
      throw thrown("TypeError", "secret innards");
    });
    const { status, answer } = await ask({ email: "dana@acme.example", identityProvider });
    expect([status, answer.code]).toEqual([503, "unavailable"]);
    expect(JSON.stringify(answer)).not.toContain("innards");
    expect(broker.inbound.length).toBe(asked + 1);
  });

  test("calls a trigger that gives no answer three times in all, and takes the third answer", async () => {
    const asked = broker.inbound.length;
    broker.inboundAnswers((event) =>
      broker.inbound.length < asked + 3 ? new NoAnswer() : { ...event, response: { userAttributesToMap: {} } },
    );
    await claimsOf({ email: "dana@acme.example", identityProvider });
    expect(broker.inbound.length).toBe(asked + 3);
    broker.inboundAnswers(() => new NoAnswer());
    expect((await ask({ email: "dana@acme.example", identityProvider })).status).toBe(503);
    expect(broker.inbound.length).toBe(asked + 6);
  });

  test.each([[null], ["yes"], [{ response: { userAttributesToMap: { email: 1 } } }]])(
    "is unavailable where the trigger answers %j",
    async (nonsense) => {
      broker.inboundAnswers(() => nonsense);
      expect((await ask({ email: "dana@acme.example", identityProvider })).status).toBe(503);
    },
  );

  test("keeps an attribute that a later sign-in does not bring, and everything where nothing is chosen", async () => {
    const email = `kept-${kind.toLowerCase()}@acme.example`;
    const attributes = () => broker.preToken.at(-1).request.userAttributes;
    await claimsOf({ email, identityProvider });
    broker.inboundAnswers((event) => ({ ...event, response: { userAttributesToMap: { other: "x" } } }));
    await claimsOf({ email, identityProvider });
    expect(attributes().email).toBe(email);
    expect(attributes()).not.toHaveProperty("other");
    broker.inboundAnswers((event) => ({ ...event, response: { userAttributesToMap: { email: "new@acme.example" } } }));
    await claimsOf({ email, identityProvider });
    expect(attributes().email).toBe("new@acme.example");
    broker.inboundAnswers((event) => ({ ...event, response: { userAttributesToMap: {} } }));
    await claimsOf({ email, identityProvider });
    expect(attributes().email).toBe(email);
  });
});

describe("in the inbound event", () => {
  test("a SAML attribute is one text: a single value as it is, several form-encoded in brackets", async () => {
    const claims = { groups: ["a", "b, c", "[d]", "é&=+"], single: ["x, Admins"], bracketed: "[admins]" };
    await claimsOf({ email: "dana@acme.example", identityProvider: saml, claims });
    expect(broker.inbound.at(-1).request.attributes).toEqual({
      samlResponse: expect.objectContaining({
        groups: "[a, b%2C+c, %5Bd%5D, %C3%A9%26%3D%2B]",
        single: "x, Admins",
        bracketed: "[admins]",
        email: "dana@acme.example",
      }),
    });
  });

  test("an OIDC claim is a text, and the whole id token is there", async () => {
    const claims = { groups: ["a", "b"], level: 3, active: true, realm_access: { roles: ["lead"] } };
    await claimsOf({ email: "dana@acme.example", identityProvider: oidc, claims });
    const { tokenResponse, idToken, userInfo } = broker.inbound.at(-1).request.attributes;
    const said = { ...idToken, ...userInfo };
    expect(said).toMatchObject({
      sub: "dana@acme.example",
      groups: '["a","b"]',
      level: "3",
      active: "true",
      realm_access: '{"roles":["lead"]}',
    });
    for (const text of Object.values({ ...said, ...tokenResponse })) expect(text).toEqual(expect.any(String));
    expect(decodeJwt(tokenResponse.id_token)).toMatchObject({ sub: "dana@acme.example" });
  });
});

describe("a browser", () => {
  test("is sent to the provider, comes back with its answer, and gets a code for tokens", async () => {
    const form = await visitSaml("fay@acme.example", "SOC-Tier2\nEMEA");
    const back = await post(`${broker.login}/saml2/idpresponse`, form);
    const address = new URL(back.headers.get("location") ?? "");
    expect(address.origin).toBe("https://app.example");
    expect(address.searchParams.get("state")).toBe("a state & more");
    expect(broker.inbound.at(-1).request.attributes.samlResponse.groups).toBe("[SOC-Tier2, EMEA]");
    const tokens = await post(`${broker.login}/oauth2/token`, {
      grant_type: "authorization_code",
      client_id: clientId,
      redirect_uri: CALLBACK,
      code: address.searchParams.get("code") ?? "",
      code_verifier: VERIFIER,
    });
    const { id_token } = (await tokens.json()) as { id_token: string };
    expect(decodeJwt(id_token)).toMatchObject({
      aud: clientId,
      nonce: "n-1",
      email: "fay@acme.example",
      email_verified: false,
      identities: [{ providerName: nameOf(saml), userId: "fay@acme.example" }],
    });
  });

  test("that comes back twice, or unsent, is sent nowhere", async () => {
    const form = await visitSaml("dana@acme.example", "");
    await post(`${broker.login}/saml2/idpresponse`, form);
    for (const again of [form, { ...form, RelayState: "made-up" }, {}]) {
      const response = await post(`${broker.login}/saml2/idpresponse`, again as Record<string, string>);
      expect([response.status, response.headers.get("location")]).toEqual([400, null]);
    }
    const oidcBack = await get(`${broker.login}/oauth2/idpresponse?code=x&state=made-up`);
    expect([oidcBack.status, oidcBack.headers.get("location")]).toEqual([400, null]);
  });

  test("with a forged answer is sent back to the client without a code", async () => {
    const form = await visitSaml("dana@acme.example", "");
    const xml = Buffer.from(form.SAMLResponse, "base64").toString().replaceAll("dana@", "root@");
    const forged = { ...form, SAMLResponse: Buffer.from(xml).toString("base64") };
    const back = new URL((await post(`${broker.login}/saml2/idpresponse`, forged)).headers.get("location") ?? "");
    expect([back.searchParams.has("code"), back.searchParams.get("error")]).toEqual([false, "invalid_request"]);
    expect(back.searchParams.get("state")).toBe("a state & more");
  });

  test("whose provider is taken from the client meanwhile gets no code", async () => {
    const form = await visitSaml("dana@acme.example", "");
    await broker.cognito.send(new UpdateUserPoolClientCommand({ ...clientOf([nameOf(oidc)]), ClientId: clientId }));
    const back = new URL((await post(`${broker.login}/saml2/idpresponse`, form)).headers.get("location") ?? "");
    expect(back.searchParams.get("error_description")).toBe("This client has no such identity provider.");
    const refused = await ask({ email: "dana@acme.example", identityProvider: saml });
    expect(refused).toMatchObject({ status: 403, answer: { detail: "This identity provider is not enabled." } });
    const both = clientOf([nameOf(saml), nameOf(oidc)]);
    await broker.cognito.send(new UpdateUserPoolClientCommand({ ...both, ClientId: clientId }));
  });
});

describe("the sign-in without a browser refuses", () => {
  test.each<[string, object, string[]]>([
    ["a provider that the pool does not have", { identityProvider: idOf(9) }, ["/identityProvider"]],
    ["what is no provider's id", { identityProvider: nameOf(saml) }, ["/identityProvider"]],
    ["claims of null", { identityProvider: saml, claims: { a: null } }, ["/claims/a"]],
    ["claims that are none", { identityProvider: saml, claims: [] }, ["/claims"]],
    ["claims without a provider", { claims: { groups: ["x"] } }, ["/claims"]],
  ])("%s", async (_, more, pointers) => {
    const { status, answer } = await ask({ email: "dana@acme.example", ...more });
    expect([status, answer.errors?.map(({ pointer }) => pointer)]).toEqual([422, pointers]);
  });

  test("a provider that is none of the two, which only a browser can visit", async () => {
    const metadata = await (await get(`${broker.login}/test-idp/saml/metadata`)).text();
    const elsewhere = { MetadataFile: metadata.replaceAll(broker.login, "https://sso.acme.example") };
    await connect(broker, "SAML", nameOf(idOf(3)), elsewhere);
    await createClient(broker, [nameOf(idOf(3))], { ClientName: "org_elsewhere" });
    const { status, answer } = await ask({ email: "dana@acme.example", identityProvider: idOf(3) });
    expect([status, answer.errors?.map(({ pointer }) => pointer)]).toEqual([422, ["/identityProvider"]]);
  });

  test("a provider that is gone", async () => {
    await connect(broker, "SAML", nameOf(idOf(4)));
    await createClient(broker, [nameOf(idOf(4))], { ClientName: "org_gone" });
    const ProviderName = nameOf(idOf(4));
    await broker.cognito.send(new DeleteIdentityProviderCommand({ UserPoolId: POOL, ProviderName }));
    expect((await ask({ email: "dana@acme.example", identityProvider: idOf(4) })).status).toBe(422);
  });
});

test("protocol claims that somebody makes up are ignored", async () => {
  for (const identityProvider of [saml, oidc]) {
    const claims = { sub: "root", aud: "x", iss: "x", email: "root@acme.example" };
    const { username } = await claimsOf({ email: "dana@acme.example", identityProvider, claims });
    expect(username).toBe(`${nameOf(identityProvider)}_dana@acme.example`);
  }
});

test("a whole SAML sign-in takes less than 400 ms once warm", async () => {
  await claimsOf({ email: "dana@acme.example", identityProvider: saml });
  const times = [];
  for (let at = 0; at < 5; at++) {
    const since = performance.now();
    await claimsOf({ email: "dana@acme.example", identityProvider: saml });
    times.push(performance.now() - since);
  }
  expect(times.sort((a, b) => a - b)[2]).toBeLessThan(400);
});
