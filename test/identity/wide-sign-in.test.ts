/** A sign-in that gives roles in hundreds of workspaces: all of it counts at once or nothing does, wherever it is broken off. */
import { describe, expect, it } from "vitest";
import { sweepAll } from "../../lib/api/sweep.ts";
import type { ProviderId, WorkspaceId } from "../../lib/domain/ids.ts";
import { done, readTable } from "../api/acme.ts";
import type { Moment } from "../api/breakable.ts";
import { Breakage } from "../api/breakable.ts";
import { RoundTrips } from "../api/round-trips.ts";
import { openTestStore } from "../engine.ts";
import { FederatedWorld } from "./federated-world.ts";

interface Wide {
  readonly world: FederatedWorld;
  readonly okta: ProviderId;
  readonly workspaceIds: readonly WorkspaceId[];
}

/** Rules for the same workspaces by name: what they give stands in each of them. */
async function makeWide(many: number): Promise<Wide> {
  const world = await FederatedWorld.open();
  const okta = await world.connect();
  const workspaceIds: WorkspaceId[] = [];
  for (let at = 0; at < many; at++) workspaceIds.push(await world.makeWorkspace(`Customer ${at}`));
  await world.setRules([
    { role: "rol_owner", group: "Leads", workspaceIds },
    { role: "rol_operator", group: "Ops", workspaceIds },
    { role: "rol_viewer", group: "SOC", workspaceIds },
  ]);
  return { world, okta, workspaceIds };
}

describe("a sign-in that matches 500 workspaces", () => {
  it("reads, stages, and counts at once, with one entry that says how far it reaches", async () => {
    const { world, okta, workspaceIds } = await makeWide(500);
    await world.enter(okta, "dana", { groups: ["SOC"] });
    // Home and door; everything else; the parts, side by side; the flip.
    const trips = new RoundTrips();
    const { store } = await openTestStore({
      tableName: world.test.tableName,
      wrap: (client) => trips.wrap(client),
    });
    const cost = await trips.count(() => world.enter(okta, "dana", { groups: ["Leads"] }, { store }));
    expect(cost.trips).toBe(4);
    const dana = await world.callerOf(okta, "dana");
    const some = [0, 7, 250, 499].flatMap((at) => workspaceIds[at] ?? []);
    expect(await Promise.all(some.map((id) => world.rolesOf(dana, id)))).toEqual(some.map(() => ["rol_owner"]));
    const { items } = await done(world.api.call(world.acme.ann, `GET ${world.acme.O}/audit-log?limit=3`));
    expect(items.map(({ action, reach }: { action: string; reach?: unknown }) => [action, reach])).toMatchObject([
      ["assignment.replaced", 500],
      ["user.created", 500],
      ["workspace.created", [workspaceIds.at(-1)]],
    ]);
  }, 120_000);
});

describe("a sign-in that gives several roles in each of hundreds of workspaces", () => {
  it("has its entry, which says how many workspaces there were where it could not list them all", async () => {
    const { world, okta, workspaceIds } = await makeWide(450);
    const roles = ["rol_owner", "rol_operator", "rol_viewer", "rol_creator", "rol_contributor"];
    await world.setRules([...roles, ...roles, ...roles].map((role) => ({ role, workspaceIds })));
    for (const id of workspaceIds) await world.setRules([], id, "all-matches");
    await expect(world.enter(okta, "dana", { groups: ["SOC"] })).resolves.toBeDefined();
    const dana = await world.callerOf(okta, "dana");
    expect(await world.rolesOf(dana, workspaceIds[7])).toHaveLength(15);
    const { items } = await done(world.api.call(world.acme.ann, `GET ${world.acme.O}/audit-log?limit=1`));
    expect(items).toMatchObject([{ action: "user.created", reach: 450, after: { byRules: { workspaces: 450 } } }]);
  }, 120_000);
});

describe("a sign-in that was broken off", () => {
  const MOMENTS: readonly Moment[] = ["before", "after"];

  it("at any call, before it arrives or before its answer does, left everything as it was or as it is to be", async () => {
    const { world, okta, workspaceIds } = await makeWide(40);
    const breakage = new Breakage();
    const mortal = (await openTestStore({ tableName: world.test.tableName, wrap: (client) => breakage.wrap(client) }))
      .store;
    let groups = ["SOC"];
    const dana = await world.enter(okta, "dana", { groups });
    const heldNow = async () => {
      const held = await Promise.all(workspaceIds.map((id) => world.rolesOf(dana, id)));
      return [...new Set(held.map((roles) => roles?.join()))];
    };
    for (let passing = 0, wasBroken = true; wasBroken; passing++) {
      for (const moment of MOMENTS) {
        const before = groups[0] === "SOC" ? "rol_viewer" : "rol_owner";
        const after = groups[0] === "SOC" ? "rol_owner" : "rol_viewer";
        groups = groups[0] === "SOC" ? ["Leads"] : ["SOC"];
        breakage.arm(passing, moment);
        await world.enter(okta, "dana", { groups }, { store: mortal, deadline: Date.now() }).catch(() => {});
        wasBroken = breakage.mend();
        const meanwhile = await heldNow();
        expect([passing, moment, meanwhile]).toEqual([passing, moment, [meanwhile.includes(after) ? after : before]]);
        // Cognito asks again.
        await world.enter(okta, "dana", { groups }, { store: mortal });
        expect([passing, moment, await heldNow()]).toEqual([passing, moment, [after]]);
      }
    }
    expect(await sweepAll(world.store, Date.now(), Date.now() + 60_000)).toMatchObject({ left: 0, failed: [] });
    const items = [...(await readTable(world.test)).values()];
    const parts = items.filter(({ made }) => Array.isArray(made) && made.length > 1);
    expect(parts).toEqual([]);
    expect(await heldNow()).toEqual([groups[0] === "SOC" ? "rol_viewer" : "rol_owner"]);
  }, 120_000);

  it("after it had staged its parts took none of another's that was under way, whenever it had looked", async () => {
    for (const looks of ["before the other stages", "after the other has staged"] as const) {
      const { world, okta, workspaceIds } = await makeWide(60);
      await world.enter(okta, "dana", { groups: ["SOC"] });
      const { store } = await openTestStore({ tableName: world.test.tableName });
      const isFlip = (changes: Parameters<typeof store.commit>[0]) => changes.some(({ key }) => key.sk === "USER");
      const [looked, mayStage, gone] = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
      const dying: typeof store.commit = async (changes, ...more) => {
        looked?.resolve();
        await mayStage?.promise;
        if (isFlip(changes)) throw new Error("the process is dead");
        return store.commit(changes, ...more);
      };
      const startDying = () =>
        void world
          .enter(okta, "dana", { groups: ["Ops"] }, { store: { ...store, commit: dying } })
          .catch(() => gone?.resolve());
      const commit: typeof store.commit = async (changes, ...more) => {
        if (isFlip(changes) !== (looks === "before the other stages")) startDying();
        await looked?.promise.then(() => {});
        if (isFlip(changes)) {
          mayStage?.resolve();
          await gone?.promise;
        }
        return store.commit(changes, ...more);
      };
      if (looks === "after the other has staged") looked?.resolve();
      const dana = await world.enter(okta, "dana", { groups: ["Leads"] }, { store: { ...store, commit } });
      const held = await Promise.all(workspaceIds.map((id) => world.rolesOf(dana, id)));
      expect([looks, [...new Set(held.map((roles) => roles?.join()))]]).toEqual([looks, ["rol_owner"]]);
    }
  }, 60_000);

  it("and begun again however often takes no part away from one that comes to count", async () => {
    const { world, okta, workspaceIds } = await makeWide(60);
    const here = workspaceIds.slice(0, 55);
    // More everywhere, and less in many places: whoever lacks a part holds more.
    await world.setRules([
      { role: "rol_viewer", group: "SOC", workspaceIds: here },
      { role: "rol_operator", group: "Ops", workspaceIds: here },
      { role: "rol_owner", group: "SOC" },
    ]);
    const { store } = await openTestStore({ tableName: world.test.tableName });
    const isFlip = (changes: Parameters<typeof store.commit>[0]) =>
      changes.some((change) => change.kind === "update" && change.key.sk === "USER" && "generation" in change.set);
    await world.enter(okta, "dana", { groups: ["SOC", "Ops"] });
    await world.setRules([
      { role: "rol_operator", group: "SOC", workspaceIds: here },
      { role: "rol_owner", group: "SOC" },
    ]);
    const dying: typeof store.commit = async (changes, ...more) => {
      if (isFlip(changes)) throw new Error("the process is dead");
      return store.commit(changes, ...more);
    };
    let isFirst = true;
    const commit: typeof store.commit = async (changes, ...more) => {
      if (isFirst && isFlip(changes)) {
        isFirst = false;
        for (let time = 0; time < 12; time++) {
          const again = world.enter(okta, "dana", { groups: ["SOC"] }, { store: { ...store, commit: dying } });
          await again.catch(() => {});
        }
      }
      return store.commit(changes, ...more);
    };
    const dana = await world.enter(okta, "dana", { groups: ["SOC"] }, { store: { ...store, commit } });
    const held = await Promise.all(here.map((id) => world.rolesOf(dana, id)));
    expect([...new Set(held.map((roles) => roles?.join()))]).toEqual(["rol_operator"]);
  }, 60_000);

  it("and begun again is decided anew where its person goes before it overtakes the others", async () => {
    const { world, okta, workspaceIds } = await makeWide(160);
    // Parts of their own where they had none before: nothing that goes stands in the way of those.
    const here = workspaceIds.slice(0, 60);
    await world.setRules([
      { role: "rol_owner", group: "Leads", workspaceIds },
      { role: "rol_operator", group: "Ops", workspaceIds: here },
      { role: "rol_viewer", group: "SOC", workspaceIds: here },
    ]);
    const dana = await world.enter(okta, "dana", { groups: ["SOC"] });
    const isFlip = (changes: Parameters<typeof store.commit>[0]) =>
      changes.some((change) => change.kind === "update" && change.key.sk === "USER" && "generation" in change.set);
    const { store } = await openTestStore({ tableName: world.test.tableName });
    const dying: typeof store.commit = async (changes, ...more) => {
      if (isFlip(changes)) throw new Error("the process is dead");
      return store.commit(changes, ...more);
    };
    for (let time = 0; time < 10; time++) {
      const again = world.enter(okta, "dana", { groups: ["Ops"] }, { store: { ...store, commit: dying } });
      await again.catch(() => {});
    }
    let overtaken = 0;
    const commit: typeof store.commit = async (changes, ...more) => {
      const [first] = changes;
      if (changes.length === 1 && first?.key.sk === "USER" && overtaken++ === 0) {
        await done(world.api.call(world.acme.ann, `DELETE ${world.acme.O}/users/${dana.userId}`));
        expect(await sweepAll(store, Date.now(), Date.now() + 60_000)).toMatchObject({ left: 0, failed: [] });
      }
      return store.commit(changes, ...more);
    };
    const next = await world.enter(okta, "dana", { groups: ["Leads"] }, { store: { ...store, commit } });
    expect(overtaken).toBe(1);
    expect(next.userId).not.toBe(dana.userId);
    expect(await world.rolesOf(next, workspaceIds[7])).toEqual(["rol_owner"]);
    await sweepAll(store, Date.now(), Date.now() + 60_000);
    // Nothing of what it had decided was written for whoever was gone, and would stay.
    const left = [...(await readTable(world.test)).values()].filter(
      ({ pk, sk }) => String(pk).includes(dana.userId) && String(sk).startsWith("AT#"),
    );
    expect(left).toEqual([]);
  }, 60_000);

  it("is repeated without doing anything twice, also side by side", async () => {
    const { world, okta, workspaceIds } = await makeWide(40);
    const callers = await Promise.all(Array.from({ length: 3 }, () => world.enter(okta, "dana", { groups: ["SOC"] })));
    expect(new Set(callers.map(({ userId }) => userId)).size).toBe(1);
    const { items } = await done(world.api.call(world.acme.ann, `GET ${world.acme.O}/audit-log?limit=100`));
    expect(items.filter(({ action }: { action: string }) => action === "user.created")).toHaveLength(1);
    const [first] = callers;
    const [one] = workspaceIds;
    if (first !== undefined) expect(await world.rolesOf(first, one)).toEqual(["rol_viewer"]);
  }, 60_000);
});
