/** Shares and resources at the very worst moment: whatever comes between a look and its deed, one of the two orders holds. */
import { TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, it } from "vitest";
import { assign, done, edit, makeSharedRole } from "./acme.ts";
import type { Answer, TestApi } from "./in-process.ts";
import type { Pair } from "./interleaved.ts";
import { diesOnceCommitted, expectOneOrder, layer } from "./interleaved.ts";
import type { Act, Copy, SharingWorld } from "./sharing-world.ts";
import { call, copyWorld, makeSharingWorld, offer, prepareWorld, sweepUp } from "./sharing-world.ts";

let base: SharingWorld;
beforeAll(async () => {
  base = await makeSharingWorld();
});

/** What is there, and two acts that meet. */
interface Race {
  readonly name: string;
  readonly prepare: (world: SharingWorld, copy: Copy) => Promise<Prepared>;
  readonly pair: (world: SharingWorld, prepared: Prepared) => Pair;
}

interface Prepared {
  /** Of the shares that are there, in the order in which they were offered. */
  readonly ids: readonly string[];
}

type Place = "N" | "S" | "E";
type Standing = readonly [from: "N" | "E", to: "south" | "west", how: "at once" | "pending"];

/** A workflow in North and one in East, under the same id, and shares of them. */
const triage =
  (...shares: readonly Standing[]) =>
  async (world: SharingWorld): Promise<Prepared> => {
    const { api, ann } = world;
    for (const at of ["N", "E"] as const) {
      await done(api.call(ann, `PUT ${world[at]}/resources/workflow/triage`, { body: { name: `Triage of ${at}` } }));
    }
    const ids: string[] = [];
    for (const [from, to, how] of shares) {
      const body = offer("triage", world[to]);
      const { id, state } = await done(
        api.call(how === "at once" ? ann : world.sue, `POST ${world[from]}/shares`, { body }),
      );
      expect(state).toBe(how === "at once" ? "accepted" : "pending");
      ids.push(id);
    }
    return { ids };
  };

const own = ({ ann, S }: SharingWorld): Act => call(ann, `POST ${S}/resources/workflow`, { id: "triage", name: "Own" });
const accept = ({ tom, S }: SharingWorld, id: string | undefined): Act => call(tom, `POST ${S}/shares/${id}/accept`);
const deny = ({ tom, S }: SharingWorld, id: string | undefined): Act => call(tom, `POST ${S}/shares/${id}/deny`);
const revoke = ({ ann, ...world }: SharingWorld, at: Place, id: string | undefined): Act =>
  call(ann, `POST ${world[at]}/shares/${id}/revoke`);
const remove = ({ ann, N }: SharingWorld, query = ""): Act =>
  call(ann, `DELETE ${N}/resources/workflow/triage${query}`);
const shareAtOnce = ({ ann, south, ...world }: SharingWorld, at: "N" | "E" = "N"): Act =>
  call(ann, `POST ${world[at]}/shares`, offer("triage", south));
const sharePending = ({ sue, N, south }: SharingWorld): Act => call(sue, `POST ${N}/shares`, offer("triage", south));
const suspend = ({ ann, ...world }: SharingWorld, at: Place): Act => call(ann, `POST ${world[at]}/suspend`);
const removePlace = ({ ann, ...world }: SharingWorld, at: Place): Act => call(ann, `DELETE ${world[at]}`);
const settle = ({ ann, O }: SharingWorld, sharing: object): Act =>
  call(ann, `PATCH ${O}`, { settings: { sharing } }, { "if-match": "*" });

/** What is left is swept, by a process of its own. */
const sweeps: Act = async (api: TestApi): Promise<Answer> => {
  await sweepUp({ test: { store: api.host.store } });
  return { status: 200, headers: {}, body: {}, text: "{}" };
};

/** The resource was deleted with its shares still to be swept, and, if so asked, made again. */
const deleted =
  (isMadeAgain: boolean) =>
  async (world: SharingWorld, copy: Copy): Promise<Prepared> => {
    const prepared = await triage(["N", "south", "at once"], ["N", "west", "at once"])(world);
    const mortal = await copy.through(diesOnceCommitted());
    expect((await remove(world, "?force=true")(mortal, copy)).status).toBe(204);
    expect(await copy.test.store.sweeps.list(world.org)).toHaveLength(1);
    if (isMadeAgain) {
      const body = { name: "Made again" };
      await done(world.api.call(world.ann, `PUT ${world.N}/resources/workflow/triage`, { body }));
    }
    return prepared;
  };

/** The workspace is suspended, and deleted if so asked, with all its rows left to be swept. */
const without =
  (at: Place, state: "suspended" | "deleted", ...shares: readonly Standing[]) =>
  async (world: SharingWorld, copy: Copy): Promise<Prepared> => {
    const prepared = await triage(...shares)(world);
    await done(suspend(world, at)(world.api, copy));
    if (state === "deleted") await done(removePlace(world, at)(world.api, copy));
    return prepared;
  };

/** Sue may accept in South, too, by a role of the organization. */
const sueAccepts = async (world: SharingWorld): Promise<Prepared> => {
  const roleId = await makeSharedRole(world, "Accepts", ["share:accept"]);
  await assign(world, world.sue, [roleId], world.S);
  return { ids: [roleId, ...(await triage()(world)).ids] };
};

const races: Race[] = [
  {
    name: "a share is accepted beside an own resource that is made under its id",
    prepare: triage(["N", "south", "pending"]),
    pair: (world, { ids: [id] }) => ({ a: accept(world, id), b: own(world) }),
  },
  {
    name: "a resource is shared at once beside an own one that is made under its id in the target",
    prepare: triage(),
    pair: (world) => ({ a: shareAtOnce(world), b: own(world) }),
  },
  {
    name: "two workspaces share what has the same id at once",
    prepare: triage(),
    pair: (world) => ({ a: shareAtOnce(world, "N"), b: shareAtOnce(world, "E") }),
  },
  {
    name: "a share is accepted beside another that is given at once under the same id",
    prepare: triage(["N", "south", "pending"]),
    pair: (world, { ids: [id] }) => ({ a: accept(world, id), b: shareAtOnce(world, "E") }),
  },
  {
    name: "the same resource is offered twice",
    prepare: triage(),
    pair: (world) => ({ a: shareAtOnce(world), b: sharePending(world) }),
  },
  {
    name: "an offer is revoked beside its acceptance",
    prepare: triage(["N", "south", "pending"]),
    pair: (world, { ids: [id] }) => ({ a: accept(world, id), b: revoke(world, "N", id) }),
  },
  {
    name: "an offer is denied beside its acceptance",
    prepare: triage(["N", "south", "pending"]),
    pair: (world, { ids: [id] }) => ({ a: accept(world, id), b: deny(world, id) }),
  },
  {
    name: "both sides revoke",
    prepare: triage(["N", "south", "at once"]),
    pair: (world, { ids: [id] }) => ({ a: revoke(world, "N", id), b: revoke(world, "S", id) }),
  },
  {
    name: "a share is revoked beside one that takes its place from elsewhere",
    prepare: triage(["N", "south", "at once"]),
    pair: (world, { ids: [id] }) => ({ a: revoke(world, "N", id), b: shareAtOnce(world, "E") }),
  },
  {
    name: "a share is revoked beside the same resource being shared again",
    prepare: triage(["N", "south", "at once"]),
    pair: (world, { ids: [id] }) => ({ a: revoke(world, "S", id), b: sharePending(world) }),
  },
  {
    name: "the resource is deleted beside being shared at once",
    prepare: triage(),
    pair: (world) => ({ a: remove(world), b: shareAtOnce(world) }),
  },
  {
    name: "the resource is deleted beside being offered",
    prepare: triage(),
    pair: (world) => ({ a: remove(world), b: sharePending(world), goesOn: "a" }),
  },
  {
    name: "the resource is deleted beside the acceptance of an offer",
    prepare: triage(["N", "south", "pending"]),
    pair: (world, { ids: [id] }) => ({ a: remove(world), b: accept(world, id), goesOn: "a" }),
  },
  {
    name: "the resource is deleted with force beside the end of one of its shares",
    prepare: triage(["N", "south", "at once"], ["N", "west", "at once"]),
    pair: (world, { ids: [id] }) => ({ a: remove(world, "?force=true"), b: revoke(world, "S", id), goesOn: "a" }),
  },
  {
    name: "shares of a deleted resource are swept beside one made again under its id being shared",
    prepare: deleted(true),
    pair: (world) => ({ a: sweeps, b: shareAtOnce(world) }),
  },
  {
    name: "shares of a deleted resource are swept beside the end of one of them by hand",
    prepare: deleted(false),
    pair: (world, { ids: [id] }) => ({ a: sweeps, b: revoke(world, "S", id), only: "b" }),
  },
  {
    name: "shares of a deleted resource are swept twice at once",
    prepare: deleted(true),
    pair: () => ({ a: sweeps, b: sweeps }),
  },
  {
    name: "a resource that was deleted and made again is shared twice at once, what was before unswept",
    prepare: deleted(true),
    pair: (world) => ({ a: shareAtOnce(world), b: sharePending(world) }),
  },
  {
    name: "the sharer loses their role while they share",
    prepare: triage(),
    pair: (world) => ({
      a: sharePending(world),
      b: call(world.ann, `PUT ${world.N}/assignments/${world.sue.userId}`, { roleIds: ["rol_viewer"] }),
    }),
  },
  {
    name: "the sharer may not accept in the target any more while they share",
    prepare: sueAccepts,
    pair: (world) => ({
      a: sharePending(world),
      b: call(world.ann, `PUT ${world.S}/assignments/${world.sue.userId}`, { roleIds: ["rol_viewer"] }),
    }),
  },
  {
    name: "the role of the organization by which the sharer may accept is edited while they share",
    prepare: sueAccepts,
    pair: (world, { ids: [roleId] }) => ({
      a: sharePending(world),
      b: call(world.ann, `PATCH ${world.O}/roles/${roleId}`, { scopes: ["share:read"] }, { "if-match": "*" }),
    }),
  },
  {
    name: "the sharer is suspended while they share",
    prepare: sueAccepts,
    pair: (world) => ({
      a: sharePending(world),
      b: call(world.ann, `PATCH ${world.O}/users/${world.sue.userId}`, { status: "suspended" }),
    }),
  },
  ...(["N", "S"] as const).flatMap((at): Race[] => [
    {
      name: `${at === "N" ? "the source" : "the target"} is suspended beside a share that is given at once`,
      prepare: triage(),
      pair: (world) => ({ a: shareAtOnce(world), b: suspend(world, at) }),
    },
    {
      name: `${at === "N" ? "the source" : "the target"} is suspended beside an acceptance`,
      prepare: triage(["N", "south", "pending"]),
      pair: (world, { ids: [id] }) => ({ a: accept(world, id), b: suspend(world, at) }),
    },
  ]),
  {
    name: "the target is deleted beside an offer",
    prepare: without("S", "suspended"),
    pair: (world) => ({ a: sharePending(world), b: removePlace(world, "S") }),
  },
  {
    name: "the target is deleted beside the end of a share",
    prepare: without("S", "suspended", ["N", "south", "at once"]),
    pair: (world, { ids: [id] }) => ({ a: revoke(world, "N", id), b: removePlace(world, "S") }),
  },
  {
    name: "the source is deleted beside the acceptance of its offer",
    prepare: without("N", "suspended", ["N", "south", "pending"]),
    pair: (world, { ids: [id] }) => ({ a: accept(world, id), b: removePlace(world, "N") }),
  },
  {
    name: "a deleted source is swept beside the end of a share in the target",
    prepare: without("N", "deleted", ["N", "south", "at once"], ["N", "west", "at once"]),
    pair: (world, { ids: [id] }) => ({ a: sweeps, b: revoke(world, "S", id) }),
  },
  {
    name: "a deleted target is swept beside the end of a share in the source",
    prepare: without("S", "deleted", ["N", "south", "at once"], ["E", "south", "pending"]),
    pair: (world, { ids: [id] }) => ({ a: sweeps, b: revoke(world, "N", id) }),
  },
  {
    name: "a deleted workspace is swept twice at once",
    prepare: without("S", "deleted", ["N", "south", "at once"], ["E", "south", "pending"]),
    pair: () => ({ a: sweeps, b: sweeps }),
  },
  {
    name: "the organization switches sharing of the type off beside a share that is given at once",
    prepare: triage(),
    pair: (world) => ({ a: shareAtOnce(world), b: settle(world, { types: [] }) }),
  },
  {
    name: "the organization takes a target off its list beside an acceptance",
    prepare: triage(["N", "south", "pending"]),
    pair: (world, { ids: [id] }) => ({ a: accept(world, id), b: settle(world, { targets: [world.east] }) }),
  },
  {
    name: "a resource is made twice under one id",
    prepare: triage(),
    pair: (world) => ({
      a: own(world),
      b: call(world.ann, `POST ${world.S}/resources/workflow`, { id: "triage", name: "Other" }),
    }),
  },
  {
    name: "a resource is edited twice",
    prepare: triage(),
    pair: ({ ann, N }) => ({
      a: (api) =>
        api.call(
          ann,
          `PATCH ${N}/resources/workflow/triage`,
          edit({ attributes: { a: { secret: true, value: "a" }, c: 1 } }),
        ),
      b: (api) =>
        api.call(
          ann,
          `PATCH ${N}/resources/workflow/triage`,
          edit({ attributes: { b: { secret: true, value: "b" }, c: 2 } }),
        ),
    }),
  },
  {
    name: "a resource is given a secret beside its deletion",
    prepare: triage(),
    pair: (world) => ({
      a: (api) =>
        api.call(
          world.ann,
          `PATCH ${world.N}/resources/workflow/triage`,
          edit({ attributes: { a: { secret: true, value: "a" } } }),
        ),
      b: remove(world),
    }),
  },
];

describe("one of two orders holds wherever they meet", () => {
  it.each(races)("$name", async ({ prepare, pair }) => {
    let prepared: Prepared = { ids: [] };
    const world = await prepareWorld(base, async (made, copy) => {
      prepared = await prepare(made, copy);
    });
    expect(await expectOneOrder(world, pair(world, prepared))).toBeGreaterThan(4);
  });
});

/** A right that rests on a role of the organization, where the organization is not locked. */
const sharesByOrganization = async (world: SharingWorld): Promise<Prepared> => {
  const roleId = await makeSharedRole(world, "Shares", ["share:create", "workflow:read", "workflow:run"]);
  await assign(world, world.sue, [roleId], world.N);
  return { ids: [roleId, ...(await triage()(world)).ids] };
};

interface TakenRight {
  readonly name: string;
  readonly prepare: Race["prepare"];
  readonly take: (world: SharingWorld, prepared: Prepared) => Act;
  readonly answered: object;
}

const withoutScopes = { scopes: ["case:read"] };
const takenRights: TakenRight[] = [
  {
    name: "to share, with a role",
    prepare: triage(),
    take: ({ ann, N, sue }) => call(ann, `PUT ${N}/assignments/${sue.userId}`, { roleIds: ["rol_viewer"] }),
    answered: { status: 403, body: { code: "access.denied" } },
  },
  {
    name: "to share, within a role of the organization",
    prepare: sharesByOrganization,
    take: ({ ann, O }, { ids: [id] }) => call(ann, `PATCH ${O}/roles/${id}`, withoutScopes, { "if-match": "*" }),
    answered: { status: 403, body: { code: "access.denied" } },
  },
  {
    name: "to accept, with a role",
    prepare: sueAccepts,
    take: ({ ann, S, sue }) => call(ann, `PUT ${S}/assignments/${sue.userId}`, { roleIds: ["rol_viewer"] }),
    answered: { status: 201, body: { state: "pending" } },
  },
  {
    name: "to accept, within a role of the organization",
    prepare: sueAccepts,
    take: ({ ann, O }, { ids: [id] }) => call(ann, `PATCH ${O}/roles/${id}`, withoutScopes, { "if-match": "*" }),
    answered: { status: 201, body: { state: "pending" } },
  },
  {
    name: "of any kind, by suspension",
    prepare: sueAccepts,
    take: ({ ann, O, sue }) => call(ann, `PATCH ${O}/users/${sue.userId}`, { status: "suspended" }),
    answered: { status: 401 },
  },
];

describe("a right that was taken, and answered so, is not used by a share under way", () => {
  it.each(takenRights)("$name", async ({ prepare, take, answered }) => {
    let prepared: Prepared = { ids: [] };
    const world = await prepareWorld(base, async (made, copy) => {
      prepared = await prepare(made, copy);
    });
    const copy = await copyWorld(world);
    const meet = once(async () => {
      expect((await take(world, prepared)(copy.api, copy)).status).toBe(200);
    });
    const slowly = await copy.through(
      layer(async (command, send) => {
        if (command instanceof TransactWriteCommand) await meet();
        return send(command);
      }),
    );
    expect(await sharePending(world)(slowly, copy)).toMatchObject(answered);
  });
});

function once(work: () => Promise<void>): () => Promise<void> {
  let isDone = false;
  return async () => {
    if (isDone) return;
    isDone = true;
    await work();
  };
}
