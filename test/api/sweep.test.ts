/** A sweep whose time is over: it leaves everything as it is, and says that something is left. */
import { beforeEach, expect, it } from "vitest";
import { sweep } from "../../lib/api/sweep.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { admit, done, makeAcme, makeRole, readTable } from "./acme.ts";
import type { Caller } from "./in-process.ts";

let test: TestStore;
let acme: Acme;
let vic: Caller;
let role: string;

beforeEach(async () => {
  test = await openTestStore();
  acme = await makeAcme(test);
  role = await makeRole(acme, "Runner", ["workflow:run"]);
  vic = await admit(acme, "vic", role);
});

const asAnn = (what: string) => done(acme.api.call(acme.ann, what));

it.each([
  ["user", () => asAnn(`DELETE ${acme.O}/users/${vic.userId}`)],
  ["role", () => asAnn(`DELETE ${acme.W}/roles/${role}?reassignTo=rol_viewer`)],
  [
    "workspace",
    async () => {
      await asAnn(`POST ${acme.W}/suspend`);
      await asAnn(`DELETE ${acme.W}`);
    },
  ],
])("what is left of a %s is left as it is", async (kind, remove) => {
  await remove();
  const [task, ...others] = await test.store.sweeps.list(acme.org);
  if (task === undefined) throw new Error("nothing is left to sweep");
  expect([task.kind, others]).toEqual([kind, []]);
  const before = await readTable(test);
  expect(await sweep(test.store, task, Date.now(), Date.now())).toBe(false);
  expect(await readTable(test)).toEqual(before);
  expect(await sweep(test.store, task, Date.now(), Date.now() + 30_000)).toBe(true);
  expect(await test.store.sweeps.list(acme.org)).toEqual([]);
});
