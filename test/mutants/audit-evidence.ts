/** Faults in what is believed of the audit log, and of what was taken out of it. */
import type { Mutant } from "./mutant.ts";

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
];
