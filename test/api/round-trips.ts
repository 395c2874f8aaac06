/** Counts serial round trips to the engine: calls that are under way together are one. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

export class RoundTrips {
  #underWay = 0;
  /** Of all since the beginning, and how many calls wrote. */
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
        // What an answer leads to begins before the next turn of the event loop, and is then another trip.
        this.#underWay--;
      }
    };
    return new Proxy(client, { get: (target, name) => (name === "send" ? counted : Reflect.get(target, name)) });
  }
}
