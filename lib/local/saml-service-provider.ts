/**
 * The service provider's half of SAML's web sign-in: a request by HTTP-Redirect, a response by HTTP-POST. As Cognito it wants the
 * assertion or the response signed; unlike Cognito it never takes a response that it did not ask for.
 */
import { randomBytes } from "node:crypto";
import { type AssertedPerson, FederationRefusal } from "./asserted-person.ts";
import { readAssertion } from "./saml-assertion.ts";
import {
  ASSERTION,
  attributeOf,
  childrenOf,
  descendantsOf,
  isElement,
  PROTOCOL,
  parseXml,
  textOf,
  type XmlElement,
} from "./saml-document.ts";
import type { SamlPeer } from "./saml-metadata.ts";

/** The time for somebody to sign in at the provider; Cognito gives 5 minutes. */
const REQUEST_MS = 5 * 60_000;
/** Longer than any request lives, so that no assertion of one can come again. */
const SEEN_MS = 2 * REQUEST_MS;
const MOST_BYTES = 256 * 1024;
const SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success";
const RESPONSE = "The identity provider's response";

interface PendingRequest {
  readonly id: string;
  readonly peer: string;
  readonly until: number;
}

export class SamlServiceProvider {
  readonly #entityId: string;
  readonly #acsUrl: string;
  readonly #now: () => number;
  /** By relay state. */
  readonly #requests = new Map<string, PendingRequest>();
  /** Issuers and ids of assertions taken, with the time to forget them. */
  readonly #seen = new Map<string, number>();

  constructor(options: { readonly entityId: string; readonly acsUrl: string; readonly now?: () => number }) {
    this.#entityId = options.entityId;
    this.#acsUrl = options.acsUrl;
    this.#now = options.now ?? Date.now;
  }

  /** The address to send the browser to. The answer is awaited for 5 minutes. */
  async start(peer: SamlPeer, relayState: string): Promise<string> {
    const id = `_${randomBytes(20).toString("hex")}`;
    const saml = await this.#samlWith(peer, id);
    const address = await saml.getAuthorizeUrlAsync(relayState, undefined, {});
    this.#forget();
    this.#requests.set(relayState, { id, peer: peer.entityId, until: this.#now() + REQUEST_MS });
    return address;
  }

  /**
   * @param samlResponse as it was posted, in base64
   * @throws FederationRefusal
   */
  async finish(peer: SamlPeer, relayState: string, samlResponse: string): Promise<AssertedPerson> {
    this.#forget();
    const request = this.#requests.get(relayState);
    if (request?.peer !== peer.entityId) refuse("This sign-in was not started here, or took too long.");
    // Gone before anything is awaited: of two answers to one request only one is looked at.
    this.#requests.delete(relayState);
    const xml = decode(samlResponse);
    const response = parseXml(xml, RESPONSE);
    this.#judgeResponse(response, peer, request.id);
    const assertion = parseXml(await this.#verify(peer, xml), RESPONSE);
    const person = readAssertion(assertion, {
      issuer: peer.entityId,
      audience: this.#entityId,
      recipient: this.#acsUrl,
      requestId: request.id,
      now: this.#now(),
    });
    this.#takeOnce(peer, assertion);
    return person;
  }

  /** What stands around the assertion, and may be unsigned: it can refuse a sign-in, never make one. */
  #judgeResponse(response: XmlElement, peer: SamlPeer, requestId: string): void {
    if (!isElement(response, PROTOCOL, "Response")) refuse(`${RESPONSE} is none of SAML 2.0.`);
    const issuer = childrenOf(response, ASSERTION, "Issuer")[0];
    if (issuer !== undefined && textOf(issuer) !== peer.entityId) refuse(`${RESPONSE} is another provider's.`);
    const destination = attributeOf(response, "Destination");
    if (destination !== undefined && destination !== this.#acsUrl) refuse(`${RESPONSE} was sent to another address.`);
    const answered = attributeOf(response, "InResponseTo");
    if (answered === undefined) refuse(`${RESPONSE} was not asked for.`);
    if (answered !== requestId) refuse(`${RESPONSE} answers another sign-in.`);
    const status = childrenOf(response, PROTOCOL, "Status").flatMap((one) => childrenOf(one, PROTOCOL, "StatusCode"));
    if (status.length !== 1 || status[0]?.getAttribute("Value") !== SUCCESS) {
      refuse("The identity provider did not sign anybody in.");
    }
    if (descendantsOf(response, ASSERTION, "EncryptedAssertion").length > 0) {
      refuse("Encrypted assertions are not supported.");
    }
    // Anywhere: where a second one stands is how a signature is made to cover another than is read.
    const everywhere = descendantsOf(response, "*", "Assertion");
    if (everywhere.length !== 1 || childrenOf(response, ASSERTION, "Assertion").length !== 1) {
      refuse(`${RESPONSE} does not hold exactly one assertion.`);
    }
  }

  /** The assertion as the signature covers it, which is all that may be read afterwards. */
  async #verify(peer: SamlPeer, xml: string): Promise<string> {
    const saml = await this.#samlWith(peer);
    try {
      const { profile } = await saml.validatePostResponseAsync({ SAMLResponse: Buffer.from(xml).toString("base64") });
      const assertion = profile?.getAssertionXml?.();
      if (assertion !== undefined) return assertion;
    } catch {
      // Its messages quote the document.
    }
    return refuse(`${RESPONSE} is not validly signed, or not complete.`);
  }

  /** node-saml judges the signature and what it covers; times, audience and request are judged here, by our clock. */
  async #samlWith(peer: SamlPeer, requestId = "") {
    const { SAML, ValidateInResponseTo } = await import("@node-saml/node-saml");
    return new SAML({
      issuer: this.#entityId,
      callbackUrl: this.#acsUrl,
      entryPoint: peer.ssoUrl,
      idpCert: [...peer.certificates],
      wantAssertionsSigned: false,
      wantAuthnResponseSigned: false,
      validateInResponseTo: ValidateInResponseTo.never,
      acceptedClockSkewMs: -1,
      audience: false,
      identifierFormat: null,
      disableRequestedAuthnContext: true,
      generateUniqueId: () => requestId,
    });
  }

  #takeOnce(peer: SamlPeer, assertion: XmlElement): void {
    const key = JSON.stringify([peer.entityId, assertion.getAttribute("ID")]);
    if (this.#seen.has(key)) refuse("The assertion has been used before.");
    this.#seen.set(key, this.#now() + SEEN_MS);
  }

  #forget(): void {
    const now = this.#now();
    for (const [relayState, { until }] of this.#requests) if (until <= now) this.#requests.delete(relayState);
    for (const [key, until] of this.#seen) if (until <= now) this.#seen.delete(key);
  }
}

function decode(base64: string): string {
  if (base64.length > MOST_BYTES * 1.4) refuse(`${RESPONSE} is larger than 256 KB.`);
  if (!/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(base64)) refuse(`${RESPONSE} is not base64.`);
  const bytes = Buffer.from(base64, "base64");
  if (bytes.length > MOST_BYTES) refuse(`${RESPONSE} is larger than 256 KB.`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return refuse(`${RESPONSE} is not UTF-8.`);
  }
}

function refuse(reason: string): never {
  throw new FederationRefusal(reason);
}
