/**
 * Runs once an hour: writes down where every chain of each organization ends, signed, where nobody can change it. A chain that does not
 * go on from where the checkpoint before saw it was tampered with. Whatever goes wrong is thrown at the end, so that Lambda counts the
 * error; the next run is the next try.
 */
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context, ScheduledEvent } from "aws-lambda";
import { makeCheckpoints } from "../lib/api/checkpoint-round.ts";
import { openBucket } from "../lib/archive/bucket.ts";
import { openSigningKey } from "../lib/archive/signing-key.ts";
import { openClient, openStore } from "../lib/store/store.ts";
import { readSettings } from "./wiring/config.ts";
import { logger } from "./wiring/logger.ts";

const settings = readSettings(["TABLE_NAME", "AUDIT_BUCKET", "AUDIT_SIGNING_KEY"]);
const desk = {
  store: openStore({ client: openClient(), name: settings.TABLE_NAME }),
  archive: {
    bucket: openBucket(settings.AUDIT_BUCKET, "job"),
    signingKey: openSigningKey(settings.AUDIT_SIGNING_KEY, "job"),
  },
};

/** Milliseconds before the end in which nothing is begun. */
const CLOSING = 15_000;

async function makeAll(_event: ScheduledEvent, context: Context): Promise<void> {
  const until = Date.now() + context.getRemainingTimeInMillis() - CLOSING;
  const { made, unchanged, breaks, failed, isComplete } = await makeCheckpoints(desk, until);
  for (const one of breaks) logger.error("a chain does not go on from its last checkpoint", { ...one });
  for (const { orgId, error } of failed) logger.error("no checkpoint could be made", { orgId, error: error as Error });
  if (made > 0) logger.info("checkpoints were made", { made, unchanged });
  if (!isComplete) logger.warn("there was no time for all organizations", { made, unchanged });
  if (breaks.length > 0) throw new Error(`${breaks.length} chains do not go on from their last checkpoint.`);
  if (failed.length > 0) throw new Error(`No checkpoint could be made for ${failed.length} organizations.`);
}

export const handler = middy<ScheduledEvent, void>().use(injectLambdaContext(logger)).handler(makeAll);
