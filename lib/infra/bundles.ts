/**
 * The deployable code: every function of `functions/` bundled in one pass of esbuild. What comes out is uploaded to Lambda, and the
 * local host runs it as it is.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import type { RouteAccess } from "../api/access.ts";
import { groupByPath } from "../api/access.ts";
import { openApiDocument } from "../api/openapi.ts";
import { routes } from "../api/routes.ts";
import { type FunctionName, functionNames } from "./function-table.ts";

const sources = fileURLToPath(new URL("../../functions/", import.meta.url));

/** Where the bundle of a function is: a folder holding `index.mjs`. */
export type Bundles = ReadonlyMap<FunctionName, string>;

/**
 * Bundles `functions/<name>.ts` of every function into a folder, where each gets one of its own.
 * @param judged what the authorizer is to know of the routes; schemas and handlers stay out of its bundle
 */
export function bundleFunctions(folder: string, judged: readonly RouteAccess[] = authorizedRoutes()): Bundles {
  buildSync({
    entryPoints: functionNames.map((name) => ({ in: join(sources, `${name}.ts`), out: `${name}/index` })),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    // The packages' ES modules first: only those can be shaken.
    mainFields: ["module", "main"],
    minify: true,
    legalComments: "none",
    logLevel: "warning",
    define: {
      ROUTE_ACCESS: JSON.stringify(groupByPath(judged)),
      OPENAPI_DOCUMENT: JSON.stringify(JSON.stringify(openApiDocument())),
    },
    alias: {
      // The SDK's own chain brings SSO, STS and ini files along, none of which a function has.
      "@aws-sdk/credential-provider-node": fileURLToPath(new URL("lambda-credentials.ts", import.meta.url)),
      "@aws-sdk/middleware-endpoint-discovery": fileURLToPath(new URL("lambda-endpoints.ts", import.meta.url)),
      "@smithy/core/checksum": fileURLToPath(new URL("lambda-checksums.ts", import.meta.url)),
      "@smithy/core/event-streams": fileURLToPath(new URL("lambda-event-streams.ts", import.meta.url)),
    },
  });
  return new Map(functionNames.map((name) => [name, join(folder, name)]));
}

function authorizedRoutes(): RouteAccess[] {
  return routes
    .filter((route) => route.access.kind !== "public")
    .map(({ method, path, access }) => ({ method, path, access }));
}
