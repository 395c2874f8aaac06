/** Serves the resources of workspaces, and the activity log. */
import { activityRoutes } from "../lib/api/activity-log.ts";
import { resourceBulkRoutes } from "../lib/api/resource-bulk.ts";
import { resourceRoutes } from "../lib/api/resources.ts";
import { makeAreaHandler } from "./wiring/area-handler.ts";

export const handler = makeAreaHandler("resources", [...resourceRoutes, ...resourceBulkRoutes, ...activityRoutes]);
