/** Faults in exports of the audit log: asking for one, writing it, linking to it, verifying it. */
import type { Mutant } from "./mutant.ts";

const jobs = ["test/api/audit-exports.test.ts"];
const bounds = ["test/api/export-limits.test.ts"];
const verification = ["test/domain/export-verification.test.ts"];
const objects = ["test/local/object-store.test.ts"];
const stacks = ["test/infra/infra.test.ts"];
const runs = ["test/functions/exporter.test.ts"];
const routes = "lib/api/audit-exports.ts";
const round = "lib/api/export-round.ts";
const checking = "lib/domain/export-verification.ts";
const manifest = "lib/domain/export-manifest.ts";

const inAsking: readonly Mutant[] = [
  {
    claim: "a hundred exports are kept",
    file: routes,
    text: "if (kept.length >= limits.exportsKept) {",
    instead: "if (kept.length > limits.exportsKept) {",
    tests: bounds,
  },
  {
    claim: "exports that run are found behind a page of those that are over",
    file: routes,
    text: "if (next === undefined) return kept;",
    instead: "if (next === undefined || kept.length === 0) return kept;",
    tests: bounds,
  },
  {
    claim: "an export has as many files as may be",
    file: round,
    text: "if (number > limits.exportFiles) {",
    instead: "if (number > limits.exportFiles + 1) {",
    tests: bounds,
  },
  {
    claim: "an export of which the rest is gone comes to its end",
    file: round,
    text: "if (within.length === 0) after = head.seq;",
    instead: "if (within.length === 0) throw new Error('the rest is gone');",
    tests: bounds,
  },
  {
    claim: "an export ends where the chain was when it was asked for",
    file: round,
    text: "filter(({ seq }) => seq <= head.seq)",
    instead: "filter(({ seq }) => seq > 0)",
    tests: jobs,
  },
  {
    claim: "an end has to be after its beginning",
    file: routes,
    text: "to === undefined || from < to",
    instead: "to === undefined || from <= to",
    tests: jobs,
  },
  {
    claim: "a workspace has to have been there",
    file: routes,
    text: "if (head === undefined) {",
    instead: "if (head === undefined && body.actor !== undefined) {",
    tests: jobs,
  },
  {
    claim: "no more run at once than may",
    file: routes,
    text: ">= limits.exportsRunning) {",
    instead: "> limits.exportsRunning) {",
    tests: jobs,
  },
  {
    claim: "a job that was left lying has failed",
    file: "lib/domain/audit-exports.ts",
    text: 'job.state === "running" && now >= Date.parse',
    instead: 'job.state === "running" && now > Date.parse',
    tests: jobs,
  },
  {
    claim: "one that was left lying does not count among those that run",
    file: routes,
    text: "items.map(({ value }) => judgeExport(value, now))",
    instead: "items.map(({ value }) => value)",
    tests: jobs,
  },
  {
    claim: "a job is gone to readers when its days are over",
    file: routes,
    text: "return now < expires * 1_000;",
    instead: "return now < expires * 1_001;",
    tests: jobs,
  },
];

const inWriting: readonly Mutant[] = [
  {
    claim: "the filter decides what is written",
    file: round,
    text: "if (!fitsFilter(entry, wanted)) continue;",
    instead: "if (!fitsFilter(entry, { ...wanted, to: undefined })) continue;",
    tests: jobs,
  },
  {
    claim: "what lies there first is what counts",
    file: round,
    text: "const found = await putOrFind(desk.bucket, exportKey(job, name), text);",
    instead: "const found = ((await putOrFind(desk.bucket, exportKey(job, name), text)) && text) as string;",
    tests: jobs,
  },
  {
    claim: "behind another file it is gone on after that one's last entry",
    file: round,
    text: "found === text ? after : last",
    instead: "found === text ? after : after",
    tests: jobs,
  },
  {
    claim: "of two who do the same step one counts",
    file: "lib/store/audit-exports.ts",
    text: "exportStep: from.step, failures",
    instead: "failures",
    tests: jobs,
  },
  {
    claim: "a file ends after so many entries",
    file: round,
    text: "lines.length >= limits.exportFileEntries ||",
    instead: "lines.length > limits.exportFileEntries ||",
    tests: jobs,
  },
  {
    claim: "a file ends after so many bytes",
    file: round,
    text: "bytes >= limits.exportFileBytes;",
    instead: "bytes >= 10 * limits.exportFileBytes;",
    tests: jobs,
  },
  {
    claim: "entries that are gone for their age are passed over",
    file: round,
    text: "first ||= sealed.seq;",
    instead: "first ||= 1;",
    tests: jobs,
  },
  {
    claim: "a step that failed is noted, and is the last one at some time",
    file: round,
    text: "if (failures < MOST_TRIES)",
    instead: "if (failures <= MOST_TRIES)",
    tests: jobs,
  },
  {
    claim: "a step that failed waits before it is tried again",
    file: round,
    text: "if (job.failures > 0) await",
    instead: "if (job.failures > 1) await",
    tests: jobs,
  },
  {
    claim: "one job that fails holds up no other",
    file: round,
    text: "else failed.push({ ...ref, error });",
    instead: "else return [...failed, { ...ref, error }];",
    tests: jobs,
  },
  {
    claim: "nothing is begun when the time is over",
    file: round,
    text: "if (desk.now() >= until) return isFirst ?",
    instead: "if (desk.now() >= until && failed.length > 0) return isFirst ?",
    tests: runs,
  },
  {
    claim: "an entry of each export stands in the organization's chain, with what was taken out",
    file: routes,
    text: "seq: job.head.seq, filter: job.filter",
    instead: "seq: job.head.seq, filter: {}",
    tests: jobs,
  },
];

const inVerifying: readonly Mutant[] = [
  {
    claim: "a file whose bytes differ is looked into",
    file: checking,
    text: "if (file.sha256 !== one.sha256)",
    instead: "if (file.bytes < 0)",
    tests: verification,
  },
  {
    claim: "an entry that is gone is named",
    file: checking,
    text: "if (missing !== undefined) faults.push",
    instead: "if (missing === 0) faults.push",
    tests: verification,
  },
  {
    claim: "an entry that was put in is named",
    file: checking,
    text: "else if (at === undefined)",
    instead: "else if (at === -1)",
    tests: verification,
  },
  {
    claim: "an entry of another chain is none of the export's",
    file: checking,
    text: "entry.chain === chain ? placeOf(seq, ranges) : undefined",
    instead: "placeOf(seq, ranges)",
    tests: verification,
  },
  {
    claim: "an entry that was hashed again is told by its mark",
    file: checking,
    text: "!hash.startsWith(mark)",
    instead: "!hash.startsWith(mark.slice(4))",
    tests: verification,
  },
  {
    claim: "a file that was not given is missed",
    file: checking,
    text: "if (!found.has(file)) faults.push",
    instead: "if (found.size === 0) faults.push",
    tests: verification,
  },
  {
    claim: "the earliest entry is named",
    file: checking,
    text: "faults.sort((a, b) => a.seq - b.seq)",
    instead: "faults",
    tests: verification,
  },
  {
    claim: "a checkpoint is no manifest of an export",
    file: manifest,
    text: "format === FORMAT &&",
    instead: "format !== undefined &&",
    tests: verification,
  },
  {
    claim: "a manifest is read in the one form that is signed",
    file: manifest,
    text: "if (canonicalize(value as Json) !== text) return undefined;",
    instead: "if (canonicalize(value as Json) === undefined) return undefined;",
    tests: verification,
  },
  {
    claim: "a manifest names as many entries as it counts",
    file: manifest,
    text: "countSeqs(ranges) === entries &&",
    instead: "countSeqs(ranges) > 0 &&",
    tests: verification,
  },
];

const inHosts: readonly Mutant[] = [
  {
    claim: "a link works for its time only",
    file: "lib/local/presigned-request.ts",
    text: "if (now > signedAt + seconds * 1_000)",
    instead: "if (now > signedAt + seconds * 2_000)",
    tests: objects,
  },
  {
    claim: "a link is signed for its own object",
    file: "lib/local/presigned-request.ts",
    text: "const request = [method, path,",
    instead: 'const request = [method, "/acme-audit/k",',
    tests: objects,
  },
  {
    claim: "a signature is compared whole",
    file: "lib/local/presigned-request.ts",
    text: "if (given.length !== wanted.length || !timingSafeEqual(given, wanted))",
    instead: "if (!wanted.subarray(0, given.length).equals(given))",
    tests: objects,
  },
  {
    claim: "an object is gone when its days are over",
    file: "lib/local/object-store.ts",
    text: "return this.#now() >= modified + this.#lifetime;",
    instead: "return this.#now() >= modified + 2 * this.#lifetime;",
    tests: objects,
  },
  {
    claim: "exports are let go after some days",
    file: "lib/infra/export-bucket.ts",
    text: "{ expiration: Duration.days(limits.exportDays), abort",
    instead: "{ noncurrentVersionExpiration: Duration.days(limits.exportDays), abort",
    tests: stacks,
  },
  {
    claim: "who works on exports writes their jobs and nothing else",
    file: "lib/infra/table-grants.ts",
    text: 'const EXPORT_JOBS = ["EXPORTS#*"];',
    instead: 'const EXPORT_JOBS = ["*"];',
    tests: stacks,
  },
  {
    claim: "who links to exports cannot write them",
    file: "lib/infra/export-grants.ts",
    text: 'link: { objects: ["s3:GetObject"],',
    instead: 'link: { objects: ["s3:GetObject", "s3:PutObject"],',
    tests: stacks,
  },
  {
    claim: "the worker runs on jobs that run, and on nothing else",
    file: "lib/infra/audit-exports.ts",
    text: 'FilterRule.isEqual("running")',
    instead: "FilterRule.exists()",
    tests: stacks,
  },
];

export const auditExportMutants: readonly Mutant[] = [...inAsking, ...inWriting, ...inVerifying, ...inHosts];
