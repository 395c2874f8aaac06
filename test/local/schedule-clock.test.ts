import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Outcome } from "../../lib/local/invocation.ts";
import { keepSchedules } from "../../lib/local/schedule-clock.ts";

const MINUTE = 60_000;
const schedule = {
  rule: "arn:aws:events:us-east-1:000000000000:rule/clock",
  region: "us-east-1",
  account: "000000000000",
  every: MINUTE,
  targets: ["arn:aws:lambda:us-east-1:000000000000:function:work"],
};
const done: Outcome = { ok: true, payload: "null" };
const broken: Outcome = { ok: false, thrown: true, error: { errorType: "Error", errorMessage: "no table" } };

/** A function that answers when the test says so. */
class HeldFunction {
  readonly calls: {
    event: Record<string, unknown>;
    patience: number;
    at: number;
    answer: (outcome: Outcome) => void;
  }[] = [];

  invoke(event: string, _requestId: string, _traceId: string, patience: number): Promise<Outcome> {
    return new Promise((answer) => {
      this.calls.push({ event: JSON.parse(event), patience, at: Date.now(), answer });
    });
  }

  /** How often it was given back. */
  rests = 0;

  async rest(): Promise<void> {
    this.rests++;
  }
}

const reported: string[] = [];
const report = (line: string) => void reported.push(line);
let work: HeldFunction;
let end: () => void;

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-01-02T03:04:05.000Z") });
  reported.length = 0;
  work = new HeldFunction();
  end = keepSchedules({ schedules: [schedule], poolOf: () => work, report });
});

afterEach(() => {
  end();
  vi.useRealTimers();
});

/** Lets time go by; the function answers whatever it is asked. */
async function pass(milliseconds: number, outcome: Outcome = done): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
  work.calls.at(-1)?.answer(outcome);
  await vi.advanceTimersByTimeAsync(0);
}

test("the first time is three seconds after the start, the others follow at the rule's rate", async () => {
  const start = Date.now();
  await pass(2_999);
  expect(work.calls).toEqual([]);
  await pass(1);
  for (let minute = 0; minute < 3; minute++) await pass(MINUTE);
  const times = work.calls.map(({ at }) => at - start);
  expect(times).toEqual([3_000, 63_000, 123_000, 183_000]);
});

test("each time brings an event of that moment, which waits for a free thread no longer than for the next", async () => {
  await pass(3_000);
  await pass(MINUTE);
  const told = work.calls.map(({ event, patience }) => [event.time, event.resources, patience]);
  expect(told).toEqual([
    ["2026-01-02T03:04:08Z", [schedule.rule], MINUTE],
    ["2026-01-02T03:05:08Z", [schedule.rule], MINUTE],
  ]);
  expect(new Set(work.calls.map(({ event }) => event.id)).size).toBe(2);
});

test("while it works it is not asked a second time, and afterwards it is again", async () => {
  await vi.advanceTimersByTimeAsync(3_000 + 2 * MINUTE);
  expect(work.calls).toHaveLength(1);
  work.calls[0]?.answer(done);
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(work.calls).toHaveLength(2);
});

test("each target is asked, and one that hangs holds up no other", async () => {
  end();
  const [slow, quick] = [new HeldFunction(), new HeldFunction()];
  const poolOf = (arn: string) => (arn === "slow" ? slow : quick);
  end = keepSchedules({ schedules: [{ ...schedule, targets: ["slow", "quick"] }], poolOf, report });
  await vi.advanceTimersByTimeAsync(3_000);
  quick.calls[0]?.answer(done);
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect([slow.calls.length, quick.calls.length]).toEqual([1, 2]);
});

test.each([
  ["each hour", 60 * MINUTE, 1],
  ["each minute", MINUTE, 0],
])("a function that is asked %s is given back in between, or not", async (_often, every, rests) => {
  end();
  end = keepSchedules({ schedules: [{ ...schedule, every }], poolOf: () => work, report });
  await vi.advanceTimersByTimeAsync(3_000);
  expect(work.rests).toBe(0);
  work.calls[0]?.answer(done);
  await vi.advanceTimersByTimeAsync(0);
  expect(work.rests).toBe(rests);
});

test("a failure is reported once, with the rule's name, and the clock goes on", async () => {
  await pass(3_000, broken);
  expect(reported).toEqual([`${schedule.rule}: Error: no table`]);
  await pass(MINUTE);
  expect(work.calls).toHaveLength(2);
  expect(reported).toHaveLength(1);
});

test("nothing is asked after the end, whether it comes before the first time or between two", async () => {
  end();
  await pass(10 * MINUTE);
  expect(work.calls).toEqual([]);
  end = keepSchedules({ schedules: [schedule], poolOf: () => work, report });
  await pass(3_000);
  end();
  await pass(10 * MINUTE);
  expect(work.calls).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});

test("what the end breaks off is no failure", async () => {
  await vi.advanceTimersByTimeAsync(3_000);
  end();
  work.calls[0]?.answer(broken);
  await vi.advanceTimersByTimeAsync(0);
  expect(reported).toEqual([]);
});

test("a function that is not there is refused at once", () => {
  const poolOf = () => {
    throw new Error("There is no function work");
  };
  expect(() => keepSchedules({ schedules: [schedule], poolOf, report })).toThrow("There is no function work");
});
