/**
 * The CDK app: one Stage for each tenant file. Synthesizing needs no AWS account, no Docker and no look-up, so
 * `node lib/infra/app.ts` alone writes a `cdk.out` that deploys the same as the CDK command line does.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { App } from "aws-cdk-lib";
import cdkJson from "../../cdk.json" with { type: "json" };
import { bundleFunctions } from "./bundles.ts";
import { readTenants, TenantFileError } from "./tenant-files.ts";
import type { TenantSettings } from "./tenant-settings.ts";
import { TenantStage } from "./tenant-stage.ts";

const repository = new URL("../../", import.meta.url);

export interface AppOptions {
  /** Where the cloud assembly goes. */
  readonly outdir: string;
  /** Default: every file of `tenants/`. */
  readonly tenants?: readonly TenantSettings[];
}

/** Builds the app; its `synth()` writes the assembly. */
export function buildApp({ outdir, tenants }: AppOptions): App {
  const app = new App({
    outdir,
    // The flags of cdk.json hold without the CDK command line too.
    context: cdkJson.context,
    analyticsReporting: false,
    stackTraces: false,
    treeMetadata: false,
  });
  const stages = tenants ?? readTenants(fileURLToPath(new URL("tenants", repository)));
  const folder = mkdtempSync(join(tmpdir(), "bailiwick-bundles-"));
  try {
    const bundles = bundleFunctions(folder);
    // CDK copies each bundle into the assembly at once.
    for (const tenant of stages) new TenantStage(app, tenant, bundles);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return app;
}

if (import.meta.main) {
  try {
    buildApp({ outdir: process.env.CDK_OUTDIR ?? fileURLToPath(new URL("cdk.out", repository)) }).synth();
  } catch (error) {
    if (!(error instanceof TenantFileError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
