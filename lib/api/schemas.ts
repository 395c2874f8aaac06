/** The shapes that several routes share, as schemas: they validate what comes in and describe what goes out. */
import * as z from "zod";
import { refusalCodes } from "../domain/errors.ts";
import { limits } from "../domain/limits.ts";
import { foldName, hasForbiddenCharacters } from "../domain/names.ts";
import { features } from "../domain/predefined-roles.ts";
import { isResourceTypeName } from "../domain/resource-ids.ts";

/** Bytes that a folded name may have: it stands in a key. */
const FOLDED_BYTES = 800;

/** Characters are code points, of which each is two units of UTF-16 at most: a long text is not taken apart to be counted. */
function hasAtMost(most: number, text: string): boolean {
  return text.length <= most || (text.length <= 2 * most && [...text].length <= most);
}

/** A text of so many characters. */
export function textSchema({ least = 0, most }: { readonly least?: number; readonly most: number }) {
  return z
    .string()
    .refine((text) => text.length >= least, `At least ${least} characters.`)
    .refine((text) => hasAtMost(most, text), `At most ${most} characters.`)
    .meta({ type: "string", ...(least === 0 ? {} : { minLength: least }), maxLength: most });
}

/** A name that people give, trimmed. */
export const nameSchema = z
  .string()
  .transform((text) => text.trim())
  .refine((text) => text.length > 0, "A name has at least one character.")
  // Nothing folds a text before its length is known: folding a long one takes time that grows with its square.
  .refine((text) => hasAtMost(limits.nameLength, text), {
    message: `A name has at most ${limits.nameLength} characters.`,
    abort: true,
  })
  .refine((text) => !hasForbiddenCharacters(text), "A name has no control characters and no line breaks.")
  .refine((text) => Buffer.byteLength(foldName(text)) <= FOLDED_BYTES, "This name is too long once it is written out.")
  .meta({ type: "string", minLength: 1, maxLength: limits.nameLength, example: "North" });

export const descriptionSchema = textSchema({ most: limits.descriptionLength });

const labelValue = textSchema({ most: limits.labelValueLength });

function checkLabels(labels: Readonly<Record<string, string | null>>): string | undefined {
  if (Object.keys(labels).length > limits.labels) return `At most ${limits.labels} labels.`;
  if (Buffer.byteLength(JSON.stringify(labels)) > limits.labelsBytes)
    return `Labels have at most ${limits.labelsBytes} bytes in all.`;
  return undefined;
}

const labelName = textSchema({ least: 1, most: limits.labelNameLength });

function boundLabels<T extends z.ZodType<Record<string, string | null>>>(schema: T): T {
  return schema
    .superRefine((labels, context) => {
      const fault = checkLabels(labels as Record<string, string | null>);
      if (fault !== undefined) context.addIssue(fault);
    })
    .meta({ maxProperties: limits.labels }) as T;
}

export const labelsSchema = boundLabels(z.record(labelName, labelValue));
/** Labels in a merge patch: `null` takes one away. */
export const labelsPatchSchema = boundLabels(z.record(labelName, labelValue.nullable()));

export const featuresSchema = z.array(z.enum(features)).max(features.length);

export const emailSchema = z.email().max(limits.emailLength).meta({ example: "ann@acme.example" });

export const externalIdSchema = textSchema({ least: 1, most: limits.externalIdLength }).refine(
  (text) => !hasForbiddenCharacters(text),
  "No control characters and no line breaks.",
);

/** The last moment that RFC 3339 can say: a year has four digits, and an offset may lead beyond it. */
const LAST_MOMENT = Date.parse("9999-12-31T23:59:59.999Z");

/** A moment in RFC 3339, with any offset; becomes milliseconds since 1970. */
export const momentSchema = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text))
  .refine((moment) => moment <= LAST_MOMENT, "This moment is after the year 9999.")
  .meta({ type: "string", format: "date-time" });

/** How a resource type is named; whether there is one is asked later. */
export const resourceTypeSchema = z
  .string()
  .refine(
    (text) => isResourceTypeName(text),
    `A resource type's name has 1 to ${limits.resourceTypeLength} of A-Z a-z 0-9 . _ ~ -.`,
  )
  .meta({ type: "string", pattern: "^[A-Za-z0-9._~-]{1,64}$", example: "workflow" });

/** The id of a role, which is looked for before it is refused: the refusal says where it would have to be. */
export const roleIdSchema = z.string().meta({ pattern: "^rol_[a-z0-9-]{1,60}$" });

export const statusSchema = z.enum(["active", "suspended"]);
const versionSchema = z.int();
const idSchema = z.string();

export const organizationShape = z.object({
  id: idSchema,
  name: z.string(),
  status: statusSchema,
  labels: z.record(z.string(), z.string()),
  createdAt: z.iso.datetime(),
  version: versionSchema,
});

export const workspaceShape = organizationShape.extend({
  features: z.array(z.enum(features)),
  claimMatching: z.enum(["first-match", "all-matches"]),
});

export const roleShape = z.object({
  id: idSchema,
  name: z.string(),
  description: z.string(),
  level: z.enum(["workspace", "organization"]),
  scopes: z.array(z.string()),
  managedBy: z.enum(["system", "organization", "workspace"]),
  createdAt: z.iso.datetime(),
});

const effectShape = z.object({ userId: idSchema, workspaceId: idSchema.optional(), scopes: z.array(z.string()) });

export const previewShape = z.object({
  gains: z.array(effectShape),
  loses: z.array(effectShape),
  nextCursor: z.string().optional(),
});

export const userShape = z.object({
  id: idSchema,
  email: z.string(),
  displayName: z.string().optional(),
  externalId: z.string().optional(),
  status: z.enum(["invited", "active", "suspended"]),
  identityProviderId: z.string().optional(),
  createdAt: z.iso.datetime(),
});

export const grantShape = z.object({
  roleId: idSchema,
  roleName: z.string(),
  source: z.string(),
  expiresAt: z.iso.datetime().optional(),
});

export const assignmentShape = z.object({ userId: idSchema, email: z.string(), grants: z.array(grantShape) });

export const problemShape = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(refusalCodes),
    detail: z.string(),
    requestId: z.string(),
    requiredScope: z.string().optional(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
    usedBy: z.array(z.object({ kind: z.string(), id: z.string() })).optional(),
  })
  .meta({ id: "Problem", description: "RFC 9457; `code` is what a program reads." });

/** Whether a change is made in spite of what it does beside: shuts out whoever makes it, ends what others use. */
export const forceSchema = z.strictObject({ force: z.enum(["true", "false"]).optional() });

/** A page of a list. */
export function pageOf(item: z.ZodType) {
  return z.object({ items: z.array(item), nextCursor: z.string().optional() });
}
