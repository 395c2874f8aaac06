/** What may be sent about a claim rule, and how one is shown. */
import * as z from "zod";
import { findConditionFaults } from "../domain/condition-faults.ts";
import type { Condition } from "../domain/conditions.ts";
import { limits } from "../domain/limits.ts";
import type { OperatorName } from "../domain/operators.ts";
import { operators } from "../domain/operators.ts";
import { nameSchema, roleIdSchema, textSchema } from "./schemas.ts";

const operatorNames = Object.keys(operators) as [OperatorName, ...OperatorName[]];

const attributeSchema = textSchema({ least: 1, most: limits.attributeNameLength }).meta({ example: "groups" });
const valueSchema = z.union([textSchema({ most: limits.conditionValueLength }), z.number(), z.boolean()], {
  error: "A value is a text, a number or a truth value.",
});

const conditionSchema = z
  .strictObject({
    attribute: attributeSchema,
    operator: z.enum(operatorNames),
    values: z.array(valueSchema).max(limits.valuesPerCondition, { abort: true }),
    negate: z.boolean().optional(),
    ignoreCase: z.boolean().optional(),
  })
  .superRefine((condition, context) => {
    for (const { pointer, detail } of findConditionFaults(condition as Condition)) {
      context.addIssue({ code: "custom", path: toPath(pointer), message: detail });
    }
  });

const conditionsSchema = z.array(conditionSchema).min(1).max(limits.conditionsPerRule, { abort: true });

const either = { error: "Say either all or any, with at least one condition." };
const whenSchema = z.union(
  [z.strictObject({ all: conditionsSchema }), z.strictObject({ any: conditionsSchema })],
  either,
);
/** In a merge patch, the one takes the other's place, and may say so. */
const whenPatchSchema = z
  .union(
    [
      z.strictObject({ all: conditionsSchema, any: z.null().optional() }),
      z.strictObject({ any: conditionsSchema, all: z.null().optional() }),
    ],
    either,
  )
  .transform((when) => ("all" in when && when.all !== null ? { all: when.all } : { any: when.any }) as When);
type When = z.output<typeof whenSchema>;

const rankSchema = z.int().min(1);
const workspaceIdsSchema = idsSchema("wks", limits.workspacesPerRule);
const providerIdsSchema = idsSchema("idp", limits.identityProvidersPerRule);

const described = {
  name: nameSchema,
  when: whenSchema,
  roleId: roleIdSchema,
  identityProviderIds: providerIdsSchema.optional(),
  enabled: z.boolean().optional(),
  rank: rankSchema.optional(),
};
const edited = {
  name: nameSchema.optional(),
  when: whenPatchSchema.optional(),
  roleId: roleIdSchema.optional(),
  identityProviderIds: providerIdsSchema.nullable().optional(),
  enabled: z.boolean().optional(),
  rank: rankSchema.optional(),
};
/** A rule that is only thought of: one that is saved may be named. */
const thought = { ...described, id: idSchema("rul").optional() };

export const workspaceRule = {
  create: z.strictObject(described),
  edit: z.strictObject(edited),
  simulate: simulateSchema(z.strictObject(thought)),
};

export const organizationRule = {
  create: z.strictObject({ ...described, workspaceIds: workspaceIdsSchema.optional() }),
  edit: z.strictObject({ ...edited, workspaceIds: workspaceIdsSchema.nullable().optional() }),
  simulate: simulateSchema(z.strictObject({ ...thought, workspaceIds: workspaceIdsSchema.optional() })),
};

export type RuleBody = z.output<typeof organizationRule.create>;
export type RuleEdit = z.output<typeof organizationRule.edit>;
export type SimulateBody = z.output<typeof organizationRule.simulate>;

export const orderSchema = z.strictObject({ ruleIds: idsSchema("rul", limits.claimRulesPerPlace, 0) });

const conditionShape = z.object({
  attribute: z.string(),
  operator: z.enum(operatorNames),
  values: z.array(z.union([z.string(), z.number(), z.boolean()])),
  negate: z.boolean().optional(),
  ignoreCase: z.boolean().optional(),
});

export const claimRuleShape = z.object({
  id: z.string(),
  name: z.string(),
  rank: z.int(),
  when: z.union([z.object({ all: z.array(conditionShape) }), z.object({ any: z.array(conditionShape) })]),
  roleId: z.string(),
  workspaceIds: z.array(z.string()).optional(),
  identityProviderIds: z.array(z.string()).optional(),
  enabled: z.boolean(),
});

export const orderShape = z.object({ ruleIds: z.array(z.string()), items: z.array(claimRuleShape) });

const placedRoleShape = z.object({ workspaceId: z.string(), roleId: z.string() });

export const simulationShape = z.object({
  rules: z.array(
    z.object({
      ruleId: z.string(),
      name: z.string(),
      matched: z.boolean(),
      reason: z.string().optional(),
      conditions: z.array(
        z.object({ attribute: z.string(), operator: z.string(), met: z.boolean(), reason: z.string() }),
      ),
    }),
  ),
  assignments: z.array(placedRoleShape.extend({ ruleId: z.string() })),
  added: z.array(placedRoleShape),
  removed: z.array(placedRoleShape),
});

function simulateSchema<Rule extends z.ZodType>(rule: Rule) {
  const common = {
    identityProviderId: idSchema("idp"),
    rules: z.array(rule).max(limits.claimRulesPerPlace, { abort: true }).optional(),
  };
  return z.union(
    [
      z.strictObject({ ...common, claims: z.record(z.string(), z.unknown()) }),
      z.strictObject({ ...common, userId: idSchema("usr") }),
    ],
    { error: "Say either claims or userId." },
  );
}

function idSchema(prefix: string) {
  return z.string().meta({ pattern: `^${prefix}_[a-z0-9-]{1,60}$`, example: `${prefix}_01jdexamp1e0000000000000ab` });
}

/** Ids, each once. */
function idsSchema(prefix: string, most: number, least = 1) {
  return z
    .array(idSchema(prefix))
    .min(least, { abort: true })
    .max(most, { abort: true })
    .superRefine((ids, context) => {
      const seen = new Set<string>();
      for (const [index, id] of ids.entries()) {
        if (seen.has(id)) context.addIssue({ code: "custom", path: [index], message: "This was named before." });
        seen.add(id);
      }
    })
    .meta({ uniqueItems: true });
}

function toPath(pointer: string): (string | number)[] {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}
