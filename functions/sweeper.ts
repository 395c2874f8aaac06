/**
 * Runs once a minute: tidies up what changes without bounds have left behind. Whatever goes wrong is thrown, so that Lambda tries
 * again and counts the error; each run goes on where the one before it ended.
 */
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context, ScheduledEvent } from "aws-lambda";
import { sweepAll } from "../lib/api/sweep.ts";
import { openClient, openStore } from "../lib/store/store.ts";
import { readSettings } from "./wiring/config.ts";
import { logger } from "./wiring/logger.ts";

const { TABLE_NAME } = readSettings(["TABLE_NAME"]);
const store = openStore({ client: openClient(), name: TABLE_NAME });

/** Milliseconds before the end in which nothing is begun: a transaction that keeps meeting others is tried for 5 s. */
const CLOSING = 15_000;

async function tidyUp(_event: ScheduledEvent, context: Context): Promise<void> {
  const now = Date.now();
  const until = now + context.getRemainingTimeInMillis() - CLOSING;
  const swept = await sweepAll(store, now, until);
  if (swept.done + swept.left > 0) logger.info("swept", swept);
}

export const handler = middy<ScheduledEvent, void>().use(injectLambdaContext(logger)).handler(tidyUp);
