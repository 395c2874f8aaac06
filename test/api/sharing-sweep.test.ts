/** What is left of shares when a resource or a workspace goes: nothing counts from that moment on, and the rest is swept. */
import { randomUUID } from "node:crypto";
import { TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, it } from "vitest";
import { sweep, sweepAll } from "../../lib/api/sweep.ts";
import { NO_HASH } from "../../lib/domain/audit.ts";
import type { MadeResourceId, ShareId, WorkspaceId } from "../../lib/domain/ids.ts";
import { makeId } from "../../lib/domain/ids.ts";
import type { Workspace } from "../../lib/domain/places.ts";
import type { Share } from "../../lib/domain/shares.ts";
import type { Change } from "../../lib/store/changes.ts";
import { keys } from "../../lib/store/keys.ts";
import type { Store } from "../../lib/store/store.ts";
import { sizeOf } from "../store/item-size.ts";
import { done, readTable } from "./acme.ts";
import { Breakage } from "./breakable.ts";
import { diesOnceCommitted, layer } from "./interleaved.ts";
import type { Copy, SharingWorld } from "./sharing-world.ts";
import { copyWorld, makeSharingWorld, newEntries, offer, prepareWorld, sweepUp, tellTable } from "./sharing-world.ts";

let base: SharingWorld;
beforeAll(async () => {
  base = await makeSharingWorld();
});

const commit = (store: Store, changes: readonly Change[]) => store.commit(changes, randomUUID(), async () => false);

/** Commits many changes, as many at once as a transaction takes. */
async function commitAll(store: Store, groups: readonly (readonly Change[])[]): Promise<void> {
  for (let from = 0; from < groups.length; from += 20) await commit(store, groups.slice(from, from + 20).flat());
}

/** An own type of the organization, as its registration leaves it. */
async function registerPlaybook({ org, api }: SharingWorld): Promise<void> {
  const { store } = api.host;
  const type = {
    name: "acme.playbook",
    description: "",
    actions: ["read", "write", "run"].map((name) => ({ name, description: "" })),
    shareable: true,
    persistence: "persistent" as const,
    predefinedRoles: [],
    createdAt: "2026-11-26T09:00:00.000Z",
    version: 1,
  };
  const types = { version: 1, types: [type] };
  await commit(store, [...store.ownTypes.replace(org, types), store.ownTypes.register(org, type.name, 1)]);
}

const playbook = (targetWorkspaceId: string) => ({
  ...offer("play", targetWorkspaceId),
  resourceType: "acme.playbook",
});

/** Shares out and in, accepted, offered and ended, resources of every kind: then North goes. */
async function fillNorth(world: SharingWorld): Promise<void> {
  const { api, ann, sue, N, E, S, south, west, workspace } = world;
  await registerPlaybook(world);
  const secret = { secret: true, value: "s3cret" };
  const body = { name: "Triage", attributes: { url: "https://x", deep: { token: secret }, other: secret } };
  const put = (path: string, sent: object) => done(api.call(ann, `PUT ${path}`, { body: sent }));
  await put(`${N}/resources/workflow/triage`, body);
  await put(`${N}/resources/workflow/ended`, { name: "Ended" });
  await put(`${N}/resources/workflow-run/run`, body);
  await put(`${N}/resources/acme.playbook/play`, body);
  await put(`${E}/resources/workflow/feed`, { name: "Feed" });
  await put(`${E}/resources/acme.playbook/play`, { name: "Play of East" });
  await done(api.call(ann, `DELETE ${N}/resources/acme.playbook/play`));
  await put(`${N}/resources/acme.playbook/own`, body);
  const share = async (from: string, sent: object, by = ann) =>
    (await done(api.call(by, `POST ${from}/shares`, { body: sent }))).id;
  await share(N, offer("triage", south));
  await share(N, offer("triage", west), sue);
  const ended = await share(N, offer("ended", south));
  await done(api.call(ann, `POST ${S}/shares/${ended}/revoke`));
  await share(E, offer("feed", workspace));
  await share(E, playbook(workspace));
  const play = await share(E, playbook(west));
  await done(api.call(ann, `POST ${E}/shares/${play}/revoke`));
  await share(N, { ...playbook(south), resourceId: "own" });
}

const suspendAndDelete = async ({ api, ann }: SharingWorld, at: string) => {
  await done(api.call(ann, `POST ${at}/suspend`));
  await done(api.call(ann, `DELETE ${at}`));
};

/** Every item that has to do with a workspace that is gone, but its mark, its audit chain and its activity log. */
const remainsOf = async ({ test }: Copy, { org: orgId }: SharingWorld, workspaceId: WorkspaceId): Promise<string[]> => {
  const place = { orgId, workspaceId };
  const { pk, sk } = keys.workspace(orgId, workspaceId);
  const kept = [`${keys.auditEntry(place, 1).pk} `, `${keys.activity(place, 1).pk} `, `${pk} ${sk}`];
  return [...(await readTable(test)).keys()].filter(
    (key) => key.includes(workspaceId) && !kept.some((beginning) => key.startsWith(beginning)),
  );
};

describe("a deleted workspace", () => {
  let world: SharingWorld;
  beforeAll(async () => {
    world = await prepareWorld(base, async (made) => {
      await fillNorth(made);
      await suspendAndDelete(made, made.N);
    });
  });

  it("leaves nothing of its resources, attributes, secrets and shares, once it is swept", async () => {
    const copy = await copyWorld(world);
    expect((await remainsOf(copy, world, world.workspace)).length).toBeGreaterThan(20);
    await sweepUp(copy);
    expect(await remainsOf(copy, world, world.workspace)).toEqual([]);
    const left = [...(await readTable(copy.test))];
    expect(left.filter(([, item]) => JSON.stringify(item).includes("s3cret"))).toEqual([]);
    expect(left.filter(([key]) => key.includes("#TYPEUSE#")).map(([key]) => key.split(" ")[1])).toEqual([
      `WS#${world.east}`,
    ]);
  });

  it("has ended its partners' shares at once, and their logs say so once it is swept", async () => {
    const copy = await copyWorld(world);
    const { api } = copy;
    const { ann, S, E, V } = world;
    const sharesAt = async (at: string) =>
      (await done(api.call(ann, `GET ${at}/shares`))).items.map((one: { resourceId: string; state: string }) => [
        one.resourceId,
        one.state,
      ]);
    const expectOver = async () => {
      const ofSouth = [
        ["ended", "revoked"],
        ["own", "revoked"],
        ["triage", "revoked"],
      ];
      expect((await sharesAt(S)).sort()).toEqual(ofSouth);
      expect((await sharesAt(V)).sort()).toEqual([
        ["play", "revoked"],
        ["triage", "revoked"],
      ]);
      expect((await sharesAt(E)).sort()).toEqual([
        ["feed", "revoked"],
        ["play", "revoked"],
        ["play", "revoked"],
      ]);
      expect((await api.call(ann, `GET ${S}/resources/workflow/triage`)).status).toBe(404);
    };
    await expectOver();
    // Nobody depends on what was shared with it any more.
    const other = await copyWorld(world);
    expect((await other.api.call(ann, `DELETE ${E}/resources/workflow/feed`)).status).toBe(204);
    await sweepUp(copy);
    await expectOver();
    const ends = async (at: string) =>
      (await done(api.call(ann, `GET ${at}/audit-log?action=share.revoked&actor=sweeper`))).items.map(
        (entry: { before: object; after: object }) => [entry.before, entry.after],
      );
    const because = { state: "revoked", because: "workspace.deleted", sourceWorkspaceId: world.workspace };
    expect(await ends(V)).toMatchObject([[{ state: "pending" }, because]]);
    expect(await ends(S)).toMatchObject([
      [{ state: "accepted" }, because],
      [{ state: "accepted" }, because],
    ]);
    expect(await ends(E)).toHaveLength(2);
  });

  it("is swept on where a sweep was broken off after any call", async () => {
    const world = await prepareWorld(base, async (made) => {
      const { api, ann, N, E, south, workspace } = made;
      const body = { name: "Triage", attributes: { token: { secret: true, value: "s3cret" } } };
      await done(api.call(ann, `PUT ${N}/resources/workflow/triage`, { body }));
      await done(api.call(ann, `PUT ${E}/resources/workflow/feed`, { body }));
      await done(api.call(ann, `POST ${N}/shares`, { body: offer("triage", south) }));
      await done(api.call(ann, `POST ${E}/shares`, { body: offer("feed", workspace) }));
      await suspendAndDelete(made, N);
    });
    const whole = await copyWorld(world);
    await sweepUp(whole);
    const undisturbed = await tellTable(world, whole);
    let broken = 0;
    for (let passing = 0, isMore = true; isMore; passing += 4) {
      const tries = [0, 1, 2, 3].map(async (index) => {
        const copy = await copyWorld(world);
        const breakage = new Breakage();
        const mortal = await copy.through((client) => breakage.wrap(client));
        breakage.arm(passing + index, "after");
        await sweepAll(mortal.host.store, Date.now(), Date.now() + 30_000).catch(() => {});
        const wasBroken = breakage.mend();
        await sweepUp(copy);
        expect([passing + index, await tellTable(world, copy)]).toEqual([passing + index, undisturbed]);
        return wasBroken;
      });
      const were = await Promise.all(tries);
      broken += were.filter(Boolean).length;
      isMore = were.every(Boolean);
    }
    expect(broken).toBeGreaterThan(20);
  });

  it("leaves nothing that keeps a type in use where both sides of a share are gone", async () => {
    const copy = await copyWorld(world);
    await suspendAndDelete({ ...world, api: copy.api }, world.S);
    await suspendAndDelete({ ...world, api: copy.api }, world.E);
    await sweepUp(copy);
    expect([...(await readTable(copy.test)).keys()].filter((key) => key.includes("#TYPEUSE#"))).toEqual([]);
    for (const id of [world.workspace, world.south, world.east]) {
      expect(await remainsOf(copy, world, id)).toEqual([]);
    }
  });
});

const MANY = 250;

/** North's workflow is shared with hundreds of workspaces, as that many acceptances leave it. */
async function shareWithMany(world: SharingWorld): Promise<WorkspaceId[]> {
  const { api, ann, N, org: orgId, workspace, sue } = world;
  const { store } = api.host;
  await done(api.call(ann, `PUT ${N}/resources/workflow/triage`, { body: { name: "Triage" } }));
  const { resource } = await store.read({
    resource: store.resources.at({ orgId, workspaceId: workspace }, { type: "workflow", id: "triage" }),
  });
  const incarnation = resource?.incarnation as MadeResourceId;
  const randomly = (prefix: "wks" | "shr") => makeId(prefix, Date.now(), crypto.getRandomValues(new Uint8Array(10)));
  const ids = Array.from({ length: MANY }, () => randomly("wks") as WorkspaceId);
  const at = "2026-11-26T09:00:00.000Z";
  const head = { seq: 0, hash: NO_HASH, policy: 0 };
  const places = ids.map((id, nth): Workspace => {
    const described = { name: `Partner ${nth}`, status: "active", labels: {}, createdAt: at, version: 1 } as const;
    return { id, orgId, features: [], claimMatching: "first-match", ...described, ...head };
  });
  await commitAll(
    store,
    places.map((place) => store.workspaces.create(place)),
  );
  const shares = ids.map(
    (targetWorkspaceId): Share => ({
      id: randomly("shr") as ShareId,
      ...offer("triage", targetWorkspaceId),
      incarnation,
      sourceWorkspaceId: workspace,
      targetWorkspaceId,
      state: "accepted",
      createdAt: at,
      createdBy: sue.userId,
      pendingUntil: Date.now(),
      version: 1,
    }),
  );
  const none = { shared: undefined, dependent: undefined };
  await commitAll(
    store,
    shares.map((share) => store.shares.write(orgId, undefined, share, none)),
  );
  return ids;
}

describe("a deleted resource with hundreds of shares", () => {
  let world: SharingWorld;
  let ids: readonly WorkspaceId[];
  beforeAll(async () => {
    world = await prepareWorld(base, async (made) => {
      ids = await shareWithMany(made);
      await done(made.api.call(made.ann, `POST ${made.N}/shares`, { body: offer("triage", made.south) }));
    });
  });

  const remove = `?force=true`;

  it("is one small transaction; use ends with it, and the sweep ends the shares", async () => {
    const copy = await copyWorld(world);
    const { ann, N, S } = world;
    const sizes: number[] = [];
    const mortal = await copy.through((client) =>
      layer(async (command, send) => {
        if (command instanceof TransactWriteCommand) sizes.push(command.input.TransactItems?.length ?? 0);
        return send(command);
      })(diesOnceCommitted()(client)),
    );
    const refused = await mortal.call(ann, `DELETE ${N}/resources/workflow/triage`);
    expect(refused).toMatchObject({ status: 409, body: { code: "resource.in_use" } });
    expect(refused.body.usedBy).toHaveLength(2 * (MANY + 1));
    expect((await mortal.call(ann, `DELETE ${N}/resources/workflow/triage${remove}`)).status).toBe(204);
    expect(sizes.every((size) => size <= 10)).toBe(true);
    expect((await copy.api.call(ann, `GET ${S}/resources/workflow/triage`)).status).toBe(404);
    expect((await copy.api.call(ann, `GET ${S}/resources/workflow`)).body.items).toEqual([]);
    const { items } = await done(copy.api.call(ann, `GET ${S}/shares`));
    expect(items).toMatchObject([{ state: "revoked" }]);
    await sweepUp(copy);
    const states = [...(await readTable(copy.test)).values()].filter(({ pk }) => String(pk).endsWith("#SHARES"));
    expect(states.map(({ state }) => state)).toEqual(Array.from({ length: 2 * (MANY + 1) }, () => "revoked"));
    for (const workspaceId of ids) {
      const { items: entries } = await copy.test.store.places.listEntries(
        { orgId: world.org, workspaceId },
        { limit: 9 },
      );
      expect(entries.map(({ value }) => JSON.parse(value.text).action)).toEqual(["share.revoked"]);
    }
    expect(await copy.test.store.sweeps.list(world.org)).toEqual([]);
  });

  it("made again is shared at once, without waiting for what is left of the one before it", async () => {
    const copy = await copyWorld(world);
    const { ann, N, S, south } = world;
    const mortal = await copy.through(diesOnceCommitted());
    expect((await mortal.call(ann, `DELETE ${N}/resources/workflow/triage${remove}`)).status).toBe(204);
    await done(copy.api.call(ann, `PUT ${N}/resources/workflow/triage`, { body: { name: "Made again" } }));
    let commits = 0;
    const counting = await copy.through(
      layer(async (command, send) => {
        if (command instanceof TransactWriteCommand) commits++;
        return send(command);
      }),
    );
    const shared = await counting.call(ann, `POST ${N}/shares`, { body: offer("triage", south) });
    expect(shared).toMatchObject({ status: 201, body: { state: "accepted" } });
    expect(commits).toBe(2);
    expect(await copy.test.store.sweeps.list(world.org)).toHaveLength(1);
    await sweepUp(copy);
    expect((await copy.api.call(ann, `GET ${S}/resources/workflow/triage`)).body.name).toBe("Made again");
  });

  it("made again is used by nobody who used the one before it, swept or not", async () => {
    const copy = await copyWorld(world);
    const { ann, N } = world;
    const mortal = await copy.through(diesOnceCommitted());
    expect((await mortal.call(ann, `DELETE ${N}/resources/workflow/triage${remove}`)).status).toBe(204);
    await done(copy.api.call(ann, `PUT ${N}/resources/workflow/triage`, { body: { name: "Made again" } }));
    const again = await copy.through(diesOnceCommitted());
    expect((await again.call(ann, `DELETE ${N}/resources/workflow/triage`)).status).toBe(204);
  });

  it("is left as it is by a sweep whose time is over", async () => {
    const copy = await copyWorld(world);
    const mortal = await copy.through(diesOnceCommitted());
    expect((await mortal.call(world.ann, `DELETE ${world.N}/resources/workflow/triage${remove}`)).status).toBe(204);
    const [task, ...others] = await copy.test.store.sweeps.list(world.org);
    if (task === undefined) throw new Error("nothing is left to sweep");
    expect([task.kind, others]).toEqual(["shares", []]);
    const before = await readTable(copy.test);
    expect(await sweep(copy.test.store, task, Date.now(), Date.now())).toBe(false);
    expect(await readTable(copy.test)).toEqual(before);
  });
});

describe("a deleted resource with a few shares", () => {
  it("has ended them, and told both sides, by the time it is answered", async () => {
    const world = await prepareWorld(base, async ({ api, ann, sue, N, south, west }) => {
      await done(api.call(ann, `PUT ${N}/resources/workflow/triage`, { body: { name: "Triage" } }));
      await done(api.call(ann, `POST ${N}/shares`, { body: offer("triage", south) }));
      await done(api.call(sue, `POST ${N}/shares`, { body: offer("triage", west) }));
    });
    const copy = await copyWorld(world);
    const answer = await copy.api.call(world.ann, `DELETE ${world.N}/resources/workflow/triage?force=true`);
    expect(answer.status).toBe(204);
    expect(await newEntries(world, copy, world.workspace)).toEqual(["resource.deleted"]);
    for (const id of [world.south, world.west]) expect(await newEntries(world, copy, id)).toEqual(["share.revoked"]);
    expect(await copy.test.store.sweeps.list(world.org)).toEqual([]);
  });
});

describe("a deleted workspace with the largest resources", () => {
  const MOST = 4 * 1024 * 1024;

  it("is swept in transactions that hold no more than 4 MB, of items too", async () => {
    const world = await prepareWorld(base, async ({ api, ann, N }) => {
      for (let nth = 0; nth < 60; nth++) {
        const body = { name: "Large", attributes: { text: "x".repeat(102_000) } };
        await done(api.call(ann, `PUT ${N}/resources/workflow/large-${nth}`, { body }));
      }
      await suspendAndDelete({ ...base, api }, N);
    });
    const copy = await copyWorld(world);
    const sums: number[] = [];
    const weighing = await copy.through(
      layer(async (command, send) => {
        if (command instanceof TransactWriteCommand) {
          const named = (command.input.TransactItems ?? []).flatMap(({ Delete }) =>
            Delete === undefined ? [] : [Delete.Key],
          );
          const items = named.map((key) => world.items.get(`${key?.pk} ${key?.sk}`) ?? {});
          sums.push(items.reduce((sum, item) => sum + sizeOf(item), 0));
        }
        return send(command);
      }),
    );
    await sweepUp({ test: { store: weighing.host.store } });
    expect(Math.max(...sums)).toBeLessThan(MOST);
    expect(sums.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(MOST);
    expect(await remainsOf(copy, world, world.workspace)).toEqual([]);
  });
});
