import { beforeAll, describe, expect, it } from "vitest";
import type { OrgId } from "../../lib/domain/ids.ts";
import { openTestStore } from "../engine.ts";
import type { Caller, TestApi } from "./in-process.ts";
import { openTestApi } from "./in-process.ts";
import { acceptInvitation } from "./invitations.ts";

describe("the main story", () => {
  let api: TestApi;
  let ann: Caller;
  let vic: Caller;
  let org: OrgId;
  let workspace: string;

  beforeAll(async () => {
    const { store } = await openTestStore();
    api = openTestApi(store);
    ann = await api.person("ann@acme.example");
    org = (await api.call(ann, "POST /v1/orgs", { body: { name: "Acme" } })).body.id;
    workspace = (await api.call(ann, `POST /v1/orgs/${org}/workspaces`, { body: { name: "North" } })).body.id;
    const invited = await api.call(ann, `POST /v1/orgs/${org}/users`, { body: { email: "vic@acme.example" } });
    expect(invited.status).toBe(201);
    vic = { userId: invited.body.id, email: "vic@acme.example" };
    await acceptInvitation(api.host.store, org, vic.userId);
  });

  const assignments = (user: Caller) => `/v1/orgs/${org}/workspaces/${workspace}/assignments/${user.userId}`;
  const mayRun = async (user: Caller) => {
    const subject = { type: "user", id: user.userId };
    const body = { subject, action: { name: "run" }, resource: { type: "workflow", id: "triage" } };
    return api.call(user, `POST /v1/orgs/${org}/workspaces/${workspace}/access/v1/evaluation`, { body });
  };

  it("lets an analyst run a workflow from the next request after the role, and no longer from the next after its loss", async () => {
    expect((await mayRun(vic)).status).toBe(403);
    const put = (roleIds: string[]) => api.call(ann, `PUT ${assignments(vic)}`, { body: { roleIds } });
    expect((await put(["rol_viewer"])).status).toBe(200);
    expect((await mayRun(vic)).body).toMatchObject({ decision: false, context: { missing: "workflow:run" } });
    const given = await put(["rol_operator"]);
    expect(given.body).toMatchObject({ userId: vic.userId, email: vic.email });
    expect(given.body.grants).toEqual([{ roleId: "rol_operator", roleName: "Operator", source: "direct" }]);
    expect((await mayRun(vic)).body).toMatchObject({ decision: true, context: { because: { roleName: "Operator" } } });
    expect((await put(["rol_viewer"])).status).toBe(200);
    expect((await mayRun(vic)).body.decision).toBe(false);
  });

  it("refuses the last owner to leave", async () => {
    const answer = await api.call(ann, `DELETE ${assignments(ann)}`);
    expect(answer).toMatchObject({ status: 409, body: { code: "owner.last" } });
    expect((await api.call(ann, `PUT ${assignments(ann)}`, { body: { roleIds: ["rol_viewer"] } })).body.code).toBe(
      "owner.last",
    );
    const self = await api.call(ann, `PATCH /v1/orgs/${org}/users/${ann.userId}`, { body: { status: "suspended" } });
    expect(self.body.code).toBe("owner.last");
  });

  it("keeps a chain of entries that verifies", async () => {
    const verified = await api.call(ann, `POST /v1/orgs/${org}/audit-log/verify`, { body: {} });
    expect(verified.body).toMatchObject({ intact: true, checkpoints: 0 });
    const log = await api.call(ann, `GET /v1/orgs/${org}/workspaces/${workspace}/audit-log`);
    expect(log.body.items.map((entry: { action: string }) => entry.action)).toEqual([
      "assignment.replaced",
      "assignment.replaced",
      "assignment.replaced",
      "workspace.created",
    ]);
    expect(api.faults).toEqual([]);
  });
});
