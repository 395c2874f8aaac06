/** Serves the audit log. Reads only. */
import { auditRoutes } from "../lib/api/audit-log.ts";
import { makeAreaHandler } from "./wiring/area-handler.ts";

export const handler = makeAreaHandler("audit", auditRoutes);
