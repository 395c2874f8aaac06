/** Who may give a share of what, and who not. */
import type { SharingCase, Step } from "./case.ts";
import { accept, fails, HOUR, live, make, offer, offerFor, sam, T, unknown, used } from "./steps.ts";

export const giving: readonly SharingCase[] = [
  {
    it: "nobody shares a use that they lack in the source",
    roles: { "north/Sharer": ["share:create", "workflow:read"] },
    people: { vic: { north: ["Sharer"], south: ["Owner"] } },
    steps: [
      make,
      {
        who: "vic",
        in: "north",
        shares: T,
        with: "south",
        actions: ["read", "run"],
        refused: "grant.exceeds_own /actions",
      },
    ],
    asked: [unknown],
  },
  {
    it: "somebody shares just the uses that they have in the source",
    roles: { "north/Sharer": ["share:create", "workflow:read"] },
    people: { vic: { north: ["Sharer"] } },
    steps: [make, { who: "vic", in: "north", shares: T, with: "south", actions: ["read"], as: "first" }, accept()],
    asked: [{ ...used, run: "share.action" }],
  },
  {
    it: "`workflow:*` lets one share every use of a workflow",
    roles: { "north/Sharer": ["share:create", "workflow:*"] },
    people: { vic: { north: ["Sharer"] } },
    steps: [
      make,
      { who: "vic", in: "north", shares: T, with: "south", actions: ["read", "run"], as: "first" },
      accept(),
    ],
    asked: [used],
  },
  {
    it: "the right to give any role anywhere lets nobody share what they lack",
    roles: { "north/Sharer": ["share:create"] },
    people: { vic: { north: ["Sharer"], organization: ["Organization Manager"] } },
    steps: [
      make,
      { who: "vic", in: "north", shares: T, with: "south", actions: ["read"], refused: "grant.exceeds_own /actions" },
    ],
    asked: [unknown],
  },
  {
    it: "nobody shares without the scope for it",
    people: { vic: { north: ["Contributor"] } },
    steps: [make, { who: "vic", in: "north", shares: T, with: "south", actions: ["read"], refused: "access.denied" }],
  },
  {
    it: "nobody offers what is another workspace's from their own",
    steps: [
      make,
      { who: "eve", in: "east", shares: T, with: "south", actions: ["read"], refused: "request.invalid /resourceId" },
    ],
  },
  {
    it: "nobody shares from a workspace in which they are not",
    steps: [make, { who: "tom", in: "north", shares: T, with: "south", actions: ["read"], refused: "access.denied" }],
  },
  {
    it: "writing is not shared",
    steps: [make, fails(offer(["read", "write"]), "request.invalid /actions/1")],
  },
  {
    it: "publishing is not shared",
    steps: [make, fails(offer(["publish"]), "request.invalid /actions/0")],
  },
  {
    it: "an action that there is not is not shared",
    steps: [make, fails(offer(["fly"]), "request.invalid /actions/0")],
  },
  {
    it: "what is read only by its own is not shared: cases, and whatever is transient",
    steps: [
      { who: "sam", in: "north", makes: "case/theft" },
      {
        who: "sam",
        in: "north",
        shares: "case/theft",
        with: "south",
        actions: ["read"],
        refused: "request.invalid /resourceType",
      },
      { who: "sam", in: "north", makes: "workflow-run/first" },
      {
        who: "sam",
        in: "north",
        shares: "workflow-run/first",
        with: "south",
        actions: ["read"],
        refused: "request.invalid /resourceType",
      },
    ],
  },
  {
    it: "what is no kept type is not shared: roles, and what nobody ever heard of",
    steps: [
      {
        who: "sam",
        in: "north",
        shares: "role/rol_owner",
        with: "south",
        actions: ["read"],
        refused: "request.invalid /resourceType",
      },
      {
        who: "sam",
        in: "north",
        shares: "nothing/first",
        with: "south",
        actions: ["read"],
        refused: "request.invalid /resourceType",
      },
    ],
  },
  {
    it: "what is not there is not shared",
    steps: [fails(offer(), "request.invalid /resourceId")],
  },
  {
    it: "a workspace shares nothing with itself",
    steps: [
      make,
      {
        who: "sam",
        in: "north",
        shares: T,
        with: "north",
        actions: ["read"],
        refused: "request.invalid /targetWorkspaceId",
      },
    ],
    asked: [sam],
  },
  {
    it: "what is shared is not shared on by whoever uses it",
    steps: [
      ...live,
      { who: "tom", in: "south", shares: T, with: "east", actions: ["read"], refused: "request.invalid /resourceId" },
    ],
    asked: [used, { ...unknown, who: "eve", in: "east" }],
  },
  {
    it: "what is shared is not shared on by somebody who owns all workspaces, nor back to where it is from",
    steps: [
      ...live,
      { who: "ann", in: "south", shares: T, with: "east", actions: ["read"], refused: "request.invalid /resourceId" },
      { who: "ann", in: "south", shares: T, with: "north", actions: ["read"], refused: "request.invalid /resourceId" },
    ],
  },
  {
    it: "a workspace of another organization is answered as one that never was",
    steps: [
      make,
      {
        who: "sam",
        in: "north",
        shares: T,
        with: "foreign",
        actions: ["read"],
        refused: "request.invalid /targetWorkspaceId",
        answersAs: "absent",
      },
      {
        who: "ann",
        in: "north",
        shares: T,
        with: "foreign",
        actions: ["read"],
        refused: "request.invalid /targetWorkspaceId",
        answersAs: "absent",
      },
    ],
  },
  {
    it: "a workspace that was deleted is answered as one that never was",
    steps: [
      make,
      { removes: "south" },
      { ...fails(offer(), "request.invalid /targetWorkspaceId"), answersAs: "absent" } as Step,
    ],
  },
  {
    it: "nothing is shared for a time that is over",
    steps: [make, fails(offerFor(0), "request.invalid /expiresAt")],
  },
  {
    it: "somebody who may accept in the target need not be asked there",
    steps: [make, { who: "ann", in: "north", shares: T, with: "south", actions: ["read", "run"], as: "first" }],
    asked: [used],
    states: { first: "accepted" },
  },
  {
    it: "a custom role with the right to accept is enough to be accepted at once",
    roles: { "south/Taker": ["share:accept"] },
    people: { vic: { north: ["Owner"], south: ["Taker"] } },
    steps: [make, { who: "vic", in: "north", shares: T, with: "south", actions: ["read", "run"], as: "first" }],
    asked: [used],
    states: { first: "accepted" },
  },
  {
    it: "the right to accept in the target that is over accepts nothing at once",
    people: { vic: { north: ["Owner"] } },
    steps: [
      make,
      { gives: "vic", in: "south", roles: ["Owner"], expiresIn: HOUR },
      { passes: HOUR },
      { who: "vic", in: "north", shares: T, with: "south", actions: ["read"], as: "first" },
    ],
    asked: [unknown],
    states: { first: "pending" },
  },
  {
    it: "what is offered to a suspended workspace waits there",
    steps: [
      make,
      { suspends: "south" },
      { who: "ann", in: "north", shares: T, with: "south", actions: ["read", "run"], as: "first" },
      { resumes: "south" },
    ],
    asked: [unknown],
    states: { first: "pending" },
  },
  {
    it: "nothing is offered from a suspended workspace",
    steps: [make, { suspends: "north" }, fails(offer(), "access.denied")],
    asked: [unknown],
  },
];
