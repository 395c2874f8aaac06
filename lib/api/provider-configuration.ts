/** Configures the user pool for one identity provider, or for an organization's client, comparing first where that is asked. */
import type { IdentityProvider } from "../domain/identity-providers.ts";
import type { Organization } from "../domain/places.ts";
import type { PoolResult } from "../pool/pool-result.ts";
import type { UserPool } from "../pool/user-pool.ts";
import type { Store } from "../store/store.ts";

export interface PoolDesk {
  readonly store: Store;
  readonly pool: UserPool;
  readonly reportFault: (fault: unknown) => void;
}

/** How it is gone about. */
export interface Manner {
  /** A client secret that came with a version of a provider: nobody but the pool keeps it. */
  readonly secret?: { readonly version: number; readonly value: string } | undefined;
  /** Compares first, metadata at its address included, and touches nothing that is as it should be. */
  readonly isComparison: boolean;
  /** Milliseconds since 1970. */
  readonly until: number;
}

export interface Configured {
  /** `later`: what became of it is not known, or not for this request to say. */
  readonly status: "ready" | "failed" | "later";
  readonly reason?: string;
  /** Fetched, and another one than before. */
  readonly metadataXml?: string;
  /** How the pool had differed, in sentences. */
  readonly differences: readonly string[];
}

/** @param kept its metadata, as it was given or last fetched */
export async function configureProvider(
  desk: PoolDesk,
  provider: IdentityProvider,
  kept: string | undefined,
  { secret, isComparison, until }: Manner,
): Promise<Configured> {
  const { pool } = desk;
  const { secretDue } = provider;
  const isGiven = secret !== undefined && secretDue === secret.version;
  if (secretDue !== undefined && !isGiven) {
    const { status, statusReason } = provider;
    if (status === "failed" && statusReason !== undefined) return { status, reason: statusReason, differences: [] };
    // Whoever was given the secret may be about to hand it over.
    if (!isComparison) return { status: "later", differences: [] };
    return {
      status: "failed",
      reason: "Its client secret did not reach the user pool: send it again.",
      differences: [],
    };
  }
  const fetched = isComparison ? await fetchAgain(desk, provider, kept) : undefined;
  const metadataXml = fetched ?? kept;
  let differences: readonly string[] = [];
  if (isComparison && provider.status === "ready") {
    const found = await pool.inspectProvider(provider, metadataXml, until);
    if (found.kind === "unavailable") return tellLater(desk, found.cause);
    if (found.kind === "done") differences = found.value;
    if (found.kind === "done" && differences.length === 0 && fetched === undefined)
      return { status: "ready", differences };
  }
  const secrets = { metadataXml, ...(isGiven ? { clientSecret: secret.value } : {}) };
  const result = await pool.configureProvider(provider, secrets, until);
  switch (result.kind) {
    case "done":
      return { status: "ready", differences, ...(fetched === undefined ? {} : { metadataXml: fetched }) };
    case "refused":
      return { status: "failed", reason: result.reason, differences };
    case "unavailable":
      return { ...tellLater(desk, result.cause), differences };
  }
}

/** The metadata at its address, if it is another one now. An address that does not answer changes nothing. */
async function fetchAgain(
  { pool, reportFault }: PoolDesk,
  { id, connection }: IdentityProvider,
  kept: string | undefined,
): Promise<string | undefined> {
  if (connection.kind !== "saml" || connection.metadataUrl === undefined) return undefined;
  const result = await pool.fetchMetadata(connection.metadataUrl);
  if (result.kind === "done") return result.value === kept ? undefined : result.value;
  const why = result.kind === "refused" ? result.reason : result.cause;
  reportFault(new Error(`the metadata of ${id} could not be fetched again: ${why}`));
  return undefined;
}

function tellLater({ reportFault }: PoolDesk, cause: string): Configured {
  reportFault(new Error(`the user pool does not answer: ${cause}`));
  return { status: "later", differences: [] };
}

export interface ConfiguredClient {
  readonly clientId: string | undefined;
  readonly differences: readonly string[];
}

/** @param serving the providers that people may sign in through */
export async function configureClient(
  { pool }: PoolDesk,
  { id: orgId, clientId: known }: Organization,
  serving: readonly IdentityProvider[],
  { isComparison, until }: Manner,
): Promise<PoolResult<ConfiguredClient>> {
  const ids = serving.map(({ id }) => id);
  let differences: readonly string[] = [];
  if (isComparison) {
    const found = await pool.inspectClient(orgId, known, ids, until);
    if (found.kind !== "done") return found;
    differences = found.value;
    if (differences.length === 0) return { kind: "done", value: { clientId: known, differences } };
  }
  const result = await pool.configureClient(orgId, known, ids, until);
  return result.kind === "done" ? { kind: "done", value: { clientId: result.value, differences } } : result;
}
