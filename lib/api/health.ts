/** What anybody may ask: whether the service answers, and what it can be asked. */
import * as z from "zod";
import { query } from "./route.ts";

export const healthRoutes = [
  query({
    method: "GET",
    path: "/v1/health",
    operationId: "getHealth",
    summary: "Whether the service answers. Says nothing about the store: a decision does.",
    area: "meta",
    access: { kind: "public" },
    reply: { status: 200, schema: z.object({ status: z.literal("ok") }) },
    example: {},
    run: async () => ({ body: { status: "ok" } }),
  }),
];
