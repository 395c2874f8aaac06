/** Serves the question itself. Reads only. */
import { evaluationRoutes } from "../lib/api/evaluation.ts";
import { makeAreaHandler } from "./wiring/area-handler.ts";

export const handler = makeAreaHandler("decisions", evaluationRoutes);
