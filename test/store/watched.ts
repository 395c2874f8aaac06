/** A client that remembers the input of every command that the store sends through it. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

export interface SentCommand {
  /** E.g. `BatchGetCommand`. */
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into commands of every kind
  readonly input: any;
}

export function watch(client: DynamoDBDocumentClient, sent: SentCommand[]): DynamoDBDocumentClient {
  const send = client.send.bind(client) as (...args: unknown[]) => Promise<unknown>;
  const watched = (command: { input: unknown }, ...rest: unknown[]) => {
    sent.push({ name: command.constructor.name, input: command.input });
    return send(command, ...rest);
  };
  return new Proxy(client, { get: (target, name) => (name === "send" ? watched : Reflect.get(target, name)) });
}
