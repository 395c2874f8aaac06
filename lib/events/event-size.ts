/** What EventBridge counts of an event, and how much it takes. */
import type { PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";

/**
 * Bytes of one event, and of all in one request. EventBridge takes 256 KB (262,144 bytes) of either; the event's own members and
 * punctuation count too, for which some room is left.
 */
export const EVENT_BYTES = 250_000;
/** As many events as one request of PutEvents takes. */
export const EVENTS_AT_ONCE = 10;
/** What `Time` counts for. */
const TIME_BYTES = 14;

/** Bytes of an event that has a time. */
export function sizeOf({ Source = "", DetailType = "", Detail = "", Resources = [] }: PutEventsRequestEntry): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), TIME_BYTES);
}
