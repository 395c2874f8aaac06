/**
 * Checkpoints of the audit log: now and then all chain heads of an organization are written down and signed by a key that can only
 * sign. Whoever rewrites or cuts a chain afterwards is found out by the last checkpoint before it.
 *
 * The rule, to the byte: `manifest` is canonical JSON (RFC 8785) as a text; `signature` is ECDSA on P-256 with SHA-256 over the
 * UTF-8 bytes of that text, DER, in base64. `previous` is the SHA-256 of the text before, in lower-case hexadecimal.
 */
import type { ChainHead } from "./audit.ts";
import { hashText, NO_HASH } from "./audit.ts";
import type { Json } from "./canonical-json.ts";
import { canonicalize } from "./canonical-json.ts";
import type { OrgId, WorkspaceId } from "./ids.ts";

const FORMAT = "bailiwick-checkpoint-1";

/** The head of one chain when the checkpoint was made. */
export interface NotedHead extends Pick<ChainHead, "seq" | "hash"> {
  readonly chain: OrgId | WorkspaceId;
  /**
   * Epoch seconds before which the table lets none of the entries go that this checkpoint was the first to see; nor any after them.
   * What the table says of it later proves nothing. Absent where they stay for good.
   */
  readonly keptUntil?: number;
}

export interface Manifest {
  readonly format: typeof FORMAT;
  readonly organization: OrgId;
  /** 1, 2, 3, … for each organization. */
  readonly number: number;
  readonly at: string;
  /** The hash of the manifest with `number` one less; 64 zeros in the first. */
  readonly previous: string;
  /** All chains of the organization, its own one among them, in the order of their names. */
  readonly chains: readonly NotedHead[];
}

/** A checkpoint as it is kept, one file for each. */
export interface Checkpoint {
  readonly manifest: string;
  readonly signature: string;
  /** SPKI, PEM: for convenience. It proves nothing by itself, since whoever forges the rest would put their own there. */
  readonly publicKey: string;
}

/** The last manifest before, as far as the next one needs it; `NO_CHECKPOINT` before the first. */
export interface LastManifest {
  readonly number: number;
  readonly hash: string;
}

export const NO_CHECKPOINT: LastManifest = { number: 0, hash: NO_HASH };

/** The text that is to be signed. */
export function writeManifest(
  organization: OrgId,
  last: LastManifest,
  at: string,
  heads: readonly NotedHead[],
): { readonly text: string; readonly written: LastManifest } {
  const number = last.number + 1;
  const chains = heads
    .map(({ chain, seq, hash, keptUntil }) => ({ chain, seq, hash, ...(keptUntil === undefined ? {} : { keptUntil }) }))
    .sort((a, b) => (a.chain < b.chain ? -1 : 1));
  const text = canonicalize({ format: FORMAT, organization, number, at, previous: last.hash, chains } as Json);
  return { text, written: { number, hash: hashText(text) } };
}

/** Reads a manifest's text; undefined where it is none. Whether it was signed is another question. */
export function readManifest(text: string): Manifest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isManifest(value) ? value : undefined;
}

function isManifest(value: unknown): value is Manifest {
  if (typeof value !== "object" || value === null) return false;
  const { format, organization, number, at, previous, chains } = value as Record<string, unknown>;
  return (
    format === FORMAT &&
    typeof organization === "string" &&
    typeof at === "string" &&
    typeof previous === "string" &&
    Number.isSafeInteger(number) &&
    Array.isArray(chains) &&
    chains.every(isNotedHead)
  );
}

function isNotedHead(value: unknown): value is NotedHead {
  if (typeof value !== "object" || value === null) return false;
  const { chain, seq, hash, keptUntil } = value as Record<string, unknown>;
  const isKept = keptUntil === undefined || Number.isSafeInteger(keptUntil);
  return typeof chain === "string" && Number.isSafeInteger(seq) && typeof hash === "string" && isKept;
}
