/** Reads what an authorizer's function answered, and judges its policy document as API Gateway does. */
import { matchesPattern } from "./arn-pattern.ts";
import { isRecord } from "./shape.ts";

export type Verdict =
  | { readonly kind: "allow"; readonly context: AuthorizerContext }
  | { readonly kind: "deny"; readonly context: AuthorizerContext; readonly explicit: boolean }
  /** The answer is not one that API Gateway understands. */
  | { readonly kind: "broken"; readonly why: string };

/** As handed on to the integration: everything is a text. */
export type AuthorizerContext = ReadonlyMap<string, string>;

/** A policy's resource is at most this long. */
const RESOURCE_LIMIT = 512;

export function judge(answer: unknown, methodArn: string): Verdict {
  if (!isRecord(answer)) return broken("it is not an object");
  const { principalId, policyDocument, context: given = {} } = answer;
  if (typeof principalId !== "string" || principalId === "") return broken("principalId is missing");
  if (!isRecord(policyDocument)) return broken("policyDocument is missing");
  if (!isRecord(given)) return broken("context is not an object");
  const context = new Map([["principalId", principalId]]);
  for (const [name, value] of Object.entries(given)) {
    if (!["string", "number", "boolean"].includes(typeof value)) return broken(`context.${name} is not a plain value`);
    context.set(name, String(value));
  }
  let allowed = false;
  let denied = false;
  for (const statement of listOf(policyDocument.Statement)) {
    if (!isRecord(statement)) return broken("a statement is not an object");
    const resources = listOf(statement.Resource);
    if (resources.some((resource) => typeof resource !== "string" || resource.length > RESOURCE_LIMIT)) {
      return broken(`a resource is not a text of at most ${RESOURCE_LIMIT} characters`);
    }
    const isMeant =
      listOf(statement.Action).some((action) => matchesPattern(String(action).toLowerCase(), "execute-api:invoke")) &&
      resources.some((resource) => matchesPattern(String(resource), methodArn));
    if (statement.Effect === "Deny") denied ||= isMeant;
    else if (statement.Effect === "Allow") allowed ||= isMeant;
    else return broken("an effect is neither Allow nor Deny");
  }
  if (denied || !allowed) return { kind: "deny", context, explicit: denied };
  return { kind: "allow", context };
}

function broken(why: string): Verdict {
  return { kind: "broken", why };
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
