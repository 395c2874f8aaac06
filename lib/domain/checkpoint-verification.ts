/** Reads checkpoint files, and tells what they say of chains: only those whose signature and form are right say anything. */
import { hashText, NO_HASH } from "./audit.ts";
import type { Json } from "./canonical-json.ts";
import { canonicalize } from "./canonical-json.ts";
import type { Checkpoint, Manifest } from "./checkpoints.ts";
import { readManifest } from "./checkpoints.ts";

export type CheckpointFault =
  /** It is no checkpoint. */
  | "checkpoint-form"
  /** It was not signed by that key, or something in it was altered. */
  | "checkpoint-signature"
  /** It does not follow the checkpoint with the number before. */
  | "checkpoint-unlinked"
  /** Another checkpoint of this number, or of the same entry, says something else. */
  | "checkpoint-fork";

export interface CheckpointFile {
  readonly name: string;
  readonly text: string;
}

export interface BrokenCheckpoint {
  readonly checkpoint: string;
  readonly reason: CheckpointFault;
}

interface ReadCheckpoint {
  readonly name: string;
  readonly manifest: Manifest;
  /** Of the manifest's text. */
  readonly hash: string;
}

export interface Checkpoints {
  readonly manifests: readonly Manifest[];
  /** By chain and `seq`. */
  readonly known: ReadonlyMap<string, ReadonlyMap<number, string>>;
  readonly broken: readonly BrokenCheckpoint[];
}

/** @param isSigned whether the signature is one of the manifest's text, by the key that is to be trusted */
export function readCheckpoints(
  files: readonly CheckpointFile[],
  isSigned: (checkpoint: Checkpoint) => boolean,
): Checkpoints {
  const read: ReadCheckpoint[] = [];
  const broken: BrokenCheckpoint[] = [];
  for (const file of files) {
    const checkpoint = readOne(file, isSigned);
    if (typeof checkpoint === "string") broken.push({ checkpoint: file.name, reason: checkpoint });
    else read.push(checkpoint);
  }
  read.sort(
    (a, b) => compare(a.manifest.organization, b.manifest.organization) || a.manifest.number - b.manifest.number,
  );
  for (const [index, one] of read.entries()) {
    const reason = findLinkFault(read[index - 1], one);
    if (reason !== undefined) broken.push({ checkpoint: one.name, reason });
  }
  const known = new Map<string, Map<number, string>>();
  for (const { name, manifest } of read)
    if (!noteHeads(known, manifest)) broken.push({ checkpoint: name, reason: "checkpoint-fork" });
  return { manifests: read.map(({ manifest }) => manifest), known, broken };
}

function readOne(
  { name, text }: CheckpointFile,
  isSigned: (checkpoint: Checkpoint) => boolean,
): ReadCheckpoint | CheckpointFault {
  const checkpoint = readSigned(text);
  if (checkpoint === undefined) return "checkpoint-form";
  if (!isSigned(checkpoint)) return "checkpoint-signature";
  const manifest = readManifest(checkpoint.manifest);
  if (manifest === undefined || !isCanonical(checkpoint.manifest, manifest)) return "checkpoint-form";
  return { name, manifest, hash: hashText(checkpoint.manifest) };
}

/** A signed text as it is kept, of a checkpoint or of another manifest; undefined for what is none. */
export function readSigned(text: string): Checkpoint | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { manifest, signature, publicKey } = value as Record<string, unknown>;
  if (typeof manifest !== "string" || typeof signature !== "string" || typeof publicKey !== "string") return undefined;
  return { manifest, signature, publicKey };
}

/** What is written in another way may be read in another way. */
function isCanonical(text: string, manifest: Manifest): boolean {
  try {
    return canonicalize(manifest as unknown as Json) === text;
  } catch (error) {
    // Nested so deeply as no manifest is.
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function findLinkFault(before: ReadCheckpoint | undefined, one: ReadCheckpoint): CheckpointFault | undefined {
  const { organization, number, previous } = one.manifest;
  if ((number === 1) !== (previous === NO_HASH)) return "checkpoint-unlinked";
  if (before?.manifest.organization !== organization) return undefined;
  if (before.manifest.number === number) return before.hash === one.hash ? undefined : "checkpoint-fork";
  const isNext = before.manifest.number === number - 1;
  return isNext && before.hash !== previous ? "checkpoint-unlinked" : undefined;
}

/** @returns whether nothing that was noted before says otherwise */
function noteHeads(known: Map<string, Map<number, string>>, { chains }: Manifest): boolean {
  let isFitting = true;
  for (const { chain, seq, hash } of chains) {
    const hashes = known.get(chain) ?? new Map<number, string>();
    known.set(chain, hashes);
    const noted = hashes.get(seq);
    if (noted === undefined) hashes.set(seq, hash);
    else if (noted !== hash) isFitting = false;
  }
  return isFitting;
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
