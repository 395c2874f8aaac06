/** An identity provider as clients and the audit log see it: never with what is secret. */
import type { IdentityProvider } from "../domain/identity-providers.ts";

/** What can be said of a provider, as the audit log shows it. */
export function describeProvider(provider: IdentityProvider) {
  const { name, connection, workspaceIds, enabled, attributeMapping } = provider;
  const { kind, ...rest } = connection;
  return {
    name,
    protocol: kind,
    ...(workspaceIds === undefined ? {} : { workspaceIds: [...workspaceIds] }),
    enabled,
    ...(kind === "saml" ? { saml: rest } : { oidc: rest }),
    attributeMapping: { ...attributeMapping },
  };
}

export function showProvider(provider: IdentityProvider) {
  const { id, status, statusReason, createdAt, version } = provider;
  return {
    id,
    ...describeProvider(provider),
    status,
    ...(statusReason === undefined ? {} : { statusReason }),
    createdAt,
    version,
  };
}
