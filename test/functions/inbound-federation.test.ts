/** The inbound-federation trigger as Cognito calls it: what it answers, and what it lets the person and the pool know. */
import type { Context, InboundFederationTriggerEvent } from "aws-lambda";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { poolNameOf } from "../../lib/domain/identity-providers.ts";
import type { ProviderId } from "../../lib/domain/ids.ts";
import { FederatedWorld } from "../identity/federated-world.ts";

type Trigger = (event: InboundFederationTriggerEvent) => Promise<InboundFederationTriggerEvent>;

const logged: string[] = [];
let world: FederatedWorld;
let okta: ProviderId;
let trigger: Trigger;

beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((text) => logged.push(String(text)) > 0);
  }
  world = await FederatedWorld.open();
  okta = await world.connect();
  await world.setRules([{ role: "rol_viewer", group: "SOC" }]);
  trigger = await load({ TABLE_NAME: world.test.tableName });
});
beforeEach(() => {
  logged.length = 0;
});
afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** Loads the function as a cold start does. */
async function load(settings: Record<string, string>): Promise<Trigger> {
  const surroundings = {
    AWS_ENDPOINT_URL_DYNAMODB: world.test.endpoint,
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    POWERTOOLS_SERVICE_NAME: "inbound-federation",
    LOG_LEVEL: "INFO",
    ...settings,
  };
  for (const [name, value] of Object.entries(surroundings)) vi.stubEnv(name, value);
  vi.resetModules();
  const { handler } = await import("../../functions/inbound-federation.ts");
  const context = { awsRequestId: "lambda-1", getRemainingTimeInMillis: () => 5_000 } as Context;
  return (event) => (handler as unknown as (event: unknown, context: Context) => ReturnType<Trigger>)(event, context);
}

function samlEvent(subject: string, samlResponse: Record<string, string>): InboundFederationTriggerEvent {
  return {
    version: "1",
    triggerSource: "InboundFederation_ExternalProvider",
    region: "eu-west-1",
    userPoolId: "eu-west-1_example",
    userName: `${poolNameOf(okta)}_${subject}`,
    callerContext: { awsSdkVersion: "aws-sdk-unknown-unknown", clientId: "client" },
    request: { providerName: poolNameOf(okta), providerType: "SAML", attributes: { samlResponse } },
    response: { userAttributesToMap: {} },
  };
}

function oidcEvent(claims: object): InboundFederationTriggerEvent {
  const id_token = `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2ln`;
  const event = samlEvent("", {});
  return {
    ...event,
    request: { ...event.request, providerType: "OIDC", attributes: { tokenResponse: { id_token } } },
  };
}

/** Such as no two parts of are alike. */
function randomLetters(count: number): string {
  let state = 1;
  return Array.from({ length: count }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return "ab"[state % 2];
  }).join("");
}

const said = { email: "dana@acme.example", groups: "[EMEA, SOC]", role: "owner" };

describe("the inbound-federation trigger", () => {
  it("hands back who somebody is and no claim, and never an empty answer, which would keep all of them", async () => {
    const { response } = await trigger(samlEvent("dana", said));
    expect(response).toEqual({ userAttributesToMap: { email: "dana@acme.example" } });
    const oidc = { sub: "Erin", email: "erin@acme.example", groups: ["SOC"], role: "owner" };
    expect((await trigger(oidcEvent(oidc))).response).toEqual({
      userAttributesToMap: { sub: "Erin", email: "erin@acme.example" },
    });
    expect(await world.rolesOf(await world.callerOf(okta, "dana"))).toEqual(["rol_viewer"]);
  });

  it("refuses with a reason for the person, under a name of its own", async () => {
    await expect(trigger(samlEvent("fay", { ...said, groups: "NOC" }))).rejects.toMatchObject({
      name: "SignInRefused",
      message: "Nothing that your identity provider says of you gives you a role in Acme. Ask its administrators.",
    });
    expect(logged.map((line) => JSON.parse(line))).toMatchObject([
      {
        message: "a sign-in was refused",
        event: "sign_in.refused",
        requestId: "lambda-1",
        providerId: okta,
        subject: "fay",
        reason: expect.stringContaining("Nothing that your identity provider says"),
      },
    ]);
  });

  it("tells whose sign-in was refused as far as it could be read, on one line whatever they are called", async () => {
    const subject = "eve\n\u001b[31m{\u2028\u009b\u202e}";
    await expect(trigger(samlEvent(subject, { ...said, groups: "NOC" }))).rejects.toThrow();
    await expect(trigger(samlEvent("", said))).rejects.toThrow();
    await expect(trigger(oidcEvent({ sub: "x".repeat(10_000) }))).rejects.toThrow();
    expect(logged.join("")).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(logged.join("").split("\n")).toHaveLength(4);
    const lines = logged.map((line) => JSON.parse(line));
    expect(lines.map(({ event, providerId, subject }) => [event, providerId, subject])).toEqual([
      ["sign_in.refused", okta, subject],
      ["sign_in.refused", okta, undefined],
      ["sign_in.refused", okta, undefined],
    ]);
  });

  it("tells operators where rules asked too much to be told, and nothing of what they asked", async () => {
    await world.setRules([
      {
        role: "rol_interact-only",
        condition: { attribute: "groups", operator: "matches", values: ["(?:a|b)*a(?:a|b){60}c"] },
      },
      { role: "rol_viewer", group: "SOC" },
    ]);
    await expect(
      trigger(samlEvent("gil", { ...said, groups: `[SOC, ${randomLetters(1_000)}]` })),
    ).rejects.toMatchObject({ name: "SignInRefused" });
    const warnings = logged.filter((line) => line.includes('"WARN"'));
    expect(warnings.map((line) => JSON.parse(line))).toMatchObject([{ orgId: world.orgId, providerId: okta }]);
    expect(warnings.join("")).not.toMatch(/SOC|acme|gil|abab/);
    logged.length = 0;
    expect((await trigger(samlEvent("gil", said))).response).toEqual({ userAttributesToMap: { email: said.email } });
    expect(logged.join("")).not.toContain("WARN");
  });

  it("lets nobody in when something fails, and tells them no more than that", async () => {
    const broken = await load({ TABLE_NAME: "no-such-table" });
    await expect(broken(samlEvent("dana", said))).rejects.toMatchObject({
      name: "Error",
      message: "Bailiwick does not answer at the moment. Try again.",
    });
    expect(logged.join("")).toMatch(/a sign-in failed/);
  });

  it("does not load without its table", async () => {
    await expect(load({ TABLE_NAME: "" })).rejects.toThrow("TABLE_NAME is not set");
  });
});
