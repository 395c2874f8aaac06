/** One user of the organization: by what they alone are known, and everywhere that they have access. */
import { beforeEach, describe, expect, it } from "vitest";
import type { RoleId } from "../../lib/domain/ids.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { admit, assign, done, edit, makeAcme, makeRole, makeWorkspace, readTable } from "./acme.ts";
import type { Caller } from "./in-process.ts";

const HOUR = 3_600_000;

let test: TestStore;
let now: number;
let acme: Acme;
let vic: Caller;

beforeEach(async () => {
  now = Date.now();
  test = await openTestStore();
  acme = await makeAcme(test, () => now);
  vic = await admit(acme, "vic");
});

const asAnn = (what: string, body?: object) => acme.api.call(acme.ann, what, body === undefined ? {} : { body });
const change = ({ userId }: Caller, body: object) =>
  acme.api.call(acme.ann, `PATCH ${acme.O}/users/${userId}`, edit(body));

describe("an externalId", () => {
  const taken = { status: 409, body: { code: "conflict", detail: expect.stringContaining("externalId") } };

  it("is one user's, whether by an invitation or by an edit, and free once they have another", async () => {
    const { O } = acme;
    const wim = await admit(acme, "wim");
    await done(change(vic, { externalId: "x1" }));
    expect(await change(wim, { externalId: "x1" })).toMatchObject(taken);
    expect(await asAnn(`POST ${O}/users`, { email: "new@acme.example", externalId: "x1" })).toMatchObject(taken);
    expect((await change(vic, { externalId: "x1", displayName: "Vic" })).status).toBe(200);
    await done(change(vic, { externalId: "x2" }));
    const una = await done(asAnn(`POST ${O}/users`, { email: "una@acme.example", externalId: "x4" }));
    expect(una).toMatchObject({ externalId: "x4" });
    expect((await change(wim, { externalId: "x1" })).status).toBe(200);
    const find = async (id: string) => (await done(asAnn(`GET ${O}/users?externalId=${id}`))).items;
    expect([await find("x1"), await find("x2"), await find("x3"), await find("x4")]).toMatchObject([
      [{ id: wim.userId }],
      [{ id: vic.userId }],
      [],
      [{ id: una.id }],
    ]);
  });
});

describe("an address", () => {
  it("leads to a user who is here under another one of theirs", async () => {
    const other = { id: vic.userId, email: "vic@elsewhere.example", subject: "the-same-person" };
    await test.store.commit(test.store.persons.bind(other, undefined), crypto.randomUUID(), async () => false);
    const known = { status: 409, body: { code: "conflict", detail: expect.stringContaining("address") } };
    expect(await asAnn(`POST ${acme.O}/users`, { email: other.email })).toMatchObject(known);
    const body = { email: other.email, roleIds: ["rol_viewer"] };
    expect(await asAnn(`POST ${acme.W}/users`, body)).toMatchObject(known);
  });

  it("is one user's, under whatever writing", async () => {
    const again = await asAnn(`POST ${acme.O}/users`, { email: "VIC@acme.example" });
    expect(again).toMatchObject({
      status: 409,
      body: { code: "conflict", detail: expect.stringContaining("address") },
    });
  });
});

describe("everywhere that a user has access", () => {
  const access = async ({ userId }: Caller) => done(asAnn(`GET ${acme.O}/users/${userId}/access`));

  it("is where they hold a role now, with what each place gives them", async () => {
    const { O, W, workspace } = acme;
    const southId = await makeWorkspace(acme, "South");
    const south = `${O}/workspaces/${southId}`;
    const expiresAt = new Date(now + HOUR).toISOString();
    await done(asAnn(`PUT ${O}/assignments/${vic.userId}`, { roleIds: ["rol_organization-manager"] }));
    await assign(acme, vic, [await makeRole(acme, "Runner", ["workflow:run"])]);
    await done(asAnn(`PUT ${south}/assignments/${vic.userId}`, { roleIds: ["rol_interact-only"], expiresAt }));
    const here = { workspaceId: workspace, name: "North", grants: [{ roleName: "Runner" }], scopes: ["workflow:run"] };
    const there = { workspaceId: southId, grants: [{ expiresAt }], scopes: ["interaction:submit"] };
    const before = await access(vic);
    expect(before).toMatchObject({ organization: { grants: [{ roleId: "rol_organization-manager" }] } });
    expect(before.workspaces).toMatchObject([here, there].sort((a, b) => (a.workspaceId < b.workspaceId ? -1 : 1)));
    now += HOUR;
    expect((await access(vic)).workspaces).toMatchObject([here]);
    await done(asAnn(`POST ${W}/suspend`));
    expect((await access(vic)).workspaces).toMatchObject([{ ...here, scopes: [] }]);
  });

  it("is no workspace where all that they held is over, nor is that one of their own", async () => {
    const { api, O, W } = acme;
    const expiresAt = new Date(now + HOUR).toISOString();
    await done(asAnn(`PUT ${W}/assignments/${vic.userId}`, { roleIds: ["rol_viewer"], expiresAt }));
    const own = async () => (await done(api.call(vic, `GET ${O}/workspaces`))).items.length;
    expect(await own()).toBe(1);
    now += HOUR;
    expect([await own(), (await access(vic)).workspaces]).toEqual([0, []]);
  });

  it("is no workspace where their only role is gone, and no list of people has them there", async () => {
    const { place, W } = acme;
    const roleId = (await makeRole(acme, "Runner", ["workflow:run"])) as RoleId;
    await assign(acme, vic, [roleId]);
    const { role } = await test.store.read({ role: test.store.roles.at(place, roleId) });
    if (role === undefined) throw new Error("the role was not made");
    const gone = [...test.store.roles.remove(place, role), test.store.places.bumpPolicy(place, 1, roleId)];
    await test.store.commit(gone, crypto.randomUUID(), async () => false);
    expect((await access(vic)).workspaces).toEqual([]);
    for (const list of ["users", "assignments"]) {
      expect(JSON.stringify(await done(asAnn(`GET ${W}/${list}`)))).not.toContain(vic.userId);
    }
  });
});

describe("an invitation into a workspace that is not one of the organization's", () => {
  it.each<[string, () => Promise<string>]>([
    ["never made", async () => `wks_${"0".repeat(26)}`],
    ["of another organization", async () => (await makeAcme(test, () => now)).workspace],
    [
      "deleted",
      async () => {
        const south = await makeWorkspace(acme, "South");
        await done(asAnn(`POST ${acme.O}/workspaces/${south}/suspend`));
        await done(asAnn(`DELETE ${acme.O}/workspaces/${south}`));
        return south;
      },
    ],
  ])("is refused, and asks nobody in: %s", async (_what, find) => {
    const workspaceId = await find();
    const before = await readTable(test);
    const body = { email: "new@acme.example", roleId: "rol_viewer", workspaceId };
    expect(await asAnn(`POST ${acme.O}/users`, body)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: "/workspaceId", detail: "There is no such workspace here." }] },
    });
    expect(await readTable(test)).toEqual(before);
  });
});
