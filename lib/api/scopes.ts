/** The catalogue of scopes: everything that a role could hold. */
import * as z from "zod";
import { builtInCatalogue } from "../domain/catalogue.ts";
import { fromCode, readPage } from "./lists.ts";
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
    run: async (_store, { page }) => ({
      body: await readPage(
        page,
        fromCode(builtInCatalogue.scopes, ({ level, name }) => `${level} ${name}`),
      ),
    }),
  }),
];
