/** Every route. The order is the order of the documents; nothing else depends on it. */
import { assignmentRoutes } from "./assignments.ts";
import { auditRoutes } from "./audit-log.ts";
import { evaluationRoutes } from "./evaluation.ts";
import { healthRoutes } from "./health.ts";
import { meRoutes } from "./me.ts";
import { openApiRoutes } from "./openapi-route.ts";
import { organizationRoutes } from "./organizations.ts";
import { roleRoutes } from "./roles.ts";
import type { Route } from "./route.ts";
import { scopeRoutes } from "./scopes.ts";
import { userRoutes } from "./users.ts";
import { workspaceRoutes } from "./workspaces.ts";

export const routes: readonly Route[] = [
  ...healthRoutes,
  ...openApiRoutes,
  ...meRoutes,
  ...organizationRoutes,
  ...workspaceRoutes,
  ...scopeRoutes,
  ...roleRoutes,
  ...userRoutes,
  ...assignmentRoutes,
  ...evaluationRoutes,
  ...auditRoutes,
];
