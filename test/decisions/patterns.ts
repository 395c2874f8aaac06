import type { Theme } from "./cases.ts";

/** Custom roles of scopes and patterns: what each pattern reaches, and where it ends. */
export const patterns: Theme = {
  theme: "patterns",
  scenes: [
    {
      world: {
        roles: {
          "acme/soc/All": { scopes: ["*"] },
          "acme/soc/Workflows": { scopes: ["workflow:*"] },
          "acme/soc/Reader": { scopes: ["workflow:read", "workflow-run:read"] },
          "acme/soc/Nearly": { scopes: ["workflow:read", "workflow:write", "workflow:publish", "workflow:review"] },
          "acme/soc/Nothing": { scopes: [] },
        },
        grants: [
          { who: "all", is: "All", in: "acme/soc" },
          { who: "wanda", is: "Workflows", in: "acme/soc" },
          { who: "rita", is: "Reader", in: "acme/soc" },
          { who: "nia", is: "Nearly", in: "acme/soc" },
          { who: "nil", is: "Nothing", in: "acme/soc" },
        ],
      },
      cases: [
        { it: "`*` reaches every scope", who: "all", in: "acme/soc", scope: "share:accept", allow: "All" },
        {
          it: "`*` reaches no unknown scope",
          who: "all",
          in: "acme/soc",
          scope: "workflow:fly",
          deny: "scope.unknown",
        },
        { it: "`*` is no scope itself", who: "all", in: "acme/soc", scope: "workflow:*", deny: "scope.unknown" },
        {
          it: "`t:*` reaches each action of t",
          who: "wanda",
          in: "acme/soc",
          scope: "workflow:run",
          allow: "Workflows",
        },
        {
          it: "`t:*` ends before a type that begins alike",
          who: "wanda",
          in: "acme/soc",
          scope: "workflow-run:read",
          deny: "scope.missing",
        },
        { it: "a scope reaches itself", who: "rita", in: "acme/soc", scope: "workflow-run:read", allow: "Reader" },
        {
          it: "a scope reaches no other action",
          who: "rita",
          in: "acme/soc",
          scope: "workflow:write",
          deny: "scope.missing",
        },
        {
          it: "all actions but one do not make the one",
          who: "nia",
          in: "acme/soc",
          scope: "workflow:run",
          deny: "scope.missing",
        },
        {
          it: "a role of nothing gives nothing",
          who: "nil",
          in: "acme/soc",
          scope: "workspace:read",
          deny: "scope.missing",
        },
        { it: "`*` in a workspace ends there", who: "all", in: "acme", calls: "GET O/users", answer: "access.denied" },
        {
          it: "`*` opens every route of the workspace",
          who: "all",
          in: "acme/soc",
          calls: "GET W/audit-log",
          answer: "allowed",
        },
      ],
    },
  ],
};
