/** Workspaces: making, finding, configuring, suspending and resuming them. */
import * as z from "zod";
import type { EntryDraft } from "../domain/audit.ts";
import { NO_HASH } from "../domain/audit.ts";
import type { Catalogue } from "../domain/catalogue.ts";
import { Refusal, refuseAbsent, refuseInvalid } from "../domain/errors.ts";
import type { Gift } from "../domain/exceeds.ts";
import { isUnexpired, ruleOf, settleGrants } from "../domain/grants.ts";
import type { OrgId, UserId, WorkspaceId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import { findWorkspaceLapse } from "../domain/liveness.ts";
import { grantsInWorkspace } from "../domain/made-grants.ts";
import type { PlaceStatus, Workspace } from "../domain/places.ts";
import type { Feature } from "../domain/predefined-roles.ts";
import { OWNER } from "../domain/predefined-roles.ts";
import type { Store } from "../store/store.ts";
import { guardGifts } from "./caller-guards.ts";
import { changeMatching, refuseMatchingGifts } from "./claim-matching.ts";

import { loadRules, toAsking } from "./claim-rule-changes.ts";
import { refuseExcess, toGift } from "./giver.ts";
import { listWorkspacesOf } from "./held-workspaces.ts";
import type { ListPage } from "./lists.ts";
import { fromSorted, readPage } from "./lists.ts";
import { patchLabels } from "./merge-patch.ts";
import { readNamedRoles } from "./named-roles.ts";
import { matchVersion } from "./preconditions.ts";
import { demandUser } from "./principal-ids.ts";
import type { Outcome, PageRequest, Standing } from "./route.ts";
import { command, query } from "./route.ts";
import {
  featuresSchema,
  forceSchema,
  labelsPatchSchema,
  labelsSchema,
  nameSchema,
  pageOf,
  workspaceShape,
} from "./schemas.ts";
import { toTime } from "./times.ts";

const reply = { status: 200, schema: workspaceShape, hasETag: true } as const;

export const workspaceRoutes = [
  query({
    method: "GET",
    path: "/v1/orgs/{orgId}/workspaces",
    operationId: "listWorkspaces",
    summary: "Every workspace of the organization; without `workspace:list` those in which the caller has a role.",
    area: "directory",
    access: { kind: "member", level: "organization", scope: "workspace:list" },
    list: {},
    reply: { status: 200, schema: pageOf(workspaceShape) },
    example: {},
    run: async (store, { params, principal, holdsScope, page, now }) => {
      const { items, ...rest } = holdsScope
        ? await readPage(page, (options) => store.workspaces.list(params.orgId, options))
        : await listOwn(store, params.orgId, demandUser(principal), page, now);
      return { body: { items: items.map(showWorkspace), ...rest } };
    },
  }),

  command({
    method: "POST",
    path: "/v1/orgs/{orgId}/workspaces",
    operationId: "createWorkspace",
    summary: "Makes a workspace; the caller becomes its Owner.",
    area: "directory",
    access: { kind: "scope", level: "organization", scope: "workspace:create" },
    body: z.strictObject({ name: nameSchema, labels: labelsSchema.optional(), features: featuresSchema.optional() }),
    reply: { status: 201, schema: workspaceShape, hasETag: true },
    example: { body: { name: "North", labels: { region: "eu" }, features: ["case-management"] } },
    locks: "organization",
    load: async (store, { params, body }) => store.read({ taken: store.workspaces.named(params.orgId, body.name) }),
    decide: ({ taken }, { params, body, principal, now, newId }, { organization }, store) => {
      const { workspaceCount = 0 } = organization ?? {};
      if (workspaceCount >= limits.workspacesPerOrganization) {
        const detail = `An organization has at most ${limits.workspacesPerOrganization} workspaces.`;
        refuseInvalid({ pointer: "", detail });
      }
      if (taken !== undefined) refuseTaken();
      const id = newId("wks");
      const workspace: Workspace = {
        id,
        orgId: params.orgId,
        name: body.name,
        status: "active",
        labels: body.labels ?? {},
        features: [...new Set(body.features ?? [])],
        claimMatching: "first-match",
        createdAt: toTime(now),
        version: 1,
        seq: 0,
        hash: NO_HASH,
        policy: 0,
      };
      const place = { orgId: params.orgId, workspaceId: id };
      const grant = { roleId: OWNER, managedBy: "system", source: "direct" } as const;
      const { name, labels, features } = workspace;
      const entry = { action: "workspace.created", target: { type: "workspace", id } } as const;
      const userId = demandUser(principal);
      const after = { name, labels, features, owner: userId };
      return {
        changes: [
          ...store.workspaces.create(workspace),
          store.places.setCounts({ orgId: params.orgId }, { workspaceCount: workspaceCount + 1 }),
          ...store.assignments.replace(undefined, { place, userId, grants: [grant], version: 1 }),
        ],
        audit: [
          { chain: params.orgId, ...entry, after, reach: [id] },
          { chain: id, ...entry, after },
        ],
        reply: { body: showWorkspace(workspace), version: 1 },
      };
    },
  }),

  query({
    method: "GET",
    path: "/v1/orgs/{orgId}/workspaces/{workspaceId}",
    operationId: "getWorkspace",
    summary: "The workspace.",
    area: "directory",
    access: { kind: "scope", level: "workspace", scope: "workspace:read", orOrganization: "workspace:list" },
    reply,
    example: {},
    run: async (store, { params }) => {
      const { workspace } = await store.read({ workspace: store.workspaces.at(params.orgId, params.workspaceId) });
      if (workspace === undefined) refuseAbsent("workspace");
      return { body: showWorkspace(workspace), version: workspace.version };
    },
  }),

  command({
    method: "PATCH",
    path: "/v1/orgs/{orgId}/workspaces/{workspaceId}",
    operationId: "updateWorkspace",
    summary: "Renames, labels and configures the workspace.",
    area: "directory",
    access: { kind: "scope", level: "workspace", scope: "workspace:update", orOrganization: "workspace:create" },
    query: forceSchema,
    body: z.strictObject({
      name: nameSchema.optional(),
      labels: labelsPatchSchema.optional(),
      features: featuresSchema.optional(),
      claimMatching: z.enum(["first-match", "all-matches"]).optional(),
    }),
    reply,
    example: { body: { labels: { region: "us" } }, headers: { "if-match": "*" } },
    locks: "workspace",
    load: async (store, input, loading) => {
      const { params, body } = input;
      const isOther = body.claimMatching !== undefined && body.claimMatching !== loading.workspace?.claimMatching;
      const [{ taken }, rules] = await Promise.all([
        store.read({ taken: body.name === undefined ? undefined : store.workspaces.named(params.orgId, body.name) }),
        isOther ? loadRules(store, params, toAsking(input), undefined, loading) : undefined,
      ]);
      return rules === "moved" ? rules : { taken, rules };
    },
    decide: ({ taken, rules }, input, standing, store) => {
      const { body, params, ifMatch } = input;
      const { workspace: before, giver, catalogue } = standing;
      if (before === undefined) refuseAbsent("workspace");
      matchVersion(ifMatch, before.version, true);
      const set = {
        name: body.name ?? before.name,
        labels: patchLabels(before.labels, body.labels),
        features: body.features === undefined ? before.features : [...new Set(body.features)],
        claimMatching: body.claimMatching ?? before.claimMatching,
        version: before.version + 1,
      };
      const gifts = giftsOfFeatures(before, set.features, catalogue);
      refuseExcess(giver, [], gifts, "/features");
      const matching = { before, claimMatching: set.claimMatching };
      if (rules !== undefined) refuseMatchingGifts(rules, matching, standing);
      if (taken !== undefined && taken !== before.id) refuseTaken();
      const after = { ...before, ...set };
      return {
        changes: [
          ...store.workspaces.edit(before, set),
          ...guardGifts(store, standing, gifts),
          ...(rules === undefined ? [] : changeMatching(rules, matching, toAsking(input), standing, store)),
        ],
        audit: [
          {
            chain: params.workspaceId,
            action: "workspace.updated",
            target: { type: "workspace", id: before.id },
            before: describe(before),
            after: describe(after),
          },
        ],
        reply: { body: showWorkspace(after), version: after.version },
      };
    },
  }),

  command({
    method: "DELETE",
    path: "/v1/orgs/{orgId}/workspaces/{workspaceId}",
    operationId: "deleteWorkspace",
    summary: "Deletes a suspended workspace with everything in it; its audit log stays readable in the organization's.",
    area: "directory",
    access: { kind: "scope", level: "organization", scope: "workspace:delete" },
    reply: { status: 204 },
    example: { before: ["POST /v1/orgs/{orgId}/workspaces/{workspaceId}/suspend"] },
    locks: "both",
    load: async () => ({}),
    decide: (_loaded, { params: { orgId, workspaceId }, ifMatch }, { organization, workspace: before }, store) => {
      if (organization === undefined || before === undefined) refuseAbsent("workspace");
      matchVersion(ifMatch, before.version, false);
      if (before.status === "active") throw new Refusal("workspace.active", "Suspend the workspace first.");
      const entry = {
        action: "workspace.deleted",
        target: { type: "workspace", id: workspaceId },
        before: { ...describe(before), status: before.status },
      } as const;
      return {
        changes: [
          ...store.workspaces.remove(before),
          store.places.setCounts({ orgId }, { workspaceCount: (organization.workspaceCount ?? 1) - 1 }),
          store.sweeps.add({ kind: "workspace", orgId, workspaceId }),
        ],
        audit: [
          { chain: orgId, ...entry, reach: [workspaceId] },
          { chain: workspaceId, ...entry },
        ],
        reply: {},
      };
    },
  }),

  command({
    method: "POST",
    path: "/v1/orgs/{orgId}/workspaces/{workspaceId}/suspend",
    operationId: "suspendWorkspace",
    summary: "Suspends the workspace: nothing in it gives anything from now on.",
    area: "directory",
    access: { kind: "scope", level: "organization", scope: "workspace:suspend" },
    reply,
    example: {},
    locks: "both",
    load: async () => ({}),
    decide: (_loaded, { params }, standing, store) =>
      setStatus(params, "suspended", "workspace.suspended", standing, store),
  }),

  command({
    method: "POST",
    path: "/v1/orgs/{orgId}/workspaces/{workspaceId}/resume",
    operationId: "resumeWorkspace",
    summary: "Resumes a suspended workspace: everything in it gives again what it gave.",
    area: "directory",
    access: { kind: "scope", level: "organization", scope: "workspace:suspend" },
    reply,
    example: { before: ["POST /v1/orgs/{orgId}/workspaces/{workspaceId}/suspend"] },
    locks: "both",
    load: async () => ({}),
    decide: (_loaded, { params }, standing, store) => setStatus(params, "active", "workspace.resumed", standing, store),
  }),
];

function setStatus(
  { orgId, workspaceId }: { orgId: OrgId; workspaceId: WorkspaceId },
  status: PlaceStatus,
  action: "workspace.suspended" | "workspace.resumed",
  { workspace: before }: Standing,
  store: Store,
): Outcome {
  if (before === undefined) refuseAbsent("workspace");
  if (before.status === status) return { unchanged: { body: showWorkspace(before), version: before.version } };
  const after = { ...before, status, version: before.version + 1 };
  const entry: Omit<EntryDraft, "chain"> = {
    action,
    target: { type: "workspace", id: workspaceId },
    before: { status: before.status },
    after: { status },
  };
  return {
    changes: store.workspaces.edit(before, { status, version: after.version }),
    audit: [
      { chain: orgId, ...entry, reach: [workspaceId] },
      { chain: workspaceId, ...entry },
    ],
    reply: { body: showWorkspace(after), version: after.version },
  };
}

/** The workspaces in which the caller has a role, in the order of their ids. */
async function listOwn(
  store: Store,
  orgId: OrgId,
  userId: UserId,
  page: PageRequest,
  now: number,
): Promise<ListPage<Workspace>> {
  const [{ organization, user }, assignments] = await Promise.all([
    store.read({ organization: store.organizations.at(orgId), user: store.users.at(orgId, userId) }),
    store.assignments.listOfUser(orgId, userId),
  ]);
  const byPlace = new Map(assignments.map((one) => [one.place.workspaceId, one]));
  const held = (await listWorkspacesOf(store, user, assignments)).sort().flatMap((workspaceId) => {
    const grants = grantsInWorkspace(byPlace.get(workspaceId), user).filter((grant) => isUnexpired(grant, now));
    return grants.length === 0 ? [] : [{ place: { orgId, workspaceId }, grants }];
  });
  const { items, ...rest } = await readPage(page, fromSorted(held.map(({ place }) => place.workspaceId)));
  const asked = new Set(items);
  const [{ workspaces }, found] = await Promise.all([
    store.read({ workspaces: items.map((id) => store.workspaces.at(orgId, id)) }),
    // What was given directly stands as it is; only a rule may have ceased to give.
    readNamedRoles(
      store,
      held.flatMap(({ place, grants }) =>
        asked.has(place.workspaceId) ? [{ place, grants: grants.filter((grant) => ruleOf(grant) !== undefined) }] : [],
      ),
    ),
  ]);
  const standing = new Set(
    held.filter(({ grants }) => settleGrants(grants, found).length > 0).map(({ place }) => place.workspaceId),
  );
  const own = workspaces.filter(
    (workspace): workspace is Workspace =>
      workspace !== undefined &&
      standing.has(workspace.id) &&
      findWorkspaceLapse(organization, workspace) === undefined,
  );
  return { items: own, ...rest };
}

/** Switching a feature on gives its roles back to whoever was given them: it is judged as giving those roles. */
function giftsOfFeatures(before: Workspace, features: readonly Feature[], catalogue: Catalogue): Gift[] {
  const on = features.filter((feature) => !before.features.includes(feature));
  return catalogue.predefinedRoles
    .filter(({ needs }) => needs !== undefined && on.includes(needs))
    .map((role) => toGift(role, catalogue));
}

function refuseTaken(): never {
  throw new Refusal("name.taken", "A workspace of this organization has that name.");
}

function describe({ name, labels, features, claimMatching }: Workspace) {
  return { name, labels, features, claimMatching };
}

function showWorkspace({ id, name, status, labels, features, claimMatching, createdAt, version }: Workspace) {
  return { id, name, status, labels, features, claimMatching, createdAt, version };
}
