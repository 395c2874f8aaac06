/** What the functions of all areas but the public one share: they open the store once, then serve their routes. */
import { Cursors } from "../../lib/api/cursors.ts";
import type { Host } from "../../lib/api/host.ts";
import { RoleCache } from "../../lib/api/role-cache.ts";
import type { Area, Route, Settings } from "../../lib/api/route.ts";
import { openClient, openStore } from "../../lib/store/store.ts";
import { readSettings } from "./config.ts";
import { makeRouteHandler } from "./route-handler.ts";

/** What a function that makes no organizations is told of making them. */
const closed: Settings = { organizationCreation: "closed" };

/** What some functions have beyond the store. */
type Extras = Partial<Pick<Host, "settings" | "pool" | "issueKey" | "archive" | "linkToFile">>;

/** @throws when a route is not of the area: the gateway would send its requests elsewhere */
export function makeAreaHandler(area: Area, routes: readonly Route[], extras: Extras = {}) {
  const stranger = routes.find((route) => route.area !== area);
  if (stranger !== undefined) throw new Error(`${stranger.operationId} is a route of ${stranger.area}, not of ${area}`);
  const { TABLE_NAME, CURSOR_SECRET } = readSettings(["TABLE_NAME", "CURSOR_SECRET"]);
  return makeRouteHandler(routes, {
    store: openStore({ client: openClient(), name: TABLE_NAME }),
    roles: new RoleCache(),
    cursors: new Cursors(CURSOR_SECRET),
    settings: closed,
    ...extras,
  });
}
