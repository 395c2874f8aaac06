/**
 * Runs once an hour, and whenever somebody invokes it after a deployment. Makes the identity providers of the tenant's file, and sees
 * to it that what the user pool was configured to be and what is stored cannot drift apart unnoticed. Each provider that differed, or
 * that cannot be configured, is an error in the log; the next run is the next try.
 */
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context, ScheduledEvent } from "aws-lambda";
import { adoptProviders } from "../lib/api/declared-providers.ts";
import { reconcileAll } from "../lib/api/provider-reconciliation.ts";
import { openUserPool } from "../lib/pool/user-pool.ts";
import { openClient, openStore } from "../lib/store/store.ts";
import { readSettings } from "./wiring/config.ts";
import { logger } from "./wiring/logger.ts";

const settings = readSettings([
  "TABLE_NAME",
  "USER_POOL_ID",
  "CALLBACK_URLS",
  "METADATA_ADDRESSES",
  "DECLARED_PROVIDERS",
]);
const desk = {
  store: openStore({ client: openClient(), name: settings.TABLE_NAME }),
  pool: openUserPool({
    userPoolId: settings.USER_POOL_ID,
    callbackUrls: settings.CALLBACK_URLS,
    metadataAddresses: settings.METADATA_ADDRESSES,
  }),
  reportFault: (fault: unknown) => logger.error("a provider could not be looked at", { error: fault as Error }),
};

/** Milliseconds before the end in which nothing is begun. */
const CLOSING = 5_000;

const levels = { created: "info", updated: "info", absent: "warn", left: "warn", refused: "error" } as const;

async function reconcile(_event: ScheduledEvent, context: Context): Promise<void> {
  const until = Date.now() + context.getRemainingTimeInMillis() - CLOSING;
  const declarations = settings.DECLARED_PROVIDERS;
  for (const adoption of await adoptProviders(desk, declarations, context.awsRequestId, until)) {
    const { outcome, ...one } = adoption;
    if (outcome !== "unchanged") logger[levels[outcome]](`a provider of the tenant's file: ${outcome}`, one);
  }
  const found = await reconcileAll(desk, until, declarations);
  for (const drift of found.drifts) logger.error("the user pool differed from what is stored", { ...drift });
  for (const one of found.failed) logger.error("a provider is not configured", { ...one });
  for (const one of found.undeclared) logger.warn("a provider is not in the tenant's file any more", { ...one });
  if (found.left > 0) logger.warn("there was no time for all providers", { left: found.left });
}

export const handler = middy<ScheduledEvent, void>().use(injectLambdaContext(logger)).handler(reconcile);
