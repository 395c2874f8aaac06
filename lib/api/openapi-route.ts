/** The document of all routes, as it was generated when the deployment was synthesized. */
import * as z from "zod";
import { query } from "./route.ts";

/** The document's JSON text, put in when the function is bundled: the function itself carries no schema. */
declare const OPENAPI_DOCUMENT: string;

export const openApiRoutes = [
  query({
    method: "GET",
    path: "/v1/openapi.json",
    operationId: "getOpenApi",
    summary: "This document.",
    area: "meta",
    access: { kind: "public" },
    reply: { status: 200, schema: z.looseObject({ openapi: z.string(), paths: z.looseObject({}) }) },
    example: {},
    run: async () => ({ body: JSON.parse(OPENAPI_DOCUMENT) }),
  }),
];
