/** Who the caller is, and what they may do where. */
import * as z from "zod";
import type { Facts } from "../domain/decide.ts";
import { findHoldings, hasStanding, listScopes } from "../domain/decide.ts";
import { refuseAbsent } from "../domain/errors.ts";
import { isUnexpired, settleGrants } from "../domain/grants.ts";
import type { RoleId, WorkspaceId } from "../domain/ids.ts";
import { isId } from "../domain/ids.ts";
import { findOrganizationLapse, findWorkspaceLapse } from "../domain/liveness.ts";
import { grantsInWorkspace } from "../domain/made-grants.ts";
import type { Organization } from "../domain/places.ts";
import type { User } from "../domain/users.ts";
import type { KeyPrincipal, UserPrincipal } from "../identity/principal.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import { requiredScopeOf } from "./access.ts";
import { judgeAccess } from "./authorize.ts";
import { askerOf, readFacts } from "./facts.ts";
import { listWorkspacesOf } from "./held-workspaces.ts";
import { readNamedRoles } from "./named-roles.ts";
import { userIdOf } from "./principal-ids.ts";
import { refuseVerdict } from "./problem.ts";
import type { RoleCache } from "./role-cache.ts";
import { query } from "./route.ts";
import { toTime } from "./times.ts";

const MEMBER = { kind: "member", level: "workspace" } as const;
const placeWithRoles = z.object({ id: z.string(), name: z.string(), roleIds: z.array(z.string()) });

export const meRoutes = [
  query({
    method: "GET",
    path: "/v1/me",
    operationId: "getMe",
    summary: "The caller, their organizations, and their workspaces with the roles they hold there.",
    area: "directory",
    access: { kind: "signed-in" },
    reply: {
      status: 200,
      schema: z.object({
        principal: z.object({ kind: z.enum(["user", "api-key"]), id: z.string(), email: z.string().optional() }),
        organizations: z.array(placeWithRoles.extend({ workspaces: z.array(placeWithRoles) })),
      }),
    },
    example: {},
    run: async (store, { principal, now }, { roles }) => {
      if (principal.kind === "api-key") return { body: await describeKey(store, roles, principal, now) };
      const [{ person }, own] = await Promise.all([
        store.read({ person: store.persons.at(principal.userId) }),
        listOrganizations(store, principal),
      ]);
      const organizations = await mapInGroups(own, ({ organization, user }) =>
        describeOrganization(store, organization, user, now),
      );
      const email = person?.email ?? own[0]?.email;
      return {
        body: {
          principal: { kind: "user", id: principal.userId, ...(email === undefined ? {} : { email }) },
          organizations,
        },
      };
    },
  }),

  query({
    method: "GET",
    path: "/v1/orgs/{orgId}/workspaces/{workspaceId}/me",
    operationId: "getMyAccess",
    summary: "The caller's roles in the workspace and every scope that they give, by name.",
    area: "directory",
    access: MEMBER,
    reply: {
      status: 200,
      schema: z.object({
        userId: z.string().optional(),
        apiKeyId: z.string().optional(),
        roles: z.array(
          z.object({ id: z.string(), name: z.string(), source: z.string(), expiresAt: z.iso.datetime().optional() }),
        ),
        scopes: z.array(z.string()),
      }),
    },
    example: {},
    run: async (store, { params, principal, now }, { roles }) => {
      const userId = userIdOf(principal);
      const facts = await readFacts(store, roles, { ...params, ...askerOf(principal), now });
      // The authorizer let them through a moment ago: whoever has been shut out since is told that, and not that a role is missing.
      const verdict = judgeAccess(MEMBER, true, facts);
      if (!verdict.allow) refuseVerdict(verdict.code, requiredScopeOf(MEMBER));
      if (verdict.isWorkspaceAbsent) refuseAbsent("workspace");
      return {
        body: {
          ...(userId === undefined ? {} : { userId }),
          ...(principal.kind === "api-key" ? { apiKeyId: principal.keyId } : {}),
          roles: listRoleHoldings(facts).map(({ grant, role }) => ({
            id: role.id,
            name: role.name,
            source: grant.source,
            ...(grant.expiresAt === undefined ? {} : { expiresAt: toTime(grant.expiresAt) }),
          })),
          scopes: listScopes("workspace", facts),
        },
      };
    },
  }),
];

/** A key has one workspace, and is told of it while it can do anything there. */
async function describeKey(store: Store, cache: RoleCache, principal: KeyPrincipal, now: number) {
  const { keyId: id, orgId, workspaceId } = principal;
  const facts = await readFacts(store, cache, { orgId, workspaceId, ...askerOf(principal), now });
  const { organization, workspace, user } = facts;
  const email = user?.email;
  const roleIds = listRoleHoldings(facts).map(({ role }) => role.id);
  const isThere = workspace !== undefined && hasStanding("workspace", facts);
  const workspaces = isThere ? [{ id: workspace.id, name: workspace.name, roleIds }] : [];
  return {
    principal: { kind: "api-key", id, ...(email === undefined ? {} : { email }) },
    organizations:
      organization === undefined ? [] : [{ id: organization.id, name: organization.name, roleIds: [], workspaces }],
  };
}

/** What is held through roles: a service key without one stands for itself, which is no role. */
function listRoleHoldings(facts: Facts) {
  return findHoldings("workspace", facts).filter(({ role }) => isId("rol", role.id));
}

/** Organizations whose workspaces are read at a time. */
const AT_ONCE = 32;

/**
 * The organizations in which a principal is a live user. Anybody may invite anybody, so what is only an invitation is not
 * looked into, and the rest is read in batches.
 */
async function listOrganizations(store: Store, { userId, home }: UserPrincipal) {
  const orgIds = home === undefined ? await store.persons.listMemberships(userId) : [home.orgId];
  const { organizations, users } = await store.read({
    organizations: orgIds.map((id) => store.organizations.at(id)),
    users: orgIds.map((id) => store.users.at(id, userId)),
  });
  return organizations.flatMap((organization, index) => {
    const user = users[index];
    return organization === undefined || findOrganizationLapse(organization, user) !== undefined
      ? []
      : [{ organization, user, email: user?.email }];
  });
}

async function describeOrganization(store: Store, organization: Organization, user: User | undefined, now: number) {
  const orgId = organization.id;
  const assignments = user === undefined ? [] : await store.assignments.listOfUser(orgId, user.id);
  const byPlace = new Map(assignments.map((one) => [one.place.workspaceId, one]));
  const ids = await listWorkspacesOf(store, user, assignments);
  const places: PlaceRef[] = [{ orgId }, ...ids.map((workspaceId) => ({ orgId, workspaceId }))];
  const held = places.map((place) => {
    const one = byPlace.get(place.workspaceId);
    const all = place.workspaceId === undefined ? (one?.grants ?? []) : grantsInWorkspace(one, user);
    return { place, grants: all.filter((grant) => isUnexpired(grant, now)) };
  });
  const [{ workspaces }, found] = await Promise.all([
    store.read({
      workspaces: held.flatMap(({ place: { workspaceId }, grants }) =>
        workspaceId === undefined || grants.length === 0 ? [] : [store.workspaces.at(orgId, workspaceId)],
      ),
    }),
    readNamedRoles(store, held),
  ]);
  const roleIds = new Map(
    held.map(({ place, grants }) => [place.workspaceId, settleGrants(grants, found).map(({ roleId }) => roleId)]),
  );
  const roleIdsAt = (id: WorkspaceId | undefined): RoleId[] => roleIds.get(id) ?? [];
  return {
    id: organization.id,
    name: organization.name,
    roleIds: roleIdsAt(undefined),
    workspaces: workspaces.flatMap((workspace) => {
      if (workspace === undefined || findWorkspaceLapse(organization, workspace) !== undefined) return [];
      const here = roleIdsAt(workspace.id);
      return here.length === 0 ? [] : [{ id: workspace.id, name: workspace.name, roleIds: here }];
    }),
  };
}

/** Does the work for each, so many at a time; answers in their order. */
async function mapInGroups<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (let start = 0; start < all.length; start += AT_ONCE) {
    done.push(...(await Promise.all(all.slice(start, start + AT_ONCE).map(work))));
  }
  return done;
}
