/** A client of a process that dies at a chosen call to the engine: before the call arrives, or before its answer does. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

export type Moment = "before" | "after";

export class Breakage {
  #left = Number.POSITIVE_INFINITY;
  #moment: Moment = "before";
  #isDead = false;

  /** Lets so many calls pass and dies at the next one. */
  arm(passing: number, moment: Moment): void {
    this.#left = passing;
    this.#moment = moment;
    this.#isDead = false;
  }

  /** A new process, which lives on. @returns whether the one before it had died */
  mend(): boolean {
    const wasDead = this.#isDead;
    this.#left = Number.POSITIVE_INFINITY;
    this.#isDead = false;
    return wasDead;
  }

  wrap(client: DynamoDBDocumentClient): DynamoDBDocumentClient {
    const send = client.send.bind(client) as (...args: unknown[]) => Promise<unknown>;
    const breakable = async (...args: unknown[]) => {
      const isLast = !this.#isDead && this.#left-- <= 0;
      if (isLast) this.#isDead = true;
      if (isLast && this.#moment === "after") await send(...args);
      if (this.#isDead) throw new Error("the process is dead");
      return send(...args);
    };
    return new Proxy(client, { get: (target, name) => (name === "send" ? breakable : Reflect.get(target, name)) });
  }
}
