/** What may be sent about a share, and what is answered. */
import * as z from "zod";
import { limits } from "../domain/limits.ts";
import { resourceIdSchema } from "./resource-bodies.ts";
import { momentSchema, resourceTypeSchema, textSchema } from "./schemas.ts";

/** Characters of a workspace's id. */
const WORKSPACE_ID = 30;

const workspaceId = z.string().meta({ pattern: "^wks_[a-z0-9]{26}$" });
const action = textSchema({ least: 1, most: limits.resourceTypeLength });

const offered = {
  resourceType: resourceTypeSchema,
  resourceId: resourceIdSchema,
  actions: z
    .array(action)
    .min(1)
    .max(limits.actionsPerShare)
    .transform((actions) => [...new Set(actions)]),
  expiresAt: momentSchema.optional(),
};

export const shareBodies = {
  offer: z.strictObject({ ...offered, targetWorkspaceId: workspaceId }),
  offerToMany: z.strictObject({
    ...offered,
    // As it was sent: each row reads it for itself.
    expiresAt: z.iso.datetime({ offset: true }).optional(),
    // What is no id is one row's fault, as an id of which there is nothing is.
    targetWorkspaceIds: z
      .array(textSchema({ least: 1, most: WORKSPACE_ID }))
      .min(1)
      .max(limits.sharesPerBulk),
  }),
};

export type Offer = z.output<typeof shareBodies.offer>;

const states = ["pending", "accepted", "denied", "revoked", "expired"] as const;

export const shareFilter = z.strictObject({
  direction: z.enum(["outgoing", "incoming"]).optional(),
  state: z.enum(states).optional(),
});

export const shareShape = z.object({
  id: z.string(),
  resourceType: z.string(),
  resourceId: z.string(),
  sourceWorkspaceId: z.string(),
  targetWorkspaceId: z.string(),
  actions: z.array(z.string()),
  state: z.enum(states),
  expiresAt: z.iso.datetime().optional(),
  pendingUntil: z.iso.datetime().optional(),
  createdBy: z.string(),
  createdAt: z.iso.datetime(),
});
