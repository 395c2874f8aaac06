/** What the OpenAPI document says that a route takes and answers. */
import { openApiDocument } from "../../lib/api/openapi.ts";
import type { Route } from "../../lib/api/route.ts";
import type { Schema } from "./refusals-of-schema.ts";

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly schema: Schema }[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

const { paths } = openApiDocument() as { paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };

function operationOf({ method, path }: Route): Operation {
  const operation = paths[path]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`the document knows no ${method} ${path}`);
  return operation;
}

/** A route that says nothing of a body takes an empty object, if its method has a body at all. */
export function bodySchemaOf(route: Route): Schema | undefined {
  if (route.method === "GET" || route.method === "DELETE") return undefined;
  const { requestBody } = operationOf(route);
  return requestBody?.content?.["application/json"]?.schema ?? { type: "object", additionalProperties: false };
}

/** The names of what a route answers with. */
export function answeredMembersOf(route: Route): string[] {
  const answer = operationOf(route).responses[route.reply.status];
  return Object.keys(answer?.content?.["application/json"]?.schema.properties ?? {});
}

/** What a route takes in its query, as one object. */
export function querySchemaOf(route: Route): Schema {
  const parameters = operationOf(route).parameters ?? [];
  const ofQuery = parameters.filter((parameter) => parameter.in === "query");
  const properties = Object.fromEntries(ofQuery.map(({ name, schema }) => [name, schema]));
  return { type: "object", additionalProperties: false, properties };
}

export function takesIfMatch(route: Route): boolean {
  return (operationOf(route).parameters ?? []).some(({ name }) => name === "If-Match");
}
