/** A role goes only when nobody holds it any more. */
import { beforeAll, expect, it } from "vitest";
import { openTestStore } from "../engine.ts";
import type { Answer, Caller, TestApi } from "./in-process.ts";
import { openTestApi } from "./in-process.ts";

const HOUR = 3_600_000;
let now = Date.now();
let api: TestApi;
let ann: Caller;
let workspace: string;

beforeAll(async () => {
  const { store } = await openTestStore();
  api = openTestApi(store, () => now);
  ann = await api.person("ann@acme.example");
  const org = (await api.call(ann, "POST /v1/orgs", { body: { name: "Acme" } })).body.id;
  const { body } = await api.call(ann, `POST /v1/orgs/${org}/workspaces`, { body: { name: "North" } });
  workspace = `/v1/orgs/${org}/workspaces/${body.id}`;
});

async function makeRole(name: string): Promise<string> {
  return (await api.call(ann, `POST ${workspace}/roles`, { body: { name, scopes: ["workflow:run"] } })).body.id;
}

/** An invitation assigns at once. */
async function inviteWith(email: string, roleId: string): Promise<Answer> {
  const [users, workspaceId] = [workspace.replace(/workspaces.*/, "users"), workspace.split("/").at(-1)];
  return api.call(ann, `POST ${users}`, { body: { email, roleId, workspaceId } });
}

it("a role that somebody holds is not deleted, and the answer says who", async () => {
  const roleId = await makeRole("Runner");
  const vic = (await inviteWith("vic@acme.example", roleId)).body.id;
  const refused = await api.call(ann, `DELETE ${workspace}/roles/${roleId}`);
  expect(refused).toMatchObject({ status: 409, body: { code: "role.in_use", usedBy: [{ kind: "user", id: vic }] } });
  expect((await api.call(ann, `DELETE ${workspace}/assignments/${vic}`)).status).toBe(204);
  expect((await api.call(ann, `DELETE ${workspace}/roles/${roleId}`)).status).toBe(204);
});

it("a role whose last grant has expired is deleted", async () => {
  const roleId = await makeRole("Walker");
  const wim = (await inviteWith("wim@acme.example", roleId)).body.id;
  const timed = { roleIds: [roleId], expiresAt: new Date(now + HOUR).toISOString() };
  expect((await api.call(ann, `PUT ${workspace}/assignments/${wim}`, { body: timed })).status).toBe(200);
  now += HOUR - 1;
  expect((await api.call(ann, `DELETE ${workspace}/roles/${roleId}`)).status).toBe(409);
  now += 1;
  expect((await api.call(ann, `DELETE ${workspace}/roles/${roleId}`)).status).toBe(204);
});
