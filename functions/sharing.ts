/** Serves shares between workspaces. */
import { shareBulkRoutes } from "../lib/api/share-bulk.ts";
import { shareRoutes } from "../lib/api/shares.ts";
import { makeAreaHandler } from "./wiring/area-handler.ts";

export const handler = makeAreaHandler("sharing", [...shareRoutes, ...shareBulkRoutes]);
