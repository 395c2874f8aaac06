import { describe, expect, test } from "vitest";
import { applyToClaims, applyToScopes, preTokenEvent } from "../../lib/local/pre-token-trigger.ts";
import { differences, documented } from "./documented.ts";

const SUB = "a36036a8-0000-4000-8000-56d57dae7bc6";
const facts = {
  region: "us-east-1",
  userPoolId: "us-east-1_EXAMPLE",
  clientId: "1example23456789",
  person: { sub: SUB, username: SUB, attributes: { email_verified: "true", email: "someone@example.com" } },
  scopes: ["openid", "email"],
  occasion: "HostedAuth",
} as const;

test("the event has every key of the documented example, and its values", () => {
  const example = documented("pre-token-generation-v2.json");
  expect(differences(example, preTokenEvent(facts), {})).toEqual([]);
  expect(preTokenEvent(facts)).toEqual(example);
});

test("the event of whoever a provider brings names the provider, its subject and its group", () => {
  const identity = {
    userId: "Dana@ACME.example",
    providerName: "idp01k",
    providerType: "SAML",
    issuer: "urn:acme",
    dateCreated: 1_700_000_000_000,
  } as const;
  const person = {
    sub: SUB,
    username: "idp01k_dana@acme.example",
    attributes: { email: "dana@acme.example" },
    identity,
  };
  const event = preTokenEvent({ ...facts, person, occasion: "RefreshTokens" });
  expect(event).toMatchObject({
    triggerSource: "TokenGeneration_RefreshTokens",
    userName: "idp01k_dana@acme.example",
    request: {
      userAttributes: { sub: SUB, "cognito:user_status": "EXTERNAL_PROVIDER", email: "dana@acme.example" },
      groupConfiguration: { groupsToOverride: ["us-east-1_EXAMPLE_idp01k"] },
    },
  });
  const { identities } = (event as { request: { userAttributes: { identities: string } } }).request.userAttributes;
  expect(JSON.parse(identities)).toEqual([
    {
      userId: "Dana@ACME.example",
      providerName: "idp01k",
      providerType: "SAML",
      issuer: "urn:acme",
      primary: "true",
      dateCreated: "1700000000000",
    },
  ]);
});

describe("the trigger's answer", () => {
  const claims = new Map<string, unknown>([
    ["sub", "s"],
    ["client_id", "c"],
    ["own", 1],
  ]);
  const respond = (accessTokenGeneration: object, more: object = {}) => ({
    claimsAndScopeOverrideDetails: { accessTokenGeneration, ...more },
  });
  const apply = (accessTokenGeneration: object, more: object = {}) =>
    Object.fromEntries(applyToClaims(claims, respond(accessTokenGeneration, more), "accessTokenGeneration"));

  test("adds, overrides and takes away claims", () => {
    expect(apply({ claimsToAddOrOverride: { a: ["b"], __proto__x: 1 }, claimsToSuppress: ["own"] })).toEqual({
      sub: "s",
      client_id: "c",
      a: ["b"],
      __proto__x: 1,
    });
  });

  test("says apart what goes into an access token and what into an id token", () => {
    const response = respond(
      { claimsToAddOrOverride: { here: "access" } },
      { idTokenGeneration: { claimsToAddOrOverride: { here: "id" } } },
    );
    expect(applyToClaims(claims, response, "accessTokenGeneration").get("here")).toBe("access");
    expect(applyToClaims(claims, response, "idTokenGeneration").get("here")).toBe("id");
  });

  test("cannot touch what makes the token what it is", () => {
    const made = apply({
      claimsToAddOrOverride: {
        sub: "other",
        aud: "x",
        iss: "x",
        token_use: "id",
        exp: 1,
        scope: "all",
        client_id: "d",
        username: "x",
        "cognito:username": "x",
      },
      claimsToSuppress: ["sub", "client_id"],
    });
    expect(made).toEqual({ sub: "s", client_id: "c", own: 1 });
  });

  test("adds and takes away scopes", () => {
    const response = respond({ scopesToAdd: ["more", "email"], scopesToSuppress: ["openid"] });
    expect(applyToScopes(["openid", "email"], response)).toEqual(["email", "more"]);
  });

  test("puts a person into groups", () => {
    expect(apply({}, { groupOverrideDetails: { groupsToOverride: ["g"] } })).toMatchObject({ "cognito:groups": ["g"] });
  });

  test.each([[{}], [{ claimsAndScopeOverrideDetails: null }]])("may change nothing: %j", (response) => {
    expect(Object.fromEntries(applyToClaims(claims, response, "accessTokenGeneration"))).toMatchObject({ own: 1 });
    expect(applyToScopes(["a"], response)).toEqual(["a"]);
  });

  test("of a text for claims, or of numbers for scopes, is not recognized", () => {
    expect(() => apply({ claimsToAddOrOverride: "x" })).toThrow(/Unrecognizable lambda output/);
    expect(() => applyToScopes([], respond({ scopesToAdd: [1] }))).toThrow(/Unrecognizable lambda output/);
  });
});
