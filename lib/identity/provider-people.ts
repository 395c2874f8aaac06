/** Which user a person is who came through an identity provider: what their sign-in has written, read and nothing more. */
import { Refusal } from "../domain/errors.ts";
import type { OrgId, ProviderId, UserId } from "../domain/ids.ts";
import type { Store } from "../store/store.ts";

export interface ProviderPerson {
  readonly userId: UserId;
  readonly orgId: OrgId;
  readonly providerId: ProviderId;
}

/**
 * In one round trip.
 * @param subject in whatever case the pool has kept it
 * @throws Refusal `sign_in.refused` for somebody who is not there, or not any more
 */
export async function findProviderPerson(
  store: Store,
  providerId: ProviderId,
  subject: string,
): Promise<ProviderPerson> {
  const { home, door } = await store.read({
    home: store.providers.homeOf(providerId),
    door: store.providers.subjectAt(providerId, subject),
  });
  if (home === undefined || door === undefined || door.orgId !== home.orgId) {
    throw new Refusal("sign_in.refused", "Nobody here is known by this sign-in. Sign in again.");
  }
  return { userId: door.userId, orgId: door.orgId, providerId };
}
