import { randomUUID } from "node:crypto";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { OrgId, ProviderId } from "../../lib/domain/ids.ts";
import { newcomer, SignInWorld } from "./sign-in-world.ts";

let world: SignInWorld;
let orgId: OrgId;

beforeAll(async () => {
  world = await SignInWorld.open();
});

beforeEach(async () => {
  orgId = await world.makeOrganization("Acme");
  world.calls.length = 0;
});

describe("an open invitation", () => {
  it("is accepted by a sign-in with its verified address, with one entry in the organization's chain", async () => {
    const address = world.newAddress();
    const userId = await world.invite(address, orgId);
    await world.enter(newcomer(address));
    const user = await world.userIn(orgId, userId);
    expect(user).toMatchObject({ status: "active", version: 2, acceptedAt: expect.any(String) });
    expect(await world.acceptancesIn(orgId)).toEqual([
      expect.objectContaining({
        chain: orgId,
        seq: 3,
        at: user?.acceptedAt,
        actor: { kind: "user", id: userId, email: address },
        target: { type: "user", id: userId },
        before: { status: "invited" },
        after: { status: "active" },
        origin: { ip: "", userAgent: "", requestId: "lambda-1" },
        outcome: "success",
      }),
    ]);
  });

  it("of each of several organizations is accepted", async () => {
    const address = world.newAddress();
    const second = await world.makeOrganization("Second");
    const userId = await world.invite(address, orgId);
    expect(await world.invite(address, second)).toBe(userId);
    await world.enter(newcomer(address));
    for (const to of [orgId, second]) expect(await world.acceptancesIn(to)).toHaveLength(1);
  });

  it("is left open when its organization is busy all the time, and keeps nobody from signing in elsewhere", async () => {
    const address = world.newAddress();
    const busy = await world.makeOrganization("Busy");
    const userId = await world.invite(address, busy);
    await world.invite(address, orgId);
    const store = await world.openBusy(busy);
    const entering = world.enter(newcomer(address), { store, deadline: Date.now() + 500 });
    await expect(entering).resolves.toEqual({ userId, leftOpen: [busy] });
    expect(await world.acceptancesIn(orgId)).toHaveLength(1);
  });

  it("is accepted once, though five sign-ins come at once while the organization changes", async () => {
    const address = world.newAddress();
    const bob = newcomer(address);
    await world.enter(bob);
    await world.invite(address, orgId);
    const store = world.meetBeforeCommit(5);
    const deadline = Date.now() + 15_000;
    const changes = Array.from({ length: 5 }, (_, index) =>
      world.api.call(world.ann, `POST /v1/orgs/${orgId}/workspaces`, { body: { name: `Workspace ${index}` } }),
    );
    const entered = await Promise.all(Array.from({ length: 5 }, () => world.enter(bob, { store, deadline })));
    expect((await Promise.all(changes)).every(({ status }) => status === 201)).toBe(true);
    expect(new Set(entered.map(({ userId }) => userId)).size).toBe(1);
    expect(entered.flatMap(({ leftOpen }) => leftOpen)).toEqual([]);
    expect(await world.acceptancesIn(orgId)).toHaveLength(1);
    expect(await world.chainOf(orgId)).toHaveLength(1 + 1 + 1 + 5);
  });

  it.each([false, true])(
    "is accepted once, though answers are lost and the table forgets tokens: %s",
    async (forgetsTokens) => {
      const address = world.newAddress();
      const bob = newcomer(address);
      await world.enter(bob);
      const userId = await world.invite(address, orgId);
      await world.enter(bob, { store: await world.openLossy({ answers: 2, forgetsTokens }) });
      expect(await world.userIn(orgId, userId)).toMatchObject({ status: "active", version: 2 });
      expect(await world.acceptancesIn(orgId)).toHaveLength(1);
    },
  );

  it("is not accepted by a refreshed token", async () => {
    const address = world.newAddress();
    const bob = newcomer(address);
    await world.enter(bob);
    const userId = await world.invite(address, orgId);
    await world.enter({ ...bob, isFresh: false });
    expect(await world.userIn(orgId, userId)).toMatchObject({ status: "invited" });
    await world.enter(bob);
    expect(await world.userIn(orgId, userId)).toMatchObject({ status: "active" });
  });

  it("is not accepted by a person who has another address now, or whose address is no longer verified", async () => {
    const address = world.newAddress();
    const bob = newcomer(address);
    await world.enter(bob);
    const userId = await world.invite(address, orgId);
    await world.enter({ ...bob, verifiedEmail: world.newAddress() });
    await world.enter({ ...bob, verifiedEmail: undefined });
    expect(await world.userIn(orgId, userId)).toMatchObject({ status: "invited" });
  });

  it("is not accepted while the organization is suspended, and is afterwards", async () => {
    const address = world.newAddress();
    const userId = await world.invite(address, orgId);
    const setStatus = (status: "active" | "suspended") =>
      world.store.commit([world.store.organizations.edit(orgId, { status })], randomUUID(), async () => false);
    await setStatus("suspended");
    const bob = newcomer(address);
    await world.enter(bob);
    expect(await world.userIn(orgId, userId)).toMatchObject({ status: "invited" });
    await setStatus("active");
    await world.enter(bob);
    expect(await world.userIn(orgId, userId)).toMatchObject({ status: "active" });
  });

  it("is not accepted by somebody who was suspended before they came", async () => {
    const address = world.newAddress();
    const userId = await world.invite(address, orgId);
    await world.api.call(world.ann, `PATCH /v1/orgs/${orgId}/users/${userId}`, { body: { status: "suspended" } });
    const bob = newcomer(address);
    await world.enter(bob);
    expect(await world.userIn(orgId, userId)).toMatchObject({ status: "suspended" });
    await world.api.call(world.ann, `PATCH /v1/orgs/${orgId}/users/${userId}`, { body: { status: "active" } });
    await world.enter(bob);
    expect(await world.userIn(orgId, userId)).toMatchObject({ status: "active" });
  });

  it("through an identity provider is not accepted at the pool's door", async () => {
    const bob = newcomer(world.newAddress());
    const { userId } = await world.enter(bob);
    const user = {
      id: userId,
      orgId,
      email: bob.verifiedEmail ?? "",
      status: "invited",
      identityProviderId: "idp_01jdexamp1e0000000000000ab" as ProviderId,
      createdAt: new Date().toISOString(),
      version: 1,
    } as const;
    const changes = [...world.store.users.create(user), world.store.persons.join(userId, orgId, "invited")];
    await world.store.commit(changes, randomUUID(), async () => false);
    await world.enter(bob);
    expect(await world.userIn(orgId, userId)).toMatchObject({ status: "invited", version: 1 });
  });

  it("keeps nobody from signing in when time runs out; the next sign-in accepts it", async () => {
    const address = world.newAddress();
    const userId = await world.invite(address, orgId);
    const bob = newcomer(address);
    expect(await world.enter(bob, { deadline: Date.now() - 1 })).toEqual({ userId, leftOpen: [orgId] });
    expect(await world.enter(bob)).toEqual({ userId, leftOpen: [] });
    expect(await world.userIn(orgId, userId)).toMatchObject({ status: "active" });
  });
});
