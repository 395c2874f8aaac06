/** What a client may say of an identity provider. The protocol decides once and for all which block of it there is. */
import * as z from "zod";
import type { AttributeMapping } from "../domain/claims.ts";
import { refuseInvalid } from "../domain/errors.ts";
import { isId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import { hasForbiddenCharacters } from "../domain/names.ts";
import { findMetadataFault } from "../domain/saml-metadata.ts";
import { nameSchema, textSchema } from "./schemas.ts";

/** An address as it is sent elsewhere: whole, and without anything that a log should not hold. */
function addressSchema(detail: string, isFit: (url: URL) => boolean, example: string) {
  return z
    .string()
    .refine(
      (text) => {
        const url = text.length <= limits.addressLength && !/[\s\\]/.test(text) ? URL.parse(text) : null;
        const isWeb = url?.protocol === "https:" || url?.protocol === "http:";
        return isWeb && url.username === "" && url.password === "" && url.hash === "" && isFit(url);
      },
      { message: detail, abort: true },
    )
    .meta({ pattern: "^https?://", example });
}

const metadataUrl = addressSchema(
  `An http or https address of up to ${limits.addressLength} characters, without credentials and fragment.`,
  () => true,
  "https://idp.acme.example/metadata",
);

const issuer = addressSchema(
  `The address of an OIDC issuer, of up to ${limits.addressLength} characters, without credentials, query and fragment.`,
  (url) => url.search === "",
  "https://login.acme.example",
);

const metadataXml = z
  .string()
  .superRefine((xml, context) => {
    const isTooLarge = Buffer.byteLength(xml) > limits.metadataBytes;
    const message = isTooLarge ? `At most ${limits.metadataBytes} bytes.` : findMetadataFault(xml);
    if (message !== undefined) context.addIssue({ code: "custom", message, continue: false });
  })
  .meta({ pattern: "EntityDescriptor", example: "<EntityDescriptor …" });

const plain = (text: string) => !hasForbiddenCharacters(text);
const plainDetail = "No control characters and no line breaks.";
const clientId = textSchema({ least: 1, most: limits.clientIdLength }).refine(plain, plainDetail);
const clientSecret = textSchema({ least: 1, most: limits.clientSecretLength }).refine(plain, plainDetail);

const workspaceIds = z
  .array(
    z
      .string()
      .refine((id) => isId("wks", id), "There is no such workspace here.")
      .meta({ pattern: "^wks_[0-9a-z]{26}$", example: "wks_01k9zzzzzzzzzzzzzzzzzzzzzz" }),
  )
  .min(1)
  .max(limits.workspacesPerProvider);

/** The separator of an attribute and one of its parts, as in `groups` and its `cn`, stands in no name. */
const attributeName = textSchema({ least: 1, most: limits.mappedNameLength }).refine(
  (name) => plain(name) && !name.includes("\u0023"),
  "No control characters and no number sign.",
);
const claimName = textSchema({ least: 1, most: limits.claimNameLength }).refine(plain, plainDetail);

function boundMapping<T extends z.ZodType<Record<string, string | null>>>(schema: T): T {
  return schema
    .refine(
      (mapping) => Object.keys(mapping).length <= limits.mappedAttributes,
      `At most ${limits.mappedAttributes} attributes.`,
    )
    .meta({ maxProperties: limits.mappedAttributes }) as T;
}

/** What may be said of a new provider, wherever it is said. */
export const newProviderSchemas = {
  name: nameSchema,
  workspaceIds,
  metadataUrl,
  issuer,
  clientId,
  attributeMapping: boundMapping(z.record(attributeName, claimName)),
};

export const createProviderSchema = z.strictObject({
  name: nameSchema,
  protocol: z.enum(["saml", "oidc"]),
  workspaceIds: workspaceIds.optional(),
  enabled: z.boolean().default(true),
  saml: z.strictObject({ metadataUrl: metadataUrl.optional(), metadataXml: metadataXml.optional() }).optional(),
  oidc: z.strictObject({ issuer, clientId, clientSecret }).optional(),
  attributeMapping: newProviderSchemas.attributeMapping.optional(),
});

export const editProviderSchema = z.strictObject({
  name: nameSchema.optional(),
  workspaceIds: workspaceIds.nullable().optional(),
  enabled: z.boolean().optional(),
  saml: z
    .strictObject({ metadataUrl: metadataUrl.nullable().optional(), metadataXml: metadataXml.nullable().optional() })
    .optional(),
  oidc: z
    .strictObject({ issuer: issuer.optional(), clientId: clientId.optional(), clientSecret: clientSecret.optional() })
    .optional(),
  attributeMapping: boundMapping(z.record(attributeName, claimName.nullable())).optional(),
});

type Blocks = Pick<z.output<typeof editProviderSchema>, "saml" | "oidc">;

/**
 * Refuses any other block than the protocol's, and metadata from none or two sources; where an edit takes one of them in the
 * other's place, `null` may say so.
 */
export function checkBlocks(protocol: "saml" | "oidc", blocks: Blocks, isRequired: boolean): void {
  const other = protocol === "saml" ? "oidc" : "saml";
  if (blocks[other] !== undefined) {
    refuseInvalid({ pointer: `/${other}`, detail: `A provider of ${protocol} has none.` });
  }
  if (isRequired && blocks[protocol] === undefined) {
    refuseInvalid({ pointer: `/${protocol}`, detail: `A provider of ${protocol} cannot be without.` });
  }
  if (blocks.saml === undefined) return;
  const given = [blocks.saml.metadataUrl, blocks.saml.metadataXml].filter((one) => one !== undefined && one !== null);
  if (given.length !== 1) refuseInvalid({ pointer: "/saml", detail: "Either metadataUrl or metadataXml." });
}

export type NewProvider = z.output<typeof createProviderSchema>;
export type ProviderEdit = z.output<typeof editProviderSchema>;

export const providerShape = z.object({
  id: z.string(),
  name: z.string(),
  protocol: z.enum(["saml", "oidc"]),
  workspaceIds: z.array(z.string()).optional(),
  enabled: z.boolean(),
  saml: z.object({ metadataUrl: z.string().optional() }).optional(),
  oidc: z.object({ issuer: z.string(), clientId: z.string() }).optional(),
  attributeMapping: z.record(z.string(), z.string()),
  status: z.enum(["provisioning", "ready", "failed"]),
  statusReason: z.string().optional(),
  createdAt: z.iso.datetime(),
  version: z.int(),
});

const usualMapping: AttributeMapping = { email: "email", name: "name", groups: "groups" };

/** A mapping always says where the address is: a sign-in cannot be without it. */
export function fillMapping(mapping: AttributeMapping | undefined): AttributeMapping {
  return mapping === undefined ? usualMapping : { email: "email", ...mapping };
}
