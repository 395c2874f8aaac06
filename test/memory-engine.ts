/**
 * An engine of a few lines within the test's own process, which can go back to where it was: for tests of thousands of worlds. It
 * knows the four calls that the table makes and the expressions in them, and nothing of time, limits or failures; whatever is
 * shown on it is shown on the real engine too, for fewer worlds.
 */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { BatchGetCommand, QueryCommand, TransactGetCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import type { Store } from "../lib/store/store.ts";
import { openStore } from "../lib/store/store.ts";

type Item = Readonly<Record<string, unknown>>;
type Tables = Map<string, Map<string, Item>>;

interface Operation {
  readonly Key?: Item;
  readonly Item?: Item;
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>>;
}

const NAME = "memory";

export class MemoryEngine {
  readonly #partitions: Tables;

  /** @param from another one, as it stands now */
  constructor(from?: MemoryEngine) {
    const before: Tables = from === undefined ? new Map() : from.#partitions;
    this.#partitions = new Map([...before].map(([pk, rows]) => [pk, new Map(rows)]));
  }

  /** @param wrap stands between the store and the engine */
  openStore(wrap: (client: DynamoDBDocumentClient) => DynamoDBDocumentClient = (client) => client): Store {
    const send = async (command: unknown) => this.#answer(command);
    return openStore({ client: wrap({ send } as unknown as DynamoDBDocumentClient), name: NAME });
  }

  /** Everything that stands in it. */
  items(): Item[] {
    return [...this.#partitions.values()].flatMap((rows) => [...rows.values()]);
  }

  #answer(command: unknown): object {
    if (command instanceof BatchGetCommand) {
      const keys = command.input.RequestItems?.[NAME]?.Keys ?? [];
      return { Responses: { [NAME]: keys.flatMap((key) => this.#find(key) ?? []) } };
    }
    if (command instanceof TransactGetCommand) {
      const gets = command.input.TransactItems ?? [];
      return { Responses: gets.map(({ Get }) => ({ Item: this.#find(Get?.Key ?? {}) })) };
    }
    if (command instanceof QueryCommand) return this.#query(command.input);
    if (command instanceof TransactWriteCommand) return this.#write((command.input.TransactItems ?? []) as never);
    throw new Error("the engine in memory does not know this command");
  }

  #find({ pk, sk }: Item): Item | undefined {
    return this.#partitions.get(pk as string)?.get(sk as string);
  }

  #query(input: QueryCommand["input"]): object {
    const { ExpressionAttributeValues: values = {}, ExclusiveStartKey: start, Limit: limit = 1 } = input;
    const isDescending = input.ScanIndexForward === false;
    const prefix = (values[":prefix"] ?? "") as string;
    const rows = [...(this.#partitions.get(values[":pk"] as string) ?? [])].filter(([sk]) => sk.startsWith(prefix));
    const ordered = rows.sort(([a], [b]) => (a < b !== isDescending ? -1 : 1));
    const left = ordered.filter(([sk]) => start === undefined || (isDescending ? sk < start.sk : sk > start.sk));
    return { Items: left.slice(0, limit).map(([, item]) => item) };
  }

  #write(operations: readonly Readonly<Record<string, Operation>>[]): object {
    const all = operations.flatMap((one) => Object.entries(one));
    const reasons = all.map(([, operation]) => ({
      Code: this.#holds(operation) ? "None" : "ConditionalCheckFailed",
    }));
    if (reasons.some(({ Code }) => Code !== "None")) {
      throw Object.assign(new Error(), { name: "TransactionCanceledException", CancellationReasons: reasons });
    }
    for (const [kind, operation] of all) {
      if (kind === "ConditionCheck") continue;
      const { pk, sk } = keyOf(operation);
      const rows = this.#partitions.get(pk) ?? new Map<string, Item>();
      this.#partitions.set(pk, rows);
      if (kind === "Delete") rows.delete(sk);
      else rows.set(sk, kind === "Put" ? withoutUndefined(operation.Item ?? {}) : this.#update(operation));
    }
    return {};
  }

  #holds(operation: Operation): boolean {
    const item = this.#find(keyOf(operation));
    const { ConditionExpression: condition, ExpressionAttributeNames: names = {} } = operation;
    const values = operation.ExpressionAttributeValues ?? {};
    const holds = (part: string): boolean => {
      const [, called, name = "", sign = "", value = ""] =
        /^(?:(attribute_exists|attribute_not_exists)\()?(#\d+)(?:\)| (=|<=) (:\d+))$/.exec(part) ?? [];
      const content = item?.[names[name] ?? ""];
      if (called !== undefined) return (content !== undefined) === (called === "attribute_exists");
      if (sign === "=") return content !== undefined && content === values[value];
      if (sign === "<=") return content !== undefined && (content as number) <= (values[value] as number);
      throw new Error(`the engine in memory cannot read ${part}`);
    };
    const parts = condition?.split(" AND ") ?? [];
    return parts.every((part) =>
      part
        .replace(/^\((.*)\)$/, "$1")
        .split(" OR ")
        .some(holds),
    );
  }

  #update(operation: Operation): Item {
    const { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} } = operation;
    const item: Record<string, unknown> = { ...this.#find(keyOf(operation)), ...operation.Key };
    const clauses = operation.UpdateExpression?.split(/(?=\b(?:SET|REMOVE|ADD) )/) ?? [];
    for (const clause of clauses.filter((text) => text.trim() !== "")) {
      const [verb = "", ...rest] = clause.trim().split(" ");
      for (const line of rest.join(" ").split(", ")) {
        const [placeholder = "", value = ""] = line.split(/ = | /);
        const name = names[placeholder] ?? "";
        if (verb === "REMOVE") delete item[name];
        else if (verb === "SET") item[name] = values[value];
        else item[name] = ((item[name] ?? 0) as number) + (values[value] as number);
      }
    }
    return withoutUndefined(item);
  }
}

function keyOf({ Key, Item: item }: Operation): { pk: string; sk: string } {
  return (Key ?? item) as { pk: string; sk: string };
}

function withoutUndefined(item: Item): Item {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined));
}
