/**
 * Runs once a minute: tidies up what changes without bounds have left behind. Whatever goes wrong is thrown at the end, so that
 * Lambda counts the error; the next run is the next try, and goes on where this one ended.
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
  const { done, left, failed } = await sweepAll(store, now, now + context.getRemainingTimeInMillis() - CLOSING);
  for (const { task, error } of failed) logger.error("a task could not be worked on", { task, error: error as Error });
  if (done + left > 0) logger.info("swept", { done, left });
  if (failed.length > 0) throw new Error(`${failed.length} of ${done + left} tasks could not be worked on.`);
}

export const handler = middy<ScheduledEvent, void>().use(injectLambdaContext(logger)).handler(tidyUp);
