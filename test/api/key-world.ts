/** A world of sharing in which keys are made as well, the acts that touch keys, and what may stand there when they meet. */
import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { sweepAll } from "../../lib/api/sweep.ts";
import { limits } from "../../lib/domain/limits.ts";
import { admit, assign, done, makeSharedRole } from "./acme.ts";
import type { Answer, Caller, TestApi } from "./in-process.ts";
import { makeKey } from "./keys.ts";
import type { Act, Copy, SharingWorld } from "./sharing-world.ts";
import { call, makeSharingWorld, prepareWorld } from "./sharing-world.ts";

export type Key = Awaited<ReturnType<typeof makeKey>>;

export interface KeyWorld extends SharingWorld {
  /** May make keys of either kind in North and in East, and holds the scopes of these. */
  readonly pat: Caller;
  /** The role by which they may, in North, and one of the organization. */
  readonly maker: string;
  readonly first: string;
  readonly second: string;
}

const MAKING = ["api-key:*", "service-key:*", "workflow:*"];

export async function makeKeyWorld(): Promise<KeyWorld> {
  const plain = await makeSharingWorld();
  let more: Omit<KeyWorld, keyof SharingWorld> | undefined;
  const world = await prepareWorld(plain, async (made) => {
    const pat = await admit(made, "pat");
    const maker = await makeSharedRole(made, "Maker", MAKING);
    await assign(made, pat, [maker]);
    await assign(made, pat, [maker], made.E);
    const [first, second] = [
      await makeSharedRole(made, "First", MAKING),
      await makeSharedRole(made, "Second", ["case:read"]),
    ];
    more = { pat, maker, first, second };
  });
  if (more === undefined) throw new Error("the world was not made");
  return { ...world, ...more };
}

export const service = (more: object = {}) => ({
  name: "Pipeline",
  kind: "service",
  scopes: ["workflow:read"],
  ...more,
});
export const personal = { name: "Mine", kind: "personal", scopes: ["workflow:read"] };
export const make = (who: Caller, { N }: KeyWorld, body: object): Act => call(who, `POST ${N}/api-keys`, body);
export const revoke = (who: Caller, { N }: KeyWorld, { id }: Key): Act => call(who, `DELETE ${N}/api-keys/${id}`);
export const rotate = (who: Caller, { N }: KeyWorld, { id }: Key, overlapSeconds = 0): Act =>
  call(who, `POST ${N}/api-keys/${id}/rotate`, { overlapSeconds });
export const removeRole = ({ ann, O }: KeyWorld, roleId: string, query = ""): Act =>
  call(ann, `DELETE ${O}/roles/${roleId}${query}`);
export const removeUser = ({ ann, O, pat }: KeyWorld): Act => call(ann, `DELETE ${O}/users/${pat.userId}`);
export const suspendUser = ({ ann, O, pat }: KeyWorld): Act =>
  call(ann, `PATCH ${O}/users/${pat.userId}`, { status: "suspended" });
export const settle = ({ ann, O }: KeyWorld, maxLifetimeDays: number): Act =>
  call(ann, `PATCH ${O}`, { settings: { keys: { maxLifetimeDays } } }, { "if-match": "*" });
export const soon = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

/** What is left is swept, by a process of its own; what another one took away beside it is left to the next time. */
export const sweeps: Act = async (api: TestApi): Promise<Answer> => {
  expect((await sweepAll(api.host.store, Date.now(), Date.now() + 30_000)).failed).toEqual([]);
  return { status: 200, headers: {}, body: {}, text: "" };
};

export const keysOf =
  (...bodies: readonly (readonly [by: "ann" | "pat", body: (world: KeyWorld) => object])[]) =>
  async (world: KeyWorld): Promise<readonly Key[]> => {
    const keys: Key[] = [];
    for (const [by, body] of bodies) keys.push(await makeKey(world, world[by], body(world)));
    return keys;
  };
export const ofFirst = ["ann", ({ first }: KeyWorld) => service({ roleId: first })] as const;
export const ofPat = ["pat", () => personal] as const;
export const plain = ["ann", () => service()] as const;

/** The workspace has as many keys as it may, but for so many. */
export const crowded =
  (free: number) =>
  async ({ place, api }: KeyWorld) => {
    const { store } = api.host;
    const full = { keyCount: limits.apiKeysPerWorkspace - free };
    await store.commit([store.places.setCounts(place, full)], randomUUID(), async () => false);
    return [];
  };

/** Their person is removed, and nothing is swept yet. */
export const orphaned = async (world: KeyWorld, copy: Copy) => {
  const keys = [
    await makeKey(world, world.pat, personal),
    await makeKey(world, world.pat, personal, world.E),
    await makeKey(world, world.pat, service()),
  ];
  await done(removeUser(world)(world.api, copy));
  return keys;
};

/** The role of a key is replaced, and nothing is swept yet. */
export const renamed = async (world: KeyWorld, copy: Copy) => {
  const keys = await keysOf(ofFirst)(world);
  await done(removeRole(world, world.first, `?reassignTo=${world.second}`)(world.api, copy));
  return keys;
};
