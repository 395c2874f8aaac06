/** The authorizer's answers in the shape that API Gateway takes: a policy, and a context of plain strings. */
import type { APIGatewayAuthorizerResult } from "aws-lambda";
import type { Authorized } from "../../lib/api/exchange.ts";
import { principalIdOf } from "../../lib/api/principal-ids.ts";
import { DENIED_DETAIL, problemKinds } from "../../lib/api/problem.ts";
import type { KeyId, UserId } from "../../lib/domain/ids.ts";

/** @param resource the one method and path that is allowed */
export function allow(authorized: Authorized, resource: string, requestId: string): APIGatewayAuthorizerResult {
  const { principal, holdsScope, isWorkspaceAbsent } = authorized;
  return {
    principalId: principalIdOf(principal),
    policyDocument: statement("Allow", resource),
    // Read again by `gateway-event.ts`, in the functions behind the gateway.
    context: {
      principal: JSON.stringify(principal),
      holdsScope: String(holdsScope),
      isWorkspaceAbsent: String(isWorkspaceAbsent),
      requestId,
    },
  };
}

/** Denies this request; the gateway response makes a problem of the context. */
export function deny(
  principalId: UserId | KeyId,
  requiredScope: string,
  requestId: string,
): APIGatewayAuthorizerResult {
  const code = "access.denied";
  const { title } = problemKinds[code];
  return {
    principalId,
    // The gateway keeps no answer for another request, so a denial need not name the path, which may be too long to be named.
    policyDocument: statement("Deny", "*"),
    context: { code, title, detail: DENIED_DETAIL, requiredScope, requestId },
  };
}

function statement(effect: "Allow" | "Deny", resource: string): APIGatewayAuthorizerResult["policyDocument"] {
  return { Version: "2012-10-17", Statement: [{ Action: "execute-api:Invoke", Effect: effect, Resource: resource }] };
}
