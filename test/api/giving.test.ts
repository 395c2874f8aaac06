/** Every way to give something, tried by an administrator who holds little: each gives what is held, and nothing beyond. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openTestStore } from "../engine.ts";
import type { Answer, Caller, TestApi } from "./in-process.ts";
import { openTestApi } from "./in-process.ts";
import { acceptInvitation } from "./invitations.ts";

/** What the administrator holds in the workspace, and something that they do not. */
const HELD = ["user-permission:write", "role:write", "workflow:read"];
const BEYOND = "workflow:run";

let api: TestApi;
let ann: Caller;
/** The administrator, and somebody to give to. */
let adam: Caller;
let vic: Caller;
let organization: string;
let workspace: string;
let workspaceId: string;
/** Roles that hold what Adam holds too, and what he does not. */
let fine: string;
let wide: string;

beforeAll(async () => {
  const { store } = await openTestStore();
  api = openTestApi(store);
  ann = await api.person("ann@acme.example");
});

beforeEach(async () => {
  const org = (await api.call(ann, "POST /v1/orgs", { body: { name: "Acme" } })).body.id;
  organization = `/v1/orgs/${org}`;
  workspaceId = (await api.call(ann, `POST ${organization}/workspaces`, { body: { name: "North" } })).body.id;
  workspace = `${organization}/workspaces/${workspaceId}`;
  const join = async (email: string): Promise<Caller> => {
    const { body } = await api.call(ann, `POST ${organization}/users`, { body: { email } });
    await acceptInvitation(api.host.store, org, body.id);
    return { userId: body.id, email };
  };
  adam = await join("adam@acme.example");
  vic = await join("vic@acme.example");
  fine = (await makeRole(ann, "Fine", ["workflow:read"])).body.id;
  wide = (await makeRole(ann, "Wide", ["workflow:read", BEYOND])).body.id;
  const own = (await makeRole(ann, "Own", HELD)).body.id;
  await assign(ann, adam, { roleIds: [own] });
});

const makeRole = (by: Caller, name: string, scopes: readonly string[]) =>
  api.call(by, `POST ${workspace}/roles`, { body: { name, scopes } });
const assign = (by: Caller, to: Caller, body: object) =>
  api.call(by, `PUT ${workspace}/assignments/${to.userId}`, { body });
const edit = (by: Caller, roleId: string, body: object) =>
  api.call(by, `PATCH ${workspace}/roles/${roleId}`, { body, headers: { "if-match": "*" } });

async function makeInviter(user: Caller): Promise<void> {
  const role = { name: "Inviter", level: "organization", scopes: ["user:write"] };
  const { id } = (await api.call(ann, `POST ${organization}/roles`, { body: role })).body;
  const given = await api.call(ann, `PUT ${organization}/assignments/${user.userId}`, { body: { roleIds: [id] } });
  expect(given.status).toBe(200);
}

function expectRefusal(answer: Answer, pointer: string, ...beyond: readonly string[]): void {
  const errors = beyond.map((detail) => ({ pointer, detail }));
  expect(answer).toMatchObject({ status: 403, body: { code: "grant.exceeds_own", errors } });
}

describe("an administrator who holds little", () => {
  it("assigns a role of what they hold, and none of more", async () => {
    expect((await assign(adam, vic, { roleIds: [fine] })).status).toBe(200);
    expectRefusal(await assign(adam, vic, { roleIds: [fine, wide] }), "/roleIds", BEYOND);
    expectRefusal(await assign(adam, adam, { roleIds: ["rol_owner"] }), "/roleIds", "*");
  });

  it("makes a role of what they hold, and none of more", async () => {
    expect((await makeRole(adam, "Narrow", HELD)).status).toBe(201);
    expectRefusal(await makeRole(adam, "Wider", [...HELD, BEYOND]), "/scopes", BEYOND);
    expectRefusal(await makeRole(adam, "Widest", ["workflow:*"]), "/scopes", "workflow:*");
  });

  it("edits a role to what they hold, and to nothing more; a name is no gift", async () => {
    expectRefusal(await edit(adam, fine, { scopes: ["workflow:read", BEYOND] }), "/scopes", BEYOND);
    expect((await edit(adam, wide, { name: "Renamed" })).status).toBe(200);
    expectRefusal(await edit(adam, wide, { scopes: [BEYOND] }), "/scopes", BEYOND);
    expect((await edit(adam, wide, { scopes: ["workflow:read"] })).status).toBe(200);
  });

  it("takes everything away, but does not let a role live longer that they could not give", async () => {
    const soon = new Date(Date.now() + 60_000).toISOString();
    const later = new Date(Date.now() + 120_000).toISOString();
    await assign(ann, vic, { roleIds: [wide], expiresAt: soon });
    expectRefusal(await assign(adam, vic, { roleIds: [wide], expiresAt: later }), "/roleIds", BEYOND);
    expectRefusal(await assign(adam, vic, { roleIds: [wide] }), "/roleIds", BEYOND);
    expect((await assign(adam, vic, { roleIds: [wide], expiresAt: soon })).status).toBe(200);
    expect((await assign(adam, vic, { roleIds: [] })).status).toBe(200);
  });

  it("invites with no role at all; with one only what they hold there", async () => {
    const invite = (by: Caller, email: string, roleId: string) =>
      api.call(by, `POST ${organization}/users`, { body: { email, roleId, workspaceId } });
    await makeInviter(adam);
    expectRefusal(await invite(adam, "eve@acme.example", wide), "/roleId", BEYOND);
    expect((await invite(adam, "eve@acme.example", fine)).status).toBe(201);
  });
});
