/** A function that the clock runs, as a cold start loads it, and what it logs of its own accord. */
import type { Context, ScheduledEvent } from "aws-lambda";
import { vi } from "vitest";
import { scheduledEvent } from "../../lib/local/scheduled-event.ts";

/** Runs it once, with so many milliseconds left. */
export type Run = (remaining?: number) => Promise<void>;

export interface ClockFunction {
  /** The name of its file. */
  readonly name: "checkpoint" | "reconciler" | "sweeper";
  /** Milliseconds between two runs. */
  readonly every: number;
  /** Milliseconds that a run has where nothing else is said. */
  readonly usual: number;
}

/** @param surroundings its environment, which whoever asks takes away again */
export async function loadClockFunction(
  { name, every, usual }: ClockFunction,
  surroundings: Readonly<Record<string, string>>,
): Promise<Run> {
  for (const [setting, value] of Object.entries(surroundings)) vi.stubEnv(setting, value);
  vi.resetModules();
  const { handler } = await import(`../../functions/${name}.ts`);
  const schedule = {
    rule: `arn:aws:events:eu-west-1:000000000000:rule/${name}`,
    region: "eu-west-1",
    account: "000000000000",
    every,
    targets: [],
  };
  return (remaining = usual) => {
    const context = { awsRequestId: "lambda-1", getRemainingTimeInMillis: () => remaining } as Context;
    const event = scheduledEvent(schedule, new Date()) as ScheduledEvent;
    return (handler as (event: ScheduledEvent, context: Context) => Promise<void>)(event, context);
  };
}

/** Keeps what is written, and lets none of it through. */
export function catchLog(): string[] {
  const logged: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((text) => logged.push(String(text)) > 0);
  }
  return logged;
}

/** The lines among it that a function logged, the message being this one where one is named. */
export function linesOf(logged: readonly string[], message?: string): Record<string, unknown>[] {
  return logged
    .flatMap((text) => text.trim().split("\n"))
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line))
    .filter((line) => message === undefined || line.message === message);
}
