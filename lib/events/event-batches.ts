/** Which events go in one request. */
import type { PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { EVENT_BYTES, EVENTS_AT_ONCE, sizeOf } from "./event-size.ts";

/** As many of the following events in each request as it may hold, in their order. */
export function batchEvents<Offer extends { readonly event: PutEventsRequestEntry }>(
  offers: readonly Offer[],
): readonly (readonly Offer[])[] {
  const batches: Offer[][] = [];
  let bytes = 0;
  for (const offer of offers) {
    const size = sizeOf(offer.event);
    const last = batches.at(-1);
    if (last === undefined || last.length === EVENTS_AT_ONCE || bytes + size > EVENT_BYTES) {
      batches.push([offer]);
      bytes = size;
    } else {
      last.push(offer);
      bytes += size;
    }
  }
  return batches;
}
