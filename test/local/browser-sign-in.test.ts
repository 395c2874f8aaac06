/** The code flow as a browser and its application go through it, at the people of the pool itself. */
import { CreateUserPoolClientCommand, UpdateUserPoolClientCommand } from "@aws-sdk/client-cognito-identity-provider";
import { createLocalJWKSet, decodeJwt, jwtVerify } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  authorizationOf,
  CALLBACK,
  clientOf,
  createClient,
  get,
  openRunningBroker,
  POOL,
  post,
  type RunningBroker,
  thrown,
  VERIFIER,
} from "./running-broker.ts";

let broker: RunningBroker;
let clientId: string;
beforeAll(async () => {
  broker = await openRunningBroker();
  clientId = await createClient(broker, ["COGNITO"]);
});
afterAll(() => broker.close());
beforeEach(() => broker.preTokenAnswers((event) => ({ ...event, response: { claimsAndScopeOverrideDetails: null } })));

const authorize = (changes?: Record<string, string | undefined>, id = clientId) =>
  get(`${broker.login}/oauth2/authorize?${authorizationOf(id, changes)}`);

/** Signs somebody of the pool in. @returns where the browser is sent */
async function signIn(email = "ann@acme.example", changes: Record<string, string | undefined> = {}): Promise<URL> {
  const form = authorizationOf(clientId, changes);
  form.set("username", email);
  const response = await post(`${broker.login}/login`, form);
  expect(response.status).toBe(302);
  return new URL(response.headers.get("location") ?? "");
}

const codeOf = (address: URL) => address.searchParams.get("code") ?? "";

const redeem = (code: string, changes: Record<string, string> = {}) =>
  post(`${broker.login}/oauth2/token`, {
    grant_type: "authorization_code",
    client_id: clientId,
    redirect_uri: CALLBACK,
    code,
    code_verifier: VERIFIER,
    ...changes,
  });

async function tokensOf(response: Response): Promise<Record<string, string>> {
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, string>;
}

async function refusalOf(response: Response): Promise<unknown> {
  expect(response.status).toBe(400);
  expect(response.headers.get("content-type")).toBe("application/json");
  return ((await response.json()) as { error: unknown }).error;
}

describe("a sign-in of somebody of the pool", () => {
  test("goes by the client's page, and back with a code and the state as it was", async () => {
    const asked = await authorize();
    expect(asked.status).toBe(302);
    const page = await get(new URL(asked.headers.get("location") ?? "", broker.login).href);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('name="username"');
    const back = await signIn();
    expect(`${back.origin}${back.pathname}`).toBe("https://app.example/callback");
    expect(back.searchParams.get("from")).toBe("sign-in");
    expect(back.searchParams.get("state")).toBe("a state & more");
  });

  test("ends with three tokens: who it is, for this client, with the nonce", async () => {
    const tokens = await tokensOf(await redeem(codeOf(await signIn())));
    expect(tokens).toMatchObject({ token_type: "Bearer", expires_in: 3600 });
    const keys = createLocalJWKSet((await (await get(`${broker.login}/.well-known/jwks.json`)).json()) as never);
    const access = (await jwtVerify(tokens.access_token ?? "", keys)).payload;
    const id = (await jwtVerify(tokens.id_token ?? "", keys, { audience: clientId, issuer: broker.login })).payload;
    expect(access).toMatchObject({ token_use: "access", client_id: clientId, scope: "openid email", version: 2 });
    expect(access).not.toHaveProperty("aud");
    expect(id).toMatchObject({
      token_use: "id",
      email: "ann@acme.example",
      email_verified: true,
      nonce: "n-1",
      sub: access.sub,
    });
    expect(id.origin_jti).toBe(access.origin_jti);
  });

  test("is refused by the trigger with its reason at the client's address, and gives no code", async () => {
    broker.preTokenAnswers(() => {
      throw thrown("SignInRefused", "You are locked out");
    });
    const back = await signIn();
    expect(back.searchParams.has("code")).toBe(false);
    expect(back.searchParams.get("error_description")).toBe("You are locked out");
    expect(back.searchParams.get("state")).toBe("a state & more");
  });

  test("that fails says no more than that it does", async () => {
    broker.preTokenAnswers(() => {
      throw thrown("TypeError", "secret innards");
    });
    const back = await signIn();
    expect(back.searchParams.get("error")).toBe("server_error");
    expect(back.href).not.toContain("innards");
    expect(broker.reported.at(-1)).toContain("secret innards");
  });
});

describe("nobody is sent anywhere", () => {
  test.each<[string, Record<string, string | undefined>]>([
    ["for an unknown client", { client_id: "nobody" }],
    ["for an address that is not registered", { redirect_uri: "https://evil.example/" }],
    ["for a registered address with something added", { redirect_uri: `${CALLBACK}&x` }],
    ["for a registered address in another case", { redirect_uri: CALLBACK.toUpperCase() }],
    ["without an address", { redirect_uri: undefined }],
  ])("%s", async (_, changes) => {
    for (const path of ["/oauth2/authorize", "/login"]) {
      const response = await get(`${broker.login}${path}?${authorizationOf(clientId, changes)}`);
      expect([response.status, response.headers.get("location")]).toEqual([400, null]);
      expect(await response.text()).not.toContain("evil.example");
    }
  });

  test("for two addresses at once, the first of which is good", async () => {
    const response = await get(
      `${broker.login}/oauth2/authorize?${authorizationOf(clientId)}&redirect_uri=https%3A%2F%2Fevil.example`,
    );
    expect([response.status, response.headers.get("location")]).toEqual([400, null]);
  });

  test("after signing out, but to a registered address", async () => {
    const logout = (target: string, id = clientId) =>
      get(`${broker.login}/logout?${new URLSearchParams({ client_id: id, logout_uri: target })}`);
    const fine = await logout(CALLBACK);
    expect([fine.status, fine.headers.get("location")]).toEqual([302, CALLBACK]);
    expect((await logout("https://evil.example/")).status).toBe(400);
    expect((await logout(CALLBACK, "nobody")).status).toBe(400);
  });
});

describe("the client is told, with its state,", () => {
  test.each<[string, Record<string, string | undefined>, string]>([
    // Cognito lets a client go without: here it is told at once.
    ["that a challenge is missing", { code_challenge: undefined, code_challenge_method: undefined }, "invalid_request"],
    ["that a plain challenge is none", { code_challenge_method: "plain" }, "invalid_request"],
    ["that a challenge needs its method", { code_challenge_method: undefined }, "invalid_request"],
    ["that the challenge is no digest", { code_challenge: "short" }, "invalid_request"],
    ["that only a code is given", { response_type: "token" }, "unsupported_response_type"],
    ["that a scope is not its own", { scope: "openid profile" }, "invalid_scope"],
    ["that nobody is signed in already", { prompt: "none" }, "login_required"],
    ["that a provider is not its own", { identity_provider: "idp01none" }, "invalid_request"],
  ])("%s", async (_, changes, error) => {
    const back = new URL((await authorize(changes)).headers.get("location") ?? "");
    expect(back.origin).toBe("https://app.example");
    expect(back.searchParams.get("error")).toBe(error);
    expect(back.searchParams.get("state")).toBe("a state & more");
  });

  test("that a parameter is given twice", async () => {
    const response = await get(`${broker.login}/oauth2/authorize?${authorizationOf(clientId)}&code_challenge=x`);
    expect(new URL(response.headers.get("location") ?? "").searchParams.get("error")).toBe("invalid_request");
  });
});

describe("a code", () => {
  test("is good once", async () => {
    const code = codeOf(await signIn());
    await tokensOf(await redeem(code));
    expect(await refusalOf(await redeem(code))).toBe("invalid_grant");
  });

  test("is good for 5 minutes", async () => {
    const [early, late] = [codeOf(await signIn()), codeOf(await signIn())];
    broker.pass(5 * 60_000 - 10_000);
    await tokensOf(await redeem(early));
    broker.pass(10_001);
    expect(await refusalOf(await redeem(late))).toBe("invalid_grant");
  });

  test.each<[string, Record<string, string>]>([
    ["without its verifier", { code_verifier: "" }],
    ["with another verifier", { code_verifier: "w".repeat(43) }],
    ["with the challenge for a verifier", { code_verifier: authorizationOf("").get("code_challenge") ?? "" }],
    ["for another address", { redirect_uri: "https://app.example/other" }],
    ["for another client", { client_id: "template0client" }],
  ])("is worth nothing %s, and nothing afterwards", async (_, changes) => {
    const code = codeOf(await signIn());
    expect(await refusalOf(await redeem(code, changes))).toBe("invalid_grant");
    expect(await refusalOf(await redeem(code))).toBe("invalid_grant");
  });

  test.each<[string, Record<string, string>, string]>([
    ["an unknown client", { client_id: "nobody" }, "invalid_client"],
    ["an unknown grant", { grant_type: "password" }, "unsupported_grant_type"],
    ["no code", { code: "" }, "invalid_request"],
  ])("is not asked for with %s", async (_, changes, error) => {
    expect(await refusalOf(await redeem("made-up", changes))).toBe(error);
  });

  test("is asked for by a form alone", async () => {
    const response = await fetch(`${broker.login}/oauth2/token`, { method: "POST", body: '{"grant_type":"x"}' });
    expect(await refusalOf(response)).toBe("invalid_request");
    const twice = await post(`${broker.login}/oauth2/token`, new URLSearchParams("client_id=a&client_id=b"));
    expect(await refusalOf(twice)).toBe("invalid_request");
  });
});

describe("a refresh token", () => {
  const refresh = (token: string, id = clientId) =>
    post(`${broker.login}/oauth2/token`, { grant_type: "refresh_token", client_id: id, refresh_token: token });

  test("gives new tokens of the same sign-in, after the trigger was asked, and stays good until its end", async () => {
    const first = await tokensOf(await redeem(codeOf(await signIn())));
    const token = first.refresh_token ?? "";
    broker.preTokenAnswers((event) => ({
      ...event,
      response: {
        claimsAndScopeOverrideDetails: { accessTokenGeneration: { claimsToAddOrOverride: { renewed: "yes" } } },
      },
    }));
    broker.pass(3_600_000);
    const second = await tokensOf(await refresh(token));
    expect(second).not.toHaveProperty("refresh_token");
    expect(broker.preToken.at(-1)).toMatchObject({ triggerSource: "TokenGeneration_RefreshTokens" });
    const [before, after] = [first, second].map((tokens) => decodeJwt(tokens.access_token ?? ""));
    expect(after).toMatchObject({
      renewed: "yes",
      sub: before?.sub,
      origin_jti: before?.origin_jti,
      auth_time: before?.auth_time,
    });
    await tokensOf(await refresh(token));
    broker.pass(30 * 86_400_000);
    expect(await refusalOf(await refresh(token))).toBe("invalid_grant");
  });

  test("is refused where the trigger refuses, for another client, and where it is made up", async () => {
    const { refresh_token: token = "" } = await tokensOf(await redeem(codeOf(await signIn())));
    expect(await refusalOf(await refresh(token, "template0client"))).toBe("invalid_grant");
    expect(await refusalOf(await refresh("made-up"))).toBe("invalid_grant");
    broker.preTokenAnswers(() => {
      throw thrown("SignInRefused", "You are suspended");
    });
    expect(await refusalOf(await refresh(token))).toBe("invalid_grant");
  });
});

test("a client that an update has reset serves nobody any more", async () => {
  const id = await createClient(broker, ["COGNITO"], { ClientName: "org_reset" });
  expect((await authorize({}, id)).status).toBe(302);
  await broker.cognito.send(new UpdateUserPoolClientCommand({ UserPoolId: POOL, ClientId: id }));
  expect((await authorize({}, id)).status).toBe(400);
  const keeping = { ...clientOf(["COGNITO"]), AllowedOAuthFlows: undefined, AllowedOAuthScopes: undefined };
  await broker.cognito.send(new UpdateUserPoolClientCommand({ ...keeping, ClientId: id }));
  const back = new URL((await authorize({}, id)).headers.get("location") ?? "");
  expect(back.searchParams.get("error")).toBe("unauthorized_client");
});

describe("a page", () => {
  test("shows what it is given as text, and nothing from elsewhere", async () => {
    const state = `"><script>alert(1)</script>`;
    const response = await get(`${broker.login}/login?${authorizationOf(clientId, { state })}`);
    const text = await response.text();
    expect(text).not.toContain("<script>");
    expect(text).toContain("&quot;&gt;&lt;script&gt;");
    expect(response.headers.get("content-security-policy")).toMatch(/^default-src 'none'; .*frame-ancestors 'none'$/);
    // A browser holds the redirect after a form to the policy as well.
    expect(response.headers.get("content-security-policy")).toContain("form-action 'self' https://app.example");
  });

  test("of a client without branding shows nothing, as Cognito's", async () => {
    const { UserPoolClient } = await broker.cognito.send(
      new CreateUserPoolClientCommand(clientOf(["COGNITO"], { ClientName: "org_bare" })),
    );
    const response = await get(`${broker.login}/login?${authorizationOf(UserPoolClient?.ClientId ?? "")}`);
    expect(response.status).toBe(403);
  });

  test("to start from offers each client that may come back to it, and its script may ask the API", async () => {
    const id = await createClient(broker, ["COGNITO"], { CallbackURLs: [`${broker.login}/`], ClientName: "org_start" });
    const response = await get(`${broker.login}/?code=x`);
    const text = await response.text();
    expect(text).toContain(`data-client="${id}" data-provider="COGNITO"`);
    expect(text).not.toContain(clientId);
    expect(response.headers.get("content-security-policy")).toContain("connect-src 'self' http://127.0.0.1:1;");
  });
});

test("the discovery document leads to every endpoint", async () => {
  const response = await get(`${broker.login}/.well-known/openid-configuration`);
  expect(await response.json()).toMatchObject({
    issuer: broker.login,
    authorization_endpoint: `${broker.login}/oauth2/authorize`,
    token_endpoint: `${broker.login}/oauth2/token`,
    code_challenge_methods_supported: ["S256"],
  });
});
