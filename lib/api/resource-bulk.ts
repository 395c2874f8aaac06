/** Making many resources at once. */
import * as z from "zod";
import { resourceBodies, resourceRow, type resourceShape } from "./resource-bodies.ts";
import { createResource } from "./resources.ts";
import { bulk } from "./route.ts";
import { problemShape } from "./schemas.ts";

export const resourceBulkRoutes = [
  bulk({
    method: "POST",
    path: "/v1/orgs/{orgId}/workspaces/{workspaceId}/resources/{type}/bulk",
    operationId: "createResources",
    summary: "Makes up to 100 resources, each as one request would; each row has its own answer, without attributes.",
    area: "resources",
    access: { kind: "scope", level: "workspace", scope: "{type}:write" },
    body: resourceBodies.bulk,
    reply: {
      status: 200,
      schema: z.object({
        items: z.array(
          z.object({ status: z.int(), resource: resourceRow.optional(), problem: problemShape.optional() }),
        ),
      }),
    },
    example: { body: { resources: [{ id: "first", name: "First" }, { name: "Second" }] } },
    rowsOf: ({ resources }) => resources,
    each: createResource,
    thing: "resource",
    shownOf: ({ attributes: _, ...row }: z.output<typeof resourceShape>) => row,
    pointerOf: (index, within) => `/resources/${index}${within}`,
  }),
];
