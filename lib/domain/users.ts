/** A person in an organization. Who they are is (identity provider, subject), never an e-mail alone. */
import type { Grant } from "./grants.ts";
import type { OrgId, ProviderId, UserId } from "./ids.ts";
import type { Generation } from "./made-grants.ts";

export type UserStatus = "invited" | "active" | "suspended";

export interface User {
  readonly id: UserId;
  readonly orgId: OrgId;
  readonly email: string;
  readonly displayName?: string;
  readonly externalId?: string;
  readonly status: UserStatus;
  /** The door they come through; a person of the user pool itself when absent. */
  readonly identityProviderId?: ProviderId;
  /** When the invitation was accepted; a suspended user without it goes back to `invited`, not to `active`. */
  readonly acceptedAt?: string;
  readonly createdAt: string;
  readonly version: number;
  /** What the provider calls them, for good; absent while they are only invited. */
  readonly subject?: string;
  /** The sign-in whose rule-made grants count (see `made-grants.ts`). */
  readonly generation?: Generation;
  /** What its rules gave in every workspace of which that sign-in says nothing else. */
  readonly everywhere?: readonly Grant[];
  /** How often they were made the keeper of a workspace; absent before the first (see `lib/store/users.ts`). */
  readonly turn?: number;
}

/**
 * Two addresses are one when they agree after trimming, whatever the case of A to Z. No other letters are folded: some have
 * plain ones as their lower case, and the address leads to a person.
 */
export function foldEmail(email: string): string {
  return email.trim().replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
