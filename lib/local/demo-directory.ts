/**
 * `npm run demo:directory` shows on the running service what an organization does with its roles, people and workspaces, each
 * time in a new organization. Ends with exit code 1 at the first answer that is not as told.
 */
import type { Line } from "./demo-scene.ts";
import { perform } from "./demo-stage.ts";

/** So long after it is given at the earliest, an access ends: long enough to be used before that. */
const ACCESS_LASTS = 1_000;

const mayNot = { status: 200, shows: { decision: false, "context.missing": "workflow:run" } };

const manyPeople = Array.from({ length: 19 }, (_, index) => ({
  email: `analyst-${index + 1}@demo.example`,
  roleId: "rol_viewer",
  workspaceId: "{north}",
}));

const story: readonly (Line | string)[] = [
  {
    who: "Ann",
    does: "makes an organization",
    request: "POST /v1/orgs",
    body: { name: "Acme" },
    status: 201,
    shows: { name: "Acme" },
    names: { org: "id" },
  },
  { who: "Ann", does: "makes a workspace in it", ...createWorkspace("North"), names: { north: "id" } },
  { who: "Ann", does: "makes another", ...createWorkspace("South"), names: { south: "id" } },

  "A role of the organization is edited once, and felt in two workspaces",
  {
    who: "Ann",
    does: "makes a role for all workspaces",
    request: "POST {O}/roles",
    body: { name: "Tier 1 Analyst", level: "workspace", scopes: ["workflow:read", "workflow:run"] },
    status: 201,
    shows: { managedBy: "organization" },
    names: { role: "id" },
  },
  { who: "Ann", does: "invites Tia with it in North", ...invite("tia", "{role}", "{north}"), names: { tia: "id" } },
  { who: "Ann", does: "invites Ben with it in South", ...invite("ben", "{role}", "{south}"), names: { ben: "id" } },
  { who: "Tia", does: "may run a workflow", ...runWorkflow("{N}", "{tia}"), ...may("Tier 1 Analyst") },
  { who: "Ben", does: "may run a workflow", ...runWorkflow("{S}", "{ben}"), ...may("Tier 1 Analyst") },
  {
    who: "Ann",
    does: "asks who would lose what",
    request: "POST {R}/preview",
    body: { scopes: ["workflow:read"] },
    status: 200,
    shows: { "loses.*.userId": ["{tia}", "{ben}"], "loses.0.scopes": ["workflow:run"] },
  },
  {
    who: "Ann",
    does: "edits the role",
    request: "PATCH {R}",
    headers: { "If-Match": "*" },
    body: { scopes: ["workflow:read"] },
    status: 200,
    shows: { scopes: ["workflow:read"] },
  },
  { who: "Tia", does: "may not, on the next request", ...runWorkflow("{N}", "{tia}"), ...mayNot },
  { who: "Ben", does: "may not, on the next request", ...runWorkflow("{S}", "{ben}"), ...mayNot },

  "A role is deleted, and who held it holds another",
  {
    who: "Ann",
    does: "cannot delete a role in use",
    request: "DELETE {R}",
    status: 409,
    shows: { code: "role.in_use", "usedBy.*.id": ["{tia}", "{ben}"] },
  },
  {
    who: "Ann",
    does: "names another in its place",
    request: "DELETE {R}?reassignTo=rol_operator",
    status: 204,
    shows: {},
  },
  { who: "Tia", does: "may run again, by the other", ...runWorkflow("{N}", "{tia}"), ...may("Operator") },
  { who: "Ben", does: "may run again, by the other", ...runWorkflow("{S}", "{ben}"), ...may("Operator") },

  "Twenty people are invited at once, one of them with a faulty address",
  {
    who: "Ann",
    does: "invites twenty people",
    request: "POST {O}/users/bulk",
    body: { users: [...manyPeople, { email: "analyst-20" }] },
    status: 200,
    shows: { "items.19.problem.errors.0.detail": "Invalid email address" },
  },
  {
    who: "Ann",
    does: "has 22 users now",
    request: "GET {O}/users?limit=100",
    status: 200,
    shows: { "items.length": 22 },
  },

  "An Owner of a workspace looks after its people without any role in the organization",
  { who: "Ann", does: "invites Nora as Owner of North", ...invite("nora", "rol_owner", "{north}") },
  {
    who: "Nora",
    does: "may not list its users",
    request: "GET {O}/users",
    status: 403,
    shows: { code: "access.denied", requiredScope: "user:read" },
  },
  {
    who: "Nora",
    does: "invites Carl, a contractor",
    request: "POST {N}/users",
    body: { email: "carl@demo.example", roleIds: ["rol_viewer"] },
    status: 201,
    shows: { status: "invited", "grants.0.roleName": "Viewer" },
    names: { carl: "id" },
  },
  { who: "Carl", does: "may not run a workflow", ...runWorkflow("{N}", "{carl}"), ...mayNot },

  "Access ends at a given second",
  {
    who: "Nora",
    does: "lets Carl operate until {end}",
    sets: { end: ACCESS_LASTS },
    request: "PUT {N}/assignments/{carl}",
    body: { roleIds: ["rol_operator"], expiresAt: "{end}" },
    status: 200,
    shows: { "grants.0.roleName": "Operator", "grants.0.expiresAt": "{end}" },
  },
  { who: "Carl", does: "may, before that second", ...runWorkflow("{N}", "{carl}"), ...may("Operator") },
  {
    who: "Carl",
    does: "is shut out, from it on",
    awaits: "{end}",
    ...runWorkflow("{N}", "{carl}"),
    status: 403,
    shows: { code: "access.denied" },
  },

  "A workspace is suspended, resumed, deleted",
  { who: "Ann", does: "suspends South", ...setStatus("suspend", "suspended") },
  { who: "Ben", does: "is shut out", request: "GET {S}/me", status: 403, shows: { code: "access.denied" } },
  { who: "Ann", does: "resumes it", ...setStatus("resume", "active") },
  {
    who: "Ben",
    does: "has again what he had",
    request: "GET {S}/me",
    status: 200,
    shows: { "roles.*.name": ["Operator"] },
  },
  {
    who: "Ann",
    does: "cannot delete it while active",
    request: "DELETE {S}",
    status: 409,
    shows: { code: "workspace.active" },
  },
  { who: "Ann", does: "suspends it", ...setStatus("suspend", "suspended") },
  { who: "Ann", does: "deletes it", request: "DELETE {S}", status: 204, shows: {} },
  { who: "Ann", does: "finds it no more", request: "GET {S}", status: 404, shows: { code: "not_found" } },
  {
    who: "Ann",
    does: "still reads its audit log",
    request: "GET {O}/audit-log?workspaceId={south}",
    status: 200,
    shows: { "items.length": 5, "items.0.action": "workspace.deleted" },
  },
  {
    who: "Ann",
    does: "has every audit log verified",
    request: "POST {O}/audit-log/verify",
    status: 200,
    shows: { intact: true },
  },
];

function createWorkspace(name: string) {
  return { request: "POST {O}/workspaces", body: { name }, status: 201, shows: { name } };
}

function invite(name: string, roleId: string, workspaceId: string) {
  const body = { email: `${name}@demo.example`, roleId, workspaceId };
  return { request: "POST {O}/users", body, status: 201, shows: { status: "invited" } };
}

function runWorkflow(workspace: string, userId: string) {
  const body = {
    subject: { type: "user", id: userId },
    action: { name: "run" },
    resource: { type: "workflow", id: "triage" },
  };
  return { request: `POST ${workspace}/access/v1/evaluation`, body };
}

function may(roleName: string) {
  return { status: 200, shows: { decision: true, "context.because.roleName": roleName } };
}

function setStatus(verb: "suspend" | "resume", status: "suspended" | "active") {
  return { request: `POST {S}/${verb}`, status: 200, shows: { status } };
}

await perform(story, {
  O: "/v1/orgs/{org}",
  N: "{O}/workspaces/{north}",
  S: "{O}/workspaces/{south}",
  R: "{O}/roles/{role}",
});
