/** Everywhere that a user has access, and through what. */
import * as z from "zod";
import type { Catalogue } from "../domain/catalogue.ts";
import type { Facts } from "../domain/decide.ts";
import { listScopes } from "../domain/decide.ts";
import { refuseAbsent } from "../domain/errors.ts";
import { isUnexpired, settleGrants } from "../domain/grants.ts";
import type { WorkspaceId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import { grantsInWorkspace } from "../domain/made-grants.ts";
import type { Organization, Workspace } from "../domain/places.ts";
import type { User } from "../domain/users.ts";
import type { Assignment } from "../store/assignments.ts";
import type { Store } from "../store/store.ts";
import { findCatalogue, withOwnTypes } from "./catalogue-reading.ts";
import { listWorkspacesOf } from "./held-workspaces.ts";
import { fromSorted, readPage } from "./lists.ts";
import { persistRoles } from "./role-reading.ts";
import type { Reading } from "./route.ts";
import { query } from "./route.ts";
import { grantShape } from "./schemas.ts";
import { showGrants } from "./shown-assignment.ts";

/** Workspaces at a time. */
const AT_ONCE = 8;
/** Characters of one answer: Lambda lets 6 MB through, and own types may bring thousands of scopes to each workspace. */
const ANSWER_LENGTH = 4_000_000;

export const userAccessRoutes = [
  query({
    method: "GET",
    path: "/v1/orgs/{orgId}/users/{userId}/access",
    operationId: "getUserAccess",
    summary: "Everywhere that a user has access, and through what; a long answer in pages of workspaces.",
    area: "access",
    access: { kind: "scope", level: "organization", scope: "user:read" },
    list: { most: limits.accessMost, usual: limits.accessMost },
    reply: {
      status: 200,
      schema: z.object({
        organization: z.object({ grants: z.array(grantShape) }),
        workspaces: z.array(
          z.object({
            workspaceId: z.string(),
            name: z.string(),
            grants: z.array(grantShape),
            scopes: z.array(z.string()),
          }),
        ),
        nextCursor: z.string().optional(),
      }),
    },
    example: {},
    run: async (store, { params: { orgId, userId }, page, now }, reading) => {
      const [{ organization, user }, assignments] = await Promise.all([
        store.read({ organization: store.organizations.at(orgId), user: store.users.at(orgId, userId) }),
        store.assignments.listOfUser(orgId, userId),
      ]);
      if (organization === undefined || user === undefined) refuseAbsent("user");
      const held = new Map<WorkspaceId | undefined, Assignment>(assignments.map((one) => [one.place.workspaceId, one]));
      const ids = (await listWorkspacesOf(store, user, assignments)).sort();
      const { items, ...rest } = await readPage(page, fromSorted(ids));
      const [{ workspaces }, catalogue] = await Promise.all([
        store.read({ workspaces: items.map((id) => store.workspaces.at(orgId, id)) }),
        findCatalogue(store, reading.roles, organization, orgId),
      ]);
      const where = { organization, user, now, catalogue };
      const here = await readAccess(store, { ...where, workspace: undefined }, held.get(undefined), reading);
      const there: Awaited<ReturnType<typeof readAccess>>[] = [];
      const waiting = workspaces.entries();
      let length = 0;
      let end = workspaces.length;
      const work = async () => {
        for (const [index, workspace] of waiting) {
          if (length >= ANSWER_LENGTH) end = Math.min(end, index);
          if (workspace === undefined || index >= end) continue;
          const access = await readAccess(store, { ...where, workspace }, held.get(workspace.id), reading);
          there[index] = access;
          length += JSON.stringify(access).length;
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      const last = end < workspaces.length ? items[end - 1] : undefined;
      return {
        body: {
          organization: { grants: here.grants },
          workspaces: workspaces.slice(0, end).flatMap((workspace, index) => {
            const access = there[index];
            if (workspace === undefined || access === undefined || access.grants.length === 0) return [];
            return [{ workspaceId: workspace.id, name: workspace.name, ...access }];
          }),
          ...(last === undefined ? rest : { nextCursor: page.seal(last) }),
        },
      };
    },
  }),
];

interface Where {
  readonly organization: Organization;
  readonly workspace: Workspace | undefined;
  readonly user: User;
  readonly now: number;
  readonly catalogue: Catalogue;
}

/** What a user holds in one place, and every scope that it gives them there now. */
async function readAccess(store: Store, where: Where, assignment: Assignment | undefined, { roles: cache }: Reading) {
  const { workspace, now, catalogue } = where;
  const all = workspace === undefined ? (assignment?.grants ?? []) : grantsInWorkspace(assignment, where.user);
  const live = all.filter((grant) => isUnexpired(grant, now));
  const found = await persistRoles(store, cache, where, live);
  const { roles } = found;
  const grants = settleGrants(live, found);
  const facts: Facts = {
    ...where,
    workspaceGrants: workspace === undefined ? [] : grants,
    organizationGrants: workspace === undefined ? grants : [],
    roles: withOwnTypes(roles, catalogue),
    catalogue,
  };
  return { grants: showGrants(grants, roles), scopes: listScopes("workspace", facts) };
}
