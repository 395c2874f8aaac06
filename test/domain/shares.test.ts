/** The state of a share at a moment, to the millisecond: nothing writes it when time ends it. */
import { describe, expect, it } from "vitest";
import type { MadeResourceId, ShareId, UserId, WorkspaceId } from "../../lib/domain/ids.ts";
import type { Resource } from "../../lib/domain/resources.ts";
import { findPresent } from "../../lib/domain/resources.ts";
import { allowsSharing } from "../../lib/domain/settings.ts";
import type { Share, ShareState } from "../../lib/domain/shares.ts";
import { PENDING_FOR, stateOf } from "../../lib/domain/shares.ts";
import { NOW } from "./facts.ts";

const SEVEN_DAYS = 7 * 24 * 60 * 60 * 1000;

const offered: Share = {
  id: "shr_1" as ShareId,
  resourceType: "workflow",
  resourceId: "triage",
  incarnation: "res_1" as MadeResourceId,
  sourceWorkspaceId: "wks_north" as WorkspaceId,
  targetWorkspaceId: "wks_soc" as WorkspaceId,
  actions: ["read"],
  state: "pending",
  createdAt: new Date(NOW).toISOString(),
  createdBy: "usr_sam" as UserId,
  pendingUntil: NOW + SEVEN_DAYS,
  version: 1,
};

interface StateCase {
  readonly it: string;
  readonly share: Partial<Share>;
  /** Milliseconds after the offer. */
  readonly after: number;
  readonly state: ShareState;
}

const HOUR = 3_600_000;
const ending = { expiresAt: NOW + HOUR };
const late = { expiresAt: NOW + SEVEN_DAYS + HOUR };

const cases: readonly StateCase[] = [
  { it: "an offer is pending at once", share: {}, after: 0, state: "pending" },
  {
    it: "an offer is pending a millisecond before seven days are over",
    share: {},
    after: SEVEN_DAYS - 1,
    state: "pending",
  },
  { it: "an offer has expired when seven days are over", share: {}, after: SEVEN_DAYS, state: "expired" },
  { it: "an offer has expired a millisecond after seven days", share: {}, after: SEVEN_DAYS + 1, state: "expired" },
  { it: "an offer is pending a millisecond before the share's end", share: ending, after: HOUR - 1, state: "pending" },
  {
    it: "an offer has expired at the share's end, long before seven days",
    share: ending,
    after: HOUR,
    state: "expired",
  },
  { it: "an offer has expired a millisecond after the share's end", share: ending, after: HOUR + 1, state: "expired" },
  { it: "a later end gives an offer no more than seven days", share: late, after: SEVEN_DAYS, state: "expired" },
  {
    it: "what was accepted lives on when seven days are over",
    share: { state: "accepted" },
    after: SEVEN_DAYS,
    state: "accepted",
  },
  {
    it: "what was accepted without an end lives on for years",
    share: { state: "accepted" },
    after: 999 * SEVEN_DAYS,
    state: "accepted",
  },
  {
    it: "a share is accepted a millisecond before its end",
    share: { ...ending, state: "accepted" },
    after: HOUR - 1,
    state: "accepted",
  },
  { it: "a share has expired at its end", share: { ...ending, state: "accepted" }, after: HOUR, state: "expired" },
  {
    it: "a share has expired a millisecond after its end",
    share: { ...ending, state: "accepted" },
    after: HOUR + 1,
    state: "expired",
  },
  {
    it: "a share with a later end outlives the seven days of its offer",
    share: { ...late, state: "accepted" },
    after: SEVEN_DAYS,
    state: "accepted",
  },
  { it: "what was denied stays denied", share: { ...ending, state: "denied" }, after: HOUR, state: "denied" },
  {
    it: "what was denied stays denied after seven days",
    share: { state: "denied" },
    after: SEVEN_DAYS,
    state: "denied",
  },
  { it: "what was revoked stays revoked", share: { ...ending, state: "revoked" }, after: HOUR, state: "revoked" },
  {
    it: "what was revoked stays revoked after seven days",
    share: { state: "revoked" },
    after: SEVEN_DAYS,
    state: "revoked",
  },
];

describe("the state of a share", () => {
  it.each(cases)("$it", ({ share, after, state }) => {
    expect(stateOf({ ...offered, ...share }, NOW + after)).toBe(state);
  });

  it("waits for exactly seven days", () => {
    expect(PENDING_FOR).toBe(SEVEN_DAYS);
  });
});

describe("what is there of a resource", () => {
  const note: Resource = {
    type: "acme.note",
    id: "first",
    incarnation: "res_1" as MadeResourceId,
    name: "First",
    labels: {},
    createdAt: new Date(NOW).toISOString(),
    version: 1,
  };

  it.each([
    { it: "a persistent one stays", resource: note, isThere: true },
    {
      it: "a transient one is there a millisecond before its end",
      resource: { ...note, expiresAt: NOW + 1 },
      isThere: true,
    },
    { it: "a transient one is gone at its end", resource: { ...note, expiresAt: NOW }, isThere: false },
    { it: "a transient one is gone after its end", resource: { ...note, expiresAt: NOW - 1 }, isThere: false },
    { it: "what is not stored is not there", resource: undefined, isThere: false },
  ])("$it", ({ resource, isThere }) => {
    expect(findPresent(resource, NOW)).toBe(isThere ? resource : undefined);
  });
});

describe("an organization's policy of sharing", () => {
  const soc = "wks_soc" as WorkspaceId;
  const east = "wks_east" as WorkspaceId;
  it.each([
    { it: "lets everything be shared where nothing is settled", policy: undefined, allows: true },
    { it: "lets everything be shared where neither line stands", policy: {}, allows: true },
    { it: "lets a type be shared that it names", policy: { types: ["case", "workflow"] }, allows: true },
    { it: "lets no other type be shared", policy: { types: ["case"] }, allows: false },
    { it: "lets nothing be shared where it names no type", policy: { types: [] }, allows: false },
    { it: "lets one share with a workspace that it names", policy: { targets: [east, soc] }, allows: true },
    { it: "lets one share with no other workspace", policy: { targets: [east] }, allows: false },
    { it: "lets one share with nobody where it names no workspace", policy: { targets: [] }, allows: false },
    { it: "asks for both", policy: { types: ["workflow"], targets: [soc] }, allows: true },
    { it: "is not content with the type alone", policy: { types: ["workflow"], targets: [east] }, allows: false },
    { it: "is not content with the workspace alone", policy: { types: ["case"], targets: [soc] }, allows: false },
  ])("$it", ({ policy, allows }) => {
    expect(allowsSharing(policy, { resourceType: "workflow", targetWorkspaceId: soc })).toBe(allows);
  });
});
