/** Org-managed roles: one role of the organization, held in many workspaces, changed in one place. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { limits } from "../../lib/domain/limits.ts";
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
  scopesOf,
} from "./acme.ts";
import type { Caller } from "./in-process.ts";

let store: Awaited<ReturnType<typeof openTestStore>>["store"];
let acme: Acme;
/** A second workspace, and somebody who holds a shared role in both. */
let south: string;
let vic: Caller;
let shared: string;

beforeAll(async () => {
  ({ store } = await openTestStore());
});

beforeEach(async () => {
  acme = await makeAcme({ store });
  south = `${acme.O}/workspaces/${await makeWorkspace(acme, "South")}`;
  shared = await makeSharedRole(acme, "Analyst", ["workflow:read", "workflow:run"]);
  vic = await admit(acme, "vic", shared);
  await assign(acme, vic, [shared], south);
});

const call = (who: Caller, what: string, body?: object) =>
  acme.api.call(who, what, body === undefined ? {} : edit(body));

describe("an edit of an org-managed role", () => {
  it("is felt in every workspace on the next request, and each chain of an organization says where", async () => {
    const { ann, api, O, W } = acme;
    await done(call(ann, `PATCH ${O}/roles/${shared}`, { scopes: ["workflow:read", "case:read"] }));
    for (const at of [W, south]) expect(await scopesOf(acme, vic, at)).toEqual(["case:read", "workflow:read"]);
    const { items } = await done(api.call(ann, `GET ${O}/audit-log?action=role.updated`));
    const ids = [W, south].map((path) => path.split("/").at(-1)).sort();
    expect(items).toMatchObject([{ target: { type: "role", id: shared }, reach: ids }]);
  });

  it("was told beforehand by the preview, which changes nothing", async () => {
    const { ann, O, W, workspace } = acme;
    const wide = await makeRole(acme, "Reader", ["workflow:*"]);
    await assign(acme, vic, [shared, wide]);
    const before = await done(call(ann, `GET ${O}/roles/${shared}`));
    const told = await done(call(ann, `POST ${O}/roles/${shared}/preview`, { scopes: ["case:read"] }));
    const [, southId = ""] = south.split("workspaces/");
    // In the first workspace another role gives workflows all the same.
    expect(told).toEqual({
      gains: [
        { userId: vic.userId, workspaceId: workspace, scopes: ["case:read"] },
        { userId: vic.userId, workspaceId: southId, scopes: ["case:read"] },
      ].sort((a, b) => (a.workspaceId < b.workspaceId ? -1 : 1)),
      loses: [{ userId: vic.userId, workspaceId: southId, scopes: ["workflow:read", "workflow:run"] }],
    });
    expect(await done(call(ann, `GET ${O}/roles/${shared}`))).toEqual(before);
    const had = [await scopesOf(acme, vic, W), await scopesOf(acme, vic, south)];
    await done(call(ann, `PATCH ${O}/roles/${shared}`, { scopes: ["case:read"] }));
    const has = [await scopesOf(acme, vic, W), await scopesOf(acme, vic, south)];
    expect(had[0]?.filter((scope) => !has[0]?.includes(scope))).toEqual([]);
    expect(had[1]?.filter((scope) => !has[1]?.includes(scope))).toEqual(["workflow:read", "workflow:run"]);
  });

  it("is none of a workspace's: its Owner gives the role and copies it, and cannot change or delete it", async () => {
    const owner = await admit(acme, "owner", "rol_owner");
    const { W } = acme;
    const managed = { status: 409, body: { code: "role.predefined" } };
    expect(await call(owner, `PATCH ${W}/roles/${shared}`, { name: "Mine" })).toMatchObject(managed);
    expect(await acme.api.call(owner, `DELETE ${W}/roles/${shared}`)).toMatchObject(managed);
    expect(await call(owner, `POST ${W}/roles/${shared}/preview`, { scopes: [] })).toMatchObject(managed);
    const copy = await done(call(owner, `POST ${W}/roles/${shared}/duplicate`, { name: "Ours" }));
    expect(copy).toMatchObject({
      managedBy: "workspace",
      level: "workspace",
      scopes: ["workflow:read", "workflow:run"],
    });
    expect((await call(owner, `PUT ${W}/assignments/${vic.userId}`, { roleIds: [shared, copy.id] })).status).toBe(200);
  });

  it.each(["PATCH", "DELETE", "POST preview"])("is refused for a predefined role: %s", async (way) => {
    const { ann, O } = acme;
    const [method, action] = way.split(" ");
    const path = `${method} ${O}/roles/rol_viewer${action === undefined ? "" : `/${action}`}`;
    const answer = await (method === "DELETE" ? acme.api.call(ann, path) : call(ann, path, { scopes: [] }));
    expect(answer).toMatchObject({ status: 409, body: { code: "role.predefined" } });
  });
});

describe("a role of the organization's own level", () => {
  it("is given in the organization only, and a workspace-level one in workspaces only", async () => {
    const { ann, api, O, W } = acme;
    const own = await makeSharedRole(acme, "Keeper", ["user:read"], "organization");
    const wrong = { status: 422, body: { code: "request.invalid", errors: [{ pointer: "/roleIds/0" }] } };
    const put = (at: string, roleId: string) =>
      api.call(ann, `PUT ${at}/assignments/${vic.userId}`, { body: { roleIds: [roleId] } });
    expect(await put(W, own)).toMatchObject(wrong);
    expect(await put(O, shared)).toMatchObject(wrong);
    expect((await put(O, own)).status).toBe(200);
  });

  it("holds scopes of its own level only, and the level never changes", async () => {
    const { ann, O } = acme;
    const create = (level: string, ...scopes: string[]) =>
      call(ann, `POST ${O}/roles`, { name: "Another", level, scopes });
    const wrong = { status: 422, body: { errors: [{ pointer: "/scopes/0" }] } };
    expect(await create("organization", "workflow:read")).toMatchObject(wrong);
    expect(await create("workspace", "org-role:read")).toMatchObject(wrong);
    const patched = await call(ann, `PATCH ${O}/roles/${shared}`, { scopes: ["org-role:read"] });
    expect(patched).toMatchObject(wrong);
    const level = await call(ann, `PATCH ${O}/roles/${shared}`, { level: "organization" });
    expect(level).toMatchObject({ status: 422, body: { errors: [{ pointer: "/level" }] } });
  });

  it("is not seen from a workspace", async () => {
    const { ann, api, O, W } = acme;
    const own = await makeSharedRole(acme, "Keeper", ["user:read"], "organization");
    expect((await api.call(ann, `GET ${W}/roles/${own}`)).status).toBe(404);
    const there = await done(api.call(ann, `GET ${W}/roles?limit=100`));
    expect(there.items.map(({ id }: { id: string }) => id)).not.toContain(own);
    expect(there.items.map(({ id }: { id: string }) => id)).toContain(shared);
    const here = await done(api.call(ann, `GET ${O}/roles?limit=100`));
    expect(here.items.map(({ id }: { id: string }) => id)).toEqual(expect.arrayContaining([own, shared, "rol_viewer"]));
  });
});

describe("whoever makes roles of the organization", () => {
  it("makes none of workspace level that they could not give: `workspace-role:grant` is what lets them", async () => {
    const { api, O } = acme;
    const writer = await admitManager(acme, "writer", ["org-role:write", "org-role:read"]);
    const granter = await admitManager(acme, "granter", ["org-role:write", "workspace-role:grant"]);
    const body = { name: "New", level: "workspace", scopes: ["workflow:run", "case:*"] };
    expect(await api.call(writer, `POST ${O}/roles`, { body })).toMatchObject({
      status: 403,
      body: { code: "grant.exceeds_own", errors: [{ pointer: "/scopes" }, { pointer: "/scopes" }] },
    });
    expect((await api.call(granter, `POST ${O}/roles`, { body })).status).toBe(201);
    const wider = await api.call(writer, `PATCH ${O}/roles/${shared}`, edit({ scopes: ["workflow:*"] }));
    expect(wider).toMatchObject({ status: 403, body: { code: "grant.exceeds_own" } });
    const copy = await api.call(writer, `POST ${O}/roles/${shared}/duplicate`, { body: { name: "Copy" } });
    expect(copy).toMatchObject({ status: 403, body: { code: "grant.exceeds_own" } });
    // A name is no gift, and neither is a copy of what they hold themselves.
    expect((await api.call(writer, `PATCH ${O}/roles/${shared}`, edit({ name: "Renamed" }))).status).toBe(200);
    const own = await makeSharedRole(acme, "Own", ["org-role:read"], "organization");
    expect((await api.call(writer, `POST ${O}/roles/${own}/duplicate`, { body: { name: "Copy" } })).status).toBe(201);
  });

  it("gives by `workspace-role:grant` whatever there is in any workspace, and uses none of it", async () => {
    const { api, W } = acme;
    const granter = await admitManager(acme, "granter", ["workspace-role:grant"]);
    const put = await api.call(granter, `PUT ${south}/assignments/${vic.userId}`, { body: { roleIds: ["rol_owner"] } });
    expect(put.status).toBe(200);
    expect((await api.call(granter, `GET ${W}/assignments/${vic.userId}`)).status).toBe(200);
    const role = { body: { name: "Mine", scopes: ["workflow:read"] } };
    expect((await api.call(granter, `POST ${W}/roles`, role)).status).toBe(403);
    expect(await scopesOf(acme, granter)).toEqual([]);
  });

  it("cannot name a role as another of the place, or as a predefined one, is named", async () => {
    const { ann, O, W } = acme;
    const taken = { status: 409, body: { code: "name.taken" } };
    const create = (name: string, at = O) =>
      call(ann, `POST ${at}/roles`, { name, scopes: [], ...(at === O ? { level: "workspace" } : {}) });
    expect(await create("ANALYST")).toMatchObject(taken);
    expect(await create("owner")).toMatchObject(taken);
    const other = (await done(create("Other"))).id;
    expect(await call(ann, `PATCH ${O}/roles/${other}`, { name: "analyst" })).toMatchObject(taken);
    expect(await call(ann, `POST ${O}/roles/${shared}/duplicate`, { name: "Other" })).toMatchObject(taken);
    // A workspace's names are its own.
    expect((await create("Analyst", W)).status).toBe(201);
  });

  it("makes as many as the limit says, and not one more", async () => {
    const { ann, api, org, O, W, place } = acme;
    const fill = (at: typeof place | { orgId: typeof org }) =>
      store.commit(
        [store.places.setCounts(at, { roleCount: limits.rolesPerPlace - 1 })],
        crypto.randomUUID(),
        async () => false,
      );
    await fill({ orgId: org });
    await fill(place);
    const beyond = { status: 422, body: { code: "request.invalid", errors: [{ pointer: "" }] } };
    for (const [at, level] of [
      [O, { level: "workspace" }],
      [W, {}],
    ] as const) {
      const create = (name: string) => call(ann, `POST ${at}/roles`, { name, scopes: [], ...level });
      const last = (await done(create("Last"))).id;
      expect(await create("Beyond")).toMatchObject(beyond);
      expect(await call(ann, `POST ${at}/roles/rol_viewer/duplicate`, { name: "Beyond" })).toMatchObject(beyond);
      expect((await api.call(ann, `DELETE ${at}/roles/${last}`)).status).toBe(204);
      expect((await create("Beyond")).status).toBe(201);
    }
  });
});
