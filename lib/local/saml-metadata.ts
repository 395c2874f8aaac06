/** What an identity provider publishes about itself, as far as a service provider needs it. */
import { X509Certificate } from "node:crypto";
import { FederationRefusal } from "./asserted-person.ts";
import {
  attributeOf,
  childrenOf,
  descendantsOf,
  isElement,
  METADATA,
  PROTOCOL,
  parseXml,
  REDIRECT_BINDING,
  SIGNATURE,
  textOf,
  type XmlElement,
} from "./saml-document.ts";

/** Far above what providers publish: about 10 KB. */
const MOST_CHARACTERS = 200 * 1024;
/** Cognito takes no longer certificate. */
const LONGEST_CERTIFICATE = 4096;
/** SAML takes no longer entity id. */
const LONGEST_ENTITY_ID = 1024;

export interface SamlPeer {
  readonly entityId: string;
  /** Where the browser is sent with a request (HTTP-Redirect). */
  readonly ssoUrl: string;
  /** Each in base64, without PEM's lines: several while a provider changes its key. */
  readonly certificates: readonly string[];
}

/** @throws FederationRefusal where it describes no usable identity provider */
export function readSamlMetadata(xml: string): SamlPeer {
  if (xml.length > MOST_CHARACTERS) refuse("is larger than 200 KB");
  const entity = parseXml(xml.replace(/^\uFEFF/, ""), "The metadata");
  if (!isElement(entity, METADATA, "EntityDescriptor")) refuse("does not describe one entity");
  const entityId = attributeOf(entity, "entityID");
  if (entityId === undefined || entityId.length > LONGEST_ENTITY_ID) refuse("has no usable entity id");
  const roles = descendantsOf(entity, METADATA, "IDPSSODescriptor");
  const [role] = roles;
  if (role === undefined || roles.length > 1) refuse("does not describe exactly one identity provider");
  if (!role.getAttribute("protocolSupportEnumeration").split(/\s+/).includes(PROTOCOL)) {
    refuse("describes an identity provider that does not speak SAML 2.0");
  }
  return { entityId, ssoUrl: readSsoUrl(role), certificates: readCertificates(role) };
}

function readSsoUrl(role: XmlElement): string {
  const services = childrenOf(role, METADATA, "SingleSignOnService");
  const service = services.find((one) => one.getAttribute("Binding") === REDIRECT_BINDING);
  const location = service && attributeOf(service, "Location");
  if (location === undefined) refuse("names no address for sign-in by HTTP-Redirect");
  if (!/^https?:$/.test(URL.parse(location)?.protocol ?? ""))
    refuse("names a sign-in address that is not https or http");
  return location;
}

function readCertificates(role: XmlElement): string[] {
  const certificates = childrenOf(role, METADATA, "KeyDescriptor")
    .filter((key) => ["", "signing"].includes(key.getAttribute("use")))
    .flatMap((key) => descendantsOf(key, SIGNATURE, "X509Certificate"))
    .map((certificate) => textOf(certificate).replace(/\s+/g, ""));
  if (certificates.length === 0) refuse("has no signing certificate");
  if (!certificates.every(isCertificate)) refuse("has a signing certificate that cannot be read");
  return [...new Set(certificates)];
}

function isCertificate(text: string): boolean {
  if (text.length > LONGEST_CERTIFICATE) return false;
  try {
    return new X509Certificate(Buffer.from(text, "base64")).raw.toString("base64") === text;
  } catch {
    return false;
  }
}

function refuse(why: string): never {
  throw new FederationRefusal(`The metadata ${why}.`);
}
