/** What an organization settles for all its workspaces: beside its own item, which every decision reads and which stays small. */
import type { OrgId } from "../domain/ids.ts";
import type { Settings } from "../domain/settings.ts";
import type { Change } from "./changes.ts";
import { keys } from "./keys.ts";
import type { Ref } from "./table.ts";

export const settingsItems = {
  at: (orgId: OrgId): Ref<Settings> => ({
    key: keys.settings(orgId),
    decode: (item) => JSON.parse(item.settings as string),
  }),

  put: (orgId: OrgId, settings: Settings): Change => ({
    kind: "put",
    key: keys.settings(orgId),
    item: { settings: JSON.stringify(settings) },
  }),
};
