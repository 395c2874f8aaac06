import { readdirSync, readFileSync, statSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { expect, it } from "vitest";
import { routes } from "../../../lib/api/routes.ts";
import { assemblyFolder, example, ofType } from "../assembly.ts";

const kilobyte = 1000;

export function bundleCases(): void {
  const folders = bundleFolders();

  it("are one for each function, each one module and nothing else", () => {
    expect([...folders.keys()].sort()).toEqual([
      "access",
      "audit",
      "authorizer",
      "checkpoint",
      "decisions",
      "directory",
      "exporter",
      "federation",
      "inbound-federation",
      "meta",
      "reconciler",
      "resources",
      "security-log",
      "sharing",
      "sign-in",
      "stream",
      "sweeper",
    ]);
    for (const folder of folders.values()) expect(readdirSync(folder)).toEqual(["index.mjs"]);
  });

  it.each([...folders])("%s is small enough to start quickly", (name, folder) => {
    const limit = ["authorizer", "sign-in", "inbound-federation"].includes(name) ? 300 : 700;
    expect(statSync(join(folder, "index.mjs")).size).toBeLessThanOrEqual(limit * kilobyte);
  });

  it.each([...folders])("%s exports its handler and needs nothing that is not in it", (_, folder) => {
    // Bundled once more far from any package: whatever it still asks for by name cannot be found.
    const { metafile } = buildSync({
      entryPoints: [join(folder, "index.mjs")],
      bundle: true,
      format: "esm",
      platform: "node",
      write: false,
      metafile: true,
      logLevel: "silent",
    });
    const [output, ...more] = Object.values(metafile.outputs);
    expect(more).toEqual([]);
    expect(output?.exports).toEqual(["handler"]);
    for (const { path } of output?.imports ?? []) expect(isBuiltin(path)).toBe(true);
    expect(codeIn(folder)).not.toContain("Dynamic require of");
  });

  it.each([...folders])("%s knows what is settled at synthesis", (_, folder) => {
    expect(codeIn(folder)).not.toMatch(/\bROUTE_ACCESS\b|\bOPENAPI_DOCUMENT\b/);
  });

  it.each([...folders])("%s holds nothing of the host for one machine, nor of what only it needs", (_, folder) => {
    expect(codeIn(folder)).not.toMatch(/test-idp|\/local\/token|samlp:|node-saml|samlify|oidc-provider/);
  });

  it("give the authorizer every route that is not public", () => {
    const code = codeIn(folders.get("authorizer") ?? "");
    for (const { path, access } of routes) if (access.kind !== "public") expect(code).toContain(`"${path}"`);
  });
}

function codeIn(folder: string): string {
  return readFileSync(join(folder, "index.mjs"), "utf8");
}

/** Where the assembly keeps each function's code. */
function bundleFolders(): Map<string, string> {
  const functions = [example.signIn, example.api].flatMap((stack) => ofType(stack, "AWS::Lambda::Function"));
  return new Map(
    functions.map(([, { Properties }]) => {
      const { S3Key } = Properties.Code as { S3Key: string };
      const { Variables } = Properties.Environment as { Variables: { POWERTOOLS_SERVICE_NAME: string } };
      return [Variables.POWERTOOLS_SERVICE_NAME, join(assemblyFolder, `asset.${S3Key.replace(/\.zip$/, "")}`)];
    }),
  );
}
