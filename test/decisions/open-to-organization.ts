import type { Theme } from "./cases.ts";

/** Workspace routes that a scope of organization level opens too, and who learns that a workspace is not there. */
export const openToOrganization: Theme = {
  theme: "workspace routes open to the organization",
  scenes: [
    {
      world: {
        grants: [
          { who: "mara", is: "Organization Manager", in: "acme" },
          { who: "orla", is: "Organization Viewer", in: "acme" },
          { who: "vera", is: "Viewer", in: "acme/soc" },
          { who: "ines", is: "Interact Only", in: "acme/soc" },
          { who: "olga", is: "Owner", in: "acme/soc" },
        ],
      },
      cases: [
        {
          it: "a Viewer sees the workspace by `workspace:read`",
          who: "vera",
          in: "acme/soc",
          calls: "GET W",
          answer: "allowed",
        },
        { it: "Interact Only does not", who: "ines", in: "acme/soc", calls: "GET W", answer: "access.denied" },
        {
          it: "an Organization Viewer sees it by `workspace:list`",
          who: "orla",
          in: "acme/soc",
          calls: "GET W",
          answer: "allowed",
        },
        {
          it: "an Organization Viewer does not change it",
          who: "orla",
          in: "acme/soc",
          calls: "PATCH W",
          answer: "access.denied",
        },
        {
          it: "a Manager changes it by `workspace:create`",
          who: "mara",
          in: "acme/soc",
          calls: "PATCH W",
          answer: "allowed",
        },
        {
          it: "an Owner changes it by `workspace:update`",
          who: "olga",
          in: "acme/soc",
          calls: "PATCH W",
          answer: "allowed",
        },
        { it: "a Viewer does not change it", who: "vera", in: "acme/soc", calls: "PATCH W", answer: "access.denied" },
        { it: "a Manager suspends it", who: "mara", in: "acme/soc", calls: "POST W/suspend", answer: "allowed" },
        {
          it: "a Manager sees who holds which role in it",
          who: "mara",
          in: "acme/soc",
          calls: "GET W/assignments",
          answer: "allowed",
        },
        {
          it: "a Manager gives roles in it by `workspace-role:grant`",
          who: "mara",
          in: "acme/soc",
          calls: "PUT W/assignments/{userId}",
          answer: "allowed",
        },
        {
          it: "an Organization Viewer does not see who holds them",
          who: "orla",
          in: "acme/soc",
          calls: "GET W/assignments",
          answer: "access.denied",
        },
        {
          it: "a Manager does not read its roles, which are open to nobody outside",
          who: "mara",
          in: "acme/soc",
          calls: "GET W/roles",
          answer: "access.denied",
        },
        {
          it: "a Manager learns that a workspace is not there",
          who: "mara",
          in: "acme/nowhere",
          calls: "GET W",
          answer: "not_found",
        },
        {
          it: "a Manager learns it on every route of the workspace",
          who: "mara",
          in: "acme/nowhere",
          calls: "GET W/audit-log",
          answer: "not_found",
        },
        {
          it: "an Organization Viewer learns it too",
          who: "orla",
          in: "acme/nowhere",
          calls: "GET W/me",
          answer: "not_found",
        },
        {
          it: "an Owner of another workspace does not",
          who: "olga",
          in: "acme/nowhere",
          calls: "GET W",
          answer: "access.denied",
        },
      ],
    },
  ],
};
