/**
 * `npm run demo` tells the main story on the running service, each time in a new organization. Ends with exit code 1 at the
 * first answer that is not as told.
 */
import type { Line } from "./demo-scene.ts";
import { perform } from "./demo-stage.ts";

const runWorkflow = {
  request: "POST {W}/access/v1/evaluation",
  body: {
    subject: { type: "user", id: "{vic}" },
    action: { name: "run" },
    resource: { type: "workflow", id: "triage" },
  },
  status: 200,
} as const;
const mayNot = { ...runWorkflow, shows: { decision: false, "context.missing": "workflow:run" } };
const may = { ...runWorkflow, shows: { decision: true, "context.because.roleName": "Operator" } };

const story: readonly Line[] = [
  {
    who: "Ann",
    does: "makes an organization",
    request: "POST /v1/orgs",
    body: { name: "Acme" },
    status: 201,
    shows: { name: "Acme" },
    names: { org: "id" },
  },
  {
    who: "Ann",
    does: "makes a workspace in it",
    request: "POST {O}/workspaces",
    body: { name: "Production" },
    status: 201,
    shows: { name: "Production" },
    names: { wks: "id" },
  },
  {
    who: "Ann",
    does: "is its Owner",
    request: "GET {W}/me",
    status: 200,
    shows: { "roles.0.name": "Owner" },
    names: { ann: "userId" },
  },
  {
    who: "Ann",
    does: "invites Vic, an analyst, as Viewer",
    request: "POST {O}/users",
    body: { email: "vic@demo.example", roleId: "rol_viewer", workspaceId: "{wks}" },
    status: 201,
    shows: { status: "invited" },
    names: { vic: "id" },
  },
  { who: "Vic", does: "may not run a workflow", ...mayNot },
  { who: "Ann", does: "makes Vic an Operator", ...assign("rol_operator", "Operator") },
  { who: "Vic", does: "may, on the very next request", ...may },
  { who: "Ann", does: "makes Vic a Viewer again", ...assign("rol_viewer", "Viewer") },
  { who: "Vic", does: "may not, on the very next request", ...mayNot },
  {
    who: "Ann",
    does: "makes a role for limited admins",
    request: "POST {W}/roles",
    body: { name: "Access Admin", scopes: ["user-permission:*"] },
    status: 201,
    shows: { name: "Access Admin", scopes: ["user-permission:*"] },
    names: { rol: "id" },
  },
  {
    who: "Ann",
    does: "invites Adam with that role",
    request: "POST {O}/users",
    body: { email: "adam@demo.example", roleId: "{rol}", workspaceId: "{wks}" },
    status: 201,
    shows: { status: "invited" },
    names: { adam: "id" },
  },
  {
    who: "Adam",
    does: "cannot give more than he holds",
    request: "PUT {W}/assignments/{adam}",
    body: { roleIds: ["rol_owner"] },
    status: 403,
    shows: { code: "grant.exceeds_own", "errors.0.detail": "*" },
  },
  {
    who: "Ann",
    does: "is the last Owner and cannot leave",
    request: "DELETE {W}/assignments/{ann}",
    status: 409,
    shows: { code: "owner.last" },
  },
  {
    who: "Ann",
    does: "has the audit log verified",
    request: "POST {O}/audit-log/verify",
    status: 200,
    shows: { intact: true, entries: 10 },
  },
];

function assign(roleId: string, roleName: string) {
  const shows = { "grants.0.roleName": roleName };
  return { request: "PUT {W}/assignments/{vic}", body: { roleIds: [roleId] }, status: 200, shows };
}

await perform(story, { O: "/v1/orgs/{org}", W: "{O}/workspaces/{wks}" });
