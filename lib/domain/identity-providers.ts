/** Identity providers: an organization's SAML or OIDC connections, through which its people sign in. */
import type { AttributeMapping } from "./claims.ts";
import type { OrgId, ProviderId, WorkspaceId } from "./ids.ts";
import { isId } from "./ids.ts";

type ProviderStatus = "provisioning" | "ready" | "failed";

/** How the user pool reaches it. What is secret, the pool keeps alone; SAML metadata stands in an item of its own. */
export type Connection =
  | { readonly kind: "saml"; readonly metadataUrl?: string }
  | { readonly kind: "oidc"; readonly issuer: string; readonly clientId: string };

export interface IdentityProvider {
  readonly id: ProviderId;
  readonly orgId: OrgId;
  readonly name: string;
  readonly connection: Connection;
  /** The only workspaces that it serves; all when absent. */
  readonly workspaceIds?: readonly WorkspaceId[];
  readonly enabled: boolean;
  /** What rules may see, and the claim that each attribute is read from. */
  readonly attributeMapping: AttributeMapping;
  /** Whether the user pool is configured as this says. Not a part of what is versioned. */
  readonly status: ProviderStatus;
  /** Why it failed, for whoever configures it. */
  readonly statusReason?: string;
  /** The version that brought a client secret of which nobody knows yet whether the user pool has it. */
  readonly secretDue?: number;
  /** Of a provider that the tenant's file named: its name there, a hash of what the file said, and the version that came of it. */
  readonly declared?: { readonly name: string; readonly hash: string; readonly version: number };
  readonly createdAt: string;
  readonly version: number;
}

/** What the user pool calls a provider: its names have 3 to 32 characters and no `_`. */
export function poolNameOf(id: ProviderId): string {
  return id.replace("_", "");
}

/** The provider that the user pool calls so; undefined for a name that is none of ours. */
export function providerIdOf(poolName: string): ProviderId | undefined {
  const id = poolName.replace(/^idp/, "idp_");
  return isId("idp", id) ? id : undefined;
}
