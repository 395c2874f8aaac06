/**
 * A batch is no snapshot: its items may be of different moments, and of a transaction that is still being written out some show
 * before others. What is decided or shown then is still what one of two orders gives.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { assign, done, edit, makeRole, makeSharedRole } from "./acme.ts";
import type { Sent } from "./in-process.ts";
import type { Pair } from "./interleaved.ts";
import { diesOnceCommitted, expectOneOrderOfTornReads } from "./interleaved.ts";
import type { Act, SharingWorld } from "./sharing-world.ts";
import { call, makeSharingWorld, offer, prepareWorld } from "./sharing-world.ts";

let base: SharingWorld;
beforeAll(async () => {
  base = await makeSharingWorld();
});

interface Race {
  readonly name: string;
  /** Whether the workflow of North is offered to South, and whether that was accepted. */
  readonly share?: "pending" | "accepted";
  /** Whether Sue may accept in South, by a role that South or the organization manages. */
  readonly sueAccepts?: "by South" | "by the organization";
  /** Whether the first only reads. */
  readonly isRead?: true;
  readonly pair: (world: SharingWorld, shareId: string) => Pair;
}

const secret = (value: string) => ({ secret: true, value });
const old = { note: "old", url: "https://old", token: secret("old") };

/** @returns the id of the share, or of the role by which Sue may accept */
async function prepare({ share, sueAccepts }: Race): Promise<[SharingWorld, id: string]> {
  let id = "";
  const world = await prepareWorld(base, async (made) => {
    const { api, ann, sue, south, N, E, S } = made;
    const body = { name: "Triage", attributes: old };
    await done(api.call(ann, `PUT ${N}/resources/workflow/triage`, { body }));
    await done(api.call(ann, `PUT ${E}/resources/workflow/triage`, { body: { name: "Triage of East" } }));
    if (sueAccepts !== undefined) {
      const scopes = ["share:accept"];
      const isSouths = sueAccepts === "by South";
      id = await (isSouths ? makeRole(made, "Accepts", scopes, S) : makeSharedRole(made, "Accepts", scopes));
      await assign(made, sue, [id], S);
    }
    if (share === undefined) return;
    const by = share === "pending" ? sue : ann;
    id = (await done(api.call(by, `POST ${N}/shares`, { body: offer("triage", south) }))).id;
  });
  return [world, id];
}

const patch = ({ ann, N }: SharingWorld, attributes: object): Act => {
  const sent = edit({ attributes });
  return (api) => api.call(ann, `PATCH ${N}/resources/workflow/triage`, sent);
};
const remove = ({ ann, N }: SharingWorld): Act => call(ann, `DELETE ${N}/resources/workflow/triage?force=true`);
const own = ({ ann, S }: SharingWorld, name = "Own"): Act =>
  call(ann, `POST ${S}/resources/workflow`, { id: "triage", name });
const shareAtOnce = ({ ann, south, ...world }: SharingWorld, at: "N" | "E"): Act =>
  call(ann, `POST ${world[at]}/shares`, offer("triage", south));

/** The resource goes, and another one comes under its id that is shared with nobody. */
const makeAgain =
  (world: SharingWorld): Act =>
  async (api, copy) => {
    await remove(world)(api, copy);
    const body = {
      id: "triage",
      name: "Made again",
      attributes: { note: "of nobody's business", other: secret("new") },
    };
    return api.call(world.ann, `POST ${world.N}/resources/workflow`, { body });
  };

const sharePending = ({ sue, N, south }: SharingWorld): Act => call(sue, `POST ${N}/shares`, offer("triage", south));
const noScopes: Sent = edit({ scopes: [] });

const races: Race[] = [
  {
    name: "a resource is shared by somebody who may not accept in the target any more",
    sueAccepts: "by South",
    pair: (world) => ({
      a: sharePending(world),
      b: call(world.ann, `PUT ${world.S}/assignments/${world.sue.userId}`, { roleIds: ["rol_viewer"] }),
    }),
  },
  {
    name: "a resource is shared by somebody whose role in the target lets them accept no longer",
    sueAccepts: "by South",
    pair: (world, roleId) => ({
      a: sharePending(world),
      b: (api) => api.call(world.ann, `PATCH ${world.S}/roles/${roleId}`, noScopes),
    }),
  },
  {
    name: "a resource is shared by somebody whose role of the organization lets them accept no longer",
    sueAccepts: "by the organization",
    pair: (world, roleId) => ({
      a: sharePending(world),
      b: (api) => api.call(world.ann, `PATCH ${world.O}/roles/${roleId}`, noScopes),
    }),
  },
  {
    name: "a resource is read while it is edited",
    isRead: true,
    pair: (world) => ({
      a: call(world.ann, `GET ${world.N}/resources/workflow/triage`),
      b: patch(world, { note: "new" }),
    }),
  },
  {
    name: "a shared resource is read while it is edited",
    isRead: true,
    share: "accepted",
    pair: (world) => ({
      a: call(world.tom, `GET ${world.S}/resources/workflow/triage`),
      b: patch(world, { note: "new" }),
    }),
  },
  {
    name: "a shared resource is read while another one takes its place",
    isRead: true,
    share: "accepted",
    pair: (world) => ({
      a: call(world.tom, `GET ${world.S}/resources/workflow/triage`),
      b: makeAgain(world),
      only: "a",
    }),
  },
  {
    name: "a resource is edited twice",
    pair: (world) => ({
      a: patch(world, { note: "a", token: secret("a"), first: secret("a") }),
      b: patch(world, { url: null, second: secret("b") }),
    }),
  },
  {
    name: "a resource is edited while another one takes its place",
    pair: (world) => ({ a: patch(world, { note: "a", first: secret("a") }), b: makeAgain(world), only: "a" }),
  },
  {
    name: "a resource is given a secret beside its deletion",
    pair: (world) => ({ a: patch(world, { first: secret("a") }), b: remove(world) }),
  },
  {
    name: "a resource is deleted while another one takes its place",
    pair: (world) => ({ a: remove(world), b: makeAgain(world), only: "a" }),
  },
  { name: "a resource is made twice under one id", pair: (world) => ({ a: own(world), b: own(world, "Other") }) },
  {
    name: "a share is accepted beside an own resource that is made under its id",
    share: "pending",
    pair: (world, id) => ({ a: call(world.tom, `POST ${world.S}/shares/${id}/accept`), b: own(world) }),
  },
  {
    name: "a resource is shared at once beside an own one that is made under its id in the target",
    pair: (world) => ({ a: shareAtOnce(world, "N"), b: own(world) }),
  },
  {
    name: "two workspaces share what has the same id at once",
    pair: (world) => ({ a: shareAtOnce(world, "N"), b: shareAtOnce(world, "E") }),
  },
  {
    name: "a share is accepted beside its end",
    share: "pending",
    pair: (world, id) => ({
      a: call(world.tom, `POST ${world.S}/shares/${id}/accept`),
      b: call(world.ann, `POST ${world.N}/shares/${id}/revoke`),
    }),
  },
  {
    name: "a share is accepted beside the deletion of its resource",
    share: "pending",
    pair: (world, id) => ({ a: call(world.tom, `POST ${world.S}/shares/${id}/accept`), b: remove(world), goesOn: "b" }),
  },
  {
    name: "a share is accepted beside the deletion of its resource by a process that dies before it sweeps",
    share: "pending",
    pair: (world, id) => ({
      a: call(world.tom, `POST ${world.S}/shares/${id}/accept`),
      b: async (_, copy) => remove(world)(await copy.through(diesOnceCommitted()), copy),
      only: "a",
    }),
  },
  {
    name: "a resource is shared at once beside its deletion",
    pair: (world) => ({ a: shareAtOnce(world, "N"), b: remove(world), goesOn: "b" }),
  },
  {
    name: "a share ends while its resource is shared again",
    share: "accepted",
    pair: (world, id) => ({ a: call(world.ann, `POST ${world.S}/shares/${id}/revoke`), b: shareAtOnce(world, "N") }),
  },
];

describe("one of two orders holds, whatever is read of the other", () => {
  it.each(races)("$name", async (race) => {
    const [world, id] = await prepare(race);
    expect(await expectOneOrderOfTornReads(world, race.pair(world, id), race.isRead === true)).toBeGreaterThan(2);
  });
});
