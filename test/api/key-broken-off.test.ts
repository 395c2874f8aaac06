/**
 * Commands and sweeps of API keys, broken off at each of their calls to the store, before it arrives and before its answer does: a
 * key was changed if, and only if, its one entry stands; sent again, or swept on, all ends as if undisturbed.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { openTestStore } from "../engine.ts";
import { done, readTable } from "./acme.ts";
import type { Moment } from "./breakable.ts";
import { Breakage } from "./breakable.ts";
import type { Caller, Sent, TestApi } from "./in-process.ts";
import { openTestApi } from "./in-process.ts";
import { expectTidyKeys } from "./key-rows.ts";
import type { Key, KeyWorld } from "./key-world.ts";
import { keysOf, makeKeyWorld, ofFirst, ofPat, orphaned, personal, renamed, service, sweeps } from "./key-world.ts";
import { makeKey } from "./keys.ts";
import type { Copy } from "./sharing-world.ts";
import { call, copyWorld, newEntries, prepareWorld, sweepUp, tellTable } from "./sharing-world.ts";

const MOMENTS: readonly Moment[] = ["before", "after"];

let base: KeyWorld;
beforeAll(async () => {
  base = await makeKeyWorld();
});

/** Does something in the world, and is asked to do it again where it was broken off. */
type Work = (api: TestApi, world: KeyWorld, key: Key) => Promise<number>;

async function makeMortal({ test }: Copy): Promise<{ breakage: Breakage; api: TestApi }> {
  const breakage = new Breakage();
  const { store } = await openTestStore({ tableName: test.tableName, wrap: (client) => breakage.wrap(client) });
  return { breakage, api: openTestApi(store) };
}

async function prepareKeys(prepare?: (world: KeyWorld, copy: Copy) => Promise<readonly Key[]>) {
  let keys: readonly Key[] = [];
  const prepared = await prepareWorld(base, async (made, copy) => {
    keys = (await prepare?.({ ...base, ...made }, copy)) ?? [];
  });
  return { world: { ...base, ...prepared }, key: keys[0] as Key };
}

interface Command {
  readonly name: string;
  readonly prepare?: (world: KeyWorld, copy: Copy) => Promise<readonly Key[]>;
  readonly work: Work;
  readonly status: number;
  /** What it is answered once it was done although nobody heard of it. */
  readonly repeated?: number;
  readonly action: string;
}

const once: Sent = { headers: { "idempotency-key": "the-same" } };
const send = async (api: TestApi, who: Caller, what: string, body?: object) =>
  (await api.call(who, what, what.startsWith("POST") ? { ...once, body } : {})).status;
const ofItself = ["ann", () => service({ scopes: ["service-key:write"] })] as const;

const commands: readonly Command[] = [
  {
    name: "a personal key is made",
    work: (api, world) => send(api, world.pat, `POST ${world.N}/api-keys`, personal),
    status: 201,
    action: "api-key.created",
  },
  {
    name: "a service key with a role of the organization is made",
    work: (api, world) => send(api, world.ann, `POST ${world.N}/api-keys`, service({ roleId: world.first })),
    status: 201,
    action: "api-key.created",
  },
  {
    name: "a key gets another secret",
    prepare: keysOf(ofPat),
    work: (api, world, { id }) =>
      send(api, world.pat, `POST ${world.N}/api-keys/${id}/rotate`, { overlapSeconds: 3_600 }),
    status: 200,
    action: "api-key.rotated",
  },
  {
    name: "a key gets another secret for itself, and still has the one before",
    prepare: keysOf(ofItself),
    work: (api, world, key) => send(api, key, `POST ${world.N}/api-keys/${key.id}/rotate`, { overlapSeconds: 3_600 }),
    status: 200,
    action: "api-key.rotated",
  },
  {
    name: "a key gets another secret for itself at once",
    prepare: keysOf(ofItself),
    work: (api, world, key) => send(api, key, `POST ${world.N}/api-keys/${key.id}/rotate`, {}),
    status: 200,
    repeated: 401,
    action: "api-key.rotated",
  },
  {
    name: "a key with a role is revoked",
    prepare: keysOf(ofFirst),
    work: (api, world, { id }) => send(api, world.ann, `DELETE ${world.N}/api-keys/${id}`),
    status: 204,
    action: "api-key.revoked",
  },
  {
    name: "a key ends itself",
    prepare: keysOf(ofItself),
    work: (api, world, key) => send(api, key, `DELETE ${world.N}/api-keys/${key.id}`),
    status: 204,
    repeated: 401,
    action: "api-key.revoked",
  },
  {
    name: "a key does something",
    prepare: keysOf(["ann", () => service({ scopes: ["workflow:*"] })]),
    work: (api, world, key) => send(api, key, `POST ${world.N}/resources/workflow`, { id: "by-key", name: "By a key" }),
    status: 201,
    action: "resource.created",
  },
];

describe("a command broken off at each call", () => {
  it.each(commands)("$name", async ({ prepare, work, status, repeated = status, action }) => {
    const { world, key } = await prepareKeys(prepare);
    const whole = await copyWorld(world);
    expect(await work(whole.api, world, key)).toBe(status);
    const undisturbed = await tellTable(world, whole);
    expect(undisturbed).not.toEqual([]);
    let broken = 0;
    for (let passing = 0, isOver = false; !isOver; passing++) {
      for (const moment of MOMENTS) {
        const copy = await copyWorld(world);
        const mortal = await makeMortal(copy);
        mortal.breakage.arm(passing, moment);
        await work(mortal.api, world, key).catch(() => {});
        isOver = !mortal.breakage.mend();
        if (isOver) break;
        broken++;
        const entries = await newEntries(world, copy, world.workspace);
        const isDone = entries.length > 0;
        expect([passing, moment, entries]).toEqual([passing, moment, isDone ? [action] : []]);
        expect(await tellTable(world, copy)).toEqual(isDone ? undisturbed : []);
        expect([passing, moment, await work(mortal.api, world, key)]).toEqual([
          passing,
          moment,
          isDone ? repeated : status,
        ]);
        expect(await tellTable(world, copy)).toEqual(undisturbed);
        expectTidyKeys(await readTable(copy.test));
      }
    }
    expect(broken).toBeGreaterThan(6);
  });
});

interface Swept {
  readonly name: string;
  readonly prepare: (world: KeyWorld, copy: Copy) => Promise<readonly Key[]>;
  /** What the first of the keys can do at any time. */
  readonly scopes: readonly string[];
  /** Where it is from. */
  readonly at?: "E";
}

const swept: readonly Swept[] = [
  { name: "of somebody who is gone, here and there", prepare: orphaned, scopes: [] },
  {
    name: "of a workspace that is gone",
    prepare: async (world, copy) => {
      const keys = [
        await makeKey(world, world.pat, personal, world.E),
        await makeKey(world, world.ann, service({ roleId: world.first }), world.E),
        await makeKey(world, world.ann, service(), world.E),
      ];
      await done(call(world.ann, `DELETE ${world.E}/api-keys/${keys[2]?.id}`)(world.api, copy));
      await done(call(world.ann, `POST ${world.E}/suspend`)(world.api, copy));
      await done(call(world.ann, `DELETE ${world.E}`)(world.api, copy));
      return keys;
    },
    scopes: [],
    at: "E",
  },
  { name: "whose role was replaced by one that gives none of it", prepare: renamed, scopes: [] },
  {
    name: "whose role was replaced by one that gives the same",
    prepare: async (world, copy) => {
      const keys = await keysOf(ofFirst, ofFirst)(world);
      const { ann, O, first, maker } = world;
      await done(call(ann, `DELETE ${O}/roles/${first}?reassignTo=${maker}`)(world.api, copy));
      return keys;
    },
    scopes: ["workflow:read"],
  },
];

describe("a sweep broken off at each call leaves nothing of keys behind", () => {
  it.each(swept)("$name", async ({ prepare, scopes, at }) => {
    const { world, key } = await prepareKeys(prepare);
    const whole = await copyWorld(world);
    await sweepUp(whole);
    const undisturbed = await tellTable(world, whole);
    expectTidyKeys(await readTable(whole.test));
    let broken = 0;
    for (let passing = 0, isOver = false; !isOver; passing++) {
      for (const moment of MOMENTS) {
        const copy = await copyWorld(world);
        const mortal = await makeMortal(copy);
        mortal.breakage.arm(passing, moment);
        await sweeps(mortal.api, copy).catch(() => {});
        isOver = !mortal.breakage.mend();
        const { status, body } = await copy.api.call(key, `GET ${world[at ?? "N"]}/me`);
        expect([passing, moment, status === 200 ? body.scopes : []]).toEqual([passing, moment, scopes]);
        await sweepUp(copy);
        expect(withoutTurns(await tellTable(world, copy))).toEqual(withoutTurns(undisturbed));
        expectTidyKeys(await readTable(copy.test));
        if (isOver) break;
        broken++;
      }
    }
    expect(broken).toBeGreaterThan(6);
  });
});

/** A turn is taken once for each try. */
const withoutTurns = (told: readonly string[]) => told.map((item) => item.replace(/"turn":\d+,?/, ""));
