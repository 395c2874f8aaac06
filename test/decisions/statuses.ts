import type { Theme } from "./cases.ts";

/** Whatever is suspended, disabled or gone gives nothing at once. */
export const statuses: Theme = {
  theme: "statuses",
  scenes: [
    {
      world: {
        workspaces: { "acme/old": { status: "suspended" } },
        users: { "acme/sue": { status: "suspended" }, "acme/ivy": { status: "invited" } },
        grants: [
          { who: "olga", is: "Owner", in: "acme/old" },
          { who: "olga", is: "Owner", in: "acme/soc" },
          { who: "sue", is: "Owner", in: "acme/soc" },
          { who: "sue", is: "Organization Manager", in: "acme" },
          { who: "sue", is: "Viewer", in: "globex/soc" },
          { who: "ivy", is: "Operator", in: "acme/soc" },
          { who: "mara", is: "Organization Manager", in: "acme" },
        ],
      },
      cases: [
        {
          it: "a suspended workspace gives its Owner nothing",
          who: "olga",
          in: "acme/old",
          scope: "workspace:read",
          deny: "workspace.suspended",
        },
        {
          it: "nobody enters a suspended workspace",
          who: "olga",
          in: "acme/old",
          calls: "GET W/me",
          answer: "access.denied",
        },
        {
          it: "an Owner cannot see their suspended workspace",
          who: "olga",
          in: "acme/old",
          calls: "GET W",
          answer: "access.denied",
        },
        { it: "a Manager still sees it, to resume it", who: "mara", in: "acme/old", calls: "GET W", answer: "allowed" },
        {
          it: "one suspended workspace shuts no other",
          who: "olga",
          in: "acme/soc",
          scope: "workspace:read",
          allow: "Owner",
        },
        {
          it: "a suspended user holds nothing in a workspace",
          who: "sue",
          in: "acme/soc",
          scope: "workspace:read",
          deny: "user.suspended",
        },
        {
          it: "a suspended user holds nothing in the organization",
          who: "sue",
          in: "acme",
          scope: "organization:read",
          deny: "user.suspended",
        },
        {
          it: "a suspended user is answered as if the credential were dead",
          who: "sue",
          in: "acme/soc",
          calls: "GET W/me",
          answer: "unauthenticated",
        },
        {
          it: "a suspended user is answered so on the organization's routes as well",
          who: "sue",
          in: "acme",
          calls: "GET O",
          answer: "unauthenticated",
        },
        {
          it: "a person suspended in one organization lives on in another",
          who: "sue",
          in: "globex/soc",
          scope: "workflow:read",
          allow: "Viewer",
        },
        {
          it: "a person suspended in one organization enters another",
          who: "sue",
          in: "globex/soc",
          calls: "GET W/me",
          answer: "allowed",
        },
        {
          it: "an invited user holds nothing before they come",
          who: "ivy",
          in: "acme/soc",
          scope: "workflow:run",
          deny: "user.invited",
        },
        {
          it: "an invited user who has not come makes no call",
          who: "ivy",
          in: "acme/soc",
          calls: "GET W/me",
          answer: "access.denied",
        },
      ],
    },
    {
      world: {
        organizations: { acme: { status: "suspended" } },
        grants: [
          { who: "olga", is: "Owner", in: "acme/soc" },
          { who: "olga", is: "Owner", in: "globex/soc" },
          { who: "mara", is: "Organization Manager", in: "acme" },
        ],
      },
      cases: [
        {
          it: "a suspended organization shuts its workspaces",
          who: "olga",
          in: "acme/soc",
          scope: "workspace:read",
          deny: "organization.suspended",
        },
        {
          it: "a suspended organization shuts itself to its Manager",
          who: "mara",
          in: "acme",
          calls: "GET O",
          answer: "access.denied",
        },
        {
          it: "a suspended organization shuts no other",
          who: "olga",
          in: "globex/soc",
          scope: "workspace:read",
          allow: "Owner",
        },
      ],
    },
    {
      world: {
        organizations: { acme: { disabledProviders: ["old-idp"] } },
        users: { "acme/pia": { provider: "old-idp" }, "acme/noa": { provider: "new-idp" } },
        grants: [
          { who: "pia", is: "Owner", in: "acme/soc" },
          { who: "noa", is: "Owner", in: "acme/soc" },
        ],
      },
      cases: [
        {
          it: "a disabled provider's user holds nothing",
          who: "pia",
          in: "acme/soc",
          scope: "workspace:read",
          deny: "provider.disabled",
        },
        {
          it: "a disabled provider's user is answered as if the credential were dead",
          who: "pia",
          in: "acme/soc",
          calls: "GET W/me",
          answer: "unauthenticated",
        },
        { it: "another provider's user goes on", who: "noa", in: "acme/soc", scope: "workspace:read", allow: "Owner" },
      ],
    },
    {
      world: {
        organizations: { gone: { isGone: true } },
        workspaces: { "acme/gone": { isGone: true } },
        users: { "acme/ghost": { isGone: true } },
        roles: { "acme/soc/Retired": { scopes: ["*"], isGone: true } },
        grants: [
          { who: "olga", is: "Owner", in: "gone/soc" },
          { who: "olga", is: "Owner", in: "acme/gone" },
          { who: "ghost", is: "Owner", in: "acme/soc" },
          { who: "reto", is: "Retired", in: "acme/soc" },
        ],
      },
      cases: [
        {
          it: "an organization that is gone gives nothing",
          who: "olga",
          in: "gone/soc",
          scope: "workspace:read",
          deny: "organization.absent",
        },
        {
          it: "a workspace that is gone gives nothing",
          who: "olga",
          in: "acme/gone",
          scope: "workspace:read",
          deny: "workspace.absent",
        },
        {
          it: "a workspace that is gone answers its Owner as any stranger",
          who: "olga",
          in: "acme/gone",
          calls: "GET W/me",
          answer: "access.denied",
        },
        {
          it: "a user who is gone holds nothing",
          who: "ghost",
          in: "acme/soc",
          scope: "workspace:read",
          deny: "user.absent",
        },
        {
          it: "a role that is gone gives nothing",
          who: "reto",
          in: "acme/soc",
          scope: "workspace:read",
          deny: "scope.missing",
        },
        {
          it: "a role that is gone gives nothing, and is standing all the same",
          who: "reto",
          in: "acme/soc",
          calls: "GET W/me",
          answer: "allowed",
        },
      ],
    },
  ],
};
