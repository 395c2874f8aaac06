/**
 * Cognito's pre-token-generation trigger, version 2: puts the person's id into each access token and, for somebody who came
 * through an identity provider, whose provider that is. Whatever goes wrong is thrown, and Cognito then refuses the sign-in.
 */
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context, PreTokenGenerationV2TriggerEvent } from "aws-lambda";
import { makeIdMaker } from "../lib/api/id-maker.ts";
import type { ProviderId } from "../lib/domain/ids.ts";
import { SELF_SERVICE_SCOPE } from "../lib/identity/claims.ts";
import type { PoolSignIn } from "../lib/identity/pool-sign-in.ts";
import { findProviderPerson } from "../lib/identity/provider-people.ts";
import { signIn } from "../lib/identity/sign-in.ts";
import { openClient, openStore } from "../lib/store/store.ts";
import { readSettings } from "./wiring/config.ts";
import { logger } from "./wiring/logger.ts";
import type { ProviderSignIn, TokenPerson } from "./wiring/sign-in-event.ts";
import { readTokenPerson } from "./wiring/sign-in-event.ts";
import { explainRefusal } from "./wiring/sign-in-refusal.ts";

const { TABLE_NAME } = readSettings(["TABLE_NAME"]);
const store = openStore({ client: openClient(), name: TABLE_NAME });

/** Milliseconds. Cognito waits for 5 s, and a last try that has begun may take 1.5 s more. */
const PATIENCE = 3_000;

async function putId(
  event: PreTokenGenerationV2TriggerEvent,
  { awsRequestId }: Context,
): Promise<PreTokenGenerationV2TriggerEvent> {
  let person: TokenPerson | undefined;
  try {
    person = readTokenPerson(event, awsRequestId);
    const claims = person.kind === "pool" ? await signInHere(person.signIn) : await findClaims(person);
    return { ...event, response: { claimsAndScopeOverrideDetails: overrideWith(claims) } };
  } catch (error) {
    throw explainRefusal(error, { requestId: awsRequestId, ...nameOf(person) });
  }
}

function nameOf(person: TokenPerson | undefined): { providerId?: ProviderId; subject?: string } {
  if (person === undefined) return {};
  const { kind } = person;
  return kind === "pool"
    ? { subject: person.signIn.subject }
    : { providerId: person.providerId, subject: person.subject };
}

async function signInHere(person: PoolSignIn): Promise<Claims> {
  const now = Date.now();
  const tools = { store, now, newId: makeIdMaker(now), deadline: now + PATIENCE };
  const { userId, leftOpen } = await signIn(person, tools);
  if (leftOpen.length > 0) logger.warn("invitations were left open", { userId, places: leftOpen.slice(0, 50) });
  return { bailiwick_user_id: userId };
}

/** All else was done when they came through their provider. */
async function findClaims({ providerId, subject }: ProviderSignIn): Promise<Claims> {
  const { userId, orgId } = await findProviderPerson(store, providerId, subject);
  return { bailiwick_user_id: userId, bailiwick_org_id: orgId, bailiwick_idp_id: providerId };
}

type Claims = Readonly<Record<`bailiwick_${string}`, string>>;

function overrideWith(claims: Claims): PreTokenGenerationV2TriggerEvent["response"]["claimsAndScopeOverrideDetails"] {
  return {
    accessTokenGeneration: { claimsToAddOrOverride: { ...claims }, scopesToSuppress: [SELF_SERVICE_SCOPE] },
  };
}

export const handler = middy<PreTokenGenerationV2TriggerEvent, PreTokenGenerationV2TriggerEvent>()
  .use(injectLambdaContext(logger))
  .handler(putId);
