/** What the pool hands on of an assertion, read back: whichever protocol brought it, the same is known of a person. */
import type { InboundFederationTriggerEvent } from "aws-lambda";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readFederatedSignIn } from "../../functions/wiring/federated-event.ts";
import { readAttributes } from "../../lib/domain/claims.ts";
import { poolNameOf } from "../../lib/domain/identity-providers.ts";
import type { ProviderId } from "../../lib/domain/ids.ts";
import { readSamlValues } from "../../lib/identity/saml-values.ts";
import { inboundFederationEvent } from "../../lib/local/inbound-federation-trigger.ts";

const providerId = "idp_01jdexamp1e0000000000000ab" as ProviderId;
const name = poolNameOf(providerId);
type Claims = Readonly<Record<string, unknown>>;

const toText = (value: unknown) => String(value);
const facts = { region: "eu-west-1", userPoolId: "eu-west-1_example", clientId: "client" };

function samlEvent(subject: string, claims: Claims): InboundFederationTriggerEvent {
  const saml = new Map(Object.entries(claims).map(([claim, value]) => [claim, [value].flat().map(toText)]));
  const provider = { name, type: "SAML" as const };
  return inboundFederationEvent({ ...facts, provider, asserted: { subject, saml } }) as InboundFederationTriggerEvent;
}

function oidcEvent(subject: string, claims: Claims): InboundFederationTriggerEvent {
  const idToken = { iss: "https://idp.example", ...claims, sub: subject };
  const payload = Buffer.from(JSON.stringify(idToken)).toString("base64url");
  const tokenResponse = { access_token: "a", id_token: `e30.${payload}.c2ln`, token_type: "Bearer" };
  const asserted = { subject, oidc: { tokenResponse, idToken, userInfo: {} } };
  const provider = { name, type: "OIDC" as const };
  return inboundFederationEvent({ ...facts, provider, asserted }) as InboundFederationTriggerEvent;
}

const mapping = { email: "email", groups: "https://acme.example/groups", level: "level" };
const attributesOf = (event: InboundFederationTriggerEvent) =>
  [...readAttributes(mapping, readFederatedSignIn(event, "lambda-1").claims)].map(([attribute, value]) => [
    attribute,
    [value].flat().map(toText),
  ]);

/** Texts with what the pool's form gives a meaning. */
const awkward = fc.oneof(
  fc.string({ unit: fc.constantFrom("[", "]", ",", " ", "%", "+", "a", "B", "ü", "=", "&", "2", "C"), maxLength: 8 }),
  fc.string({ unit: "grapheme", maxLength: 8 }),
);
const value = fc.oneof(awkward, fc.integer(), fc.boolean());

describe("what a provider says", () => {
  it("gives the same attributes through SAML as through OpenID Connect", () => {
    let several = 0;
    fc.assert(
      fc.property(fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 5 })), (groups) => {
        // A single text that is to the letter what the pool makes of several cannot be told from them (see verify:aws).
        const all = [groups].flat().map(toText);
        fc.pre(all.length > 1 || readSamlValues(all[0] ?? "").length === 1);
        if (all.length > 1) several++;
        const claims = { email: "dana@acme.example", [mapping.groups]: groups, level: 3, unmapped: "x" };
        const known = attributesOf(samlEvent("dana", claims));
        expect(known).toEqual(attributesOf(oidcEvent("dana", claims)));
        expect(known).toContainEqual(["groups", all]);
      }),
      { numRuns: 3_000 },
    );
    expect(several).toBeGreaterThan(500);
  });

  it("is absent when the assertion does not say it, whatever was said before", () => {
    for (const make of [samlEvent, oidcEvent]) {
      expect(attributesOf(make("dana", { email: "dana@acme.example" }))).toEqual([["email", ["dana@acme.example"]]]);
    }
  });

  it("names the subject: by the token itself, or by the pool's user name without its case", () => {
    expect(readFederatedSignIn(oidcEvent("Dana|7", {}), "r").subject).toBe("Dana|7");
    expect(readFederatedSignIn(samlEvent("Dana@Acme.example", {}), "r").subject).toBe("dana@acme.example");
  });
});

describe("what is no sign-in through one of our providers", () => {
  const good = oidcEvent("dana", {});
  const withRequest = (more: object) => ({ ...good, request: { ...good.request, ...more } }) as typeof good;
  const withToken = (id_token: string) => withRequest({ attributes: { tokenResponse: { id_token } } });
  const payload = (text: string) => `e30.${Buffer.from(text).toString("base64url")}.c2ln`;

  const faults: [string, typeof good][] = [
    ["another trigger", { ...good, triggerSource: "PreSignUp_ExternalProvider" as never }],
    ["a provider that is none of ours", withRequest({ providerName: "Google" })],
    ["a social provider", withRequest({ providerType: "Google" })],
  ];
  it.each(faults)("is a fault of the pool: %s", (_what, event) => {
    expect(() => readFederatedSignIn(event, "r")).toThrow(/^(the trigger was called as|there are no providers)/);
  });

  const refusals: [string, typeof good][] = [
    ["no token", withToken("")],
    ["a token that is no JSON", withToken(payload("{"))],
    ["a token that two readers could understand differently", withToken(payload('{"sub":"a","sub":"b"}'))],
    ["no subject", withToken(payload("{}"))],
    ["a subject that is no text", withToken(payload('{"sub":7}'))],
    ["a subject too long for a key", withToken(payload(JSON.stringify({ sub: "x".repeat(257) })))],
    ["a subject that is no Unicode", withToken(payload('{"sub":"\\ud800"}'))],
  ];
  it.each(refusals)("is refused: %s", (_what, event) => {
    expect(() => readFederatedSignIn(event, "r")).toThrow(expect.objectContaining({ code: "sign_in.refused" }));
  });
});
