/**
 * The twelve predefined roles: immutable, the same in every workspace and organization, growing as scopes are added.
 * Their contents follow what Torq publishes of its own roles.
 *
 * A scope's line names the *lowest rung* that has it on each ladder, and every rung above has it too:
 * `viewer < operator < creator < contributor`, `cases-viewer < cases-analyst < cases-contributor`.
 * Owner and Organization Manager stand on no ladder: they hold `*`. An empty line means theirs alone.
 */
import type { RoleId } from "./ids.ts";
import type { OrganizationScope, WorkspaceScope } from "./resource-types.ts";
import type { Role } from "./roles.ts";
import type { Level, Pattern } from "./scopes.ts";

type WorkspaceRung =
  | "viewer"
  | "operator"
  | "creator"
  | "contributor"
  | "cases-viewer"
  | "cases-analyst"
  | "cases-contributor"
  | "workspace-viewer"
  | "interact-only";

const ladders: readonly (readonly WorkspaceRung[])[] = [
  ["viewer", "operator", "creator", "contributor"],
  ["cases-viewer", "cases-analyst", "cases-contributor"],
];

/** View-only over automation and cases. */
const everyViewer = ["viewer", "cases-viewer", "workspace-viewer"] as const;

export const workspaceLines: Readonly<Record<WorkspaceScope, readonly WorkspaceRung[]>> = {
  "workspace:read": everyViewer,
  "workspace:update": [],
  "role:read": [],
  "role:write": [],
  "user:read": ["contributor", "cases-viewer"],
  "user:write": [],
  "user-permission:read": ["contributor", "cases-viewer"],
  "user-permission:write": [],
  "claim-mapping:read": [],
  "claim-mapping:write": [],
  "share:read": [],
  "share:create": [],
  "share:accept": [],
  "share:revoke": [],
  "api-key:read": ["operator"],
  "api-key:write": ["operator"],
  "service-key:read": [],
  "service-key:write": [],
  "audit-log:read": [],
  "activity-log:read": everyViewer,
  "access:evaluate": [],
  "access:explain": [],
  "workflow:read": everyViewer,
  "workflow:write": ["creator"],
  "workflow:run": ["operator", "cases-analyst"],
  "workflow:publish": ["contributor"],
  "workflow:review": ["contributor"],
  "workflow-run:read": everyViewer,
  "workflow-run:write": ["operator", "cases-analyst"],
  "interaction:read": ["operator", "workspace-viewer"],
  "interaction:write": ["operator"],
  "interaction:submit": ["viewer", "cases-viewer", "interact-only"],
  "step-integration:read": everyViewer,
  "step-integration:write": ["creator"],
  "step-integration:use": ["creator"],
  "trigger-integration:read": everyViewer,
  "trigger-integration:write": ["creator"],
  "trigger-integration:use": ["creator"],
  "step:read": everyViewer,
  "step:run": ["operator"],
  "custom-step:read": ["creator", "workspace-viewer"],
  "custom-step:write": [],
  "custom-step:use": ["creator"],
  "global-variable:read": [],
  "global-variable:write": [],
  "workspace-variable:read": ["viewer", "workspace-viewer"],
  "workspace-variable:write": [],
  "step-runner:read": ["workspace-viewer"],
  "step-runner:write": [],
  "step-runner:use": [],
  "case:read": ["cases-viewer", "workspace-viewer"],
  "case:write": ["cases-analyst"],
  "observable:read": ["cases-viewer", "workspace-viewer"],
  "observable:write": ["cases-analyst"],
  "runbook:read": ["cases-viewer", "workspace-viewer"],
  "runbook:write": [],
  "dashboard:read": ["cases-contributor", "workspace-viewer"],
  "dashboard:write": ["cases-contributor"],
  "page:read": ["viewer", "workspace-viewer"],
  "page:write": [],
};

/** Whether the Organization Viewer has it; the Organization Manager has all. */
const organizationLines: Readonly<Record<OrganizationScope, boolean>> = {
  "organization:read": true,
  "organization:update": false,
  "workspace:list": true,
  "workspace:create": false,
  "workspace:suspend": false,
  "workspace:delete": false,
  "workspace-role:grant": false,
  "org-role:read": true,
  "org-role:write": false,
  "user:read": true,
  "user:write": false,
  "org-permission:read": true,
  "org-permission:write": false,
  "identity-provider:read": true,
  "identity-provider:write": false,
  "org-claim-mapping:read": true,
  "org-claim-mapping:write": false,
  "resource-type:read": true,
  "resource-type:write": false,
  "org-audit-log:read": true,
};

/** The scopes of a rung: those whose line names it, or a lower rung of its ladder. */
export function listScopesOf(
  rung: WorkspaceRung,
  lines: Readonly<Record<string, readonly WorkspaceRung[]>>,
): Pattern[] {
  const ladder = ladders.find((rungs) => rungs.includes(rung)) ?? [rung];
  const upToHere = new Set(ladder.slice(0, ladder.indexOf(rung) + 1));
  return Object.entries(lines)
    .filter(([, rungs]) => rungs.some((lowest) => upToHere.has(lowest)))
    .map(([scope]) => scope);
}

const scopesOf = (rung: WorkspaceRung) => listScopesOf(rung, workspaceLines);

/** A feature of a workspace without which some predefined roles give nothing there. */
export const features = ["case-management"] as const;
export type Feature = (typeof features)[number];

export interface PredefinedRole extends Role {
  readonly managedBy: "system";
  /** The feature that the workspace must have switched on. */
  readonly needs?: Feature;
}

function define(
  slug: string,
  name: string,
  level: Level,
  description: string,
  scopes: readonly Pattern[],
  needs?: Feature,
): PredefinedRole {
  const role = { id: `rol_${slug}` as RoleId, name, description, level, scopes, managedBy: "system" as const };
  return needs === undefined ? role : { ...role, needs };
}

const cases = "case-management";

/** Predefined roles in the order in which lists show them: workspace level, then organization level. */
export const predefinedRoles: readonly PredefinedRole[] = [
  define(
    "viewer",
    "Viewer",
    "workspace",
    "Sees workflows, integrations and activity; submits interactions.",
    scopesOf("viewer"),
  ),
  define(
    "operator",
    "Operator",
    "workspace",
    "A Viewer who also runs workflows and steps and owns API keys.",
    scopesOf("operator"),
  ),
  define(
    "creator",
    "Creator",
    "workspace",
    "An Operator who also edits workflows and integrations, and submits them for review.",
    scopesOf("creator"),
  ),
  define(
    "contributor",
    "Contributor",
    "workspace",
    "A Creator who also reviews and publishes, and sees the members.",
    scopesOf("contributor"),
  ),
  define("owner", "Owner", "workspace", "Everything in the workspace.", ["*"]),
  define(
    "interact-only",
    "Interact Only",
    "workspace",
    "Submits interactions; nothing else.",
    scopesOf("interact-only"),
  ),
  define(
    "cases-viewer",
    "Cases Viewer",
    "workspace",
    "Sees cases, observables and runbooks, and the automation around them.",
    scopesOf("cases-viewer"),
    cases,
  ),
  define(
    "workspace-viewer",
    "Workspace Viewer",
    "workspace",
    "View-only over automation and cases.",
    scopesOf("workspace-viewer"),
    cases,
  ),
  define(
    "cases-analyst",
    "Cases Analyst",
    "workspace",
    "A Cases Viewer who also works on cases and runs workflows.",
    scopesOf("cases-analyst"),
    cases,
  ),
  define(
    "cases-contributor",
    "Cases Contributor",
    "workspace",
    "A Cases Analyst who also edits dashboards.",
    scopesOf("cases-contributor"),
    cases,
  ),
  define(
    "organization-manager",
    "Organization Manager",
    "organization",
    "Manages workspaces, their owners and everything of the organization.",
    ["*"],
  ),
  define(
    "organization-viewer",
    "Organization Viewer",
    "organization",
    "Sees what an Organization Manager manages.",
    Object.entries(organizationLines)
      .filter(([, has]) => has)
      .map(([scope]) => scope),
  ),
];

export const OWNER = "rol_owner" as RoleId;
export const ORGANIZATION_MANAGER = "rol_organization-manager" as RoleId;

const byId: ReadonlyMap<RoleId, PredefinedRole> = new Map(predefinedRoles.map((role) => [role.id, role]));

export function findPredefinedRole(id: RoleId): PredefinedRole | undefined {
  return byId.get(id);
}
