/** What moves each time that it is looked at: the request gives up after a while, says that it may be tried again, and stores nothing. */
import { TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { done, edit, makeAcme, makeRole } from "./acme.ts";
import type { TestApi } from "./in-process.ts";
import { openTestApi } from "./in-process.ts";
import { keysOf, layer, readInTwo } from "./interleaved.ts";
import { PLAYBOOK, playbook, register, replace } from "./own-types.ts";

const unavailable = { status: 503, body: { code: "unavailable" } };

let test: TestStore;
let acme: Acme;
let times: number;

beforeEach(async () => {
  times = 0;
  test = await openTestStore();
  acme = await makeAcme(test);
});

afterEach(() => {
  vi.useRealTimers();
});

/** An API at the same table. @param wrap what stands between it and the engine */
async function openBeside(wrap: ReturnType<typeof layer>): Promise<TestApi> {
  return openTestApi((await openTestStore({ tableName: test.tableName, wrap })).store);
}

/** Whether a batch has a key that ends so, of an item or of its partition. */
const hasKey = (command: unknown, end: string) =>
  keysOf(command)[1].some(({ pk, sk }) => pk.endsWith(end) || sk.endsWith(end));

it("a change in a place that others change each time is not made", async () => {
  const slow = await openBeside(
    layer(async (command, send) => {
      if (!(command instanceof TransactWriteCommand)) return send(command);
      await makeRole(acme, `Other ${times++}`, []);
      // For whoever looks at the clock, each try takes two seconds.
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2_000 });
      return send(command);
    }),
  );
  const answer = await slow.call(acme.ann, `POST ${acme.W}/roles`, { body: { name: "Ours", scopes: [] } });
  expect(answer).toMatchObject(unavailable);
  expect(times).toBeGreaterThan(1);
  expect(times).toBeLessThanOrEqual(3);
  const { items } = await done(acme.api.call(acme.ann, `GET ${acme.W}/audit-log?action=role.created&order=asc`));
  const others = Array.from({ length: times }, (_, index) => `Other ${index}`);
  expect(items.map(({ after }: { after: { name: string } }) => after.name)).toEqual(others);
});

it("a resource is not shown with what was never beside it, however often it is edited", async () => {
  const path = `${acme.W}/resources/workflow/triage`;
  await done(acme.api.call(acme.ann, `PUT ${path}`, { body: { name: "Triage" } }));
  const slow = await openBeside(
    layer(async (command, send) => {
      if (!hasKey(command, "#ATTRIBUTES#workflow")) return send(command);
      const isResource = ({ pk }: { pk: string }) => pk.endsWith("#RES#workflow");
      return readInTwo(command, send, isResource, () =>
        done(acme.api.call(acme.ann, `PATCH ${path}`, edit({ attributes: { times: times++ } }))),
      );
    }),
  );
  expect(await slow.call(acme.ann, `GET ${path}`)).toMatchObject(unavailable);
  expect(times).toBe(5);
});

it("scopes are not listed by types that are edited each time that they are read", async () => {
  await done(register(acme));
  const slow = await openBeside(
    layer(async (command, send) => {
      if (hasKey(command, "TYPES")) await done(replace(acme, { ...playbook, description: `Edit ${times++}` }));
      return send(command);
    }),
  );
  // Whoever asks is known by then; only the list looks at the types.
  expect(await slow.call(acme.ann, `GET ${acme.O}/scopes`)).toMatchObject(unavailable);
  expect(times).toBe(3);
  const { items } = await done(acme.api.call(acme.ann, `GET ${acme.O}/resource-types`));
  expect(items).toMatchObject([{ type: PLAYBOOK, description: "Edit 2" }]);
});
