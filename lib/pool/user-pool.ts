/**
 * The user pool as the service configures it: an organization's identity providers, and the one client through which they sign
 * people in. The pool cannot join a transaction of the table: each function may be called again and comes to the same.
 */
import {
  CognitoIdentityProviderClient,
  CreateIdentityProviderCommand,
  DeleteIdentityProviderCommand,
  DescribeIdentityProviderCommand,
  type IdentityProviderType,
  UpdateIdentityProviderCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import type { IdentityProvider } from "../domain/identity-providers.ts";
import { poolNameOf } from "../domain/identity-providers.ts";
import type { OrgId, ProviderId } from "../domain/ids.ts";
import { isAbsence, persist } from "./calls.ts";
import type { MetadataAddresses } from "./metadata-fetch.ts";
import { fetchMetadata } from "./metadata-fetch.ts";
import { configureClient, inspectClient } from "./organization-client.ts";
import type { PoolResult } from "./pool-result.ts";
import { settle } from "./pool-result.ts";
import type { ProviderSecrets } from "./provider-settings.ts";
import { findDifferences, settingsOf } from "./provider-settings.ts";

export interface UserPoolOptions {
  readonly userPoolId: string;
  /** Where a browser may come back to after a sign-in. */
  readonly callbackUrls: readonly string[];
  /** From where metadata may be fetched. */
  readonly metadataAddresses: MetadataAddresses;
}

/** Each function takes the moment (milliseconds since 1970) when all has to be over. */
export interface UserPool {
  /** Makes the provider, or makes it as it is to be; the client secret that the pool has stays where none is given. */
  configureProvider(provider: IdentityProvider, secrets: ProviderSecrets, until: number): Promise<PoolResult<void>>;
  /** Its name is free for nobody else: ids are never used again. Fine where there is none. */
  removeProvider(id: ProviderId, until: number): Promise<PoolResult<void>>;
  /** The organization's client for these providers, which the pool must know: its id, or none where it serves none. */
  configureClient(
    orgId: OrgId,
    known: string | undefined,
    providers: readonly ProviderId[],
    until: number,
  ): Promise<PoolResult<string | undefined>>;
  /** How the pool differs from what is stored, in sentences without any value. */
  inspectProvider(
    provider: IdentityProvider,
    metadataXml: string | undefined,
    until: number,
  ): Promise<PoolResult<readonly string[]>>;
  inspectClient(
    orgId: OrgId,
    known: string | undefined,
    providers: readonly ProviderId[],
    until: number,
  ): Promise<PoolResult<readonly string[]>>;
  /** From where metadata may be fetched; only with `any` may an issuer do without TLS. */
  readonly metadataAddresses: MetadataAddresses;
  /** A SAML provider's metadata from where it publishes it. */
  fetchMetadata(url: string): Promise<PoolResult<string>>;
}

/** Region, credentials and, where there is one, the endpoint come from the environment as everywhere in AWS. */
export function openUserPool({ userPoolId, callbackUrls, metadataAddresses }: UserPoolOptions): UserPool {
  const client = new CognitoIdentityProviderClient({
    // Calls are repeated here, with an end in sight.
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
  const pool = { client, userPoolId, callbackUrls };
  return {
    configureProvider: (provider, secrets, until) =>
      settle(() => configureProvider(pool, provider, secrets, until), [secrets.clientSecret ?? ""]),
    removeProvider: (id, until) => settle(() => removeProvider(pool, id, until)),
    configureClient: (orgId, known, providers, until) =>
      settle(() => configureClient(pool, orgId, known, providers, until)),
    inspectProvider: (provider, metadataXml, until) =>
      settle(async () => {
        const found = await describeProvider(pool, provider.id, until);
        if (found === undefined) return findDifferences(undefined, { type: "SAML", details: {}, mapping: {} });
        return findDifferences(found, settingsOf(provider, { metadataXml, clientSecret: secretOf(found) }));
      }),
    inspectClient: (orgId, known, providers, until) =>
      settle(() => inspectClient(pool, orgId, known, providers, until)),
    metadataAddresses,
    fetchMetadata: (url) => fetchMetadata(url, metadataAddresses),
  };
}

interface Pool {
  readonly client: CognitoIdentityProviderClient;
  readonly userPoolId: string;
}

async function configureProvider(
  pool: Pool,
  provider: IdentityProvider,
  secrets: ProviderSecrets,
  until: number,
): Promise<void> {
  const found = await describeProvider(pool, provider.id, until);
  const settings = settingsOf(provider, { ...secrets, clientSecret: secrets.clientSecret ?? secretOf(found) });
  // Whether the pool tells a metadata file again is not documented; where it does not, nobody knows whether it is the same.
  const isKnown = settings.type === "OIDC" || found?.ProviderDetails?.MetadataFile !== undefined;
  if (isKnown && findDifferences(found, settings).length === 0) return;
  const input = {
    UserPoolId: pool.userPoolId,
    ProviderName: poolNameOf(provider.id),
    ProviderDetails: { ...settings.details },
    AttributeMapping: { ...settings.mapping },
  };
  const update = () => persist(until, (options) => pool.client.send(new UpdateIdentityProviderCommand(input), options));
  if (found !== undefined) {
    await update();
    return;
  }
  const create = new CreateIdentityProviderCommand({ ...input, ProviderType: settings.type });
  try {
    await persist(until, (options) => pool.client.send(create, options));
  } catch (error) {
    // A try whose answer was lost.
    if ((error as { readonly name?: string }).name !== "DuplicateProviderException") throw error;
    await update();
  }
}

async function describeProvider(
  { client, userPoolId }: Pool,
  id: ProviderId,
  until: number,
): Promise<IdentityProviderType | undefined> {
  const command = new DescribeIdentityProviderCommand({ UserPoolId: userPoolId, ProviderName: poolNameOf(id) });
  try {
    return (await persist(until, (options) => client.send(command, options))).IdentityProvider;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

async function removeProvider({ client, userPoolId }: Pool, id: ProviderId, until: number): Promise<void> {
  const command = new DeleteIdentityProviderCommand({ UserPoolId: userPoolId, ProviderName: poolNameOf(id) });
  try {
    await persist(until, (options) => client.send(command, options));
  } catch (error) {
    if (!isAbsence(error)) throw error;
  }
}

function secretOf(found: IdentityProviderType | undefined): string | undefined {
  return found?.ProviderDetails?.client_secret;
}
