/** Runs test files in a copy of the work tree, and reads from vitest's own report what came of it. */
import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Milliseconds for each test file; then the run is ended, with all that it started. */
const PATIENCE = 60_000;
/** A single file may wait for a fault to show, and for the service to start. */
const LEAST_PATIENCE = 120_000;

export type Outcome =
  | { readonly kind: "green" }
  /** An assertion did not hold: this one. */
  | { readonly kind: "red"; readonly test: string }
  /** It says nothing: no test ran, a file did not load, a test failed in another way than by an assertion. */
  | { readonly kind: "spoiled"; readonly why: string };

interface Report {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

const running = new Set<number>();

export async function runTests(copy: string, tests: readonly string[], workers: number): Promise<Outcome> {
  const file = join(copy, "report.json");
  rmSync(file, { force: true });
  const program = join(copy, "node_modules/vitest/vitest.mjs");
  const flags = ["--reporter=json", `--outputFile=${file}`, "--bail=1", `--maxWorkers=${workers}`, "--no-cache"];
  const complaint = await run(
    [program, "run", ...tests, ...flags],
    copy,
    Math.max(LEAST_PATIENCE, tests.length * PATIENCE),
  );
  let report: Report;
  try {
    report = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return { kind: "spoiled", why: complaint };
  }
  return judge(report);
}

/** Ends what is under way. */
export function endRuns(): void {
  for (const pid of running) endGroup(pid);
}

function judge(report: Report): Outcome {
  const failed = report.testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === "failed"),
  );
  const byAssertion = failed.find(({ failureMessages = [] }) => failureMessages.some(isAssertion));
  if (byAssertion !== undefined) return { kind: "red", test: byAssertion.fullName };
  if (report.success && report.numPassedTests > 0) return { kind: "green" };
  const why = [
    ...failed.flatMap(({ failureMessages = [] }) => failureMessages),
    ...report.testResults.map(({ message }) => message),
  ];
  return { kind: "spoiled", why: why.find((text) => text !== "") ?? "no test ran" };
}

/** The report holds stacks, not names: those of assertions on promises begin with a plain "Error", as those of properties do. */
function isAssertion(stack: string): boolean {
  return /^AssertionError|^Error: Property failed after|__VITEST_(REJECTS|RESOLVES)__/m.test(stack);
}

/** @returns what it complained of */
function run(command: readonly string[], cwd: string, patience: number): Promise<string> {
  return new Promise((resolve) => {
    // A group of its own, so that an engine that it started ends with it.
    const child = spawn(process.execPath, command, { cwd, detached: true, stdio: ["ignore", "ignore", "pipe"] });
    const pid = child.pid ?? 0;
    running.add(pid);
    let complaint = "";
    child.stderr.on("data", (output: Buffer) => {
      complaint = `${complaint}${output}`.slice(-2_000);
    });
    const timer = setTimeout(() => endGroup(pid), patience);
    child.on("exit", (_code, signal) => {
      clearTimeout(timer);
      running.delete(pid);
      resolve(signal === null ? complaint : `the run was ended: ${signal}`);
    });
  });
}

function endGroup(pid: number): void {
  if (pid > 0) process.kill(-pid, "SIGKILL");
}
