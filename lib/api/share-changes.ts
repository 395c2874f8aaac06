/** Offering a share, accepting it, denying it, ending it: what each writes, and when it is refused. */
import type { KeptType } from "../domain/catalogue.ts";
import type { Facts } from "../domain/decide.ts";
import { decide } from "../domain/decide.ts";
import { Refusal, refuseInvalid } from "../domain/errors.ts";
import type { Giver } from "../domain/exceeds.ts";
import type { OrgId } from "../domain/ids.ts";
import { speaksOfOwnType } from "../domain/own-types.ts";
import type { Workspace } from "../domain/places.ts";
import type { WorkspaceScope } from "../domain/resource-types.ts";
import type { Resource } from "../domain/resources.ts";
import { findPresent } from "../domain/resources.ts";
import type { Settings } from "../domain/settings.ts";
import { allowsSharing } from "../domain/settings.ts";
import type { Dependent, Share, SharedResource } from "../domain/shares.ts";
import { PENDING_FOR } from "../domain/shares.ts";
import { findStanding } from "../domain/use.ts";
import type { Change } from "../store/changes.ts";
import type { Store } from "../store/store.ts";
import type { VersionedFacts } from "./facts.ts";
import { refuseExcess } from "./giver.ts";
import type { IdMaker } from "./id-maker.ts";
import { placeOfUse, refuseTakenId } from "./resource-changes.ts";
import type { FoundResource } from "./resource-facts.ts";
import type { Outcome, Standing } from "./route.ts";
import type { Offer } from "./share-bodies.ts";
import { showShare, stateNow } from "./shown-share.ts";
import { toTime } from "./times.ts";

const ACCEPT: WorkspaceScope = "share:accept";

interface Rows {
  readonly shared: SharedResource | undefined;
  readonly dependent: Dependent | undefined;
}

/** What an offer rests on, read after both workspaces were locked. */
export interface OfferFacts {
  /** What the source knows under the type and id. */
  readonly source: FoundResource | undefined;
  /** What the target knows under them. */
  readonly target: FoundResource | undefined;
  readonly rows: Rows;
  readonly settings: Settings | undefined;
  /** The caller in the target; undefined where there is no such workspace. */
  readonly callerInTarget: VersionedFacts | undefined;
}

interface Making {
  readonly orgId: OrgId;
  readonly now: number;
  readonly newId: IdMaker;
}

export function offerShare(
  { orgId, now, newId }: Making,
  offer: Offer,
  loaded: OfferFacts,
  standing: Standing,
  store: Store,
): Outcome {
  const { workspace: source, other: target, caller } = standing;
  // The person, be it through a key that acts as them; else the key.
  const createdBy = caller?.user?.id ?? caller?.presented?.key?.id;
  if (source === undefined || caller === undefined || createdBy === undefined)
    throw new Error("a share is offered in a workspace, by somebody");
  const place = placeOfUse(now, standing);
  const type = findShareable(offer, caller);
  const resource = findOffered(offer, loaded.source, standing, now);
  // That of another organization is as absent as one that never was.
  if (target === undefined) refuseField("targetWorkspaceId", "There is no such workspace in this organization.");
  if (target.id === source.id) refuseField("targetWorkspaceId", "This is the workspace itself.");
  checkPolicy(offer, loaded.settings);
  if (offer.expiresAt !== undefined && offer.expiresAt <= now) refuseField("expiresAt", "This moment is over.");
  refuseUnheld(offer, standing.giver);
  const isAccepted = decideAcceptance(loaded.callerInTarget);
  refuseOffered(loaded.rows.dependent, resource, now);
  if (isAccepted) refuseTakenId(loaded.target, place);
  const ends = [offer.expiresAt, resource.expiresAt].filter((end) => end !== undefined);
  const share: Share = {
    id: newId("shr"),
    resourceType: offer.resourceType,
    resourceId: offer.resourceId,
    incarnation: resource.incarnation,
    sourceWorkspaceId: source.id,
    targetWorkspaceId: target.id,
    actions: offer.actions,
    state: isAccepted ? "accepted" : "pending",
    createdAt: toTime(now),
    createdBy,
    pendingUntil: now + PENDING_FOR,
    ...(ends.length === 0 ? {} : { expiresAt: Math.min(...ends) }),
    version: 1,
  };
  const entry = { action: "share.created", target: { type: "share", id: share.id }, after: describe(share) } as const;
  return {
    changes: [
      ...store.shares.write(orgId, undefined, share, loaded.rows),
      store.resources.mustBe({ orgId, workspaceId: source.id }, resource, resource),
      ...(isAccepted ? guardId(store, orgId, share, loaded.target) : []),
      ...restOnType(store, orgId, type, share),
      ...(isAccepted ? guardAcceptance(store, loaded.callerInTarget) : []),
    ],
    audit: [
      { chain: source.id, ...entry },
      { chain: target.id, ...entry },
    ],
    reply: { body: showShare(share, share.state) },
  };
}

/** A share whose state is to change, and what that rests on. */
export interface ShareFacts {
  readonly share: Share;
  readonly rows: Rows;
  readonly settings: Settings | undefined;
  /** What is shared, as it stands in the source now. */
  readonly resource: Resource | undefined;
  /** What the target knows under the type and id. */
  readonly target: FoundResource;
}

export function acceptShare(orgId: OrgId, loaded: ShareFacts, now: number, standing: Standing, store: Store): Outcome {
  const { share, rows, settings, resource } = loaded;
  refuseSource(share, standing.workspace, "accepts");
  refuseState(share, ["pending"], now);
  if (resource === undefined || isGone(loaded, now, standing)) refuseOver("The resource is not there any more.");
  const isShareable = (action: string) =>
    standing.caller?.catalogue.findKeptType(share.resourceType)?.shareable.has(action) ?? false;
  if (!allowsSharing(settings?.sharing, share) || !share.actions.every(isShareable)) {
    refuseOver("The organization does not let this be shared any more.");
  }
  refuseTakenId(loaded.target, placeOfUse(now, standing));
  const outcome = move(orgId, share, "accepted", rows, standing, store);
  const type = standing.caller?.catalogue.findKeptType(share.resourceType);
  const resting = restOnType(store, orgId, type, { ...share, state: "accepted" });
  return {
    ...outcome,
    changes: [
      ...outcome.changes,
      store.resources.mustBe({ orgId, workspaceId: share.sourceWorkspaceId }, resource, resource),
      ...guardId(store, orgId, share, loaded.target),
      ...resting,
    ],
  };
}

export function denyShare(orgId: OrgId, loaded: ShareFacts, now: number, standing: Standing, store: Store): Outcome {
  const { share, rows } = loaded;
  refuseSource(share, standing.workspace, "denies");
  refuseState(share, ["pending"], now, isGone(loaded, now, standing));
  return move(orgId, share, "denied", rows, standing, store);
}

export function revokeShare(orgId: OrgId, loaded: ShareFacts, now: number, standing: Standing, store: Store): Outcome {
  const { share, rows } = loaded;
  refuseState(share, ["pending", "accepted"], now, isGone(loaded, now, standing));
  return move(orgId, share, "revoked", rows, standing, store);
}

/** What ends a share, and what its entry tells of it. */
export function endShare(store: Store, orgId: OrgId, share: Share, state: "denied" | "revoked", rows: Rows) {
  const after: Share = { ...share, state, version: share.version + 1 };
  const changes: Change[] = [...store.shares.write(orgId, share, after, rows), ...forgetUse(store, orgId, share)];
  const { resourceType, resourceId, sourceWorkspaceId, targetWorkspaceId } = share;
  return { after, changes, told: { resourceType, resourceId, sourceWorkspaceId, targetWorkspaceId } };
}

/** The share keeps no type from being changed any more. */
export function forgetUse(store: Store, orgId: OrgId, { resourceType, id }: Share): Change[] {
  return speaksOfOwnType(`${resourceType}:`) ? [store.ownTypes.isSharedNoMore(orgId, resourceType, id)] : [];
}

type Changed = Extract<Outcome, { readonly changes: unknown }>;

function move(
  orgId: OrgId,
  share: Share,
  state: "accepted" | "denied" | "revoked",
  rows: Rows,
  { workspace, other }: Standing,
  store: Store,
): Changed {
  if (workspace === undefined) throw new Error("a share is changed in a workspace");
  const accepted: Share = { ...share, state: "accepted", version: share.version + 1 };
  const { after, changes } =
    state === "accepted"
      ? { after: accepted, changes: store.shares.write(orgId, share, accepted, rows) }
      : endShare(store, orgId, share, state, rows);
  const { state: _, ...told } = describe(share);
  const entry = {
    action: `share.${state}`,
    target: { type: "share", id: share.id },
    before: { state: share.state },
    after: { state, ...told },
  } as const;
  const there = other === undefined ? [] : [{ chain: other.id, ...entry }];
  return { changes, audit: [{ chain: workspace.id, ...entry }, ...there], reply: { body: showShare(after, state) } };
}

function findShareable({ resourceType, actions }: Offer, { catalogue }: Facts): KeptType {
  const type = catalogue.findKeptType(resourceType);
  if (type === undefined || type.shareable.size === 0)
    refuseField("resourceType", "Nothing of this type can be shared.");
  const faults = actions.flatMap((action, index) =>
    type.shareable.has(action)
      ? []
      : [
          {
            pointer: `/actions/${index}`,
            detail: `Of a ${type.name} one can share: ${[...type.shareable].join(", ")}.`,
          },
        ],
  );
  if (faults.length > 0) refuseInvalid(...faults);
  return type;
}

function findOffered(
  { resourceType }: Offer,
  source: FoundResource | undefined,
  standing: Standing,
  now: number,
): Resource {
  const own = findPresent(source?.facts.own, now);
  if (own !== undefined) return own;
  const isShared = source !== undefined && findStanding(source.facts, placeOfUse(now, standing)) === "shared";
  return refuseField(
    "resourceId",
    isShared
      ? "It is shared with this workspace, and cannot be shared on."
      : `This workspace has no such ${resourceType}.`,
  );
}

function checkPolicy(offer: Offer, settings: Settings | undefined): void {
  const policy = settings?.sharing;
  const detail = "The organization's settings do not let this be shared.";
  if (!(policy?.types?.includes(offer.resourceType) ?? true)) refuseField("resourceType", detail);
  if (!allowsSharing(policy, { ...offer, targetWorkspaceId: offer.targetWorkspaceId as never })) {
    refuseField("targetWorkspaceId", detail);
  }
}

/**
 * Nobody shares a use that they do not have in the source. Who may give any role anywhere has none of its uses by that, so it
 * counts for nothing here.
 */
function refuseUnheld({ resourceType, actions }: Offer, { workspace }: Giver): void {
  const giver: Giver = { workspace, organization: [], mayGrantAnyWorkspaceRole: false };
  const patterns = actions.map((action) => `${resourceType}:${action}`);
  refuseExcess(giver, [], [{ key: "share", level: "workspace", patterns }], "/actions");
}

/** Whoever may accept in the target need not be asked there again. */
function decideAcceptance(callerInTarget: Facts | undefined): boolean {
  return callerInTarget !== undefined && decide({ level: "workspace", scope: ACCEPT }, callerInTarget).allow;
}

/**
 * Both workspaces are locked, the organization is not: the caller's right in the target may rest on a role that lives in it. What
 * they hold there was not judged before, as it was in the source: it is asked of the table again.
 */
function guardAcceptance(store: Store, callerInTarget: VersionedFacts | undefined): Change[] {
  const { organization, workspace, user, versions } = callerInTarget ?? {};
  if (callerInTarget === undefined || organization === undefined || workspace === undefined || user === undefined) {
    return [];
  }
  const { id, policy } = organization;
  const target = { orgId: id, workspaceId: workspace.id };
  const isOfOrganization = callerInTarget.workspaceGrants.some(
    (grant) => grant.managedBy === "organization" || grant.ruleManagedBy === "organization",
  );
  return [
    ...(versions?.atWorkspace === undefined ? [] : [store.assignments.mustBeAt(target, user.id, versions.atWorkspace)]),
    ...(isOfOrganization ? [store.places.mustHavePolicy({ orgId: id }, policy)] : []),
  ];
}

/** The target has nothing of its own under the id: what it makes there meanwhile may show later than that it made something. */
function guardId(store: Store, orgId: OrgId, share: Share, inTarget: FoundResource | undefined): Change[] {
  const { resourceType: type, resourceId: id, targetWorkspaceId: workspaceId } = share;
  return [store.resources.mustBe({ orgId, workspaceId }, { type, id }, inTarget?.facts.own)];
}

/** One offer of a resource to a workspace at a time; one of what had its id before is over. */
function refuseOffered(dependent: Dependent | undefined, { incarnation }: Resource, now: number): void {
  if (dependent === undefined || dependent.incarnation !== incarnation) return;
  const { state, pendingUntil, expiresAt } = dependent;
  if (expiresAt !== undefined && now >= expiresAt) return;
  if (state === "accepted") throw new Refusal("id.taken", "It is shared with that workspace already.");
  if (now < pendingUntil) throw new Refusal("share.state", "It is offered to that workspace already.");
}

function restOnType(store: Store, orgId: OrgId, type: KeptType | undefined, share: Share): Change[] {
  if (type?.ownVersion === undefined) return [];
  return [store.ownTypes.isRestedOn(orgId, type.name, type.ownVersion), store.ownTypes.isShared(orgId, share)];
}

function refuseSource(share: Share, workspace: Workspace | undefined, does: string): void {
  if (workspace?.id === share.targetWorkspaceId) return;
  throw new Refusal("share.state", `Only the workspace that it is offered to ${does} it.`);
}

/** Whether the share ended with its resource or with the other workspace; swept or not, nothing is left to end. */
function isGone({ share, resource }: ShareFacts, now: number, { other }: Standing): boolean {
  return other === undefined || findPresent(resource, now)?.incarnation !== share.incarnation;
}

function refuseState(share: Share, from: readonly string[], now: number, isOver = false): void {
  const state = stateNow(share, isOver, now);
  if (!from.includes(state)) throw new Refusal("share.state", `The share is ${state}.`);
}

function refuseOver(detail: string): never {
  throw new Refusal("share.state", detail);
}

function refuseField(name: string, detail: string): never {
  refuseInvalid({ pointer: `/${name}`, detail });
}

function describe({
  resourceType,
  resourceId,
  sourceWorkspaceId,
  targetWorkspaceId,
  actions,
  state,
  expiresAt,
}: Share) {
  return {
    resourceType,
    resourceId,
    sourceWorkspaceId,
    targetWorkspaceId,
    actions,
    state,
    ...(expiresAt === undefined ? {} : { expiresAt: toTime(expiresAt) }),
  };
}
