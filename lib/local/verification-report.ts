/** Says what came of a verification. What stems from the file is escaped: nobody writes to the reader's terminal through a log. */
import type { BreakReason } from "../domain/chain-break.ts";
import type { VerifiedChain } from "../domain/chain-verification.ts";
import type { CheckpointFault } from "../domain/checkpoint-verification.ts";
import type { Manifest } from "../domain/checkpoints.ts";
import type { ExportManifest } from "../domain/export-manifest.ts";
import type { ExportFault, FileFault } from "../domain/export-verification.ts";
import type { Fault, ManifestFault } from "./named-faults.ts";

/** Characters of a name from the file that are shown. */
const SHOWN = 100;

type Reason = BreakReason | CheckpointFault | ExportFault | FileFault | ManifestFault;

const sentences: Readonly<Record<Reason, string>> = {
  "not-json": "the line is no JSON",
  "not-entry": "the line is no audit entry",
  altered: "its content does not fit its hash: it was altered",
  replaced: "its hash fits its content, but the entry after it follows another one: it was altered, and hashed again",
  unlinked: "it follows another entry than the one before it",
  missing: "it is missing",
  "out-of-order": "it stands where another entry should",
  doubled: "it stands there twice",
  fork: "there are two different entries of this number",
  contradicted: "a checkpoint names another hash: it, or an entry before it, was altered",
  "cut-short": "the chain ends before it, and a checkpoint knows of it: the end was cut off",
  "checkpoint-form": "it is no checkpoint",
  "checkpoint-signature": "its signature is not right: it was altered, or signed with another key",
  "checkpoint-unlinked": "it does not follow the checkpoint before it",
  "checkpoint-fork": "another checkpoint says otherwise of the same",
  "not-exported": "the manifest does not name it: it was put in",
  remade: "its hash fits its content, but not what the manifest says of it: it was altered, and hashed again",
  "file-missing": "the manifest names it, and it was not given",
  "file-unknown": "the manifest does not name it, or names it once only",
  "file-altered": "its bytes are others than the manifest names, though each entry in it is whole",
  "manifest-form": "it is no manifest of an export",
  "manifest-signature": "its signature is not right: it was altered, or signed with another key",
  "manifest-contradicted":
    "a checkpoint says otherwise of where the chain ended: the chain was altered before it was exported",
};

/** What a reason means, as the rest of a sentence. */
export function explain(reason: Reason): string {
  return sentences[reason];
}

/** Two lines: one for machines, one for people. */
export function tellBroken(broken: Fault): string {
  return `broken ${toJson(broken)}\n${subjectOf(broken)}: ${explain(broken.reason)}.`;
}

function subjectOf(broken: Fault): string {
  if ("checkpoint" in broken) return `Checkpoint ${toShown(broken.checkpoint)}`;
  if ("manifest" in broken) return `Manifest ${toShown(broken.manifest)}`;
  const { chain, seq, line, file } = broken;
  return [
    ...(chain === undefined ? [] : [toShown(chain)]),
    ...(seq === undefined ? [] : [`entry ${seq}`]),
    ...(file === undefined ? [] : [`file ${toShown(file)}`]),
    ...(line === undefined ? [] : [`line ${line}`]),
  ].join(", ");
}

/** @param hasCheckpoints whether there were any that could have said something of it */
export function tellVerified(verified: VerifiedChain, hasCheckpoints: boolean): string {
  const { chain, entries, from, to, leftOut, compared } = verified;
  const what =
    leftOut === 0
      ? `entries ${from} to ${to}`
      : `${count(entries, "entry", "entries")} from ${from} to ${to}, each whole by itself; ${leftOut} in between are not in the file`;
  const notes = [
    ...(from === 1 || leftOut > 0 ? [] : ["the file begins after its first entry"]),
    ...(hasCheckpoints ? [`held against ${count(compared, "head")} of checkpoints`] : []),
  ];
  return [`${toShown(chain)}: ${what}`, ...notes].join("; ");
}

/** @param inFile the chains of the file */
export function tellCheckpoint({ organization, number, at, chains }: Manifest, inFile: ReadonlySet<string>): string {
  const absent = chains.filter(({ chain }) => !inFile.has(chain)).length;
  const names = `checkpoint ${number} of ${toShown(organization)}, ${toShown(at)}`;
  return `${names}: ${count(chains.length, "chain")}, ${absent} of them not in the file`;
}

export function tellManifest({ export: id, at, chain, first, head, files, isFiltered }: ExportManifest): string {
  const entries = files.reduce((sum, file) => sum + file.entries, 0);
  const what = `${count(entries, "entry", "entries")} in ${count(files.length, "file")}`;
  const of = `${toShown(chain)} from ${first} to ${head.seq}`;
  const kind = isFiltered ? "what a filter let through of" : "all of";
  return `manifest of ${toShown(id)}, ${toShown(at)}: ${what}, ${kind} ${of}`;
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

/** As it would stand within JSON, with everything escaped that is not printable ASCII. */
export function toShown(text: string): string {
  const shown = toJson(text.slice(0, SHOWN)).slice(1, -1);
  return text.length > SHOWN ? `${shown}...` : shown;
}

function toJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
