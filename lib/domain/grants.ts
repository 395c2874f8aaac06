/** What an assignment is made of: a role that a person holds in one place, from a source, perhaps until a moment. */
import type { RoleId } from "./ids.ts";
import type { ManagedBy } from "./roles.ts";

/** `direct`: given by somebody. `claim-rule:<id>`: given by a rule at sign-in. */
type GrantSource = "direct" | `claim-rule:${string}`;

export interface Grant {
  readonly roleId: RoleId;
  /** Where the role lives, so that it can be read by its name alone. */
  readonly managedBy: ManagedBy;
  readonly source: GrantSource;
  /** Milliseconds since 1970; the grant gives nothing from that millisecond on. Forever when absent. */
  readonly expiresAt?: number;
}

/** Whether a grant still gives something: the millisecond of `expiresAt` itself is already over. */
export function isUnexpired(grant: { readonly expiresAt?: number }, now: number): boolean {
  return grant.expiresAt === undefined || now < grant.expiresAt;
}
