/** Questions about a role that thousands hold, and lists of thousands: complete, in a number of round trips that is known. */
import { beforeAll, describe, expect, it } from "vitest";
import type { RoleId, UserId } from "../../lib/domain/ids.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { done, makeAcme, makeSharedRole } from "./acme.ts";
import { growUsers } from "./large-tenant.ts";
import { RoundTrips } from "./round-trips.ts";

const HOLDERS = 5_000;
const MEMBERS = 10_000;

const roundTrips = new RoundTrips();
let acme: Acme;
let shared: RoleId;
let holders: readonly UserId[];

beforeAll(async () => {
  const test = await openTestStore({ wrap: (client) => roundTrips.wrap(client) });
  acme = await makeAcme(test);
  shared = (await makeSharedRole(acme, "Analyst", ["workflow:read", "workflow:run"])) as RoleId;
  const tenant = { ...test, org: acme.org };
  holders = await growUsers(tenant, acme.workspace, HOLDERS, shared);
  await growUsers(tenant, acme.workspace, MEMBERS - HOLDERS);
});

async function ask(what: string, body?: object) {
  const before = roundTrips.trips;
  const answer = await acme.api.call(acme.ann, what, body === undefined ? {} : { body });
  return { ...answer, trips: roundTrips.trips - before };
}

describe(`a role that ${HOLDERS} hold`, () => {
  it("has all of them in its preview, each with what they would lose", async () => {
    const { status, body } = await ask(`POST ${acme.O}/roles/${shared}/preview`, {
      scopes: ["workflow:read", "case:read"],
    });
    expect(status).toBe(200);
    expect(body.nextCursor).toBeUndefined();
    for (const [side, scope] of [
      ["gains", "case:read"],
      ["loses", "workflow:run"],
    ] as const) {
      expect(new Set(body[side].map(({ userId }: { userId: string }) => userId))).toEqual(new Set(holders));
      for (const line of body[side]) expect([line.workspaceId, line.scopes]).toEqual([acme.workspace, [scope]]);
    }
  });

  it("has its preview in parts where it would be too long to send, with everybody once", async () => {
    const seen: string[] = [];
    let cursor: string | undefined = "";
    for (let parts = 1; cursor !== undefined; parts++) {
      const query: string = cursor === "" ? "" : `?cursor=${cursor}`;
      const { body } = await ask(`POST ${acme.O}/roles/${shared}/preview${query}`, { scopes: ["*"] });
      expect(JSON.stringify(body).length).toBeLessThan(6_000_000);
      seen.push(...body.gains.map(({ userId }: { userId: string }) => userId));
      cursor = body.nextCursor;
      expect([parts > 1, cursor === undefined]).toEqual([parts > 1, parts > 1]);
    }
    expect(seen).toHaveLength(HOLDERS);
    expect(new Set(seen)).toEqual(new Set(holders));
  });

  it("is told to be in use by all of them", async () => {
    const { status, body } = await ask(`DELETE ${acme.O}/roles/${shared}`);
    expect([status, body.code]).toEqual([409, "role.in_use"]);
    expect(body.usedBy).toHaveLength(HOLDERS);
    expect(new Set(body.usedBy.map(({ id }: { id: string }) => id))).toEqual(new Set(holders));
  });
});

describe(`the lists of ${MEMBERS} people`, () => {
  it.each([
    ["the workspace's people", () => `${acme.W}/users`],
    ["its assignments", () => `${acme.W}/assignments`],
    ["the organization's users", () => `${acme.O}/users`],
  ])("begin with %s in two round trips, once the caller is judged and the roles are at hand", async (_, path) => {
    await ask(`GET ${path()}`);
    for (const limit of [50, 100]) {
      const page = await ask(`GET ${path()}?limit=${limit}`);
      expect(page.body.items).toHaveLength(limit);
      expect(page.body.nextCursor).toBeDefined();
      // The authorizer's judgement, the rows of the list, what they name.
      expect(page.trips).toBe(3);
    }
  });

  it("have everybody once", async () => {
    const seen = new Set<string>();
    let count = 0;
    let next: string | undefined = "";
    while (next !== undefined) {
      const query = `limit=100${next === "" ? "" : `&cursor=${next}`}`;
      const { items, nextCursor } = await done(acme.api.call(acme.ann, `GET ${acme.W}/users?${query}`));
      for (const { id } of items) seen.add(id);
      count += items.length;
      next = nextCursor;
    }
    expect([count, seen.size]).toEqual([MEMBERS + 1, MEMBERS + 1]);
  });
});
