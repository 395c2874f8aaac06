/** What a decision costs in serial round trips and strongly consistent read units: the same however large the tenant is. */
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { judgeRequest } from "../../functions/wiring/judge-request.ts";
import { RoleCache } from "../../lib/api/role-cache.ts";
import { routes } from "../../lib/api/routes.ts";
import type { OrgId, RoleId, WorkspaceId } from "../../lib/domain/ids.ts";
import type { StoreCall } from "../../lib/store/table.ts";
import { openTestStore } from "../engine.ts";
import { openKnownKeys } from "../identity/test-keys.ts";
import type { Caller, TestApi } from "./in-process.ts";
import { openTestApi } from "./in-process.ts";
import { acceptInvitation } from "./invitations.ts";
import { growRoles, growUsers, growWorkspaces } from "./large-tenant.ts";

/** Organization, workspace, user, and what the user holds in each of the two. */
const FACTS = 5;

describe.each([
  { count: 10, roles: 10 },
  { count: 10_000, roles: 1_000 },
])("a decision among $count workspaces, as many users, and $roles roles", ({ count, roles: roleCount }) => {
  const calls: StoreCall[] = [];
  let api: TestApi;
  let ann: Caller;
  let vic: Caller;
  let org: OrgId;
  let workspace: WorkspaceId;
  let custom: RoleId[];

  beforeAll(async () => {
    const { store, ...table } = await openTestStore({ observe: (call) => calls.push(call) });
    api = openTestApi(store);
    ann = await api.person("ann@acme.example");
    org = (await api.call(ann, "POST /v1/orgs", { body: { name: "Acme" } })).body.id;
    workspace = (await api.call(ann, `POST /v1/orgs/${org}/workspaces`, { body: { name: "North" } })).body.id;
    const invited = await api.call(ann, `POST /v1/orgs/${org}/users`, { body: { email: "vic@acme.example" } });
    vic = { userId: invited.body.id, email: "vic@acme.example" };
    await acceptInvitation(store, org, vic.userId);
    custom = await Promise.all(["Runner", "Reader", "Writer"].map(makeRole));
    const tenant = { store, ...table, org };
    await growWorkspaces(tenant, vic.userId, count);
    await growUsers(tenant, workspace, count);
    await growRoles(tenant, workspace, roleCount - custom.length);
  });

  const at = (path: string) => `/v1/orgs/${org}/workspaces/${workspace}${path}`;

  async function makeRole(name: string): Promise<RoleId> {
    const { body } = await api.call(ann, `POST ${at("/roles")}`, { body: { name, scopes: ["workflow:read"] } });
    return body.id;
  }

  async function assign(...roleIds: readonly string[]): Promise<void> {
    const answer = await api.call(ann, `PUT ${at(`/assignments/${vic.userId}`)}`, { body: { roleIds } });
    expect(answer.status).toBe(200);
  }

  /** One judgement by a function that has these roles at hand: what it was, the calls that it took, and their units. */
  async function judge(roles: RoleCache) {
    const resource = "/v1/orgs/{orgId}/workspaces/{workspaceId}/me";
    const event = {
      httpMethod: "GET",
      resource,
      methodArn: `arn:aws:execute-api:eu-west-1:000000000000:api/live/GET${at("/me")}`,
      pathParameters: { orgId: org, workspaceId: workspace },
      multiValueHeaders: { Authorization: ["Bearer x"] },
    };
    const verify = async () => ({ kind: "user" as const, userId: vic.userId });
    calls.length = 0;
    const { kind } = await judgeRequest(
      event,
      { routes, verify, store: api.host.store, roles, keys: openKnownKeys() },
      Date.now(),
    );
    expect(calls.map(({ operation }) => operation)).toEqual(calls.map(() => "BatchGet"));
    return { kind, trips: calls.length, units: calls.reduce((sum, { units }) => sum + units, 0) };
  }

  it("takes one round trip and five units, also in a function that just started", async () => {
    await assign("rol_viewer");
    const roles = new RoleCache();
    expect(await judge(roles)).toEqual({ kind: "allowed", trips: 1, units: FACTS });
    expect(await judge(roles)).toEqual({ kind: "allowed", trips: 1, units: FACTS });
  });

  it("takes a second round trip, and one unit for each custom role, until those are at hand", async () => {
    await assign("rol_viewer", ...custom);
    const roles = new RoleCache();
    expect(await judge(roles)).toEqual({ kind: "allowed", trips: 2, units: FACTS + custom.length });
    expect(await judge(roles)).toEqual({ kind: "allowed", trips: 1, units: FACTS });
  });

  it("takes the second again after any role of the place was edited, once", async () => {
    await assign(...custom);
    const roles = new RoleCache();
    await judge(roles);
    const edit = { body: { description: "edited" }, headers: { "if-match": "*" } };
    expect((await api.call(ann, `PATCH ${at(`/roles/${custom[0]}`)}`, edit)).status).toBe(200);
    expect(await judge(roles)).toEqual({ kind: "allowed", trips: 2, units: FACTS + custom.length });
    expect(await judge(roles)).toEqual({ kind: "allowed", trips: 1, units: FACTS });
  });

  it("takes no more for a role that is gone", async () => {
    const doomed = await makeRole(`Doomed ${randomUUID()}`);
    await assign(doomed, ...custom);
    const { store } = api.host;
    const { role } = await store.read({ role: store.roles.at({ orgId: org, workspaceId: workspace }, doomed) });
    if (role === undefined) throw new Error("the role was not made");
    await store.commit(store.roles.remove({ orgId: org, workspaceId: workspace }, role), randomUUID(), never);
    const roles = new RoleCache();
    expect(await judge(roles)).toEqual({ kind: "allowed", trips: 2, units: FACTS + custom.length + 1 });
    expect(await judge(roles)).toEqual({ kind: "allowed", trips: 1, units: FACTS });
  });

  it("takes as much to deny", async () => {
    await assign();
    expect(await judge(new RoleCache())).toEqual({ kind: "denied", trips: 1, units: FACTS });
  });
});

const never = async () => false;
