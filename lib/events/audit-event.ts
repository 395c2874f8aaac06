/** An audit entry as an event of EventBridge. `docs/events.md` says what consumers may rely on. */
import type { PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import type { AuditEntry, WrittenEntry } from "../domain/audit.ts";
import { toEntryJson } from "../domain/entry-lines.ts";
import { EVENT_BYTES, sizeOf } from "./event-size.ts";

const SOURCE = "bailiwick";

/**
 * The detail is the very text that was hashed, with the hash at its end. An entry too large for an event comes without what was
 * before and after, and says so: its hash is that of the whole one, which the API gives by chain and `seq`.
 */
export function toEvent(busName: string, { orgId, workspaceId, text, hash }: WrittenEntry): PutEventsRequestEntry {
  const entry = JSON.parse(text) as Omit<AuditEntry, "hash">;
  const event = {
    EventBusName: busName,
    Source: SOURCE,
    DetailType: entry.action,
    Time: new Date(entry.at),
    Resources: workspaceId === undefined ? [orgId] : [orgId, workspaceId],
  };
  const whole = { ...event, Detail: toEntryJson({ text, hash }) };
  if (sizeOf(whole) <= EVENT_BYTES) return whole;
  const { before, after, ...rest } = entry;
  return { ...event, Detail: JSON.stringify({ ...rest, hash, truncated: true }) };
}
