/**
 * What Cognito's reference of CreateIdentityProvider asks of a SAML or an OIDC provider, and what it looks at before it takes one:
 * the metadata, or the issuer's discovery document.
 */
import { FederationRefusal } from "./asserted-person.ts";
import type { OidcPeer } from "./oidc-relying-party.ts";
import { refuse } from "./pool-refusal.ts";
import type { SamlPeer } from "./saml-metadata.ts";

export type Peer =
  | { readonly kind: "saml"; readonly peer: SamlPeer }
  | { readonly kind: "oidc"; readonly peer: OidcPeer };

/** How a provider is looked at. */
export interface ProviderInspection {
  readonly readMetadata: (xml: string) => SamlPeer;
  readonly discover: (issuer: string) => Promise<void>;
}

export type ProviderDetails = Readonly<Record<string, string>>;

const samlKeys = new Set([
  "EncryptedResponses",
  "IDPInit",
  "IDPSignout",
  "MetadataFile",
  "MetadataURL",
  "RequestSigningAlgorithm",
  // Told by a description, and taken back from it.
  "ActiveEncryptionCertificate",
  "SLORedirectBindingURI",
  "SSORedirectBindingURI",
]);
const oidcKeys = new Set([
  "attributes_request_method",
  "attributes_url",
  "attributes_url_add_attributes",
  "authorize_scopes",
  "authorize_url",
  "client_id",
  "client_secret",
  "jwks_uri",
  "oidc_issuer",
  "token_url",
]);
const METADATA_PATIENCE_MS = 5_000;
const METADATA_BYTES = 1024 * 1024;

/** @throws PoolRefusal InvalidParameterException */
export function inspectProvider(
  type: string,
  details: ProviderDetails,
  inspection: ProviderInspection,
): Promise<{ readonly described: ProviderDetails; readonly peer: Peer }> {
  return type === "SAML" ? inspectSaml(details, inspection) : inspectOidc(details, inspection);
}

async function inspectSaml(details: ProviderDetails, { readMetadata }: ProviderInspection) {
  refuseUnknown(details, samlKeys);
  const { MetadataURL, MetadataFile } = details;
  if ((MetadataURL === undefined) === (MetadataFile === undefined)) {
    refuse("InvalidParameterException", "ProviderDetails must have either MetadataURL or MetadataFile.");
  }
  const xml = MetadataFile ?? (await fetchMetadata(MetadataURL ?? ""));
  const peer = await orInvalid("SAML metadata", () => readMetadata(xml));
  const described = {
    IDPInit: "false",
    IDPSignout: "false",
    EncryptedResponses: "false",
    ...details,
    SSORedirectBindingURI: peer.ssoUrl,
  };
  return { described, peer: { kind: "saml", peer } as const };
}

async function inspectOidc(details: ProviderDetails, { discover }: ProviderInspection) {
  refuseUnknown(details, oidcKeys);
  const demand = (key: string) =>
    details[key] || refuse("InvalidParameterException", `ProviderDetails must have ${key} for an OIDC provider.`);
  const peer = {
    clientId: demand("client_id"),
    clientSecret: demand("client_secret"),
    issuer: demand("oidc_issuer"),
    scopes: demand("authorize_scopes"),
  };
  if (!/^(GET|POST)$/.test(demand("attributes_request_method"))) {
    refuse("InvalidParameterException", "attributes_request_method must be GET or POST.");
  }
  // Cognito takes endpoints of an issuer without discovery; none of ours is one.
  await orInvalid("OIDC issuer", () => discover(peer.issuer));
  const described = { attributes_url_add_attributes: "false", ...details };
  return { described, peer: { kind: "oidc", peer } as const };
}

/** What Cognito does with a key that it does not know is not documented; here a slip is told at once. */
function refuseUnknown(details: ProviderDetails, known: ReadonlySet<string>): void {
  const unknown = Object.keys(details).find((key) => !known.has(key));
  if (unknown !== undefined)
    refuse("InvalidParameterException", `ProviderDetails has ${unknown}, which is not supported.`);
}

async function fetchMetadata(url: string): Promise<string> {
  const failed = (why: string) => refuse("InvalidParameterException", `Error retrieving metadata from ${url}: ${why}.`);
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(METADATA_PATIENCE_MS), redirect: "error" });
    if (!answer.ok) return failed(`it answers ${answer.status}`);
    const text = await answer.text();
    return text.length > METADATA_BYTES ? failed("it is too large") : text;
  } catch (error) {
    return failed(error instanceof Error ? error.message : "it cannot be read");
  }
}

async function orInvalid<T>(what: string, look: () => T | Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof FederationRefusal) refuse("InvalidParameterException", `Invalid ${what}: ${error.message}`);
    throw error;
  }
}
