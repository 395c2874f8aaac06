/**
 * Reads the cloud assembly that synthesis wrote: the stacks of one tenant, and where the bundle of each function lies.
 * A tenant is a CDK Stage, so its stacks stand in a nested assembly of their own.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { asRecord, asText, isRecord } from "./shape.ts";
import { StartRefusal } from "./start-refusal.ts";

export interface Resource {
  readonly stack: Stack;
  /** The logical id. */
  readonly id: string;
  readonly type: string;
  /** As written in the template: intrinsic functions are not resolved yet. */
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface Stack {
  readonly name: string;
  readonly region: string;
  readonly account: string;
  readonly resources: ReadonlyMap<string, Resource>;
  /** What the stack exports to others: the export's name (unresolved) and its value. */
  readonly exports: readonly { readonly name: unknown; readonly value: unknown }[];
  /** From an asset's file name in the bucket (`<hash>.zip`) to its folder. */
  readonly assets: ReadonlyMap<string, string>;
}

const REGION = "us-east-1";
const ACCOUNT = "000000000000";

/** @throws StartRefusal when the folder holds no assembly, or no such tenant. */
export function readTenant(folder: string, tenant: string): readonly Stack[] {
  const tenants: string[] = [];
  for (const artifact of artifactsOf(folder)) {
    if (artifact.type !== "cdk:cloud-assembly") continue;
    const properties = asRecord(artifact.properties, "A nested assembly's properties");
    const name = properties.displayName ?? properties.directoryName;
    if (name === tenant) return readStacks(join(folder, asText(properties.directoryName, "directoryName")));
    tenants.push(String(name));
  }
  throw new StartRefusal(
    `The assembly ${folder} has no tenant "${tenant}", only: ${tenants.join(", ") || "none"}. It is made from tenants/${tenant}.yaml, which must stand.`,
  );
}

function readStacks(folder: string): Stack[] {
  const artifacts = artifactsOf(folder);
  const assets = new Map(
    artifacts
      .filter((artifact) => artifact.type === "cdk:asset-manifest")
      .flatMap((artifact) => readAssets(folder, asText(asRecord(artifact.properties, "Assets").file, "file"))),
  );
  return artifacts
    .filter((artifact) => artifact.type === "aws:cloudformation:stack")
    .map((artifact) => readStack(folder, artifact, assets));
}

function readStack(folder: string, artifact: Record<string, unknown>, assets: ReadonlyMap<string, string>): Stack {
  const properties = asRecord(artifact.properties, "A stack's properties");
  const template = readJson(join(folder, asText(properties.templateFile, "templateFile")));
  const [account, region] = String(artifact.environment ?? "")
    .replace("aws://", "")
    .split("/");
  const resources = new Map<string, Resource>();
  const stack: Stack = {
    name: asText(properties.stackName, "stackName"),
    region: region === undefined || region === "" || region.startsWith("unknown") ? REGION : region,
    account: account === undefined || account === "" || account.startsWith("unknown") ? ACCOUNT : account,
    resources,
    exports: Object.values(asRecord(template.Outputs ?? {}, "Outputs")).flatMap((output) =>
      isRecord(output) && isRecord(output.Export) ? [{ name: output.Export.Name, value: output.Value }] : [],
    ),
    assets,
  };
  for (const [id, written] of Object.entries(asRecord(template.Resources, `${stack.name}: Resources`))) {
    const resource = asRecord(written, id);
    const own = asRecord(resource.Properties ?? {}, `${id}.Properties`);
    resources.set(id, { stack, id, type: asText(resource.Type, `${id}.Type`), properties: own });
  }
  return stack;
}

function readAssets(folder: string, file: string): [string, string][] {
  const files = asRecord(readJson(join(folder, file)).files ?? {}, `${file}: files`);
  return Object.entries(files).flatMap(([hash, asset]) => {
    const source = isRecord(asset) && isRecord(asset.source) ? asset.source : {};
    return source.packaging === "zip" ? [[`${hash}.zip`, join(folder, asText(source.path, hash))]] : [];
  });
}

function artifactsOf(folder: string): Record<string, unknown>[] {
  const manifest = readJson(join(folder, "manifest.json"));
  return Object.values(asRecord(manifest.artifacts ?? {}, "artifacts")).map((it) => asRecord(it, "An artifact"));
}

function readJson(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new StartRefusal(`${file} cannot be read (${String(error)}): synthesize first.`);
  }
  return asRecord(JSON.parse(text), file);
}
