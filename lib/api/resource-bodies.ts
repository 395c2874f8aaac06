/** What may be sent about a resource. */
import * as z from "zod";
import type { Attributes } from "../domain/attributes.ts";
import { measureAttributes, splitAttributes } from "../domain/attributes.ts";
import { limits } from "../domain/limits.ts";
import { isResourceId } from "../domain/resource-ids.ts";
import { labelsPatchSchema, labelsSchema, momentSchema, nameSchema, pageOf, textSchema } from "./schemas.ts";

/** The form of an id that a caller chooses. */
const ID = "^[A-Za-z0-9._~-]{1,128}$";

export const resourceIdSchema = z
  .string()
  .refine(
    (text) => isResourceId(text),
    `An id has 1 to ${limits.resourceIdLength} of A-Z a-z 0-9 . _ ~ - and is not ., .. or bulk.`,
  )
  .meta({ type: "string", pattern: ID, example: "triage" });

const attributesSchema = z
  .record(z.string(), z.json())
  .superRefine((attributes, context) => {
    if (measureAttributes(attributes as Attributes) > limits.attributesBytes) {
      return context.addIssue(`Attributes have at most ${limits.attributesBytes} bytes as JSON.`);
    }
    for (const { pointer, detail } of splitAttributes(attributes as Attributes).faults) {
      context.addIssue({ code: "custom", path: toPath(pointer), message: detail });
    }
  })
  .transform((attributes) => attributes as Attributes)
  .meta({
    type: "object",
    additionalProperties: true,
    description:
      'JSON; an attribute `{"secret": true, "value": "…"}` is kept as a secret and read back as `{"secret": true}`.',
  });

function toPath(pointer: string): string[] {
  const parts = pointer.split("/").slice(1);
  return parts.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

const content = {
  name: nameSchema,
  labels: labelsSchema.optional(),
  attributes: attributesSchema.optional(),
  expiresAt: momentSchema.optional(),
};

export const resourceBodies = {
  create: z.strictObject({ id: resourceIdSchema.optional(), ...content }),
  replace: z.strictObject(content),
  edit: z.strictObject({
    name: nameSchema.optional(),
    labels: labelsPatchSchema.optional(),
    attributes: attributesSchema.optional(),
    expiresAt: momentSchema.optional(),
  }),
  bulk: z.strictObject({
    resources: z.array(z.record(z.string(), z.unknown())).min(1).max(limits.resourcesPerBulk),
  }),
};

export const resourceFilter = z.strictObject({
  origin: z.enum(["own", "shared"]).optional(),
  /** `name` or `name=value`. */
  label: textSchema({ least: 1, most: limits.labelNameLength + 1 + limits.labelValueLength }).optional(),
  namePrefix: textSchema({ least: 1, most: limits.nameLength }).optional(),
});

export type ResourceFilter = z.output<typeof resourceFilter>;

/** Lists leave the attributes out, which may be a thousand times their size. */
export const resourceRow = z.object({
  type: z.string(),
  id: z.string(),
  name: z.string(),
  labels: z.record(z.string(), z.string()),
  expiresAt: z.iso.datetime().optional(),
  createdAt: z.iso.datetime(),
  version: z.int(),
  shared: z
    .object({
      shareId: z.string(),
      from: z.object({ workspaceId: z.string(), name: z.string() }),
      actions: z.array(z.string()),
      expiresAt: z.iso.datetime().optional(),
    })
    .optional(),
});

export const resourceShape = resourceRow.extend({ attributes: z.record(z.string(), z.unknown()) });
export const resourcePage = pageOf(resourceRow);
