/**
 * Makes the table that the template describes. This and nothing else is what the host does at the store; its items are not its
 * business. Two calls of a plain JSON protocol: the SDK would cost the host 30 MB for them.
 */
import type { Deployment } from "./deployment.ts";
import { referenceOf } from "./physical-names.ts";
import { asRecord, isRecord } from "./shape.ts";
import { StartRefusal } from "./start-refusal.ts";

export interface TableDefinition {
  readonly name: string;
  /** What `CreateTable` takes, besides the name. */
  readonly schema: Readonly<Record<string, unknown>>;
}

export function readTable(deployment: Deployment): TableDefinition {
  const table = deployment.only("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable");
  const read = (name: string) => deployment.property(table, name);
  // The embedded engine counts through every record of a stream at each write, so there is one only where something reads it.
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
  const described = await call(endpoint, "DescribeTable", { TableName: name });
  if (described.ok) {
    const there = keysOf(asRecord(described.answer.Table, "Table").KeySchema);
    if (there === keysOf(schema.KeySchema)) return;
    throw new StartRefusal(
      `The table ${name} has the keys ${there}, not those of the template: remove the data folder.`,
    );
  }
  const created = await call(endpoint, "CreateTable", { TableName: name, ...schema });
  // In use: somebody else made it in the same moment.
  if (created.ok || String(created.answer.__type).endsWith("ResourceInUseException")) return;
  throw new StartRefusal(`The table ${name} cannot be made at ${endpoint}: ${JSON.stringify(created.answer)}`);
}

async function call(endpoint: string, operation: string, input: object) {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-amz-json-1.0",
      "X-Amz-Target": `DynamoDB_20120810.${operation}`,
      "X-Amz-Date": new Date().toISOString().replace(/[-:]|\.\d+/g, ""),
      // Engines for one machine take any signature, but want to see one.
      Authorization:
        "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=local",
    },
    body: JSON.stringify(input),
  }).catch((error: unknown) => {
    throw new StartRefusal(`No DynamoDB answers at ${endpoint}: ${error instanceof Error ? error.message : error}`);
  });
  const answer: unknown = await response.json();
  return { ok: response.ok, answer: isRecord(answer) ? answer : {} };
}

function keysOf(schema: unknown): string {
  if (!Array.isArray(schema)) return "none";
  return schema.map((key) => (isRecord(key) ? `${key.AttributeName} ${key.KeyType}` : "?")).join(", ");
}
