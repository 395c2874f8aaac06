/** API keys at the very worst moment: whatever comes between a look and its deed, one of the two orders holds. */
import { beforeAll, describe, expect, it } from "vitest";
import { done, edit, readTable } from "./acme.ts";
import type { Answer } from "./in-process.ts";
import type { Pair } from "./interleaved.ts";
import { expectOneOrder, layer } from "./interleaved.ts";
import { expectTidyKeys } from "./key-rows.ts";
import type { Key, KeyWorld } from "./key-world.ts";
import {
  crowded,
  keysOf,
  make,
  makeKeyWorld,
  ofFirst,
  ofPat,
  orphaned,
  personal,
  plain,
  removeRole,
  removeUser,
  renamed,
  revoke,
  rotate,
  service,
  settle,
  soon,
  suspendUser,
  sweeps,
} from "./key-world.ts";
import { makeKey } from "./keys.ts";
import type { Act, Copy } from "./sharing-world.ts";
import { call, copyWorld, prepareWorld, sweepUp } from "./sharing-world.ts";

let base: KeyWorld;
beforeAll(async () => {
  base = await makeKeyWorld();
});

/** What is there, and two acts that meet. */
interface Race {
  readonly name: string;
  readonly prepare?: (world: KeyWorld, copy: Copy) => Promise<readonly Key[]>;
  readonly pair: (world: KeyWorld, keys: readonly [Key, Key]) => Pair;
  /** How many keys are live in North when it is over, in whichever order. */
  readonly left?: readonly number[];
  /** The workspace only says that it has so many keys. */
  readonly isCountFeigned?: true;
}

const races: Race[] = [
  {
    name: "a key is made beside the loss of its maker's role",
    pair: (world) => ({
      a: make(world.pat, world, service()),
      b: call(world.ann, `PUT ${world.N}/assignments/${world.pat.userId}`, { roleIds: ["rol_viewer"] }),
    }),
  },
  {
    name: "a key is made beside the loss of its scope by the role of its maker",
    pair: (world) => ({
      a: make(world.pat, world, service()),
      b: (api) =>
        api.call(
          world.ann,
          `PATCH ${world.O}/roles/${world.maker}`,
          edit({ scopes: ["service-key:write", "case:read"] }),
        ),
    }),
  },
  {
    name: "a key is made beside the suspension of its maker",
    pair: (world) => ({ a: make(world.pat, world, personal), b: suspendUser(world) }),
  },
  {
    name: "a personal key is made beside the deletion of its person",
    pair: (world) => ({ a: make(world.pat, world, personal), b: removeUser(world), goesOn: "b" }),
  },
  {
    name: "a service key is made beside the deletion of its maker",
    pair: (world) => ({ a: make(world.pat, world, service()), b: removeUser(world), goesOn: "b" }),
  },
  {
    name: "a key is made with a role beside its deletion",
    pair: (world) => ({
      a: make(world.ann, world, service({ roleId: world.first })),
      b: removeRole(world, world.first),
    }),
  },
  {
    name: "a key is made with a role beside its deletion for another one, when a key has it already",
    prepare: keysOf(ofFirst),
    pair: (world) => ({
      a: make(world.ann, world, service({ roleId: world.first })),
      b: removeRole(world, world.first, `?reassignTo=${world.second}`),
      // The other way about, the entry of the deletion does not count the new key, which gets the other role all the same.
      only: "a",
    }),
  },
  {
    name: "the only key that has a role is revoked beside its deletion",
    prepare: keysOf(ofFirst),
    pair: (world, [key]) => ({ a: revoke(world.ann, world, key), b: removeRole(world, world.first) }),
  },
  {
    name: "a key is made with a role beside the deletion of the one that is to take its place",
    prepare: keysOf(ofFirst),
    pair: (world) => ({
      a: make(world.ann, world, service({ roleId: world.second })),
      b: removeRole(world, world.first, `?reassignTo=${world.second}`),
    }),
  },
  {
    name: "the role that takes the place of a key's goes itself",
    prepare: keysOf(ofFirst),
    pair: (world) => ({
      a: removeRole(world, world.first, `?reassignTo=${world.second}`),
      b: removeRole(world, world.second),
    }),
  },
  {
    name: "a key gets another secret twice",
    prepare: keysOf(plain),
    pair: (world, [key]) => ({ a: rotate(world.ann, world, key), b: rotate(world.ann, world, key, 60) }),
    left: [1],
  },
  {
    name: "a key gets another secret for itself beside one from somebody else",
    prepare: keysOf(["ann", () => service({ scopes: ["service-key:write"] })]),
    pair: (world, [key]) => ({ a: rotate(key, world, key, 60), b: rotate(world.ann, world, key, 60) }),
  },
  {
    name: "a key gets another secret for itself twice",
    prepare: keysOf(["ann", () => service({ scopes: ["service-key:write"] })]),
    pair: (world, [key]) => ({ a: rotate(key, world, key, 60), b: rotate(key, world, key, 60) }),
  },
  {
    name: "a key gets another secret beside its end",
    prepare: keysOf(plain),
    pair: (world, [key]) => ({ a: rotate(world.ann, world, key, 60), b: revoke(world.ann, world, key) }),
    left: [0],
  },
  {
    name: "a key ends itself beside another secret of it",
    prepare: keysOf(["ann", () => service({ scopes: ["service-key:write"] })]),
    pair: (world, [key]) => ({ a: revoke(key, world, key), b: rotate(world.ann, world, key) }),
  },
  {
    name: "a key is ended twice",
    prepare: keysOf(plain, plain),
    pair: (world, [key]) => ({ a: revoke(world.ann, world, key), b: revoke(world.ann, world, key) }),
    left: [1],
  },
  {
    name: "two keys are ended",
    prepare: keysOf(plain, ofPat),
    pair: (world, [one, other]) => ({ a: revoke(world.ann, world, one), b: revoke(world.pat, world, other) }),
    left: [0],
  },
  {
    name: "a key is made beside the end of another",
    prepare: keysOf(plain),
    pair: (world, [key]) => ({ a: make(world.pat, world, personal), b: revoke(world.ann, world, key) }),
    left: [1],
  },
  {
    name: "somebody has another secret of a key beside the loss of what it can do",
    prepare: keysOf(plain),
    pair: (world, [key]) => ({
      a: rotate(world.pat, world, key),
      b: (api) => api.call(world.ann, `PATCH ${world.O}/roles/${world.maker}`, edit({ scopes: ["service-key:write"] })),
    }),
  },
  {
    name: "the last key that a workspace may have is made twice",
    prepare: crowded(1),
    isCountFeigned: true,
    pair: (world) => ({ a: make(world.ann, world, service()), b: make(world.pat, world, personal) }),
    left: [1],
  },
  {
    name: "a key is made that lives longer than the organization then wants",
    pair: (world) => ({ a: make(world.ann, world, service({ expiresAt: soon(20) })), b: settle(world, 10) }),
  },
  {
    name: "keys of somebody who is gone are swept beside the end of one by hand",
    prepare: orphaned,
    pair: (world, [key]) => ({ a: sweeps, b: revoke(world.ann, world, key), only: "b" }),
  },
  {
    name: "keys of somebody who is gone are swept beside a key that is made",
    prepare: orphaned,
    pair: (world) => ({ a: sweeps, b: make(world.ann, world, service()) }),
  },
  {
    name: "keys of somebody who is gone are swept twice at once",
    prepare: orphaned,
    pair: () => ({ a: sweeps, b: sweeps }),
  },
  {
    name: "keys of somebody who is gone are swept beside their coming back",
    prepare: orphaned,
    pair: (world) => ({
      a: sweeps,
      b: call(world.ann, `POST ${world.O}/users`, {
        email: world.pat.email,
        roleId: "rol_owner",
        workspaceId: world.workspace,
      }),
    }),
  },
  {
    name: "a deleted workspace is swept twice at once",
    prepare: async (world, copy) => {
      const keys = await orphaned(world, copy);
      await makeKey(world, world.ann, service({ roleId: world.first }), world.E);
      await done(call(world.ann, `POST ${world.E}/suspend`)(world.api, copy));
      await done(call(world.ann, `DELETE ${world.E}`)(world.api, copy));
      return keys;
    },
    pair: () => ({ a: sweeps, b: sweeps }),
  },
  {
    name: "keys of a role that was replaced are swept beside the end of one",
    prepare: renamed,
    pair: (world, [key]) => ({ a: sweeps, b: revoke(world.ann, world, key) }),
    left: [0],
  },
  {
    name: "keys of a role that was replaced are swept beside another secret of one",
    prepare: renamed,
    pair: (world, [key]) => ({ a: sweeps, b: rotate(world.ann, world, key) }),
    left: [1],
  },
  {
    name: "keys of a role that was replaced are swept beside the deletion of the one in its place",
    prepare: renamed,
    pair: (world) => ({ a: sweeps, b: removeRole(world, world.second, "?reassignTo=rol_viewer") }),
    left: [1],
  },
];

describe("one of two orders holds wherever they meet", () => {
  it.each(races)("$name", async ({ prepare, pair, left, isCountFeigned = false }) => {
    let keys: readonly Key[] = [];
    const prepared = await prepareWorld(base, async (made, copy) => {
      keys = (await prepare?.({ ...base, ...made }, copy)) ?? [];
    });
    const world = { ...base, ...prepared };
    const acts = pair(world, keys as [Key, Key]);
    for (const order of [
      [acts.a, acts.b],
      [acts.b, acts.a],
    ]) {
      const copy = await copyWorld(world);
      for (const act of order) await act(copy.api, copy);
      await sweepUp(copy);
      const items = await readTable(copy.test);
      expectTidyKeys(items, { isCountFeigned });
      const live = [...items.values()].filter(
        ({ sk, workspaceId, revokedAt }) => sk === "KEY" && workspaceId === world.workspace && revokedAt === undefined,
      );
      if (left !== undefined) expect(left).toContain(live.length);
    }
    expect(await expectOneOrder(world, acts)).toBeGreaterThan(4);
  });
});

interface Meeting {
  readonly name: string;
  readonly prepare: (world: KeyWorld, copy: Copy) => Promise<unknown>;
  readonly slow: (world: KeyWorld) => Act;
  readonly other: (world: KeyWorld) => Act;
  /** What holds of the keys in the end. */
  readonly check: (keys: readonly Record<string, unknown>[], world: KeyWorld) => void;
}

/** Acts of more than one change, of which each is seen by the other. */
const meetings: readonly Meeting[] = [
  {
    name: "a key that is made with a role while that is deleted for another one has the other one",
    prepare: keysOf(ofFirst),
    slow: (world) => removeRole(world, world.first, `?reassignTo=${world.second}`),
    other: (world) => make(world.ann, world, service({ roleId: world.first })),
    check: (keys, world) =>
      expect(keys.map(({ role }) => role)).toEqual(
        [0, 1].map(() => ({ roleId: world.second, managedBy: "organization" })),
      ),
  },
  {
    name: "keys of somebody who is gone, in a workspace that goes while they are swept, leave nothing there",
    prepare: async (world, copy) => {
      await orphaned(world, copy);
      await done(call(world.ann, `POST ${world.E}/suspend`)(world.api, copy));
    },
    slow: () => sweeps,
    other: (world) => call(world.ann, `DELETE ${world.E}`),
    check: (keys, world) => expect(keys.filter(({ workspaceId }) => workspaceId === world.east)).toEqual([]),
  },
  {
    name: "keys of a workspace that is gone are swept beside those of somebody who goes",
    prepare: async (world, copy) => {
      await makeKey(world, world.pat, personal, world.E);
      await makeKey(world, world.pat, personal);
      await done(call(world.ann, `POST ${world.E}/suspend`)(world.api, copy));
      await done(call(world.ann, `DELETE ${world.E}`)(world.api, copy));
    },
    slow: () => sweeps,
    other: removeUser,
    check: (keys) => expect(keys.map(({ revokedAt }) => revokedAt !== undefined)).toEqual([true]),
  },
];

describe("wherever they meet", () => {
  it.each(meetings)("$name", async ({ prepare, slow, other, check }) => {
    const world = { ...base, ...(await prepareWorld(base, (made, copy) => prepare({ ...base, ...made }, copy))) };
    let met = 0;
    for (let passing = 0; ; passing++) {
      const copy = await copyWorld(world);
      let calls = 0;
      let answer: Answer | undefined;
      const slowly = await copy.through(
        layer(async (command, send) => {
          if (calls++ === passing) answer = await other(world)(copy.api, copy);
          return send(command);
        }),
      );
      const { status } = await slow(world)(slowly, copy);
      if (answer === undefined) break;
      met++;
      expect([passing, status < 300, answer.status < 300]).toEqual([passing, true, true]);
      await sweepUp(copy);
      const items = await readTable(copy.test);
      expectTidyKeys(items);
      check(
        [...items.values()].filter(({ sk }) => sk === "KEY"),
        world,
      );
    }
    expect(met).toBeGreaterThan(3);
  });
});
