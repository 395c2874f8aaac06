/** Runs on what the table's stream brings: puts each audit entry that was written on the event bus, and a copy into the archive. */
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from "aws-lambda";
import { openBucket } from "../lib/archive/bucket.ts";
import { openEntryArchive } from "../lib/archive/entry-archive.ts";
import { openEventBus } from "../lib/events/event-bus.ts";
import { readSettings } from "./wiring/config.ts";
import { deliverEntries } from "./wiring/entry-delivery.ts";
import { logger } from "./wiring/logger.ts";

const { EVENT_BUS_NAME, AUDIT_BUCKET } = readSettings(["EVENT_BUS_NAME", "AUDIT_BUCKET"]);
const consumers = [openEventBus({ name: EVENT_BUS_NAME }), openEntryArchive(openBucket(AUDIT_BUCKET, "job"))];

/** Milliseconds before the end in which nothing is begun: one request may take 3 s. */
const CLOSING = 5_000;

function deliver({ Records }: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> {
  return deliverEntries(Records, consumers, Date.now() + context.getRemainingTimeInMillis() - CLOSING);
}

export const handler = middy<DynamoDBStreamEvent, DynamoDBBatchResponse>()
  .use(injectLambdaContext(logger))
  .handler(deliver);
