/**
 * Every refusal Bailiwick can give, as one closed union of codes. Statuses are not known here (see `lib/api/problem.ts`),
 * and nobody ever reads an error's text to decide something.
 */

export const refusalCodes = [
  "request.malformed",
  "unauthenticated",
  "access.denied",
  "grant.exceeds_own",
  "not_found",
  "role.in_use",
  "role.predefined",
  "workspace.active",
  "name.taken",
  "owner.last",
  "lockout",
  "resource.in_use",
  "share.state",
  "id.taken",
  "conflict",
  "precondition.failed",
  "precondition.required",
  "request.too_large",
  "request.media_type",
  "request.invalid",
  "sign_in.refused",
  "throttled",
  "unavailable",
] as const;

export type RefusalCode = (typeof refusalCodes)[number];

/** One fault in a request: a JSON pointer (RFC 6901) into the body, and what is wrong there. */
export interface Fault {
  readonly pointer: string;
  readonly detail: string;
}

interface RefusalFields {
  /** Names the scope that would have been needed (`access.denied`). */
  readonly requiredScope?: string;
  readonly errors?: readonly Fault[];
  /** What stands in the way (`role.in_use`, `resource.in_use`). */
  readonly usedBy?: readonly { readonly kind: string; readonly id: string }[];
}

/** A request that is understood and not done. Thrown where it is noticed, caught only by the pipeline. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly fields: RefusalFields;

  constructor(code: RefusalCode, detail: string, fields: RefusalFields = {}) {
    super(detail);
    this.name = "Refusal";
    this.code = code;
    this.fields = fields;
  }
}

/** Refuses because the thing is not there, in a place that the caller may read. */
export function refuseAbsent(thing: string): never {
  throw new Refusal("not_found", `There is no such ${thing} here.`);
}

/** Refuses a body that is valid JSON and yet wrong, naming each fault. */
export function refuseInvalid(...errors: Fault[]): never {
  throw new Refusal("request.invalid", "The request is refused; see errors.", { errors });
}
