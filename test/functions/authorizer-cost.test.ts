import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { judgeRequest } from "../../functions/wiring/judge-request.ts";
import type { Judging } from "../../functions/wiring/judgement.ts";
import { RoleCache } from "../../lib/api/role-cache.ts";
import { routes } from "../../lib/api/routes.ts";
import type { OrgId } from "../../lib/domain/ids.ts";
import type { StoreCall } from "../../lib/store/table.ts";
import type { Caller, TestApi } from "../api/in-process.ts";
import { openTestApi } from "../api/in-process.ts";
import { acceptInvitation } from "../api/invitations.ts";
import { openTestStore } from "../engine.ts";
import { openKnownKeys } from "../identity/test-keys.ts";
import { eventOf } from "./authorizer-world.ts";

const ROLES = "GET /v1/orgs/{orgId}/workspaces/{workspaceId}/roles";

const calls: StoreCall[] = [];
let api: TestApi;
let judging: Judging;
let ann: Caller;
let bob: Caller;
let roleIds: string[];
let params: { orgId: OrgId; workspaceId: string };

beforeAll(async () => {
  const { store } = await openTestStore({ observe: (call) => calls.push(call) });
  api = openTestApi(store);
  ann = await api.person("ann@acme.example");
  bob = await api.person("bob@acme.example");
  const orgId = (await api.call(ann, "POST /v1/orgs", { body: { name: "Acme" } })).body.id;
  const workspaces = `/v1/orgs/${orgId}/workspaces`;
  const workspaceId = (await api.call(ann, `POST ${workspaces}`, { body: { name: "Production" } })).body.id;
  params = { orgId, workspaceId };
  roleIds = [];
  for (const scope of ["role:read", "workflow:run", "workflow:read"]) {
    const body = { name: `May ${scope}`, scopes: [scope] };
    roleIds.push((await api.call(ann, `POST ${workspaces}/${workspaceId}/roles`, { body })).body.id);
  }
  await api.call(ann, `POST /v1/orgs/${orgId}/users`, { body: { email: bob.email } });
  await acceptInvitation(store, orgId, bob.userId);
  const assigned = await api.call(ann, `PUT ${workspaces}/${workspaceId}/assignments/${bob.userId}`, {
    body: { roleIds },
  });
  expect(assigned.body.grants).toHaveLength(3);
  const judged = routes.filter(({ access }) => access.kind !== "public");
  const verify = async (userId: string) => ({ kind: "user" as const, userId: userId as Caller["userId"] });
  judging = { routes: judged, verify, store, roles: new RoleCache(), keys: openKnownKeys() };
});

beforeEach(() => {
  calls.length = 0;
});

function ask({ userId }: Caller, call: string, other: Partial<typeof params> = {}) {
  const headers = { Authorization: [`Bearer ${userId}`] };
  return judgeRequest(eventOf(call, { params: { ...params, ...other }, headers }), judging, Date.now());
}

describe("a decision costs", () => {
  it("one round trip and at most 6 units when every role is predefined", async () => {
    expect(await ask(ann, ROLES)).toMatchObject({ kind: "allowed" });
    expect(calls).toEqual([{ operation: "BatchGet", units: expect.any(Number) }]);
    expect(calls[0]?.units).toBeGreaterThan(0);
    expect(calls[0]?.units).toBeLessThanOrEqual(6);
  });

  it("a second round trip, of one unit for each custom role, when the roles are not at hand; then one again", async () => {
    expect(await ask(bob, ROLES)).toMatchObject({ kind: "allowed" });
    expect(calls.map(({ operation }) => operation)).toEqual(["BatchGet", "BatchGet"]);
    expect(calls[1]?.units).toBe(roleIds.length);
    calls.length = 0;
    expect(await ask(bob, ROLES)).toMatchObject({ kind: "allowed" });
    expect(calls).toHaveLength(1);
    expect(calls[0]?.units).toBeLessThanOrEqual(6);
  });

  it("the same when it denies", async () => {
    expect(await ask(bob, "POST /v1/orgs/{orgId}/workspaces/{workspaceId}/roles")).toMatchObject({ kind: "denied" });
    expect(calls).toHaveLength(1);
  });

  it("a fresh read of the roles after one of them was edited, which then holds for the very next request", async () => {
    await ask(bob, ROLES);
    const role = `/v1/orgs/${params.orgId}/workspaces/${params.workspaceId}/roles/${roleIds[0]}`;
    const edited = await api.call(ann, `PATCH ${role}`, { body: { scopes: [] }, headers: { "if-match": "*" } });
    expect(edited.status).toBe(200);
    calls.length = 0;
    expect(await ask(bob, ROLES)).toMatchObject({ kind: "denied" });
    expect(calls).toHaveLength(2);
  });

  it("nothing at the table for an organization's id that is none, and three units for such a workspace's", async () => {
    expect(await ask(ann, ROLES, { orgId: `${params.orgId}#USER` as OrgId })).toMatchObject({ kind: "denied" });
    expect(calls).toEqual([]);
    expect(await ask(ann, ROLES, { workspaceId: `${params.workspaceId}#` })).toMatchObject({ kind: "allowed" });
    expect(calls).toEqual([{ operation: "BatchGet", units: 3 }]);
  });

  it("nothing at the table where no place is asked about", async () => {
    expect(await ask(bob, "GET /v1/me")).toMatchObject({ kind: "allowed" });
    expect(calls).toEqual([]);
  });
});
