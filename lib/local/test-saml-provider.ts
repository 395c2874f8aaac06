/** A SAML identity provider with fixture people, for one machine: any organization may connect it. */
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { inflateRaw } from "node:zlib";
import { FederationRefusal } from "./asserted-person.ts";
import {
  ASSERTION,
  attributeOf,
  childrenOf,
  escapeXml,
  isElement,
  METADATA,
  POST_BINDING,
  PROTOCOL,
  parseXml,
  REDIRECT_BINDING,
  SIGNATURE,
  textOf,
} from "./saml-document.ts";
import type { TestKeys } from "./test-keys.ts";
import { claimsOf, type TestPerson } from "./test-people.ts";

const MOST_REQUEST_BYTES = 64 * 1024;
const LIFETIME_MS = 5 * 60_000;
const EMAIL_FORMAT = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const NAMESPACES =
  `xmlns:samlp="${PROTOCOL}" xmlns:saml="${ASSERTION}" ` +
  `xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`;

export interface SamlRequest {
  readonly id: string;
  /** The entity id of the service provider. */
  readonly issuer: string;
}

/** Of samlify, what is used here. */
interface Samlify {
  IdentityProvider(settings: object): {
    createLoginResponse(
      serviceProvider: object,
      request: null,
      binding: "post",
      user: object,
      fill: () => { readonly id: string; readonly context: string },
    ): Promise<{ readonly context: string }>;
  };
  ServiceProvider(settings: object): object;
}

const require = createRequire(import.meta.url);

export class TestSamlProvider {
  readonly #entityId: string;
  readonly #ssoUrl: string;
  readonly #acsUrl: string;
  readonly #keys: () => Promise<TestKeys>;

  constructor(login: string, keys: () => Promise<TestKeys>) {
    this.#entityId = `${login}/test-idp/saml`;
    this.#ssoUrl = `${login}/test-idp/saml/sso`;
    this.#acsUrl = `${login}/saml2/idpresponse`;
    this.#keys = keys;
  }

  get ssoUrl(): string {
    return this.#ssoUrl;
  }

  /** The only address that responses are posted to: the local sign-in's. */
  get acsUrl(): string {
    return this.#acsUrl;
  }

  async metadata(): Promise<string> {
    const { certificate } = await this.#keys();
    return (
      `<EntityDescriptor xmlns="${METADATA}" entityID="${escapeXml(this.#entityId)}">` +
      `<IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="${PROTOCOL}">` +
      `<KeyDescriptor use="signing"><KeyInfo xmlns="${SIGNATURE}"><X509Data>` +
      `<X509Certificate>${certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>` +
      `<NameIDFormat>${EMAIL_FORMAT}</NameIDFormat>` +
      `<SingleSignOnService Binding="${REDIRECT_BINDING}" Location="${escapeXml(this.#ssoUrl)}"/>` +
      "</IDPSSODescriptor></EntityDescriptor>"
    );
  }

  /**
   * @param samlRequest as the redirect's query holds it
   * @throws FederationRefusal
   */
  async readRequest(samlRequest: string): Promise<SamlRequest> {
    const what = "The sign-in request";
    const bytes = await promisify(inflateRaw)(Buffer.from(samlRequest, "base64"), {
      maxOutputLength: MOST_REQUEST_BYTES,
    }).catch(() => undefined);
    if (bytes === undefined) throw new FederationRefusal(`${what} cannot be read.`);
    const request = parseXml(bytes.toString(), what);
    const id = attributeOf(request, "ID");
    const issuer = textOf(childrenOf(request, ASSERTION, "Issuer")[0]);
    if (!isElement(request, PROTOCOL, "AuthnRequest") || id === undefined || issuer === "") {
      throw new FederationRefusal(`${what} is none of SAML 2.0.`);
    }
    if (attributeOf(request, "AssertionConsumerServiceURL") !== this.#acsUrl) {
      throw new FederationRefusal(`${what} asks for an answer to an address that is not registered.`);
    }
    return { id, issuer };
  }

  /** A response with a signed assertion, in base64. */
  async respond(request: SamlRequest, person: TestPerson): Promise<string> {
    const { privateKey } = await this.#keys();
    // Required, not imported: its types would bring those of the browser into the whole project.
    const samlify: Samlify = require("samlify");
    const provider = samlify.IdentityProvider({
      metadata: await this.metadata(),
      privateKey: privateKey.export({ type: "pkcs8", format: "pem" }),
      requestSignatureAlgorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    });
    const service = samlify.ServiceProvider({
      entityID: request.issuer,
      wantAssertionsSigned: true,
      assertionConsumerService: [{ Binding: POST_BINDING, Location: this.#acsUrl }],
    });
    const fill = () => ({ id: "", context: this.#write(request, person) });
    return (await provider.createLoginResponse(service, null, "post", {}, fill)).context;
  }

  #write(request: SamlRequest, person: TestPerson): string {
    const issued = new Date().toISOString();
    const end = new Date(Date.now() + LIFETIME_MS).toISOString();
    const head = `Version="2.0" IssueInstant="${issued}"`;
    const issuer = `<saml:Issuer>${escapeXml(this.#entityId)}</saml:Issuer>`;
    const acsUrl = escapeXml(this.#acsUrl);
    const inResponseTo = `InResponseTo="${escapeXml(request.id)}"`;
    return (
      `<samlp:Response ${NAMESPACES} ID="_${randomUUID()}" ${head} Destination="${acsUrl}" ${inResponseTo}>${issuer}` +
      `<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>` +
      `<saml:Assertion ID="_${randomUUID()}" ${head}>${issuer}` +
      `<saml:Subject><saml:NameID Format="${EMAIL_FORMAT}">${escapeXml(person.email)}</saml:NameID>` +
      `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">` +
      `<saml:SubjectConfirmationData NotOnOrAfter="${end}" Recipient="${acsUrl}" ${inResponseTo}/>` +
      "</saml:SubjectConfirmation></saml:Subject>" +
      `<saml:Conditions NotBefore="${issued}" NotOnOrAfter="${end}"><saml:AudienceRestriction>` +
      `<saml:Audience>${escapeXml(request.issuer)}</saml:Audience></saml:AudienceRestriction></saml:Conditions>` +
      `<saml:AuthnStatement AuthnInstant="${issued}"><saml:AuthnContext>` +
      "<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</saml:AuthnContextClassRef>" +
      "</saml:AuthnContext></saml:AuthnStatement>" +
      `<saml:AttributeStatement>${writeAttributes(person)}</saml:AttributeStatement></saml:Assertion></samlp:Response>`
    );
  }
}

function writeAttributes(person: TestPerson): string {
  return [["email", person.email] as const, ...claimsOf(person)]
    .map(([name, claim]) => [name, valuesOf(claim)] as const)
    .filter(([, values]) => values.length > 0)
    .map(
      ([name, values]) =>
        `<saml:Attribute Name="${escapeXml(name)}">${values.map(writeValue).join("")}</saml:Attribute>`,
    )
    .join("");
}

/** An attribute holds texts; an object cannot be said in SAML. */
function valuesOf(claim: unknown): string[] {
  const all: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return all.filter((one) => ["string", "number", "boolean"].includes(typeof one)).map(String);
}

function writeValue(value: string): string {
  return `<saml:AttributeValue xsi:type="xs:string">${escapeXml(value)}</saml:AttributeValue>`;
}
