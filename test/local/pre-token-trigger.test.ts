import { describe, expect, test } from "vitest";
import { applyTriggerAnswer, preTokenEvent } from "../../lib/local/pre-token-trigger.ts";
import { differences, documented } from "./documented.ts";

const facts = {
  region: "us-east-1",
  userPoolId: "us-east-1_EXAMPLE",
  clientId: "1example23456789",
  person: { sub: "a36036a8-0000-4000-8000-56d57dae7bc6", email: "someone@example.com" },
  scopes: ["openid", "email"],
};

test("the event has every key of the documented example, and its values", () => {
  const example = documented("pre-token-generation-v2.json");
  expect(differences(example, preTokenEvent(facts), {})).toEqual([]);
  expect(preTokenEvent(facts)).toEqual(example);
});

describe("the trigger's answer", () => {
  const claims = new Map<string, unknown>([
    ["sub", "s"],
    ["client_id", "c"],
    ["own", 1],
  ]);
  const apply = (accessTokenGeneration: object, more: object = {}) =>
    Object.fromEntries(
      applyTriggerAnswer(claims, ["openid", "email"], {
        response: { claimsAndScopeOverrideDetails: { accessTokenGeneration, ...more } },
      }),
    );

  test("adds, overrides and takes away claims", () => {
    expect(apply({ claimsToAddOrOverride: { a: ["b"], __proto__x: 1 }, claimsToSuppress: ["own"] })).toEqual({
      sub: "s",
      client_id: "c",
      a: ["b"],
      __proto__x: 1,
      scope: "openid email",
    });
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
      },
      claimsToSuppress: ["sub", "client_id"],
    });
    expect(made).toEqual({ sub: "s", client_id: "c", own: 1, scope: "openid email" });
  });

  test("adds and takes away scopes", () => {
    expect(apply({ scopesToAdd: ["more", "email"], scopesToSuppress: ["openid"] }).scope).toBe("email more");
  });

  test("puts a person into groups", () => {
    expect(apply({}, { groupOverrideDetails: { groupsToOverride: ["g"] } })).toMatchObject({ "cognito:groups": ["g"] });
  });

  test("may change nothing", () => {
    expect(Object.fromEntries(applyTriggerAnswer(claims, ["a"], { response: {} }))).toMatchObject({
      own: 1,
      scope: "a",
    });
    expect(
      Object.fromEntries(applyTriggerAnswer(claims, ["a"], { response: { claimsAndScopeOverrideDetails: null } })),
    ).toMatchObject({ scope: "a" });
  });

  test.each<[string, unknown]>([
    ["nothing", null],
    ["no response", {}],
    [
      "a text for claims",
      { response: { claimsAndScopeOverrideDetails: { accessTokenGeneration: { claimsToAddOrOverride: "x" } } } },
    ],
    [
      "numbers for scopes",
      { response: { claimsAndScopeOverrideDetails: { accessTokenGeneration: { scopesToAdd: [1] } } } },
    ],
  ])("of %s is not recognized", (_, answer) => {
    expect(() => applyTriggerAnswer(claims, [], answer)).toThrow(/Unrecognizable lambda output/);
  });
});
