/**
 * A role that a rule gives in every workspace stands in its holder's own item. Deleted with `reassignTo`, it is another one for them:
 * on the next request, when all is swept, and in a workspace made later.
 */
import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { sweepAll } from "../../lib/api/sweep.ts";
import type { ProviderId, RoleId } from "../../lib/domain/ids.ts";
import { done, edit, makeSharedRole } from "../api/acme.ts";
import type { Caller } from "../api/in-process.ts";
import { layer } from "../api/interleaved.ts";
import { openTestStore } from "../engine.ts";
import { FederatedWorld } from "./federated-world.ts";

let world: FederatedWorld;
let okta: ProviderId;
let runner: string;
let reader: string;
let rule: string;
let dana: Caller;

const ask = (what: string, body?: object) => world.api.call(world.acme.ann, what, body === undefined ? {} : { body });
const sweepNow = (store = world.store) => sweepAll(store, Date.now(), Date.now() + 30_000);
const enter = (subject: string, ...groups: string[]) => world.enter(okta, subject, { groups });

beforeEach(async () => {
  world = await FederatedWorld.open();
  okta = await world.connect();
  runner = await makeSharedRole(world.acme, "Runner", ["workflow:run"]);
  reader = await makeSharedRole(world.acme, "Reader", ["workflow:read"]);
  const when = { all: [{ attribute: "groups", operator: "equals", values: ["SOC"] }] };
  rule = (await done(ask(`POST ${world.acme.O}/claim-rules`, { name: "SOC", when, roleId: runner }))).id;
  dana = await enter("dana", "SOC");
});

const replace = async (one: string, other: string) =>
  expect((await ask(`DELETE ${world.acme.O}/roles/${one}?reassignTo=${other}`)).status).toBe(204);
const holdersOf = async (role: string) =>
  (await world.store.assignments.listHolders(world.orgId, role as RoleId)).map(({ userId }) => userId);
const usedBy = async (role: string) => {
  const { status, body } = await ask(`DELETE ${world.acme.O}/roles/${role}`);
  return status === 204 ? [] : body.usedBy.map(({ kind, id }: { kind: string; id: string }) => [kind, id]).sort();
};
const scopesIn = async (workspaceId = world.workspaceId) =>
  (await done(world.api.call(dana, `GET ${world.acme.O}/workspaces/${workspaceId}/me`))).scopes;
describe("whoever a rule gives it everywhere", () => {
  it("holds the other one, before it is swept and after, and in a workspace made later", async () => {
    await replace(runner, reader);
    expect([await world.rolesOf(dana), await scopesIn()]).toEqual([[reader], ["workflow:read"]]);
    expect(await sweepNow()).toMatchObject({ left: 0, failed: [] });
    expect([await world.rolesOf(dana), await scopesIn()]).toEqual([[reader], ["workflow:read"]]);
    expect((await world.userOf(dana))?.everywhere).toMatchObject([{ roleId: reader }]);
    expect(await world.rolesOf(dana, await world.makeWorkspace("Later"))).toEqual([reader]);
  });

  it("is found as its holder, and feels its edits", async () => {
    await replace(runner, reader);
    await sweepNow();
    await done(
      world.api.call(world.acme.ann, `PATCH ${world.acme.O}/roles/${reader}`, edit({ scopes: ["case:read"] })),
    );
    expect(await scopesIn()).toEqual(["case:read"]);
    expect(await usedBy(reader)).toEqual([
      ["claim-rule", rule],
      ["user", dana.userId],
    ]);
  });

  it("follows when the other one is replaced in its turn, unswept", async () => {
    const third = await makeSharedRole(world.acme, "Third", ["case:read"]);
    await replace(runner, reader);
    await replace(reader, third);
    expect(await scopesIn()).toEqual(["case:read"]);
    while ((await sweepNow()).left > 0);
    expect((await world.userOf(dana))?.everywhere).toMatchObject([{ roleId: third }]);
    expect([await holdersOf(runner), await holdersOf(reader), await holdersOf(third)]).toEqual([[], [], [dana.userId]]);
  });

  it("loses the other one like the first, when they come without the group", async () => {
    await replace(runner, reader);
    await sweepNow();
    expect(await holdersOf(runner)).toEqual([]);
    await world.setRules([{ role: "rol_viewer", group: "Other" }]);
    await enter("dana", "Other");
    expect(await world.rolesOf(dana)).toEqual(["rol_viewer"]);
    expect(await holdersOf(reader)).toEqual([]);
  });

  it("is left alone where they do not hold it any more, and the row by which they were found goes", async () => {
    await replace(runner, reader);
    await world.setRules([{ role: "rol_viewer", group: "SOC" }]);
    await enter("dana", "SOC");
    // As if it had outlived its grant.
    const grant = { roleId: runner as RoleId, managedBy: "organization", source: `claim-rule:${rule}` } as const;
    const rows = world.store.assignments.showEverywhere(world.orgId, dana.userId, [], [grant]);
    const row = rows.filter(({ key }) => key.pk.includes("HOLDERS"));
    await world.store.commit(row, randomUUID(), async () => false);
    expect(await holdersOf(runner)).toEqual([dana.userId]);
    expect(await sweepNow()).toMatchObject({ left: 0, failed: [] });
    expect([await holdersOf(runner), await world.rolesOf(dana)]).toEqual([[], ["rol_viewer"]]);
  });

  it.each(["SOC", "Other"])(
    "has what their last sign-in gave, with the group %s, whenever that is while it is swept",
    async (group) => {
      const when = { all: [{ attribute: "groups", operator: "equals", values: ["Other"] }] };
      await done(ask(`POST ${world.acme.O}/claim-rules`, { name: "Other", when, roleId: "rol_viewer" }));
      let held = runner;
      for (let passing = 0, wasReached = true; wasReached; passing++) {
        const next = await makeSharedRole(world.acme, `Next ${passing}`, ["workflow:read"]);
        await replace(held, next);
        let left = passing;
        wasReached = false;
        const meanwhile = layer(async (command, send) => {
          if (left-- === 0) {
            wasReached = true;
            await enter("dana", group);
          }
          return send(command);
        });
        const { store } = await openTestStore({ tableName: world.test.tableName, wrap: meanwhile });
        while ((await sweepNow(store)).left > 0);
        const isSame = group === "SOC" || !wasReached;
        expect([passing, await world.rolesOf(dana)]).toEqual([passing, [isSame ? next : "rol_viewer"]]);
        expect([passing, await holdersOf(held), await holdersOf(next)]).toEqual([
          passing,
          [],
          isSame ? [dana.userId] : [],
        ]);
        await enter("dana", "SOC");
        held = next;
      }
    },
  );
});
