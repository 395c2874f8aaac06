/** What is transient, and types of the organization's own. */
import type { SharingCase, Step } from "./case.ts";
import { accept, DAY, fails, HOUR, owned, shut, unknown, used } from "./steps.ts";

const note = "acme.note/first";
const register: Step = { registers: "acme.note", shareable: true, persistence: "transient" };
const offerNote = (actions: readonly string[] = ["read", "run"]): Step => ({
  who: "sam",
  in: "north",
  shares: note,
  with: "south",
  actions,
  as: "note",
});
const makeNote: Step = { who: "sam", in: "north", makes: note, expiresIn: HOUR };

export const passing: readonly SharingCase[] = [
  {
    it: "what is transient and shared is used until a millisecond before its end",
    steps: [register, makeNote, offerNote(), accept("note"), { passes: HOUR - 1 }],
    asked: [{ ...used, of: note }],
    states: { note: "accepted" },
  },
  {
    it: "what is transient and shared is over for all at its end",
    steps: [register, makeNote, offerNote(), accept("note"), { passes: HOUR }],
    asked: [
      { ...shut("share.expired"), of: note },
      { ...unknown, who: "sam", in: "north", of: note },
    ],
    states: { note: "expired" },
  },
  {
    it: "what is transient and over is not shared",
    steps: [register, makeNote, { passes: HOUR }, fails(offerNote(), "request.invalid /resourceId")],
  },
  {
    it: "what was one's own is unknown at its end",
    steps: [register, { who: "tom", in: "south", makes: note, expiresIn: HOUR }, { passes: HOUR }],
    asked: [{ ...unknown, of: note }],
  },
  {
    it: "what is one's own is there until a millisecond before its end",
    steps: [register, { who: "tom", in: "south", makes: note, expiresIn: HOUR }, { passes: HOUR - 1 }],
    asked: [{ ...owned, of: note }],
  },
  {
    it: "what is transient and over before its time is used no more, and an offer of it is not accepted",
    steps: [
      register,
      makeNote,
      offerNote(),
      accept("note"),
      { who: "sam", in: "north", shares: note, with: "east", actions: ["read"], as: "second" },
      { who: "sam", in: "north", edits: note, expiresIn: 1000 },
      { passes: 1000 },
      { who: "eve", in: "east", accepts: "second", refused: "share.state" },
    ],
    asked: [{ ...shut("resource.absent"), of: note }],
    states: { note: "revoked", second: "revoked" },
  },
  {
    it: "nothing is accepted into an id of one's own that has a millisecond left",
    steps: [
      register,
      { who: "sam", in: "north", makes: note, expiresIn: DAY },
      { who: "tom", in: "south", makes: note, expiresIn: HOUR },
      offerNote(),
      { passes: HOUR - 1 },
      fails(accept("note"), "id.taken"),
    ],
    asked: [{ ...owned, of: note }],
  },
  {
    it: "a share is accepted into an id of one's own that is over, and governs there",
    steps: [
      register,
      { who: "sam", in: "north", makes: note, expiresIn: DAY },
      { who: "tom", in: "south", makes: note, expiresIn: HOUR },
      offerNote(),
      { passes: HOUR },
      accept("note"),
      { who: "tom", in: "south", makes: note, expiresIn: HOUR, refused: "id.taken" },
    ],
    asked: [{ ...used, of: note }],
  },
  {
    it: "what is over and made again under its id is not shared",
    steps: [register, makeNote, offerNote(), accept("note"), { passes: HOUR }, makeNote],
    asked: [
      { ...shut("share.expired"), of: note },
      { ...owned, who: "sam", in: "north", of: note },
    ],
  },
  {
    it: "an own type is shared in the actions that it lets be shared",
    steps: [
      { registers: "acme.note", shareable: ["read"] },
      { who: "sam", in: "north", makes: note },
      fails(offerNote(), "request.invalid /actions/1"),
      offerNote(["read"]),
      accept("note"),
    ],
    asked: [{ ...used, of: note, run: "share.action" }],
  },
  {
    it: "an own type that is not shareable is not shared",
    steps: [
      { registers: "acme.note", shareable: false },
      { who: "sam", in: "north", makes: note },
      fails(offerNote(["read"]), "request.invalid /resourceType"),
    ],
  },
  {
    it: "an action of an own type that is not shareable any more is given by no share",
    steps: [
      { registers: "acme.note", shareable: true },
      { who: "sam", in: "north", makes: note },
      offerNote(),
      accept("note"),
      { registers: "acme.note", shareable: ["run"] },
    ],
    asked: [{ ...used, of: note, read: "share.action", sees: "unreadable" }],
  },
  {
    it: "an offer of an action that is not shareable any more is not accepted",
    steps: [
      { registers: "acme.note", shareable: true },
      { who: "sam", in: "north", makes: note },
      offerNote(),
      { registers: "acme.note", shareable: ["run"] },
      fails(accept("note"), "share.state"),
    ],
    asked: [{ ...unknown, of: note }],
  },
];
