/** Accepts an invitation as a sign-in would, for tests that have no sign-in. */
import { randomUUID } from "node:crypto";
import type { OrgId, UserId } from "../../lib/domain/ids.ts";
import type { Store } from "../../lib/store/store.ts";

export async function acceptInvitation(store: Store, orgId: OrgId, userId: UserId): Promise<void> {
  const { user } = await store.read({ user: store.users.at(orgId, userId) });
  if (user === undefined) throw new Error(`${userId} was not invited`);
  const set = { status: "active", acceptedAt: new Date().toISOString() } as const;
  await store.commit(store.users.edit(user, set), randomUUID(), async () => false);
}
