/**
 * How Cognito calls a trigger: it waits 5 seconds, calls again when no answer came, and gives up after the third try. What the
 * function threw is an answer.
 */
import { randomUUID } from "node:crypto";
import type { FunctionPool } from "./function-pool.ts";
import type { Outcome } from "./invocation.ts";
import { isRecord } from "./shape.ts";

const PATIENCE_MS = 5_000;
const MOST_TRIES = 3;
/** What a trigger names an error that is a reason for the person; any other is a fault, and nobody's business but the operator's. */
const REFUSAL = "SignInRefused";

export type Trigger = Pick<FunctionPool, "invoke">;

/** The trigger refused; the message is its own. */
export class TriggerRefusal extends Error {}

/** The trigger failed, or gave no answer, or one that Cognito does not understand. */
export class TriggerFault extends Error {}

/** @returns `response` of its answer @throws TriggerRefusal, TriggerFault */
export async function callTrigger(trigger: Trigger, event: object): Promise<Readonly<Record<string, unknown>>> {
  const text = JSON.stringify(event);
  let why = "";
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const outcome = await callOnce(trigger, text);
    if (outcome !== "late" && outcome.ok) return readResponse(outcome.payload);
    if (outcome !== "late" && outcome.thrown) {
      const { errorType, errorMessage } = outcome.error;
      if (errorType === REFUSAL) throw new TriggerRefusal(errorMessage);
      throw new TriggerFault(`${errorType}: ${errorMessage}`);
    }
    why = outcome === "late" ? "it took more than 5 seconds" : outcome.error.errorMessage;
  }
  throw new TriggerFault(`A trigger gave no answer in ${MOST_TRIES} tries: ${why}`);
}

async function callOnce(trigger: Trigger, event: string): Promise<Outcome | "late"> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), PATIENCE_MS);
  });
  const outcome = await Promise.race([trigger.invoke(event, randomUUID(), "", PATIENCE_MS), late]);
  clearTimeout(timer);
  return outcome;
}

function readResponse(payload: string): Readonly<Record<string, unknown>> {
  const answer: unknown = JSON.parse(payload);
  if (isRecord(answer) && isRecord(answer.response)) return answer.response;
  throw new TriggerFault("Unrecognizable lambda output");
}
