/** What a route's access comes to for one caller, judged from facts alone. Used by the authorizer, and again by each command. */
import type { Facts } from "../domain/decide.ts";
import { decide, findHeldPatterns, findLapse, hasStanding } from "../domain/decide.ts";
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
  // Somebody whom the organization knows and has shut out is answered as if the credential were dead.
  if (lapse === "user.suspended" || lapse === "provider.disabled") return { allow: false, code: "unauthenticated" };
  if (lapse !== undefined) return denied;
  const holds = (level: Level, scope: string) => decide({ level, scope }, facts).allow;
  if (isUnderWorkspace && (facts.workspace === undefined || facts.workspace.orgId !== facts.organization?.id)) {
    const mayKnow = holds("organization", mayKnowWorkspaces);
    return mayKnow ? { allow: true, holdsScope: false, isWorkspaceAbsent: true } : denied;
  }
  const holdsScope = access.scope !== undefined && holds(access.level, access.scope);
  const orHolds = (scope: string | undefined) => scope !== undefined && holds("organization", scope);
  const isAllowed =
    access.kind === "member"
      ? hasStanding(access.level, facts)
      : holdsScope || isOfNoType(access, facts) || orHolds(access.orOrganization);
  return isAllowed ? { allow: true, holdsScope, isWorkspaceAbsent: false } : denied;
}

/** Whoever would hold the scope, were there such a type, is told that there is none: nothing of the kind can be reached. */
function isOfNoType(access: PlaceAccess, facts: Facts): boolean {
  if (access.kind !== "scope" || access.isOfPath === undefined) return false;
  const { level, scope } = access;
  // Of a type that there is, an action that it does not have lets nobody in: its resources are there to be reached.
  if (facts.catalogue.findKeptType(scope.slice(0, scope.indexOf(":"))) !== undefined) return false;
  return !facts.catalogue.names(level).has(scope) && isCovered(findHeldPatterns(level, facts), scope);
}
