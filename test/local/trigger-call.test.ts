import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Outcome } from "../../lib/local/invocation.ts";
import { callTrigger, TriggerFault, TriggerRefusal } from "../../lib/local/trigger-call.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A trigger that gives these outcomes one after the other; `undefined` never comes. */
function triggerOf(...outcomes: (Outcome | undefined)[]) {
  const calls: string[] = [];
  const invoke = (event: string): Promise<Outcome> => {
    const outcome = outcomes[calls.length];
    calls.push(event);
    return outcome === undefined ? new Promise(() => {}) : Promise.resolve(outcome);
  };
  return { calls, invoke };
}

const answered = (payload: unknown): Outcome => ({ ok: true, payload: JSON.stringify(payload) });
const failed = (thrown: boolean, errorType: string, errorMessage = "why"): Outcome => ({
  ok: false,
  thrown,
  error: { errorType, errorMessage },
});

// Considerations for Lambda triggers: it must respond within 5 seconds; Cognito retries; it gives up after three attempts.
describe("a trigger", () => {
  test("is given 5 seconds, three times", async () => {
    const trigger = triggerOf();
    const outcome = callTrigger(trigger, {}).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(4_999);
    expect(trigger.calls.length).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(trigger.calls.length).toBe(2);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(trigger.calls.length).toBe(3);
    expect(await outcome).toBeInstanceOf(TriggerFault);
  });

  test("may answer the second time, to the same event", async () => {
    const trigger = triggerOf(failed(false, "Sandbox.Timedout"), answered({ response: { a: 1 } }));
    expect(await callTrigger(trigger, { triggerSource: "x" })).toEqual({ a: 1 });
    expect(trigger.calls).toEqual(['{"triggerSource":"x"}', '{"triggerSource":"x"}']);
  });

  test("is not called again once it has thrown: that is its answer", async () => {
    const refusing = triggerOf(failed(true, "SignInRefused", "You are suspended"));
    await expect(callTrigger(refusing, {})).rejects.toThrow(new TriggerRefusal("You are suspended"));
    const failing = triggerOf(failed(true, "TypeError", "x"));
    await expect(callTrigger(failing, {})).rejects.toBeInstanceOf(TriggerFault);
    expect([refusing.calls.length, failing.calls.length]).toEqual([1, 1]);
  });

  test.each([[null], [[]], ["yes"], [{}], [{ response: [] }]])("that answers %j is not understood", async (answer) => {
    await expect(callTrigger(triggerOf(answered(answer)), {})).rejects.toThrow("Unrecognizable lambda output");
  });
});
