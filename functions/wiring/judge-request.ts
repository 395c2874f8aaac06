/** The authorizer's judgement of one request: who asks, and whether they may. Writes nothing. */
import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import type { RouteAccess } from "../../lib/api/access.ts";
import { nameScope, requiredScopeOf } from "../../lib/api/access.ts";
import type { PlaceAccess, Verdict } from "../../lib/api/authorize.ts";
import { judgeAccess } from "../../lib/api/authorize.ts";
import type { Authorized } from "../../lib/api/exchange.ts";
import { readFacts } from "../../lib/api/facts.ts";
import type { RoleCache } from "../../lib/api/role-cache.ts";
import type { Facts } from "../../lib/domain/decide.ts";
import { findLapse } from "../../lib/domain/decide.ts";
import { isId } from "../../lib/domain/ids.ts";
import { speaksOfOwnType } from "../../lib/domain/own-types.ts";
import { readBearer } from "../../lib/identity/bearer.ts";
import type { RefusalReason } from "../../lib/identity/credential-refusal.ts";
import { CredentialRefusal } from "../../lib/identity/credential-refusal.ts";
import type { Principal } from "../../lib/identity/principal.ts";
import type { Store } from "../../lib/store/store.ts";
import { readHeaderValues } from "./header-values.ts";
import { nameMethod } from "./method-arn.ts";

export interface Judging {
  /** Every route that is not public. */
  readonly routes: readonly RouteAccess[];
  /** @throws CredentialRefusal */
  readonly verify: (credential: string, now: number) => Promise<Principal>;
  readonly store: Store;
  readonly roles: RoleCache;
}

export type Judgement =
  | { readonly kind: "allowed"; readonly authorized: Authorized; readonly resource: string }
  | { readonly kind: "denied"; readonly principal: Principal; readonly requiredScope: string }
  | {
      readonly kind: "unauthenticated";
      readonly reason: RefusalReason | "user.shut_out";
      readonly member?: string | undefined;
      readonly principal?: Principal;
    };

type AuthorizerEvent = Pick<
  APIGatewayRequestAuthorizerEvent,
  "httpMethod" | "resource" | "methodArn" | "pathParameters" | "multiValueHeaders"
>;

/**
 * @param now milliseconds since 1970
 * @throws when it cannot be told; never to be taken for an allow
 */
export async function judgeRequest(event: AuthorizerEvent, judging: Judging, now: number): Promise<Judgement> {
  const principal = await identify(event, judging, now);
  if (principal instanceof CredentialRefusal) {
    return { kind: "unauthenticated", reason: principal.reason, member: principal.member };
  }
  const access = nameScope(findRoute(event, judging.routes).access, event.pathParameters ?? {});
  if (access.kind === "public")
    throw new Error(`${event.httpMethod} ${event.resource} is public and needs no authorizer`);
  const denied: Judgement = { kind: "denied", principal, requiredScope: requiredScopeOf(access) };
  // No route's path is so long that a policy could not name it; only ids that are none make it so.
  const resource = nameMethod(event.methodArn);
  if (resource === undefined) return denied;
  if (access.kind === "signed-in") {
    if (!(await isAtHome(principal, judging, now)))
      return { kind: "unauthenticated", reason: "user.shut_out", principal };
    return { kind: "allowed", authorized: { principal, holdsScope: false, isWorkspaceAbsent: false }, resource };
  }
  const verdict = await judgePlace(access, principal, event, judging, now);
  if (verdict.allow) {
    const { holdsScope, isWorkspaceAbsent } = verdict;
    return { kind: "allowed", authorized: { principal, holdsScope, isWorkspaceAbsent }, resource };
  }
  return verdict.code === "access.denied" ? denied : { kind: "unauthenticated", reason: "user.shut_out", principal };
}

async function identify(
  event: AuthorizerEvent,
  { verify }: Judging,
  now: number,
): Promise<Principal | CredentialRefusal> {
  try {
    return await verify(readBearer(readHeaderValues(event.multiValueHeaders, "authorization")), now);
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
async function isAtHome(principal: Principal, { store, roles }: Judging, now: number): Promise<boolean> {
  if (principal.home === undefined) return true;
  const facts = await readFacts(store, roles, {
    orgId: principal.home.orgId,
    userId: principal.userId,
    now,
    sparesOwnTypes: true,
  });
  return findLapse("organization", facts) === undefined && cameByOwnDoor(principal, facts);
}

/**
 * The token was made for somebody who comes through this user's provider, by the client of the organization; that of a person of
 * the pool, for a user who comes through none. Said at the pool, which anybody who may write there could say otherwise.
 */
function cameByOwnDoor({ home }: Principal, { organization, user }: Facts): boolean {
  if (user?.identityProviderId !== home?.providerId) return false;
  return home === undefined || organization?.clientId === home.clientId;
}

/** A malformed id is answered as one that is not there; it never comes near a key. */
async function judgePlace(
  access: PlaceAccess,
  principal: Principal,
  event: AuthorizerEvent,
  { store, roles }: Judging,
  now: number,
): Promise<Verdict> {
  const { userId, home } = principal;
  const { orgId = "", workspaceId = "" } = event.pathParameters ?? {};
  // A provider's user belongs to that provider's organization only.
  if (!isId("org", orgId) || (home !== undefined && home.orgId !== orgId))
    return { allow: false, code: "access.denied" };
  const place = isId("wks", workspaceId) ? { orgId, workspaceId } : { orgId };
  // Built-in scopes are the same whatever the organization registered.
  const sparesOwnTypes = access.scope === undefined || !speaksOfOwnType(access.scope);
  const facts = await readFacts(store, roles, { ...place, userId, now, sparesOwnTypes });
  if (facts.user !== undefined && !cameByOwnDoor(principal, facts)) return { allow: false, code: "unauthenticated" };
  return judgeAccess(access, event.resource.includes("{workspaceId}"), facts);
}
