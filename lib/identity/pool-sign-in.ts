/** A sign-in of a person of the user pool itself, as the pool tells of it, and what a sign-in works with. */
import type { EntryId, UserId } from "../domain/ids.ts";
import type { Store } from "../store/store.ts";

export interface PoolSignIn {
  /** The pool's own id of the account: never used again for another, unlike an address. */
  readonly subject: string;
  /** Absent while the pool has not verified it. */
  readonly verifiedEmail: string | undefined;
  /** Whether the person showed who they are just now; a token that is only refreshed makes and accepts nothing. */
  readonly isFresh: boolean;
  /** Stands in the logs and in the audit entries. */
  readonly requestId: string;
}

export interface SignInTools {
  readonly store: Store;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly newId: { (prefix: "usr"): UserId; (prefix: "aud"): EntryId };
  /** When to stop trying again, in milliseconds since 1970. */
  readonly deadline: number;
}

/**
 * What a commit learns when it asks whether a write that stands in its way is its own: that need not be told apart, since a
 * sign-in then reads everything again and finds what was done.
 */
export const readAgain = async () => false;
