/** Cognito's pre-token-generation trigger, version 2: the event it gets, and what its answer does to a token. */
import type { PoolPerson, ProviderIdentity } from "./pool-people.ts";
import { isRecord } from "./shape.ts";
import { TriggerFault } from "./trigger-call.ts";

export interface TriggerFacts {
  readonly region: string;
  readonly userPoolId: string;
  readonly clientId: string;
  readonly person: PoolPerson;
  readonly scopes: readonly string[];
  readonly occasion: "HostedAuth" | "RefreshTokens";
}

/** `HostedAuth`: as after a sign-in in the managed login's pages. */
export function preTokenEvent({ region, userPoolId, clientId, person, scopes, occasion }: TriggerFacts): object {
  return {
    version: "2",
    triggerSource: `TokenGeneration_${occasion}`,
    region,
    userPoolId,
    userName: person.username,
    callerContext: { awsSdkVersion: "aws-sdk-unknown-unknown", clientId },
    request: {
      userAttributes: { sub: person.sub, ...statusOf(person), ...person.attributes },
      groupConfiguration: {
        groupsToOverride: groupsOf(person, userPoolId),
        iamRolesToOverride: [],
        preferredRole: null,
      },
      scopes: [...scopes],
    },
    response: { claimsAndScopeOverrideDetails: null },
  };
}

function statusOf({ identity, attributes }: PoolPerson): Record<string, string | undefined> {
  if (identity === undefined) {
    return { "cognito:email_alias": attributes.email, "cognito:user_status": "CONFIRMED" };
  }
  return {
    identities: JSON.stringify([identityClaim(identity)]),
    "cognito:user_status": "EXTERNAL_PROVIDER",
  };
}

/** An identity as tokens and attributes show it: texts only. */
export function identityClaim({ userId, providerName, providerType, issuer, dateCreated }: ProviderIdentity): object {
  return { userId, providerName, providerType, issuer, primary: "true", dateCreated: String(dateCreated) };
}

/** Whoever an identity provider brings is in a group that Cognito makes for it. */
export function groupsOf({ identity }: PoolPerson, userPoolId: string): string[] {
  return identity === undefined ? [] : [`${userPoolId}_${identity.providerName}`];
}

/** Claims that a trigger cannot touch; Cognito goes on without a word. */
const untouchable = new Set([
  "acr",
  "amr",
  "at_hash",
  "aud",
  "auth_time",
  "azp",
  "client_id",
  "cognito:username",
  "event_id",
  "exp",
  "iat",
  "identities",
  "iss",
  "jti",
  "nbf",
  "nonce",
  "origin_jti",
  "scope",
  "sub",
  "token_use",
  "username",
]);

type TokenGeneration = "accessTokenGeneration" | "idTokenGeneration";
type Response = Readonly<Record<string, unknown>>;

/** The claims of a token after the trigger's answer. @throws TriggerFault when the answer is not one Cognito understands */
export function applyToClaims(
  claims: ReadonlyMap<string, unknown>,
  response: Response,
  generation: TokenGeneration,
): Map<string, unknown> {
  const details = recordIn(response, "claimsAndScopeOverrideDetails");
  const wanted = recordIn(details, generation);
  const result = new Map(claims);
  for (const [name, value] of Object.entries(recordIn(wanted, "claimsToAddOrOverride"))) {
    if (!untouchable.has(name)) result.set(name, value);
  }
  for (const name of textsIn(wanted, "claimsToSuppress")) if (!untouchable.has(name)) result.delete(name);
  const groups = textsIn(recordIn(details, "groupOverrideDetails"), "groupsToOverride");
  if (groups.length > 0) result.set("cognito:groups", groups);
  return result;
}

/** @throws TriggerFault */
export function applyToScopes(scopes: readonly string[], response: Response): string[] {
  const wanted = recordIn(recordIn(response, "claimsAndScopeOverrideDetails"), "accessTokenGeneration");
  const suppressed = new Set(textsIn(wanted, "scopesToSuppress"));
  return [...new Set([...scopes.filter((scope) => !suppressed.has(scope)), ...textsIn(wanted, "scopesToAdd")])];
}

function recordIn(holder: Response, name: string): Response {
  const value = holder[name] ?? {};
  if (isRecord(value)) return value;
  throw new TriggerFault(`Unrecognizable lambda output: ${name} is not an object`);
}

function textsIn(holder: Response, name: string): string[] {
  const value = holder[name] ?? [];
  if (Array.isArray(value) && value.every((it): it is string => typeof it === "string")) return value;
  throw new TriggerFault(`Unrecognizable lambda output: ${name} is not a list of texts`);
}
