/** What an organization may settle, as it is sent and shown. */
import * as z from "zod";
import type { WorkspaceId } from "../domain/ids.ts";
import { isId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { Settings } from "../domain/settings.ts";
import { patchMember } from "./merge-patch.ts";
import { resourceTypeSchema } from "./schemas.ts";

const workspaceId = z
  .string()
  .refine((text): text is WorkspaceId => isId("wks", text), "This is no workspace's id.")
  .transform((text) => text as WorkspaceId)
  .meta({ type: "string", pattern: "^wks_[0-9a-z]{26}$", example: "wks_01k9zzzzzzzzzzzzzzzzzzzzzz" });

const types = z.array(resourceTypeSchema).max(limits.sharingTypes);
const targets = z.array(workspaceId).max(limits.sharingTargets);

/** A merge patch: `null` takes a line away, and with it what it held back. */
export const settingsPatchSchema = z.strictObject({
  sharing: z
    .strictObject({ types: types.nullable().optional(), targets: targets.nullable().optional() })
    .nullable()
    .optional(),
});

export const settingsShape = z.object({
  sharing: z.object({ types: z.array(z.string()).optional(), targets: z.array(z.string()).optional() }).optional(),
});

type SettingsPatch = z.output<typeof settingsPatchSchema>;

export function patchSettings(before: Settings, { sharing }: SettingsPatch): Settings {
  if (sharing === undefined) return before;
  if (sharing === null) return {};
  const [allowedTypes, allowedTargets] = [
    patchMember(before.sharing?.types, sharing.types),
    patchMember(before.sharing?.targets, sharing.targets),
  ];
  return {
    sharing: {
      ...(allowedTypes === undefined ? {} : { types: [...new Set(allowedTypes)] }),
      ...(allowedTargets === undefined ? {} : { targets: [...new Set(allowedTargets)] }),
    },
  };
}
