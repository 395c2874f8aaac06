/** Every route. The order is the order of the documents; nothing else depends on it. */
import { activityRoutes } from "./activity-log.ts";
import { apiKeyRoutes } from "./api-keys.ts";
import { assignmentRoutes } from "./assignments.ts";
import { auditExportCommands, auditExportQueries } from "./audit-exports.ts";
import { auditRoutes } from "./audit-log.ts";
import { claimRuleRoutes } from "./claim-rules.ts";
import { evaluationRoutes } from "./evaluation.ts";
import { healthRoutes } from "./health.ts";
import { identityProviderRoutes } from "./identity-providers.ts";
import { meRoutes } from "./me.ts";
import { openApiRoutes } from "./openapi-route.ts";
import { organizationClaimRuleRoutes } from "./organization-claim-rules.ts";
import { organizationRoleRoutes } from "./organization-roles.ts";
import { organizationRoutes } from "./organizations.ts";
import { resourceBulkRoutes } from "./resource-bulk.ts";
import { resourceTypeRoutes } from "./resource-types.ts";
import { resourceRoutes } from "./resources.ts";
import { roleRoutes } from "./roles.ts";
import type { Route } from "./route.ts";
import { scopeRoutes } from "./scopes.ts";
import { securityEventRoutes } from "./security-events.ts";
import { shareBulkRoutes } from "./share-bulk.ts";
import { shareRoutes } from "./shares.ts";
import { userAccessRoutes } from "./user-access.ts";
import { userBulkRoutes } from "./user-bulk.ts";
import { userRemovalRoutes } from "./user-removal.ts";
import { userRoutes } from "./users.ts";
import { workspaceUserRoutes } from "./workspace-users.ts";
import { workspaceRoutes } from "./workspaces.ts";

export const routes: readonly Route[] = [
  ...healthRoutes,
  ...openApiRoutes,
  ...meRoutes,
  ...organizationRoutes,
  ...workspaceRoutes,
  ...scopeRoutes,
  ...resourceTypeRoutes,
  ...organizationRoleRoutes,
  ...roleRoutes,
  ...userRoutes,
  ...userBulkRoutes,
  ...userRemovalRoutes,
  ...userAccessRoutes,
  ...workspaceUserRoutes,
  ...assignmentRoutes,
  ...identityProviderRoutes,
  ...organizationClaimRuleRoutes,
  ...claimRuleRoutes,
  ...resourceRoutes,
  ...resourceBulkRoutes,
  ...shareRoutes,
  ...shareBulkRoutes,
  ...activityRoutes,
  ...apiKeyRoutes,
  ...evaluationRoutes,
  ...auditRoutes,
  ...auditExportCommands,
  ...auditExportQueries,
  ...securityEventRoutes,
];
