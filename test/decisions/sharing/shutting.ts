/** Who is shut out, and who is let in again. */
import type { SharingCase } from "./case.ts";
import { accept, HOUR, live, make, offer, offerFor, shut, T, used } from "./steps.ts";

export const shutting: readonly SharingCase[] = [
  {
    it: "use ends while the source is suspended",
    steps: [...live, { suspends: "north" }],
    asked: [shut("share.source_suspended")],
    states: { first: "accepted" },
  },
  {
    it: "use comes back when the source is resumed",
    steps: [...live, { suspends: "north" }, { resumes: "north" }],
    asked: [used],
  },
  {
    it: "a share whose end came while its source was suspended does not come back",
    steps: [make, offerFor(HOUR), accept(), { suspends: "north" }, { passes: HOUR }, { resumes: "north" }],
    asked: [shut("share.expired")],
  },
  {
    it: "nobody is heard in a target that is suspended",
    steps: [...live, { suspends: "south" }],
    asked: [{ ...shut("workspace.suspended"), sees: "shut out" }],
  },
  {
    it: "use comes back when the target is resumed",
    steps: [...live, { suspends: "south" }, { resumes: "south" }],
    asked: [used],
  },
  {
    it: "one suspended target shuts no other",
    steps: [
      ...live,
      { who: "sam", in: "north", shares: T, with: "east", actions: ["read", "run"], as: "second" },
      { who: "eve", in: "east", accepts: "second" },
      { suspends: "south" },
    ],
    asked: [{ ...used, who: "eve", in: "east" }],
  },
  {
    it: "use ends when the source is deleted",
    isUnswept: true,
    steps: [...live, { removes: "north" }],
    asked: [shut("share.source_absent")],
  },
  {
    it: "what a deleted target used may be deleted",
    isUnswept: true,
    steps: [...live, { removes: "south" }, { who: "sam", in: "north", deletes: T }],
  },
  {
    it: "a share stands when who offered it is suspended",
    steps: [...live, { suspends: "sam" }],
    asked: [used],
    states: { first: "accepted" },
  },
  {
    it: "a share stands when who offered it is deleted",
    steps: [...live, { removes: "sam" }],
    asked: [used],
    states: { first: "accepted" },
  },
  {
    it: "a share stands when who offered it loses the role",
    steps: [...live, { gives: "sam", in: "north", roles: [] }],
    asked: [used],
    states: { first: "accepted" },
  },
  {
    it: "a share stands when who offered it loses the scope",
    roles: { Sharer: ["share:create", "workflow:read", "workflow:run"] },
    people: { vic: { north: ["Sharer"] } },
    steps: [
      make,
      { who: "vic", in: "north", shares: T, with: "south", actions: ["read", "run"], as: "first" },
      accept(),
      { edits: "Sharer", scopes: ["workflow:read"] },
    ],
    asked: [used],
    states: { first: "accepted" },
  },
  {
    it: "an offer is accepted when who made it has lost the role meanwhile",
    steps: [make, offer(), { gives: "sam", in: "north", roles: [] }, accept()],
    asked: [used],
    states: { first: "accepted" },
  },
  {
    it: "a share stands when who accepted it is suspended",
    people: { vic: { south: ["Owner"] } },
    steps: [make, offer(), { who: "vic", in: "south", accepts: "first" }, { suspends: "vic" }],
    asked: [used],
  },
];
