/** Own resource types: registered, held, shown, edited, and gone again. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { builtInCatalogue } from "../../lib/domain/catalogue.ts";
import type { RoleId } from "../../lib/domain/ids.ts";
import { limits } from "../../lib/domain/limits.ts";
import { findPredefinedRole } from "../../lib/domain/predefined-roles.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { admit, done, edit, makeAcme, makeRole, makeWorkspace, scopesOf } from "./acme.ts";
import type { Caller } from "./in-process.ts";
import { PLAYBOOK, playbook, register, replace, without } from "./own-types.ts";

const ALL = [`${PLAYBOOK}:read`, `${PLAYBOOK}:run`, `${PLAYBOOK}:write`];

let test: TestStore;
let now: number;
let acme: Acme;

beforeAll(async () => {
  test = await openTestStore();
});

beforeEach(async () => {
  now = Date.now();
  acme = await makeAcme(test, () => now);
});

const typePath = () => `${acme.O}/resource-types/${PLAYBOOK}`;
const get = (path: string, by: Caller = acme.ann) => done(acme.api.call(by, `GET ${path}`));
/** The scopes of own types that somebody has in a workspace. */
const ownScopesOf = async (who: Caller, at = acme.W) =>
  (await scopesOf(acme, who, at)).filter((one) => one.includes("."));
const remove = (headers: Record<string, string> = {}) => acme.api.call(acme.ann, `DELETE ${typePath()}`, { headers });

describe("a type that an organization registers", () => {
  it("is answered as it was put, with what was left out", async () => {
    const made = await register(acme);
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      type: PLAYBOOK,
      description: "Playbooks of the response team.",
      actions: [
        { name: "read", description: "Lets one read acme.playbook." },
        { name: "write", description: "Lets one write acme.playbook." },
        { name: "run", description: "Lets one run acme.playbook." },
      ],
      shareable: false,
      persistence: "persistent",
      predefinedRoles: { Viewer: ["read"], Operator: ["read", "run"] },
      createdAt: new Date(now).toISOString(),
      version: 1,
    });
    expect(made.headers.etag).toBe('"1"');
    const read = await acme.api.call(acme.ann, `GET ${typePath()}`);
    expect([read.body, read.headers.etag]).toEqual([made.body, '"1"']);
    await done(
      register(acme, { ...playbook, shareable: true, persistence: "transient", predefinedRoles: {} }, "acme.alert"),
    );
    const { items } = await get(`${acme.O}/resource-types`);
    expect(items.map(({ type, shareable }: { type: string; shareable: unknown }) => [type, shareable])).toEqual([
      ["acme.alert", true],
      [PLAYBOOK, false],
    ]);
  });

  it("brings scopes that are in the catalogue and in the hands of whoever holds them, on the next request", async () => {
    const { ann } = acme;
    const [vic, oz, cat, all] = [
      await admit(acme, "vic", "rol_viewer"),
      await admit(acme, "oz", "rol_operator"),
      await admit(acme, "cat", "rol_contributor"),
      await admit(acme, "all", await makeRole(acme, "All", ["*"])),
    ];
    for (const one of [vic, oz, ann, cat, all]) expect(await ownScopesOf(one)).toEqual([]);
    await done(register(acme));
    const named = await admit(acme, "named", await makeRole(acme, "Named", [`${PLAYBOOK}:*`]));
    expect(await ownScopesOf(vic)).toEqual([`${PLAYBOOK}:read`]);
    expect(await ownScopesOf(oz)).toEqual([`${PLAYBOOK}:read`, `${PLAYBOOK}:run`]);
    // A role named by the type is the only one that it speaks of.
    expect(await ownScopesOf(cat)).toEqual([]);
    for (const one of [ann, all, named]) expect(await ownScopesOf(one)).toEqual(ALL);
    const asked = { action: { name: "run" }, resource: { type: PLAYBOOK, id: "one" } };
    for (const [who, decision] of [
      [vic, false],
      [oz, true],
    ] as const) {
      const body = { ...asked, subject: { type: "user", id: who.userId } };
      expect(await done(acme.api.call(ann, `POST ${acme.W}/access/v1/evaluation`, { body }))).toMatchObject({
        decision,
      });
    }
    const { items } = await get(`${acme.O}/scopes`);
    expect(items.slice(0, -3)).toEqual(builtInCatalogue.scopes);
    expect(items.slice(-3).map(({ name, origin }: { name: string; origin: string }) => [name, origin])).toEqual(
      ALL.map((name) => [name, "custom"]),
    );
    await done(replace(acme, { ...playbook, actions: [...playbook.actions, { name: "approve" }] }));
    for (const one of [ann, all, named]) expect(await ownScopesOf(one)).toContain(`${PLAYBOOK}:approve`);
    expect(await ownScopesOf(oz)).toEqual([`${PLAYBOOK}:read`, `${PLAYBOOK}:run`]);
  });

  it("shows in predefined roles, wherever they are shown", async () => {
    const { W, O } = acme;
    const before = await acme.api.call(acme.ann, `GET ${W}/roles/rol_operator`);
    const oz = await admit(acme, "oz", "rol_operator");
    await done(register(acme));
    const full = [
      ...(findPredefinedRole("rol_operator" as RoleId)?.scopes ?? []),
      `${PLAYBOOK}:read`,
      `${PLAYBOOK}:run`,
    ];
    for (const at of [O, W]) {
      const { items } = await get(`${at}/roles`);
      expect(items.find(({ id }: { id: string }) => id === "rol_operator").scopes).toEqual(full);
      const one = await acme.api.call(acme.ann, `GET ${at}/roles/rol_operator`);
      expect(one.body.scopes).toEqual(full);
      expect(one.headers.etag).not.toBe(before.headers.etag);
      expect(
        (await done(acme.api.call(acme.ann, `POST ${at}/roles/rol_operator/duplicate`, { body: { name: "Copy" } })))
          .scopes,
      ).toEqual(full);
    }
    const access = await get(`${O}/users/${oz.userId}/access`);
    expect(access.workspaces[0].scopes).toEqual([...full].sort());
    // The version of a predefined role is that of the organization's own.
    const ifMatch = { body: { name: "Mine" }, headers: { "if-match": `"${full.length}"` } };
    expect((await acme.api.call(acme.ann, `PATCH ${O}/roles/rol_operator`, ifMatch)).body.code).toBe("role.predefined");
    expect(
      (
        await acme.api.call(acme.ann, `PATCH ${O}/roles/rol_operator`, {
          ...ifMatch,
          headers: { "if-match": before.headers.etag ?? "" },
        })
      ).status,
    ).toBe(412);
  });

  it("is told by previews of roles that speak of it", async () => {
    await done(register(acme));
    const roleId = await makeRole(acme, "Runner", [`${PLAYBOOK}:run`, `${PLAYBOOK}:write`]);
    const vic = await admit(acme, "vic", roleId, "rol_operator");
    const told = await done(
      acme.api.call(acme.ann, `POST ${acme.W}/roles/${roleId}/preview`, { body: { scopes: [`${PLAYBOOK}:read`] } }),
    );
    // Operators run and read it all the same.
    expect(told).toEqual({
      gains: [],
      loses: [{ userId: vic.userId, workspaceId: acme.workspace, scopes: [`${PLAYBOOK}:write`] }],
    });
  });

  it("lets nobody do what it has no action for, whatever they hold", async () => {
    const { api, ann, W } = acme;
    const all = await admit(acme, "all", await makeRole(acme, "All", ["*"]));
    await done(register(acme));
    const named = await admit(acme, "named", await makeRole(acme, "Named", [`${PLAYBOOK}:*`]));
    const resources = `${W}/resources/${PLAYBOOK}`;
    await done(api.call(ann, `PUT ${resources}/one`, { body: { name: "One" } }));
    await done(replace(acme, without("read", "write")));
    const asked = [
      ["GET", resources, "read"],
      ["GET", `${resources}/one`, "read"],
      ["POST", resources, "write", { name: "Two" }],
      ["POST", `${resources}/bulk`, "write", { resources: [{ name: "Two" }] }],
      ["PUT", `${resources}/one`, "write", { name: "Two" }],
      ["PATCH", `${resources}/one`, "write", { name: "Two" }],
      ["DELETE", `${resources}/one`, "write"],
    ] as const;
    for (const who of [ann, all, named]) {
      for (const [method, path, action, body] of asked) {
        const sent = { ...(body === undefined ? {} : { body }), headers: { "if-match": "*" } };
        expect(await api.call(who, `${method} ${path}`, sent), `${method} ${path}`).toMatchObject({
          status: 403,
          body: { code: "access.denied", requiredScope: `${PLAYBOOK}:${action}` },
        });
      }
    }
  });

  it("is another organization's in nothing", async () => {
    await done(register(acme));
    const other = await makeAcme(test, () => now);
    expect((await get(`${other.O}/scopes`, other.ann)).items).toEqual(builtInCatalogue.scopes);
    expect((await get(`${other.O}/resource-types`, other.ann)).items).toEqual([]);
    expect((await scopesOf(other, other.ann)).filter((one) => one.includes("."))).toEqual([]);
    const body = { name: "Runner", scopes: [`${PLAYBOOK}:run`] };
    expect((await other.api.call(other.ann, `POST ${other.W}/roles`, { body })).status).toBe(422);
    expect((await other.api.call(other.ann, `GET ${other.O}/resource-types/${PLAYBOOK}`)).status).toBe(404);
    await done(register(other, { ...playbook, actions: [{ name: "fly" }], predefinedRoles: {} }));
    expect(await ownScopesOf(acme.ann)).toEqual(ALL);
  });

  it("is edited in the version that was read, and told apart from one that was registered before it", async () => {
    await done(register(acme));
    const put = (ifMatch?: string) =>
      acme.api.call(acme.ann, `PUT ${typePath()}`, {
        body: playbook,
        headers: ifMatch === undefined ? {} : { "if-match": ifMatch },
      });
    expect((await put()).status).toBe(428);
    expect((await put('"7"')).status).toBe(412);
    const edited = await put('"1"');
    expect([edited.status, edited.headers.etag]).toEqual([200, '"2"']);
    expect((await remove({ "if-match": '"1"' })).status).toBe(412);
    expect((await remove({ "if-match": '"2"' })).status).toBe(204);
    expect((await remove()).status).toBe(404);
    expect((await put("*")).status).toBe(412);
    const again = await put();
    expect(again.status).toBe(201);
    const { version } = await get(typePath());
    expect([`"${version}"`, version > 2]).toEqual([again.headers.etag, true]);
  });

  it("leaves an entry for each change, felt in all workspaces", async () => {
    await makeWorkspace(acme, "South");
    await done(register(acme));
    await done(replace(acme, without("write")));
    expect((await remove()).status).toBe(204);
    const { items } = await get(`${acme.O}/audit-log?order=asc&target=${PLAYBOOK}`);
    const target = { type: "resource-type", id: PLAYBOOK };
    expect(items).toMatchObject([
      { action: "resource-type.created", target, reach: 2, after: { predefinedRoles: { Viewer: ["read"] } } },
      { action: "resource-type.updated", target, reach: 2, before: { actions: [{}, { name: "write" }, {}] } },
      { action: "resource-type.deleted", target, reach: 2, before: { actions: [{}, {}] } },
    ]);
    expect(items[0].before).toBeUndefined();
    expect(items[2].after).toBeUndefined();
  });

  it("has its scopes on as many pages as are asked for, also when a type goes meanwhile", async () => {
    await done(register(acme));
    for (const type of ["acme.a", "acme.z"]) await done(register(acme, { ...playbook, predefinedRoles: {} }, type));
    const first = builtInCatalogue.scopes.length + 4;
    const page = await get(`${acme.O}/scopes?limit=${first}`);
    expect(page.items.at(-1).name).toBe(`${PLAYBOOK}:read`);
    expect((await remove()).status).toBe(204);
    const { items } = await get(`${acme.O}/scopes?limit=2&cursor=${page.nextCursor}`);
    expect(items.map(({ name }: { name: string }) => name)).toEqual(["acme.z:read", "acme.z:run"]);
  });
});

describe("the limits", () => {
  const bare = { description: "", actions: [{ name: "run" }] };

  it("of types of one organization, and of types that a role or a key names", async () => {
    const scopes: string[] = [];
    for (let index = 0; index < limits.ownTypes; index++) {
      await done(register(acme, { ...bare, predefinedRoles: { Viewer: ["run"] } }, `acme.t${index}`));
      scopes.push(`acme.t${index}:run`);
    }
    expect((await register(acme, bare, "acme.more")).status).toBe(422);
    const make = (count: number) =>
      acme.api.call(acme.ann, `POST ${acme.W}/roles`, { body: { name: `R${count}`, scopes: scopes.slice(0, count) } });
    const tooMany = { status: 422, body: { errors: [{ pointer: "/scopes" }] } };
    expect(await make(limits.ownTypesPerRole + 1)).toMatchObject(tooMany);
    const { id } = await done(make(limits.ownTypesPerRole));
    const wide = edit({ scopes: scopes.slice(0, limits.ownTypesPerRole + 1) });
    expect((await acme.api.call(acme.ann, `PATCH ${acme.W}/roles/${id}`, wide)).status).toBe(422);
    // A predefined role may hold more than a role that is made can.
    const copy = { body: { name: "Copy" } };
    expect((await acme.api.call(acme.ann, `POST ${acme.W}/roles/rol_viewer/duplicate`, copy)).status).toBe(422);
    const makeKey = (kind: string, count: number) => {
      const body = { name: "Pipeline", kind, scopes: scopes.slice(0, count) };
      return acme.api.call(acme.ann, `POST ${acme.W}/api-keys`, { body });
    };
    for (const kind of ["service", "personal"]) {
      expect(await makeKey(kind, limits.ownTypesPerRole + 1)).toMatchObject(tooMany);
      expect((await makeKey(kind, limits.ownTypesPerRole)).status).toBe(201);
    }
  });

  it("of a role that is made, for a copy of a predefined one too", async () => {
    const copy = async (actions: readonly string[], types: readonly string[]) => {
      const body = {
        description: "",
        actions: actions.map((name) => ({ name })),
        predefinedRoles: { Viewer: actions },
      };
      for (const type of types) await done(register(acme, body, type));
      const what = `POST ${acme.W}/roles/rol_viewer/duplicate`;
      const { body: problem } = await acme.api.call(acme.ann, what, { body: { name: "Copy" } });
      for (const type of types) await acme.api.call(acme.ann, `DELETE ${acme.O}/resource-types/${type}`);
      return problem.errors;
    };
    const names = (length: number) =>
      Array.from({ length: limits.actionsPerType }, (_, index) => `a${index}`.padEnd(length, "x"));
    const types = ["a.a", "a.b", "a.c", "a.d", "a.e"];
    expect(await copy(names(2), types)).toMatchObject([
      { detail: `A role has at most ${limits.scopesPerRole} scopes.` },
    ]);
    const long = `Scopes have at most ${limits.scopesBytes} bytes in all.`;
    expect(await copy(names(64), types.slice(0, 2))).toMatchObject([{ detail: long }]);
  });

  it("of actions, and of all types together", async () => {
    const actions = Array.from({ length: limits.actionsPerType + 1 }, (_, index) => ({
      name: `a${index}`,
      description: "\u{1F98A}".repeat(limits.descriptionLength),
    }));
    expect((await register(acme, { ...bare, actions })).body.errors[0].pointer).toBe("/actions");
    const large = { ...bare, actions: actions.slice(1) };
    const size = Buffer.byteLength(JSON.stringify((await register(acme, large)).body));
    const fitting = Math.floor(limits.ownTypesBytes / size);
    for (let index = 1; index < fitting; index++) await done(register(acme, large, `acme.large${index}`));
    const detail = `All types have together at most ${limits.ownTypesBytes} bytes as JSON.`;
    expect(await register(acme, large, "acme.more")).toMatchObject({ status: 422, body: { errors: [{ detail }] } });
  });
});
