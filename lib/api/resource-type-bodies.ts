/** What may be sent about an own resource type, and what is wrong with one that no schema can tell. */
import * as z from "zod";
import type { Fault } from "../domain/errors.ts";
import { limits } from "../domain/limits.ts";
import type { OwnType } from "../domain/own-types.ts";
import { isOwnTypeName } from "../domain/own-types.ts";
import { predefinedRoles } from "../domain/predefined-roles.ts";
import { descriptionSchema } from "./schemas.ts";

const actionName = z
  .string()
  .regex(/^[A-Za-z0-9._~-]{1,64}$/, "An action is named by 1 to 64 of the characters A-Z a-z 0-9 . _ ~ -")
  .meta({ example: "run" });

const actionNames = z
  .array(actionName)
  .max(limits.actionsPerType)
  .refine((names) => new Set(names).size === names.length, "Each action is named once.")
  .meta({ uniqueItems: true });

const action = z.strictObject({ name: actionName, description: descriptionSchema.optional() });

/** Roles whose holders may be given scopes of own types: by their names, as lists of roles show them. */
const openRoles = predefinedRoles.filter(({ level }) => level === "workspace");
const byRole = Object.fromEntries(openRoles.map(({ name }) => [name, actionNames.optional()]));

const persistences = ["persistent", "transient"] as const;

export const resourceTypeBody = z.strictObject({
  description: descriptionSchema,
  actions: z
    .array(action)
    .min(1)
    .max(limits.actionsPerType)
    .refine((actions) => new Set(actions.map(({ name }) => name)).size === actions.length, "Each action stands once.")
    .meta({ uniqueItems: true }),
  shareable: z.union([z.boolean(), actionNames]).optional(),
  persistence: z.enum(persistences).optional(),
  predefinedRoles: z.strictObject(byRole).optional(),
});
export type ResourceTypeBody = z.output<typeof resourceTypeBody>;

export const resourceTypeShape = z.object({
  type: z.string(),
  description: z.string(),
  actions: z.array(z.object({ name: z.string(), description: z.string() })),
  shareable: z.union([z.boolean(), z.array(z.string())]),
  persistence: z.enum(persistences),
  predefinedRoles: z.record(z.string(), z.array(z.string())),
  createdAt: z.iso.datetime(),
  version: z.int(),
});

/** Never shared, so that whoever uses what another workspace shares never changes it. */
const WRITING = "write";

/** What does not fit together: a name that no own type can have, and actions that the type does not have. */
export function findTypeFaults(
  type: string,
  { actions, shareable, predefinedRoles: lines }: ResourceTypeBody,
): Fault[] {
  const faults: Fault[] = [];
  if (!isOwnTypeName(type)) {
    const detail =
      "The name of an own type has a dot between its parts, so that it is never a built-in one's, and at most 64 of the characters A-Z a-z 0-9 . _ ~ -";
    faults.push({ pointer: "/type", detail });
  }
  const names = new Set(actions.map(({ name }) => name));
  const check = (asked: readonly string[], pointer: string) => {
    for (const [index, name] of asked.entries()) {
      if (!names.has(name)) faults.push({ pointer: `${pointer}/${index}`, detail: `The type has no action ${name}.` });
    }
  };
  if (Array.isArray(shareable)) {
    check(shareable, "/shareable");
    const index = shareable.indexOf(WRITING);
    if (index >= 0) faults.push({ pointer: `/shareable/${index}`, detail: "What is shared is never written." });
  }
  for (const [role, asked] of Object.entries(lines ?? {})) check(asked ?? [], `/predefinedRoles/${role}`);
  return faults;
}

/** What a request says of a type, in full. */
export function toType(name: string, body: ResourceTypeBody, createdAt: string, version: number): OwnType {
  const { description, actions, shareable = false, persistence = "persistent", predefinedRoles: lines = {} } = body;
  return {
    name,
    description,
    actions: actions.map((one) => ({
      name: one.name,
      description: one.description ?? `Lets one ${one.name} ${name}.`,
    })),
    shareable,
    persistence,
    predefinedRoles: openRoles.flatMap(({ id, name: role }) => {
      const given = lines[role] ?? [];
      return given.length === 0 ? [] : [{ roleId: id, actions: given }];
    }),
    createdAt,
    version,
  };
}

export function showType({ name, predefinedRoles: lines, ...type }: OwnType) {
  const nameOf = new Map(openRoles.map((role) => [role.id, role.name]));
  return {
    type: name,
    description: type.description,
    actions: type.actions,
    shareable: type.shareable,
    persistence: type.persistence,
    predefinedRoles: Object.fromEntries(lines.map(({ roleId, actions }) => [nameOf.get(roleId) ?? roleId, actions])),
    createdAt: type.createdAt,
    version: type.version,
  };
}
