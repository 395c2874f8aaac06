/** The authorizer's judgement of one request: who asks, and whether they may. Writes nothing. */
import type { RouteAccess } from "../../lib/api/access.ts";
import { nameScope, requiredScopeOf } from "../../lib/api/access.ts";
import type { PlaceAccess, Verdict } from "../../lib/api/authorize.ts";
import { judgeAccess } from "../../lib/api/authorize.ts";
import { readFacts } from "../../lib/api/facts.ts";
import type { Facts } from "../../lib/domain/decide.ts";
import { findLapse } from "../../lib/domain/decide.ts";
import type { KnownPlace } from "../../lib/domain/security-events.ts";
import { readBearer } from "../../lib/identity/bearer.ts";
import { CredentialRefusal } from "../../lib/identity/credential-refusal.ts";
import type { KeyCredential } from "../../lib/identity/key-credentials.ts";
import { isKeyCredential, readKeyCredential } from "../../lib/identity/key-credentials.ts";
import type { UserPrincipal } from "../../lib/identity/principal.ts";
import { readHeaderValues } from "./header-values.ts";
import { judgeKey } from "./judge-key.ts";
import type { AuthorizerEvent, Judgement, Judging, Known } from "./judgement.ts";
import { isScopeUnknown, placeOf, sparesOwnTypes } from "./judgement.ts";
import { nameMethod } from "./method-arn.ts";

/**
 * @param now milliseconds since 1970
 * @throws when it cannot be told; never to be taken for an allow
 */
export async function judgeRequest(event: AuthorizerEvent, judging: Judging, now: number): Promise<Judgement> {
  const identified = await identify(event, judging, now);
  if (identified instanceof CredentialRefusal) {
    return { kind: "unauthenticated", reason: identified.reason, member: identified.member };
  }
  const access = nameScope(findRoute(event, judging.routes).access, event.pathParameters ?? {});
  if (access.kind === "public")
    throw new Error(`${event.httpMethod} ${event.resource} is public and needs no authorizer`);
  if ("text" in identified) return judgeKey(identified, access, event, judging, now);
  const principal = identified;
  const denied: Judgement = { kind: "denied", principal, requiredScope: requiredScopeOf(access) };
  const shutOut = (knownIn: KnownPlace | undefined): Judgement => {
    return { kind: "unauthenticated", reason: "user.shut_out", principal, knownIn };
  };
  // No route's path is so long that a policy could not name it; only ids that are none make it so.
  const resource = nameMethod(event.methodArn);
  if (resource === undefined) return denied;
  if (access.kind === "signed-in") {
    const { isAtHome, knownIn } = await lookHome(principal, judging, now);
    if (!isAtHome) return shutOut(knownIn);
    return { kind: "allowed", authorized: { principal, holdsScope: false, isWorkspaceAbsent: false }, resource };
  }
  const { verdict, knownIn, isScopeUnknown } = await judgePlace(access, principal, event, judging, now);
  if (verdict.allow) {
    const { holdsScope, isWorkspaceAbsent } = verdict;
    return { kind: "allowed", authorized: { principal, holdsScope, isWorkspaceAbsent }, resource };
  }
  return verdict.code === "access.denied" ? { ...denied, isScopeUnknown, knownIn } : shutOut(knownIn);
}

async function identify(
  event: AuthorizerEvent,
  { verify }: Judging,
  now: number,
): Promise<UserPrincipal | KeyCredential | CredentialRefusal> {
  try {
    const credential = readBearer(readHeaderValues(event.multiValueHeaders, "authorization"));
    return isKeyCredential(credential) ? readKeyCredential(credential) : await verify(credential, now);
  } catch (error) {
    if (error instanceof CredentialRefusal) return error;
    throw error;
  }
}

function findRoute(event: AuthorizerEvent, routes: readonly RouteAccess[]): RouteAccess {
  const route = routes.find(({ method, path }) => method === event.httpMethod && path === event.resource);
  if (route === undefined) throw new Error(`${event.httpMethod} ${event.resource} is not a route of the authorizer`);
  return route;
}

/** Where no place is asked for, a provider's user is still one of their organization, or nobody. */
async function lookHome(
  principal: UserPrincipal,
  { store, roles }: Judging,
  now: number,
): Promise<{ readonly isAtHome: boolean } & Known> {
  if (principal.home === undefined) return { isAtHome: true };
  const facts = await readFacts(store, roles, {
    orgId: principal.home.orgId,
    userId: principal.userId,
    now,
    sparesOwnTypes: true,
  });
  const isAtHome = findLapse("organization", facts) === undefined && cameByOwnDoor(principal, facts);
  return { isAtHome, knownIn: findKnownPlace(facts) };
}

/**
 * The token was made for somebody who comes through this user's provider, by the client of the organization; that of a person of
 * the pool, for a user who comes through none. Said at the pool, which anybody who may write there could say otherwise.
 */
function cameByOwnDoor({ home }: UserPrincipal, { organization, user }: Facts): boolean {
  if (user?.identityProviderId !== home?.providerId) return false;
  return home === undefined || organization?.clientId === home.clientId;
}

/** A workspace of somewhere else, or of nowhere, is what the caller wrote: no record is to show it. */
function findKnownPlace({ user, workspace }: Facts): KnownPlace | undefined {
  return user && { orgId: user.orgId, workspaceId: workspace?.id };
}

/** A malformed id is answered as one that is not there. */
async function judgePlace(
  access: PlaceAccess,
  principal: UserPrincipal,
  event: AuthorizerEvent,
  { store, roles }: Judging,
  now: number,
): Promise<{ readonly verdict: Verdict; readonly isScopeUnknown?: boolean | undefined } & Known> {
  const { userId, home } = principal;
  const place = placeOf(event);
  // A provider's user belongs to that provider's organization only.
  if (place === undefined || (home !== undefined && home.orgId !== place.orgId))
    return { verdict: { allow: false, code: "access.denied" } };
  const facts = await readFacts(store, roles, { ...place, userId, now, sparesOwnTypes: sparesOwnTypes(access) });
  const knownIn = findKnownPlace(facts);
  if (knownIn !== undefined && !cameByOwnDoor(principal, facts))
    return { verdict: { allow: false, code: "unauthenticated" }, knownIn };
  const verdict = judgeAccess(access, event.resource.includes("{workspaceId}"), facts);
  return { verdict, knownIn, isScopeUnknown: isScopeUnknown(access, facts) };
}
