/**
 * Cognito's inbound-federation trigger: somebody comes through an identity provider, and nothing of them is stored yet. Their
 * claims are read, the rules evaluated and what they give is written here; the pool keeps who they are and no claim.
 * Whatever goes wrong is thrown, and Cognito then refuses the sign-in.
 */
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context, InboundFederationTriggerEvent } from "aws-lambda";
import { makeIdMaker } from "../lib/api/id-maker.ts";
import { providerIdOf } from "../lib/domain/identity-providers.ts";
import type { FederatedSignIn } from "../lib/identity/federated-facts.ts";
import { signInThroughProvider } from "../lib/identity/federated-sign-in.ts";
import { openClient, openStore } from "../lib/store/store.ts";
import { readSettings } from "./wiring/config.ts";
import { readFederatedSignIn } from "./wiring/federated-event.ts";
import { logger } from "./wiring/logger.ts";
import { explainRefusal } from "./wiring/sign-in-refusal.ts";

const { TABLE_NAME } = readSettings(["TABLE_NAME"]);
const store = openStore({ client: openClient(), name: TABLE_NAME });

/** Milliseconds. Cognito waits for 5 s, and a last try that has begun may take 1.5 s more. */
const PATIENCE = 3_000;

async function letIn(
  event: InboundFederationTriggerEvent,
  { awsRequestId }: Context,
): Promise<InboundFederationTriggerEvent> {
  let signIn: FederatedSignIn | undefined;
  try {
    const now = Date.now();
    const tools = { store, now, newId: makeIdMaker(now), deadline: now + PATIENCE, reportCut };
    signIn = readFederatedSignIn(event, awsRequestId);
    const { subject, email } = await signInThroughProvider(signIn, tools);
    // Never empty: an empty answer keeps everything that the provider said.
    const userAttributesToMap = event.request.providerType === "OIDC" ? { sub: subject, email } : { email };
    return { ...event, response: { userAttributesToMap } };
  } catch (error) {
    const providerId = providerIdOf(event.request.providerName);
    throw explainRefusal(error, { requestId: awsRequestId, providerId, subject: signIn?.subject });
  }
}

function reportCut({ orgId, providerId }: { readonly orgId: string; readonly providerId: string }): void {
  logger.warn("claim rules asked more than one sign-in may be asked", { orgId, providerId });
}

export const handler = middy<InboundFederationTriggerEvent, InboundFederationTriggerEvent>()
  .use(injectLambdaContext(logger))
  .handler(letIn);
