/** The OpenAPI 3.1 document, generated from the route table. */
import * as z from "zod";
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from "zod-openapi";
import { createDocument } from "zod-openapi";
import { limits } from "../domain/limits.ts";
import { requiredScopeOf } from "./access.ts";
import { problemKinds } from "./problem.ts";
import type { Route } from "./route.ts";
import { isWrite } from "./route.ts";
import { routes } from "./routes.ts";
import { problemShape } from "./schemas.ts";

export function openApiDocument(): object {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of routes) {
    paths[route.path] ??= {};
    const path = paths[route.path];
    if (path !== undefined) path[route.method.toLowerCase()] = describeOperation(route);
  }
  return createDocument({
    openapi: "3.1.0",
    info: {
      title: "Bailiwick",
      version: "1.0.0",
      description:
        "Multi-tenant RBAC: organizations > workspaces > roles > scopes decide, on every request, who may do what.",
    },
    security: [{ bearer: [] }],
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer", description: "An access token or an API key." } },
    },
    paths: paths as ZodOpenApiPathsObject,
  });
}

function describeOperation(route: Route): ZodOpenApiOperationObject {
  const { access, reply } = route;
  const isChange = isWrite(route);
  const success = {
    description: reply.status === 204 ? "Done." : "Answered.",
    ...(reply.schema === undefined ? {} : { content: { "application/json": { schema: reply.schema } } }),
    ...(reply.hasETag ? { headers: z.object({ ETag: z.string() }) } : {}),
  };
  const media = route.method === "PATCH" ? ["application/json", "application/merge-patch+json"] : ["application/json"];
  const example = route.example.body === undefined ? {} : { example: nameIds(route.example.body) };
  return {
    operationId: route.operationId,
    summary: route.summary,
    tags: [route.area],
    ...(access.kind === "public" ? { security: [] } : { "x-required-scope": requiredScopeOf(access) }),
    requestParams: {
      path: z.object(Object.fromEntries([...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, z.string()]))),
      query: z.object({ ...describePaging(route), ...queryShape(route) }),
      header: z.object(describeHeaders(route, isChange)),
    },
    ...(route.body === undefined || route.method === "DELETE"
      ? {}
      : {
          requestBody: { content: Object.fromEntries(media.map((type) => [type, { schema: route.body, ...example }])) },
        }),
    responses: {
      [String(reply.status)]: success,
      ...(reply.makes ? { "201": { ...success, description: "Made." } } : {}),
      default: {
        description: `Refused: ${Object.values(problemKinds).length} kinds of problem, told apart by their code.`,
        content: { "application/problem+json": { schema: problemShape } },
      },
    },
  } as ZodOpenApiOperationObject;
}

/** An example speaks of things that only a test knows; a reader is shown a role that everybody has, and ids that could be. */
function nameIds(body: unknown): unknown {
  const text = JSON.stringify(body)
    .replaceAll(/\{(roleId|sharedRoleId)\}/g, "rol_operator")
    .replaceAll("{resourceId}", "triage");
  const prefixes: Readonly<Record<string, string>> = {
    workspace: "wks",
    otherWorkspace: "wks",
    rule: "rul",
    idp: "idp",
  };
  return JSON.parse(
    text.replaceAll(
      /\{(workspace|otherWorkspace|rule|idp)Id\}/g,
      (_, thing: string) => `${prefixes[thing]}_01k9zzzzzzzzzzzzzzzzzzzzzz`,
    ),
  );
}

function describePaging({ list }: Route): Record<string, z.ZodType> {
  if (list === undefined) return {};
  return {
    limit: z
      .int()
      .min(1)
      .max(list.most ?? limits.pageMost)
      .optional(),
    cursor: z.string().optional(),
  };
}

function queryShape(route: Route): Record<string, z.ZodType> {
  return route.query instanceof z.ZodObject ? route.query.shape : {};
}

function describeHeaders(route: Route, isChange: boolean): Record<string, z.ZodType> {
  const text = z.string().optional();
  return {
    "X-Request-ID": text,
    "Consistency-Token": text,
    ...(isChange && route.method === "POST" ? { "Idempotency-Key": text } : {}),
    ...(isChange && route.method !== "POST" ? { "If-Match": text } : {}),
  };
}
