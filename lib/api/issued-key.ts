/** A credential of an API key, as it is handed out once, and what is kept of it. */
import type { KeyId } from "../domain/ids.ts";

export interface IssuedKey {
  readonly credential: string;
  readonly hash: string;
}

/**
 * Makes a new credential; brought by a function that hands them out.
 * @param random gives so many random bytes
 */
export type IssueKey = (keyId: KeyId, random: (bytes: number) => Uint8Array) => IssuedKey;
