/** The example of `docs/audit-log.md`: a chain of four entries, and what verification says of it after each kind of tampering. */
import type { AuditEntry, ChainHead } from "../../lib/domain/audit.ts";
import { NO_HASH, openEntry, seal } from "../../lib/domain/audit.ts";
import { ChainVerification } from "../../lib/domain/chain-verification.ts";
import { NO_CHECKPOINT, writeManifest } from "../../lib/domain/checkpoints.ts";
import type { EntryId, OrgId } from "../../lib/domain/ids.ts";
import { explain } from "../../lib/local/verification-report.ts";
import { read, rehash, rewriteFrom } from "../domain/exported-log.ts";
import { toTable } from "./page.ts";

const ORG = "org_01kat0m6r0g5t3v8y1b4n7q2s9" as OrgId;
const ANN = "usr_01kat0m5w8d2f6h9k3m7p1r4t8";
const BOB = "usr_01kat0me94a7c0f3h6k9n2q5s8";

const deeds = [
  ["organization.created", { type: "organization", id: ORG }, { after: { name: "Acme Zürich" } }],
  ["user.invited", { type: "user", id: BOB }, { after: { email: "bob@acme.example" } }],
  ["user.suspended", { type: "user", id: BOB }, { before: { status: "active" }, after: { status: "suspended" } }],
  ["user.deleted", { type: "user", id: BOB }, { before: { status: "suspended" } }],
] as const;

let head: ChainHead = { seq: 0, hash: NO_HASH };
/** As the table keeps them: the text that is hashed, and its hash. */
export const sealedEntries = deeds.map(([action, target, difference], index) => {
  const sealed = seal(head, {
    id: `aud_01kat0m6r1c4e7g0j3m6q9s2v${index}` as EntryId,
    chain: ORG,
    at: `2026-11-23T09:00:0${index}.000Z`,
    action,
    actor: { kind: "user", id: ANN },
    target,
    ...difference,
    origin: { ip: "192.0.2.7", requestId: `b6c1d8f${index}`, userAgent: "curl/8.5.0" },
    outcome: "success",
  });
  head = sealed;
  return sealed;
});

/** As the API gives them. */
export const exampleLog = sealedEntries.map((sealed) => JSON.stringify(openEntry(sealed)));

/** Made after the third entry. */
export const exampleManifest = writeManifest(ORG, NO_CHECKPOINT, "2026-11-23T09:05:00.000Z", [
  { chain: ORG, seq: 3, hash: sealedEntries[2]?.hash ?? "" },
]).text;

const [one = "", two = "", three = "", four = ""] = exampleLog;
const edit = (line: string, change: (entry: AuditEntry) => object) => {
  const entry = read(line);
  return { ...entry, ...change(entry) } as AuditEntry;
};
const lenient = (entry: AuditEntry) => ({ action: "user.resumed", at: entry.at }) as const;
const known = new Map([[ORG as string, new Map([[3, sealedEntries[2]?.hash ?? ""]])]]);

const tamperings: readonly [what: string, lines: readonly string[], hasCheckpoint?: boolean][] = [
  ["a word of entry 3 changed", [one, two, JSON.stringify(edit(three, lenient)), four]],
  ["… and its `hash` made to fit", [one, two, rehash(edit(three, lenient)), four]],
  [
    "entry 3 made to follow another one, its `hash` made to fit",
    [one, two, rehash(edit(three, () => ({ prevHash: "f".repeat(64) }))), four],
  ],
  ["entry 3 and all after it made to fit", rewriteFrom(exampleLog, 2, lenient)],
  ["… with a checkpoint of entry 3", rewriteFrom(exampleLog, 2, lenient), true],
  ["entry 2 taken out", [one, three, four]],
  ["entries 3 and 4 taken out", [one, two]],
  ["… with a checkpoint of entry 3", [one, two], true],
  ["entries 1 and 2 taken out", [three, four]],
  ["entries 2 and 3 swapped", [one, three, two, four]],
  ["entry 2 put in once more", [one, two, two, three, four]],
  ["another entry 2 put in", [one, two, rehash(edit(two, lenient)), three, four]],
  ["a quotation mark taken out of entry 2", [one, two.replace('"', ""), three, four]],
  ["the `hash` taken out of entry 2", [one, sealedEntries[1]?.text ?? "", three, four]],
];

export function tamperingTable(): string {
  const rows = tamperings.map(([what, lines, hasCheckpoint = false]) => {
    const verification = new ChainVerification(hasCheckpoint ? { known } : {});
    for (const line of lines) verification.add(Buffer.from(line));
    const { broken, verified } = verification.finish();
    const [found] = broken;
    if (found === undefined) return [what, ...verified.map(({ from, to }) => `entries ${from} to ${to} verified`), ""];
    return [what, `\`${found.reason}\` at ${found.seq}`, explain(found.reason)];
  });
  return toTable(["what was done to the four entries", "what is said", "that is"], rows);
}
