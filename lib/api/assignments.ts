/** Who holds which role where: User > Workspace > Role, and the same for the organization's own roles. */
import * as z from "zod";
import { isAnchorGrant } from "../domain/anchors.ts";
import type { EntryDraft } from "../domain/audit.ts";
import { refuseAbsent } from "../domain/errors.ts";
import type { Grant } from "../domain/grants.ts";
import { isUnexpired, settleGrants } from "../domain/grants.ts";
import type { OrgId, RoleId, UserId, WorkspaceId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import { grantsInWorkspace } from "../domain/made-grants.ts";
import type { Role } from "../domain/roles.ts";
import type { User } from "../domain/users.ts";
import type { Assignment } from "../store/assignments.ts";
import type { Change } from "../store/changes.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import { readAnchors, refuseLastAnchor } from "./anchored-places.ts";
import { findRoles, guardRoles, toGifts, toGrants } from "./assignable-roles.ts";
import { guardGifts } from "./caller-guards.ts";
import { refuseExcess } from "./giver.ts";
import { assignmentTag, listPeople, readPeople } from "./people-in-place.ts";
import { matchVersion } from "./preconditions.ts";
import { readRoles } from "./role-reading.ts";
import type { Loading, Outcome, PageRequest, Reading, Standing } from "./route.ts";
import { command, query } from "./route.ts";
import { assignmentShape, momentSchema, pageOf, roleIdSchema } from "./schemas.ts";
import { describeGrant, showAssignment } from "./shown-assignment.ts";

const bodySchema = z.strictObject({
  roleIds: z.array(roleIdSchema).max(limits.rolesPerUserAndPlace),
  expiresAt: momentSchema.optional(),
});
export type AssignmentBody = z.output<typeof bodySchema>;

const reply = { status: 200, schema: assignmentShape, hasETag: true } as const;
const inWorkspace = "/v1/orgs/{orgId}/workspaces/{workspaceId}/assignments";
const inOrganization = "/v1/orgs/{orgId}/assignments";
const read = {
  kind: "scope",
  level: "workspace",
  scope: "user-permission:read",
  orOrganization: "workspace-role:grant",
} as const;
const write = { ...read, scope: "user-permission:write" } as const;

export const assignmentRoutes = [
  query({
    method: "GET",
    path: inWorkspace,
    operationId: "listAssignments",
    summary: "Everybody who holds a role in the workspace.",
    area: "access",
    access: read,
    list: {},
    reply: { status: 200, schema: pageOf(assignmentShape) },
    example: {},
    run: (store, { params, page, now }, reading) => listAssignments(store, toPlace(params), page, now, reading),
  }),

  query({
    method: "GET",
    path: `${inWorkspace}/{userId}`,
    operationId: "getAssignment",
    summary: "What one user holds in the workspace, and from where.",
    area: "access",
    access: read,
    reply,
    example: {},
    run: async (store, { params, now }, reading) => {
      const place = toPlace(params);
      const [found] = await readPeople(store, place, [params.userId], now, reading);
      if (found === undefined) refuseAbsent("assignment");
      return { body: showAssignment(found.user, found.grants, found.roles), version: found.version };
    },
  }),

  command({
    method: "PUT",
    path: `${inWorkspace}/{userId}`,
    operationId: "replaceAssignment",
    summary: "Sets the roles that a user holds directly in the workspace; felt on the very next request.",
    area: "access",
    access: write,
    body: bodySchema,
    reply,
    example: { body: { roleIds: ["{roleId}"] } },
    locks: "workspace",
    readsGate: true,
    load: (store, { params, body }, loading) => loadAssignment(store, toPlace(params), params.userId, body, loading),
    decide: (loaded, { params, body, now, ifMatch }, standing, store) =>
      replaceAssignment(toPlace(params), loaded, body, { now, ifMatch }, standing, store),
  }),

  command({
    method: "DELETE",
    path: `${inWorkspace}/{userId}`,
    operationId: "deleteAssignment",
    summary: "Takes from a user every role that they hold directly in the workspace.",
    area: "access",
    access: write,
    reply: { status: 204 },
    example: {},
    locks: "workspace",
    readsGate: true,
    load: (store, { params }, loading) =>
      loadAssignment(store, toPlace(params), params.userId, { roleIds: [] }, loading),
    decide: (loaded, { params, now, ifMatch }, standing, store) =>
      remove(toPlace(params), loaded, { now, ifMatch }, standing, store),
  }),

  query({
    method: "GET",
    path: inOrganization,
    operationId: "listOrganizationAssignments",
    summary: "Everybody who holds an organization role.",
    area: "access",
    access: { kind: "scope", level: "organization", scope: "org-permission:read" },
    list: {},
    reply: { status: 200, schema: pageOf(assignmentShape) },
    example: {},
    run: (store, { params, page, now }, reading) => listAssignments(store, params, page, now, reading),
  }),

  command({
    method: "PUT",
    path: `${inOrganization}/{userId}`,
    operationId: "replaceOrganizationAssignment",
    summary: "Sets the organization roles that a user holds directly.",
    area: "access",
    access: { kind: "scope", level: "organization", scope: "org-permission:write" },
    body: bodySchema,
    reply,
    example: { body: { roleIds: ["{roleId}"] } },
    locks: "organization",
    readsGate: true,
    load: (store, { params, body }, loading) =>
      loadAssignment(store, { orgId: params.orgId }, params.userId, body, loading),
    decide: (loaded, { params, body, now, ifMatch }, standing, store) =>
      replaceAssignment({ orgId: params.orgId }, loaded, body, { now, ifMatch }, standing, store),
  }),

  command({
    method: "DELETE",
    path: `${inOrganization}/{userId}`,
    operationId: "deleteOrganizationAssignment",
    summary: "Takes from a user every organization role that they hold directly.",
    area: "access",
    access: { kind: "scope", level: "organization", scope: "org-permission:write" },
    reply: { status: 204 },
    example: {},
    locks: "organization",
    readsGate: true,
    load: (store, { params }, loading) =>
      loadAssignment(store, { orgId: params.orgId }, params.userId, { roleIds: [] }, loading),
    decide: (loaded, { params, now, ifMatch }, standing, store) =>
      remove({ orgId: params.orgId }, loaded, { now, ifMatch }, standing, store),
  }),
];

function toPlace({ orgId, workspaceId }: { orgId: OrgId; workspaceId: WorkspaceId }): PlaceRef {
  return { orgId, workspaceId };
}

export interface LoadedAssignment {
  readonly user: User | undefined;
  readonly before: Assignment | undefined;
  /** What the user holds, as it counts now; expired grants too. */
  readonly held: readonly Grant[];
  readonly roles: ReadonlyMap<RoleId, Role>;
  /** Who keeps the place; read only when the user is one who might. */
  readonly anchors: ReadonlySet<UserId>;
}

/** Reads what a user holds in a place, and the roles that they are to hold. */
export async function loadAssignment(
  store: Store,
  place: PlaceRef,
  userId: UserId,
  body: AssignmentBody,
  loading: Loading,
): Promise<LoadedAssignment | "moved"> {
  const { user, before } = await store.read({
    user: store.users.at(place.orgId, userId),
    before: store.assignments.at(place, userId),
  });
  const grants = place.workspaceId === undefined ? (before?.grants ?? []) : grantsInWorkspace(before, user);
  const isAnchor = grants.some((grant) => isAnchorGrant(levelOf(place), grant));
  const [named, found, anchors] = await Promise.all([
    findRoles(store, place, body.roleIds as RoleId[]),
    readRoles(store, loading.roles, loading, grants),
    isAnchor ? readAnchors(store, loading.organization, place, userId) : new Set<UserId>(),
  ]);
  if (found === "moved") return "moved";
  const roles = new Map([...found.roles, ...named]);
  return { user, before, held: settleGrants(grants, found), roles, anchors };
}

interface Circumstances {
  readonly now: number;
  readonly ifMatch: string | undefined;
}

export function replaceAssignment(
  place: PlaceRef,
  { user, before, held, roles, anchors }: LoadedAssignment,
  body: AssignmentBody,
  { now, ifMatch }: Circumstances,
  standing: Standing,
  store: Store,
): AssignmentOutcome {
  const { organization, workspace, giver, catalogue } = standing;
  const pointerOf = (index: number) => `/roleIds/${index}`;
  const direct = toGrants(
    body.roleIds as RoleId[],
    roles,
    { ...place, workspace },
    { expiresAt: body.expiresAt, now },
    pointerOf,
  );
  if (user === undefined) refuseAbsent("user");
  matchVersion(ifMatch, held.length === 0 ? undefined : assignmentTag(before, user), false);
  const old = held.filter((grant) => isUnexpired(grant, now));
  const oldDirect = old.filter(({ source }) => source === "direct");
  const gifts = toGifts(direct, roles, catalogue);
  refuseExcess(giver, toGifts(oldDirect, roles, catalogue), gifts, "/roleIds");
  const takesAnchor = keepsPlace(place, before) && !direct.some((grant) => isAnchorGrant(levelOf(place), grant));
  if (takesAnchor) refuseLastAnchor(anchors, user.id);
  const version = ((place.workspaceId === undefined ? organization?.seq : workspace?.seq) ?? 0) + 1;
  const grants = [...old.filter(({ source }) => source !== "direct"), ...direct];
  const after = { place, userId: user.id, grants: direct, version };
  return {
    changes: [
      ...store.assignments.replace(before, after),
      ...guardRoles(store, place, direct),
      ...(place.workspaceId === undefined ? [] : guardGifts(store, standing, gifts)),
      ...(place.workspaceId === undefined ? [] : [guardUser(store, place, user, direct)]),
    ],
    audit: [describeChange(place, user, "assignment.replaced", old, grants)],
    takesGate: takesAnchor,
    reply: { body: showAssignment(user, grants, roles), version: assignmentTag(after, user) },
  };
}

/** A change that answers with what the user holds from now on. */
type AssignmentOutcome = Extract<Outcome, { readonly changes: unknown }> & {
  readonly reply: { readonly body: ReturnType<typeof showAssignment> };
};

/** Whoever becomes a place's keeper must be seen by what is about to shut them out. */
function guardUser(store: Store, place: PlaceRef, user: User, grants: readonly Grant[]): Change {
  const isKeeper = grants.some((grant) => isAnchorGrant(levelOf(place), grant));
  return isKeeper ? store.users.keeps(place.orgId, user.id) : store.users.mustExist(place.orgId, user.id);
}

function remove(
  place: PlaceRef,
  loaded: LoadedAssignment,
  circumstances: Circumstances,
  standing: Standing,
  store: Store,
): Outcome {
  const direct = loaded.held.filter((grant) => grant.source === "direct" && isUnexpired(grant, circumstances.now));
  if (loaded.user === undefined || direct.length === 0) refuseAbsent("assignment");
  const outcome = replaceAssignment(place, loaded, { roleIds: [] }, circumstances, standing, store);
  return { ...outcome, reply: {} };
}

function keepsPlace(place: PlaceRef, assignment: Assignment | undefined): boolean {
  return (assignment?.grants ?? []).some((grant) => isAnchorGrant(levelOf(place), grant));
}

function levelOf(place: PlaceRef) {
  return place.workspaceId === undefined ? "organization" : "workspace";
}

function describeChange(
  place: PlaceRef,
  user: User,
  action: EntryDraft["action"],
  before: readonly Grant[],
  after: readonly Grant[],
): EntryDraft {
  return {
    chain: place.workspaceId ?? place.orgId,
    action,
    target: { type: "user", id: user.id },
    before: { grants: before.map(describeGrant) },
    after: { grants: after.map(describeGrant) },
  };
}

async function listAssignments(store: Store, place: PlaceRef, page: PageRequest, now: number, reading: Reading) {
  const { items, ...rest } = await listPeople(store, place, page, now, reading);
  return { body: { items: items.map(({ user, grants, roles }) => showAssignment(user, grants, roles)), ...rest } };
}
