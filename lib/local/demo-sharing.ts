/**
 * `npm run demo:sharing` shows on the running service how a workspace lets others of its organization use what it has, each time
 * in a new organization. Ends with exit code 1 at the first answer that is not as told.
 */
import { findComingFriday } from "./coming-friday.ts";
import type { Line } from "./demo-scene.ts";
import { perform } from "./demo-stage.ts";

const SECRET = "tk-4711";
const FEED = "resources/observable/feed";
const JIRA = "resources/step-integration/jira";

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
  { who: "Ann", does: "makes the provider's workspace", ...createWorkspace("Internal"), names: { internal: "id" } },
  { who: "Ann", does: "makes one for a customer", ...createWorkspace("North"), names: { north: "id" } },
  { who: "Ann", does: "makes one for another", ...createWorkspace("South"), names: { south: "id" } },
  { who: "Ann", does: "makes one for the third", ...createWorkspace("East"), names: { east: "id" } },
  {
    who: "Ann",
    does: "invites who works there",
    request: "POST {O}/users/bulk",
    body: {
      users: [
        invitation("ines", "rol_owner", "{internal}"),
        invitation("nora", "rol_owner", "{north}"),
        invitation("tia", "rol_operator", "{north}"),
        invitation("vic", "rol_viewer", "{north}"),
        invitation("sam", "rol_owner", "{south}"),
        invitation("ella", "rol_owner", "{east}"),
      ],
    },
    status: 200,
    shows: { "items.*.status": [201, 201, 201, 201, 201, 201] },
    names: { nora: "items.1.user.id", tia: "items.2.user.id", vic: "items.3.user.id", sam: "items.4.user.id" },
  },
  { who: "Ann", does: "lets Ines look after North", ...letOwn("{N}", "ines") },
  { who: "Ann", does: "lets Ines look after East", ...letOwn("{E}", "ines") },

  "The internal team has an integration, with a secret in it, and a workflow",
  {
    who: "Ines",
    does: "registers the integration",
    request: `PUT {I}/${JIRA}`,
    body: {
      name: "Ticketing",
      attributes: { url: "https://tickets.acme.example", token: { secret: true, value: SECRET } },
    },
    status: 201,
    shows: { "attributes.token": { secret: true } },
    hides: SECRET,
  },
  {
    who: "Ines",
    does: "reads of it in the log",
    request: "GET {I}/audit-log?target=jira",
    status: 200,
    shows: { "items.0.after.secretsChanged": ["/token"] },
    hides: SECRET,
  },
  {
    who: "Ines",
    does: "registers the workflow",
    request: "PUT {I}/resources/workflow/triage",
    body: { name: "Triage", labels: { team: "soc" }, attributes: { steps: ["enrich", "open a ticket"] } },
    status: 201,
    shows: { name: "Triage", version: 1 },
  },

  "It shares both with North; Ines may accept there herself, so they are live at once",
  { who: "Ines", does: "shares the integration", ...share("step-integration", "jira", ["read", "use"]) },
  { who: "Ines", does: "shares the workflow", ...share("workflow", "triage", ["read", "run"]) },
  {
    who: "Tia",
    does: "sees where it is from",
    request: "GET {N}/resources/workflow/triage",
    status: 200,
    shows: { "shared.from.name": "Internal", "shared.actions": ["read", "run"] },
  },
  { who: "Tia", does: "may run it, as Operator", ...evaluate("{N}", "{tia}", "run"), ...may("Operator") },
  {
    who: "Tia",
    does: "registers a run of it",
    request: "POST {N}/resources/workflow-run",
    body: { name: "Triage of alert 17", attributes: { workflow: "triage" } },
    status: 201,
    shows: { name: "Triage of alert 17" },
    names: { run: "id" },
  },
  {
    who: "Vic",
    does: "sees it in the activity log",
    request: "GET {N}/activity-log",
    status: 200,
    shows: { "items.0.resource.id": "{run}", "items.0.actor.id": "{tia}" },
  },
  { who: "Vic", does: "may not run it, as Viewer", ...evaluate("{N}", "{vic}", "run"), ...mayNot("workflow:run") },
  {
    who: "Tia",
    does: "cannot edit it",
    ...renameTriage(),
    shows: { code: "access.denied", requiredScope: "workflow:write" },
  },
  {
    who: "Nora",
    does: "cannot either, as Owner",
    ...renameTriage(),
    shows: { code: "access.denied", requiredScope: "workflow:write" },
  },
  {
    who: "Nora",
    does: "is told why",
    ...evaluate("{N}", "{nora}", "write"),
    status: 200,
    shows: { decision: false, "context.reason": "share.action" },
  },
  { who: "Tia", does: "sees the integration", ...seeJira() },
  { who: "Nora", does: "sees no more, as Owner", ...seeJira() },
  {
    who: "Nora",
    does: "may use it all the same",
    ...evaluate("{N}", "{nora}", "use", { type: "step-integration", id: "jira" }),
    ...may("Owner"),
  },

  "A threat feed goes to all three customers until Friday; in South, Ines has no say",
  {
    who: "Ines",
    does: "registers the feed",
    request: "PUT {F}",
    body: { name: "Threat feed" },
    status: 201,
    shows: { name: "Threat feed" },
  },
  {
    who: "Ines",
    does: "shares it until {friday}",
    request: "POST {I}/shares/bulk",
    body: {
      resourceType: "observable",
      resourceId: "feed",
      targetWorkspaceIds: ["{north}", "{south}", "{east}"],
      actions: ["read"],
      expiresAt: "{friday}",
    },
    status: 200,
    shows: { "items.*.share.state": ["accepted", "pending", "accepted"] },
    names: { shr1: "items.0.share.id", shr2: "items.1.share.id", shr3: "items.2.share.id" },
  },
  {
    who: "Nora",
    does: "reads it",
    request: `GET {N}/${FEED}`,
    status: 200,
    shows: { name: "Threat feed", "shared.expiresAt": "{friday}" },
  },
  { who: "Sam", does: "does not see it yet", ...findNothing("{S}") },
  {
    who: "Ines",
    does: "cannot accept it in South",
    request: "POST {S}/shares/{shr2}/accept",
    status: 403,
    shows: { code: "access.denied", requiredScope: "share:accept" },
  },
  {
    who: "Sam",
    does: "finds the offer",
    request: "GET {S}/shares?state=pending",
    status: 200,
    shows: { "items.*.id": ["{shr2}"], "items.0.sourceWorkspaceId": "{internal}" },
  },
  {
    who: "Sam",
    does: "accepts it",
    request: "POST {S}/shares/{shr2}/accept",
    status: 200,
    shows: { state: "accepted" },
  },
  {
    who: "Sam",
    does: "reads it",
    request: `GET {S}/${FEED}`,
    status: 200,
    shows: { name: "Threat feed", "shared.from.name": "Internal" },
  },
  {
    who: "Ella",
    does: "reads it in East",
    request: `GET {E}/${FEED}`,
    status: 200,
    shows: { name: "Threat feed", "shared.from.name": "Internal" },
  },

  "The internal team deletes the feed; whoever uses it is named first",
  {
    who: "Ines",
    does: "is told who depends on it",
    request: "DELETE {F}",
    status: 409,
    shows: { "usedBy.*.id": ["{north}", "{shr1}", "{south}", "{shr2}", "{east}", "{shr3}"] },
  },
  { who: "Ines", does: "deletes it all the same", request: "DELETE {F}?force=true", status: 204, shows: {} },
  { who: "Nora", does: "finds it no more", ...findNothing("{N}") },
  { who: "Sam", does: "finds it no more", ...findNothing("{S}") },
  { who: "Ella", does: "finds it no more", ...findNothing("{E}") },
  {
    who: "Sam",
    does: "may not, and is told why",
    ...evaluate("{S}", "{sam}", "read", { type: "observable", id: "feed" }),
    status: 200,
    shows: { decision: false, "context.reason": "share.revoked" },
  },

  "Both sides' audit logs tell it",
  {
    who: "Ines",
    does: "reads whom it was taken from",
    request: "GET {I}/audit-log?action=resource.deleted",
    status: 200,
    shows: { "items.0.before.sharedWith": ["{north}", "{south}", "{east}"] },
  },
  {
    who: "Sam",
    does: "reads why it is gone",
    request: "GET {S}/audit-log?action=share.revoked",
    status: 200,
    shows: { "items.*.after.because": ["resource.deleted"] },
  },
  {
    who: "Sam",
    does: "reads how it came and went",
    request: "GET {S}/audit-log?limit=2&target={shr2}",
    status: 200,
    shows: { "items.*.action": ["share.revoked", "share.accepted"] },
  },
  { who: "Tia", does: "may still run the workflow", ...evaluate("{N}", "{tia}", "run"), ...may("Operator") },
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

function invitation(name: string, roleId: string, workspaceId: string) {
  return { email: `${name}@demo.example`, roleId, workspaceId };
}

function letOwn(workspace: string, name: string) {
  const body = { email: `${name}@demo.example`, roleIds: ["rol_owner"] };
  return { request: `POST ${workspace}/users`, body, status: 201, shows: { "grants.0.roleName": "Owner" } };
}

function share(resourceType: string, resourceId: string, actions: readonly string[]) {
  const body = { resourceType, resourceId, targetWorkspaceId: "{north}", actions };
  return { request: "POST {I}/shares", body, status: 201, shows: { state: "accepted", actions } };
}

function evaluate(place: string, userId: string, action: string, resource = { type: "workflow", id: "triage" }) {
  const body = { subject: { type: "user", id: userId }, action: { name: action }, resource };
  return { request: `POST ${place}/access/v1/evaluation`, body };
}

function may(roleName: string) {
  return { status: 200, shows: { decision: true, "context.because.roleName": roleName } };
}

function mayNot(missing: string) {
  return { status: 200, shows: { decision: false, "context.missing": missing } };
}

function renameTriage() {
  const body = { name: "Ours" };
  return { request: "PATCH {N}/resources/workflow/triage", headers: { "If-Match": "*" }, body, status: 403 };
}

function seeJira() {
  const shows = { "attributes.token": { secret: true } };
  return { request: `GET {N}/${JIRA}`, status: 200, shows, hides: SECRET };
}

function findNothing(place: string) {
  return { request: `GET ${place}/${FEED}`, status: 404, shows: { code: "not_found" } };
}

await perform(story, {
  O: "/v1/orgs/{org}",
  I: "{O}/workspaces/{internal}",
  N: "{O}/workspaces/{north}",
  S: "{O}/workspaces/{south}",
  E: "{O}/workspaces/{east}",
  F: `{I}/${FEED}`,
  friday: findComingFriday(new Date()),
});
