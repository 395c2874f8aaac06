/** Keeps the cloud assembly true to its sources: synthesized again only when one of them has changed. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StartRefusal } from "./start-refusal.ts";

/** All that goes into the assembly. */
const sources = [
  "lib/infra",
  "lib/api",
  "lib/domain",
  "lib/store",
  "lib/identity",
  "functions",
  "tenants",
  "package-lock.json",
  "cdk.json",
];
const STAMP = "sources.sha256";

/** Synthesizes `cdk.out` of the repository unless it is up to date. @returns whether it had to */
export async function synthesizeIfChanged(repository: string): Promise<boolean> {
  const outdir = join(repository, "cdk.out");
  const stamp = join(outdir, STAMP);
  const wanted = hashOfSources(repository);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return false;
  rmSync(stamp, { force: true });
  await synthesize(repository, outdir);
  // Only now: a synthesis that was broken off must run again.
  writeFileSync(stamp, wanted);
  return true;
}

function synthesize(repository: string, outdir: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(repository, "lib/infra/app.ts")], {
      cwd: repository,
      env: { ...process.env, CDK_OUTDIR: outdir },
      stdio: ["ignore", "ignore", "inherit"],
    });
    child.on("error", reject);
    child.on("exit", (code) => {
      if (code === 0) resolve();
      else reject(new StartRefusal("The CDK app cannot be synthesized; its complaint stands above."));
    });
  });
}

function hashOfSources(repository: string): string {
  const hash = createHash("sha256");
  for (const file of sources.flatMap((source) => filesUnder(repository, source))) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(repository, file)))
      .update("\0");
  }
  return hash.digest("hex");
}

function filesUnder(repository: string, path: string): string[] {
  const whole = join(repository, path);
  if (!existsSync(whole)) return [];
  if (statSync(whole).isFile()) return [path];
  return readdirSync(whole)
    .sort()
    .flatMap((name) => filesUnder(repository, `${path}/${name}`));
}
