/** Sharing one resource with many workspaces at once. */
import * as z from "zod";
import { bulk } from "./route.ts";
import { problemShape } from "./schemas.ts";
import { shareBodies, shareShape } from "./share-bodies.ts";
import { createShare } from "./shares.ts";

export const shareBulkRoutes = [
  bulk({
    method: "POST",
    path: "/v1/orgs/{orgId}/workspaces/{workspaceId}/shares/bulk",
    operationId: "createShares",
    summary: "Shares a resource with up to 100 workspaces, each as one request would; each has its own answer.",
    area: "sharing",
    access: { kind: "scope", level: "workspace", scope: "share:create" },
    body: shareBodies.offerToMany,
    reply: {
      status: 200,
      schema: z.object({
        items: z.array(z.object({ status: z.int(), share: shareShape.optional(), problem: problemShape.optional() })),
      }),
    },
    example: {
      body: {
        resourceType: "workflow",
        resourceId: "{resourceId}",
        targetWorkspaceIds: ["{otherWorkspaceId}"],
        actions: ["read"],
      },
      handsOn: ["workflow:read"],
    },
    rowsOf: ({ targetWorkspaceIds, ...offer }) =>
      targetWorkspaceIds.map((targetWorkspaceId) => ({ ...offer, targetWorkspaceId })),
    each: createShare,
    thing: "share",
    // Of a row, only its target stands in the list; the rest is said once.
    pointerOf: (index, within) => (within === "/targetWorkspaceId" ? `/targetWorkspaceIds/${index}` : within),
  }),
];
