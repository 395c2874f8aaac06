/**
 * The Consistency-Token: the chains that a write moved, each with its `seq`. Decisions read with strong consistency, so every
 * request is judged no older than any write that was answered before it, and the token is honoured without being looked at.
 */
export function encodeConsistencyToken(seqs: readonly (readonly [chain: string, seq: number])[]): string {
  return Buffer.from(seqs.map(([chain, seq]) => `${chain}=${seq}`).join()).toString("base64url");
}
