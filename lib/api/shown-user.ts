/** A user as clients and the audit log see them. */
import type { User } from "../domain/users.ts";

/** What can be changed about a user, as the audit log shows it. */
export function describeUser({ status, displayName, externalId }: User) {
  return {
    status,
    ...(displayName === undefined ? {} : { displayName }),
    ...(externalId === undefined ? {} : { externalId }),
  };
}

export function showUser(user: User) {
  const { id, email, identityProviderId, createdAt } = user;
  return {
    id,
    email,
    ...describeUser(user),
    ...(identityProviderId === undefined ? {} : { identityProviderId }),
    createdAt,
  };
}
