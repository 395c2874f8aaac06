import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { OrgId } from "../../lib/domain/ids.ts";
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

describe("a person's first sign-in", () => {
  it("makes an id, which every later one finds", async () => {
    const bob = newcomer(world.newAddress());
    const { userId } = await world.enter(bob);
    expect(userId).toMatch(/^usr_/);
    expect(await world.enter(bob)).toEqual({ userId, leftOpen: [] });
    expect(await world.enter({ ...bob, isFresh: false })).toEqual({ userId, leftOpen: [] });
  });

  it("gives one id, though fifty come at once", async () => {
    const bob = newcomer(world.newAddress());
    const store = world.meetBeforeCommit(50);
    const deadline = Date.now() + 15_000;
    const entered = await Promise.all(Array.from({ length: 50 }, () => world.enter(bob, { store, deadline })));
    const { userId } = await world.enter(bob);
    expect(new Set(entered.map((one) => one.userId))).toEqual(new Set([userId]));
  });

  it("takes the id that an invitation of the address made, in whatever case it is written", async () => {
    const address = world.newAddress();
    const userId = await world.invite(address.replace("person", "Person"), orgId);
    expect(await world.enter(newcomer(address.toUpperCase()))).toMatchObject({ userId });
  });

  it("gives an invitation's id to one subject only, though two come at once with the address", async () => {
    const address = world.newAddress();
    const invited = await world.invite(address, orgId);
    const store = world.meetBeforeCommit(2);
    const entered = await Promise.all([
      world.enter(newcomer(address), { store }),
      world.enter(newcomer(address), { store }),
    ]);
    const ids = entered.map(({ userId }) => userId);
    expect(new Set(ids).size).toBe(2);
    expect(ids.filter((id) => id === invited)).toHaveLength(1);
  });

  it.each([false, true])(
    "makes one id, though answers are lost and the table forgets tokens: %s",
    async (forgetsTokens) => {
      const store = await world.openLossy({ answers: 2, forgetsTokens });
      const bob = newcomer(world.newAddress());
      const { userId } = await world.enter(bob, { store });
      expect(await world.enter(bob)).toMatchObject({ userId });
    },
  );

  it("is refused without a verified address, and stores nothing", async () => {
    await expect(world.enter(newcomer(undefined))).rejects.toMatchObject({
      code: "sign_in.refused",
      message: expect.stringContaining("not verified"),
    });
    expect(world.calls.map(({ operation }) => operation)).toEqual(["BatchGet"]);
  });

  it("is never a refreshed token", async () => {
    await expect(world.enter(newcomer(world.newAddress(), { isFresh: false }))).rejects.toMatchObject({
      code: "sign_in.refused",
    });
    expect(world.calls.map(({ operation }) => operation)).toEqual(["BatchGet"]);
  });
});

describe("an address that was deleted and made again", () => {
  it("inherits nothing: another subject gets another id, and none of the first one's organizations", async () => {
    const address = world.newAddress();
    const invited = await world.invite(address, orgId);
    const before = await world.enter(newcomer(address));
    expect(before.userId).toBe(invited);
    const after = await world.enter(newcomer(address));
    expect(after.userId).not.toBe(invited);
    expect(await world.userIn(orgId, after.userId)).toBeUndefined();
    const { items } = await world.store.persons.listOrganizations(after.userId, { limit: 10 });
    expect(items).toEqual([]);
  });

  it("leads to its new owner from then on, while the first subject keeps their id", async () => {
    const address = world.newAddress();
    const first = newcomer(address);
    const second = newcomer(address);
    const { userId: firstId } = await world.enter(first);
    const { userId: secondId } = await world.enter(second);
    expect(await world.invite(address, orgId)).toBe(secondId);
    expect(await world.enter(first)).toMatchObject({ userId: firstId });
    expect(await world.acceptancesIn(orgId)).toEqual([]);
    expect(await world.enter(second)).toMatchObject({ userId: secondId });
    expect(await world.acceptancesIn(orgId)).toHaveLength(1);
  });

  it("does not get an invitation that stood open for its former owner", async () => {
    const address = world.newAddress();
    const former = newcomer(address);
    const { userId } = await world.enter(former);
    expect(await world.invite(address, orgId)).toBe(userId);
    await world.enter(newcomer(address));
    expect(await world.userIn(orgId, userId)).toMatchObject({ status: "invited" });
    expect(await world.acceptancesIn(orgId)).toEqual([]);
  });
});

describe("a sign-in with nothing to do costs", () => {
  it("two serial round trips, however many organizations the person is in", async () => {
    const address = world.newAddress();
    const bob = newcomer(address);
    await world.enter(bob);
    world.calls.length = 0;
    await world.enter(bob);
    expect(world.calls.map(({ operation }) => operation)).toEqual(["BatchGet", "Query"]);
    await world.invite(address, orgId);
    await world.enter(bob);
    await world.api.call({ userId: (await world.enter(bob)).userId, email: address }, "POST /v1/orgs", {
      body: { name: "Own" },
    });
    world.calls.length = 0;
    await world.enter(bob);
    expect(world.calls.map(({ operation }) => operation)).toEqual(["BatchGet", "Query"]);
  });

  it("one round trip for a refreshed token", async () => {
    const bob = newcomer(world.newAddress());
    await world.enter(bob);
    world.calls.length = 0;
    await world.enter({ ...bob, isFresh: false });
    expect(world.calls.map(({ operation }) => operation)).toEqual(["BatchGet"]);
  });
});

it("a sign-in fails when the table does not answer", async () => {
  const gone = await world.openLossy({ answers: 1_000, ofReadsToo: true });
  await expect(world.enter(newcomer(world.newAddress()), { store: gone })).rejects.toMatchObject({
    code: "unavailable",
  });
});
