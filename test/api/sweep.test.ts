/** A sweep whose time is over: it leaves everything as it is, and says that something is left. */
import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { discardKeys } from "../../lib/api/key-sweep.ts";
import { sweepResources } from "../../lib/api/resource-sweep.ts";
import { endSharesOfWorkspace } from "../../lib/api/share-sweep.ts";
import { sweep } from "../../lib/api/sweep.ts";
import type { Change } from "../../lib/store/changes.ts";
import type { Store } from "../../lib/store/store.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import { FederatedWorld } from "../identity/federated-world.ts";
import type { Acme } from "./acme.ts";
import { admit, assign, done, edit, makeAcme, makeRole, makeSharedRole, makeWorkspace, readTable } from "./acme.ts";
import type { Caller } from "./in-process.ts";
import { makeKey } from "./keys.ts";
import { makeRule } from "./rule-requests.ts";

const DAY = 86_400_000;

let test: TestStore;
let acme: Acme;
/** Somebody with a role of the workspace, and with a key. */
let vic: Caller;
let role: string;
/** What requests take for the time: they sweep for some seconds of the machine's clock, and long ago that time is over. */
let now: number;

beforeEach(async () => {
  now = Date.now() - DAY;
  test = await openTestStore();
  acme = await makeAcme(test, () => now);
  role = await makeRole(acme, "Runner", ["workflow:run", "api-key:write"]);
  vic = await admit(acme, "vic", role);
});

const asAnn = (what: string, body?: object) => done(acme.api.call(acme.ann, what, body === undefined ? {} : { body }));
const replaceRole = () => asAnn(`DELETE ${acme.W}/roles/${role}?reassignTo=rol_viewer`);
const deleteUser = () => asAnn(`DELETE ${acme.O}/users/${vic.userId}`);

async function deleteWorkspace(): Promise<void> {
  await asAnn(`POST ${acme.W}/suspend`);
  await asAnn(`DELETE ${acme.W}`);
}

/** Puts a resource into the workspace, and shares it with another one. */
async function shareResource(): Promise<void> {
  const targetWorkspaceId = await makeWorkspace(acme, "South");
  await asAnn(`PUT ${acme.W}/resources/workflow/triage`, { name: "Triage" });
  const body = { resourceType: "workflow", resourceId: "triage", targetWorkspaceId, actions: ["read"] };
  await asAnn(`POST ${acme.W}/shares`, body);
}

/** Somebody whom a claim rule gave roles, in a world of its own. */
async function enterThroughRule(place: "organization" | "workspace") {
  const world = await FederatedWorld.open();
  ({ test, acme } = world);
  const okta = await world.connect();
  role = await makeSharedRole(acme, "Shared", []);
  const at = place === "organization" ? acme.O : acme.W;
  const rule = await makeRule(world, at, { roleId: role });
  const enter = (group: string) => world.enter(okta, "dana", { groups: [group] });
  await enter("SOC");
  const giveAnother = () =>
    done(acme.api.call(acme.ann, `PATCH ${at}/claim-rules/${rule.id}`, edit({ roleId: "rol_operator" })));
  return { world, enter, giveAnother };
}

it.each<[what: string, kind: string, remove: () => Promise<unknown>]>([
  ["a user who held a role", "user", deleteUser],
  [
    "a user who had a key and no role any more",
    "user",
    async () => {
      await makeKey(acme, vic, { kind: "personal", scopes: ["workflow:run"] });
      await assign(acme, vic, []);
      await deleteUser();
    },
  ],
  ["a role that somebody held", "role", replaceRole],
  [
    "a role that a key had",
    "role",
    async () => {
      await assign(acme, vic, []);
      await makeKey(acme, acme.ann, { kind: "service", scopes: ["*"], roleId: role });
      await replaceRole();
    },
  ],
  [
    "a role that a rule gives",
    "role",
    async () => {
      await enterThroughRule("workspace");
      await asAnn(`DELETE ${acme.O}/roles/${role}?reassignTo=rol_viewer`);
    },
  ],
  [
    "a role that a sign-in gave everywhere",
    "role",
    async () => {
      const { giveAnother } = await enterThroughRule("organization");
      await asAnn(`DELETE ${acme.O}/roles/${role}?reassignTo=rol_viewer`);
      await giveAnother();
    },
  ],
  [
    "sign-ins that gave what the last one does not",
    "sign-ins",
    async () => {
      const { enter, world } = await enterThroughRule("workspace");
      await makeRule(world, `${acme.O}/workspaces/${await makeWorkspace(acme, "South")}`, { groups: ["NOC"] });
      await enter("NOC");
    },
  ],
  [
    "the shares of a resource that is gone",
    "shares",
    async () => {
      await shareResource();
      await asAnn(`DELETE ${acme.W}/resources/workflow/triage?force=true`);
    },
  ],
  ["a workspace with all that is in it", "workspace", deleteWorkspace],
])("what is left of %s is left as it is", async (_what, kind, remove) => {
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

describe("of a workspace that is gone, once there is no time for more of it,", () => {
  const commitGroups = async (store: Store, groups: readonly (readonly Change[])[]) => {
    for (const group of groups) await store.commit(group, randomUUID(), async () => false);
  };
  const place = () => ({ orgId: acme.org, workspaceId: acme.workspace });

  it.each<[what: string, clear: (until: number) => Promise<boolean>]>([
    ["keys", (until) => discardKeys(test.store, place(), (groups) => commitGroups(test.store, groups), until)],
    ["resources", (until) => sweepResources(test.store, place(), commitGroups, until)],
    ["shares", (until) => endSharesOfWorkspace(test.store, place(), until)],
  ])("its %s are left as they are", async (_what, clear) => {
    await shareResource();
    await makeKey(acme, vic, { kind: "personal", scopes: ["workflow:run"] });
    await deleteWorkspace();
    const before = await readTable(test);
    expect(await clear(Date.now())).toBe(false);
    expect(await readTable(test)).toEqual(before);
    expect(await clear(Date.now() + 30_000)).toBe(true);
    expect(await readTable(test)).not.toEqual(before);
    expect(await clear(Date.now() + 30_000)).toBe(true);
  });
});
