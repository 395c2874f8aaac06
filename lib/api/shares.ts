/** Shares of a workspace, those that it offers and those that it is offered. */
import { refuseAbsent } from "../domain/errors.ts";
import type { WorkspaceId } from "../domain/ids.ts";
import { isId } from "../domain/ids.ts";
import { isResourceId, isResourceTypeName } from "../domain/resource-ids.ts";
import { findPresent } from "../domain/resources.ts";
import type { Share } from "../domain/shares.ts";
import type { Store } from "../store/store.ts";
import { askerOf, tryReadFacts } from "./facts.ts";
import { findResource } from "./resource-facts.ts";
import type { Input, Loading } from "./route.ts";
import { command, query } from "./route.ts";
import { pageOf } from "./schemas.ts";
import type { Offer } from "./share-bodies.ts";
import { shareBodies, shareFilter, shareShape } from "./share-bodies.ts";
import type { OfferFacts, ShareFacts } from "./share-changes.ts";
import { acceptShare, denyShare, offerShare, revokeShare } from "./share-changes.ts";
import { listShares, showShares } from "./share-list.ts";
import { refToDependent } from "./share-rows.ts";

const all = "/v1/orgs/{orgId}/workspaces/{workspaceId}/shares";
const one = "/v1/orgs/{orgId}/workspaces/{workspaceId}/shares/{shareId}";
const access = (scope: string) => ({ kind: "scope", level: "workspace", scope }) as const;

type Params = Input<typeof all, unknown, unknown>["params"];
type ShareParams = Input<typeof one, unknown, unknown>["params"];

/** Offers a resource to one workspace; also one row of an offer to many. */
export const createShare = command({
  method: "POST",
  path: all,
  operationId: "createShare",
  summary:
    "Shares a resource with another workspace: at once where the caller may accept it there, else it waits up to 7 days.",
  area: "sharing",
  access: access("share:create"),
  body: shareBodies.offer,
  reply: { status: 201, schema: shareShape },
  example: {
    body: {
      resourceType: "workflow",
      resourceId: "{resourceId}",
      targetWorkspaceId: "{otherWorkspaceId}",
      actions: ["read"],
    },
    handsOn: ["workflow:read"],
  },
  locks: "workspace",
  locksOther: async (_store, { body }) => toWorkspaceId(body.targetWorkspaceId),
  load: (store, input, loading) => loadOffer(store, input, loading),
  decide: (loaded, { params: { orgId }, body, now, newId }, standing, store) => {
    const { dependent } = loaded.rows;
    const resource = findPresent(loaded.source?.facts.own, now);
    const isLeftOver =
      dependent !== undefined && resource !== undefined && dependent.incarnation !== resource.incarnation;
    // What had the id before was shared there, and is not swept yet.
    if (isLeftOver) {
      const { shareId, targetWorkspaceId: workspaceId } = dependent;
      return { sweepFirst: { kind: "share", orgId, workspaceId, shareId } };
    }
    return offerShare({ orgId, now, newId }, body, loaded, standing, store);
  },
});

export const shareRoutes = [
  query({
    method: "GET",
    path: all,
    operationId: "listShares",
    summary: "Shares to and from the workspace.",
    area: "sharing",
    access: access("share:read"),
    query: shareFilter,
    list: {},
    reply: { status: 200, schema: pageOf(shareShape) },
    example: {},
    run: async (store, { params, query: filter, page, now }) => ({
      body: await listShares(store, params, filter, page, now),
    }),
  }),

  createShare,

  query({
    method: "GET",
    path: one,
    operationId: "getShare",
    summary: "One share, as either side sees it.",
    area: "sharing",
    access: access("share:read"),
    reply: { status: 200, schema: shareShape },
    example: {},
    run: async (store, { params, now }) => {
      const [body] = await showShares(store, params.orgId, [await findShare(store, params)], now);
      return { body };
    },
  }),

  change(
    "accept",
    "share:accept",
    acceptShare,
    "Accepts what another workspace offers; its resource can be used here from now on.",
  ),
  change("deny", "share:accept", denyShare, "Denies what another workspace offers."),
  change(
    "revoke",
    "share:revoke",
    revokeShare,
    "Ends the share, from either side; its resource cannot be used through it from now on.",
  ),
];

/** A route by which one of its two workspaces changes a share's state. */
function change(
  verb: "accept" | "deny" | "revoke",
  scope: "share:accept" | "share:revoke",
  decide: typeof acceptShare,
  summary: string,
) {
  return command({
    method: "POST",
    path: `${one}/${verb}`,
    operationId: `${verb}Share`,
    summary,
    area: "sharing",
    access: access(scope),
    reply: { status: 200, schema: shareShape },
    example: {},
    locks: "workspace",
    locksOther: findOther,
    load: (store, { params, now }) => loadShare(store, params, now),
    decide: (loaded, { params, now }, standing, store) => decide(params.orgId, loaded, now, standing, store),
  });
}

function toWorkspaceId(text: string): WorkspaceId | undefined {
  return isId("wks", text) ? text : undefined;
}

async function loadOffer(
  store: Store,
  {
    params,
    body,
    principal,
    now,
  }: { readonly params: Params; readonly body: Offer } & Pick<Input<typeof all, unknown, Offer>, "principal" | "now">,
  loading: Loading,
): Promise<OfferFacts | "moved"> {
  const { orgId, workspaceId } = params;
  const { resourceType: type, resourceId: id } = body;
  const named = isResourceTypeName(type) && isResourceId(id) ? { type, id } : undefined;
  const target = loading.other && { orgId, workspaceId: loading.other.id };
  const { organization, other: workspace } = loading;
  const [source, inTarget, rest, callerInTarget] = await Promise.all([
    named && findResource(store, { orgId, workspaceId }, named, now),
    named && target && findResource(store, target, named, now),
    store.read({
      settings: store.settings.at(orgId),
      dependent: named && target && store.shares.dependentAt({ orgId, workspaceId }, type, id, target.workspaceId),
    }),
    target &&
      tryReadFacts(store, loading.roles, { ...target, ...askerOf(principal), now }, { organization, workspace }),
  ]);
  if (callerInTarget === "moved") return "moved";
  const { settings, dependent } = rest;
  return {
    source,
    target: inTarget,
    // Read once: what is refused and what is written rest on the same.
    rows: { shared: inTarget?.facts.shared, dependent },
    settings,
    callerInTarget,
  };
}

/** A share as the workspace of the path has it: offered to it, or by it. */
function readCopies(store: Store, { orgId, workspaceId, shareId }: ShareParams) {
  const place = { orgId, workspaceId };
  return store.read({
    incoming: store.shares.at(place, "incoming", shareId),
    outgoing: store.shares.at(place, "outgoing", shareId),
  });
}

async function findShare(store: Store, params: ShareParams): Promise<Share> {
  const { incoming, outgoing } = await readCopies(store, params);
  return incoming ?? outgoing ?? refuseAbsent("share");
}

/** Neither workspace of a share ever changes, so the other one is known before anything is locked. */
async function findOther(store: Store, { params }: { readonly params: ShareParams }): Promise<WorkspaceId | undefined> {
  const { incoming, outgoing } = await readCopies(store, params);
  return incoming?.sourceWorkspaceId ?? outgoing?.targetWorkspaceId;
}

async function loadShare(store: Store, params: ShareParams, now: number): Promise<ShareFacts> {
  const { orgId } = params;
  const share = await findShare(store, params);
  const { resourceType: type, resourceId: id } = share;
  const source = { orgId, workspaceId: share.sourceWorkspaceId };
  const target = { orgId, workspaceId: share.targetWorkspaceId };
  const [{ settings, resource, dependent }, inTarget] = await Promise.all([
    store.read({
      settings: store.settings.at(orgId),
      resource: store.resources.at(source, { type, id }),
      dependent: refToDependent(store, orgId, share),
    }),
    findResource(store, target, { type, id }, now),
  ]);
  return { share, rows: { shared: inTarget.facts.shared, dependent }, settings, resource, target: inTarget };
}
