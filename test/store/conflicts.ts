/**
 * A layer that raises TransactionConflict as DynamoDB does and no embedded engine ever has: when two transactions that name the
 * same item overlap in time, the later one is cancelled.
 */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { TransactWriteCommand } from "@aws-sdk/lib-dynamodb";

interface Conflicting {
  readonly client: DynamoDBDocumentClient;
  /** How many transactions were cancelled for a conflict. */
  readonly raised: () => number;
}

export function raiseConflicts(client: DynamoDBDocumentClient): Conflicting {
  const busy = new Set<string>();
  let raised = 0;
  const send = client.send.bind(client) as (...sent: unknown[]) => Promise<unknown>;
  const wrapped = async (command: unknown, ...rest: unknown[]) => {
    if (!(command instanceof TransactWriteCommand)) return send(command, ...rest);
    const names = (command.input.TransactItems ?? []).flatMap((item) =>
      Object.values(item).map((operation) => {
        const { Key, Item } = operation as unknown as { Key?: Named; Item?: Named };
        return `${(Key ?? Item)?.pk} ${(Key ?? Item)?.sk}`;
      }),
    );
    const isOverlap = names.map((name) => busy.has(name));
    if (isOverlap.includes(true)) {
      raised++;
      throw Object.assign(new Error("Transaction cancelled"), {
        name: "TransactionCanceledException",
        CancellationReasons: isOverlap.map((is) => ({ Code: is ? "TransactionConflict" : "None" })),
      });
    }
    for (const name of names) busy.add(name);
    try {
      return await send(command, ...rest);
    } finally {
      for (const name of names) busy.delete(name);
    }
  };
  const proxy = new Proxy(client, { get: (target, name) => (name === "send" ? wrapped : Reflect.get(target, name)) });
  return { client: proxy, raised: () => raised };
}

interface Named {
  readonly pk: string;
  readonly sk: string;
}
