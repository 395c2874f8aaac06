import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { FederationRefusal } from "../../lib/local/asserted-person.ts";
import { type OidcPeer, OidcRelyingParty } from "../../lib/local/oidc-relying-party.ts";
import { type Behaviour, CLIENT, OidcIssuer } from "./oidc-issuer.ts";

const REDIRECT_URI = "http://127.0.0.1:4001/oauth2/idpresponse";
const INVALID = "The identity provider's id token is not valid.";
const NOT_STARTED = "This sign-in was not started here, or took too long.";
const seconds = (count: number) => Math.floor(Date.now() / 1000) + count;

let issuer: OidcIssuer;
let peer: OidcPeer;
beforeAll(async () => {
  issuer = await OidcIssuer.open();
  peer = { issuer: issuer.url, clientId: CLIENT.id, clientSecret: CLIENT.secret, scopes: "openid email profile" };
});
beforeEach(() => {
  issuer.behaviour = {};
});
afterAll(() => issuer.close());

const makeParty = (now?: () => number) =>
  new OidcRelyingParty({ redirectUri: REDIRECT_URI, ...(now === undefined ? {} : { now }) });

async function begin(party: OidcRelyingParty, state = "state-1"): Promise<URL> {
  const address = new URL(await party.start(peer, state));
  issuer.nonce = address.searchParams.get("nonce") ?? "";
  return address;
}

async function signIn(behaviour: Behaviour = {}, callback: Record<string, string> = {}) {
  issuer.behaviour = behaviour;
  const party = makeParty();
  await begin(party);
  return party.finish(peer, "state-1", new URLSearchParams({ code: "code-1", state: "state-1", ...callback }));
}

async function expectRefusal(attempt: Promise<unknown>, reason: string): Promise<void> {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(FederationRefusal);
  expect((error as Error).message).toBe(reason);
}

describe("a sign-in", () => {
  test("asks for a code with state, nonce and PKCE, and redeems it with the secret and the verifier", async () => {
    const party = makeParty();
    const { searchParams, pathname } = await begin(party);
    const { nonce, code_challenge: challenge, ...asked } = Object.fromEntries(searchParams);
    expect(pathname).toBe("/authorize");
    expect(asked).toEqual({
      tenant: "1",
      response_type: "code",
      client_id: CLIENT.id,
      redirect_uri: REDIRECT_URI,
      scope: "openid email profile",
      state: "state-1",
      code_challenge_method: "S256",
    });
    expect(nonce).toMatch(/^[\w-]{43}$/);
    await party.finish(peer, "state-1", new URLSearchParams({ code: "code-1", state: "state-1" }));
    const { code_verifier: verifier = "", ...redeemed } = Object.fromEntries(issuer.redeemed.at(-1) ?? []);
    expect(createHash("sha256").update(verifier).digest("base64url")).toBe(challenge);
    expect(redeemed).toEqual({
      grant_type: "authorization_code",
      client_id: CLIENT.id,
      client_secret: CLIENT.secret,
      redirect_uri: REDIRECT_URI,
      code: "code-1",
    });
    expect(issuer.authorizations.at(-1)).toBe("Bearer an access token");
  });

  test("gives the claims as they are, the token endpoint's answer as text, and the user information", async () => {
    const claims = {
      email: "dana@acme.example",
      realm_access: { roles: ["a"] },
      "https://acme.example/groups": [1, true],
    };
    const { subject, oidc } = await signIn({ claims });
    expect(subject).toBe("dana");
    expect(oidc?.idToken).toMatchObject({ sub: "dana", ...claims });
    expect(oidc?.tokenResponse).toEqual({
      access_token: "an access token",
      id_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: "Bearer",
      expires_in: "300",
      scope: "openid",
    });
    expect(oidc?.userInfo).toEqual({ sub: "dana", email: "dana@acme.example" });
  });

  test("takes a token signed on a curve, one of several audiences meant for this client, and clocks a few seconds apart", async () => {
    expect((await signIn({ makeToken: issuer.signWithCurve })).subject).toBe("dana");
    expect((await signIn({ claims: { aud: [CLIENT.id, "other"], azp: CLIENT.id } })).subject).toBe("dana");
    expect((await signIn({ claims: { exp: seconds(-3), iat: seconds(3) } })).subject).toBe("dana");
  });
});

describe("an id token is refused", () => {
  test.each<[string, () => Behaviour, string]>([
    [
      "with another nonce",
      () => ({ claims: { nonce: "other" } }),
      "The identity provider's id token answers another sign-in.",
    ],
    [
      "without a nonce",
      () => ({ claims: { nonce: undefined } }),
      "The identity provider's id token answers another sign-in.",
    ],
    ["of another issuer", () => ({ claims: { iss: "https://other.example" } }), INVALID],
    ["for another audience", () => ({ claims: { aud: "other" } }), INVALID],
    [
      "for several audiences and no party among them",
      () => ({ claims: { aud: [CLIENT.id, "other"] } }),
      "The identity provider's id token was given to another client.",
    ],
    [
      "given to another client",
      () => ({ claims: { azp: "other" } }),
      "The identity provider's id token was given to another client.",
    ],
    ["that has expired", () => ({ claims: { exp: seconds(-10) } }), INVALID],
    ["that never expires", () => ({ claims: { exp: undefined } }), INVALID],
    ["issued in the future", () => ({ claims: { iat: seconds(60) } }), INVALID],
    ["issued long ago", () => ({ claims: { iat: seconds(-3600) } }), INVALID],
    ["issued at no time", () => ({ claims: { iat: undefined } }), INVALID],
    ["not valid yet", () => ({ claims: { nbf: seconds(60) } }), INVALID],
    ["about nobody", () => ({ claims: { sub: "" } }), "The identity provider's id token names nobody."],
    [
      "about something else than a text",
      () => ({ claims: { sub: 7 } }),
      "The identity provider's id token names nobody.",
    ],
    ["that is not signed", () => ({ makeToken: issuer.leaveUnsigned }), INVALID],
    ["signed by an algorithm that is not taken", () => ({ makeToken: issuer.signOtherwise }), INVALID],
    ["signed with the client's secret", () => ({ makeToken: issuer.signWithSecret }), INVALID],
    [
      "signed with a key that is not published",
      () => ({ makeToken: (claims) => issuer.sign(claims, issuer.other) }),
      INVALID,
    ],
    [
      "signed with an unknown key",
      () => ({ makeToken: (claims) => issuer.sign(claims, issuer.other, "unknown") }),
      INVALID,
    ],
    [
      "changed after it was signed",
      () => ({ makeToken: async (claims) => (await issuer.sign(claims)).replace(/\.[^.]{20}/, `.${"A".repeat(20)}`) }),
      INVALID,
    ],
    ["that is no token", () => ({ tokens: { id_token: "token" } }), INVALID],
    ["when there are no keys", () => ({ answers: { "/keys": { keys: "none" } } }), INVALID],
  ])("%s", async (_what, behave, reason) => {
    await expectRefusal(signIn(behave()), reason);
  });
});

describe("a provider's answer is refused", () => {
  test.each<[string, Behaviour, Record<string, string>, string]>([
    ["with another state", {}, { state: "state-2" }, "The identity provider's answer belongs to another sign-in."],
    ["without a code", {}, { code: "" }, "The identity provider's answer has no code."],
    [
      "that is an error",
      {},
      { error: "access_denied", error_description: "<b>" },
      "The identity provider did not sign anybody in.",
    ],
    [
      "that names another issuer",
      {},
      { iss: "https://other.example" },
      "The answer came from another identity provider.",
    ],
    [
      "that names no issuer where it always does",
      { discovery: { authorization_response_iss_parameter_supported: true } },
      {},
      "The answer came from another identity provider.",
    ],
    ["when the code is not taken", { answers: { "/token": 400 } }, {}, "The identity provider refuses to answer."],
    [
      "when the token endpoint leads elsewhere",
      { answers: { "/token": 307 } },
      {},
      "The identity provider refuses to answer.",
    ],
    [
      "when it gives no id token",
      { tokens: { id_token: undefined } },
      {},
      "The identity provider did not give an id token and an access token.",
    ],
    [
      "when its access token is of another kind",
      { tokens: { token_type: "mac" } },
      {},
      "The identity provider did not give an id token and an access token.",
    ],
    [
      "when the user information is about somebody else",
      { userInfo: { sub: "mallory" } },
      {},
      "The identity provider's user information is about somebody else.",
    ],
    [
      "when the user information is no JSON",
      { answers: { "/userinfo": "<html>" } },
      {},
      "The identity provider's answer is not a JSON object.",
    ],
    [
      "when it is endless",
      { answers: { "/userinfo": " ".repeat(300_000) } },
      {},
      "The identity provider's answer is larger than 256 KB.",
    ],
  ])("%s", async (_what, behaviour, callback, reason) => {
    await expectRefusal(signIn(behaviour, callback), reason);
  });

  test("with a parameter given twice", async () => {
    const party = makeParty();
    await begin(party);
    const doubled = new URLSearchParams("code=a&code=b&state=state-1");
    await expectRefusal(party.finish(peer, "state-1", doubled), "The identity provider's answer is ambiguous.");
  });

  test("when it comes a second time, or later than 5 minutes", async () => {
    let now = Date.now();
    const party = makeParty(() => now);
    const callback = new URLSearchParams({ code: "code-1", state: "state-1" });
    await begin(party);
    const both = await Promise.allSettled([1, 2].map(() => party.finish(peer, "state-1", callback)));
    expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    await expectRefusal(party.finish(peer, "state-1", callback), NOT_STARTED);
    await begin(party);
    now += 5 * 60_000;
    await expectRefusal(party.finish(peer, "state-1", callback), NOT_STARTED);
  });

  test("when the sign-in was started with another provider or client", async () => {
    const party = makeParty();
    const callback = new URLSearchParams({ code: "code-1", state: "state-1" });
    await begin(party);
    await expectRefusal(party.finish({ ...peer, issuer: "https://other.example" }, "state-1", callback), NOT_STARTED);
    await expectRefusal(party.finish({ ...peer, clientId: "other" }, "state-1", callback), NOT_STARTED);
    expect((await party.finish(peer, "state-1", callback)).subject).toBe("dana");
  });
});

describe("discovery", () => {
  test("is content with an issuer that says who it is", async () => {
    await expect(makeParty().discover(issuer.url)).resolves.toBeUndefined();
  });

  test.each<[string, Behaviour, string]>([
    [
      "calls itself by another name",
      { discovery: { issuer: "https://other.example" } },
      "The issuer calls itself by another name.",
    ],
    ["differs by a slash", { discovery: { issuer: "SLASH" } }, "The issuer calls itself by another name."],
    [
      "has no token endpoint",
      { discovery: { token_endpoint: undefined } },
      "The token endpoint is not an https or http address.",
    ],
    [
      "has no user information",
      { discovery: { userinfo_endpoint: undefined } },
      "The userinfo endpoint is not an https or http address.",
    ],
    [
      "has its keys in a file",
      { discovery: { jwks_uri: "file:///etc/passwd" } },
      "The jwks uri is not an https or http address.",
    ],
    [
      "has no document",
      { answers: { "/.well-known/openid-configuration": 404 } },
      "The identity provider refuses to answer.",
    ],
    [
      "leads elsewhere",
      { answers: { "/.well-known/openid-configuration": 302 } },
      "The identity provider refuses to answer.",
    ],
  ])("refuses an issuer that %s", async (_what, behaviour, reason) => {
    issuer.behaviour =
      behaviour.discovery?.issuer === "SLASH" ? { discovery: { issuer: `${issuer.url}/` } } : behaviour;
    await expectRefusal(makeParty().discover(issuer.url), reason);
    await expectRefusal(makeParty().start(peer, "state-1"), reason);
  });

  test.each([
    ["acme", "The issuer is not an https or http address."],
    ["ftp://acme.example", "The issuer is not an https or http address."],
    ["http://127.0.0.1:4001/?a=b", "The issuer is not an address without query and fragment."],
    ["http://127.0.0.1:9", "The identity provider does not answer."],
  ])("refuses %s", async (address, reason) => {
    await expectRefusal(makeParty().discover(address), reason);
  });
});
