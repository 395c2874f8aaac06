/**
 * What a route asks of its caller. Free of schemas, since the authorizer's bundle carries this table and nothing else of the routes.
 */
import { isResourceTypeName } from "../domain/resource-ids.ts";
import type { Level } from "../domain/scopes.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/**
 * - `public`: no credential is looked at.
 * - `signed-in`: any valid credential; says nothing about any organization.
 * - `member`: standing in the place is enough; `scope` names what the handler asks beyond that, for it to know.
 * - `scope`: that scope at that level, or, where the contract says so, another one at organization level. `{type}` in it stands
 *   for the resource type that the path names.
 */
export type Access =
  | { readonly kind: "public" }
  | { readonly kind: "signed-in" }
  | { readonly kind: "member"; readonly level: Level; readonly scope?: string }
  | {
      readonly kind: "scope";
      readonly level: Level;
      readonly scope: string;
      readonly orOrganization?: string;
      /** Another scope of the same level that lets in as well: which of the two counts, the thing itself says. */
      readonly orScope?: string;
      /** The path names the scope's type: there may be none of that name. */
      readonly isOfPath?: true;
    };

/** A row of the authorizer's table. `path` is API Gateway's resource path, e.g. `/v1/orgs/{orgId}`. */
export interface RouteAccess {
  readonly method: Method;
  readonly path: string;
  readonly access: Access;
}

/** The same table with each path once, as the bundle carries it: every request waits for that to load. */
export type AccessByPath = Readonly<Record<string, Readonly<Partial<Record<Method, Access>>>>>;

export function groupByPath(routes: readonly RouteAccess[]): AccessByPath {
  const grouped: Record<string, Partial<Record<Method, Access>>> = {};
  for (const { method, path, access } of routes) grouped[path] = { ...grouped[path], [method]: access };
  return grouped;
}

export function listAccess(grouped: AccessByPath): RouteAccess[] {
  return Object.entries(grouped).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, access]) => ({ method: method as Method, path, access })),
  );
}

const NAMED_TYPE = "{type}";

/**
 * The access of one request: a scope that the path names is put in. What cannot be a type's name is taken for the type that there
 * never is, and stays out of every answer.
 */
export function nameScope<A extends Access>(access: A, params: Readonly<Record<string, string | undefined>>): A {
  if (access.kind !== "scope" || !access.scope.includes(NAMED_TYPE)) return access;
  const { type = "" } = params;
  const scope = isResourceTypeName(type) ? access.scope.replace(NAMED_TYPE, type) : access.scope;
  return { ...access, scope, isOfPath: true };
}

/** The name a refusal carries; depends on the route alone, so it says nothing about the place. */
export function requiredScopeOf(access: Access): string {
  if (access.kind === "scope") return access.scope;
  if (access.kind === "member") return access.scope ?? "member";
  return "signed-in";
}
