/** Users and workspaces that are deleted: gone for everybody on the next request, whatever is still in the table. */
import { beforeEach, describe, expect, it } from "vitest";
import { sweepAll } from "../../lib/api/sweep.ts";
import { limits } from "../../lib/domain/limits.ts";
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
import { acceptInvitation } from "./invitations.ts";
import { growRoles, growUsers, growWorkspaces } from "./large-tenant.ts";

let test: TestStore;
let acme: Acme;
let vic: Caller;

beforeEach(async () => {
  test = await openTestStore();
  acme = await makeAcme(test);
  vic = await admit(acme, "vic", "rol_viewer");
});

const asAnn = (what: string, body?: object) => acme.api.call(acme.ann, what, body === undefined ? {} : edit(body));
const removeUser = ({ userId }: Caller) => asAnn(`DELETE ${acme.O}/users/${userId}`);
const sweepNow = () => sweepAll(test.store, Date.now(), Date.now() + 30_000);
const setCounts = (counts: object) =>
  test.store.commit([test.store.places.setCounts({ orgId: acme.org }, counts)], crypto.randomUUID(), async () => false);

describe("a user who is deleted", () => {
  it("may do nothing from the next request on, is in no list, and is known by no address", async () => {
    const { O, W } = acme;
    await done(asAnn(`PATCH ${O}/users/${vic.userId}`, { externalId: "x1" }));
    expect((await removeUser(vic)).status).toBe(204);
    expect(await acme.api.call(vic, `GET ${W}/me`)).toMatchObject({ status: 403 });
    expect((await done(acme.api.call(vic, "GET /v1/orgs"))).items).toEqual([]);
    for (const list of [`${O}/users`, `${O}/users?email=${vic.email}`, `${W}/users?email=${vic.email}`]) {
      const { items } = await done(asAnn(`GET ${list}`));
      expect(items.map(({ id }: { id: string }) => id)).not.toContain(vic.userId);
    }
    for (const gone of [
      `${O}/users/${vic.userId}`,
      `${O}/users/${vic.userId}/access`,
      `${W}/assignments/${vic.userId}`,
    ]) {
      expect((await asAnn(`GET ${gone}`)).status).toBe(404);
    }
    expect((await removeUser(vic)).status).toBe(404);
    // Address and externalId are free for others.
    const taken = { email: "other@acme.example", externalId: "x1" };
    expect((await acme.api.call(acme.ann, `POST ${O}/users`, { body: taken })).status).toBe(201);
  });

  it("can be given nothing, by nobody, until they are asked back in", async () => {
    const { ann, api, O, W } = acme;
    await done(removeUser(vic));
    const body = { roleIds: ["rol_viewer"] };
    expect((await api.call(ann, `PUT ${W}/assignments/${vic.userId}`, { body })).status).toBe(404);
    expect((await api.call(ann, `PUT ${O}/assignments/${vic.userId}`, { body: { roleIds: [] } })).status).toBe(404);
    expect((await asAnn(`PATCH ${O}/users/${vic.userId}`, { status: "active" })).status).toBe(404);
  });

  it.each([
    ["the organization", ({ O }: Acme) => `POST ${O}/users`, {}],
    ["a workspace's Owner", ({ W }: Acme) => `POST ${W}/users`, { roleIds: ["rol_interact-only"] }],
  ])("comes back with nothing of before, unswept, when asked in by %s", async (_, path, body) => {
    const south = `${acme.O}/workspaces/${await makeWorkspace(acme, "South")}`;
    for (const at of [acme.W, south]) await assign(acme, vic, ["rol_owner"], at);
    await done(removeUser(vic));
    const back = await acme.api.call(acme.ann, path(acme), { body: { ...body, email: vic.email } });
    expect([back.status, back.body.id, back.body.status]).toEqual([201, vic.userId, "invited"]);
    await acceptInvitation(test.store, acme.org, vic.userId);
    expect(await scopesOf(acme, vic, south)).toEqual([]);
    expect(await scopesOf(acme, vic)).toEqual("roleIds" in body ? ["interaction:submit"] : []);
    expect(await sweepNow()).toEqual({ done: 0, left: 0, failed: [] });
  });

  it("keeps no role in use, unswept", async () => {
    const role = await makeRole(acme, "Runner", []);
    await assign(acme, vic, [role]);
    expect((await asAnn(`DELETE ${acme.W}/roles/${role}`)).status).toBe(409);
    await done(removeUser(vic));
    expect((await asAnn(`DELETE ${acme.W}/roles/${role}`)).status).toBe(204);
  });

  it("is written down with the number of workspaces where those are too many to name", async () => {
    const { org, O } = acme;
    await growWorkspaces({ ...test, org }, vic.userId, 50);
    await done(removeUser(vic));
    const { items } = await done(asAnn(`GET ${O}/audit-log?action=user.deleted`));
    expect(items).toMatchObject([{ target: { id: vic.userId }, reach: 51 }]);
    expect(items[0].before).not.toHaveProperty("held");
  });

  it("is written down once, with what they held and where", async () => {
    const { O, org, workspace } = acme;
    await done(removeUser(vic));
    const { items } = await done(asAnn(`GET ${O}/audit-log?action=user.deleted`));
    expect(items).toMatchObject([
      {
        target: { type: "user", id: vic.userId },
        reach: [workspace],
        before: { email: vic.email, held: [{ place: workspace, grants: [{ roleId: "rol_viewer" }] }] },
      },
    ]);
    expect(items[0].orgId ?? org).toBe(org);
  });

  it("leaves nothing behind but what the log says", async () => {
    await done(removeUser(vic));
    await sweepNow();
    const left = [...(await readTable(test))].filter(([key, item]) =>
      `${key} ${JSON.stringify(item)}`.includes(vic.userId),
    );
    const keys = left.map(([key]) => key).filter((key) => !key.includes("#AUDIT "));
    // The person stays a person of the deployment: another organization may know them.
    expect(new Set(keys.map((key) => key.split("#")[0]))).toEqual(new Set(["EMAIL", "PERSON"]));
    expect(keys.filter((key) => key.includes(acme.org))).toEqual([]);
  });

  it("is not the last who keeps a place: neither the organization, nor a workspace", async () => {
    const { O, W } = acme;
    const last = { status: 409, body: { code: "owner.last" } };
    expect(await removeUser(acme.ann)).toMatchObject(last);
    const manager = await admit(acme, "manager");
    const body = { roleIds: ["rol_organization-manager"] };
    await done(acme.api.call(acme.ann, `PUT ${O}/assignments/${manager.userId}`, { body }));
    // The organization has another manager now, and the workspace still no other owner.
    expect(await removeUser(acme.ann)).toMatchObject(last);
    await assign(acme, vic, ["rol_owner"]);
    expect((await removeUser(acme.ann)).status).toBe(204);
    expect(await scopesOf(acme, vic)).not.toEqual([]);
    expect((await acme.api.call(acme.ann, `GET ${W}/me`)).status).toBe(403);
  });

  it("goes only in the version that was meant, and only by whoever may", async () => {
    const { api, O } = acme;
    const path = `DELETE ${O}/users/${vic.userId}`;
    expect((await api.call(acme.ann, path, { headers: { "if-match": '"9"' } })).status).toBe(412);
    const reader = await admitManager(acme, "reader", ["user:read"]);
    expect((await api.call(reader, path)).status).toBe(403);
    expect((await api.call(vic, path)).status).toBe(403);
    const writer = await admitManager(acme, "writer", ["user:write"]);
    expect((await api.call(writer, path, { headers: { "if-match": '"1"' } })).status).toBe(204);
  });

  it("makes room: the organization has as many users as the limit says, and not one more", async () => {
    const { ann, api, O, W } = acme;
    await setCounts({ userCount: limits.usersPerOrganization - 1 });
    const beyond = { status: 422, body: { code: "request.invalid", errors: [{ pointer: "" }] } };
    const invite = (name: string) => api.call(ann, `POST ${O}/users`, { body: { email: `${name}@acme.example` } });
    expect((await invite("last")).status).toBe(201);
    expect(await invite("beyond")).toMatchObject(beyond);
    const colleague = { body: { email: "beyond@acme.example", roleIds: ["rol_viewer"] } };
    expect(await api.call(ann, `POST ${W}/users`, colleague)).toMatchObject(beyond);
    const rows = await done(
      api.call(ann, `POST ${O}/users/bulk`, { body: { users: [{ email: "beyond@acme.example" }] } }),
    );
    expect(rows.items).toMatchObject([{ status: 422, problem: { errors: [{ pointer: "/users/0" }] } }]);
    await done(removeUser(vic));
    expect((await invite("beyond")).status).toBe(201);
  });
});

describe("a workspace that is deleted", () => {
  const suspend = (W = acme.W) => done(asAnn(`POST ${W}/suspend`));

  it("was suspended before", async () => {
    const { W } = acme;
    expect(await asAnn(`DELETE ${W}`)).toMatchObject({ status: 409, body: { code: "workspace.active" } });
    await suspend();
    await done(asAnn(`POST ${W}/resume`));
    expect(await asAnn(`DELETE ${W}`)).toMatchObject({ status: 409, body: { code: "workspace.active" } });
    await suspend();
    expect((await asAnn(`DELETE ${W}`)).status).toBe(204);
    expect((await asAnn(`DELETE ${W}`)).status).toBe(404);
  });

  it("goes in the version that was meant", async () => {
    const { ann, api, W } = acme;
    await suspend();
    const remove = (version: string) => api.call(ann, `DELETE ${W}`, { headers: { "if-match": version } });
    expect(await remove('"1"')).toMatchObject({ status: 412, body: { code: "precondition.failed" } });
    expect((await remove('"2"')).status).toBe(204);
  });

  it("is kept by nobody, and keeps no role of the organization in use, unswept", async () => {
    const { ann, api, O, W } = acme;
    const shared = await makeSharedRole(acme, "Analyst", []);
    await assign(acme, vic, [shared]);
    const bob = await admit(acme, "bob");
    const body = { roleIds: ["rol_organization-manager"] };
    await done(api.call(ann, `PUT ${O}/assignments/${bob.userId}`, { body }));
    await suspend();
    expect((await asAnn(`DELETE ${O}/roles/${shared}`)).status).toBe(409);
    expect(await api.call(bob, `DELETE ${O}/users/${ann.userId}`)).toMatchObject({ body: { code: "owner.last" } });
    await done(asAnn(`DELETE ${W}`));
    expect((await asAnn(`DELETE ${O}/roles/${shared}`)).status).toBe(204);
    expect((await api.call(bob, `DELETE ${O}/users/${ann.userId}`)).status).toBe(204);
  });

  it("leaves nothing but its log and its mark, however many people and roles it had", async () => {
    const { org, W, workspace } = acme;
    await growUsers({ ...test, org }, workspace, 110);
    await growRoles({ ...test, org }, workspace, 110);
    await suspend();
    await done(asAnn(`DELETE ${W}`));
    expect(await sweepNow()).toEqual({ done: 1, left: 0, failed: [] });
    const keys = [...(await readTable(test)).keys()].filter((key) => key.includes(workspace));
    const left = keys.map((key) => key.replace(/_[0-9a-z]{26}/g, "")).filter((key) => !key.includes("#AUDIT "));
    expect(left).toEqual(["ORG#org WS#wks"]);
  });

  it("is absent for everybody from the next request on, and its name is free", async () => {
    const { ann, api, O, W, workspace } = acme;
    await suspend();
    await done(asAnn(`DELETE ${W}`));
    for (const path of ["", "/users", "/roles", "/assignments", `/assignments/${vic.userId}`, "/audit-log"]) {
      const answers = await Promise.all([asAnn(`GET ${W}${path}`), api.call(vic, `GET ${W}${path}`)]);
      const absent = `${O}/workspaces/wks_${workspace.slice(4).split("").reverse().join("")}`;
      const never = await Promise.all([asAnn(`GET ${absent}${path}`), api.call(vic, `GET ${absent}${path}`)]);
      expect(answers.map(({ status }) => status)).toEqual(never.map(({ status }) => status));
      expect(answers[1]?.status).toBe(403);
    }
    const body = { roleIds: ["rol_viewer"] };
    expect((await api.call(ann, `PUT ${W}/assignments/${vic.userId}`, { body })).status).not.toBe(200);
    expect((await done(asAnn(`GET ${O}/workspaces`))).items).toEqual([]);
    expect((await done(asAnn(`GET ${O}/users/${vic.userId}/access`))).workspaces).toEqual([]);
    expect((await asAnn(`POST ${W}/resume`)).status).toBe(404);
    await makeWorkspace(acme, "North");
  });

  it("keeps its log, read in the organization's and verified with it", async () => {
    const { O, W, workspace } = acme;
    await suspend();
    await done(asAnn(`DELETE ${W}`));
    for (const sweepFirst of [false, true]) {
      if (sweepFirst) await sweepNow();
      const { intact } = await done(asAnn(`POST ${O}/audit-log/verify`));
      expect(intact).toBe(true);
      const { items } = await done(asAnn(`GET ${O}/audit-log?workspaceId=${workspace}&limit=100`));
      const actions = items.map(({ action }: { action: string }) => action);
      expect(actions).toEqual(
        expect.arrayContaining(["workspace.deleted", "assignment.replaced", "workspace.created"]),
      );
    }
  });

  it("makes room: the organization has as many workspaces as the limit says, and not one more", async () => {
    const { O } = acme;
    await setCounts({ workspaceCount: limits.workspacesPerOrganization - 1 });
    const last = await makeWorkspace(acme, "Last");
    const beyond = await asAnn(`POST ${O}/workspaces`, { name: "Beyond" });
    expect(beyond).toMatchObject({ status: 422, body: { errors: [{ pointer: "" }] } });
    await suspend(`${O}/workspaces/${last}`);
    await done(asAnn(`DELETE ${O}/workspaces/${last}`));
    await makeWorkspace(acme, "Beyond");
  });
});
