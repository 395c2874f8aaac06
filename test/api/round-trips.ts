/**
 * Counts serial round trips to the engine. Calls that are under way together are one: none of them is answered before all are, as
 * if each took equally long, so that the count is that of the longest chain and not of which call the engine happens to do first.
 */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

export class RoundTrips {
  #underWay = 0;
  #waiting: (() => void)[] = [];
  /** Since the beginning; and how many calls wrote. */
  trips = 0;
  writes = 0;

  async count(work: () => Promise<unknown>): Promise<{ trips: number; writes: number }> {
    const before = { trips: this.trips, writes: this.writes };
    await work();
    return { trips: this.trips - before.trips, writes: this.writes - before.writes };
  }

  wrap(client: DynamoDBDocumentClient): DynamoDBDocumentClient {
    const send = client.send.bind(client) as (...args: unknown[]) => Promise<unknown>;
    const counted = async (...args: unknown[]) => {
      if (this.#underWay++ === 0) this.trips++;
      if ((args[0] as object).constructor.name === "TransactWriteCommand") this.writes++;
      try {
        return await send(...args);
      } finally {
        this.#underWay--;
        await this.#allAnswered();
      }
    };
    return new Proxy(client, { get: (target, name) => (name === "send" ? counted : Reflect.get(target, name)) });
  }

  async #allAnswered(): Promise<void> {
    if (this.#underWay > 0) return new Promise((resolve) => this.#waiting.push(resolve));
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
