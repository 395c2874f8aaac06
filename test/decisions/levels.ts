import type { Theme } from "./cases.ts";

/** Two levels that do not mix: organization roles give nothing in workspaces, workspace roles nothing in the organization. */
export const levels: Theme = {
  theme: "levels",
  scenes: [
    {
      world: {
        grants: [
          { who: "mara", is: "Organization Manager", in: "acme" },
          { who: "olga", is: "Owner", in: "acme/soc" },
          { who: "both", is: "Organization Viewer", in: "acme" },
          { who: "both", is: "Operator", in: "acme/soc" },
        ],
      },
      cases: [
        {
          it: "a Manager reads no workflow",
          who: "mara",
          in: "acme/soc",
          scope: "workflow:read",
          deny: "scope.missing",
        },
        {
          it: "a Manager does not hold `workspace:read` of a workspace",
          who: "mara",
          in: "acme/soc",
          scope: "workspace:read",
          deny: "scope.missing",
        },
        {
          it: "a Manager has no standing in a workspace",
          who: "mara",
          in: "acme/soc",
          calls: "GET W/me",
          answer: "access.denied",
        },
        {
          it: "a Manager does not read a workspace's audit log",
          who: "mara",
          in: "acme/soc",
          calls: "GET W/audit-log",
          answer: "access.denied",
        },
        {
          it: "an Owner reads nothing of the organization",
          who: "olga",
          in: "acme",
          scope: "organization:read",
          deny: "scope.missing",
        },
        {
          it: "an Owner lists no users of the organization",
          who: "olga",
          in: "acme",
          calls: "GET O/users",
          answer: "access.denied",
        },
        {
          it: "an Owner makes no workspace",
          who: "olga",
          in: "acme",
          calls: "POST O/workspaces",
          answer: "access.denied",
        },
        {
          it: "an Owner does not suspend their own workspace",
          who: "olga",
          in: "acme/soc",
          calls: "POST W/suspend",
          answer: "access.denied",
        },
        {
          it: "`user:read` of a workspace is not that of the organization",
          who: "olga",
          in: "acme",
          scope: "user:read",
          deny: "scope.missing",
        },
        {
          it: "a scope of the organization means nothing in a workspace",
          who: "olga",
          in: "acme/soc",
          scope: "workspace:list",
          deny: "scope.unknown",
        },
        {
          it: "a scope of a workspace means nothing in the organization",
          who: "mara",
          in: "acme",
          scope: "workflow:read",
          deny: "scope.unknown",
        },
        {
          it: "who holds both levels uses the workspace's in the workspace",
          who: "both",
          in: "acme/soc",
          scope: "workflow:run",
          allow: "Operator",
        },
        {
          it: "who holds both levels uses the organization's in the organization",
          who: "both",
          in: "acme",
          scope: "workspace:list",
          allow: "Organization Viewer",
        },
      ],
    },
    {
      world: {
        roles: { "acme/Upstairs": { scopes: ["*"], level: "organization" } },
        grants: [
          { who: "odd", is: "Upstairs", in: "acme/soc" },
          { who: "own", is: "Owner", in: "acme" },
        ],
      },
      cases: [
        {
          it: "an organization role that stands in a workspace gives nothing there",
          who: "odd",
          in: "acme/soc",
          scope: "workspace:read",
          deny: "scope.missing",
        },
        {
          it: "an organization role that stands in a workspace gives nothing in the organization",
          who: "odd",
          in: "acme",
          scope: "organization:read",
          deny: "scope.missing",
        },
        {
          it: "a workspace role that stands in the organization gives nothing there",
          who: "own",
          in: "acme",
          scope: "organization:read",
          deny: "scope.missing",
        },
        {
          it: "a workspace role that stands in the organization gives nothing in a workspace",
          who: "own",
          in: "acme/soc",
          scope: "workspace:read",
          deny: "scope.missing",
        },
      ],
    },
  ],
};
