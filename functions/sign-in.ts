/**
 * Cognito's pre-token-generation trigger, version 2: puts the person's id into each access token. Whatever goes wrong is thrown,
 * and Cognito then refuses the sign-in; it shows the error's text to the person.
 */
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context, PreTokenGenerationV2TriggerEvent } from "aws-lambda";
import { makeIdMaker } from "../lib/api/id-maker.ts";
import { Refusal } from "../lib/domain/errors.ts";
import type { UserId } from "../lib/domain/ids.ts";
import { SELF_SERVICE_SCOPE } from "../lib/identity/claims.ts";
import { signIn } from "../lib/identity/sign-in.ts";
import { openClient, openStore } from "../lib/store/store.ts";
import { readSettings } from "./wiring/config.ts";
import { logger } from "./wiring/logger.ts";
import { readPoolSignIn } from "./wiring/sign-in-event.ts";

const { TABLE_NAME } = readSettings(["TABLE_NAME"]);
const store = openStore({ client: openClient(), name: TABLE_NAME });

/** Milliseconds. Cognito waits for 5 s, and a last try that has begun may take 1.5 s more. */
const PATIENCE = 3_000;

async function putId(
  event: PreTokenGenerationV2TriggerEvent,
  { awsRequestId }: Context,
): Promise<PreTokenGenerationV2TriggerEvent> {
  try {
    const now = Date.now();
    const tools = { store, now, newId: makeIdMaker(now), deadline: now + PATIENCE };
    const { userId, leftOpen } = await signIn(readPoolSignIn(event, awsRequestId), tools);
    if (leftOpen.length > 0) logger.warn("invitations were left open", { userId, places: leftOpen.slice(0, 50) });
    return { ...event, response: { claimsAndScopeOverrideDetails: overrideWith(userId) } };
  } catch (error) {
    throw explain(error);
  }
}

function overrideWith(userId: UserId): PreTokenGenerationV2TriggerEvent["response"]["claimsAndScopeOverrideDetails"] {
  return {
    accessTokenGeneration: {
      claimsToAddOrOverride: { bailiwick_user_id: userId },
      scopesToSuppress: [SELF_SERVICE_SCOPE],
    },
  };
}

/** What Cognito is told: a refusal with its reason, under a name of its own; of a fault nothing but that it is one. */
function explain(error: unknown): Error {
  if (error instanceof Refusal && error.code === "sign_in.refused") {
    logger.info("a sign-in was refused", { reason: error.message });
    return Object.assign(new Error(error.message), { name: "SignInRefused" });
  }
  logger.error("a sign-in failed", { error });
  return new Error("Bailiwick does not answer at the moment. Try again.");
}

export const handler = middy<PreTokenGenerationV2TriggerEvent, PreTokenGenerationV2TriggerEvent>()
  .use(injectLambdaContext(logger))
  .handler(putId);
