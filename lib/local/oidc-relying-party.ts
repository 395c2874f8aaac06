import { type AssertedPerson, FederationRefusal } from "./asserted-person.ts";

export interface OidcPeer {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes: string;
}

export class OidcRelyingParty {
  readonly #redirectUri: string;

  constructor(options: { redirectUri: string; now?: () => number }) {
    this.#redirectUri = options.redirectUri;
  }

  /** @throws FederationRefusal when it is no issuer */
  async discover(_issuer: string): Promise<void> {
    throw new FederationRefusal(`Not written yet (${this.#redirectUri}).`);
  }

  async start(_peer: OidcPeer, _state: string): Promise<string> {
    throw new FederationRefusal("Not written yet.");
  }

  async finish(_peer: OidcPeer, _state: string, _callback: URLSearchParams): Promise<AssertedPerson> {
    throw new FederationRefusal("Not written yet.");
  }
}
