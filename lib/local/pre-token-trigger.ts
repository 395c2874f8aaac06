/** Cognito's pre-token-generation trigger, version 2: the event it gets, and what its answer does to an access token. */
import { isRecord } from "./shape.ts";

export interface TriggerFacts {
  readonly region: string;
  readonly userPoolId: string;
  readonly clientId: string;
  readonly person: { readonly sub: string; readonly email: string };
  readonly scopes: readonly string[];
}

/** As after a sign-in in the managed login's pages. */
export function preTokenEvent({ region, userPoolId, clientId, person, scopes }: TriggerFacts): object {
  return {
    version: "2",
    triggerSource: "TokenGeneration_HostedAuth",
    region,
    userPoolId,
    userName: person.sub,
    callerContext: { awsSdkVersion: "aws-sdk-unknown-unknown", clientId },
    request: {
      userAttributes: {
        sub: person.sub,
        "cognito:email_alias": person.email,
        "cognito:user_status": "CONFIRMED",
        email_verified: "true",
        email: person.email,
      },
      groupConfiguration: { groupsToOverride: [], iamRolesToOverride: [], preferredRole: null },
      scopes: [...scopes],
    },
    response: { claimsAndScopeOverrideDetails: null },
  };
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
  "event_id",
  "exp",
  "iat",
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

/** The claims of an access token after the trigger's answer. @throws TypeError when the answer is not one Cognito understands */
export function applyTriggerAnswer(
  claims: ReadonlyMap<string, unknown>,
  scopes: readonly string[],
  answer: unknown,
): Map<string, unknown> {
  if (!isRecord(answer) || !isRecord(answer.response)) throw new TypeError("Unrecognizable lambda output");
  const details = recordIn(answer.response, "claimsAndScopeOverrideDetails");
  const forAccess = recordIn(details, "accessTokenGeneration");
  const result = new Map(claims);
  for (const [name, value] of Object.entries(recordIn(forAccess, "claimsToAddOrOverride"))) {
    if (!untouchable.has(name)) result.set(name, value);
  }
  for (const name of textsIn(forAccess, "claimsToSuppress")) if (!untouchable.has(name)) result.delete(name);
  const suppressed = new Set(textsIn(forAccess, "scopesToSuppress"));
  const granted = new Set([...scopes.filter((scope) => !suppressed.has(scope)), ...textsIn(forAccess, "scopesToAdd")]);
  result.set("scope", [...granted].join(" "));
  const groups = textsIn(recordIn(details, "groupOverrideDetails"), "groupsToOverride");
  if (groups.length > 0) result.set("cognito:groups", groups);
  return result;
}

function recordIn(holder: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = holder[name] ?? {};
  if (isRecord(value)) return value;
  throw new TypeError(`Unrecognizable lambda output: ${name} is not an object`);
}

function textsIn(holder: Record<string, unknown>, name: string): string[] {
  const value = holder[name] ?? [];
  if (Array.isArray(value) && value.every((it): it is string => typeof it === "string")) return value;
  throw new TypeError(`Unrecognizable lambda output: ${name} is not a list of texts`);
}
