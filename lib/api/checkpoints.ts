/** Checkpoints as they lie in the archive: one object for each, which counts only if our key signed it. */
import type { Bucket } from "../archive/bucket.ts";
import type { SigningKey } from "../archive/signing-key.ts";
import { hashText } from "../domain/audit.ts";
import type { Checkpoint, LastManifest, Manifest } from "../domain/checkpoints.ts";
import { NO_CHECKPOINT, readManifest, writeManifest } from "../domain/checkpoints.ts";
import type { OrgId } from "../domain/ids.ts";
import { isId } from "../domain/ids.ts";
import type { PlaceRef } from "../store/keys.ts";

/** Where copies of what must not change are kept, and the key that vouches for them. */
export interface Archive {
  readonly bucket: Bucket;
  readonly signingKey: SigningKey;
}

/** A checkpoint that is there and was signed. */
export interface SignedCheckpoint {
  readonly manifest: Manifest;
  /** What the next one names as the one before it. */
  readonly asLast: LastManifest;
}

/** What all objects of an organization's checkpoints begin with. */
export function checkpointFolder(orgId: OrgId): string {
  return `checkpoints/${orgId}/`;
}

/** The keys stand in the order of their numbers. */
function checkpointKey(orgId: OrgId, number: number): string {
  return `${checkpointFolder(orgId)}${String(number).padStart(12, "0")}.json`;
}

/** The number that a key of the folder names; undefined for what is no checkpoint's. */
export function numberOfKey(orgId: OrgId, key: string): number | undefined {
  const [, digits] = /^([0-9]{12})\.json$/.exec(key.slice(checkpointFolder(orgId).length)) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** The place of a chain that a manifest names. Only what can be one gets near a key. */
export function placeOfChain(orgId: OrgId, chain: string): PlaceRef | undefined {
  if (chain === orgId) return { orgId };
  return isId("wks", chain) ? { orgId, workspaceId: chain } : undefined;
}

/** `forged`: something is there that our key never signed for this organization and number. */
export async function readCheckpoint(
  { bucket, signingKey }: Archive,
  orgId: OrgId,
  number: number,
): Promise<SignedCheckpoint | "absent" | "forged"> {
  const text = await bucket.read(checkpointKey(orgId, number));
  if (text === undefined) return "absent";
  const written = readWritten(text);
  if (written === undefined || !(await signingKey.isSigned(written.manifest, written.signature))) return "forged";
  const manifest = readManifest(written.manifest);
  const isOurs =
    manifest?.organization === orgId &&
    manifest.number === number &&
    manifest.chains.every(({ chain }) => placeOfChain(orgId, chain) !== undefined);
  return isOurs ? { manifest, asLast: { number, hash: hashText(written.manifest) } } : "forged";
}

/** Signs the next manifest and puts it. @returns its number, and whether somebody else was there first */
export async function putCheckpoint(
  { bucket, signingKey }: Archive,
  orgId: OrgId,
  last: SignedCheckpoint | undefined,
  at: string,
  heads: Manifest["chains"],
): Promise<{ readonly number: number; readonly outcome: "put" | "taken" }> {
  const { text: manifest, written } = writeManifest(orgId, last?.asLast ?? NO_CHECKPOINT, at, heads);
  const [signature, publicKey] = [await signingKey.sign(manifest), await signingKey.publicKey()];
  const body: Checkpoint = { manifest, signature, publicKey };
  const outcome = await bucket.putNew(checkpointKey(orgId, written.number), JSON.stringify(body));
  return { number: written.number, outcome };
}

/** The two members that count; the public key beside them proves nothing. */
function readWritten(text: string): { readonly manifest: string; readonly signature: string } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { manifest, signature } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return typeof manifest === "string" && typeof signature === "string" ? { manifest, signature } : undefined;
}
