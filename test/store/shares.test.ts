/** What stands of a share in its two workspaces, and that nothing is written over what was not read. */
import { randomUUID } from "node:crypto";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { IdPrefix, MadeResourceId, OrgId, ShareId, UserId, WorkspaceId } from "../../lib/domain/ids.ts";
import { makeId } from "../../lib/domain/ids.ts";
import type { Share } from "../../lib/domain/shares.ts";
import type { Change } from "../../lib/store/changes.ts";
import { keys } from "../../lib/store/keys.ts";
import type { Store } from "../../lib/store/store.ts";
import { openTestStore } from "../engine.ts";

const newId = <P extends IdPrefix>(prefix: P) => makeId(prefix, Date.now(), crypto.getRandomValues(new Uint8Array(10)));

let store: Store;
let orgId: OrgId;
let source: { orgId: OrgId; workspaceId: WorkspaceId };
let target: { orgId: OrgId; workspaceId: WorkspaceId };
beforeAll(async () => {
  ({ store } = await openTestStore());
});
beforeEach(() => {
  orgId = newId("org");
  source = { orgId, workspaceId: newId("wks") };
  target = { orgId, workspaceId: newId("wks") };
});

const make = (state: Share["state"], more: Partial<Share> = {}): Share => ({
  id: newId("shr") as ShareId,
  resourceType: "workflow",
  resourceId: "triage",
  incarnation: newId("res") as MadeResourceId,
  sourceWorkspaceId: source.workspaceId,
  targetWorkspaceId: target.workspaceId,
  actions: ["read", "run"],
  state,
  createdAt: "2026-11-26T09:00:00.000Z",
  createdBy: newId("usr") as UserId,
  pendingUntil: 1_800_000_000_000,
  version: 1,
  ...more,
});
const next = (share: Share, state: Share["state"]): Share => ({ ...share, state, version: share.version + 1 });

const none = { shared: undefined, dependent: undefined };
const commit = (changes: readonly Change[]) => store.commit(changes, randomUUID(), async () => false);
const readAll = ({ id, resourceType, resourceId }: Share) =>
  store.read({
    outgoing: store.shares.at(source, "outgoing", id),
    incoming: store.shares.at(target, "incoming", id),
    shared: store.shares.sharedAt(target, resourceType, resourceId),
    dependent: store.shares.dependentAt(source, resourceType, resourceId, target.workspaceId),
  });
/** Writes a share as it is now, on what stands now. */
const write = async (before: Share | undefined, share: Share) =>
  commit(store.shares.write(orgId, before, share, await readAll(share)));
const shown = ({ id, resourceType, resourceId, incarnation, sourceWorkspaceId, actions }: Share) => ({
  ...{ shareId: id, resourceType, resourceId, incarnation, sourceWorkspaceId, actions },
});
const depends = ({ id, targetWorkspaceId, incarnation, pendingUntil }: Share) => ({
  ...{ shareId: id, targetWorkspaceId, incarnation, pendingUntil },
});

describe("a share stands", () => {
  it("in both workspaces, for decisions and among dependents, once it is accepted", async () => {
    const share = make("accepted", { expiresAt: 1_900_000_000_000 });
    expect(await write(undefined, share)).toBe("committed");
    expect(await readAll(share)).toEqual({
      outgoing: share,
      incoming: share,
      shared: { ...shown(share), state: "accepted", expiresAt: share.expiresAt },
      dependent: { ...depends(share), state: "accepted", expiresAt: share.expiresAt },
    });
  });

  it("not for decisions while it waits", async () => {
    const share = make("pending");
    await write(undefined, share);
    const rows = { shared: undefined, dependent: { ...depends(share), state: "pending" } };
    expect(await readAll(share)).toEqual({ outgoing: share, incoming: share, ...rows });
    const after = next(share, "accepted");
    expect(await write(share, after)).toBe("committed");
    expect(await readAll(share)).toMatchObject({ shared: { state: "accepted" }, dependent: { state: "accepted" } });
  });

  it.each(["denied", "revoked"] as const)(
    "among no dependents and for no decision when it was %s while it waited",
    async (state) => {
      const share = make("pending");
      await write(undefined, share);
      const after = next(share, state);
      expect(await write(share, after)).toBe("committed");
      expect(await readAll(share)).toEqual({
        outgoing: after,
        incoming: after,
        shared: undefined,
        dependent: undefined,
      });
    },
  );

  it("as one that is over, by which its id is known, when it ends after it was accepted", async () => {
    const share = make("accepted");
    await write(undefined, share);
    const after = next(share, "revoked");
    expect(await write(share, after)).toBe("committed");
    const rows = { shared: { ...shown(share), state: "revoked" }, dependent: undefined };
    expect(await readAll(share)).toEqual({ outgoing: after, incoming: after, ...rows });
  });
});

describe("what is another share's", () => {
  it("for decisions is left alone when this one ends, waiting or accepted", async () => {
    const [waiting, former] = [make("pending"), make("accepted", { expiresAt: 1 })];
    await write(undefined, former);
    const other = make("accepted", { sourceWorkspaceId: newId("wks") });
    const place = { orgId, workspaceId: other.sourceWorkspaceId };
    const { shared } = await readAll(former);
    expect(await commit(store.shares.write(orgId, undefined, other, { shared, dependent: undefined }))).toBe(
      "committed",
    );
    await commit(store.shares.write(orgId, undefined, waiting, await readAll(former)));
    expect(await write(waiting, next(waiting, "revoked"))).toBe("committed");
    expect(await write(former, next(former, "revoked"))).toBe("committed");
    expect((await readAll(former)).shared).toMatchObject({ shareId: other.id, state: "accepted" });
    const { dependent } = await store.read({
      dependent: store.shares.dependentAt(place, "workflow", "triage", target.workspaceId),
    });
    expect(dependent).toMatchObject({ shareId: other.id });
  });

  it("among dependents is left alone when this one ends", async () => {
    const [former, other] = [make("pending", { pendingUntil: 1 }), make("pending")];
    await write(undefined, former);
    await write(undefined, other);
    expect(await write(former, next(former, "revoked"))).toBe("committed");
    expect((await readAll(former)).dependent).toMatchObject({ shareId: other.id });
  });
});

describe("nothing is written", () => {
  it("over a share that stands under the same id", async () => {
    const share = make("pending");
    await write(undefined, share);
    expect(await write(undefined, share)).toBe("raced");
  });

  it.each(["outgoing", "incoming"] as const)(
    "on a share whose %s copy somebody has changed since",
    async (direction) => {
      const share = make("pending");
      await write(undefined, share);
      const [place, side] = direction === "outgoing" ? ([source, "OUT"] as const) : ([target, "IN"] as const);
      await commit([{ kind: "update", key: keys.share(place, side, share.id), set: { version: 2 } }]);
      expect(await write(share, next(share, "accepted"))).toBe("raced");
    },
  );

  it("over what came under its id in the target since that was read", async () => {
    const [share, other] = [make("pending"), make("accepted", { sourceWorkspaceId: newId("wks") })];
    await write(undefined, share);
    const rows = await readAll(share);
    await commit(store.shares.write(orgId, undefined, other, none));
    expect(await commit(store.shares.write(orgId, share, next(share, "accepted"), rows))).toBe("raced");
    const read = await readAll(share);
    await commit(
      store.shares.write(orgId, other, next(other, "revoked"), {
        ...none,
        shared: read.shared,
        dependent: { ...depends(other), state: "accepted" },
      }),
    );
    expect(await commit(store.shares.write(orgId, share, next(share, "accepted"), read))).toBe("raced");
    const revoked = await readAll(share);
    const again = make("accepted", { sourceWorkspaceId: newId("wks") });
    await commit(store.shares.write(orgId, undefined, again, { ...none, shared: revoked.shared }));
    expect(await commit(store.shares.write(orgId, share, next(share, "accepted"), revoked))).toBe("raced");
    expect(await write(share, next(share, "accepted"))).toBe("committed");
  });

  it("over another offer to the same workspace that was not read", async () => {
    const [share, other] = [make("pending"), make("pending")];
    await write(undefined, other);
    expect(await commit(store.shares.write(orgId, undefined, share, none))).toBe("raced");
    const { dependent } = await readAll(other);
    await write(other, next(other, "accepted"));
    expect(await commit(store.shares.write(orgId, undefined, share, { ...none, dependent }))).toBe("raced");
  });

  it.each(["shared", "dependent"] as const)("about an end of which the %s row did not show yet", async (row) => {
    const share = make("accepted");
    await write(undefined, share);
    const rows = { ...(await readAll(share)), [row]: undefined };
    expect(await commit(store.shares.write(orgId, share, next(share, "revoked"), rows))).toBe("raced");
    expect(await write(share, next(share, "revoked"))).toBe("committed");
  });

  it("that rests on something under the name other than what was read", async () => {
    const guard = async (shared: Awaited<ReturnType<typeof readAll>>["shared"]) =>
      commit([store.shares.mustBeShared(target, "workflow", "triage", shared)]);
    expect(await guard(undefined)).toBe("committed");
    const share = make("accepted");
    await write(undefined, share);
    expect(await guard(undefined)).toBe("raced");
    const { shared } = await readAll(share);
    expect(await guard(shared)).toBe("committed");
    await write(share, next(share, "revoked"));
    expect(await guard(shared)).toBe("raced");
    const revoked = (await readAll(share)).shared;
    expect(await guard(revoked)).toBe("committed");
    const other = make("accepted", { sourceWorkspaceId: newId("wks") });
    await commit(store.shares.write(orgId, undefined, other, { ...none, shared: revoked }));
    expect(await guard(shared)).toBe("raced");
  });
});

describe("of a workspace that is gone", () => {
  it.each(["incoming", "outgoing"] as const)(
    "all that it has of an %s share is taken, and nothing else",
    async (direction) => {
      const share = make("accepted");
      await write(undefined, share);
      const before = await readAll(share);
      const isTarget = direction === "incoming";
      await commit(store.shares.discard(isTarget ? target : source, direction, share));
      const taken = isTarget
        ? { incoming: undefined, shared: undefined }
        : { outgoing: undefined, dependent: undefined };
      expect(await readAll(share)).toEqual({ ...before, ...taken });
    },
  );
});

describe("lists", () => {
  it("hold shares by direction, the dependents of one resource, and what is known of one type", async () => {
    const outgoing = make("accepted");
    const incoming = make("accepted", {
      resourceId: "feed",
      sourceWorkspaceId: target.workspaceId,
      targetWorkspaceId: source.workspaceId,
    });
    await write(undefined, outgoing);
    await commit(store.shares.write(orgId, undefined, incoming, none));
    const all = { limit: 10 };
    const idsOf = async (direction?: "incoming" | "outgoing") =>
      (await store.shares.list(source, direction, all)).items.map(({ value }) => value.id).sort();
    expect(await idsOf("outgoing")).toEqual([outgoing.id]);
    expect(await idsOf("incoming")).toEqual([incoming.id]);
    expect(await idsOf()).toEqual([incoming.id, outgoing.id].sort());
    const dependents = async (id: string) =>
      (await store.shares.listDependents(source, "workflow", id, all)).items.map(({ value }) => value.shareId);
    expect([await dependents("triage"), await dependents("tri")]).toEqual([[outgoing.id], []]);
    const known = await store.shares.listShared(source, "workflow", all);
    expect(known.items.map(({ value }) => [value.shareId, value.resourceId])).toEqual([[incoming.id, "feed"]]);
    expect((await store.shares.listShared(source, "runbook", all)).items).toEqual([]);
  });
});
