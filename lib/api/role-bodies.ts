/** What may be sent about a role: its scopes, each one that means something at the role's level. */
import * as z from "zod";
import type { Catalogue } from "../domain/catalogue.ts";
import { builtInCatalogue } from "../domain/catalogue.ts";
import type { Fault } from "../domain/errors.ts";
import { limits } from "../domain/limits.ts";
import { speaksOfOwnType } from "../domain/own-types.ts";
import type { Level } from "../domain/scopes.ts";
import { descriptionSchema, nameSchema } from "./schemas.ts";

const levels: readonly Level[] = ["organization", "workspace"];

/** The form of a scope or a pattern of scopes, for readers of the document; which there are, the catalogue says. */
const PATTERN = "^(\\*|[A-Za-z0-9._~-]+:(\\*|[A-Za-z0-9._~-]+))$";
const form = new RegExp(PATTERN);

/**
 * What is wrong with scopes at a level, each with the index of the scope.
 * @param catalogue absent where the organization's own types are not known yet: what speaks of one is then left for later
 */
function findScopeFaults(at: readonly Level[], scopes: readonly string[], catalogue?: Catalogue) {
  const isLeft = (scope: string) => catalogue === undefined && speaksOfOwnType(scope) && form.test(scope);
  return scopes.flatMap((scope, index) => {
    const isKnown = (level: Level) => (catalogue ?? builtInCatalogue).isKnownPattern(level, scope);
    if (isLeft(scope) || at.some(isKnown)) return [];
    return [{ index, detail: `No scope or pattern of ${at.join(" or ")} level: ${scope}` }];
  });
}

/** Scopes of a role of one of the levels. */
export function scopesOf(...at: readonly Level[]) {
  return z
    .array(z.string())
    .max(limits.scopesPerRole)
    .superRefine((scopes, context) => {
      for (const { index, detail } of findScopeFaults(at, scopes)) {
        context.addIssue({ code: "custom", path: [index], message: detail });
      }
      if (Buffer.byteLength(scopes.join(" ")) > limits.scopesBytes) {
        context.addIssue(`Scopes have at most ${limits.scopesBytes} bytes in all.`);
      }
    })
    .transform((scopes) => [...new Set(scopes)])
    .meta({
      type: "array",
      items: { type: "string", pattern: PATTERN },
      maxItems: limits.scopesPerRole,
      example: at[0] === "workspace" ? ["workflow:read", "workflow:run"] : ["workspace:list"],
    });
}

/** What is wrong with the scopes of a role of a level in an organization. */
export function findLevelFaults(level: Level, scopes: readonly string[], catalogue: Catalogue): Fault[] {
  return findScopeFaults([level], scopes, catalogue).map(({ index, detail }) => ({
    pointer: `/scopes/${index}`,
    detail,
  }));
}

const described = { name: nameSchema, description: descriptionSchema.optional() };
const edited = { name: nameSchema.optional(), description: descriptionSchema.nullable().optional() };

export const workspaceRole = {
  create: z.strictObject({ ...described, scopes: scopesOf("workspace") }),
  edit: z.strictObject({ ...edited, scopes: scopesOf("workspace").optional() }),
  preview: z.strictObject({ scopes: scopesOf("workspace") }),
};

export const organizationRole = {
  create: z.strictObject({
    ...described,
    scopes: scopesOf(...levels),
    level: z.enum(["workspace", "organization"]),
  }),
  edit: z.strictObject({ ...edited, scopes: scopesOf(...levels).optional() }),
  preview: z.strictObject({ scopes: scopesOf(...levels) }),
};

export const duplicate = z.strictObject({ name: nameSchema });
