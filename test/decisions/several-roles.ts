import type { Theme } from "./cases.ts";
import { HOUR } from "./cases.ts";

/** Several roles in one workspace are united; nothing subtracts. */
export const severalRoles: Theme = {
  theme: "several roles",
  scenes: [
    {
      world: {
        roles: {
          "acme/soc/Hunter": { scopes: ["case:*"] },
          "acme/soc/Empty": { scopes: [] },
        },
        grants: [
          { who: "duo", is: "Viewer", in: "acme/soc" },
          { who: "duo", is: "Hunter", in: "acme/soc" },
          { who: "duo", is: "Empty", in: "acme/soc" },
          { who: "high", is: "Interact Only", in: "acme/soc" },
          { who: "high", is: "Owner", in: "acme/soc" },
          { who: "same", is: "Viewer", in: "acme/soc" },
          { who: "same", is: "Operator", in: "acme/soc" },
        ],
      },
      cases: [
        {
          it: "of two roles the one gives its scopes",
          who: "duo",
          in: "acme/soc",
          scope: "workflow:read",
          allow: "Viewer",
        },
        {
          it: "of two roles the other gives its own too",
          who: "duo",
          in: "acme/soc",
          scope: "case:write",
          allow: "Hunter",
        },
        {
          it: "two roles together give no more than each",
          who: "duo",
          in: "acme/soc",
          scope: "workflow:run",
          deny: "scope.missing",
        },
        {
          it: "a low role takes nothing from a high one",
          who: "high",
          in: "acme/soc",
          scope: "audit-log:read",
          allow: "Owner",
        },
        {
          it: "what both give is given",
          who: "same",
          in: "acme/soc",
          scope: "workflow:read",
          allow: ["Viewer", "Operator"],
        },
        {
          it: "what one of them gives is given",
          who: "same",
          in: "acme/soc",
          scope: "workflow:run",
          allow: "Operator",
        },
      ],
    },
    {
      world: {
        roles: { "acme/soc/Hunter": { scopes: ["case:*"] } },
        grants: [
          { who: "time", is: "Viewer", in: "acme/soc" },
          { who: "time", is: "Hunter", in: "acme/soc", expiresIn: HOUR },
        ],
      },
      cases: [
        {
          it: "a role with an end joins one without",
          who: "time",
          in: "acme/soc",
          scope: "case:read",
          allow: "Hunter",
        },
      ],
    },
  ],
};
