/** Shares of a workspace, those that it offers and those that it is offered. */
import { refuseAbsent } from "../domain/errors.ts";
import type { OrgId, WorkspaceId } from "../domain/ids.ts";
import { isId } from "../domain/ids.ts";
import { isResourceId, isResourceTypeName } from "../domain/resource-ids.ts";
import { findPresent } from "../domain/resources.ts";
import type { Share, ShareState } from "../domain/shares.ts";
import type { WorkspaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import { tryReadFacts } from "./facts.ts";
import type { ListPage } from "./lists.ts";
import { findResource } from "./resource-facts.ts";
import type { Input, Loading, PageRequest } from "./route.ts";
import { command, query } from "./route.ts";
import { pageOf } from "./schemas.ts";
import type { Offer } from "./share-bodies.ts";
import { shareBodies, shareFilter, shareShape } from "./share-bodies.ts";
import type { OfferFacts, ShareFacts } from "./share-changes.ts";
import { acceptShare, denyShare, offerShare, revokeShare } from "./share-changes.ts";
import { refToDependent } from "./share-rows.ts";
import { showShare, stateNow } from "./shown-share.ts";

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
    run: async (store, { params, query: { direction, state }, page, now }) => ({
      body: await listShares(store, params, direction, state, page, now),
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
      const share = await findShare(store, params);
      const [state = "revoked"] = await readStates(store, params.orgId, [share], now);
      return { body: showShare(share, state) };
    },
  }),

  command({
    method: "POST",
    path: `${one}/accept`,
    operationId: "acceptShare",
    summary: "Accepts what another workspace offers; its resource can be used here from now on.",
    area: "sharing",
    access: access("share:accept"),
    reply: { status: 200, schema: shareShape },
    example: {},
    locks: "workspace",
    locksOther: findOther,
    load: (store, { params, now }) => loadShare(store, params, now),
    decide: (loaded, { params: { orgId }, now }, standing, store) => acceptShare(orgId, loaded, now, standing, store),
  }),

  command({
    method: "POST",
    path: `${one}/deny`,
    operationId: "denyShare",
    summary: "Denies what another workspace offers.",
    area: "sharing",
    access: access("share:accept"),
    reply: { status: 200, schema: shareShape },
    example: {},
    locks: "workspace",
    locksOther: findOther,
    load: (store, { params, now }) => loadShare(store, params, now),
    decide: (loaded, { params: { orgId }, now }, standing, store) => denyShare(orgId, loaded, now, standing, store),
  }),

  command({
    method: "POST",
    path: `${one}/revoke`,
    operationId: "revokeShare",
    summary: "Ends the share, from either side; its resource cannot be used through it from now on.",
    area: "sharing",
    access: access("share:revoke"),
    reply: { status: 200, schema: shareShape },
    example: {},
    locks: "workspace",
    locksOther: findOther,
    load: (store, { params, now }) => loadShare(store, params, now),
    decide: (loaded, { params: { orgId }, now }, standing, store) => revokeShare(orgId, loaded, now, standing, store),
  }),
];

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
      tryReadFacts(store, loading.roles, { ...target, userId: principal.userId, now }, { organization, workspace }),
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

/** A share as the workspace of the path has it. */
async function findShare(store: Store, { orgId, workspaceId, shareId }: ShareParams): Promise<Share> {
  const place = { orgId, workspaceId };
  const { incoming, outgoing } = await store.read({
    incoming: store.shares.at(place, "incoming", shareId),
    outgoing: store.shares.at(place, "outgoing", shareId),
  });
  return incoming ?? outgoing ?? refuseAbsent("share");
}

/** Neither workspace of a share ever changes, so the other one is known before anything is locked. */
async function findOther(store: Store, { params }: { readonly params: ShareParams }): Promise<WorkspaceId | undefined> {
  const { orgId, workspaceId, shareId } = params;
  const place = { orgId, workspaceId };
  const { incoming, outgoing } = await store.read({
    incoming: store.shares.at(place, "incoming", shareId),
    outgoing: store.shares.at(place, "outgoing", shareId),
  });
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

/** Rows looked at together where a filter may let few through, and how often one request looks. */
const FILTERED_ROWS = 200;
const MOST_LOOKS = 5;

async function listShares(
  store: Store,
  { orgId, workspaceId }: WorkspaceRef,
  direction: "incoming" | "outgoing" | undefined,
  state: ShareState | undefined,
  page: PageRequest,
  now: number,
): Promise<ListPage<ReturnType<typeof showShare>>> {
  const items: ReturnType<typeof showShare>[] = [];
  let after = page.position as string | undefined;
  for (let look = 0; look < MOST_LOOKS; look++) {
    const limit = state === undefined ? page.limit - items.length : FILTERED_ROWS;
    const { items: rows, next } = await store.shares.list({ orgId, workspaceId }, direction, { limit, after });
    const shares = rows.map(({ value }) => value);
    const states = await readStates(store, orgId, shares, now);
    for (const [index, { sk, value }] of rows.entries()) {
      const own = states[index];
      after = sk;
      if (own !== undefined && (state === undefined || state === own)) items.push(showShare(value, own));
      const isLast = index === rows.length - 1 && next === undefined;
      if (items.length === page.limit && !isLast) return { items, nextCursor: page.seal(after) };
    }
    if (next === undefined) return { items };
    after = next;
  }
  return { items, nextCursor: page.seal(after) };
}

/** The state of each share now: one whose resource or workspace is gone ended with it, swept or not. */
async function readStates(store: Store, orgId: OrgId, shares: readonly Share[], now: number): Promise<ShareState[]> {
  const workspaceIds = [...new Set(shares.flatMap((share) => [share.sourceWorkspaceId, share.targetWorkspaceId]))];
  const { resources, workspaces } = await store.read({
    resources: shares.map(({ sourceWorkspaceId: workspaceId, resourceType: type, resourceId: id }) =>
      store.resources.at({ orgId, workspaceId }, { type, id }),
    ),
    workspaces: workspaceIds.map((id) => store.workspaces.at(orgId, id)),
  });
  const isThere = (id: WorkspaceId) => workspaces[workspaceIds.indexOf(id)] !== undefined;
  return shares.map((share, index) => {
    const isResource = findPresent(resources[index], now)?.incarnation === share.incarnation;
    const isWhole = isResource && isThere(share.sourceWorkspaceId) && isThere(share.targetWorkspaceId);
    return stateNow(share, !isWhole, now);
  });
}
