/**
 * Stands in for the SDK's `@smithy/core/event-streams` inside the bundles. Its protocols carry it along for services that answer in
 * streams, of which no function asks any.
 */
export class EventStreamSerde {
  constructor() {
    throw new Error("Streams of events are not in this bundle");
  }
}

export function eventStreamSerdeProvider(): never {
  throw new Error("Streams of events are not in this bundle");
}

/** Called when a client is made, of S3 for one, whatever it will be asked for. */
export function resolveEventStreamSerdeConfig<T>(input: T): T {
  return input;
}
