import type { Theme } from "./cases.ts";
import { HOUR, MINUTE } from "./cases.ts";

/** Grants that end: in force until the millisecond before, over at the millisecond itself, without anybody writing anything. */
export const expiry: Theme = {
  theme: "expiry",
  scenes: [
    {
      world: { grants: [{ who: "tess", is: "Operator", in: "acme/soc", expiresIn: MINUTE }] },
      cases: [
        {
          it: "a grant gives while it lasts",
          who: "tess",
          in: "acme/soc",
          after: 0,
          scope: "workflow:run",
          allow: "Operator",
        },
        {
          it: "a grant gives a millisecond before its end",
          who: "tess",
          in: "acme/soc",
          after: MINUTE - 1,
          scope: "workflow:run",
          allow: "Operator",
        },
        {
          it: "a grant gives nothing at its end",
          who: "tess",
          in: "acme/soc",
          after: MINUTE,
          scope: "workflow:run",
          deny: "scope.missing",
        },
        {
          it: "a grant gives nothing a millisecond after its end",
          who: "tess",
          in: "acme/soc",
          after: MINUTE + 1,
          scope: "workflow:run",
          deny: "scope.missing",
        },
        {
          it: "standing ends with the last grant",
          who: "tess",
          in: "acme/soc",
          after: MINUTE,
          calls: "GET W/me",
          answer: "access.denied",
        },
      ],
    },
    {
      world: { grants: [{ who: "tess", is: "Operator", in: "acme/soc", expiresIn: HOUR }] },
      cases: [
        {
          it: "a grant with an end far away gives now",
          who: "tess",
          in: "acme/soc",
          scope: "workflow:run",
          allow: "Operator",
        },
        { it: "a grant with an end is standing", who: "tess", in: "acme/soc", calls: "GET W/me", answer: "allowed" },
      ],
    },
    {
      world: {
        grants: [
          { who: "past", is: "Owner", in: "acme/soc", expiresIn: -1 },
          { who: "rest", is: "Owner", in: "acme/soc", expiresIn: -HOUR },
          { who: "rest", is: "Viewer", in: "acme/soc" },
          { who: "boss", is: "Organization Manager", in: "acme", expiresIn: 0 },
        ],
      },
      cases: [
        {
          it: "an Owner whose time is over owns nothing",
          who: "past",
          in: "acme/soc",
          scope: "workspace:read",
          deny: "scope.missing",
        },
        {
          it: "what is over leaves what is not",
          who: "rest",
          in: "acme/soc",
          scope: "workflow:read",
          allow: "Viewer",
        },
        {
          it: "what is over is not lent by what is not",
          who: "rest",
          in: "acme/soc",
          scope: "workflow:run",
          deny: "scope.missing",
        },
        {
          it: "organization roles end too",
          who: "boss",
          in: "acme",
          scope: "organization:read",
          deny: "scope.missing",
        },
        {
          it: "a Manager whose time is over sees no workspace",
          who: "boss",
          in: "acme/soc",
          calls: "GET W",
          answer: "access.denied",
        },
      ],
    },
  ],
};
