/** Identity providers, put into the table as they are once the user pool knows them. */
import { randomBytes, randomUUID } from "node:crypto";
import { inject } from "vitest";
import type { IdentityProvider } from "../../lib/domain/identity-providers.ts";
import type { OrgId, ProviderId } from "../../lib/domain/ids.ts";
import { makeId } from "../../lib/domain/ids.ts";
import type { Store } from "../../lib/store/store.ts";
import { openTable } from "./table-content.ts";

export function connectProvider(orgId: OrgId): Promise<ProviderId> {
  return putProvider(openTable(inject("service")).store, orgId);
}

export async function putProvider(store: Store, orgId: OrgId): Promise<ProviderId> {
  const id = makeId("idp", Date.now(), randomBytes(10));
  const provider: IdentityProvider = {
    id,
    orgId,
    name: "Target",
    connection: { kind: "oidc", issuer: "https://idp.example", clientId: "bailiwick" },
    enabled: true,
    attributeMapping: { email: "email", groups: "groups" },
    status: "ready",
    createdAt: new Date().toISOString(),
    version: 1,
  };
  const changes = [
    ...store.providers.create(provider, undefined),
    store.organizations.edit(orgId, { enabledProviders: [id] }),
  ];
  await store.commit(changes, randomUUID(), async () => false);
  return id;
}
