/** A signed token in its one canonical spelling, taken apart before anything of it is believed. */
import { limits } from "../domain/limits.ts";
import { refuse } from "./credential-refusal.ts";
import { readStrictObject } from "./strict-json.ts";

export interface CompactToken {
  /** Which of the issuer's keys is said to have signed it. */
  readonly kid: string;
  /** Not to be believed before the signature is verified. */
  readonly claims: ReadonlyMap<string, unknown>;
}

/** All that a header may hold. What brings or points to a key of its own (`jwk`, `jku`, `x5u`, …) or asks for more (`crit`) is refused. */
const HEADER_MEMBERS = new Set(["alg", "kid", "typ"]);
const TYPES = new Set(["jwt", "at+jwt", undefined]);

/** @throws CredentialRefusal for every text that is not exactly how an issuer would have written it */
export function readCompactToken(token: string): CompactToken {
  if (Buffer.byteLength(token) > limits.tokenBytes) refuse("token.too_large");
  const parts = token.split(".");
  const [header, claims, signature] = parts.map(decodeCanonically);
  if (parts.length !== 3 || header === undefined || claims === undefined || signature === undefined) {
    refuse("token.not_canonical");
  }
  return { kid: readKeyId(readStrictObject(header)), claims: readStrictObject(claims) };
}

/** Padding, white space and changed unused bits decode to the same bytes, so one token would have many spellings. */
function decodeCanonically(part: string): Buffer {
  const bytes = Buffer.from(part, "base64url");
  return bytes.length > 0 && bytes.toString("base64url") === part ? bytes : refuse("token.not_canonical");
}

function readKeyId(header: ReadonlyMap<string, unknown>): string {
  for (const name of header.keys()) if (!HEADER_MEMBERS.has(name)) refuse("token.bad_header", name);
  if (header.get("alg") !== "RS256") refuse("token.bad_header", "alg");
  const typ = header.get("typ");
  if (!TYPES.has(typeof typ === "string" ? typ.toLowerCase() : (typ as undefined))) refuse("token.bad_header", "typ");
  const kid = header.get("kid");
  return typeof kid === "string" && kid !== "" ? kid : refuse("token.bad_header", "kid");
}
