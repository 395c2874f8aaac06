/** What the functions of all areas but the public one share: they open the store once, then serve their routes. */
import { Cursors } from "../../lib/api/cursors.ts";
import { RoleCache } from "../../lib/api/role-cache.ts";
import type { Route, Settings } from "../../lib/api/route.ts";
import { openClient, openStore } from "../../lib/store/store.ts";
import { readSettings } from "./config.ts";
import { makeRouteHandler } from "./route-handler.ts";

/** What a function that makes no organizations is told of making them. */
const closed: Settings = { organizationCreation: "closed" };

export function makeAreaHandler(routes: readonly Route[], settings: Settings = closed) {
  const { TABLE_NAME, CURSOR_SECRET } = readSettings(["TABLE_NAME", "CURSOR_SECRET"]);
  return makeRouteHandler(routes, {
    store: openStore({ client: openClient(), name: TABLE_NAME }),
    roles: new RoleCache(),
    cursors: new Cursors(CURSOR_SECRET),
    settings,
  });
}
