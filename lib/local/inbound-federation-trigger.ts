/**
 * Cognito's inbound-federation trigger: the event it gets at each sign-in through an identity provider, in which everything is a
 * text, and what its answer makes of a profile. AWS's documentation does not say how several SAML values become one text here (it is
 * done as in the attributes of a profile), nor how nested OIDC claims do (JSON), nor where a SAML subject stands (in the user name).
 */
import type { AssertedPerson } from "./asserted-person.ts";
import { usernameOf } from "./pool-people.ts";
import type { PoolProvider } from "./pool-providers.ts";
import { isRecord } from "./shape.ts";
import { TriggerFault } from "./trigger-call.ts";

type Texts = Readonly<Record<string, string>>;

export interface InboundFacts {
  readonly region: string;
  readonly userPoolId: string;
  readonly clientId: string;
  readonly provider: Pick<PoolProvider, "name" | "type">;
  readonly asserted: AssertedPerson;
}

export function inboundFederationEvent({ region, userPoolId, clientId, provider, asserted }: InboundFacts): object {
  return {
    version: "1",
    triggerSource: "InboundFederation_ExternalProvider",
    region,
    userPoolId,
    userName: usernameOf(provider.name, asserted.subject),
    callerContext: { awsSdkVersion: "aws-sdk-unknown-unknown", clientId },
    request: { providerName: provider.name, providerType: provider.type, attributes: attributesOf(asserted) },
    response: { userAttributesToMap: {} },
  };
}

function attributesOf({ saml, oidc }: AssertedPerson): object {
  if (oidc === undefined) return { samlResponse: samlTexts(saml) };
  const { tokenResponse, idToken, userInfo } = oidc;
  return { tokenResponse, idToken: oidcTexts(idToken), userInfo: oidcTexts(userInfo) };
}

/**
 * The attributes that go into the profile, under the pool's names. `{}` of the trigger keeps everything that the provider said;
 * otherwise what it leaves out is left out.
 * @throws TriggerFault
 */
export function mapAttributes(
  answer: Readonly<Record<string, unknown>>,
  asserted: AssertedPerson,
  mapping: Texts,
): Record<string, string> {
  const chosen = answer.userAttributesToMap ?? {};
  if (!isRecord(chosen) || !Object.values(chosen).every((value) => typeof value === "string")) {
    throw new TriggerFault("Unrecognizable lambda output: userAttributesToMap is not a map of texts");
  }
  const said = new Map(Object.entries(Object.keys(chosen).length > 0 ? (chosen as Texts) : everythingOf(asserted)));
  return Object.fromEntries(
    Object.entries(mapping).flatMap(([attribute, claim]) => {
      const value = said.get(claim);
      // The user name is the provider's name and the subject, whatever is mapped to it.
      return value === undefined || attribute === "username" ? [] : [[attribute, value]];
    }),
  );
}

function everythingOf({ saml, oidc }: AssertedPerson): Texts {
  if (oidc === undefined) return samlTexts(saml);
  return { ...oidcTexts(oidc.idToken), ...oidcTexts(oidc.userInfo) };
}

/** One value as it is, several form-encoded and in brackets: `[a, b%2C+c]`. */
function samlTexts(attributes: AssertedPerson["saml"] = new Map()): Texts {
  const texts = [...attributes].flatMap(([name, values]): [string, string][] => {
    const [first, ...more] = values;
    if (first === undefined) return [];
    return [[name, more.length === 0 ? first : `[${values.map(formEncode).join(", ")}]`]];
  });
  return Object.fromEntries(texts);
}

function formEncode(value: string): string {
  return new URLSearchParams([["", value]]).toString().slice(1);
}

function oidcTexts(claims: Readonly<Record<string, unknown>>): Texts {
  const texts = Object.entries(claims).map(([name, value]) => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return Object.fromEntries(texts);
}
