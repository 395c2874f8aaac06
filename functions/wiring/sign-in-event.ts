/** Cognito's pre-token-generation event: for whom a token is made, a person of the pool or one of a provider. */
import type { PreTokenGenerationV2TriggerEvent } from "aws-lambda";
import { Refusal } from "../../lib/domain/errors.ts";
import { providerIdOf } from "../../lib/domain/identity-providers.ts";
import type { ProviderId } from "../../lib/domain/ids.ts";
import type { PoolSignIn } from "../../lib/identity/pool-sign-in.ts";

/** Why tokens are made, and whether the person showed who they are just now. Another source is refused. */
const sources: ReadonlyMap<string, { readonly isFresh: boolean }> = new Map([
  ["TokenGeneration_HostedAuth", { isFresh: true }],
  ["TokenGeneration_Authentication", { isFresh: true }],
  ["TokenGeneration_NewPasswordChallenge", { isFresh: true }],
  ["TokenGeneration_AuthenticateDevice", { isFresh: true }],
  ["TokenGeneration_RefreshTokens", { isFresh: false }],
]);

/** Somebody who came through an identity provider. */
export interface ProviderSignIn {
  readonly kind: "provider";
  readonly providerId: ProviderId;
  readonly subject: string;
}

export type TokenPerson = ProviderSignIn | { readonly kind: "pool"; readonly signIn: PoolSignIn };

/**
 * @throws Refusal `sign_in.refused` for whoever came in a way that is not known
 * @throws an error when the pool is not set up as its template says
 */
export function readTokenPerson(event: PreTokenGenerationV2TriggerEvent, requestId: string): TokenPerson {
  const source = sources.get(event.triggerSource);
  if (event.version !== "2" || source === undefined) {
    throw new Error(`the trigger was called as ${event.triggerSource}, version ${event.version}`);
  }
  const attributes: Readonly<Record<string, string | undefined>> = event.request.userAttributes;
  const { sub, email, email_verified: isVerified, identities, "cognito:user_status": status } = attributes;
  // Never judged by the user name, which people may choose.
  if (identities !== undefined || status === "EXTERNAL_PROVIDER") return readIdentity(identities);
  if (sub === undefined || sub === "") throw new Error("the event names no subject");
  const verifiedEmail = isVerified === "true" && email !== undefined && email !== "" ? email : undefined;
  return { kind: "pool", signIn: { subject: sub, verifiedEmail, isFresh: source.isFresh, requestId } };
}

/** Several identities are an account that somebody linked at the pool: nobody can say through which of them they came. */
function readIdentity(identities: string | undefined): ProviderSignIn {
  const all: unknown = parse(identities ?? "");
  const [identity, ...others] = Array.isArray(all) ? all : [];
  const { providerName, userId } = (identity ?? {}) as Readonly<Record<string, unknown>>;
  const providerId = typeof providerName === "string" ? providerIdOf(providerName) : undefined;
  if (others.length > 0 || providerId === undefined || typeof userId !== "string" || userId === "") {
    throw new Refusal("sign_in.refused", "This account is not one of an identity provider that is set up here.");
  }
  return { kind: "provider", providerId, subject: userId };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
