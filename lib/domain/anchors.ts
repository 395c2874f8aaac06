/**
 * The last owner stays. Only an *anchor* counts: a direct grant without expiry of Owner (workspace) or Organization Manager
 * (organization), held by an active user whose provider is enabled. Neither time nor a rule nor a sign-in can take the last.
 */
import type { Grant } from "./grants.ts";
import type { ProviderId, RoleId, UserId } from "./ids.ts";
import { ORGANIZATION_MANAGER, OWNER } from "./predefined-roles.ts";
import type { Level } from "./scopes.ts";
import type { User } from "./users.ts";

/** The role whose holders keep a place of that level. */
export function anchorRole(level: Level): RoleId {
  return level === "workspace" ? OWNER : ORGANIZATION_MANAGER;
}

/** Whether a grant could be an anchor, were its holder active. */
export function isAnchorGrant(level: Level, grant: Grant): boolean {
  return grant.roleId === anchorRole(level) && grant.source === "direct" && grant.expiresAt === undefined;
}

/** Whether a user can hold an anchor now. */
export function canAnchor(user: User | undefined, enabledProviders: readonly ProviderId[]): boolean {
  if (user?.status !== "active") return false;
  return user.identityProviderId === undefined || enabledProviders.includes(user.identityProviderId);
}

/**
 * Whether a change leaves a place without an anchor that had one.
 * @param before users who hold an anchor of the place now
 * @param taken users who hold none after the change
 */
export function losesLastAnchor(before: ReadonlySet<UserId>, taken: ReadonlySet<UserId>): boolean {
  return before.size > 0 && [...before].every((user) => taken.has(user));
}
