import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { synthesizeIfChanged } from "../../lib/local/synthesis.ts";
import { temporaryFolder } from "./test-assembly.ts";

/** A repository whose app counts how often it was run. */
function repository(): string {
  const folder = temporaryFolder();
  for (const path of ["lib/infra", "lib/domain/deep", "tenants", "cdk.out"])
    mkdirSync(join(folder, path), { recursive: true });
  const app = `import { appendFileSync, existsSync } from "node:fs";
    if (existsSync("tenants/broken.yaml")) process.exit(1);
    appendFileSync(process.env.CDK_OUTDIR + "/runs", "x");`;
  writeFileSync(join(folder, "lib/infra/app.ts"), app);
  writeFileSync(join(folder, "lib/domain/deep/a.ts"), "");
  return folder;
}
const runs = (folder: string) => readFileSync(join(folder, "cdk.out/runs"), "utf8").length;

test("the assembly is made once, and again only when a source has changed, come or gone", async () => {
  const folder = repository();
  const changed = async (file: string, text: string | undefined) => {
    const path = join(folder, file);
    if (text === undefined) rmSync(path);
    else writeFileSync(path, text);
    return synthesizeIfChanged(folder);
  };
  expect(await synthesizeIfChanged(folder)).toBe(true);
  expect(await synthesizeIfChanged(folder)).toBe(false);
  expect(await changed("lib/domain/deep/a.ts", "// new")).toBe(true);
  expect(await changed("tenants/b.yaml", "")).toBe(true);
  expect(await changed("tenants/b.yaml", undefined)).toBe(true);
  expect(await changed("README.md", "of no matter")).toBe(false);
  expect(runs(folder)).toBe(4);
});

test("a synthesis that failed is tried again", async () => {
  const folder = repository();
  await synthesizeIfChanged(folder);
  writeFileSync(join(folder, "tenants/broken.yaml"), "");
  await expect(synthesizeIfChanged(folder)).rejects.toThrow(/cannot be synthesized/);
  await expect(synthesizeIfChanged(folder)).rejects.toThrow(/cannot be synthesized/);
  rmSync(join(folder, "tenants/broken.yaml"));
  expect(await synthesizeIfChanged(folder)).toBe(true);
});
