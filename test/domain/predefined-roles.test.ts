/**
 * What each of the twelve predefined roles holds, written from what Torq publishes of its roles: what a role is said to do it
 * can do here, and what it is said not to do, or is not said to do, it cannot.
 */
import { describe, expect, it } from "vitest";
import { builtInCatalogue } from "../../lib/domain/catalogue.ts";
import type { RoleId } from "../../lib/domain/ids.ts";
import { findPredefinedRole, predefinedRoles } from "../../lib/domain/predefined-roles.ts";
import { modelExpand } from "../model/model.ts";

/** "view and list workflows, activity log, integrations, step executions, workspace variables, submit interactions, see the pages" */
const viewer = [
  "workspace:read",
  "workflow:read",
  "workflow-run:read",
  "activity-log:read",
  "step-integration:read",
  "trigger-integration:read",
  "step:read",
  "workspace-variable:read",
  "interaction:submit",
  "page:read",
];

/** "Viewer + run workflows and steps, create interactions, own API keys" */
const operator = [
  ...viewer,
  "workflow:run",
  "workflow-run:write",
  "step:run",
  "interaction:read",
  "interaction:write",
  "api-key:read",
  "api-key:write",
];

/** "Operator + create and edit workflows and integrations; cannot publish, must submit for review" */
const creator = [
  ...operator,
  "workflow:write",
  "step-integration:write",
  "step-integration:use",
  "trigger-integration:write",
  "trigger-integration:use",
  "custom-step:read",
  "custom-step:use",
];

/** "Creator + review and publish; sees the member list" */
const contributor = [...creator, "workflow:review", "workflow:publish", "user:read", "user-permission:read"];

/** "read cases, observables, runbooks, activity, integrations, steps, workflows, members; submit interactions" */
const casesViewer = [
  "workspace:read",
  "case:read",
  "observable:read",
  "runbook:read",
  "activity-log:read",
  "step-integration:read",
  "trigger-integration:read",
  "step:read",
  "workflow:read",
  "workflow-run:read",
  "user:read",
  "user-permission:read",
  "interaction:submit",
];

/** "that + write cases and observables, run workflows; no API keys" */
const casesAnalyst = [...casesViewer, "case:write", "observable:write", "workflow:run", "workflow-run:write"];

/** "Analyst + create and edit dashboards" */
const casesContributor = [...casesAnalyst, "dashboard:read", "dashboard:write"];

/** "view-only over automation and cases" */
const workspaceViewer = [
  "workspace:read",
  "workflow:read",
  "workflow-run:read",
  "activity-log:read",
  "step-integration:read",
  "trigger-integration:read",
  "step:read",
  "custom-step:read",
  "step-runner:read",
  "workspace-variable:read",
  "interaction:read",
  "page:read",
  "case:read",
  "observable:read",
  "runbook:read",
  "dashboard:read",
];

/** "sees … workspaces, their owners, org-managed roles …: the same [as the Manager], read-only" */
const organizationViewer = [
  "organization:read",
  "workspace:list",
  "org-role:read",
  "user:read",
  "org-permission:read",
  "identity-provider:read",
  "org-claim-mapping:read",
  "resource-type:read",
  "org-audit-log:read",
];

const table = [
  { name: "Viewer", id: "rol_viewer", level: "workspace", needsCases: false, holds: viewer },
  { name: "Operator", id: "rol_operator", level: "workspace", needsCases: false, holds: operator },
  { name: "Creator", id: "rol_creator", level: "workspace", needsCases: false, holds: creator },
  { name: "Contributor", id: "rol_contributor", level: "workspace", needsCases: false, holds: contributor },
  { name: "Owner", id: "rol_owner", level: "workspace", needsCases: false, holds: ["*"] },
  {
    name: "Interact Only",
    id: "rol_interact-only",
    level: "workspace",
    needsCases: false,
    holds: ["interaction:submit"],
  },
  { name: "Cases Viewer", id: "rol_cases-viewer", level: "workspace", needsCases: true, holds: casesViewer },
  {
    name: "Workspace Viewer",
    id: "rol_workspace-viewer",
    level: "workspace",
    needsCases: true,
    holds: workspaceViewer,
  },
  { name: "Cases Analyst", id: "rol_cases-analyst", level: "workspace", needsCases: true, holds: casesAnalyst },
  {
    name: "Cases Contributor",
    id: "rol_cases-contributor",
    level: "workspace",
    needsCases: true,
    holds: casesContributor,
  },
  {
    name: "Organization Manager",
    id: "rol_organization-manager",
    level: "organization",
    needsCases: false,
    holds: ["*"],
  },
  {
    name: "Organization Viewer",
    id: "rol_organization-viewer",
    level: "organization",
    needsCases: false,
    holds: organizationViewer,
  },
] as const;

const holdingsOf = (name: string) => predefinedRoles.find((role) => role.name === name)?.scopes ?? [];
const can = (name: string, scope: string) =>
  modelExpand(
    builtInCatalogue.names("workspace").has(scope) ? "workspace" : "organization",
    holdingsOf(name),
    builtInCatalogue.scopes,
  ).has(scope);

describe("the predefined roles", () => {
  it("are these twelve and no other, each with its fixed id", () => {
    expect(predefinedRoles.map(({ name, id }) => ({ name, id }))).toEqual(table.map(({ name, id }) => ({ name, id })));
  });

  it.each(table)("$name holds what is published of it, and nothing else", ({ id, name, level, needsCases, holds }) => {
    const role = findPredefinedRole(id as RoleId);
    expect(role).toMatchObject({ name, level, managedBy: "system" });
    expect([...(role?.scopes ?? [])].sort()).toEqual([...holds].sort());
    expect(role?.needs).toBe(needsCases ? "case-management" : undefined);
    expect(role?.description).toMatch(/^[A-Z].+\.$/);
  });

  it.each(table)("$name names only scopes of its own level", ({ level, holds }) => {
    for (const scope of holds) if (scope !== "*") expect(builtInCatalogue.names(level).has(scope)).toBe(true);
  });
});

describe("what is said of them in so many words", () => {
  it.each([
    ["Creator", "cannot publish", "workflow:publish"],
    ["Creator", "cannot review", "workflow:review"],
    ["Viewer", "runs nothing", "workflow:run"],
    ["Viewer", "has no API keys", "api-key:read"],
    ["Viewer", "creates no interactions", "interaction:write"],
    ["Operator", "edits no workflows", "workflow:write"],
    ["Contributor", "does not see the audit log", "audit-log:read"],
    ["Contributor", "changes no members", "user-permission:write"],
    ["Contributor", "shares nothing", "share:create"],
    ["Contributor", "makes no service keys", "service-key:write"],
    ["Contributor", "does not touch claim rules", "claim-mapping:read"],
    ["Contributor", "does not rename the workspace", "workspace:update"],
    ["Cases Viewer", "writes no cases", "case:write"],
    ["Cases Viewer", "runs no workflows", "workflow:run"],
    ["Cases Analyst", "has no API keys", "api-key:write"],
    ["Cases Analyst", "edits no dashboards", "dashboard:write"],
    ["Cases Contributor", "has no API keys", "api-key:write"],
    ["Workspace Viewer", "submits nothing", "interaction:submit"],
    ["Interact Only", "does not even see the workspace", "workspace:read"],
    ["Organization Viewer", "makes no workspaces", "workspace:create"],
    ["Organization Viewer", "gives no workspace roles", "workspace-role:grant"],
  ])("%s %s", (name, _what, scope) => {
    expect(holdingsOf(name)).not.toEqual([]);
    expect(can(name, scope)).toBe(false);
  });

  it.each([
    ["Contributor", "workflow:publish"],
    ["Contributor", "user:read"],
    ["Operator", "api-key:write"],
    ["Owner", "service-key:write"],
    ["Owner", "claim-mapping:write"],
    ["Owner", "share:create"],
    ["Owner", "audit-log:read"],
    ["Owner", "access:evaluate"],
    ["Cases Contributor", "dashboard:write"],
    ["Organization Manager", "workspace:suspend"],
    ["Organization Manager", "workspace-role:grant"],
  ])("%s may %s", (name, scope) => {
    expect(can(name, scope)).toBe(true);
  });

  it("every workspace role but Interact Only sees the workspace", () => {
    const blind = predefinedRoles.filter((role) => role.level === "workspace" && !can(role.name, "workspace:read"));
    expect(blind.map((role) => role.name)).toEqual(["Interact Only"]);
  });

  it("nobody but the Owner manages roles, people, rules, service keys, shares or the audit log", () => {
    const owners = [
      "role:write",
      "user:write",
      "user-permission:write",
      "claim-mapping:write",
      "service-key:write",
      "share:accept",
      "audit-log:read",
    ];
    for (const scope of owners) {
      const able = predefinedRoles.filter((role) => role.level === "workspace" && can(role.name, scope));
      expect(able.map((role) => role.name)).toEqual(["Owner"]);
    }
  });

  it("read-only roles only read and submit", () => {
    for (const name of ["Viewer", "Cases Viewer", "Workspace Viewer", "Organization Viewer"]) {
      for (const scope of holdingsOf(name)) expect(scope).toMatch(/:(read|list)$|^interaction:submit$/);
    }
  });
});
