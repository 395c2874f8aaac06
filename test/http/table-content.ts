/** Looks beneath the API, straight into the table: what is stored, and what no route can make yet. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { NativeAttributeValue } from "@aws-sdk/lib-dynamodb";
import { DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import type { Store } from "../../lib/store/store.ts";
import { openStore } from "../../lib/store/store.ts";
import type { RunningService } from "./service.ts";

type Item = Readonly<Record<string, NativeAttributeValue>>;

export interface TableContent {
  readonly store: Store;
  /** Everything that is stored of an organization, in an order of its own. */
  listItems(orgId: string): Promise<Item[]>;
}

export function openTable({ endpoint, tableName }: Pick<RunningService, "endpoint" | "tableName">): TableContent {
  // As the functions have it on one machine: some engines keep a table for each region and key.
  const credentials = { accessKeyId: "local", secretAccessKey: "local", sessionToken: "local" };
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region: "us-east-1", credentials }), {
    marshallOptions: { removeUndefinedValues: true },
  });
  return {
    store: openStore({ client, name: tableName }),
    async listItems(orgId) {
      const items: Item[] = [];
      let from: Record<string, NativeAttributeValue> | undefined;
      do {
        const page = await client.send(
          new ScanCommand({
            TableName: tableName,
            ConsistentRead: true,
            ExclusiveStartKey: from,
            FilterExpression: "begins_with(#pk, :pk)",
            ExpressionAttributeNames: { "#pk": "pk" },
            ExpressionAttributeValues: { ":pk": `ORG#${orgId}` },
          }),
        );
        items.push(...(page.Items ?? []));
        from = page.LastEvaluatedKey;
      } while (from !== undefined);
      return items.sort((a, b) => compare(`${a.pk} ${a.sk}`, `${b.pk} ${b.sk}`));
    },
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
