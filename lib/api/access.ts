/**
 * What a route asks of its caller. Free of schemas, since the authorizer's bundle carries this table and nothing else of the routes.
 */
import type { Level } from "../domain/scopes.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/**
 * - `public`: no credential is looked at.
 * - `signed-in`: any valid credential; says nothing about any organization.
 * - `member`: standing in the place is enough; `scope` names what the handler asks beyond that, for it to know.
 * - `scope`: that scope at that level, or, where the contract says so, another one at organization level.
 */
export type Access =
  | { readonly kind: "public" }
  | { readonly kind: "signed-in" }
  | { readonly kind: "member"; readonly level: Level; readonly scope?: string }
  | { readonly kind: "scope"; readonly level: Level; readonly scope: string; readonly orOrganization?: string };

/** A row of the authorizer's table. `path` is API Gateway's resource path, e.g. `/v1/orgs/{orgId}`. */
export interface RouteAccess {
  readonly method: Method;
  readonly path: string;
  readonly access: Access;
}

/** The name a refusal carries; depends on the route alone, so it says nothing about the place. */
export function requiredScopeOf(access: Access): string {
  if (access.kind === "scope") return access.scope;
  if (access.kind === "member") return access.scope ?? "member";
  return "signed-in";
}
