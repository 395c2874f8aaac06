/** Who is asking: what a valid credential says, and nothing that a store would have to be asked for. */
import type { OrgId, ProviderId, UserId } from "../domain/ids.ts";

/** Where a provider's user belongs. */
interface Home {
  readonly orgId: OrgId;
  readonly providerId: ProviderId;
  /** The client of the user pool that their token was made for: it must be the organization's own. */
  readonly clientId: string;
}

export interface Principal {
  readonly kind: "user";
  readonly userId: UserId;
  /** A provider's user belongs to that provider's organization only; absent for a person of the pool itself. */
  readonly home?: Home;
}
