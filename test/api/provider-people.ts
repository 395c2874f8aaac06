/** People who came through an identity provider, as its sign-in would have left them in the table; and what the provider does to them. */
import { randomBytes, randomUUID } from "node:crypto";
import type { IdPrefix, ProviderId } from "../../lib/domain/ids.ts";
import { ID_RANDOM_BYTES, makeId } from "../../lib/domain/ids.ts";
import type { User } from "../../lib/domain/users.ts";
import type { Acme } from "./acme.ts";
import type { Caller } from "./in-process.ts";

const newId = <P extends IdPrefix>(prefix: P) => makeId(prefix, Date.now(), randomBytes(ID_RANDOM_BYTES));

/** Pia, by a provider that is the only one which the organization has switched on. She holds nothing yet. */
export async function admitThroughProvider(acme: Acme): Promise<Caller> {
  const { api, org } = acme;
  const [userId, providerId] = [newId("usr"), newId("idp")];
  const email = "pia@acme.example";
  const user: User = {
    ...{ id: userId, orgId: org, email, identityProviderId: providerId, status: "active" },
    ...{ createdAt: new Date().toISOString(), version: 1 },
  };
  await api.host.store.commit(api.host.store.users.create(user), randomUUID(), async () => false);
  await enableProviders(acme, [providerId], "client");
  return { userId, email, home: { orgId: org, providerId, clientId: "client" } };
}

/** Switches on these providers and no others. */
export function enableProviders({ api, org }: Acme, enabledProviders: readonly ProviderId[], clientId?: string) {
  const { store } = api.host;
  const set = { enabledProviders, ...(clientId === undefined ? {} : { clientId }) };
  return store.commit([store.organizations.edit(org, set)], randomUUID(), async () => false);
}
