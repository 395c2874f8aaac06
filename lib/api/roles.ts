/** Roles as a workspace sees them: predefined, org-managed, and its own. */
import * as z from "zod";
import type { OrgId, WorkspaceId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import { predefinedRoles } from "../domain/predefined-roles.ts";
import type { Role } from "../domain/roles.ts";
import type { PlaceRef } from "../store/keys.ts";
import { findCatalogue, persistCatalogue } from "./catalogue-reading.ts";
import { findRole, findTarget, isOffered, readRole } from "./found-role.ts";
import { fromCode, readRow } from "./lists.ts";
import { workspaceRole as bodies, duplicate } from "./role-bodies.ts";
import { checkEdit, checkScopes, createRole, isOf, removeRole, updateRole } from "./role-changes.ts";
import { previewRole } from "./role-preview.ts";
import { findUsers, nobody } from "./role-users.ts";
import { command, query } from "./route.ts";
import { pageOf, previewShape, roleShape } from "./schemas.ts";
import { showRole, versionOf } from "./shown-role.ts";

const all = "/v1/orgs/{orgId}/workspaces/{workspaceId}/roles";
const one = "/v1/orgs/{orgId}/workspaces/{workspaceId}/roles/{roleId}";
const read = { kind: "scope", level: "workspace", scope: "role:read" } as const;
const write = { ...read, scope: "role:write" } as const;
const reply = { schema: roleShape, hasETag: true } as const;
const reassign = z.strictObject({ reassignTo: z.string().optional() });

export const roleRoutes = [
  query({
    method: "GET",
    path: all,
    operationId: "listRoles",
    summary: "The roles that can be held in the workspace: predefined, org-managed and its own.",
    area: "access",
    access: read,
    list: {},
    reply: { status: 200, schema: pageOf(roleShape) },
    example: {},
    run: async (store, { params, page }, reading) => {
      const { organization, workspace } = await store.read({
        organization: store.organizations.at(params.orgId),
        workspace: store.workspaces.at(params.orgId, params.workspaceId),
      });
      const { items, ...rest } = await readRow<Role>(page, [
        fromCode(predefinedRoles, (role) => role.id),
        (options) => store.roles.list({ orgId: params.orgId }, options),
        (options) => store.roles.list(params, options),
      ]);
      const catalogue = await findCatalogue(store, reading.roles, organization, params.orgId);
      const offered = items.filter((role) => isOffered(role, workspace));
      return { body: { items: offered.map((role) => showRole(catalogue.complete(role))), ...rest } };
    },
  }),

  command({
    method: "POST",
    path: all,
    operationId: "createRole",
    summary: "Makes a role of the workspace, with no scope that the caller does not hold there.",
    area: "access",
    access: write,
    body: bodies.create,
    reply: { status: 201, ...reply },
    example: { body: { name: "Runner", scopes: [] } },
    locks: "workspace",
    load: (store, { params, body }) => store.read({ taken: store.roles.named(toPlace(params), body.name) }),
    decide: ({ taken }, { params, body, now, newId }, standing, store) => {
      const level = "workspace" as const;
      checkScopes(level, body.scopes, standing.catalogue);
      const role = { ...body, description: body.description ?? "", level };
      return createRole(toPlace(params), role, taken, { now, newId }, standing, store);
    },
  }),

  query({
    method: "GET",
    path: one,
    operationId: "getRole",
    summary: "One role that can be held in the workspace.",
    area: "access",
    access: read,
    reply: { status: 200, ...reply },
    example: {},
    run: async (store, { params }, reading) => {
      const role = await readRole(store, reading.roles, toPlace(params), params.roleId);
      return { body: showRole(role), version: versionOf(role) };
    },
  }),

  command({
    method: "PATCH",
    path: one,
    operationId: "updateRole",
    summary: "Edits a role of the workspace; felt by all its holders on their next request.",
    area: "access",
    access: write,
    body: bodies.edit,
    reply: { status: 200, ...reply },
    example: { body: { description: "Runs workflows." }, headers: { "if-match": "*" } },
    locks: "workspace",
    load: async (store, { params, body }) => {
      const { taken } = await store.read({
        taken: body.name === undefined ? undefined : store.roles.named(toPlace(params), body.name),
      });
      return { taken, before: await findRole(store, toPlace(params), params.roleId) };
    },
    decide: ({ taken, before }, { params, body, ifMatch }, standing, store) =>
      updateRole(toPlace(params), before, body, { taken, holders: [], ifMatch }, standing, store),
  }),

  command({
    method: "DELETE",
    path: one,
    operationId: "deleteRole",
    summary: "Deletes a role of the workspace that nobody holds; with `reassignTo`, its holders hold that one instead.",
    area: "access",
    access: write,
    query: reassign,
    reply: { status: 204 },
    example: {},
    locks: "workspace",
    load: async (store, { params, query: { reassignTo }, now }) => {
      // The role first: whoever is given it after this has their row read.
      const [role, target] = await Promise.all([
        findRole(store, toPlace(params), params.roleId),
        findTarget(store, toPlace(params), reassignTo),
      ]);
      // Who holds a role that is managed elsewhere is not told from here, not even by which refusal comes.
      const users = isOf(toPlace(params), role) ? await findUsers(store, params.orgId, params.roleId, now) : nobody;
      return { role, target, ...users };
    },
    decide: (loaded, { params, ifMatch }, standing, store) =>
      removeRole(toPlace(params), loaded, ifMatch, standing, store),
  }),

  command({
    method: "POST",
    path: `${one}/duplicate`,
    operationId: "duplicateRole",
    summary: "Makes a role of the workspace out of any role that can be held there.",
    area: "access",
    access: write,
    body: duplicate,
    reply: { status: 201, ...reply },
    example: { body: { name: "Copy" } },
    locks: "workspace",
    load: async (store, { params, body }) => {
      const [{ taken }, source] = await Promise.all([
        store.read({ taken: store.roles.named(toPlace(params), body.name) }),
        findRole(store, toPlace(params), params.roleId),
      ]);
      return { taken, source };
    },
    decide: ({ taken, source }, { params, body, now, newId }, standing, store) =>
      createRole(
        toPlace(params),
        { ...standing.catalogue.complete(source), name: body.name },
        taken,
        { now, newId },
        standing,
        store,
      ),
  }),

  query({
    method: "POST",
    path: `${one}/preview`,
    operationId: "previewRole",
    summary: "Who would gain and who would lose which scopes, were the role edited so; changes nothing.",
    area: "access",
    access: write,
    body: bodies.preview,
    list: { most: limits.previewMost, usual: limits.previewMost },
    reply: { status: 200, schema: previewShape },
    example: { body: { scopes: [] } },
    run: async (store, { params, body, page, now }, reading) => {
      const place = toPlace(params);
      const [role, catalogue] = await Promise.all([
        findRole(store, place, params.roleId),
        persistCatalogue(store, reading.roles, params.orgId),
      ]);
      checkEdit(place, role, body.scopes, catalogue);
      return { body: await previewRole(store, place, role, body.scopes, { page, now, catalogue }) };
    },
  }),
];

function toPlace({ orgId, workspaceId }: { orgId: OrgId; workspaceId: WorkspaceId }): PlaceRef {
  return { orgId, workspaceId };
}
