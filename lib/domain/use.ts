/**
 * Whether a workspace may use a thing that a type and an id name there, beyond what scopes say: its own, or one shared with it.
 *
 * - What is the workspace's own is judged by scopes alone, and so is an id that the workspace does not know: its callers may keep
 *   their resources elsewhere.
 * - What is known through a share alone is used as the share says, while it is live. It is never passed on.
 */
import type { Catalogue } from "./catalogue.ts";
import type { WorkspaceId } from "./ids.ts";
import type { ShareLapse } from "./liveness.ts";
import { findShareLapse, isRest } from "./liveness.ts";
import type { Organization, Workspace } from "./places.ts";
import type { Resource } from "./resources.ts";
import { findPresent } from "./resources.ts";
import type { Settings } from "./settings.ts";
import type { SharedResource } from "./shares.ts";

/** What is known of one id in one workspace, as values read at one moment. */
export interface ResourceFacts {
  readonly workspaceId: WorkspaceId;
  readonly own: Resource | undefined;
  /** What stands there of a share that was once accepted. */
  readonly shared: SharedResource | undefined;
  /** Where that share comes from, and what it is of; undefined where there is no share. */
  readonly source: Resource | undefined;
  readonly sourceWorkspace: Workspace | undefined;
  readonly settings: Settings | undefined;
}

export type UseLapse = ShareLapse | "share.action";

/**
 * An id may be the workspace's own, live through a share, known through one that rests until its source is resumed or its kind is
 * allowed again, known through one that is over, or nothing that is known.
 */
type IdStanding = "own" | "shared" | "resting" | "ended" | "unknown";

/** What an id is in a workspace at a moment. */
export function findStanding(facts: ResourceFacts, place: UsePlace): IdStanding {
  if (findPresent(facts.own, place.now) !== undefined) return "own";
  if (facts.shared === undefined) return "unknown";
  const lapse = findShareLapse(facts.shared, facts, place);
  if (lapse === undefined) return "shared";
  return isRest(lapse) ? "resting" : "ended";
}

export interface UsePlace {
  readonly now: number;
  readonly organization: Pick<Organization, "id"> | undefined;
  readonly catalogue: Catalogue;
}

/** What keeps an action from being done to the thing in the workspace; nothing where scopes alone decide. */
export function findUseLapse(action: string, facts: ResourceFacts, place: UsePlace): UseLapse | undefined {
  const { shared } = facts;
  if (shared === undefined || findPresent(facts.own, place.now) !== undefined) return undefined;
  const lapse = findShareLapse(shared, facts, place);
  if (lapse !== undefined) return lapse;
  const isShareable = place.catalogue.findKeptType(shared.resourceType)?.shareable.has(action) ?? false;
  return isShareable && shared.actions.includes(action) ? undefined : "share.action";
}
