/** JSON Merge Patch (RFC 7396) on what the schemas let through: `null` takes a member away. */
import { refuseInvalid } from "../domain/errors.ts";
import type { Labels } from "../domain/places.ts";
import { labelsSchema } from "./schemas.ts";

/** Labels after a patch of them, refused when they come to more than the limits. */
export function patchLabels(before: Labels, patch: Readonly<Record<string, string | null>> | undefined): Labels {
  if (patch === undefined) return before;
  const result = labelsSchema.safeParse(patchMap(before, patch));
  const detail = result.error?.issues[0]?.message ?? "These labels are over the limits.";
  return result.success ? result.data : refuseInvalid({ pointer: "/labels", detail });
}

function patchMap(
  before: Readonly<Record<string, string>>,
  patch: Readonly<Record<string, string | null>>,
): Readonly<Record<string, string>> {
  const after = new Map(Object.entries(before));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) after.delete(name);
    else after.set(name, value);
  }
  return Object.fromEntries(after);
}

/** A member after a patch: absent leaves it, `null` takes it away. */
export function patchMember<T>(before: T | undefined, patch: T | null | undefined): T | undefined {
  return patch === undefined ? before : (patch ?? undefined);
}
