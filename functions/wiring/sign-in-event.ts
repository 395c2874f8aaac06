/** Cognito's pre-token-generation event as a sign-in of a person of the pool. */
import type { PreTokenGenerationV2TriggerEvent } from "aws-lambda";
import { Refusal } from "../../lib/domain/errors.ts";
import type { PoolSignIn } from "../../lib/identity/pool-sign-in.ts";

/** Why tokens are made, and whether the person showed who they are just now. Another source is refused. */
const sources: ReadonlyMap<string, { readonly isFresh: boolean }> = new Map([
  ["TokenGeneration_HostedAuth", { isFresh: true }],
  ["TokenGeneration_Authentication", { isFresh: true }],
  ["TokenGeneration_NewPasswordChallenge", { isFresh: true }],
  ["TokenGeneration_AuthenticateDevice", { isFresh: true }],
  ["TokenGeneration_RefreshTokens", { isFresh: false }],
]);

/**
 * @throws Refusal `sign_in.refused` for whoever is not a person of the pool
 * @throws an error when the pool is not set up as its template says
 */
export function readPoolSignIn(event: PreTokenGenerationV2TriggerEvent, requestId: string): PoolSignIn {
  const source = sources.get(event.triggerSource);
  if (event.version !== "2" || source === undefined) {
    throw new Error(`the trigger was called as ${event.triggerSource}, version ${event.version}`);
  }
  const attributes: Readonly<Record<string, string | undefined>> = event.request.userAttributes;
  const { sub, email, email_verified: isVerified, identities, "cognito:user_status": status } = attributes;
  // Never judged by the user name, which people may choose.
  if (identities !== undefined || status === "EXTERNAL_PROVIDER") {
    throw new Refusal("sign_in.refused", "Sign-in through an identity provider is not set up.");
  }
  if (sub === undefined || sub === "") throw new Error("the event names no subject");
  const verifiedEmail = isVerified === "true" && email !== undefined && email !== "" ? email : undefined;
  return { subject: sub, verifiedEmail, isFresh: source.isFresh, requestId };
}
