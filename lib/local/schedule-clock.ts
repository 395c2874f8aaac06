/** Keeps the schedules of the template while the service runs: invokes each target at its rule's rate. */
import { randomUUID } from "node:crypto";
import type { FunctionPool } from "./function-pool.ts";
import { scheduledEvent } from "./scheduled-event.ts";
import type { Schedule } from "./schedules.ts";

/**
 * A rate on AWS never stops. Here the first time is soon after each start, so that what an earlier run of the service left is not
 * left for another minute; and not at once, so that the first requests have the machine to themselves.
 */
const FIRST_AFTER_MS = 3_000;
/** A function that is not asked for so long is given back in between: what it holds is more than what loading it takes. */
const RESTS_FROM_MS = 600_000;

type ScheduledPool = Pick<FunctionPool, "invoke" | "rest">;

export interface ScheduleParts {
  readonly schedules: readonly Schedule[];
  /** The pool of a function by its ARN. */
  readonly poolOf: (arn: string) => ScheduledPool;
  /** Told what went wrong, which nobody waits for. */
  readonly report: (line: string) => void;
}

/** @returns ends it at once; what is under way ends with its function */
export function keepSchedules({ schedules, poolOf, report }: ScheduleParts): () => void {
  const ends = schedules.flatMap((schedule) => schedule.targets.map((arn) => repeat(schedule, poolOf(arn), report)));
  return () => {
    for (const end of ends) end();
  };
}

function repeat(schedule: Schedule, pool: ScheduledPool, report: (line: string) => void): () => void {
  let isRunning = false;
  let isEnded = false;
  const run = async () => {
    // AWS would start another beside it; one machine is not to fall behind further and further.
    if (isRunning) return;
    isRunning = true;
    const event = JSON.stringify(scheduledEvent(schedule, new Date()));
    const outcome = await pool.invoke(event, randomUUID(), "", schedule.every);
    if (schedule.every >= RESTS_FROM_MS) await pool.rest();
    isRunning = false;
    // What was broken off by the end of the service did not fail.
    if (!outcome.ok && !isEnded) {
      report(`${schedule.rule}: ${outcome.error.errorType}: ${outcome.error.errorMessage}`);
    }
  };
  let timer = setTimeout(() => {
    timer = setInterval(() => void run(), schedule.every);
    void run();
  }, FIRST_AFTER_MS);
  return () => {
    isEnded = true;
    clearTimeout(timer);
  };
}
