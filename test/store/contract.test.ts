import { afterAll, expect } from "vitest";
import type { StoreCall } from "../../lib/store/table.ts";
import { openTestStore } from "../engine.ts";
import { raiseConflicts } from "./conflicts.ts";
import { describeStore } from "./contract.ts";

const engine = process.env.DYNAMODB_ENDPOINT ?? process.env.TABLE_NAME ?? "the embedded engine";

describeStore(engine, async () => {
  const calls: StoreCall[] = [];
  const { store } = await openTestStore({ observe: (call) => calls.push(call) });
  return { store, calls };
});

let raised = () => 0;

describeStore(`${engine}, with conflicts raised on overlap`, async () => {
  const calls: StoreCall[] = [];
  const { store } = await openTestStore({
    observe: (call) => calls.push(call),
    wrap: (client) => {
      const conflicting = raiseConflicts(client);
      raised = conflicting.raised;
      return conflicting.client;
    },
  });
  return { store, calls };
});

afterAll(() => expect(raised()).toBeGreaterThan(0));
