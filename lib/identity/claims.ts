/** What an access token must say, and who it then stands for. No I/O and no clock. */
import { isId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import { refuse } from "./credential-refusal.ts";
import type { UserPrincipal } from "./principal.ts";

/** Whose tokens are believed. */
export interface TokenProfile {
  /** `iss`, to the letter. */
  readonly issuer: string;
  readonly clientIds: ReadonlySet<string>;
}

/** With this scope people could edit their own attributes at the pool; a token that has it was not made for us. */
export const SELF_SERVICE_SCOPE = "aws.cognito.signin.user.admin";

/**
 * Judges verified claims.
 * @param now milliseconds since 1970
 * @throws CredentialRefusal `token.bad_claim`, naming the first claim that is missing or wrong
 */
export function readPrincipal(claims: ReadonlyMap<string, unknown>, profile: TokenProfile, now: number): UserPrincipal {
  const demand = (name: string, isMet: boolean): void => (isMet ? undefined : refuse("token.bad_claim", name));
  demand("iss", claims.get("iss") === profile.issuer);
  demand("token_use", claims.get("token_use") === "access");
  const clientId = readText(claims, "client_id");
  const isOfProvider = claims.has("bailiwick_org_id") || claims.has("bailiwick_idp_id");
  // A provider's people come through the client of their organization: which one that is, only its item says (see `authorize.ts`).
  demand("client_id", isOfProvider || profile.clientIds.has(clientId));
  // A pool's access tokens carry no audience; one that does must mean us.
  demand("aud", !claims.has("aud") || [claims.get("aud")].flat().includes(clientId));
  demand("scope", !claims.has("scope") || !readText(claims, "scope", true).split(" ").includes(SELF_SERVICE_SCOPE));
  readText(claims, "sub");
  checkTimes(claims, now, demand);
  const userId = readText(claims, "bailiwick_user_id");
  if (!isId("usr", userId)) refuse("token.bad_claim", "bailiwick_user_id");
  const home = isOfProvider ? readHome(claims, clientId) : undefined;
  return { kind: "user", userId, ...(home === undefined ? {} : { home }) };
}

function checkTimes(
  claims: ReadonlyMap<string, unknown>,
  now: number,
  demand: (name: string, isMet: boolean) => void,
): void {
  const latest = now + limits.clockToleranceSeconds * 1000;
  const issued = readSeconds(claims, "iat");
  const expires = readSeconds(claims, "exp");
  demand("iat", issued * 1000 <= latest);
  demand("exp", now < expires * 1000 && expires - issued <= limits.tokenLifetimeSeconds);
  if (claims.has("nbf")) demand("nbf", readSeconds(claims, "nbf") * 1000 <= latest);
}

/** A provider's user: organization and provider stand in the token together or not at all. */
function readHome(claims: ReadonlyMap<string, unknown>, clientId: string): UserPrincipal["home"] {
  const orgId = readText(claims, "bailiwick_org_id");
  const providerId = readText(claims, "bailiwick_idp_id");
  if (!isId("org", orgId)) refuse("token.bad_claim", "bailiwick_org_id");
  if (!isId("idp", providerId)) refuse("token.bad_claim", "bailiwick_idp_id");
  return { orgId, providerId, clientId };
}

function readText(claims: ReadonlyMap<string, unknown>, name: string, mayBeEmpty = false): string {
  const value = claims.get(name);
  return typeof value === "string" && (mayBeEmpty || value !== "") ? value : refuse("token.bad_claim", name);
}

function readSeconds(claims: ReadonlyMap<string, unknown>, name: string): number {
  const value = claims.get(name);
  return typeof value === "number" && Number.isSafeInteger(value) ? value : refuse("token.bad_claim", name);
}
