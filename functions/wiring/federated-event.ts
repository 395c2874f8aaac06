/** Cognito's inbound-federation event as a sign-in through one of our providers: what it said, by the names that it uses. */
import type { InboundFederationTriggerEvent } from "aws-lambda";
import { Refusal } from "../../lib/domain/errors.ts";
import { poolNameOf, providerIdOf } from "../../lib/domain/identity-providers.ts";
import type { ProviderId } from "../../lib/domain/ids.ts";
import type { FederatedSignIn } from "../../lib/identity/federated-facts.ts";
import { readIdToken } from "../../lib/identity/id-token.ts";
import { readSamlValues } from "../../lib/identity/saml-values.ts";

/** Characters of a subject: a key of the table holds it, and SAML and OIDC allow no more than 256 and 255. */
const LONGEST_SUBJECT = 256;

/**
 * @throws Refusal `sign_in.refused` for what cannot be told apart from somebody else's sign-in
 * @throws an error when the pool is not set up as its template says
 */
export function readFederatedSignIn(event: InboundFederationTriggerEvent, requestId: string): FederatedSignIn {
  const { triggerSource, request } = event;
  const providerId = providerIdOf(request.providerName);
  if (triggerSource !== "InboundFederation_ExternalProvider" || providerId === undefined) {
    throw new Error(`the trigger was called as ${triggerSource} for ${request.providerName}`);
  }
  const { subject, claims } = request.providerType === "SAML" ? readSaml(event, providerId) : readOidc(event);
  if (typeof subject !== "string" || subject === "" || subject.length > LONGEST_SUBJECT || !subject.isWellFormed()) {
    throw new Refusal("sign_in.refused", "Your identity provider does not say who you are.");
  }
  return { providerId, subject, claims, requestId };
}

/** The pool takes subjects for one whatever their case, and hands this one on as a part of its user name. */
function readSaml({ userName, request: { attributes } }: InboundFederationTriggerEvent, providerId: ProviderId) {
  const name = userName.toLowerCase();
  const prefix = `${poolNameOf(providerId)}_`;
  const said = Object.entries(attributes.samlResponse ?? {});
  return {
    subject: name.startsWith(prefix) ? name.slice(prefix.length) : name,
    claims: Object.fromEntries(said.map(([attribute, text]) => [attribute, readSamlValues(String(text))])),
  };
}

/** The token itself: what the pool makes of its claims elsewhere in the event is all text. */
function readOidc({ request: { providerType, attributes } }: InboundFederationTriggerEvent) {
  if (providerType !== "OIDC") throw new Error(`there are no providers of the type ${providerType}`);
  const claims = readIdToken(attributes.tokenResponse?.id_token ?? "");
  if (claims === undefined) throw new Refusal("sign_in.refused", "Your identity provider's token cannot be read.");
  return { subject: claims.sub, claims };
}
