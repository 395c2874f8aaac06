/** Org-managed roles: one role of the organization, held in many workspaces, changed in one place. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { builtInCatalogue } from "../../lib/domain/catalogue.ts";
import type { RoleId } from "../../lib/domain/ids.ts";
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
  scopesOf,
} from "./acme.ts";
import type { Caller } from "./in-process.ts";

const HOUR = 3_600_000;

let test: TestStore;
let now: number;
let acme: Acme;
/** A second workspace, and somebody who holds a shared role in both. */
let south: string;
let vic: Caller;
let shared: string;

beforeAll(async () => {
  test = await openTestStore();
});

beforeEach(async () => {
  now = Date.now();
  acme = await makeAcme(test, () => now);
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

  it("is previewed without what has expired, and without what a feature gives that is off", async () => {
    const { ann, api, O, W, workspace } = acme;
    const [wide, soon] = [await makeRole(acme, "Reader", ["workflow:*"]), new Date(now + HOUR).toISOString()];
    const give = (at: string, body: object) => done(api.call(ann, `PUT ${at}/assignments/${vic.userId}`, { body }));
    await give(south, { roleIds: [] });
    await give(W, { roleIds: [shared, wide], expiresAt: soon });
    const loses = async (scopes: string[]) =>
      (await done(call(ann, `POST ${O}/roles/${shared}/preview`, { scopes }))).loses;
    expect(await loses([])).toEqual([]);
    await give(W, { roleIds: [shared], expiresAt: new Date(now + 2 * HOUR).toISOString() });
    expect(await loses([])).toMatchObject([{ workspaceId: workspace, scopes: ["workflow:read", "workflow:run"] }]);
    // One request gives all its roles the same end: what is over beside another one is put there by hand.
    const { store } = test;
    const { held } = await store.read({ held: store.assignments.at(acme.place, vic.userId) });
    if (held === undefined) throw new Error("nothing is held");
    const over = { roleId: wide as RoleId, managedBy: "workspace", source: "direct", expiresAt: now } as const;
    const after = { ...held, grants: [...held.grants, over] };
    await store.commit(store.assignments.replace(held, after), crypto.randomUUID(), async () => false);
    expect(await loses([])).toHaveLength(1);
    // A role that needs a feature gives nothing once the feature is off.
    await done(call(ann, `PATCH ${W}`, { features: ["case-management"] }));
    await give(W, { roleIds: [shared, "rol_cases-viewer"] });
    await done(call(ann, `PATCH ${O}/roles/${shared}`, { scopes: ["case:read"] }));
    expect(await loses([])).toEqual([]);
    await done(call(ann, `PATCH ${W}`, { features: [] }));
    expect(await loses([])).toMatchObject([{ scopes: ["case:read"] }]);
  });

  it("is previewed on as many pages as are asked for, with everybody once", async () => {
    const { ann, api, O } = acme;
    await admit(acme, "wim", shared);
    const preview = (query: string) => api.call(ann, `POST ${O}/roles/${shared}/preview${query}`, edit({ scopes: [] }));
    const whole = (await done(preview(""))).loses;
    expect(whole).toHaveLength(3);
    const seen: unknown[] = [];
    let cursor: string | undefined = "";
    for (let pages = 1; cursor !== undefined; pages++) {
      const page: { loses: unknown[]; nextCursor?: string } = await done(
        preview(cursor === "" ? "?limit=1" : `?limit=1&cursor=${cursor}`),
      );
      expect(page.loses).toHaveLength(1);
      seen.push(...page.loses);
      cursor = page.nextCursor;
      expect([pages, cursor === undefined]).toEqual([pages, pages === 3]);
    }
    expect(seen).toEqual(whole);
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

describe("who holds an org-managed role elsewhere", () => {
  it("is not told by a refusal to whoever manages the roles of one workspace", async () => {
    const { api, W } = acme;
    const own = await makeRole(acme, "Role maker", ["role:read", "role:write"]);
    const cara = await admit(acme, "cara", own);
    const unused = await makeSharedRole(acme, "Unused", ["workflow:run"]);
    for (const roleId of [shared, unused, "rol_viewer"]) {
      const refusalOf = async (target: string) => {
        const { status, body } = await api.call(cara, `DELETE ${W}/roles/${roleId}?reassignTo=${target}`);
        return [status, body.code, body.usedBy];
      };
      expect(await refusalOf("rol_owner")).toEqual([403, "grant.exceeds_own", undefined]);
      expect(await refusalOf(own)).toEqual([409, "role.predefined", undefined]);
    }
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
    expect(await call(ann, `POST ${O}/roles/${shared}/preview`, { scopes: ["org-role:read"] })).toMatchObject(wrong);
    const inWorkspace = await call(ann, `POST ${acme.W}/roles`, { name: "Another", scopes: ["org-role:read"] });
    expect(inWorkspace).toMatchObject(wrong);
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

describe("a role of a feature that is off in a workspace", () => {
  it("is neither listed nor found there, and both once the feature is on", async () => {
    const { ann, api, W } = acme;
    const find = async () => {
      const { items } = await done(api.call(ann, `GET ${W}/roles?limit=100`));
      const { status } = await api.call(ann, `GET ${W}/roles/rol_cases-viewer`);
      return [items.some(({ id }: { id: string }) => id === "rol_cases-viewer"), status];
    };
    expect(await find()).toEqual([false, 404]);
    await done(call(ann, `PATCH ${W}`, { features: ["case-management"] }));
    expect(await find()).toEqual([true, 200]);
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
    // Its own name is not taken, and that of a role that went is free.
    expect((await call(ann, `PATCH ${O}/roles/${other}`, { name: "OTHER" })).status).toBe(200);
    expect((await acme.api.call(ann, `DELETE ${O}/roles/${other}`)).status).toBe(204);
    expect((await create("Other")).status).toBe(201);
    // A workspace's names are its own.
    expect((await create("Analyst", W)).status).toBe(201);
  });

  it("makes each of few scopes, each one once", async () => {
    const { ann, O } = acme;
    const create = (scopes: string[]) => call(ann, `POST ${O}/roles`, { name: "Another", level: "workspace", scopes });
    const [name] = [...builtInCatalogue.names("workspace")].sort((a, b) => b.length - a.length);
    const many = Array.from({ length: limits.scopesPerRole }, () => name ?? "");
    expect(await create(many)).toMatchObject({ status: 422, body: { errors: [{ pointer: "/scopes" }] } });
    expect(await create(["case:read", "case:read"])).toMatchObject({ status: 201, body: { scopes: ["case:read"] } });
  });

  it("deletes them in the version that was meant", async () => {
    const { ann, api, O } = acme;
    const other = await makeSharedRole(acme, "Other", []);
    await done(call(ann, `PATCH ${O}/roles/${other}`, { description: "Changed." }));
    const remove = (version: string) =>
      api.call(ann, `DELETE ${O}/roles/${other}`, { headers: { "if-match": version } });
    expect(await remove('"1"')).toMatchObject({ status: 412, body: { code: "precondition.failed" } });
    expect((await remove('"2"')).status).toBe(204);
  });

  it("makes as many as the limit says, and not one more", async () => {
    const { ann, api, org, O, W, place } = acme;
    const fill = (at: typeof place | { orgId: typeof org }) =>
      test.store.commit(
        [test.store.places.setCounts(at, { roleCount: limits.rolesPerPlace - 1 })],
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
