/** The log's line of a denial behind the authorizer: of who holds the route's scope, and not the one that what they sent takes. */
import type { HttpRequest } from "../../lib/api/exchange.ts";
import { toSecurityPrincipal } from "../../lib/api/principal-ids.ts";
import type { OrgId, WorkspaceId } from "../../lib/domain/ids.ts";
import type { AccessDenied, KnownPlace } from "../../lib/domain/security-events.ts";
import type { Principal } from "../../lib/identity/principal.ts";

/** @returns undefined where nobody asked: public routes deny nobody anything */
export function toDenial(request: HttpRequest, requiredScope: string): AccessDenied | undefined {
  const { method, resource, params, origin, authorized } = request;
  if (authorized === undefined) return undefined;
  const { principal } = authorized;
  return {
    event: "access.denied",
    ...origin,
    route: `${method} ${resource}`,
    place: params.size === 0 ? null : Object.fromEntries(params),
    principal: toSecurityPrincipal(principal),
    requiredScope,
    knownIn: findKnownPlace(principal, params),
  };
}

/** The authorizer let them into what the path names, so it is there, and knows them. */
function findKnownPlace(principal: Principal, params: HttpRequest["params"]): KnownPlace | undefined {
  const orgId = (params.get("orgId") as OrgId | undefined) ?? homeOf(principal);
  return orgId && { orgId, workspaceId: params.get("workspaceId") as WorkspaceId | undefined };
}

function homeOf(principal: Principal): OrgId | undefined {
  return principal.kind === "user" ? principal.home?.orgId : principal.orgId;
}
