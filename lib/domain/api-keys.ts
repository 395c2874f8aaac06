/**
 * API keys: credentials of machines, each of one workspace, good for workspace-level scopes there and for nothing else.
 *
 * - A `personal` key acts as the person who made it: it can do what its scopes say of what they can do at the moment.
 * - A `service` key is a principal of its own: it can do what its scopes say, of its role where it has one, whatever becomes of
 *   whoever made it.
 */
import type { KeyId, OrgId, UserId, WorkspaceId } from "./ids.ts";
import type { RoleRef } from "./roles.ts";
import type { Pattern } from "./scopes.ts";

export type KeyKind = "personal" | "service";

export interface ApiKey {
  readonly id: KeyId;
  readonly orgId: OrgId;
  readonly workspaceId: WorkspaceId;
  readonly name: string;
  readonly kind: KeyKind;
  readonly scopes: readonly Pattern[];
  /** A service key can do no more than its role, where it has one. */
  readonly role?: RoleRef;
  /** Who made it. */
  readonly ownerId: UserId;
  readonly createdAt: string;
  /** Milliseconds since 1970; it gives nothing from that millisecond on. */
  readonly expiresAt?: number;
  /** Milliseconds since 1970. */
  readonly revokedAt?: number;
  /** Those that may still be used, the newest first: two while one overlaps the next. */
  readonly secrets: readonly KeySecret[];
  readonly version: number;
}

/** What is kept of a secret: enough to know it again, not enough to make it. Times are milliseconds since 1970. */
export interface KeySecret {
  /** See `lib/identity/key-credentials.ts`. */
  readonly hash: string;
  /** When it was made: tells a key's secrets apart. */
  readonly madeAt: number;
  /** It is good for nothing from that millisecond on, since another one took its place. */
  readonly until?: number;
}

/** What an organization settles about its keys: days that a secret lives at most. Unlimited when absent. */
export interface KeyPolicy {
  readonly keyLifetimeDays?: number;
}

/** Milliseconds. */
export const DAY = 86_400_000;

/** When a secret ends: with its key, with its overlap, or when it is older than the organization wants; never when undefined. */
export function endOfSecret(
  key: ApiKey,
  { madeAt, until }: KeySecret,
  { keyLifetimeDays }: KeyPolicy,
): number | undefined {
  const oldest = keyLifetimeDays === undefined ? undefined : madeAt + keyLifetimeDays * DAY;
  const ends = [key.expiresAt, until, oldest].filter((end) => end !== undefined);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/** `expired`: its time is over, or that of its last secret. */
export type KeyState = "active" | "expired" | "revoked";

/** What a key is at a moment, whatever becomes of its workspace and its owner. */
export function stateOfKey(key: ApiKey, policy: KeyPolicy, now: number): KeyState {
  if (key.revokedAt !== undefined) return "revoked";
  const isOver = (secret: KeySecret) => now >= (endOfSecret(key, secret, policy) ?? Number.POSITIVE_INFINITY);
  return key.secrets.every(isOver) ? "expired" : "active";
}

/** A key as it was presented: which one, and with which of its secrets. `key` is undefined where there is none. */
export interface PresentedKey {
  readonly key: ApiKey | undefined;
  /** `madeAt` of the secret. */
  readonly secretMadeAt: number | undefined;
}
