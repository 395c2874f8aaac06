/** The identity providers that the user pool knows: Cognito's operations on them, kept in the data folder. */
import type { DataFolder } from "./data-folder.ts";
import { refuse } from "./pool-refusal.ts";
import type { PoolRequest, TextRule } from "./pool-request.ts";
import { demandText, pageOf, readTextMap, readTexts } from "./pool-request.ts";
import { inspectProvider, type Peer, type ProviderDetails, type ProviderInspection } from "./provider-details.ts";

const FILE = "pool-providers.json";
/** Cognito's default quota for a pool. */
const MOST_PROVIDERS = 300;

/** Only the name of a new one is held to what Cognito makes of it: no `_` but as the second character. */
const newName: TextRule = {
  least: 3,
  most: 32,
  pattern: /^[^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+$/u,
};
const knownName: TextRule = { least: 1, most: 32, pattern: /^[\p{L}\p{M}\p{S}\p{N}\p{P}\p{Z}]+$/u };
const providerType: TextRule = {
  least: 1,
  most: 32,
  pattern: /^(SAML|OIDC|Facebook|Google|LoginWithAmazon|SignInWithApple)$/,
};
/** The standard attributes of every pool, beside what is mapped to the user name. */
const attribute =
  /^(username|address|birthdate|email|email_verified|family_name|gender|given_name|locale|middle_name|name|nickname|phone_number|phone_number_verified|picture|preferred_username|profile|updated_at|website|zoneinfo)$/;

export interface PoolProvider {
  readonly name: string;
  readonly type: "SAML" | "OIDC";
  readonly details: ProviderDetails;
  /** From the pool's attribute to the provider's. */
  readonly mapping: Readonly<Record<string, string>>;
  readonly identifiers: readonly string[];
  readonly peer: Peer;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly modified: number;
}

export class PoolProviders {
  readonly #folder: DataFolder;
  readonly #poolId: string;
  readonly #inspection: ProviderInspection;
  readonly #providers: Map<string, PoolProvider>;

  constructor(folder: DataFolder, poolId: string, inspection: ProviderInspection) {
    this.#folder = folder;
    this.#poolId = poolId;
    this.#inspection = inspection;
    const kept: PoolProvider[] = JSON.parse(folder.read(FILE) ?? "[]");
    this.#providers = new Map(kept.map((provider) => [provider.name, provider]));
  }

  find(name: string): PoolProvider | undefined {
    return this.#providers.get(name);
  }

  async create(request: PoolRequest): Promise<object> {
    const name = demandText(request, "ProviderName", newName);
    const type = demandText(request, "ProviderType", providerType);
    if (type !== "SAML" && type !== "OIDC") return refuse("InvalidParameterException", `No ${type} is known here.`);
    const mapping = readMapping(request) ?? {};
    const { described, peer } = await inspectProvider(type, demandDetails(request), this.#inspection);
    // After the look at the provider, which takes a while: of two at once one is the first.
    if (this.#providers.has(name) || name === "COGNITO") {
      refuse("DuplicateProviderException", `Provider ${name} already exists in the user pool.`);
    }
    if (this.#providers.size >= MOST_PROVIDERS) {
      refuse("LimitExceededException", `The user pool has ${MOST_PROVIDERS} identity providers already.`);
    }
    const created = Date.now();
    const identifiers = readTexts(request, "IdpIdentifiers") ?? [];
    return this.#keep({ name, type, details: described, mapping, identifiers, peer, created, modified: created });
  }

  /** What is given replaces what there is, whole; what is not given stays. */
  async update(request: PoolRequest): Promise<object> {
    const { name, type } = this.#demand(request);
    const mapping = readMapping(request);
    const details = readTextMap(request, "ProviderDetails");
    const looked = details === undefined ? undefined : await inspectProvider(type, details, this.#inspection);
    const known = this.#demand(request);
    return this.#keep({
      ...known,
      name,
      ...(looked === undefined ? {} : { details: looked.described, peer: looked.peer }),
      ...(mapping === undefined ? {} : { mapping }),
      identifiers: readTexts(request, "IdpIdentifiers") ?? known.identifiers,
      modified: Date.now(),
    });
  }

  describe(request: PoolRequest): object {
    return { IdentityProvider: this.#show(this.#demand(request)) };
  }

  list(request: PoolRequest): object {
    const { page, ...more } = pageOf([...this.#providers.values()], request);
    const Providers = page.map((provider) => ({
      ProviderName: provider.name,
      ProviderType: provider.type,
      CreationDate: provider.created / 1000,
      LastModifiedDate: provider.modified / 1000,
    }));
    return { Providers, ...more };
  }

  /**
   * The reference names no exception for a provider that a client still names, so none is made of it: such a client cannot be
   * updated any more without leaving the provider out, and nobody gets in through it.
   */
  remove(request: PoolRequest): object {
    this.#providers.delete(this.#demand(request).name);
    this.#save();
    return {};
  }

  #demand(request: PoolRequest): PoolProvider {
    const name = demandText(request, "ProviderName", knownName);
    return (
      this.#providers.get(name) ?? refuse("ResourceNotFoundException", `Identity provider ${name} does not exist.`)
    );
  }

  #keep(provider: PoolProvider): object {
    this.#providers.set(provider.name, provider);
    this.#save();
    return { IdentityProvider: this.#show(provider) };
  }

  #save(): void {
    this.#folder.write(FILE, JSON.stringify([...this.#providers.values()]));
  }

  #show(provider: PoolProvider): object {
    return {
      UserPoolId: this.#poolId,
      ProviderName: provider.name,
      ProviderType: provider.type,
      ProviderDetails: provider.details,
      AttributeMapping: provider.mapping,
      IdpIdentifiers: provider.identifiers,
      CreationDate: provider.created / 1000,
      LastModifiedDate: provider.modified / 1000,
    };
  }
}

function demandDetails(request: PoolRequest): ProviderDetails {
  return readTextMap(request, "ProviderDetails") ?? refuse("InvalidParameterException", "ProviderDetails is missing.");
}

function readMapping(request: PoolRequest): Readonly<Record<string, string>> | undefined {
  const mapping = readTextMap(request, "AttributeMapping");
  const unknown = Object.keys(mapping ?? {}).find((name) => !attribute.test(name));
  if (unknown !== undefined) refuse("InvalidParameterException", `The user pool has no attribute ${unknown} to map.`);
  return mapping;
}
