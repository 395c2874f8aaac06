/** A table of its own on an embedded engine of its own, for what is measured without HTTP. */
import { CreateTableCommand } from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { openMemory } from "../lib/local/data-folder.ts";
import { startEngine } from "../lib/local/engine.ts";
import { openClient } from "../lib/store/store.ts";

interface BenchTable {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}

export async function withTable<T>(use: (table: BenchTable) => Promise<T>): Promise<T> {
  const engine = await startEngine(openMemory(), console.error, async () => {});
  const aws = { AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint, AWS_REGION: "eu-west-1" };
  Object.assign(process.env, aws, { AWS_ACCESS_KEY_ID: "bench", AWS_SECRET_ACCESS_KEY: "bench" });
  const tableName = "bench";
  try {
    const client = openClient();
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [
          { AttributeName: "pk", AttributeType: "S" },
          { AttributeName: "sk", AttributeType: "S" },
        ],
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "sk", KeyType: "RANGE" },
        ],
      }),
    );
    return await use({ client, tableName });
  } finally {
    await engine.stop();
  }
}
