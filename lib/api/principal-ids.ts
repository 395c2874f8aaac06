/** By which ids a principal is known. */
import type { KeyId, UserId } from "../domain/ids.ts";
import type { SecurityPrincipal } from "../domain/security-events.ts";
import type { Principal } from "../identity/principal.ts";

/** Whom a principal acts as; a service key acts as nobody. */
export function userIdOf(principal: Principal): UserId | undefined {
  if (principal.kind === "user") return principal.userId;
  return principal.keyKind === "personal" ? principal.ownerId : undefined;
}

export function principalIdOf(principal: Principal): UserId | KeyId {
  return principal.kind === "user" ? principal.userId : principal.keyId;
}

/** A principal as the log of security events names it. */
export function toSecurityPrincipal(principal: Principal): SecurityPrincipal {
  if (principal.kind === "user") return { kind: "user", id: principal.userId };
  const { keyId: id, ownerId } = principal;
  return { kind: "api-key", id, ownerId };
}

/** @throws on a route to which no key is let, were one to come there */
export function demandUser(principal: Principal): UserId {
  if (principal.kind === "user") return principal.userId;
  throw new Error("an API key came where only people are let");
}
