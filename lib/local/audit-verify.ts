/**
 * `npm run -s audit:verify -- file.jsonl... [--checkpoint file.json]... [--manifest manifest.json] [--key key.pem] [--filtered]`
 * verifies an exported audit log; `-` reads what is piped in. Exit code 0: everything was verified; 1: something is broken, and it is
 * said what; 2: it could not be looked at.
 */
import type { KeyObject } from "node:crypto";
import { createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { ChainVerification, type Verification } from "../domain/chain-verification.ts";
import { type Checkpoints, readCheckpoints, readSigned } from "../domain/checkpoint-verification.ts";
import type { Checkpoint } from "../domain/checkpoints.ts";
import { type ExportManifest, readExportManifest } from "../domain/export-manifest.ts";
import { isContradicted, type ReadFile, verifyExport } from "../domain/export-verification.ts";
import { type Fault, firstOfEach, type ManifestFault } from "./named-faults.ts";
import { readLog, toRefusal } from "./read-log.ts";
import { StartRefusal } from "./start-refusal.ts";
import { count, tellBroken, tellCheckpoint, tellManifest, tellVerified, toShown } from "./verification-report.ts";

const USAGE = `Say which files: npm run -s audit:verify -- file.jsonl... [--checkpoint file.json]... [--manifest manifest.json] [--key key.pem] [--filtered]
A file of "-" is what is piped in.`;

interface Wish {
  readonly files: readonly string[];
  readonly checkpoints: readonly string[];
  readonly manifest?: string;
  readonly key?: string;
  readonly isFiltered: boolean;
}

function readArguments(): Wish {
  const { positionals: files, values } = parse();
  const { checkpoint: checkpoints, manifest, key, filtered: isFiltered } = values;
  // Of an export without any entry there is nothing but its manifest.
  if ((files.length === 0 && manifest === undefined) || files.includes("")) throw new StartRefusal(USAGE);
  if (key !== undefined && checkpoints.length === 0 && manifest === undefined)
    throw new StartRefusal(
      "A key is for checkpoints and manifests: name at least one with --checkpoint or --manifest.",
    );
  if (manifest !== undefined && isFiltered)
    throw new StartRefusal("A manifest says itself whether its export is filtered: leave --filtered out.");
  return {
    files,
    checkpoints,
    isFiltered,
    ...(manifest === undefined ? {} : { manifest }),
    ...(key === undefined ? {} : { key }),
  };
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        checkpoint: { type: "string", multiple: true, default: [] },
        manifest: { type: "string" },
        key: { type: "string" },
        filtered: { type: "boolean", default: false },
      },
    });
  } catch {
    throw new StartRefusal(USAGE);
  }
}

interface ReadLog {
  readonly verification: Verification;
  readonly files: readonly (ReadFile & { readonly lines: number })[];
}

async function readAll(
  { files, isFiltered }: Wish,
  { known }: Pick<Checkpoints, "known">,
  manifest: ExportManifest | undefined,
): Promise<ReadLog> {
  const isNarrowed = isFiltered || manifest?.isFiltered === true;
  const verification = new ChainVerification({ known: withHead(known, manifest), isFiltered: isNarrowed });
  const read: ReadLog["files"][number][] = [];
  for (const file of inOrder(files, manifest)) read.push(await readLog(file, verification, manifest !== undefined));
  return { verification: verification.finish(), files: read };
}

/** A manifest knows one more entry of its chain; where a checkpoint knows it as well, it is the checkpoint that is believed. */
function withHead(known: Checkpoints["known"], manifest: ExportManifest | undefined): Checkpoints["known"] {
  if (manifest === undefined) return known;
  const { chain, head } = manifest;
  return new Map([...known, [chain, new Map([[head.seq, head.hash], ...(known.get(chain) ?? [])])]]);
}

/** Files stand in the order in which the export wrote them, however the shell sorted them. */
function inOrder(files: readonly string[], manifest: ExportManifest | undefined): readonly string[] {
  const names = manifest?.files.map(({ name }) => name) ?? [];
  const placeOf = (file: string) => {
    const place = names.indexOf(basename(file));
    return place < 0 ? names.length : place;
  };
  return files.toSorted((a, b) => placeOf(a) - placeOf(b));
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw toRefusal(file, error);
  }
}

/** What is signed, of the right form, by the right key; and what is wrong with it, if anything. */
function readManifest(
  file: string,
  trusted: KeyObject | undefined,
  { manifests }: Pick<Checkpoints, "manifests">,
): { readonly exported?: ExportManifest; readonly fault?: Fault } {
  const faultOf = (reason: ManifestFault) => ({ fault: { manifest: file, reason } });
  const signed = readSigned(readText(file));
  if (signed === undefined) return faultOf("manifest-form");
  if (!isSigned(signed, trusted)) return faultOf("manifest-signature");
  const exported = readExportManifest(signed.manifest);
  if (exported === undefined) return faultOf("manifest-form");
  return { exported, ...(isContradicted(exported, manifests) ? faultOf("manifest-contradicted") : {}) };
}

function readKey(file: string): KeyObject {
  const key = parseKey(readText(file));
  if (key === undefined) throw new StartRefusal(`${toShown(file)} holds no public key of ECDSA on P-256.`);
  return key;
}

function parseKey(pem: string): KeyObject | undefined {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyDetails?.namedCurve === "prime256v1" ? key : undefined;
  } catch {
    return undefined;
  }
}

/** By the key that is trusted; by the checkpoint's own, which proves little, only where none is named. */
function isSigned({ manifest, signature, publicKey }: Checkpoint, trusted: KeyObject | undefined): boolean {
  const key = trusted ?? parseKey(publicKey);
  if (key === undefined) return false;
  return verify("sha256", Buffer.from(manifest), key, Buffer.from(signature, "base64"));
}

function tellKey(hasKey: boolean): string {
  return hasKey
    ? "The signatures are by the key that you named."
    : "The signatures were checked against the keys that they bring themselves, which anybody could have put there: name the key that you trust with --key.";
}

function tellSum(
  { entries, verified, broken }: Verification,
  isWhole: boolean,
  hasManifest: boolean,
  seconds: number,
): string {
  const hasGaps = !hasManifest && verified.some(({ leftOut }) => leftOut > 0);
  const verb = !isWhole ? "read" : hasGaps ? "filtered, so that chains were not verified:" : "verified";
  const chains = new Set([...verified, ...broken].map(({ chain }) => chain)).size;
  const speed = `${seconds.toFixed(1)} s, ${count(Math.round(entries / seconds), "entry", "entries")}/s`;
  return `${verb} ${count(entries, "entry", "entries")} of ${count(chains, "chain")} (${speed})`;
}

try {
  const wish = readArguments();
  const trusted = wish.key === undefined ? undefined : readKey(wish.key);
  const files = wish.checkpoints.map((name) => ({ name, text: readText(name) }));
  const checkpoints = readCheckpoints(files, (checkpoint) => isSigned(checkpoint, trusted));
  const { exported, fault: unfit } =
    wish.manifest === undefined ? {} : readManifest(wish.manifest, trusted, checkpoints);
  const started = performance.now();
  const { verification, files: read } = await readAll(wish, checkpoints, exported);
  const seconds = (performance.now() - started) / 1_000;
  const isEmpty = exported?.files.length === 0;
  if (verification.entries === 0 && !isEmpty)
    throw new StartRefusal(`${toShown(wish.files.join(" "))} ${wish.files.length > 1 ? "hold" : "holds"} no entry.`);
  const { verified } = verification;
  const broken = firstOfEach(verification.broken, exported === undefined ? [] : verifyExport(exported, read), read);
  const faults: readonly Fault[] = [...broken, ...checkpoints.broken, ...(unfit === undefined ? [] : [unfit])];
  const inFile = new Set([...verified, ...verification.broken].map(({ chain = "" }) => chain));
  for (const fault of faults) console.log(tellBroken(fault));
  for (const chain of verified) console.log(tellVerified(chain, files.length > 0));
  for (const checkpoint of checkpoints.manifests) console.log(tellCheckpoint(checkpoint, inFile));
  if (exported !== undefined) console.log(tellManifest(exported));
  if (checkpoints.manifests.length > 0 || exported !== undefined) console.log(tellKey(trusted !== undefined));
  const isWhole = faults.length === 0;
  console.log(tellSum(verification, isWhole, exported !== undefined, seconds));
  if (!isWhole) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof StartRefusal)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
