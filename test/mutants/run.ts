/**
 * `npm run mutants`: puts each fault into a copy of the code, and demands that a test turns red for it. Fails when a fault
 * goes unnoticed, no longer applies, or does not let its tests run.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { copyWorkTree } from "../work-copy.ts";
import { withFault } from "./fault.ts";
import type { Mutant } from "./mutant.ts";
import { mutants } from "./mutants.ts";
import { endRuns, runTests } from "./trial.ts";

const root = join(import.meta.dirname, "../..");
const workers = Math.min(availableParallelism(), 4);
const folder = mkdtempSync(join(tmpdir(), "bailiwick-mutants-"));
const copies = Array.from({ length: workers }, (_, index) => join(folder, String(index)));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    endRuns();
    process.exit(1);
  });
}
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

for (const copy of copies) {
  mkdirSync(copy);
  copyWorkTree(root, copy);
}
await demandGreen(copies[0] ?? folder);
let failed = 0;
const waiting = mutants.values();
await Promise.all(copies.map(work));
console.log(`${mutants.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** A test that is red without any fault would notice everything. */
async function demandGreen(copy: string): Promise<void> {
  const tests = [...new Set(mutants.flatMap((mutant) => mutant.tests))];
  const outcome = await runTests(copy, tests, workers);
  if (outcome.kind === "green") return;
  const why = outcome.kind === "red" ? outcome.test : outcome.why;
  console.error(`The tests are not green without a fault: ${why}\n0 passed, ${mutants.length} failed`);
  process.exit(1);
}

async function work(copy: string): Promise<void> {
  for (const mutant of waiting) {
    const fault = await findFault(copy, mutant);
    if (fault !== undefined) failed++;
    console.log(
      `${fault === undefined ? "noticed " : "FAILED  "} ${mutant.claim}${fault === undefined ? "" : `\n         ${mutant.file}: ${fault}`}`,
    );
  }
}

/** What is wrong with a mutant; nothing when its tests notice it. */
async function findFault(copy: string, mutant: Mutant): Promise<string | undefined> {
  try {
    const outcome = await withFault(copy, mutant, () => runTests(copy, mutant.tests, 1));
    if (outcome.kind === "red") return undefined;
    return outcome.kind === "green"
      ? `nobody noticed: ${mutant.tests.join(", ")}`
      : `no assertion failed: ${outcome.why}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
