import type { Theme } from "./cases.ts";

/** Routes that ask for membership only: being a user of the organization, holding something in the workspace. */
export const standing: Theme = {
  theme: "standing",
  scenes: [
    {
      world: {
        users: { "acme/idle": {} },
        roles: { "acme/soc/Nothing": { scopes: [] } },
        grants: [
          { who: "vera", is: "Viewer", in: "acme/soc" },
          { who: "ines", is: "Interact Only", in: "acme/soc" },
          { who: "nil", is: "Nothing", in: "acme/soc" },
        ],
      },
      cases: [
        {
          it: "a user without any role reads the catalogue",
          who: "idle",
          in: "acme",
          calls: "GET O/scopes",
          answer: "allowed",
        },
        {
          it: "a user without any role reads their own list of workspaces",
          who: "idle",
          in: "acme",
          calls: "GET O/workspaces",
          answer: "allowed",
        },
        {
          it: "a user without any role does not read the organization",
          who: "idle",
          in: "acme",
          calls: "GET O",
          answer: "access.denied",
        },
        {
          it: "a user without any role does not read its roles",
          who: "idle",
          in: "acme",
          calls: "GET O/roles",
          answer: "access.denied",
        },
        {
          it: "a user without any role does not read who holds them",
          who: "idle",
          in: "acme",
          calls: "GET O/assignments",
          answer: "access.denied",
        },
        {
          it: "a user without any role does not read its audit log",
          who: "idle",
          in: "acme",
          calls: "GET O/audit-log",
          answer: "access.denied",
        },
        {
          it: "a user without a role in a workspace has no standing there",
          who: "idle",
          in: "acme/soc",
          calls: "GET W/me",
          answer: "access.denied",
        },
        {
          it: "a user without a role in a workspace holds nothing there",
          who: "idle",
          in: "acme/soc",
          scope: "workspace:read",
          deny: "scope.missing",
        },
        {
          it: "a Viewer of a workspace has standing",
          who: "vera",
          in: "acme/soc",
          calls: "GET W/me",
          answer: "allowed",
        },
        { it: "Interact Only has standing", who: "ines", in: "acme/soc", calls: "GET W/me", answer: "allowed" },
        {
          it: "a role of nothing is standing all the same",
          who: "nil",
          in: "acme/soc",
          calls: "GET W/me",
          answer: "allowed",
        },
        {
          it: "a Viewer lists their workspaces, and asks for no scope",
          who: "vera",
          in: "acme",
          calls: "GET O/workspaces",
          answer: "allowed",
        },
      ],
    },
  ],
};
