/**
 * Is sent the lines of other functions' logs that are security events, and keeps the bounded record of them. Whatever goes wrong is
 * thrown: Lambda sends the batch again, twice, and then lets it go. The lines themselves stay in the log.
 */
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { CloudWatchLogsEvent } from "aws-lambda";
import { keepSecurityEvents } from "../lib/api/security-log.ts";
import { openClient, openStore } from "../lib/store/store.ts";
import { readSettings } from "./wiring/config.ts";
import { logger } from "./wiring/logger.ts";
import { readLogLines } from "./wiring/logs-event.ts";

const { TABLE_NAME } = readSettings(["TABLE_NAME"]);
const store = openStore({ client: openClient(), name: TABLE_NAME });

async function keep(event: CloudWatchLogsEvent): Promise<void> {
  const { events, unreadable } = readLogLines(event);
  if (unreadable > 0) logger.warn("lines of a log are no security events", { unreadable });
  await keepSecurityEvents(store, events);
}

export const handler = middy<CloudWatchLogsEvent, void>().use(injectLambdaContext(logger)).handler(keep);
