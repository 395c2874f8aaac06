/** How a share ends. */
import type { SharingCase } from "./case.ts";
import { accept, DAY, HOUR, live, make, offer, offerFor, revoke, sam, shut, T, unknown, used } from "./steps.ts";

export const ending: readonly SharingCase[] = [
  {
    it: "a share is used until a millisecond before its end",
    steps: [make, offerFor(HOUR), accept(), { passes: HOUR - 1 }],
    asked: [used],
    states: { first: "accepted" },
  },
  {
    it: "a share gives nothing at its end",
    steps: [make, offerFor(HOUR), accept(), { passes: HOUR }],
    asked: [shut("share.expired"), sam],
    states: { first: "expired" },
  },
  {
    it: "a share gives nothing a millisecond after its end",
    steps: [make, offerFor(HOUR), accept(), { passes: HOUR + 1 }],
    asked: [shut("share.expired")],
    states: { first: "expired" },
  },
  {
    it: "what was accepted outlives the seven days of its offer",
    steps: [...live, { passes: 8 * DAY }],
    asked: [used],
    states: { first: "accepted" },
  },
  {
    it: "the target ends a share, and its id is refused from then on",
    steps: [...live, revoke()],
    asked: [shut("share.revoked"), sam],
    states: { first: "revoked" },
  },
  {
    it: "the source ends a share, and its id is refused from then on",
    steps: [...live, { who: "sam", in: "north", revokes: "first" }],
    asked: [shut("share.revoked"), sam],
    states: { first: "revoked" },
  },
  {
    it: "a resource in use is not deleted without force, and its use goes on",
    steps: [...live, { who: "sam", in: "north", deletes: T, refused: "resource.in_use" }],
    asked: [used, sam],
  },
  {
    it: "a resource is in use while the target is suspended, which may be resumed",
    steps: [...live, { suspends: "south" }, { who: "sam", in: "north", deletes: T, refused: "resource.in_use" }],
  },
  {
    it: "a resource is in use no more when its share is over",
    steps: [make, offerFor(HOUR), accept(), { passes: HOUR }, { who: "sam", in: "north", deletes: T }],
    isUnswept: true,
    asked: [shut("share.expired")],
  },
  {
    it: "a resource that was only offered is deleted, and its offer ends",
    steps: [make, offer(), { who: "sam", in: "north", deletes: T }],
    asked: [unknown],
    states: { first: "revoked" },
  },
  {
    it: "use ends when the resource is deleted",
    steps: [...live, { who: "sam", in: "north", deletes: T, force: true }],
    asked: [shut("share.revoked"), { ...unknown, who: "sam", in: "north" }],
    states: { first: "revoked" },
  },
  {
    it: "use ends when the resource is deleted, before anything is swept",
    isUnswept: true,
    steps: [...live, { who: "sam", in: "north", deletes: T, force: true }],
    asked: [shut("resource.absent")],
    states: { first: "revoked" },
  },
  {
    it: "what is deleted and made again under its id is not shared",
    steps: [...live, { who: "sam", in: "north", deletes: T, force: true }, make],
    asked: [shut("share.revoked"), sam],
    states: { first: "revoked" },
  },
  {
    it: "what is deleted and made again under its id is not shared, before anything is swept",
    isUnswept: true,
    steps: [...live, { who: "sam", in: "north", deletes: T, force: true }, make],
    asked: [shut("resource.absent"), sam],
    states: { first: "revoked" },
  },
  {
    it: "what is made again is shared by a new share",
    steps: [
      ...live,
      { who: "sam", in: "north", deletes: T, force: true },
      make,
      offer(["read"], "second"),
      accept("second"),
    ],
    asked: [{ ...used, run: "share.action" }],
    states: { first: "revoked", second: "accepted" },
  },
  {
    it: "what is made again is shared by a new share, although the old one was not swept",
    isUnswept: true,
    steps: [
      ...live,
      { who: "sam", in: "north", deletes: T, force: true },
      make,
      offer(["read"], "second"),
      accept("second"),
    ],
    asked: [{ ...used, run: "share.action" }],
    states: { first: "revoked", second: "accepted" },
  },
  {
    it: "a resource that is edited stays shared, as it is now",
    steps: [...live, { who: "sam", in: "north", edits: T }],
    asked: [used],
    states: { first: "accepted" },
  },
];
