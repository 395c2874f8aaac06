/** Faults in what is believed of the audit log, and of what was taken out of it. */
import type { Mutant } from "./mutant.ts";

const jobs = ["test/api/audit-exports.test.ts"];
const planted = ["test/api/planted-workspaces.test.ts"];
const large = ["test/api/large-entries.test.ts"];
const lost = ["test/api/lost-workspaces.test.ts"];
const command = ["test/local/audit-verify.test.ts"];

export const auditEvidenceMutants: readonly Mutant[] = [
  {
    claim: "of an entry that checkpoint and manifest know, the checkpoint is believed",
    file: "lib/local/audit-verify.ts",
    text: "new Map([[head.seq, head.hash], ...(known.get(chain) ?? [])])",
    instead: "new Map([...(known.get(chain) ?? []), [head.seq, head.hash]])",
    tests: command,
  },
  {
    claim: "a manifest's last entry is compared with checkpoints, though no file holds it",
    file: "lib/domain/export-verification.ts",
    text: "return noted.hash !== head.hash;",
    instead: "return false;",
    tests: command,
  },
  {
    claim: "a chain that was cut off before it was exported is found by an earlier checkpoint",
    file: "lib/domain/export-verification.ts",
    text: "return noted.seq > head.seq && Date.parse",
    instead: "return noted.seq < head.seq && Date.parse",
    tests: command,
  },
  {
    claim: "a chain may have grown after it was exported",
    file: "lib/domain/export-verification.ts",
    text: " && Date.parse(checkpoint.at) < Date.parse(at);",
    instead: ";",
    tests: command,
  },
  {
    claim: "what is past its time is in no export, swept or not",
    file: "lib/api/export-round.ts",
    text: "if (isGone(sealed, asked)) continue;",
    instead: "",
    tests: jobs,
  },
  {
    claim: "a job that had no turn is told",
    file: "lib/api/export-round.ts",
    text: "return isFirst ? [",
    instead: "return !isFirst ? [",
    tests: jobs,
  },
  {
    claim: "a job that had a turn is not told as left",
    file: "lib/api/export-round.ts",
    text: "waiting.length > 0; isFirst = false) {",
    instead: "waiting.length > 0; ) {",
    tests: jobs,
  },
  {
    claim: "records of jobs that had no turn come again",
    file: "functions/exporter.ts",
    text: "if (left.length > 0) throw",
    instead: "if (left.length > 1) throw",
    tests: ["test/functions/exporter.test.ts"],
  },
  {
    claim: "a page of the log is measured by what goes over the wire",
    file: "lib/api/audit-log.ts",
    text: "bytes += Buffer.byteLength(toEntryLine(value));",
    instead: "bytes += value.text.length;",
    tests: ["test/api/audit-lines.test.ts"],
  },
  {
    claim: "copies in the archive verify though some came twice",
    file: "docs/checkpoints.md",
    text: "| awk '!seen[$0]++' |",
    instead: "|",
    tests: ["test/api/entry-archive.test.ts"],
  },
  {
    claim: "what lies among the entries of a lost workspace does not say that they are gone for their age",
    file: "lib/api/checkpoint-comparison.ts",
    text: "beginning = head === undefined ? NOTHING : await findBeginning(store, place, head, now);",
    instead: "beginning = await findBeginning(store, place, head ?? NOTHING, now);",
    tests: lost,
  },
  {
    claim: "a workspace's chain is looked for by the key of its place",
    file: "lib/store/workspaces.ts",
    text: "const idOf = ({ sk }: Item, { prefix }: Range) => String(sk).slice(prefix.length) as WorkspaceId;",
    instead: "const idOf = ({ id }: Item, _: Range) => id as WorkspaceId;",
    tests: lost,
  },
  {
    claim: "a checkpoint names no chain that would make it none",
    file: "lib/api/noted-heads.ts",
    text: "const place = placeOfChain(orgId, chain);",
    instead: "const place = chain === orgId ? { orgId } : { orgId, workspaceId: chain as WorkspaceId };",
    tests: planted,
  },
  {
    claim: "what is no workspace and stands among them is told",
    file: "lib/api/audit-verification.ts",
    text: 'if (!isId("wks", next.value)) return',
    instead: 'if (next.value === "") return',
    tests: planted,
  },
  {
    claim: "large entries are verified in smaller pages",
    file: "lib/api/audit-verification.ts",
    text: "while (last.seq < head.seq && cost < most) {",
    instead: "while (last.seq < head.seq && count < most) {",
    tests: large,
  },
  {
    claim: "fewer large entries are looked through at once",
    file: "lib/api/audit-log.ts",
    text: "for (const { value } of rows.items) lookedAt += costOf(value);",
    instead: "lookedAt += rows.items.length;",
    tests: large,
  },
  {
    claim: "a step of an export looks at fewer large entries",
    file: "lib/api/export-round.ts",
    text: "looked += costOf(sealed);",
    instead: "looked++;",
    tests: large,
  },
];
