/** What the organization's settings let be shared. */
import type { SharingCase } from "./case.ts";
import { accept, fails, live, make, offer, revoke, sam, shut, used } from "./steps.ts";

export const settling: readonly SharingCase[] = [
  {
    it: "use ends when the organization lets nothing be shared",
    steps: [...live, { settles: { types: [] } }],
    asked: [shut("share.switched_off"), sam],
    states: { first: "accepted" },
  },
  {
    it: "use ends when the organization lets only other types be shared",
    steps: [...live, { settles: { types: ["dashboard"] } }],
    asked: [shut("share.switched_off")],
  },
  {
    it: "use goes on while its type is among those that may be shared",
    steps: [...live, { settles: { types: ["dashboard", "workflow"] } }],
    asked: [used],
  },
  {
    it: "use comes back when its type is switched on again",
    steps: [...live, { settles: { types: [] } }, { settles: { types: ["workflow"] } }],
    asked: [used],
  },
  {
    it: "use comes back when nothing is held back any more",
    steps: [...live, { settles: { types: [] } }, { settles: null }],
    asked: [used],
  },
  {
    it: "use ends when the organization lets nothing be shared with its workspace",
    steps: [...live, { settles: { targets: ["east"] } }],
    asked: [shut("share.switched_off")],
  },
  {
    it: "use goes on while its workspace is among those that may be shared with, its source not",
    steps: [...live, { settles: { targets: ["south"] } }],
    asked: [used],
  },
  {
    it: "use comes back when its workspace may be shared with again",
    steps: [...live, { settles: { targets: [] } }, { settles: { targets: ["south", "east"] } }],
    asked: [used],
  },
  {
    it: "nothing is offered of a type that is switched off",
    steps: [make, { settles: { types: ["dashboard"] } }, fails(offer(), "request.invalid /resourceType")],
  },
  {
    it: "nothing is offered to a workspace that may not be shared with",
    steps: [make, { settles: { targets: ["east"] } }, fails(offer(), "request.invalid /targetWorkspaceId")],
  },
  {
    it: "nothing is accepted that is switched off, until it is switched on again",
    steps: [
      make,
      offer(),
      { settles: { types: [] } },
      fails(accept(), "share.state"),
      { settles: { targets: ["north"] } },
      fails(accept(), "share.state"),
      { settles: null },
      accept(),
    ],
    asked: [used],
  },
  {
    it: "what is switched off is ended by either side",
    steps: [...live, { settles: { types: [] } }, revoke(), { settles: null }],
    asked: [shut("share.revoked")],
    states: { first: "revoked" },
  },
];
