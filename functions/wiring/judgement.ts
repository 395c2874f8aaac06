/** What the authorizer judges with, what its judgement says, and what it is asked: for people and for API keys alike. */
import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import type { Access, RouteAccess } from "../../lib/api/access.ts";
import type { Authorized } from "../../lib/api/exchange.ts";
import type { RoleCache } from "../../lib/api/role-cache.ts";
import type { Facts } from "../../lib/domain/decide.ts";
import type { KeyId, OrgId, WorkspaceId } from "../../lib/domain/ids.ts";
import { isId } from "../../lib/domain/ids.ts";
import type { Lapse } from "../../lib/domain/liveness.ts";
import { speaksOfOwnType } from "../../lib/domain/own-types.ts";
import type { KnownPlace } from "../../lib/domain/security-events.ts";
import type { RefusalReason } from "../../lib/identity/credential-refusal.ts";
import type { Principal, UserPrincipal } from "../../lib/identity/principal.ts";
import type { DecidingStore } from "../../lib/store/deciding-store.ts";
import type { KnownKeys } from "./known-keys.ts";

/** What a warm authorizer has at hand. */
export interface Judging {
  /** Every route that is not public. */
  readonly routes: readonly RouteAccess[];
  /** @throws CredentialRefusal */
  readonly verify: (credential: string, now: number) => Promise<UserPrincipal>;
  readonly keys: KnownKeys;
  readonly store: DecidingStore;
  readonly roles: RoleCache;
}

/** `allowed` names the one method and path; both others say for the log why, and the caller is told less. */
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

export interface Known {
  /** Where the principal is known, be they shut out there or not. */
  readonly knownIn?: KnownPlace | undefined;
}

/** As much of the gateway's request as is judged. */
export type AuthorizerEvent = Pick<
  APIGatewayRequestAuthorizerEvent,
  "httpMethod" | "resource" | "methodArn" | "pathParameters" | "multiValueHeaders"
>;

/** The organization that is asked about, and its workspace. */
export interface AskedPlace {
  readonly orgId: OrgId;
  readonly workspaceId?: WorkspaceId;
}

/** The place that a path names. What is no id is left out, and never comes near a key of the table. */
export function placeOf({ pathParameters }: AuthorizerEvent): AskedPlace | undefined {
  const { orgId = "", workspaceId = "" } = pathParameters ?? {};
  if (!isId("org", orgId)) return undefined;
  return isId("wks", workspaceId) ? { orgId, workspaceId } : { orgId };
}

/** Built-in scopes are the same whatever the organization registered. */
export function sparesOwnTypes(access: Access): boolean {
  return !("scope" in access) || access.scope === undefined || !speaksOfOwnType(access.scope);
}

/** The path named the scope, and there is none of that name. */
export function isScopeUnknown(access: Access, { catalogue }: Facts): boolean {
  return "level" in access && access.scope !== undefined && !catalogue.names(access.level).has(access.scope);
}
