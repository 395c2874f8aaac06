import type { Theme } from "./cases.ts";

/** Predefined roles that need a feature give something only where it is switched on; custom roles need none. */
export const features: Theme = {
  theme: "features",
  scenes: [
    {
      world: {
        workspaces: { "acme/soc": { features: ["case-management"] }, "acme/plain": {} },
        roles: { "acme/plain/Hunter": { scopes: ["case:*"] } },
        grants: [
          { who: "alan", is: "Cases Analyst", in: "acme/soc" },
          { who: "alan", is: "Cases Analyst", in: "acme/plain" },
          { who: "wend", is: "Workspace Viewer", in: "acme/plain" },
          { who: "olga", is: "Owner", in: "acme/plain" },
          { who: "hank", is: "Hunter", in: "acme/plain" },
          { who: "vera", is: "Viewer", in: "acme/plain" },
          { who: "vera", is: "Cases Contributor", in: "acme/plain" },
        ],
      },
      cases: [
        {
          it: "with case management a Cases Analyst writes cases",
          who: "alan",
          in: "acme/soc",
          scope: "case:write",
          allow: "Cases Analyst",
        },
        {
          it: "without it a Cases Analyst holds nothing",
          who: "alan",
          in: "acme/plain",
          scope: "case:write",
          deny: "scope.missing",
        },
        {
          it: "without it not even what has nothing to do with cases",
          who: "alan",
          in: "acme/plain",
          scope: "workflow:run",
          deny: "scope.missing",
        },
        {
          it: "a role that is off gives nothing, and is standing all the same",
          who: "alan",
          in: "acme/plain",
          calls: "GET W/me",
          answer: "allowed",
        },
        {
          it: "a Workspace Viewer needs it too",
          who: "wend",
          in: "acme/plain",
          scope: "workflow:read",
          deny: "scope.missing",
        },
        { it: "an Owner needs no feature", who: "olga", in: "acme/plain", scope: "case:write", allow: "Owner" },
        { it: "a custom role needs no feature", who: "hank", in: "acme/plain", scope: "case:write", allow: "Hunter" },
        {
          it: "a role that is off leaves the others on",
          who: "vera",
          in: "acme/plain",
          scope: "workflow:read",
          allow: "Viewer",
        },
        {
          it: "a role that is off adds nothing to the others",
          who: "vera",
          in: "acme/plain",
          scope: "dashboard:write",
          deny: "scope.missing",
        },
      ],
    },
  ],
};
