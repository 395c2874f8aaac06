import { type AssertedPerson, FederationRefusal } from "./asserted-person.ts";
import type { SamlPeer } from "./saml-metadata.ts";

export class SamlServiceProvider {
  readonly #entityId: string;

  constructor(options: { entityId: string; acsUrl: string; now?: () => number }) {
    this.#entityId = options.entityId;
  }

  async start(_peer: SamlPeer, _relayState: string): Promise<string> {
    throw new FederationRefusal(`Not written yet (${this.#entityId}).`);
  }

  async finish(_peer: SamlPeer, _relayState: string, _samlResponse: string): Promise<AssertedPerson> {
    throw new FederationRefusal("Not written yet.");
  }
}
