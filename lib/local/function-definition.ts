/** What the template says of a Lambda function, as far as it matters for running its bundle here. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Resource } from "./assembly.ts";
import type { Deployment } from "./deployment.ts";
import { referenceOf } from "./physical-names.ts";
import { asNumber, asRecord, asText } from "./shape.ts";
import { StartRefusal } from "./start-refusal.ts";

export interface FunctionDefinition {
  readonly name: string;
  readonly arn: string;
  readonly region: string;
  /** The bundle's entry file and the name of its exported handler. */
  readonly file: string;
  readonly exportName: string;
  readonly runtime: string;
  /** Seconds. */
  readonly timeout: number;
  /** MiB. */
  readonly memory: number;
  readonly logGroup: string;
  readonly environment: ReadonlyMap<string, string>;
}

/** Lambda's limit on all names and values together. */
const ENVIRONMENT_BYTES = 4096;

/** The function behind an ARN. @throws StartRefusal when the template has none, or it could not run */
export function functionOf(deployment: Deployment, arn: string): FunctionDefinition {
  const resource = deployment
    .every("AWS::Lambda::Function")
    .find((it) => deployment.attribute(it, "Arn") === arn || referenceOf(it) === arn);
  if (resource === undefined) throw new StartRefusal(`No stack has the function ${arn}.`);
  return definitionOf(deployment, resource);
}

function definitionOf(deployment: Deployment, resource: Resource): FunctionDefinition {
  const { id, stack } = resource;
  const read = (name: string) => deployment.property(resource, name);
  const name = referenceOf(resource);
  const runtime = asText(read("Runtime"), `${id}.Runtime`);
  if (!runtime.startsWith("nodejs"))
    throw new StartRefusal(`The function ${id} is for ${runtime}; only nodejs runs here.`);
  const key = asText(asRecord(read("Code"), `${id}.Code`).S3Key, `${id}.Code.S3Key`);
  const folder = stack.assets.get(key);
  if (folder === undefined) throw new StartRefusal(`The bundle ${key} of the function ${id} is not in the assembly.`);
  const [module = "", exportName = ""] = asText(read("Handler"), `${id}.Handler`).split(/\.(?=[^.]*$)/);
  const file = [".mjs", ".js", ".cjs"].map((ending) => join(folder, module + ending)).find((path) => existsSync(path));
  if (file === undefined) throw new StartRefusal(`The bundle of the function ${id} has no ${module}.mjs.`);
  const logging = asRecord(read("LoggingConfig") ?? {}, `${id}.LoggingConfig`);
  return {
    name,
    arn: deployment.attribute(resource, "Arn"),
    region: stack.region,
    file,
    exportName,
    runtime,
    timeout: asNumber(read("Timeout") ?? 3, `${id}.Timeout`),
    memory: asNumber(read("MemorySize") ?? 128, `${id}.MemorySize`),
    logGroup: String(logging.LogGroup ?? `/aws/lambda/${name}`),
    environment: environmentOf(deployment, resource),
  };
}

function environmentOf(deployment: Deployment, resource: Resource): Map<string, string> {
  const where = `${resource.id}.Environment`;
  const environment = asRecord(deployment.property(resource, "Environment") ?? {}, where);
  const variables = new Map<string, string>();
  let bytes = 0;
  for (const [name, value] of Object.entries(asRecord(environment.Variables ?? {}, where))) {
    if (typeof value !== "string") throw new StartRefusal(`${where}: ${name} is not a text.`);
    variables.set(name, value);
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  if (bytes > ENVIRONMENT_BYTES)
    throw new StartRefusal(`${where} has ${bytes} bytes; Lambda takes ${ENVIRONMENT_BYTES}.`);
  return variables;
}
