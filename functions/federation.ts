/** Serves identity providers and claim rules, and configures the user pool as they say. */
import { claimRuleRoutes } from "../lib/api/claim-rules.ts";
import { organizationClaimRuleRoutes } from "../lib/api/organization-claim-rules.ts";
import { makeAreaHandler } from "./wiring/area-handler.ts";

export const handler = makeAreaHandler("federation", [...organizationClaimRuleRoutes, ...claimRuleRoutes]);
