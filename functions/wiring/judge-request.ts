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
import type { KeyId } from "../../lib/domain/ids.ts";
import { isId } from "../../lib/domain/ids.ts";
import type { Lapse } from "../../lib/domain/liveness.ts";
import type { KnownPlace } from "../../lib/domain/security-events.ts";
import { readBearer } from "../../lib/identity/bearer.ts";
import type { RefusalReason } from "../../lib/identity/credential-refusal.ts";
import { CredentialRefusal } from "../../lib/identity/credential-refusal.ts";
import type { KeyCredential } from "../../lib/identity/key-credentials.ts";
import { isKeyCredential, readKeyCredential } from "../../lib/identity/key-credentials.ts";
import type { Principal, UserPrincipal } from "../../lib/identity/principal.ts";
import type { DecidingStore } from "../../lib/store/deciding-store.ts";
import { readHeaderValues } from "./header-values.ts";
import type { KnownKeys } from "./judge-key.ts";
import { isScopeUnknown, judgeKey, sparesOwnTypes } from "./judge-key.ts";
import { nameMethod } from "./method-arn.ts";

export interface Judging {
  /** Every route that is not public. */
  readonly routes: readonly RouteAccess[];
  /** @throws CredentialRefusal */
  readonly verify: (credential: string, now: number) => Promise<UserPrincipal>;
  readonly keys: KnownKeys;
  readonly store: DecidingStore;
  readonly roles: RoleCache;
}

export type Judgement =
  | { readonly kind: "allowed"; readonly authorized: Authorized; readonly resource: string }
  | ({
      readonly kind: "denied";
      readonly principal: Principal;
      readonly requiredScope: string;
      /** The path named the scope, and there is none of that name. */
      readonly isScopeUnknown?: boolean | undefined;
    } & Known)
  | ({
      readonly kind: "unauthenticated";
      readonly reason: RefusalReason | Lapse | "user.shut_out";
      readonly member?: string | undefined;
      readonly principal?: Principal;
      /** Of an API key that stands for nobody: there is none of that id, or not with that secret. */
      readonly keyId?: KeyId | undefined;
    } & Known);

interface Known {
  /** Where the principal is known, be they shut out there or not. */
  readonly knownIn?: KnownPlace | undefined;
}

export type AuthorizerEvent = Pick<
  APIGatewayRequestAuthorizerEvent,
  "httpMethod" | "resource" | "methodArn" | "pathParameters" | "multiValueHeaders"
>;

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

/** A malformed id is answered as one that is not there; it never comes near a key. */
async function judgePlace(
  access: PlaceAccess,
  principal: UserPrincipal,
  event: AuthorizerEvent,
  { store, roles }: Judging,
  now: number,
): Promise<{ readonly verdict: Verdict; readonly isScopeUnknown?: boolean | undefined } & Known> {
  const { userId, home } = principal;
  const { orgId = "", workspaceId = "" } = event.pathParameters ?? {};
  // A provider's user belongs to that provider's organization only.
  if (!isId("org", orgId) || (home !== undefined && home.orgId !== orgId))
    return { verdict: { allow: false, code: "access.denied" } };
  const place = isId("wks", workspaceId) ? { orgId, workspaceId } : { orgId };
  const facts = await readFacts(store, roles, { ...place, userId, now, sparesOwnTypes: sparesOwnTypes(access) });
  const knownIn = findKnownPlace(facts);
  if (knownIn !== undefined && !cameByOwnDoor(principal, facts))
    return { verdict: { allow: false, code: "unauthenticated" }, knownIn };
  const verdict = judgeAccess(access, event.resource.includes("{workspaceId}"), facts);
  return { verdict, knownIn, isScopeUnknown: isScopeUnknown(access, facts) };
}
