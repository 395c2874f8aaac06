/**
 * `npm run demo:audit` shows on the running service what API keys can do and cannot, and that the audit log can be trusted, each time
 * in a new organization. Ends with exit code 1 at the first answer that is not as told.
 */
import type { Line } from "./demo-scene.ts";
import { perform } from "./demo-stage.ts";

/** How long the secret before is good beside the new one: long enough to be used meanwhile. */
const OVERLAP_SECONDS = 3;
const WEEK = 7 * 86_400_000;

const WHAT_IT_DEPLOYS = "resources/workflow/triage";
const SECRETS = ["old", "new"];

const isRefused = { status: 401, shows: { code: "unauthenticated" } };

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
  {
    who: "Ann",
    does: "makes a workspace in it",
    request: "POST {O}/workspaces",
    body: { name: "Production" },
    status: 201,
    shows: { name: "Production" },
    names: { wks: "id" },
  },

  "A deployment pipeline has a key of its own, which does its work and nothing else",
  {
    who: "Ann",
    does: "makes a service key",
    ...makeKey("Deployment", "service"),
    names: { key: "id" },
    keeps: { old: "secret" },
  },
  {
    ...pipeline("deploys a workflow", "old"),
    request: "POST {W}/resources/workflow",
    body: { id: "triage", name: "Triage" },
    status: 201,
    shows: { id: "triage" },
  },
  { ...pipeline("reads it", "old"), ...readWorkflow() },
  {
    ...pipeline("cannot publish it", "old"),
    request: "POST {W}/access/v1/evaluation",
    body: {
      subject: { type: "api-key", id: "{key}" },
      action: { name: "publish" },
      resource: { type: "workflow", id: "triage" },
    },
    status: 200,
    shows: { decision: false, "context.missing": "workflow:publish" },
  },
  { ...pipeline("sees no members", "old"), ...isDenied("GET {W}/assignments", "user-permission:read") },
  { ...pipeline("reads no audit log", "old"), ...isDenied("GET {W}/audit-log", "audit-log:read") },
  {
    ...pipeline("makes no other key", "old"),
    ...isDenied("POST {W}/api-keys", "api-key:write"),
    body: { name: "Mine", kind: "service", scopes: ["workflow:read"] },
  },

  "It is rotated while it works, and no secret of it is ever shown again",
  {
    who: "Ann",
    does: "gives it another secret",
    request: "POST {K}/rotate",
    body: { overlapSeconds: OVERLAP_SECONDS },
    status: 200,
    shows: { state: "active", previousSecretUntil: "{until}" },
    hides: "old",
    names: { until: "previousSecretUntil" },
    keeps: { new: "secret" },
  },
  { ...pipeline("goes on with the old one", "old"), ...readWorkflow() },
  { ...pipeline("comes with the new one", "new"), ...readWorkflow() },
  { who: "Ann", does: "looks at the key", ...looksFor("GET {K}", { state: "active" }) },
  { who: "Ann", does: "lists the keys here", ...looksFor("GET {W}/api-keys", { "items.*.id": ["{key}"] }) },
  { who: "Ann", does: "lists all keys", ...looksFor("GET {O}/api-keys", { "items.*.id": ["{key}"] }) },
  {
    who: "Ann",
    does: "looks for it in the audit log",
    ...looksFor("GET {W}/audit-log?target={key}", { "items.length": 2 }),
  },
  {
    who: "Ann",
    does: "looks for what it did",
    ...looksFor("GET {W}/audit-log?actor={key}", { "items.*.action": ["resource.created"] }),
  },
  {
    ...pipeline("is late with the old one", "old"),
    awaits: "{until}",
    request: `GET {W}/${WHAT_IT_DEPLOYS}`,
    ...isRefused,
  },
  { ...pipeline("goes on with the new one", "new"), ...readWorkflow() },
  { who: "Ann", does: "revokes the key", request: "DELETE {K}", status: 204, shows: {} },
  { ...pipeline("is shut out at once", "new"), request: `GET {W}/${WHAT_IT_DEPLOYS}`, ...isRefused },

  "A personal key can never do more than its person can at the moment",
  {
    who: "Ann",
    does: "invites Max as Creator",
    request: "POST {O}/users",
    body: { email: "max@demo.example", roleId: "rol_creator", workspaceId: "{wks}" },
    status: 201,
    shows: { status: "invited" },
    names: { max: "id" },
  },
  {
    who: "Max",
    does: "cannot have what he has not",
    request: "POST {W}/api-keys",
    body: { name: "Laptop", kind: "personal", scopes: ["workflow:publish"] },
    status: 403,
    shows: { code: "grant.exceeds_own", "errors.0.detail": "workflow:publish" },
  },
  {
    who: "Max",
    does: "makes a key for himself",
    ...makeKey("Laptop", "personal"),
    keeps: { own: "secret" },
  },
  { who: "Laptop", does: "edits the workflow", with: "own", ...edits("Triage, better"), status: 200, shows: {} },
  {
    who: "Ann",
    does: "makes Max an Operator",
    request: "PUT {W}/assignments/{max}",
    body: { roleIds: ["rol_operator"] },
    status: 200,
    shows: { "grants.0.roleName": "Operator" },
  },
  {
    who: "Laptop",
    does: "may not, on the next request",
    with: "own",
    ...edits("Triage, best"),
    status: 403,
    shows: { code: "access.denied", requiredScope: "workflow:write" },
  },
  { who: "Laptop", does: "still reads it", with: "own", ...readWorkflow("Triage, better") },

  "An auditor reads what one person did last week, takes it along, and needs nobody to believe it",
  {
    who: "Ann",
    does: "makes a role for auditors",
    request: "POST {W}/roles",
    body: { name: "Auditor", scopes: ["workspace:read", "audit-log:read"] },
    status: 201,
    shows: { name: "Auditor" },
    names: { role: "id" },
  },
  {
    who: "Ann",
    does: "invites Ada with it",
    request: "POST {O}/users",
    body: { email: "ada@demo.example", roleId: "{role}", workspaceId: "{wks}" },
    status: 201,
    shows: { status: "invited" },
  },
  {
    who: "Ada",
    does: "sees what Max did",
    sets: { week: -WEEK },
    request: "GET {L}&actor={max}&from={week}",
    status: 200,
    shows: { "items.*.action": ["api-key.created", "resource.updated"] },
  },
  {
    who: "Ada",
    does: "takes that along, as lines",
    request: "GET {L}&actor={max}&from={week}",
    saves: "max.jsonl",
    status: 200,
    shows: { "*.seq": [6, 7], "1.onBehalfOf.id": "{max}" },
    hides: "own",
  },
  {
    who: "Ada",
    does: "verifies them, offline",
    request: "VERIFY max.jsonl --filtered",
    status: 0,
    shows: { broken: [] },
  },
  {
    who: "Ada",
    does: "takes the whole log along",
    request: "GET {L}",
    saves: "log.jsonl",
    status: 200,
    shows: { "*.seq": [1, 2, 3, 4, 5, 6, 7, 8, 9] },
  },
  {
    who: "Ada",
    does: "verifies all of it, offline",
    request: "VERIFY log.jsonl",
    status: 0,
    shows: { broken: [], "says.0": "{wks}: entries 1 to 9" },
  },
  {
    who: "Mallory",
    does: "changes one byte of it",
    request: "EDIT log.jsonl 7s/better/bitter/",
    status: 0,
    shows: { bytes: 1 },
  },
  { who: "Ada", does: "is told which entry", ...isAltered("VERIFY log.jsonl") },
  {
    who: "Mallory",
    does: "does it to Max's file, too",
    request: "EDIT max.jsonl 2s/better/bitter/",
    status: 0,
    shows: { bytes: 1 },
  },
  { who: "Ada", does: "is told all the same", ...isAltered("VERIFY max.jsonl --filtered") },
];

function pipeline(does: string, secret: string) {
  return { who: "Pipeline", does, with: secret };
}

/** The same two scopes for both kinds. */
function makeKey(name: string, kind: "service" | "personal") {
  const scopes = ["workflow:read", "workflow:write"];
  return { request: "POST {W}/api-keys", body: { name, kind, scopes }, status: 201, shows: { kind, scopes } };
}

function readWorkflow(name = "Triage") {
  return { request: `GET {W}/${WHAT_IT_DEPLOYS}`, status: 200, shows: { name } };
}

function edits(name: string) {
  return { request: `PATCH {W}/${WHAT_IT_DEPLOYS}`, headers: { "If-Match": "*" }, body: { name } };
}

function isDenied(request: string, requiredScope: string) {
  return { request, status: 403, shows: { code: "access.denied", requiredScope } };
}

function looksFor(request: string, shows: Line["shows"]) {
  return { request, status: 200, shows, hides: SECRETS };
}

function isAltered(request: string) {
  return { request, status: 1, shows: { "broken.0.seq": 7, "broken.0.reason": "altered" } };
}

await perform(story, {
  O: "/v1/orgs/{org}",
  W: "{O}/workspaces/{wks}",
  K: "{W}/api-keys/{key}",
  L: "{W}/audit-log?order=asc",
});
