import { FederationRefusal } from "./asserted-person.ts";

export interface SamlPeer {
  readonly entityId: string;
  readonly ssoUrl: string;
  readonly certificates: readonly string[];
}

/** @throws FederationRefusal */
export function readSamlMetadata(xml: string): SamlPeer {
  throw new FederationRefusal(`Not written yet (${xml.length}).`);
}
