/** Makes the table that the template describes. Its items are none of the host's business. */
import type { Deployment } from "./deployment.ts";
import { callEngine } from "./engine-call.ts";
import { referenceOf } from "./physical-names.ts";
import { asRecord, isRecord } from "./shape.ts";
import { StartRefusal } from "./start-refusal.ts";

const SERVICE = "DynamoDB_20120810";

export interface TableDefinition {
  readonly name: string;
  /** What `CreateTable` takes, besides the name. */
  readonly schema: Readonly<Record<string, unknown>>;
}

export function readTable(deployment: Deployment): TableDefinition {
  const table = deployment.only("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable");
  const read = (name: string) => deployment.property(table, name);
  // Each write also writes its record, so there is a stream only where something reads it.
  const isRead = deployment.every("AWS::Lambda::EventSourceMapping").length > 0;
  const stream = isRead ? read("StreamSpecification") : undefined;
  const schema = {
    AttributeDefinitions: read("AttributeDefinitions"),
    KeySchema: read("KeySchema"),
    GlobalSecondaryIndexes: read("GlobalSecondaryIndexes"),
    LocalSecondaryIndexes: read("LocalSecondaryIndexes"),
    BillingMode: "PAY_PER_REQUEST",
    StreamSpecification:
      stream === undefined ? undefined : { ...asRecord(stream, "StreamSpecification"), StreamEnabled: true },
  };
  return { name: referenceOf(table), schema };
}

/** Makes the table unless it is there. @throws StartRefusal when a table of that name has other keys */
export async function ensureTable({ name, schema }: TableDefinition, endpoint: string): Promise<void> {
  const described = await callEngine(endpoint, `${SERVICE}.DescribeTable`, { TableName: name });
  if (described.ok) {
    const { KeySchema, StreamSpecification } = asRecord(described.answer.Table, "Table");
    const there = keysOf(KeySchema);
    if (there === keysOf(schema.KeySchema)) return ensureStream({ name, schema }, StreamSpecification, endpoint);
    throw new StartRefusal(
      `The table ${name} has the keys ${there}, not those of the template: remove the data folder.`,
    );
  }
  const created = await callEngine(endpoint, `${SERVICE}.CreateTable`, { TableName: name, ...schema });
  // In use: somebody else made it in the same moment.
  if (created.ok || String(created.answer.__type).endsWith("ResourceInUseException")) return;
  throw new StartRefusal(`The table ${name} cannot be made at ${endpoint}: ${JSON.stringify(created.answer)}`);
}

/** A table that was made before anything read its stream gets one now, as CloudFormation would give it. */
async function ensureStream({ name, schema }: TableDefinition, there: unknown, endpoint: string): Promise<void> {
  if (schema.StreamSpecification === undefined || (isRecord(there) && there.StreamEnabled === true)) return;
  const input = { TableName: name, StreamSpecification: schema.StreamSpecification };
  const updated = await callEngine(endpoint, `${SERVICE}.UpdateTable`, input);
  if (updated.ok) return;
  throw new StartRefusal(`The table ${name} at ${endpoint} gets no stream: ${JSON.stringify(updated.answer)}`);
}

function keysOf(schema: unknown): string {
  if (!Array.isArray(schema)) return "none";
  return schema.map((key) => (isRecord(key) ? `${key.AttributeName} ${key.KeyType}` : "?")).join(", ");
}
