/** An API key as clients see it: nothing of its secrets but when they end. */
import type { ApiKey, KeyPolicy } from "../domain/api-keys.ts";
import { endOfSecret, stateOfKey } from "../domain/api-keys.ts";
import { toTime } from "./times.ts";

/** @param usedAt the hour in which it was used last, where it was */
export function showKey(key: ApiKey, policy: KeyPolicy, now: number, usedAt?: string) {
  const { id, name, kind, workspaceId, scopes, role, ownerId, createdAt, revokedAt } = key;
  const [newest, previous] = key.secrets;
  const end = newest === undefined ? key.expiresAt : endOfSecret(key, newest, policy);
  const previousEnd = previous && endOfSecret(key, previous, policy);
  return {
    id,
    name,
    kind,
    workspaceId,
    scopes,
    ...(role === undefined ? {} : { roleId: role.roleId }),
    ownerId,
    state: stateOfKey(key, policy, now),
    createdAt,
    ...(end === undefined ? {} : { expiresAt: toTime(end) }),
    ...(previousEnd === undefined || previousEnd <= now ? {} : { previousSecretUntil: toTime(previousEnd) }),
    ...(usedAt === undefined ? {} : { lastUsedAt: usedAt }),
    ...(revokedAt === undefined ? {} : { revokedAt: toTime(revokedAt) }),
  };
}

/** The same for the audit log. */
export function describeKey({ name, kind, scopes, role, ownerId, expiresAt }: ApiKey) {
  return {
    name,
    kind,
    scopes,
    ...(role === undefined ? {} : { roleId: role.roleId }),
    ownerId,
    ...(expiresAt === undefined ? {} : { expiresAt: toTime(expiresAt) }),
  };
}
