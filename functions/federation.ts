/** Serves identity providers and claim rules, and configures the user pool as they say. */
import { claimRuleRoutes } from "../lib/api/claim-rules.ts";
import { identityProviderRoutes } from "../lib/api/identity-providers.ts";
import { organizationClaimRuleRoutes } from "../lib/api/organization-claim-rules.ts";
import { openUserPool } from "../lib/pool/user-pool.ts";
import { makeAreaHandler } from "./wiring/area-handler.ts";
import { readSettings } from "./wiring/config.ts";

const settings = readSettings(["USER_POOL_ID", "CALLBACK_URLS", "METADATA_ADDRESSES"]);

export const handler = makeAreaHandler(
  "federation",
  [...identityProviderRoutes, ...organizationClaimRuleRoutes, ...claimRuleRoutes],
  {
    pool: openUserPool({
      userPoolId: settings.USER_POOL_ID,
      callbackUrls: settings.CALLBACK_URLS,
      metadataAddresses: settings.METADATA_ADDRESSES,
    }),
  },
);
