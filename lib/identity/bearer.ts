/** The credential of a request: one `Authorization: Bearer <credential>`, and nothing else anywhere. */
import { refuse } from "./credential-refusal.ts";

/** The scheme in any case, one or more spaces, and a token68 (RFC 9110) that fills the rest. */
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/**
 * @param values every `Authorization` header of the request
 * @throws CredentialRefusal when there is none, more than one, or something else than a bearer credential
 */
export function readBearer(values: readonly string[]): string {
  const [value, second] = values;
  if (value === undefined) refuse("credential.absent");
  if (second !== undefined) refuse("credential.doubled");
  return BEARER.exec(value)?.[1] ?? refuse("credential.not_bearer");
}
