/** What the user pool is told of an identity provider, and how that differs from what it has. */
import type { IdentityProviderType, IdentityProviderTypeType } from "@aws-sdk/client-cognito-identity-provider";
import type { IdentityProvider } from "../domain/identity-providers.ts";
import { PoolRefusal } from "./pool-result.ts";

export interface ProviderSettings {
  readonly type: IdentityProviderTypeType;
  readonly details: Readonly<Record<string, string>>;
  readonly mapping: Readonly<Record<string, string>>;
}

/** What only the caller or the pool itself can know. */
export interface ProviderSecrets {
  readonly clientSecret?: string | undefined;
  readonly metadataXml?: string | undefined;
}

/** The scopes that an OIDC provider is asked for: who somebody is, their address, and their name. */
const SCOPES = "openid email profile";

/**
 * The claims themselves are read by the trigger at each sign-in, so the pool is told of no more than an address; a mapped claim
 * that is missing from a later sign-in would stay in the profile.
 * @throws PoolRefusal when what the provider cannot be without is not there
 */
export function settingsOf({ connection }: IdentityProvider, secrets: ProviderSecrets): ProviderSettings {
  if (connection.kind === "saml") {
    const { metadataXml } = secrets;
    if (metadataXml === undefined) throw new PoolRefusal("Its metadata is not there any more: send it again.");
    // An assertion that nobody asked for is never taken.
    const details = { MetadataFile: metadataXml, IDPInit: "false", IDPSignout: "false" };
    return { type: "SAML", details, mapping: { email: "email" } };
  }
  const { clientSecret } = secrets;
  if (clientSecret === undefined) throw new PoolRefusal("Its client secret is not there any more: send it again.");
  const details = {
    client_id: connection.clientId,
    client_secret: clientSecret,
    oidc_issuer: connection.issuer,
    authorize_scopes: SCOPES,
    attributes_request_method: "GET",
  };
  return { type: "OIDC", details, mapping: { email: "email", username: "sub" } };
}

/** What each setting is called, and its value where the pool says nothing of it. */
const told: Readonly<Record<string, readonly [name: string, usual?: string]>> = {
  MetadataFile: ["metadata"],
  IDPInit: ["handling of assertions that nobody asked for", "false"],
  IDPSignout: ["sign-out", "false"],
  client_id: ["client id"],
  client_secret: ["client secret"],
  oidc_issuer: ["issuer"],
  authorize_scopes: ["scopes"],
  attributes_request_method: ["way of asking for attributes", "GET"],
};

/** Sentences without any value: some are secret. */
export function findDifferences(found: IdentityProviderType | undefined, wanted: ProviderSettings): string[] {
  if (found === undefined) return ["The user pool does not have this provider."];
  const { ProviderDetails: has = {}, AttributeMapping: maps = {} } = found;
  const differences = Object.entries(wanted.details).flatMap(([key, value]) => {
    const [name, usual] = told[key] ?? [key];
    // Whether metadata that was given as a file is told again is not documented; an address instead of it is another setting.
    const isUntold = key === "MetadataFile" && has[key] === undefined && has.MetadataURL === undefined;
    return isUntold || (has[key] ?? usual) === value ? [] : [`Its ${name} in the user pool is another one.`];
  });
  if (found.ProviderType !== wanted.type) differences.push("It speaks another protocol in the user pool.");
  const isSameMapping =
    Object.keys(maps).length === Object.keys(wanted.mapping).length &&
    Object.entries(wanted.mapping).every(([attribute, claim]) => maps[attribute] === claim);
  if (!isSameMapping) differences.push("The user pool keeps other attributes of its people.");
  return differences;
}
