/** A role deleted with `reassignTo`: its holders hold the other one on their next request, before anything was swept and after. */
import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { sweepAll } from "../../lib/api/sweep.ts";
import type { RoleId } from "../../lib/domain/ids.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import {
  admit,
  admitManager,
  assign,
  done,
  edit,
  makeAcme,
  makeRole,
  makeSharedRole,
  makeWorkspace,
  readTable,
  scopesOf,
} from "./acme.ts";
import type { Caller } from "./in-process.ts";
import { growUsers } from "./large-tenant.ts";

const HOUR = 3_600_000;

let test: TestStore;
let now: number;
let acme: Acme;
let vic: Caller;
let before: string;
let after: string;

beforeEach(async () => {
  test = await openTestStore();
  now = Date.now();
  acme = await makeAcme(test, () => now);
  before = await makeRole(acme, "Runner", ["workflow:run"]);
  after = await makeRole(acme, "Reader", ["workflow:read"]);
  vic = await admit(acme, "vic", before);
});

const remove = (roleId: string, target: string, at = acme.W) =>
  acme.api.call(acme.ann, `DELETE ${at}/roles/${roleId}?reassignTo=${target}`);
const sweepNow = () => sweepAll(test.store, now, Date.now() + 30_000);
const grantsOf = async ({ userId }: Caller, at = acme.W) =>
  (await done(acme.api.call(acme.ann, `GET ${at}/assignments/${userId}`))).grants;

/** What holds at once and holds still when all is swept. */
async function bothTimes(check: () => Promise<void>): Promise<void> {
  await check();
  await sweepNow();
  await check();
}

describe("the holders of the role", () => {
  it("hold the other one", async () => {
    expect((await remove(before, after)).status).toBe(204);
    await bothTimes(async () => {
      expect(await scopesOf(acme, vic)).toEqual(["workflow:read"]);
      expect(await grantsOf(vic)).toMatchObject([{ roleId: after, roleName: "Reader" }]);
      expect((await acme.api.call(acme.ann, `GET ${acme.W}/roles/${before}`)).status).toBe(404);
      const { items } = await done(acme.api.call(acme.ann, `GET ${acme.W}/users`));
      const shown = items.find(({ id }: { id: string }) => id === vic.userId);
      expect(shown.grants).toMatchObject([{ roleId: after }]);
      const access = await done(acme.api.call(acme.ann, `GET ${acme.O}/users/${vic.userId}/access`));
      expect(access.workspaces).toMatchObject([{ grants: [{ roleId: after }], scopes: ["workflow:read"] }]);
    });
  });

  it("are told so themselves, in a workspace as in the organization", async () => {
    const scopes = ["workspace:list"];
    const [first, second] = [
      await makeSharedRole(acme, "First", scopes, "organization"),
      await makeSharedRole(acme, "Second", scopes, "organization"),
    ];
    await done(acme.api.call(acme.ann, `PUT ${acme.O}/assignments/${vic.userId}`, { body: { roleIds: [first] } }));
    const joined = test.store.persons.join(vic.userId, acme.org, "member");
    await test.store.commit([joined], randomUUID(), async () => false);
    await done(remove(before, after));
    await done(remove(first, second, acme.O));
    await bothTimes(async () => {
      const { organizations } = await done(acme.api.call(vic, "GET /v1/me"));
      expect(organizations).toMatchObject([{ roleIds: [second], workspaces: [{ roleIds: [after] }] }]);
    });
  });

  it("hold it once, and for the longer of the two times, where they held it already", async () => {
    const soon = new Date(now + HOUR).toISOString();
    const later = new Date(now + 2 * HOUR).toISOString();
    const { ann, api, W } = acme;
    // One request gives all its roles the same end: the first end stays, as what is held is given again with the second.
    await done(
      api.call(ann, `PUT ${W}/assignments/${vic.userId}`, { body: { roleIds: [before, after], expiresAt: soon } }),
    );
    const wim = await admit(acme, "wim", after);
    await done(api.call(ann, `PUT ${W}/assignments/${wim.userId}`, { body: { roleIds: [before], expiresAt: later } }));
    await done(remove(before, after));
    await bothTimes(async () => {
      expect(await grantsOf(vic)).toMatchObject([{ roleId: after, expiresAt: soon }]);
      expect(await grantsOf(wim)).toMatchObject([{ roleId: after, expiresAt: later }]);
    });
    now += HOUR;
    expect(await scopesOf(acme, vic)).toEqual([]);
    expect(await scopesOf(acme, wim)).toEqual(["workflow:read"]);
  });

  it("may hold a predefined role or an org-managed one instead, in every workspace where they are", async () => {
    const shared = await makeSharedRole(acme, "Shared", ["case:read"]);
    const south = `${acme.O}/workspaces/${await makeWorkspace(acme, "South")}`;
    await assign(acme, vic, [shared]);
    await assign(acme, vic, [shared], south);
    await done(remove(shared, "rol_interact-only", acme.O));
    await bothTimes(async () => {
      for (const at of [acme.W, south]) expect(await scopesOf(acme, vic, at)).toEqual(["interaction:submit"]);
    });
    const other = await makeSharedRole(acme, "Other", ["case:read"]);
    await assign(acme, vic, [after]);
    await done(remove(after, other));
    await bothTimes(async () => expect(await scopesOf(acme, vic)).toEqual(["case:read"]));
  });

  it("follow when the other one is replaced in its turn, unswept", async () => {
    const last = await makeRole(acme, "Last", ["step:run"]);
    await done(remove(before, after));
    await done(remove(after, last));
    await bothTimes(async () => {
      expect(await scopesOf(acme, vic)).toEqual(["step:run"]);
      expect(await grantsOf(vic)).toMatchObject([{ roleId: last }]);
    });
  });

  it("feel an edit of the other one, unswept as swept", async () => {
    await done(remove(before, after));
    await bothTimes(async () => {
      await done(acme.api.call(acme.ann, `PATCH ${acme.W}/roles/${after}`, edit({ scopes: ["case:read"] })));
      expect(await scopesOf(acme, vic)).toEqual(["case:read"]);
      await done(acme.api.call(acme.ann, `PATCH ${acme.W}/roles/${after}`, edit({ scopes: ["case:write"] })));
      expect(await scopesOf(acme, vic)).toEqual(["case:write"]);
    });
  });
});

describe("of a role of the organization", () => {
  it("of its own level, the holders hold the other one there", async () => {
    const { ann, api, O } = acme;
    const keeper = await makeSharedRole(acme, "Keeper", ["workspace:list"], "organization");
    const reader = await makeSharedRole(acme, "People", ["user:read"], "organization");
    await done(api.call(ann, `PUT ${O}/assignments/${vic.userId}`, { body: { roleIds: [keeper] } }));
    expect((await api.call(vic, `GET ${O}/users`)).status).toBe(403);
    expect((await remove(keeper, reader, O)).status).toBe(204);
    await bothTimes(async () => expect((await api.call(vic, `GET ${O}/users`)).status).toBe(200));
  });

  it("there are more holders than one transaction can write, who all hold the other one", async () => {
    const holders = 60;
    const [from, to] = [await makeSharedRole(acme, "From", ["case:read"]), await makeSharedRole(acme, "To", [])];
    await growUsers({ ...test, org: acme.org }, acme.workspace, holders, from as RoleId);
    await done(remove(from, to, acme.O));
    const holdersOf = (id: string) => test.store.assignments.listHolders(acme.org, id as RoleId);
    expect([await holdersOf(from), await holdersOf(to)].map(({ length }) => length)).toEqual([holders, 0]);
    expect(await sweepNow()).toEqual({ done: 1, left: 0, failed: [] });
    expect([await holdersOf(from), await holdersOf(to)].map(({ length }) => length)).toEqual([0, holders]);
  });
});

describe("the role in its place", () => {
  it("is in use through grants that still name the old one, and its preview tells of them", async () => {
    await done(remove(before, after));
    await bothTimes(async () => {
      const refused = await acme.api.call(acme.ann, `DELETE ${acme.W}/roles/${after}`);
      expect(refused).toMatchObject({
        status: 409,
        body: { code: "role.in_use", usedBy: [{ kind: "user", id: vic.userId }] },
      });
      const preview = await done(
        acme.api.call(acme.ann, `POST ${acme.W}/roles/${after}/preview`, { body: { scopes: [] } }),
      );
      expect(preview.loses).toEqual([{ userId: vic.userId, workspaceId: acme.workspace, scopes: ["workflow:read"] }]);
    });
  });

  it("can be taken from them like any other, and goes when nobody holds it", async () => {
    await done(remove(before, after));
    await assign(acme, vic, ["rol_viewer"]);
    expect((await acme.api.call(acme.ann, `DELETE ${acme.W}/roles/${after}`)).status).toBe(204);
    expect((await grantsOf(vic)).map(({ roleId }: { roleId: string }) => roleId)).toEqual(["rol_viewer"]);
    await sweepNow();
    expect((await grantsOf(vic)).map(({ roleId }: { roleId: string }) => roleId)).toEqual(["rol_viewer"]);
  });

  it.each([
    ["is absent", () => "rol_01ARZ3NDEKTSV4RRFFQ69G5FAV"],
    ["is no id", () => "reader"],
    ["is the role itself", () => before],
    ["is of another level", () => "rol_organization-viewer"],
    ["was replaced itself", () => "gone"],
  ])("is refused when it %s", async (_, target) => {
    let id = target();
    if (id === "gone") {
      id = await makeRole(acme, "Gone", []);
      await admit(acme, "wim", id);
      await done(remove(id, after));
    }
    expect(await remove(before, id)).toMatchObject({
      status: 422,
      body: { code: "request.invalid", errors: [{ pointer: "/reassignTo" }] },
    });
    expect(await scopesOf(acme, vic)).toEqual(["workflow:run"]);
  });

  it("is of the same level, also where both levels are seen", async () => {
    const shared = await makeSharedRole(acme, "Shared", ["case:read"]);
    await assign(acme, vic, [shared]);
    const wrong = {
      status: 422,
      body: { errors: [{ pointer: "/reassignTo", detail: expect.stringMatching(/ level\.$/) }] },
    };
    expect(await remove(shared, "rol_organization-viewer", acme.O)).toMatchObject(wrong);
    expect(await scopesOf(acme, vic)).toEqual(["case:read"]);
  });

  it("is no gift to whoever holds it already through the old one", async () => {
    await done(remove(before, after));
    const warden = await admit(acme, "warden", await makeRole(acme, "Warden", ["user-permission:write"]));
    await bothTimes(async () => {
      const put = (...roleIds: string[]) =>
        acme.api.call(warden, `PUT ${acme.W}/assignments/${vic.userId}`, { body: { roleIds } });
      expect((await put(after, "rol_viewer")).status).toBe(403);
      expect((await put(after)).status).toBe(200);
    });
  });

  it("is no gift where nobody holds the old one", async () => {
    const writer = await admit(acme, "writer", await makeRole(acme, "Writer", ["role:write"]));
    await assign(acme, vic, []);
    const removed = await acme.api.call(writer, `DELETE ${acme.W}/roles/${before}?reassignTo=rol_owner`);
    expect(removed.status).toBe(204);
  });

  it("is a gift: whoever may not give it cannot let others hold it", async () => {
    const writer = await admit(acme, "writer", await makeRole(acme, "Writer", ["role:write", "workflow:run"]));
    const refused = await acme.api.call(writer, `DELETE ${acme.W}/roles/${before}?reassignTo=rol_owner`);
    expect(refused).toMatchObject({ status: 403, body: { code: "grant.exceeds_own" } });
    expect((await acme.api.call(writer, `DELETE ${acme.W}/roles/${before}?reassignTo=${after}`)).status).toBe(403);
    // The same of roles of the organization.
    const shared = await makeSharedRole(acme, "Shared", ["case:read"]);
    await assign(acme, vic, [shared]);
    const orgWriter = await admitManager(acme, "orgwriter", ["org-role:write"]);
    expect(await acme.api.call(orgWriter, `DELETE ${acme.O}/roles/${shared}?reassignTo=rol_viewer`)).toMatchObject({
      status: 403,
      body: { code: "grant.exceeds_own" },
    });
    expect(await scopesOf(acme, vic)).toEqual(["case:read"]);
  });
});

it("what is gone leaves its name free, and one entry that says what came of its holders", async () => {
  await done(remove(before, after));
  await makeRole(acme, "Runner", []);
  const { items } = await done(acme.api.call(acme.ann, `GET ${acme.W}/audit-log?action=role.deleted`));
  expect(items).toMatchObject([
    { target: { id: before }, before: { name: "Runner" }, after: { reassignedTo: after, holders: 1 } },
  ]);
});

it("what is found of a holder who is none any more goes with the rest", async () => {
  await done(remove(before, after));
  await assign(acme, vic, ["rol_viewer"]);
  // Only the row by which holders are found, as if it had outlived its grant.
  const grant = { roleId: before as RoleId, managedBy: "workspace", source: "direct" } as const;
  const given = { place: acme.place, userId: vic.userId, grants: [grant], version: 1 };
  const row = test.store.assignments.replace(undefined, given).filter(({ key }) => key.pk.includes("HOLDERS"));
  await test.store.commit(row, crypto.randomUUID(), async () => false);
  await sweepNow();
  expect(await test.store.assignments.listHolders(acme.org, before as RoleId)).toEqual([]);
  expect((await grantsOf(vic)).map(({ roleId }: { roleId: string }) => roleId)).toEqual(["rol_viewer"]);
});

it("what is left in the end names the old role nowhere but in the log, and its memory has an end", async () => {
  await done(remove(before, after));
  expect(await sweepNow()).toEqual({ done: 1, left: 0, failed: [] });
  expect(await sweepNow()).toEqual({ done: 0, left: 0, failed: [] });
  const naming = [...(await readTable(test))].filter(([key, item]) =>
    `${key} ${JSON.stringify(item)}`.includes(before),
  );
  // A place remembers which role was edited last; the memory leads readers on that read a grant before it was swept.
  const kept = naming.filter(([key, item]) => !("text" in item || key.endsWith(` WS#${acme.workspace}`)));
  expect(kept.map(([, item]) => item)).toMatchObject([
    { replacedBy: { roleId: after }, expires: Math.floor(now / 1000) + 86_400 },
  ]);
});
