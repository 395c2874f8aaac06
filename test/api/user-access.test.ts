/** Everywhere that a user has access, and through what: what their administrator sees is what they may do. */
import { beforeEach, describe, expect, it } from "vitest";
import { limits } from "../../lib/domain/limits.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { admit, assign, done, edit, makeAcme, makeRole, makeSharedRole, makeWorkspace, scopesOf } from "./acme.ts";
import type { Caller } from "./in-process.ts";
import { growWorkspaces } from "./large-tenant.ts";
import { register } from "./own-types.ts";

const MINUTE = 60_000;

let now: number;
let test: TestStore;
let acme: Acme;
let south: string;
let vic: Caller;

beforeEach(async () => {
  now = Date.now();
  test = await openTestStore();
  acme = await makeAcme(test, () => now);
  south = await makeWorkspace(acme, "South");
  vic = await admit(acme, "vic", await makeRole(acme, "Runner", ["workflow:run"]), "rol_interact-only");
});

const at = (workspace: string) => `${acme.O}/workspaces/${workspace}`;
const access = (query = "") => done(acme.api.call(acme.ann, `GET ${acme.O}/users/${vic.userId}/access${query}`));
/** What is shown of the workspace North, or South. */
const accessIn = async (name: string) =>
  (await access()).workspaces.find((workspace: { name: string }) => workspace.name === name);

describe("the access of a user", () => {
  it("names each place, each grant with its role, and the scopes that come of it: as the user sees it themselves", async () => {
    const shared = await makeSharedRole(acme, "Case Worker", ["case:*"]);
    await assign(acme, vic, [shared], at(south));
    const own = await makeSharedRole(acme, "Reader", ["user:read"], "organization");
    await done(acme.api.call(acme.ann, `PUT ${acme.O}/assignments/${vic.userId}`, { body: { roleIds: [own] } }));
    const shown = await access();
    expect(shown.organization.grants).toMatchObject([{ roleId: own, roleName: "Reader", source: "direct" }]);
    expect(shown.workspaces).toHaveLength(2);
    for (const { workspaceId, scopes } of shown.workspaces) {
      expect(scopes).toEqual(await scopesOf(acme, vic, at(workspaceId)));
    }
    expect((await accessIn("North")).scopes).toEqual(["interaction:submit", "workflow:run"]);
    expect(await accessIn("South")).toMatchObject({
      workspaceId: south,
      grants: [{ roleId: shared, roleName: "Case Worker" }],
      scopes: ["case:read", "case:write"],
    });
  });

  it("leaves out what has expired, and places where nothing is left", async () => {
    const body = { roleIds: ["rol_viewer"], expiresAt: new Date(now + MINUTE).toISOString() };
    await done(acme.api.call(acme.ann, `PUT ${at(south)}/assignments/${vic.userId}`, { body }));
    now += MINUTE - 1;
    expect((await access()).workspaces).toHaveLength(2);
    now += 1;
    expect((await access()).workspaces).toMatchObject([{ workspaceId: acme.workspace }]);
  });

  it("shows what is held where nothing is given: suspended, or of a feature that is off", async () => {
    await done(acme.api.call(acme.ann, `PATCH ${at(south)}`, edit({ features: ["case-management"] })));
    await assign(acme, vic, ["rol_cases-viewer"], at(south));
    expect((await accessIn("South")).scopes).toContain("case:read");
    await done(acme.api.call(acme.ann, `PATCH ${at(south)}`, edit({ features: [] })));
    expect(await accessIn("South")).toMatchObject({ grants: [{ roleId: "rol_cases-viewer" }], scopes: [] });
    await done(acme.api.call(acme.ann, `POST ${acme.W}/suspend`));
    expect(await accessIn("North")).toMatchObject({ grants: [{}, {}], scopes: [] });
    await done(acme.api.call(acme.ann, `POST ${acme.W}/resume`));
    await done(acme.api.call(acme.ann, `PATCH ${acme.O}/users/${vic.userId}`, edit({ status: "suspended" })));
    expect(await accessIn("North")).toMatchObject({ grants: [{}, {}], scopes: [] });
  });

  it("is empty for whoever holds nothing, and nothing for who is not there", async () => {
    await assign(acme, vic, []);
    expect(await access()).toEqual({ organization: { grants: [] }, workspaces: [] });
    const { userId } = await acme.api.person("stranger@acme.example");
    expect((await acme.api.call(acme.ann, `GET ${acme.O}/users/${userId}/access`)).status).toBe(404);
  });

  it("goes on by its cursor, each workspace once", async () => {
    for (const name of ["East", "West"]) await assign(acme, vic, ["rol_viewer"], at(await makeWorkspace(acme, name)));
    await assign(acme, vic, ["rol_viewer"], at(south));
    const names: string[] = [];
    for (let query = "?limit=3"; query !== ""; ) {
      const { workspaces, nextCursor } = await access(query);
      names.push(...workspaces.map(({ name }: { name: string }) => name));
      query = nextCursor === undefined ? "" : `?limit=3&cursor=${nextCursor}`;
    }
    expect(names.sort()).toEqual(["East", "North", "South", "West"]);
  });

  it("is never longer than can be sent, however many scopes own types bring", async () => {
    const actions = Array.from({ length: limits.actionsPerType }, (_, index) => `a${index}`.padEnd(64, "x"));
    const body = { description: "", actions: actions.map((name) => ({ name })), predefinedRoles: { Viewer: actions } };
    for (let index = 0; index < 30; index++) await done(register(acme, body, `acme.${index}`.padEnd(64, "x")));
    await growWorkspaces({ ...test, org: acme.org }, vic.userId, 60);
    const seen: string[] = [];
    let pages = 0;
    for (let query = ""; pages === 0 || query !== ""; pages++) {
      const page = await access(query);
      expect(JSON.stringify(page).length).toBeLessThan(6_000_000);
      seen.push(...page.workspaces.map(({ workspaceId }: { workspaceId: string }) => workspaceId));
      query = page.nextCursor === undefined ? "" : `?cursor=${page.nextCursor}`;
    }
    expect(pages).toBeGreaterThan(1);
    expect([seen.length, new Set(seen).size]).toEqual([61, 61]);
  });
});
