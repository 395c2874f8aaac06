/** Serves identity providers and claim rules, and configures the user pool as they say. */
import { makeAreaHandler } from "./wiring/area-handler.ts";

export const handler = makeAreaHandler("federation", []);
