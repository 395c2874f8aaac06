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
  audit: z
    .strictObject({
      retentionDays: z.int().min(limits.auditDaysLeast).max(limits.auditDaysMost).nullable().optional(),
    })
    .nullable()
    .optional(),
  keys: z
    .strictObject({ maxLifetimeDays: z.int().min(1).max(limits.keyLifetimeDaysMost).nullable().optional() })
    .nullable()
    .optional(),
});

export const settingsShape = z.object({
  audit: z.object({ retentionDays: z.int().optional() }).optional(),
  keys: z.object({ maxLifetimeDays: z.int().optional() }).optional(),
  sharing: z.object({ types: z.array(z.string()).optional(), targets: z.array(z.string()).optional() }).optional(),
});

type SettingsPatch = z.output<typeof settingsPatchSchema>;

export function patchSettings(before: Settings, patch: SettingsPatch): Settings {
  const sharing = patchSharing(before.sharing, patch.sharing);
  const keys = patchKeys(before.keys, patch.keys);
  const audit = patchAudit(before.audit, patch.audit);
  return {
    ...(sharing === undefined ? {} : { sharing }),
    ...(keys === undefined ? {} : { keys }),
    ...(audit === undefined ? {} : { audit }),
  };
}

function patchSharing(before: Settings["sharing"], patch: SettingsPatch["sharing"]): Settings["sharing"] {
  if (patch === undefined) return before;
  if (patch === null) return undefined;
  const [types, targets] = [patchMember(before?.types, patch.types), patchMember(before?.targets, patch.targets)];
  return {
    ...(types === undefined ? {} : { types: [...new Set(types)] }),
    ...(targets === undefined ? {} : { targets: [...new Set(targets)] }),
  };
}

function patchKeys(before: Settings["keys"], patch: SettingsPatch["keys"]): Settings["keys"] {
  if (patch === undefined) return before;
  if (patch === null) return undefined;
  const maxLifetimeDays = patchMember(before?.maxLifetimeDays, patch.maxLifetimeDays);
  return maxLifetimeDays === undefined ? {} : { maxLifetimeDays };
}

function patchAudit(before: Settings["audit"], patch: SettingsPatch["audit"]): Settings["audit"] {
  if (patch === undefined) return before;
  if (patch === null) return undefined;
  const retentionDays = patchMember(before?.retentionDays, patch.retentionDays);
  return retentionDays === undefined ? {} : { retentionDays };
}
