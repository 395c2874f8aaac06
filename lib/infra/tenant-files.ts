/** Reads the tenant files. All that is wrong with any of them is said at once. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { type TenantSettings, tenantSettings } from "./tenant-settings.ts";

/** Says which files and which of their settings are wrong; nothing is synthesized then. */
export class TenantFileError extends Error {
  constructor(faults: readonly string[]) {
    super(`Tenant settings are refused:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
    this.name = "TenantFileError";
  }
}

/**
 * Reads every file of a folder, in the order of their names.
 *
 * @throws TenantFileError naming every file and setting that is wrong.
 */
export function readTenants(folder: string): TenantSettings[] {
  const all = readdirSync(folder).filter((file) => !file.startsWith("."));
  const files = all.filter((file) => file.endsWith(".yaml")).sort();
  if (files.length === 0) throw new TenantFileError([`${folder} holds no *.yaml file`]);
  const tenants: TenantSettings[] = [];
  // A file that is passed over in silence is a tenant that somebody believes to be deployed.
  const faults = all.filter((file) => !files.includes(file)).map((file) => `${file}: must end in .yaml`);
  for (const file of files) {
    const read = readTenant(file, readFileSync(join(folder, file), "utf8"));
    if ("faults" in read) faults.push(...read.faults.map((fault) => `${file}: ${fault}`));
    else tenants.push(read.tenant);
  }
  if (faults.length > 0) throw new TenantFileError(faults);
  return tenants;
}

function readTenant(file: string, text: string): { readonly tenant: TenantSettings } | { readonly faults: string[] } {
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    return { faults: [`is not YAML: ${error instanceof Error ? error.message.split("\n", 1)[0] : error}`] };
  }
  const result = tenantSettings.safeParse(content, {
    error: ({ input }) => (input === undefined || input === null ? "is missing" : undefined),
  });
  if (!result.success) {
    return {
      faults: result.error.issues.map(({ path, message }) =>
        path.length > 0 ? `${path.join(".")}: ${message}` : message,
      ),
    };
  }
  const { data } = result;
  return file === `${data.name}.yaml`
    ? { tenant: data }
    : { faults: ["name: must be that of the file, without .yaml"] };
}
