/**
 * Runs once an hour: what the user pool was configured to be and what is stored cannot drift apart unnoticed. Each provider that
 * differed, or that cannot be configured, is an error in the log; the next run is the next try.
 */
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context, ScheduledEvent } from "aws-lambda";
import { reconcileAll } from "../lib/api/provider-reconciliation.ts";
import { openUserPool } from "../lib/pool/user-pool.ts";
import { openClient, openStore } from "../lib/store/store.ts";
import { readSettings } from "./wiring/config.ts";
import { logger } from "./wiring/logger.ts";

const settings = readSettings(["TABLE_NAME", "USER_POOL_ID", "CALLBACK_URLS", "METADATA_ADDRESSES"]);
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

async function reconcile(_event: ScheduledEvent, context: Context): Promise<void> {
  const found = await reconcileAll(desk, Date.now() + context.getRemainingTimeInMillis() - CLOSING);
  for (const drift of found.drifts) logger.error("the user pool differed from what is stored", { ...drift });
  for (const one of found.failed) logger.error("a provider is not configured", { ...one });
  if (found.left > 0) logger.warn("there was no time for all providers", { left: found.left });
}

export const handler = middy<ScheduledEvent, void>().use(injectLambdaContext(logger)).handler(reconcile);
