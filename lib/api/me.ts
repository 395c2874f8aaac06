/** Who the caller is, and what they may do where. */
import * as z from "zod";
import { findHoldings, hasStanding, listScopes } from "../domain/decide.ts";
import type { Grant } from "../domain/grants.ts";
import { isUnexpired } from "../domain/grants.ts";
import type { OrgId, RoleId, WorkspaceId } from "../domain/ids.ts";
import { findOrganizationLapse, findWorkspaceLapse } from "../domain/liveness.ts";
import type { Principal } from "../identity/principal.ts";
import type { Store } from "../store/store.ts";
import { readFacts } from "./facts.ts";
import { refuseAccess } from "./problem.ts";
import { query } from "./route.ts";
import { toTime } from "./times.ts";

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
    run: async (store, { principal, now }) => {
      const [{ person }, orgIds] = await Promise.all([
        store.read({ person: store.persons.at(principal.userId) }),
        listOrganizationIds(store, principal),
      ]);
      const found = await Promise.all(orgIds.map((orgId) => describeOrganization(store, orgId, principal, now)));
      const organizations = found.filter((organization) => organization !== undefined);
      const email = person?.email ?? organizations[0]?.email;
      return {
        body: {
          principal: { kind: "user", id: principal.userId, ...(email === undefined ? {} : { email }) },
          organizations: organizations.map(({ email: _, ...organization }) => organization),
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
    access: { kind: "member", level: "workspace" },
    reply: {
      status: 200,
      schema: z.object({
        userId: z.string(),
        roles: z.array(
          z.object({ id: z.string(), name: z.string(), source: z.string(), expiresAt: z.iso.datetime().optional() }),
        ),
        scopes: z.array(z.string()),
      }),
    },
    example: {},
    run: async (store, { params, principal, now }, { roles }) => {
      const { userId } = principal;
      const facts = await readFacts(store, roles, { ...params, userId, now });
      if (!hasStanding("workspace", facts)) refuseAccess("member");
      return {
        body: {
          userId,
          roles: findHoldings("workspace", facts).map(({ grant, role }) => ({
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

/** The organizations that a principal could have a place in. */
async function listOrganizationIds(store: Store, { userId, home }: Principal): Promise<OrgId[]> {
  if (home !== undefined) return [home.orgId];
  const ids: OrgId[] = [];
  let after: string | undefined;
  do {
    const page = await store.persons.listOrganizations(userId, { limit: 1_000, after });
    ids.push(...page.items.map(({ value }) => value));
    after = page.next;
  } while (after !== undefined);
  return ids;
}

async function describeOrganization(store: Store, orgId: OrgId, { userId }: Principal, now: number) {
  const [{ organization, user }, assignments] = await Promise.all([
    store.read({ organization: store.organizations.at(orgId), user: store.users.at(orgId, userId) }),
    store.assignments.listOfUser(orgId, userId),
  ]);
  if (organization === undefined || findOrganizationLapse(organization, user) !== undefined) return undefined;
  const live = (grants: readonly Grant[]): RoleId[] =>
    grants.filter((grant) => isUnexpired(grant, now)).map(({ roleId }) => roleId);
  const held = new Map<WorkspaceId | undefined, RoleId[]>(
    assignments.map(({ place, grants }) => [place.workspaceId, live(grants)]),
  );
  const ids = [...held].flatMap(([id, roleIds]) => (id === undefined || roleIds.length === 0 ? [] : [id]));
  const { workspaces } = await store.read({ workspaces: ids.map((id) => store.workspaces.at(orgId, id)) });
  return {
    id: orgId,
    name: organization.name,
    email: user?.email,
    roleIds: held.get(undefined) ?? [],
    workspaces: workspaces.flatMap((workspace) =>
      workspace === undefined || findWorkspaceLapse(organization, workspace) !== undefined
        ? []
        : [{ id: workspace.id, name: workspace.name, roleIds: held.get(workspace.id) ?? [] }],
    ),
  };
}
