/** Org-managed roles, beside the predefined ones: one id each, for use in every workspace or in the organization itself. */
import * as z from "zod";
import { limits } from "../domain/limits.ts";
import { predefinedRoles } from "../domain/predefined-roles.ts";
import type { Role } from "../domain/roles.ts";
import { persistCatalogue } from "./catalogue-reading.ts";
import { findRole, findTarget, readRole } from "./found-role.ts";
import { fromCode, readRow } from "./lists.ts";
import { organizationRole as bodies, duplicate } from "./role-bodies.ts";
import { checkEdit, checkScopes, createRole, isOf, removeRole, updateRole } from "./role-changes.ts";
import { findHolders } from "./role-holders.ts";
import { previewRole } from "./role-preview.ts";
import { findUsers, nobody } from "./role-users.ts";
import { command, query } from "./route.ts";
import { pageOf, previewShape, roleShape } from "./schemas.ts";
import { showRole, versionOf } from "./shown-role.ts";

const all = "/v1/orgs/{orgId}/roles";
const one = "/v1/orgs/{orgId}/roles/{roleId}";
const read = { kind: "scope", level: "organization", scope: "org-role:read" } as const;
const write = { ...read, scope: "org-role:write" } as const;
const reply = { schema: roleShape, hasETag: true } as const;
const reassign = z.strictObject({ reassignTo: z.string().optional() });

export const organizationRoleRoutes = [
  query({
    method: "GET",
    path: all,
    operationId: "listOrganizationRoles",
    summary: "Predefined and org-managed roles.",
    area: "access",
    access: read,
    list: {},
    reply: { status: 200, schema: pageOf(roleShape) },
    example: {},
    run: async (store, { params, page }, reading) => {
      const [{ items, ...rest }, catalogue] = await Promise.all([
        readRow<Role>(page, [
          fromCode(predefinedRoles, (role) => role.id),
          (options) => store.roles.list({ orgId: params.orgId }, options),
        ]),
        persistCatalogue(store, reading.roles, params.orgId),
      ]);
      return { body: { items: items.map((role) => showRole(catalogue.complete(role))), ...rest } };
    },
  }),

  command({
    method: "POST",
    path: all,
    operationId: "createOrganizationRole",
    summary: "Makes an org-managed role: for use in every workspace, or of the organization's own level.",
    area: "access",
    access: write,
    body: bodies.create,
    reply: { status: 201, ...reply },
    example: { body: { name: "Regional Manager", scopes: [], level: "organization" } },
    locks: "organization",
    load: (store, { params, body }) => store.read({ taken: store.roles.named({ orgId: params.orgId }, body.name) }),
    decide: ({ taken }, { params, body, now, newId }, standing, store) => {
      checkScopes(body.level, body.scopes, standing.catalogue);
      const role = { ...body, description: body.description ?? "" };
      return createRole({ orgId: params.orgId }, role, taken, { now, newId }, standing, store);
    },
  }),

  query({
    method: "GET",
    path: one,
    operationId: "getOrganizationRole",
    summary: "One predefined or org-managed role.",
    area: "access",
    access: read,
    reply: { status: 200, ...reply },
    example: {},
    run: async (store, { params }, reading) => {
      const role = await readRole(store, reading.roles, { orgId: params.orgId }, params.roleId);
      return { body: showRole(role), version: versionOf(role) };
    },
  }),

  command({
    method: "PATCH",
    path: one,
    operationId: "updateOrganizationRole",
    summary: "Edits an org-managed role; felt by all its holders, in every workspace, on their next request.",
    area: "access",
    access: write,
    body: bodies.edit,
    reply: { status: 200, ...reply },
    example: { body: { description: "Runs workflows." }, headers: { "if-match": "*" } },
    locks: "organization",
    load: async (store, { params, body, now }) => {
      const [{ taken }, before, holders] = await Promise.all([
        store.read({
          taken: body.name === undefined ? undefined : store.roles.named({ orgId: params.orgId }, body.name),
        }),
        findRole(store, { orgId: params.orgId }, params.roleId),
        findHolders(store, params.orgId, params.roleId, now),
      ]);
      return { taken, before, holders };
    },
    decide: ({ before, ...loaded }, { params, body, ifMatch }, standing, store) =>
      updateRole({ orgId: params.orgId }, before, body, { ...loaded, ifMatch }, standing, store),
  }),

  command({
    method: "DELETE",
    path: one,
    operationId: "deleteOrganizationRole",
    summary: "Deletes an org-managed role that nobody holds; with `reassignTo`, its holders hold that one instead.",
    area: "access",
    access: write,
    query: reassign,
    reply: { status: 204 },
    example: {},
    locks: "organization",
    load: async (store, { params, query: { reassignTo }, now }) => {
      // The role first: whoever is given it after this has their row read.
      const [role, target] = await Promise.all([
        findRole(store, { orgId: params.orgId }, params.roleId),
        findTarget(store, { orgId: params.orgId }, reassignTo),
      ]);
      const isOwn = isOf({ orgId: params.orgId }, role);
      const users = isOwn ? await findUsers(store, params.orgId, params.roleId, now) : nobody;
      return { role, target, ...users };
    },
    decide: (loaded, { params, ifMatch }, standing, store) =>
      removeRole({ orgId: params.orgId }, loaded, ifMatch, standing, store),
  }),

  command({
    method: "POST",
    path: `${one}/duplicate`,
    operationId: "duplicateOrganizationRole",
    summary: "Makes an org-managed role out of any predefined or org-managed one.",
    area: "access",
    access: write,
    body: duplicate,
    reply: { status: 201, ...reply },
    example: { body: { name: "Copy" } },
    locks: "organization",
    load: async (store, { params, body }) => {
      const [{ taken }, source] = await Promise.all([
        store.read({ taken: store.roles.named({ orgId: params.orgId }, body.name) }),
        findRole(store, { orgId: params.orgId }, params.roleId),
      ]);
      return { taken, source };
    },
    decide: ({ taken, source }, { params, body, now, newId }, standing, store) =>
      createRole(
        { orgId: params.orgId },
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
    operationId: "previewOrganizationRole",
    summary: "Who would gain and who would lose which scopes, were the role edited so; changes nothing.",
    area: "access",
    access: write,
    body: bodies.preview,
    list: { most: limits.previewMost, usual: limits.previewMost },
    reply: { status: 200, schema: previewShape },
    example: { body: { scopes: [] } },
    run: async (store, { params, body, page, now }, reading) => {
      const place = { orgId: params.orgId };
      const [role, catalogue] = await Promise.all([
        findRole(store, place, params.roleId),
        persistCatalogue(store, reading.roles, params.orgId),
      ]);
      checkEdit(place, role, body.scopes, catalogue);
      return { body: await previewRole(store, place, role, body.scopes, { page, now, catalogue }) };
    },
  }),
];
