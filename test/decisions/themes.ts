/** Every theme: what each host runs. */
import type { Theme } from "./cases.ts";
import { customRoles } from "./custom-roles.ts";
import { expiry } from "./expiry.ts";
import { features } from "./features.ts";
import { foreignPlaces } from "./foreign-places.ts";
import { keys } from "./keys.ts";
import { levels } from "./levels.ts";
import { openToOrganization } from "./open-to-organization.ts";
import { patterns } from "./patterns.ts";
import { roles } from "./roles.ts";
import { severalRoles } from "./several-roles.ts";
import { standing } from "./standing.ts";
import { statuses } from "./statuses.ts";

export const themes: readonly Theme[] = [
  roles,
  patterns,
  customRoles,
  severalRoles,
  levels,
  foreignPlaces,
  openToOrganization,
  standing,
  features,
  statuses,
  expiry,
  keys,
];
