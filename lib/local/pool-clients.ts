/**
 * The clients of the user pool: the one of the template, and those that the service makes, kept in the data folder with the
 * branding that managed login shows them.
 */
import { randomInt, randomUUID } from "node:crypto";
import { type ClientSettings, readClientSettings } from "./client-settings.ts";
import type { DataFolder } from "./data-folder.ts";
import { refuse } from "./pool-refusal.ts";
import type { PoolRequest, TextRule } from "./pool-request.ts";
import { demandText, pageOf, readFlag } from "./pool-request.ts";

const FILE = "pool-clients.json";
/** Cognito's default quota for a pool. */
const MOST_CLIENTS = 1_000;
const clientId: TextRule = { least: 1, most: 128, pattern: /^[\w+]+$/ };

export interface PoolClient extends ClientSettings {
  readonly ClientId: string;
  /** Id of the branding; without one managed login shows the client no page. */
  readonly branding?: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly modified: number;
}

export class PoolClients {
  readonly #folder: DataFolder;
  readonly #poolId: string;
  readonly #ofTemplate: PoolClient;
  readonly #hasProvider: (name: string) => boolean;
  readonly #clients: Map<string, PoolClient>;

  constructor(folder: DataFolder, poolId: string, ofTemplate: PoolClient, hasProvider: (name: string) => boolean) {
    this.#folder = folder;
    this.#poolId = poolId;
    this.#ofTemplate = ofTemplate;
    this.#hasProvider = hasProvider;
    const kept: PoolClient[] = JSON.parse(folder.read(FILE) ?? "[]");
    this.#clients = new Map(kept.map((client) => [client.ClientId, client]));
  }

  get ofTemplate(): PoolClient {
    return this.#ofTemplate;
  }

  all(): readonly PoolClient[] {
    return [this.#ofTemplate, ...this.#clients.values()];
  }

  find(id: string): PoolClient | undefined {
    return id === this.#ofTemplate.ClientId ? this.#ofTemplate : this.#clients.get(id);
  }

  create(request: PoolRequest): object {
    // Only public clients are served here: they prove themselves by PKCE.
    if (readFlag(request, "GenerateSecret") === true) {
      refuse("InvalidParameterException", "The local sign-in makes no client secrets.");
    }
    const settings = readClientSettings(request, this.#hasProvider);
    if (this.#clients.size + 1 >= MOST_CLIENTS) {
      refuse("LimitExceededException", `The user pool has ${MOST_CLIENTS} clients already.`);
    }
    const created = Date.now();
    return this.#keep({ ...settings, ClientId: makeClientId(), created, modified: created });
  }

  update(request: PoolRequest): object {
    const { ClientId, ClientName, created, branding } = this.#demandOwn(request);
    const settings = readClientSettings(request, this.#hasProvider, ClientName);
    const brandingOf = branding === undefined ? {} : { branding };
    return this.#keep({ ...settings, ClientId, ...brandingOf, created, modified: Date.now() });
  }

  describe(request: PoolRequest): object {
    return { UserPoolClient: this.#show(this.#demand(request)) };
  }

  remove(request: PoolRequest): object {
    this.#clients.delete(this.#demandOwn(request).ClientId);
    this.#save();
    return {};
  }

  list(request: PoolRequest): object {
    const { page, ...more } = pageOf(this.all(), request);
    const UserPoolClients = page.map(({ ClientId, ClientName }) => ({
      ClientId,
      ClientName,
      UserPoolId: this.#poolId,
    }));
    return { UserPoolClients, ...more };
  }

  createBranding(request: PoolRequest): object {
    const client = this.#demandOwn(request);
    if (readFlag(request, "UseCognitoProvidedValues") !== true) {
      refuse("InvalidParameterException", "The local sign-in knows no branding but UseCognitoProvidedValues.");
    }
    if (request.Settings !== undefined || request.Assets !== undefined) {
      refuse("InvalidParameterException", "UseCognitoProvidedValues takes neither Settings nor Assets.");
    }
    if (client.branding !== undefined) {
      refuse("ManagedLoginBrandingExistsException", "The client has a managed login branding already.");
    }
    const branding = randomUUID();
    this.#keep({ ...client, branding });
    return this.#showBranding(branding, client);
  }

  describeBranding(request: PoolRequest): object {
    const client = this.#demand(request);
    if (client.branding === undefined) {
      return refuse("ResourceNotFoundException", "The client has no managed login branding.");
    }
    return this.#showBranding(client.branding, client);
  }

  #demand(request: PoolRequest): PoolClient {
    const id = demandText(request, "ClientId", clientId);
    return this.find(id) ?? refuse("ResourceNotFoundException", `User pool client ${id} does not exist.`);
  }

  #demandOwn(request: PoolRequest): PoolClient {
    const client = this.#demand(request);
    if (client === this.#ofTemplate) {
      refuse("NotAuthorizedException", "The template makes this client: the local sign-in does not change it.");
    }
    return client;
  }

  #keep(client: PoolClient): object {
    this.#clients.set(client.ClientId, client);
    this.#save();
    return { UserPoolClient: this.#show(client) };
  }

  #save(): void {
    this.#folder.write(FILE, JSON.stringify([...this.#clients.values()]));
  }

  #show({ branding, created, modified, ...settings }: PoolClient): object {
    return {
      UserPoolId: this.#poolId,
      ...settings,
      CreationDate: created / 1000,
      LastModifiedDate: modified / 1000,
    };
  }

  #showBranding(id: string, { modified }: PoolClient): object {
    const at = modified / 1000;
    return {
      ManagedLoginBranding: {
        ManagedLoginBrandingId: id,
        UserPoolId: this.#poolId,
        UseCognitoProvidedValues: true,
        CreationDate: at,
        LastModifiedDate: at,
      },
    };
  }
}

/** 26 lower-case letters and digits, as Cognito's own. */
function makeClientId(): string {
  return Array.from({ length: 26 }, () => randomInt(36).toString(36)).join("");
}
