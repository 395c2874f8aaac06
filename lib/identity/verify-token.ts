/**
 * An access token -> a principal, by a profile stricter than the standards: one algorithm, one issuer, known clients, one
 * spelling.
 */
import { compactVerify, errors } from "jose";
import type { TokenProfile } from "./claims.ts";
import { readPrincipal } from "./claims.ts";
import { readCompactToken } from "./compact-token.ts";
import { refuse } from "./credential-refusal.ts";
import type { UserPrincipal } from "./principal.ts";
import type { SigningKeys } from "./signing-keys.ts";

/**
 * Whom an access token stands for.
 * @param now milliseconds since 1970
 * @throws CredentialRefusal when the credential is not good; anything else when that cannot be told
 * @example
 * await verifyToken(readBearer(headers), { issuer, clientIds }, keys, Date.now())
 * // { kind: "user", userId: "usr_01jd…" }
 */
export async function verifyToken(
  credential: string,
  profile: TokenProfile,
  keys: SigningKeys,
  now: number,
): Promise<UserPrincipal> {
  const { kid, claims } = readCompactToken(credential);
  const key = await keys.find(kid);
  if (key === undefined) refuse("token.unknown_key");
  try {
    await compactVerify(credential, key, { algorithms: ["RS256"] });
  } catch (error) {
    if (error instanceof errors.JOSEError) refuse("token.bad_signature");
    throw error;
  }
  return readPrincipal(claims, profile, now);
}
