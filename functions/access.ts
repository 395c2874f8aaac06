/** Serves own resource types, roles, assignments, and who has access to what. */
import { assignmentRoutes } from "../lib/api/assignments.ts";
import { organizationRoleRoutes } from "../lib/api/organization-roles.ts";
import { resourceTypeRoutes } from "../lib/api/resource-types.ts";
import { roleRoutes } from "../lib/api/roles.ts";
import { userAccessRoutes } from "../lib/api/user-access.ts";
import { workspaceUserRoutes } from "../lib/api/workspace-users.ts";
import { makeAreaHandler } from "./wiring/area-handler.ts";

export const handler = makeAreaHandler("access", [
  ...resourceTypeRoutes,
  ...organizationRoleRoutes,
  ...roleRoutes,
  ...userAccessRoutes,
  ...workspaceUserRoutes,
  ...assignmentRoutes,
]);
