/** Who holds which role where: User > Workspace > Role, and the same for the organization's own roles. */
import * as z from "zod";
import { isAnchorGrant } from "../domain/anchors.ts";
import type { EntryDraft } from "../domain/audit.ts";
import { refuseAbsent, refuseInvalid } from "../domain/errors.ts";
import type { Grant } from "../domain/grants.ts";
import { isUnexpired } from "../domain/grants.ts";
import type { OrgId, RoleId, UserId, WorkspaceId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { Role } from "../domain/roles.ts";
import type { User } from "../domain/users.ts";
import type { Assignment } from "../store/assignments.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import { readAnchors, refuseLastAnchor } from "./anchored-places.ts";
import { findRoles, guardRoles, toGifts, toGrants } from "./assignable-roles.ts";
import { readRoles } from "./facts.ts";
import { refuseExcess } from "./giver.ts";
import { readPage } from "./lists.ts";
import { matchVersion } from "./preconditions.ts";
import type { Loading, Outcome, PageRequest, Reading, Standing } from "./route.ts";
import { command, query } from "./route.ts";
import { assignmentShape, momentSchema, pageOf } from "./schemas.ts";
import { toTime } from "./times.ts";

const bodySchema = z.strictObject({
  roleIds: z.array(z.string()).max(limits.rolesPerUserAndPlace),
  expiresAt: momentSchema.optional(),
});
type Body = z.output<typeof bodySchema>;

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
      const [found] = await readAssignments(store, place, [params.userId], now, reading);
      if (found === undefined) refuseAbsent("assignment");
      return { body: found.shown, version: found.version };
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
    example: { body: { roleIds: [] } },
    locks: "workspace",
    readsGate: true,
    load: (store, { params, body }, loading) => load(store, toPlace(params), params.userId, body, loading),
    decide: (loaded, { params, body, now, ifMatch }, standing, store) =>
      replace(toPlace(params), loaded, body, { now, ifMatch }, standing, store),
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
    load: (store, { params }, loading) => load(store, toPlace(params), params.userId, { roleIds: [] }, loading),
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
    example: { body: { roleIds: [] } },
    locks: "organization",
    readsGate: true,
    load: (store, { params, body }, loading) => load(store, { orgId: params.orgId }, params.userId, body, loading),
    decide: (loaded, { params, body, now, ifMatch }, standing, store) =>
      replace({ orgId: params.orgId }, loaded, body, { now, ifMatch }, standing, store),
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
    load: (store, { params }, loading) => load(store, { orgId: params.orgId }, params.userId, { roleIds: [] }, loading),
    decide: (loaded, { params, now, ifMatch }, standing, store) =>
      remove({ orgId: params.orgId }, loaded, { now, ifMatch }, standing, store),
  }),
];

function toPlace({ orgId, workspaceId }: { orgId: OrgId; workspaceId: WorkspaceId }): PlaceRef {
  return { orgId, workspaceId };
}

interface Loaded {
  readonly user: User | undefined;
  readonly before: Assignment | undefined;
  readonly roles: ReadonlyMap<RoleId, Role>;
  /** Who keeps the place; read only when the user is one who might. */
  readonly anchors: ReadonlySet<UserId>;
}

async function load(store: Store, place: PlaceRef, userId: UserId, body: Body, loading: Loading): Promise<Loaded> {
  const { user, before } = await store.read({
    user: store.users.at(place.orgId, userId),
    before: store.assignments.at(place, userId),
  });
  const named = [...body.roleIds, ...(before?.grants ?? []).map(({ roleId }) => roleId)] as RoleId[];
  const isAnchor = (before?.grants ?? []).some((grant) => isAnchorGrant(levelOf(place), grant));
  const [roles, anchors] = await Promise.all([
    findRoles(store, place, [...new Set(named)]),
    isAnchor ? readAnchors(store, loading.organization, place, userId) : new Set<UserId>(),
  ]);
  return { user, before, roles, anchors };
}

interface Circumstances {
  readonly now: number;
  readonly ifMatch: string | undefined;
}

function replace(
  place: PlaceRef,
  { user, before, roles, anchors }: Loaded,
  body: Body,
  { now, ifMatch }: Circumstances,
  { organization, workspace, giver }: Standing,
  store: Store,
): Outcome {
  if (body.expiresAt !== undefined && body.expiresAt <= now) {
    refuseInvalid({ pointer: "/expiresAt", detail: "This moment is over." });
  }
  const pointerOf = (index: number) => `/roleIds/${index}`;
  const direct = toGrants(body.roleIds as RoleId[], roles, { ...place, workspace }, body.expiresAt, pointerOf);
  if (user === undefined) refuseAbsent("user");
  matchVersion(ifMatch, before?.version, false);
  const old = (before?.grants ?? []).filter((grant) => isUnexpired(grant, now));
  const oldDirect = old.filter(({ source }) => source === "direct");
  refuseExcess(giver, toGifts(oldDirect, roles), toGifts(direct, roles), "/roleIds");
  const takesAnchor = keepsPlace(place, before) && !direct.some((grant) => isAnchorGrant(levelOf(place), grant));
  if (takesAnchor) refuseLastAnchor(anchors, user.id);
  const version = ((place.workspaceId === undefined ? organization?.seq : workspace?.seq) ?? 0) + 1;
  const grants = [...old.filter(({ source }) => source !== "direct"), ...direct];
  const after: Assignment = { place, userId: user.id, grants, version };
  return {
    changes: [
      ...store.assignments.replace(before, after),
      ...guardRoles(store, place, direct),
      ...(place.workspaceId === undefined ? [] : [store.users.mustExist(place.orgId, user.id)]),
    ],
    audit: [describeChange(place, user, "assignment.replaced", old, grants)],
    takesGate: takesAnchor,
    reply: { body: show(user, grants, roles), version },
  };
}

function remove(
  place: PlaceRef,
  loaded: Loaded,
  circumstances: Circumstances,
  standing: Standing,
  store: Store,
): Outcome {
  const direct = (loaded.before?.grants ?? []).filter(({ source }) => source === "direct");
  if (loaded.user === undefined || direct.length === 0) refuseAbsent("assignment");
  const outcome = replace(place, loaded, { roleIds: [] }, circumstances, standing, store);
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

/** A grant as the audit log shows it. */
export function describeGrant({ roleId, source, expiresAt }: Grant) {
  return { roleId, source, ...(expiresAt === undefined ? {} : { expiresAt: toTime(expiresAt) }) };
}

function show(user: User, grants: readonly Grant[], roles: ReadonlyMap<RoleId, Role>) {
  return {
    userId: user.id,
    email: user.email,
    grants: grants.flatMap((grant) => {
      const role = roles.get(grant.roleId);
      return role === undefined ? [] : [{ ...describeGrant(grant), roleName: role.name }];
    }),
  };
}

async function listAssignments(store: Store, place: PlaceRef, page: PageRequest, now: number, reading: Reading) {
  const { items: ids, ...rest } = await readPage(page, (options) => store.assignments.listMembers(place, options));
  const found = await readAssignments(store, place, ids, now, reading);
  return { body: { items: found.map(({ shown }) => shown), ...rest } };
}

/** What users hold in a place now, in the order asked; those who hold nothing are left out. */
async function readAssignments(
  store: Store,
  place: PlaceRef,
  ids: readonly UserId[],
  now: number,
  { roles: cache }: Reading,
) {
  const { organization, workspace, users, assignments } = await store.read({
    organization: store.organizations.at(place.orgId),
    workspace: place.workspaceId && store.workspaces.at(place.orgId, place.workspaceId),
    users: ids.map((id) => store.users.at(place.orgId, id)),
    assignments: ids.map((id) => store.assignments.at(place, id)),
  });
  const live = assignments.map((assignment) => (assignment?.grants ?? []).filter((grant) => isUnexpired(grant, now)));
  const roles = await readRoles(store, cache, { organization, workspace }, live.flat());
  // A role edited in between changes at most a name that is shown: read it as it is now.
  const named =
    roles === "moved"
      ? await findRoles(
          store,
          place,
          live.flat().map(({ roleId }) => roleId),
        )
      : roles;
  return ids.flatMap((_, index) => {
    const user = users[index];
    const shown = user && show(user, live[index] ?? [], named);
    const version = assignments[index]?.version;
    return shown === undefined || version === undefined || shown.grants.length === 0 ? [] : [{ shown, version }];
  });
}
