/** Serves what anybody may ask, and answers every path that is none with 404. */
import { healthRoutes } from "../lib/api/health.ts";
import { openApiRoutes } from "../lib/api/openapi-route.ts";
import { RoleCache } from "../lib/api/role-cache.ts";
import { makeRouteHandler } from "./wiring/route-handler.ts";

/** These routes have neither a table nor a cursor to read: touching one is a fault. */
const nothing = new Proxy(
  {},
  { get: (_target, name) => Promise.reject(new Error(`a public route reached for ${String(name)}`)) },
);

export const handler = makeRouteHandler([...healthRoutes, ...openApiRoutes], {
  store: nothing as never,
  cursors: nothing as never,
  roles: new RoleCache(),
  settings: { organizationCreation: "closed" },
});
