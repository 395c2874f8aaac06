import { randomUUID } from "node:crypto";
import type { Context, PreTokenGenerationV2TriggerEvent } from "aws-lambda";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { IdentityProvider } from "../../lib/domain/identity-providers.ts";
import { poolNameOf } from "../../lib/domain/identity-providers.ts";
import type { OrgId, ProviderId, UserId } from "../../lib/domain/ids.ts";
import { SigningKeys } from "../../lib/identity/signing-keys.ts";
import { verifyToken } from "../../lib/identity/verify-token.ts";
import { applyToClaims, applyToScopes } from "../../lib/local/pre-token-trigger.ts";
import type { Store } from "../../lib/store/store.ts";
import { openTestStore } from "../engine.ts";
import { CLIENT_ID, cognitoClaims, makeKey, signToken, TestIssuer } from "../identity/issuer.ts";

type Trigger = (event: PreTokenGenerationV2TriggerEvent) => Promise<PreTokenGenerationV2TriggerEvent>;

const logged: string[] = [];
let store: Store;
let surroundings: Record<string, string>;
let trigger: Trigger;

beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((text) => logged.push(String(text)) > 0);
  }
  const opened = await openTestStore();
  store = opened.store;
  surroundings = {
    AWS_ENDPOINT_URL_DYNAMODB: opened.endpoint,
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    POWERTOOLS_SERVICE_NAME: "sign-in",
    LOG_LEVEL: "INFO",
    TABLE_NAME: opened.tableName,
  };
  trigger = await loadTrigger();
});

beforeEach(() => {
  logged.length = 0;
});

afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** Loads the function as a cold start does. */
async function loadTrigger(changes: Record<string, string> = {}): Promise<Trigger> {
  for (const [name, value] of Object.entries({ ...surroundings, ...changes })) vi.stubEnv(name, value);
  vi.resetModules();
  const { handler } = await import("../../functions/sign-in.ts");
  const context = { awsRequestId: "lambda-1", getRemainingTimeInMillis: () => 5_000 } as Context;
  return (event) => (handler as unknown as (event: unknown, context: Context) => ReturnType<Trigger>)(event, context);
}

/** As Cognito sends it after a sign-in in a browser. */
function eventOf(
  attributes: Readonly<Record<string, string | undefined>> = {},
  triggerSource: string = "TokenGeneration_HostedAuth",
): PreTokenGenerationV2TriggerEvent {
  const sub = attributes.sub ?? randomUUID();
  const given = {
    sub,
    "cognito:email_alias": "bob@acme.example",
    "cognito:user_status": "CONFIRMED",
    email_verified: "true",
    email: `${sub}@acme.example`,
    ...attributes,
  };
  return {
    version: "2",
    triggerSource: triggerSource as "TokenGeneration_HostedAuth",
    region: "eu-west-1",
    userPoolId: "eu-west-1_AbC123",
    userName: sub,
    callerContext: { awsSdkVersion: "aws-sdk-unknown-unknown", clientId: CLIENT_ID },
    request: {
      userAttributes: Object.fromEntries(
        Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
      ),
      groupConfiguration: { groupsToOverride: [], iamRolesToOverride: [] },
      scopes: ["openid", "email", "aws.cognito.signin.user.admin"],
    },
    response: { claimsAndScopeOverrideDetails: {} },
  };
}

function idIn(event: PreTokenGenerationV2TriggerEvent): string | undefined {
  const { accessTokenGeneration } = event.response.claimsAndScopeOverrideDetails;
  return accessTokenGeneration?.claimsToAddOrOverride?.bailiwick_user_id;
}

describe("the sign-in trigger", () => {
  it("puts the person's id into the access token, and takes the scope to edit oneself out", async () => {
    const event = eventOf();
    const answer = await trigger(event);
    const { userId } = await store.read({ userId: store.persons.bySubject(event.request.userAttributes.sub ?? "") });
    expect(userId).toMatch(/^usr_/);
    expect(answer).toEqual({
      ...event,
      response: {
        claimsAndScopeOverrideDetails: {
          accessTokenGeneration: {
            claimsToAddOrOverride: { bailiwick_user_id: userId },
            scopesToSuppress: ["aws.cognito.signin.user.admin"],
          },
        },
      },
    });
  });

  it("makes tokens that are believed", async () => {
    const key = makeKey("current");
    const issuer = await TestIssuer.open(key);
    const event = eventOf();
    const answer = await trigger(event);
    const plain = new Map(Object.entries(cognitoClaims(issuer.url, Date.now())));
    plain.delete("bailiwick_user_id");
    const response = { ...answer.response };
    const claims = applyToClaims(plain, response, "accessTokenGeneration");
    claims.set("scope", applyToScopes(event.request.scopes ?? [], response).join(" "));
    const token = signToken(Object.fromEntries(claims), key);
    const profile = { issuer: issuer.url, clientIds: new Set([CLIENT_ID]) };
    const principal = await verifyToken(token, profile, new SigningKeys(issuer.url), Date.now());
    expect(principal).toEqual({ kind: "user", userId: idIn(answer) });
    issuer.close();
  });

  it.each([
    "TokenGeneration_HostedAuth",
    "TokenGeneration_Authentication",
    "TokenGeneration_NewPasswordChallenge",
    "TokenGeneration_AuthenticateDevice",
  ])("makes an id at %s, which a refreshed token carries too", async (source) => {
    const event = eventOf({}, source);
    const id = idIn(await trigger(event));
    expect(id).toMatch(/^usr_/);
    const refreshed = eventOf({ sub: event.request.userAttributes.sub }, "TokenGeneration_RefreshTokens");
    expect(idIn(await trigger(refreshed))).toBe(id);
  });
});

describe("the sign-in trigger, for somebody who came through an identity provider,", () => {
  const providerId = "idp_01jdexamp1e0000000000000ab" as ProviderId;
  const orgId = "org_01jdexamp1e0000000000000ab" as OrgId;
  const userId = "usr_01jdexamp1e0000000000000ab" as UserId;
  const identity = { userId: "Dana", providerName: poolNameOf(providerId), providerType: "SAML", primary: "true" };
  const eventFor = (identities: readonly object[], source?: string) =>
    eventOf(
      { "cognito:user_status": "EXTERNAL_PROVIDER", identities: JSON.stringify(identities), email_verified: "false" },
      source,
    );

  beforeAll(async () => {
    const provider = { id: providerId, orgId, attributeMapping: { email: "email" } } as unknown as IdentityProvider;
    const door = { orgId, userId, subject: "dana" };
    const changes = [
      ...store.providers.create(provider, undefined),
      store.providers.bindSubject(providerId, door, undefined),
    ];
    expect(await store.commit(changes, "provider", async () => false)).toBe("committed");
  });

  it.each(["TokenGeneration_HostedAuth", "TokenGeneration_RefreshTokens"])(
    "adds user, organization and provider, and nothing more: %s",
    async (source) => {
      const answer = await trigger(eventFor([identity], source));
      expect(answer.response).toEqual({
        claimsAndScopeOverrideDetails: {
          accessTokenGeneration: {
            claimsToAddOrOverride: {
              bailiwick_user_id: userId,
              bailiwick_org_id: orgId,
              bailiwick_idp_id: providerId,
            },
            scopesToSuppress: ["aws.cognito.signin.user.admin"],
          },
        },
      });
    },
  );

  it.each([
    ["whom nobody has let in", [{ ...identity, userId: "erin" }], "Sign in again"],
    [
      "of a provider that nobody has",
      [{ ...identity, providerName: "idp01jdexamp1e0000000000000zz" }],
      "Sign in again",
    ],
    ["whose account somebody linked to another", [identity, { ...identity, userId: "erin" }], "not one of an identity"],
    ["who has no identity at all", [], "not one of an identity"],
  ])("refuses somebody %s", async (_who, identities, reason) => {
    await expect(trigger(eventFor(identities))).rejects.toMatchObject({
      name: "SignInRefused",
      message: expect.stringContaining(reason),
    });
  });

  it("tells of a refused one whose it was, as far as it could be read", async () => {
    const stranger = "erin\n\u2028\u001b[31m";
    await expect(trigger(eventFor([{ ...identity, userId: stranger }]))).rejects.toThrow();
    await expect(trigger(eventFor([]))).rejects.toThrow();
    await expect(trigger(eventOf({ sub: "of-the-pool", email_verified: "false" }))).rejects.toThrow();
    expect(logged.join("")).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(logged.map((line) => JSON.parse(line))).toMatchObject([
      { event: "sign_in.refused", requestId: "lambda-1", providerId, subject: stranger, reason: expect.any(String) },
      { event: "sign_in.refused", requestId: "lambda-1", reason: expect.stringContaining("not one of an identity") },
      { event: "sign_in.refused", subject: "of-the-pool", reason: expect.stringContaining("not verified") },
    ]);
    const [, unread, ofPool] = logged.map((line) => JSON.parse(line));
    expect([unread, ofPool].map((line) => "providerId" in line)).toEqual([false, false]);
  });
});

describe("the sign-in trigger refuses, with a reason for the person,", () => {
  it.each([
    ["an address that is not verified", { email_verified: "false" }, "not verified"],
    ["an address of which nothing is known", { email_verified: undefined }, "not verified"],
    ["no address", { email: undefined }, "not verified"],
    [
      "a provider's user",
      { identities: '[{"userId":"1","providerName":"Google","providerType":"Google"}]' },
      "This account is not one of an identity provider that is set up here.",
    ],
    [
      "a provider's user by their status",
      { "cognito:user_status": "EXTERNAL_PROVIDER" },
      "This account is not one of an identity provider that is set up here.",
    ],
  ])("%s", async (_, attributes, reason) => {
    const event = eventOf(attributes);
    await expect(trigger(event)).rejects.toMatchObject({
      name: "SignInRefused",
      message: expect.stringContaining(reason),
    });
    const { userId } = await store.read({ userId: store.persons.bySubject(event.request.userAttributes.sub ?? "") });
    expect(userId).toBeUndefined();
  });

  it("a refreshed token of somebody who never signed in", async () => {
    const refreshed = trigger(eventOf({}, "TokenGeneration_RefreshTokens"));
    await expect(refreshed).rejects.toMatchObject({ name: "SignInRefused" });
  });
});

describe("the sign-in trigger fails, without saying more than that,", () => {
  const isFault = (asked: Promise<unknown>) =>
    expect(asked).rejects.toMatchObject({
      name: "Error",
      message: "Bailiwick does not answer at the moment. Try again.",
    });

  it.each([
    ["when it is called for what it does not know", () => eventOf({}, "TokenGeneration_ClientCredentials")],
    ["when it is called as version 1, which would ignore its answer", () => ({ ...eventOf(), version: "1" })],
    ["when the event names no subject", () => eventOf({ sub: "" })],
  ])("%s", async (_, make) => {
    await isFault(trigger(make()));
  });

  it("when the table is not there, and tells the operator", async () => {
    await isFault((await loadTrigger({ TABLE_NAME: "no-such-table" }))(eventOf()));
    expect(logged.join()).toContain("ResourceNotFoundException");
  });

  it("when the engine does not answer, within Cognito's five seconds", async () => {
    const start = performance.now();
    await isFault((await loadTrigger({ AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:9" }))(eventOf()));
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});

it("the sign-in trigger does not start without TABLE_NAME", async () => {
  await expect(loadTrigger({ TABLE_NAME: "" })).rejects.toThrow("TABLE_NAME is not set");
});
