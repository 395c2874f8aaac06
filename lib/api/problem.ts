/** Refusals as RFC 9457 problems. The only file that knows statuses. */
import type { RefusalCode } from "../domain/errors.ts";
import { Refusal } from "../domain/errors.ts";
import { hideCredentials } from "../domain/key-form.ts";
import type { HttpReply } from "./exchange.ts";

interface Kind {
  readonly status: number;
  readonly title: string;
}

export const problemKinds: Readonly<Record<RefusalCode, Kind>> = {
  "request.malformed": { status: 400, title: "Malformed request" },
  unauthenticated: { status: 401, title: "Not authenticated" },
  "access.denied": { status: 403, title: "Access denied" },
  "grant.exceeds_own": { status: 403, title: "More than you hold" },
  "sign_in.refused": { status: 403, title: "Sign-in refused" },
  not_found: { status: 404, title: "Not found" },
  "role.in_use": { status: 409, title: "Role in use" },
  "role.predefined": { status: 409, title: "Role cannot be edited here" },
  "workspace.active": { status: 409, title: "Workspace is active" },
  "name.taken": { status: 409, title: "Name taken" },
  "owner.last": { status: 409, title: "Last owner" },
  lockout: { status: 409, title: "You would lock yourself out" },
  "resource.in_use": { status: 409, title: "Resource in use" },
  "share.state": { status: 409, title: "Not in this state" },
  "id.taken": { status: 409, title: "Id taken" },
  conflict: { status: 409, title: "Conflict" },
  "precondition.failed": { status: 412, title: "Stale version" },
  "request.too_large": { status: 413, title: "Too large" },
  "request.media_type": { status: 415, title: "Unsupported media type" },
  "request.invalid": { status: 422, title: "Invalid request" },
  "precondition.required": { status: 428, title: "If-Match required" },
  throttled: { status: 429, title: "Too many requests" },
  unavailable: { status: 503, title: "Unavailable" },
};

/** The 401 body is one and the same, whatever was wrong with the credential. */
export const UNAUTHENTICATED_DETAIL = "A valid access token or API key is needed.";
export const DENIED_DETAIL = "You do not hold the scope that this needs here.";

/** Refuses for want of the route's scope; the bytes depend on the route alone. */
export function refuseAccess(requiredScope: string): never {
  throw new Refusal("access.denied", DENIED_DETAIL, { requiredScope });
}

export function refuseUnauthenticated(): never {
  throw new Refusal("unauthenticated", UNAUTHENTICATED_DETAIL);
}

/** Refuses as the authorizer would have. */
export function refuseVerdict(code: "access.denied" | "unauthenticated", requiredScope: string): never {
  return code === "unauthenticated" ? refuseUnauthenticated() : refuseAccess(requiredScope);
}

export function toProblem(refusal: Refusal, requestId: string): HttpReply {
  const { status, title } = problemKinds[refusal.code];
  const { code, message: detail, fields } = refusal;
  return {
    status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "x-request-id": requestId,
      ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
      ...(status === 429 || status === 503 ? { "retry-after": "1" } : {}),
    },
    // A refusal may name what was sent.
    body: hideCredentials(
      JSON.stringify({ type: `urn:bailiwick:problem:${code}`, title, status, code, detail, ...fields, requestId }),
    ),
  };
}
