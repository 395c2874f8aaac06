/** Serves roles and assignments. */
import { assignmentRoutes } from "../lib/api/assignments.ts";
import { roleRoutes } from "../lib/api/roles.ts";
import { makeAreaHandler } from "./wiring/area-handler.ts";

export const handler = makeAreaHandler("access", [...roleRoutes, ...assignmentRoutes]);
