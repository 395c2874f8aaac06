/** What may be sent about an API key, and what is answered. */
import * as z from "zod";
import { limits } from "../domain/limits.ts";
import { scopesOf } from "./role-bodies.ts";
import { momentSchema, nameSchema, roleIdSchema } from "./schemas.ts";

const kindSchema = z.enum(["personal", "service"]);

export const apiKeyBodies = {
  create: z.strictObject({
    name: nameSchema,
    kind: kindSchema,
    scopes: scopesOf("workspace").refine((scopes) => scopes.length > 0, "A key has at least one scope."),
    roleId: roleIdSchema.optional(),
    expiresAt: momentSchema.optional(),
  }),
  rotate: z.strictObject({ overlapSeconds: z.int().min(0).max(limits.keyOverlapSeconds).default(0) }),
};

export type NewKey = z.output<typeof apiKeyBodies.create>;

export const apiKeyShape = z.object({
  id: z.string(),
  name: z.string(),
  kind: kindSchema,
  workspaceId: z.string(),
  scopes: z.array(z.string()),
  roleId: z.string().optional(),
  ownerId: z.string(),
  state: z.enum(["active", "expired", "revoked"]),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().optional(),
  lastUsedAt: z.iso.datetime().optional(),
  previousSecretUntil: z.iso.datetime().optional(),
  revokedAt: z.iso.datetime().optional(),
});

/** The one answer that holds the credential itself. */
export const issuedKeyShape = apiKeyShape.extend({ secret: z.string().optional() });
