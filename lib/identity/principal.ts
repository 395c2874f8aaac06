/** Who is asking: what a valid credential says, and nothing that a store would have to be asked for. */
import type { KeyKind } from "../domain/api-keys.ts";
import type { KeyId, OrgId, ProviderId, UserId, WorkspaceId } from "../domain/ids.ts";

/** Where a provider's user belongs. */
interface Home {
  readonly orgId: OrgId;
  readonly providerId: ProviderId;
  /** The client of the user pool that their token was made for: it must be the organization's own. */
  readonly clientId: string;
}

export interface UserPrincipal {
  readonly kind: "user";
  readonly userId: UserId;
  /** A provider's user belongs to that provider's organization only; absent for a person of the pool itself. */
  readonly home?: Home;
}

/** An API key that was presented with one of its secrets. */
export interface KeyPrincipal {
  readonly kind: "api-key";
  readonly keyId: KeyId;
  readonly orgId: OrgId;
  readonly workspaceId: WorkspaceId;
  readonly keyKind: KeyKind;
  /** Who made it; a personal key acts as them. */
  readonly ownerId: UserId;
  /** `madeAt` of the secret. */
  readonly secretMadeAt: number;
}

export type Principal = UserPrincipal | KeyPrincipal;
