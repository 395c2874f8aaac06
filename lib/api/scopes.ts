/** The catalogue of scopes: everything that a role could hold, built-in ones and then those of the organization's own types. */
import * as z from "zod";
import type { CatalogueScope } from "../domain/catalogue.ts";
import { builtInCatalogue } from "../domain/catalogue.ts";
import { persistCatalogue } from "./catalogue-reading.ts";
import { fromCode, fromSorted, readRow } from "./lists.ts";
import { query } from "./route.ts";
import { pageOf } from "./schemas.ts";

const MOST = 1_000;

const scopeShape = z.object({
  name: z.string(),
  resourceType: z.string(),
  action: z.string(),
  level: z.enum(["workspace", "organization"]),
  description: z.string(),
  since: z.string(),
  deprecated: z.boolean().optional(),
  replacedBy: z.string().optional(),
  origin: z.enum(["built-in", "custom"]),
});

export const scopeRoutes = [
  query({
    method: "GET",
    path: "/v1/orgs/{orgId}/scopes",
    operationId: "listScopes",
    summary: "The catalogue: every scope with what it lets one do.",
    area: "directory",
    access: { kind: "member", level: "organization" },
    list: { most: MOST, usual: MOST },
    reply: { status: 200, schema: pageOf(scopeShape) },
    example: {},
    run: async (store, { params, page }, reading) => {
      const { scopes } = await persistCatalogue(store, reading.roles, params.orgId);
      const byName = new Map(scopes.map((scope) => [nameOf(scope), scope]));
      const own = scopes.filter(({ origin }) => origin === "custom").map(nameOf);
      const { items, ...rest } = await readRow(page, [
        fromCode(builtInCatalogue.scopes.map(nameOf), (name) => name),
        fromSorted(own.sort()),
      ]);
      return { body: { items: items.flatMap((name) => byName.get(name) ?? []), ...rest } };
    },
  }),
];

/** One name may stand at both levels. */
function nameOf({ level, name }: CatalogueScope): string {
  return `${level} ${name}`;
}
