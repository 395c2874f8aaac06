/** What a route's access comes to for one caller, judged from facts alone. Used by the authorizer, and again by each command. */
import type { Facts } from "../domain/decide.ts";
import { decide, findHeldPatterns, findLapse, hasStanding } from "../domain/decide.ts";
import type { Lapse } from "../domain/liveness.ts";
import type { OrganizationScope } from "../domain/resource-types.ts";
import type { Level } from "../domain/scopes.ts";
import { isCovered } from "../domain/scopes.ts";
import type { Access } from "./access.ts";

export type Verdict =
  | { readonly allow: true; readonly holdsScope: boolean; readonly isWorkspaceAbsent: boolean }
  | { readonly allow: false; readonly code: "access.denied" | "unauthenticated" };

/** An access that speaks of a place; `public` and `signed-in` need no facts. */
export type PlaceAccess = Extract<Access, { level: Level }>;

const denied: Verdict = { allow: false, code: "access.denied" };
const mayKnowWorkspaces: OrganizationScope = "workspace:list";

/**
 * @param isUnderWorkspace whether the route's path names a workspace: an absent one is then hidden from everybody but those
 *   who may list them all
 */
export function judgeAccess(access: PlaceAccess, isUnderWorkspace: boolean, facts: Facts): Verdict {
  const lapse = findLapse("organization", facts);
  if (lapse !== undefined) return isDead(lapse, facts) ? { allow: false, code: "unauthenticated" } : denied;
  const holds = (level: Level, scope: string) => decide({ level, scope }, facts).allow;
  if (isUnderWorkspace && (facts.workspace === undefined || facts.workspace.orgId !== facts.organization?.id)) {
    const mayKnow = holds("organization", mayKnowWorkspaces);
    return mayKnow ? { allow: true, holdsScope: false, isWorkspaceAbsent: true } : denied;
  }
  const holdsScope = access.scope !== undefined && holds(access.level, access.scope);
  const orHolds = (level: Level, scope: string | undefined) => scope !== undefined && holds(level, scope);
  const isAllowed =
    access.kind === "member"
      ? hasStanding(access.level, facts)
      : holdsScope ||
        isOfNoType(access, facts) ||
        orHolds("organization", access.orOrganization) ||
        orHolds(access.level, access.orScope);
  return isAllowed ? { allow: true, holdsScope, isWorkspaceAbsent: false } : denied;
}

/**
 * Somebody whom the organization knows and has shut out is answered as if the credential were dead; so is a key that is over, and one
 * whose person is shut out or gone.
 */
function isDead(lapse: Lapse, { presented }: Facts): boolean {
  if (lapse === "user.suspended" || lapse === "provider.disabled") return true;
  return presented !== undefined && deadOfKey.has(lapse);
}

const deadOfKey: ReadonlySet<Lapse> = new Set<Lapse>([
  "key.absent",
  "key.revoked",
  "key.secret_unknown",
  "key.expired",
  "user.absent",
  "user.invited",
]);

/** Whoever would hold the scope, were there such a type, is told that there is none: nothing of the kind can be reached. */
function isOfNoType(access: PlaceAccess, facts: Facts): boolean {
  if (access.kind !== "scope" || access.isOfPath === undefined) return false;
  const { level, scope } = access;
  // Of a type that there is, an action that it does not have lets nobody in: its resources are there to be reached.
  if (facts.catalogue.findKeptType(scope.slice(0, scope.indexOf(":"))) !== undefined) return false;
  return !facts.catalogue.names(level).has(scope) && isCovered(findHeldPatterns(level, facts), scope);
}
