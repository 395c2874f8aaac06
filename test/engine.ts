/** A store on the engine of the run, in a table of its own (or in the table that TABLE_NAME names). */
import { randomUUID } from "node:crypto";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { inject } from "vitest";
import type { Store } from "../lib/store/store.ts";
import { marshallOptions, openClient, openStore } from "../lib/store/store.ts";
import type { StoreCall } from "../lib/store/table.ts";

interface TestStoreOptions {
  readonly observe?: (call: StoreCall) => void;
  /** Stands between the store and the engine, to raise what the engine never does. */
  readonly wrap?: (client: DynamoDBDocumentClient) => DynamoDBDocumentClient;
  readonly tableName?: string;
  /** The store's own time-outs, for tests that are about them. */
  readonly isImpatient?: boolean;
}

/** A machine that runs everything at once is slower than a data centre, and no test is about how long a read took. */
const patience = { readTry: 5_000, read: 5_000, writeTry: 5_000, write: 5_000, busy: 15_000 };

export interface TestStore {
  readonly store: Store;
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly endpoint: string;
}

function openTestClient(endpoint: string): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  });
  return DynamoDBDocumentClient.from(client, { marshallOptions });
}

async function createTable(client: DynamoDBDocumentClient, name: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: name,
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
}

export async function openTestStore(options: TestStoreOptions = {}): Promise<TestStore> {
  const endpoint = inject("endpoint");
  const named = options.tableName ?? process.env.TABLE_NAME;
  // A table named without an endpoint is one in AWS: region and credentials are the environment's.
  const isInAws = process.env.TABLE_NAME !== undefined && process.env.DYNAMODB_ENDPOINT === undefined;
  const client = isInAws ? openClient() : openTestClient(endpoint);
  const tableName = named ?? `test-${randomUUID()}`;
  if (named === undefined) await createTable(client, tableName);
  const store = openStore({
    client: options.wrap?.(client) ?? client,
    name: tableName,
    observe: options.observe,
    ...(options.isImpatient ? {} : { patience }),
  });
  return { store, client, tableName, endpoint };
}
