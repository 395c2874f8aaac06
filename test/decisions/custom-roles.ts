import type { Theme } from "./cases.ts";

/** Custom roles: of one workspace, or org-managed and usable in each. */
export const customRoles: Theme = {
  theme: "custom roles",
  scenes: [
    {
      world: {
        roles: {
          "acme/soc/Runner": { scopes: ["workflow:run"] },
          "acme/soc/Janitor": { scopes: ["role:*", "user-permission:*"] },
        },
        grants: [
          { who: "ray", is: "Runner", in: "acme/soc" },
          { who: "jan", is: "Janitor", in: "acme/soc" },
        ],
      },
      cases: [
        { it: "a workspace role gives its scopes", who: "ray", in: "acme/soc", scope: "workflow:run", allow: "Runner" },
        {
          it: "a workspace role gives nothing beside them",
          who: "ray",
          in: "acme/soc",
          scope: "workflow:read",
          deny: "scope.missing",
        },
        {
          it: "a custom role does not come with `workspace:read`",
          who: "ray",
          in: "acme/soc",
          calls: "GET W",
          answer: "access.denied",
        },
        {
          it: "a custom role without `workspace:read` is standing all the same",
          who: "ray",
          in: "acme/soc",
          calls: "GET W/me",
          answer: "allowed",
        },
        {
          it: "a custom role opens the routes of its scopes",
          who: "jan",
          in: "acme/soc",
          calls: "GET W/roles",
          answer: "allowed",
        },
        {
          it: "who may give roles may list who holds them",
          who: "jan",
          in: "acme/soc",
          calls: "GET W/assignments",
          answer: "allowed",
        },
        {
          it: "who may give roles may set them",
          who: "jan",
          in: "acme/soc",
          calls: "PUT W/assignments/{userId}",
          answer: "allowed",
        },
        {
          it: "who may give roles may do nothing else by that",
          who: "jan",
          in: "acme/soc",
          calls: "GET W/audit-log",
          answer: "access.denied",
        },
      ],
    },
    {
      world: {
        roles: {
          "acme/Runner": { scopes: ["workflow:run"] },
          "acme/Recruiter": { scopes: ["user:*"], level: "organization" },
        },
        grants: [
          { who: "ray", is: "Runner", in: "acme/soc" },
          { who: "ray", is: "Runner", in: "acme/noc" },
          { who: "rex", is: "Recruiter", in: "acme" },
          { who: "vera", is: "Viewer", in: "acme/dev" },
        ],
      },
      cases: [
        {
          it: "an org-managed role gives in one workspace",
          who: "ray",
          in: "acme/soc",
          scope: "workflow:run",
          allow: "Runner",
        },
        {
          it: "an org-managed role gives in another workspace where it was given too",
          who: "ray",
          in: "acme/noc",
          scope: "workflow:run",
          allow: "Runner",
        },
        {
          it: "an org-managed role gives nothing where it was not given",
          who: "ray",
          in: "acme/dev",
          scope: "workflow:run",
          deny: "scope.missing",
        },
        {
          it: "a custom organization role gives its scopes",
          who: "rex",
          in: "acme",
          scope: "user:write",
          allow: "Recruiter",
        },
        {
          it: "a custom organization role opens the routes of its scopes",
          who: "rex",
          in: "acme",
          calls: "GET O/users",
          answer: "allowed",
        },
        {
          it: "a custom organization role opens no other routes",
          who: "rex",
          in: "acme",
          calls: "GET O/roles",
          answer: "access.denied",
        },
      ],
    },
  ],
};
