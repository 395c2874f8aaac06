/** The event that a function gets from a rule with a schedule. */
import { randomUUID } from "node:crypto";
import type { Schedule } from "./schedules.ts";

export function scheduledEvent({ rule, region, account }: Schedule, now: Date): object {
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.events",
    account,
    // Whole seconds, as EventBridge writes it.
    time: now.toISOString().replace(/\.\d+Z$/, "Z"),
    region,
    resources: [rule],
    detail: {},
  };
}
