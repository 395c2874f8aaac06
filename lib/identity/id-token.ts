/** The claims of an identity provider's own token, which the user pool has validated before it is handed on. */
import { readStrictObject } from "./strict-json.ts";

/** Characters. Groups by the hundred fit; the pool itself takes no longer ones. */
const LONGEST = 131_072;

/** @returns undefined for what is no token, or one that two readers could understand differently */
export function readIdToken(token: string): Readonly<Record<string, unknown>> | undefined {
  const [, payload, ...rest] = token.split(".");
  if (token.length > LONGEST || payload === undefined || rest.length !== 1) return undefined;
  try {
    return Object.fromEntries(readStrictObject(Buffer.from(payload, "base64url")));
  } catch {
    return undefined;
  }
}
