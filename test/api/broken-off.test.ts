/**
 * Large changes broken off at each call to the store, before it arrives and before its answer does, and then resumed: they end
 * as if nothing had happened, nothing is done twice, and what is not swept yet gives nothing already.
 */
import { describe, expect, it } from "vitest";
import { sweepAll } from "../../lib/api/sweep.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { admit, assign, done, makeAcme, makeRole, makeSharedRole, makeWorkspace, readTable, scopesOf } from "./acme.ts";
import type { Moment } from "./breakable.ts";
import { Breakage } from "./breakable.ts";
import type { Caller, TestApi } from "./in-process.ts";
import { openTestApi } from "./in-process.ts";

const breakage = new Breakage();
let test: TestStore;
/** The same table through a store that can be broken off. */
let mortal: TestStore;
let mortalApi: TestApi;

/** A table with nothing else in it is read through quickly. */
async function openTable(): Promise<void> {
  test = await openTestStore();
  mortal = await openTestStore({ tableName: test.tableName, wrap: (client) => breakage.wrap(client) });
  mortalApi = openTestApi(mortal.store);
}

/** A change in a world of its own. */
interface Scenario {
  readonly acme: Acme;
  /** May be broken off, and is then done again. */
  readonly work: () => Promise<unknown>;
  /** Holds as soon as the work has begun, however far it came. */
  readonly meanwhile?: () => Promise<void>;
  readonly afterwards: () => Promise<void>;
}

const MOMENTS: readonly Moment[] = ["before", "after"];

/** Breaks the scenario off at its first call, at its second, and so on until it ends before that. @returns how many calls it has */
async function breakEverywhere(make: () => Promise<Scenario>): Promise<number> {
  await openTable();
  const whole = await make();
  await whole.work();
  await whole.afterwards();
  const undisturbed = await shapeOf(whole.acme);
  for (let passing = 0; ; passing++) {
    for (const moment of MOMENTS) {
      await openTable();
      const { acme, work, meanwhile, afterwards } = await make();
      breakage.arm(passing, moment);
      await work().catch(() => {});
      const wasBroken = breakage.mend();
      await meanwhile?.();
      if (wasBroken) await work();
      await afterwards();
      expect([passing, moment, await shapeOf(acme)]).toEqual([passing, moment, undisturbed]);
      if (!wasBroken) return passing;
    }
  }
}

/** Which items an organization is made of, and how many of each: keys with the kinds of the ids in place of the ids. */
async function shapeOf({ org }: Acme): Promise<string[]> {
  const own = [...(await readTable(test)).keys()].filter((key) => key.includes(org));
  return own.map((key) => key.replace(/\b([a-z]{3})_[0-9a-hjkmnp-tv-z]{26}/g, "$1")).sort();
}

/** A process's attempt at sweeping; it fails where it was broken off. */
const sweepOnce = () => sweepAll(mortal.store, Date.now(), Date.now() + 30_000);

async function entriesOf({ api, ann, O }: Acme, action: string): Promise<number> {
  const { intact } = await done(api.call(ann, `POST ${O}/audit-log/verify`));
  expect(intact).toBe(true);
  return (await done(api.call(ann, `GET ${O}/audit-log?action=${action}`))).items.length;
}

/** Sends a request through the process that dies, with a key by which it may be sent again. */
async function send(by: Caller, what: string, body?: object) {
  const headers = { "idempotency-key": "the-same" };
  const answer = await mortalApi.call(by, what, body === undefined ? { headers } : { body, headers });
  if (answer.status === 503) throw new Error("unavailable");
  return answer;
}

describe("broken off at each call to the store and resumed", () => {
  it("a bulk invites everybody once, each with one entry, and refuses what it refused", async () => {
    const calls = await breakEverywhere(async () => {
      const acme = await makeAcme(test);
      const role = await makeRole(acme, "Runner", ["workflow:run"]);
      const emails = ["one", "two", "ann", "three"].map((name) => `${name}@acme.example`);
      const users = emails.map((email) => ({ email, roleId: role, workspaceId: acme.workspace }));
      const attempt = async () => {
        const { status, body } = await send(acme.ann, `POST ${acme.O}/users/bulk`, { users });
        expect(status).toBe(200);
        // Rows that came too late for a dead process are told so; the request is sent again.
        if (body.items.some((item: { status: number }) => item.status === 503)) throw new Error("unavailable");
        expect(body.items.map((item: { status: number }) => item.status)).toEqual([201, 201, 409, 201]);
        return body;
      };
      return {
        acme,
        work: attempt,
        afterwards: async () => {
          expect(await attempt()).toEqual(await attempt());
          const { items } = await done(acme.api.call(acme.ann, `GET ${acme.W}/users`));
          expect(items).toHaveLength(4);
          expect(await entriesOf(acme, "user.invited")).toBe(3);
        },
      };
    });
    expect(calls).toBeGreaterThan(12);
  });

  it("a deleted role's holders hold the other one: one deletion, one entry", async () => {
    const calls = await breakEverywhere(async () => {
      const acme = await makeAcme(test);
      const [before, after] = [
        await makeRole(acme, "Runner", ["workflow:run"]),
        await makeRole(acme, "Reader", ["case:read"]),
      ];
      const vic = await admit(acme, "vic", before);
      return {
        acme,
        work: async () => {
          const { status } = await send(acme.ann, `DELETE ${acme.W}/roles/${before}?reassignTo=${after}`);
          // What was done although nobody heard of it is gone when it is asked for again.
          expect([204, 404]).toContain(status);
        },
        afterwards: async () => {
          expect(await scopesOf(acme, vic)).toEqual(["case:read"]);
          const { items } = await done(acme.api.call(acme.ann, `GET ${acme.W}/audit-log?action=role.deleted`));
          expect(items).toHaveLength(1);
        },
      };
    });
    expect(calls).toBeGreaterThan(3);
  });

  it("the sweep of a role names the other one in each holder's assignment, in every workspace", async () => {
    const calls = await breakEverywhere(async () => {
      const acme = await makeAcme(test);
      const south = `${acme.O}/workspaces/${await makeWorkspace(acme, "South")}`;
      const before = await makeSharedRole(acme, "Shared", ["workflow:run"]);
      const after = await makeSharedRole(acme, "Other", ["case:read"]);
      const people = [await admit(acme, "vic", before, after), await admit(acme, "wim", before)];
      for (const person of people) await assign(acme, person, [before], south);
      await done(acme.api.call(acme.ann, `DELETE ${acme.O}/roles/${before}?reassignTo=${after}`));
      const check = async () => {
        for (const person of people) {
          for (const at of [acme.W, south]) expect(await scopesOf(acme, person, at)).toEqual(["case:read"]);
        }
        const { body } = await acme.api.call(acme.ann, `DELETE ${acme.O}/roles/${after}`);
        expect(body.usedBy).toHaveLength(2);
      };
      return { acme, work: sweepOnce, meanwhile: check, afterwards: check };
    });
    expect(calls).toBeGreaterThan(6);
  });

  it("the sweep of a user leaves nothing that they held, and they come back with nothing", async () => {
    const calls = await breakEverywhere(async () => {
      const acme = await makeAcme(test);
      const south = `${acme.O}/workspaces/${await makeWorkspace(acme, "South")}`;
      const vic = await admit(acme, "vic", "rol_owner");
      await assign(acme, vic, ["rol_viewer"], south);
      const { status } = await acme.api.call(acme.ann, `DELETE ${acme.O}/users/${vic.userId}`);
      expect(status).toBe(204);
      const check = async () => {
        for (const at of [acme.W, south]) {
          expect(await scopesOf(acme, vic, at)).toEqual([]);
          const { items } = await done(acme.api.call(acme.ann, `GET ${at}/users`));
          expect(items.map(({ id }: { id: string }) => id)).toEqual([acme.ann.userId]);
          expect((await acme.api.call(acme.ann, `GET ${at}/assignments/${vic.userId}`)).status).toBe(404);
        }
        expect((await acme.api.call(acme.ann, `GET ${acme.O}/users/${vic.userId}`)).status).toBe(404);
      };
      return {
        acme,
        work: sweepOnce,
        meanwhile: check,
        afterwards: async () => {
          await check();
          const back = await admit(acme, "vic");
          expect(back.userId).toBe(vic.userId);
          for (const at of [acme.W, south]) expect(await scopesOf(acme, back, at)).toEqual([]);
        },
      };
    });
    expect(calls).toBeGreaterThan(4);
  });

  it("somebody deleted who is asked back in before the sweep comes back with nothing but what they are given then", async () => {
    const calls = await breakEverywhere(async () => {
      const acme = await makeAcme(test);
      const vic = await admit(acme, "vic", "rol_owner");
      await done(acme.api.call(acme.ann, `DELETE ${acme.O}/users/${vic.userId}`));
      const body = { email: vic.email, roleId: "rol_interact-only", workspaceId: acme.workspace };
      return {
        acme,
        work: async () => expect((await send(acme.ann, `POST ${acme.O}/users`, body)).status).toBe(201),
        afterwards: async () => {
          const { grants } = await done(acme.api.call(acme.ann, `GET ${acme.W}/assignments/${vic.userId}`));
          expect(grants.map(({ roleId }: { roleId: string }) => roleId)).toEqual(["rol_interact-only"]);
          await sweepOnce();
          expect(await entriesOf(acme, "user.invited")).toBe(2);
        },
      };
    });
    expect(calls).toBeGreaterThan(6);
  });

  it("the sweep of a workspace leaves its mark and its log, which is still read and verified", async () => {
    const calls = await breakEverywhere(async () => {
      const acme = await makeAcme(test);
      const vic = await admit(acme, "vic", await makeRole(acme, "Runner", ["workflow:run"]));
      await makeRole(acme, "Reader", []);
      await done(acme.api.call(acme.ann, `POST ${acme.W}/suspend`));
      await done(acme.api.call(acme.ann, `DELETE ${acme.W}`));
      const check = async () => {
        expect(await scopesOf(acme, vic)).toEqual([]);
        expect((await acme.api.call(acme.ann, `GET ${acme.W}`)).status).toBe(404);
        const access = await done(acme.api.call(acme.ann, `GET ${acme.O}/users/${vic.userId}/access`));
        expect(access.workspaces).toEqual([]);
        expect(await entriesOf(acme, "workspace.deleted")).toBe(1);
      };
      return {
        acme,
        work: sweepOnce,
        meanwhile: check,
        afterwards: async () => {
          await check();
          const left = (await shapeOf(acme)).filter((key) => key.includes("WS#wks") && !key.includes("#AUDIT"));
          expect(left).toEqual(["ORG#org WS#wks"]);
        },
      };
    });
    expect(calls).toBeGreaterThan(4);
  });
});
