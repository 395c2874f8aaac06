/** An identity provider of the tests, which signs whatever it is told to. */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { signXml } from "@node-saml/node-saml/lib/xml.js";
import type { SamlPeer } from "../../lib/local/saml-metadata.ts";
import { makeCertificate } from "../../lib/local/test-certificate.ts";

export const ENTITY_ID = "urn:amazon:cognito:sp:eu-central-1_local";
export const ACS_URL = "http://127.0.0.1:4001/saml2/idpresponse";
const WITH_COMMENTS = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";

const makeKey = () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { pem, certificate: makeCertificate("Test", createPrivateKey(pem), createPublicKey(pem)) };
};
export const key = makeKey();
export const otherKey = makeKey();

export const peer: SamlPeer = {
  entityId: "https://idp.acme.example/saml",
  ssoUrl: "https://idp.acme.example/sso?tenant=1",
  certificates: [key.certificate],
};

export const minutes = (count: number) => new Date(Date.now() + count * 60_000).toISOString();

/** What a response says; each has a default that makes it a good one. */
export interface Said {
  readonly requestId: string;
  readonly confirmedRequestId?: string;
  readonly issuer?: string;
  readonly responseIssuer?: string;
  readonly audience?: string;
  readonly recipient?: string;
  readonly destination?: string;
  readonly status?: string;
  readonly notBefore?: string;
  readonly notOnOrAfter?: string;
  readonly confirmedUntil?: string;
  readonly sessionUntil?: string;
  readonly id?: string;
  /** XML. */
  readonly nameId?: string;
  readonly attributes?: string;
  readonly conditions?: string;
}

export function writeResponse(said: Said): string {
  const { requestId, issuer = peer.entityId, recipient = ACS_URL, notBefore = minutes(-1) } = said;
  const end = said.notOnOrAfter ?? minutes(5);
  const session = said.sessionUntil === undefined ? "" : ` SessionNotOnOrAfter="${said.sessionUntil}"`;
  const attributes = said.attributes ?? attribute("email", "dana@acme.example");
  return (
    `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"` +
    ` ID="_response" Version="2.0" IssueInstant="${minutes(0)}" Destination="${said.destination ?? ACS_URL}"` +
    ` InResponseTo="${requestId}"><saml:Issuer>${said.responseIssuer ?? issuer}</saml:Issuer><samlp:Status ID="_status">` +
    `<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:${said.status ?? "Success"}"/></samlp:Status>` +
    `<saml:Assertion ID="${said.id ?? "_assertion"}" Version="2.0" IssueInstant="${minutes(0)}">` +
    `<saml:Issuer>${issuer}</saml:Issuer><saml:Subject>${said.nameId ?? "<saml:NameID>Dana</saml:NameID>"}` +
    `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData` +
    ` InResponseTo="${said.confirmedRequestId ?? requestId}" Recipient="${recipient}"` +
    ` NotOnOrAfter="${said.confirmedUntil ?? end}"/></saml:SubjectConfirmation></saml:Subject>` +
    `<saml:Conditions NotBefore="${notBefore}" NotOnOrAfter="${end}"><saml:AudienceRestriction>` +
    `<saml:Audience>${said.audience ?? ENTITY_ID}</saml:Audience></saml:AudienceRestriction>${said.conditions ?? ""}` +
    `</saml:Conditions><saml:AuthnStatement AuthnInstant="${minutes(0)}"${session}/>` +
    `<saml:AttributeStatement>${attributes}</saml:AttributeStatement></saml:Assertion></samlp:Response>`
  );
}

export const attribute = (name: string, ...values: readonly string[]) =>
  `<saml:Attribute Name="${name}">${values.map((value) => `<saml:AttributeValue>${value}</saml:AttributeValue>`).join("")}</saml:Attribute>`;

export interface Signing {
  /** The local name of what is signed. */
  readonly covers?: "Assertion" | "Response" | "Status";
  /** The local name of the element into which the signature goes. */
  readonly inside?: "Assertion" | "Response";
  readonly pem?: string;
  readonly keepsComments?: boolean;
}

export function sign(
  xml: string,
  { covers = "Assertion", inside, pem = key.pem, keepsComments }: Signing = {},
): string {
  const holder = inside ?? (covers === "Response" ? "Response" : "Assertion");
  const canonical = keepsComments ? WITH_COMMENTS : "http://www.w3.org/2001/10/xml-exc-c14n#";
  return signXml(
    xml,
    `//*[local-name(.)='${covers}']`,
    { reference: `//*[local-name(.)='${holder}']/*[local-name(.)='Issuer']`, action: "after" },
    {
      privateKey: pem,
      signatureAlgorithm: "sha256",
      digestAlgorithm: "sha256",
      xmlSignatureTransforms: ["http://www.w3.org/2000/09/xmldsig#enveloped-signature", canonical],
    },
  );
}
