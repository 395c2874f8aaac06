/** Runs on what the table's stream brings of exports: each step of a job brings the next one, until all its files are written. */
import { setTimeout as wait } from "node:timers/promises";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context, DynamoDBStreamEvent } from "aws-lambda";
import { workOnExports } from "../lib/api/export-round.ts";
import { openBucket } from "../lib/archive/bucket.ts";
import { openSigningKey } from "../lib/archive/signing-key.ts";
import { readExportRefs } from "../lib/store/export-stream.ts";
import { openClient, openStore } from "../lib/store/store.ts";
import { readSettings } from "./wiring/config.ts";
import { logger } from "./wiring/logger.ts";

const settings = readSettings(["TABLE_NAME", "EXPORT_BUCKET", "AUDIT_SIGNING_KEY"]);
const desk = {
  store: openStore({ client: openClient(), name: settings.TABLE_NAME }),
  bucket: openBucket(settings.EXPORT_BUCKET, "job"),
  signingKey: openSigningKey(settings.AUDIT_SIGNING_KEY, "job"),
  now: Date.now,
  wait: async (milliseconds: number) => void (await wait(milliseconds)),
};

/** Milliseconds before the end in which no step is begun: one waits for up to half a minute, and for bucket and key as long. */
const CLOSING = 90_000;

async function workOn({ Records }: DynamoDBStreamEvent, context: Context): Promise<void> {
  const until = Date.now() + context.getRemainingTimeInMillis() - CLOSING;
  const failed = await workOnExports(desk, readExportRefs(Records), until);
  for (const { orgId, id, error } of failed) {
    logger.error("a step of an export failed", { orgId, exportId: id, error: error as Error });
  }
  const left = failed.filter(({ isLeft }) => isLeft);
  // Lambda brings the records again: of these jobs no other ones will come.
  if (left.length > 0) throw new Error(`There was no time for ${left.length} exports.`);
}

export const handler = middy<DynamoDBStreamEvent, void>().use(injectLambdaContext(logger)).handler(workOn);
