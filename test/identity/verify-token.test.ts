import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SigningKeys } from "../../lib/identity/signing-keys.ts";
import { verifyToken } from "../../lib/identity/verify-token.ts";
import type { Forge } from "./forgeries.ts";
import { forgeries } from "./forgeries.ts";
import { CLIENT_ID, cognitoClaims, makeKey, signTexts, signToken, TestIssuer, USER_ID } from "./issuer.ts";

const key = makeKey("nxm3+QZ/kid=");
const foreign = makeKey("foreign");
const now = Date.UTC(2026, 10, 23, 12, 0, 0, 500);
let issuer: TestIssuer;
let keys: SigningKeys;
let forge: Forge;

beforeAll(async () => {
  issuer = await TestIssuer.open(key);
  keys = new SigningKeys(issuer.url);
  forge = { claims: cognitoClaims(issuer.url, now), key, foreign, now: Math.floor(now / 1000) };
});

afterAll(() => issuer.close());

function verify(token: string, at = now) {
  const profile = { issuer: issuer.url, clientIds: new Set(["another0client", CLIENT_ID]) };
  return verifyToken(token, profile, keys, at);
}

describe("a token that is believed", () => {
  const good: readonly [string, (forge: Forge) => string][] = [
    ["has every claim that Cognito gives", ({ claims }) => signToken(claims, key)],
    ["is called a JWT", ({ claims }) => signToken(claims, key, { typ: "JWT" })],
    ["is called an access token", ({ claims }) => signToken(claims, key, { typ: "at+jwt" })],
    ["has no scope at all", ({ claims }) => signToken({ ...claims, scope: undefined }, key)],
    ["has an empty scope", ({ claims }) => signToken({ ...claims, scope: "" }, key)],
    [
      "has a scope that only begins like the forbidden one",
      ({ claims }) => signToken({ ...claims, scope: "aws.cognito.signin.user.administrator" }, key),
    ],
    ["names us as its audience", ({ claims }) => signToken({ ...claims, aud: ["x", CLIENT_ID] }, key)],
    [
      "comes from a clock 4 seconds ahead",
      ({ claims, now: at }) => signToken({ ...claims, iat: at + 4, nbf: at + 4 }, key),
    ],
    ["lives for one second more", ({ claims, now: at }) => signToken({ ...claims, exp: at + 1 }, key)],
    ["lives for a whole day", ({ claims, now: at }) => signToken({ ...claims, iat: at, exp: at + 86_400 }, key)],
    [
      "holds colons, quotes and backslashes in its texts",
      ({ claims }) => signToken({ ...claims, username: 'a":"b\\', "https://acme.example/x": { "a:b": [":"] } }, key),
    ],
    ["is as large as it may be", ({ claims }) => signToken({ ...claims, more: "x".repeat(5_250) }, key)],
    [
      "is written with white space and escapes",
      ({ claims }) =>
        signTexts(`{ "alg" : "RS256", "kid": "nxm3\\u002bQZ/kid=" }`, JSON.stringify(claims, null, 2), key),
    ],
  ];

  it.each(good)("%s", async (_, make) => {
    expect(await verify(make(forge))).toEqual({ kind: "user", userId: USER_ID });
  });

  it("of a provider's user says where they belong", async () => {
    const home = { orgId: "org_01jdexamp1e0000000000000ab", providerId: "idp_01jdexamp1e0000000000000ab" };
    const claims = { ...forge.claims, bailiwick_org_id: home.orgId, bailiwick_idp_id: home.providerId };
    const expected = { kind: "user", userId: USER_ID };
    expect(await verify(signToken(claims, key))).toEqual({ ...expected, home: { ...home, clientId: CLIENT_ID } });
    // Which client their organization has, only its own item says.
    const other = await verify(signToken({ ...claims, client_id: "of-acme" }, key));
    expect(other).toEqual({ ...expected, home: { ...home, clientId: "of-acme" } });
  });

  it("is believed until the very millisecond of its end", async () => {
    const token = signToken({ ...forge.claims, exp: forge.now + 60 }, key);
    const end = (forge.now + 60) * 1000;
    expect(await verify(token, end - 1)).toMatchObject({ userId: USER_ID });
    await expect(verify(token, end)).rejects.toMatchObject({ reason: "token.bad_claim", member: "exp" });
  });
});

describe("a token is refused", () => {
  it.each(forgeries)("%s", async (_, make, why) => {
    await expect(verify(make(forge))).rejects.toMatchObject({ name: "CredentialRefusal", message: why });
  });

  it("after the good one of the same bytes, in another spelling", async () => {
    const token = signToken(forge.claims, key);
    await verify(token);
    for (const spelling of [`${token} `, `${token}\n`, `${token}==`, token.replace(".", "=.")]) {
      await expect(verify(spelling)).rejects.toMatchObject({ reason: "token.not_canonical" });
    }
  });

  it("without its own text in the reason", async () => {
    const token = signToken({ ...forge.claims, sub: 7 }, key);
    const refusal = await verify(token).catch((error: unknown) => error);
    expect(JSON.stringify(refusal) + String(refusal)).not.toContain(token.slice(-40));
  });
});
