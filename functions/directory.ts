/** Serves organizations, workspaces, users, the catalogue and who the caller is; starts exports of the audit log. */
import { auditExportCommands } from "../lib/api/audit-exports.ts";
import { meRoutes } from "../lib/api/me.ts";
import { organizationRoutes } from "../lib/api/organizations.ts";
import { scopeRoutes } from "../lib/api/scopes.ts";
import { userBulkRoutes } from "../lib/api/user-bulk.ts";
import { userRemovalRoutes } from "../lib/api/user-removal.ts";
import { userRoutes } from "../lib/api/users.ts";
import { workspaceRoutes } from "../lib/api/workspaces.ts";
import { makeAreaHandler } from "./wiring/area-handler.ts";
import { readSettings } from "./wiring/config.ts";

const { ORGANIZATION_CREATION } = readSettings(["ORGANIZATION_CREATION"]);

export const handler = makeAreaHandler(
  "directory",
  [
    ...meRoutes,
    ...organizationRoutes,
    ...workspaceRoutes,
    ...scopeRoutes,
    ...userRoutes,
    ...userBulkRoutes,
    ...userRemovalRoutes,
    ...auditExportCommands,
  ],
  { settings: { organizationCreation: ORGANIZATION_CREATION } },
);
