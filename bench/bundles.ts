/** How large the deployable functions are, and how long the authorizer takes to load in a process that just started. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleFunctions } from "../lib/infra/bundles.ts";
import type { Measured } from "./number.ts";
import { percentile } from "./number.ts";

const COLD_STARTS = 9;
/** Of what stands between a person and the first answer. */
const TRIGGER_MOST = 300;
const TRIGGERS = ["authorizer", "sign-in", "inbound-federation"];
const FUNCTION_MOST = 700;

export function measureBundles(): Measured[] {
  const folder = mkdtempSync(join(tmpdir(), "bailiwick-bench-"));
  try {
    const bundles = [...bundleFunctions(folder)].map(([name, at]) => ({ name, file: join(at, "index.mjs") }));
    const sizes = bundles.map(({ name, file }): Measured => {
      const most = TRIGGERS.includes(name) ? TRIGGER_MOST : FUNCTION_MOST;
      return {
        what: `function ${name}, bundled with its SDK`,
        value: statSync(file).size / 1_000,
        unit: " KB",
        bar: { most },
      };
    });
    const loads = bundles
      .filter(({ name }) => name === "authorizer")
      .map(({ file }): Measured => ({ what: "the authorizer loaded from cold", value: timeImport(file), unit: " ms" }));
    return [...sizes, ...loads];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The median, in milliseconds. */
function timeImport(file: string): number {
  const program = `const start = performance.now(); await import(${JSON.stringify(file)}); console.log(performance.now() - start);`;
  const env = {
    ...process.env,
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "bench",
    AWS_SECRET_ACCESS_KEY: "bench",
    TABLE_NAME: "bench",
    TOKEN_ISSUER: "https://issuer.example",
    TOKEN_CLIENT_IDS: "bench",
    API_KEY_PEPPER: "a pepper of 32 characters or more",
    LOG_LEVEL: "INFO",
    POWERTOOLS_SERVICE_NAME: "bench",
  };
  const run = () =>
    Number(execFileSync(process.execPath, ["--input-type=module", "-e", program], { env, encoding: "utf8" }));
  return percentile(Array.from({ length: COLD_STARTS }, run), 0.5);
}
