/** Looks beneath the API, straight into the table: what is stored, and what no route can make yet. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { NativeAttributeValue } from "@aws-sdk/lib-dynamodb";
import { DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import type { Store } from "../../lib/store/store.ts";
import { openStore } from "../../lib/store/store.ts";
import type { RunningService } from "./service.ts";

export type Item = Readonly<Record<string, NativeAttributeValue>>;

/** Of the record that comes from the log, a moment after a refusal: what is refused stores nothing else. */
export function isOfSecurityRecord({ pk }: Item): boolean {
  return String(pk).endsWith("#SECURITY");
}

export interface TableContent {
  readonly store: Store;
  /** Everything that is stored of an organization, in an order of its own. */
  listItems(orgId: string): Promise<Item[]>;
  /** The same of two of them, with their rows in partitions that are no organization's, and with what says who people are. */
  listItemsOfBoth(one: string, other: string): Promise<Item[]>;
}

export function openTable({ endpoint, tableName }: Pick<RunningService, "endpoint" | "tableName">): TableContent {
  // As the functions have it on one machine: some engines keep a table for each region and key.
  const credentials = { accessKeyId: "local", secretAccessKey: "local", sessionToken: "local" };
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region: "us-east-1", credentials }), {
    marshallOptions: { removeUndefinedValues: true },
  });
  return {
    store: openStore({ client, name: tableName }),
    listItems: (orgId) =>
      // Of an export what was asked for: its files come when they are ready, whoever looks meanwhile.
      scan("begins_with(#pk, :org) OR #pk = :exports", {
        ":org": `ORG#${orgId}`,
        ":exports": `EXPORTS#ORG#${orgId}`,
      }),
    listItemsOfBoth: (one, other) =>
      scan(
        "begins_with(#pk, :one) OR begins_with(#sk, :one) OR orgId = :oneId OR " +
          "begins_with(#pk, :other) OR begins_with(#sk, :other) OR orgId = :otherId OR #sk = :person",
        {
          ":one": `ORG#${one}`,
          ":oneId": one,
          ":other": `ORG#${other}`,
          ":otherId": other,
          ":person": "PERSON",
        },
      ),
  };

  async function scan(filter: string, values: Record<string, NativeAttributeValue>): Promise<Item[]> {
    const items: Item[] = [];
    let from: Record<string, NativeAttributeValue> | undefined;
    do {
      const page = await client.send(
        new ScanCommand({
          TableName: tableName,
          ConsistentRead: true,
          ExclusiveStartKey: from,
          FilterExpression: filter,
          ExpressionAttributeNames: { "#pk": "pk", ...(filter.includes("#sk") ? { "#sk": "sk" } : {}) },
          ExpressionAttributeValues: values,
        }),
      );
      items.push(...(page.Items ?? []));
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return items.map(withoutProgress).sort((a, b) => compare(`${a.pk} ${a.sk}`, `${b.pk} ${b.sk}`));
  }
}

/** A job comes further by itself, whoever looks meanwhile. */
function withoutProgress({ exportStep, ...item }: Item): Item {
  if (exportStep === undefined) return item;
  const { pk, sk, orgId, filter, createdAt, createdBy, head } = item;
  return { pk, sk, orgId, filter, createdAt, createdBy, head };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
