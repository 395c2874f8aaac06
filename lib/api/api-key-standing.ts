/**
 * Whose hand an API key is in. A personal key is its person's: `api-key:write` is about one's own, and those who take away what people
 * hold in the workspace take away their keys as well. A service key is the workspace's: `service-key:write`. What is seen of a key is
 * no secret: `api-key:read` shows them all, `service-key:read` those of the workspace.
 */
import type { ApiKey } from "../domain/api-keys.ts";
import type { Facts } from "../domain/decide.ts";
import { decide } from "../domain/decide.ts";
import type { WorkspaceScope } from "../domain/resource-types.ts";
import type { Principal } from "../identity/principal.ts";
import { refuseAccess } from "./problem.ts";

type Owned = Pick<ApiKey, "id" | "kind" | "ownerId">;

/** Whether the key is the caller's own: their personal one, or the one that they ask with. */
export function isOwnKey({ id, kind, ownerId }: Owned, principal: Principal): boolean {
  if (principal.kind === "api-key") return principal.keyId === id;
  return kind === "personal" && principal.userId === ownerId;
}

/** The scope by which a caller handles a key. A secret of somebody else's personal key is nobody's to have. */
function scopeFor(handling: "rotate" | "revoke", key: Owned, principal: Principal): WorkspaceScope {
  if (key.kind === "service") return "service-key:write";
  return isOwnKey(key, principal) || handling === "rotate" ? "api-key:write" : "user-permission:write";
}

/** Whether the caller sees the key in lists and by itself. */
export function maySee(key: Owned, caller: Facts): boolean {
  const holds = (scope: WorkspaceScope) => decide(question(scope), caller).allow;
  return holds("api-key:read") || (key.kind === "service" && holds("service-key:read"));
}

/** Refuses what the caller may not do to the key, naming the scope that they would need. */
export function demandHand(
  handling: "rotate" | "revoke",
  key: Owned,
  principal: Principal,
  caller: Facts | undefined,
): void {
  demandScope(scopeFor(handling, key, principal), caller);
}

/** @throws Refusal `access.denied`, naming the scope, where the caller does not hold it in the workspace */
export function demandScope(scope: WorkspaceScope, caller: Facts | undefined): void {
  if (caller === undefined || !decide(question(scope), caller).allow) refuseAccess(scope);
}

function question(scope: WorkspaceScope) {
  return { level: "workspace", scope } as const;
}
