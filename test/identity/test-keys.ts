/** API keys of tests: made and known again under one pepper. */
import { KnownKeys } from "../../functions/wiring/known-keys.ts";
import type { IssueKey } from "../../lib/api/issued-key.ts";
import { KeyHasher, makeKeyCredential } from "../../lib/identity/key-credentials.ts";

const hasher = new KeyHasher("a pepper of 32 characters or more");

export const issueTestKey: IssueKey = (keyId, random) => {
  const credential = makeKeyCredential(keyId, random);
  return { credential, hash: hasher.hash(credential) };
};

export function openKnownKeys(): KnownKeys {
  return new KnownKeys(hasher);
}
