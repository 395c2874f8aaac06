/** The event bus: puts audit entries on it, in the order in which they came, as many at once as EventBridge takes. */
import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
  type PutEventsResultEntry,
} from "@aws-sdk/client-eventbridge";
import type { WrittenEntry } from "../domain/audit.ts";
import { toEvent } from "./audit-event.ts";
import { batchEvents } from "./event-batches.ts";

/** How often an event is offered before it is left to whoever delivers the entries again. */
const TRIES = 3;
/** Milliseconds. */
const CONNECTION_LIMIT = 1_000;
const REQUEST_LIMIT = 3_000;
const FIRST_PAUSE = 100;

interface EventBusOptions {
  readonly name: string;
}

/** An entry that is not on the bus, and why; entries after it may be. */
interface Undelivered {
  readonly entry: WrittenEntry;
  readonly reason: string;
}

interface EventBus {
  /**
   * Puts each entry on the bus, at least once. Never rejects.
   * @param until milliseconds since 1970: no request begins after it
   * @returns what is not there
   */
  consume(entries: readonly WrittenEntry[], until: number): Promise<readonly Undelivered[]>;
}

interface Offer {
  readonly entry: WrittenEntry;
  readonly event: PutEventsRequestEntry;
}

/** Region, credentials and, where there is one, the endpoint come from the environment as everywhere in AWS. */
export function openEventBus({ name }: EventBusOptions): EventBus {
  const client = new EventBridgeClient({
    // Repeated here, and only what was not taken.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECTION_LIMIT,
      requestTimeout: REQUEST_LIMIT,
      throwOnRequestTimeout: true,
    },
  });
  return {
    async consume(entries, until) {
      const batches = batchEvents(entries.map((entry) => ({ entry, event: toEvent(name, entry) })));
      for (const [at, offers] of batches.entries()) {
        const undelivered = await persist(client, offers, until);
        if (undelivered.length === 0) continue;
        // Whoever delivers goes on at the first one that failed, so what follows would only come twice.
        const reason = "An entry before it could not be put on the bus.";
        const unsent = batches.slice(at + 1).flat();
        return [...undelivered, ...unsent.map(({ entry }) => ({ entry, reason }))];
      }
      return [];
    },
  };
}

/** Offers again what was not taken, and only that. */
async function persist(
  client: EventBridgeClient,
  offers: readonly Offer[],
  until: number,
): Promise<readonly Undelivered[]> {
  let left = offers.map((offer) => ({ ...offer, reason: "There was no time left." }));
  for (let attempt = 0; attempt < TRIES && left.length > 0; attempt++) {
    if (attempt > 0) await pause(attempt);
    if (Date.now() >= until) break;
    left = await offer(client, left);
  }
  return left.map(({ entry, reason }) => ({ entry, reason }));
}

/** One request. @returns what it did not take, and why */
async function offer(client: EventBridgeClient, offers: readonly Offer[]) {
  const results = await put(client, offers);
  return offers.flatMap((one, at) => {
    const { EventId, ErrorCode = "NoResult", ErrorMessage = "" } = results[at] ?? {};
    return EventId === undefined ? [{ ...one, reason: `${ErrorCode}: ${ErrorMessage}` }] : [];
  });
}

async function put(client: EventBridgeClient, offers: readonly Offer[]): Promise<readonly PutEventsResultEntry[]> {
  try {
    const answer = await client.send(new PutEventsCommand({ Entries: offers.map(({ event }) => event) }));
    return answer.Entries ?? [];
  } catch (error) {
    const { name, message } = error as Error;
    return offers.map(() => ({ ErrorCode: name, ErrorMessage: message }));
  }
}

function pause(attempt: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE * 2 ** attempt * (0.5 + Math.random() / 2)));
}
