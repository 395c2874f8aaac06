/** Roles: predefined, org-managed, and those of one workspace. */
import * as z from "zod";
import { Refusal, refuseAbsent } from "../domain/errors.ts";
import { isUnexpired } from "../domain/grants.ts";
import type { OrgId, RoleId, WorkspaceId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import { isSwitchedOn } from "../domain/liveness.ts";
import { foldName } from "../domain/names.ts";
import type { Workspace } from "../domain/places.ts";
import { findPredefinedRole, predefinedRoles } from "../domain/predefined-roles.ts";
import { FIRST_CATALOGUE, isKnownPattern } from "../domain/resource-types.ts";
import type { CustomRole, Role } from "../domain/roles.ts";
import type { Store } from "../store/store.ts";
import { refuseExcess } from "./giver.ts";
import { fromCode, readRow } from "./lists.ts";
import { patchMember } from "./merge-patch.ts";
import { matchVersion } from "./preconditions.ts";
import { command, query } from "./route.ts";
import { descriptionSchema, nameSchema, pageOf, roleShape } from "./schemas.ts";
import { toTime } from "./times.ts";

const scopesSchema = z
  .array(z.string())
  .max(limits.scopesPerRole)
  .superRefine((scopes, context) => {
    for (const [index, scope] of scopes.entries()) {
      if (isKnownPattern("workspace", scope)) continue;
      context.addIssue({ code: "custom", path: [index], message: `No scope or pattern of workspace level: ${scope}` });
    }
    if (Buffer.byteLength(scopes.join(" ")) > limits.scopesBytes) {
      context.addIssue(`Scopes have at most ${limits.scopesBytes} bytes in all.`);
    }
  })
  .transform((scopes) => [...new Set(scopes)])
  .meta({
    type: "array",
    items: { type: "string" },
    maxItems: limits.scopesPerRole,
    example: ["workflow:read", "workflow:run"],
  });

export const roleRoutes = [
  query({
    method: "GET",
    path: "/v1/orgs/{orgId}/roles",
    operationId: "listOrganizationRoles",
    summary: "Predefined and org-managed roles.",
    area: "access",
    access: { kind: "scope", level: "organization", scope: "org-role:read" },
    list: {},
    reply: { status: 200, schema: pageOf(roleShape) },
    example: {},
    run: async (store, { params, page }) => {
      const parts = [listPredefined(predefinedRoles), (options: ListOptions) => store.roles.list(params, options)];
      const { items, ...rest } = await readRow<Role>(page, parts);
      return { body: { items: items.map(showRole), ...rest } };
    },
  }),

  query({
    method: "GET",
    path: "/v1/orgs/{orgId}/workspaces/{workspaceId}/roles",
    operationId: "listRoles",
    summary: "The roles that can be held in the workspace: predefined, org-managed and its own.",
    area: "access",
    access: { kind: "scope", level: "workspace", scope: "role:read" },
    list: {},
    reply: { status: 200, schema: pageOf(roleShape) },
    example: {},
    run: async (store, { params, page }) => {
      const { workspace } = await store.read({ workspace: store.workspaces.at(params.orgId, params.workspaceId) });
      const { items, ...rest } = await readRow<Role>(page, [
        listPredefined(predefinedRoles),
        (options) => store.roles.list({ orgId: params.orgId }, options),
        (options) => store.roles.list(params, options),
      ]);
      return { body: { items: items.filter((role) => isOffered(role, workspace)).map(showRole), ...rest } };
    },
  }),

  command({
    method: "POST",
    path: "/v1/orgs/{orgId}/workspaces/{workspaceId}/roles",
    operationId: "createRole",
    summary: "Makes a role of the workspace, with no scope that the caller does not hold there.",
    area: "access",
    access: { kind: "scope", level: "workspace", scope: "role:write" },
    body: z.strictObject({ name: nameSchema, description: descriptionSchema.optional(), scopes: scopesSchema }),
    reply: { status: 201, schema: roleShape, hasETag: true },
    example: { body: { name: "Runner", scopes: [] } },
    locks: "workspace",
    load: async (store, { params, body }) => store.read({ taken: store.roles.named(params, body.name) }),
    decide: ({ taken }, { params, body, now, newId }, { workspace, giver }, store) => {
      if (workspace === undefined) refuseAbsent("workspace");
      const role: CustomRole = {
        id: newId("rol"),
        name: body.name,
        description: body.description ?? "",
        level: "workspace",
        scopes: body.scopes,
        managedBy: "workspace",
        createdAt: toTime(now),
        version: 1,
        policy: workspace.policy,
      };
      refuseExcess(giver, [], [toGift(role)], "/scopes");
      checkName(role.name, taken, undefined);
      return {
        changes: store.roles.create(params, role),
        audit: [
          {
            chain: params.workspaceId,
            action: "role.created",
            target: { type: "role", id: role.id },
            after: describe(role),
          },
        ],
        reply: { body: showRole(role), version: role.version },
      };
    },
  }),

  query({
    method: "GET",
    path: "/v1/orgs/{orgId}/workspaces/{workspaceId}/roles/{roleId}",
    operationId: "getRole",
    summary: "One role that can be held in the workspace.",
    area: "access",
    access: { kind: "scope", level: "workspace", scope: "role:read" },
    reply: { status: 200, schema: roleShape, hasETag: true },
    example: {},
    run: async (store, { params }) => {
      const role = await findRole(store, params);
      return { body: showRole(role), version: versionOf(role) };
    },
  }),

  command({
    method: "PATCH",
    path: "/v1/orgs/{orgId}/workspaces/{workspaceId}/roles/{roleId}",
    operationId: "updateRole",
    summary: "Edits a role of the workspace; felt by all its holders on their next request.",
    area: "access",
    access: { kind: "scope", level: "workspace", scope: "role:write" },
    body: z.strictObject({
      name: nameSchema.optional(),
      description: descriptionSchema.nullable().optional(),
      scopes: scopesSchema.optional(),
    }),
    reply: { status: 200, schema: roleShape, hasETag: true },
    example: { body: { description: "Runs workflows." }, headers: { "if-match": "*" } },
    locks: "workspace",
    load: async (store, { params, body }) => {
      const { taken } = await store.read({
        taken: body.name === undefined ? undefined : store.roles.named(params, body.name),
      });
      return { taken, before: await findRole(store, params) };
    },
    decide: ({ taken, before }, { params, body, ifMatch }, { workspace, giver }, store) => {
      if (workspace === undefined) refuseAbsent("workspace");
      matchVersion(ifMatch, versionOf(before), true);
      const scopes = body.scopes ?? before.scopes;
      refuseExcess(giver, [toGift(before)], [toGift({ ...before, scopes })], "/scopes");
      if (!isOfWorkspace(before)) refuseManagedElsewhere();
      const policy = workspace.policy + 1;
      const after: CustomRole = {
        ...before,
        name: body.name ?? before.name,
        description: patchMember(before.description, body.description) ?? "",
        scopes,
        version: before.version + 1,
        policy,
      };
      checkName(after.name, taken, before.id);
      return {
        changes: [...store.roles.replace(params, before, after), store.places.bumpPolicy(params, policy, after.id)],
        audit: [
          {
            chain: params.workspaceId,
            action: "role.updated",
            target: { type: "role", id: after.id },
            before: describe(before),
            after: describe(after),
          },
        ],
        reply: { body: showRole(after), version: after.version },
      };
    },
  }),

  command({
    method: "DELETE",
    path: "/v1/orgs/{orgId}/workspaces/{workspaceId}/roles/{roleId}",
    operationId: "deleteRole",
    summary: "Deletes a role of the workspace that nobody holds.",
    area: "access",
    access: { kind: "scope", level: "workspace", scope: "role:write" },
    reply: { status: 204 },
    example: {},
    locks: "workspace",
    load: async (store, { params, now }) => {
      const [role, holders] = await Promise.all([
        findRole(store, params),
        store.assignments.listHolders(params.orgId, params.roleId, params),
      ]);
      return { role, holders: holders.filter((holder) => isUnexpired(holder, now)) };
    },
    decide: ({ role, holders }, { params, ifMatch }, { workspace }, store) => {
      if (workspace === undefined) refuseAbsent("workspace");
      matchVersion(ifMatch, versionOf(role), false);
      if (!isOfWorkspace(role)) refuseManagedElsewhere();
      if (holders.length > 0) {
        const usedBy = holders.map(({ userId }) => ({ kind: "user", id: userId }));
        throw new Refusal("role.in_use", "Somebody holds this role; take it from them first.", { usedBy });
      }
      return {
        changes: [...store.roles.remove(params, role), store.places.bumpPolicy(params, workspace.policy + 1, role.id)],
        audit: [
          {
            chain: params.workspaceId,
            action: "role.deleted",
            target: { type: "role", id: role.id },
            before: describe(role),
          },
        ],
        reply: {},
      };
    },
  }),
];

interface ListOptions {
  limit: number;
  after?: string | undefined;
}

interface RolePath {
  readonly orgId: OrgId;
  readonly workspaceId: WorkspaceId;
  readonly roleId: RoleId;
}

function listPredefined(roles: readonly Role[]) {
  return fromCode(roles, (role) => role.id);
}

/** Whether a predefined role can be held in a workspace. */
function isOffered(role: Role, workspace: Workspace | undefined): boolean {
  return role.level === "workspace" && isSwitchedOn(role, workspace);
}

/** A role that can be held in the workspace, wherever it lives. */
async function findRole(store: Store, { orgId, workspaceId, roleId }: RolePath): Promise<Role | CustomRole> {
  const predefined = findPredefinedRole(roleId);
  const read = await store.read({
    workspace: store.workspaces.at(orgId, workspaceId),
    own: store.roles.at({ orgId, workspaceId }, roleId),
    shared: store.roles.at({ orgId }, roleId),
  });
  const role =
    predefined !== undefined && isOffered(predefined, read.workspace) ? predefined : (read.own ?? read.shared);
  return role?.level === "workspace" ? role : refuseAbsent("role");
}

function isOfWorkspace(role: Role): role is CustomRole {
  return role.managedBy === "workspace";
}

function refuseManagedElsewhere(): never {
  throw new Refusal("role.predefined", "This role is not the workspace's own; duplicate it to change the copy.");
}

const predefinedNames = new Set(predefinedRoles.map((role) => foldName(role.name)));

function checkName(name: string, taken: RoleId | undefined, own: RoleId | undefined): void {
  if (predefinedNames.has(foldName(name))) throw new Refusal("name.taken", "A predefined role has that name.");
  if (taken !== undefined && taken !== own) throw new Refusal("name.taken", "A role has that name here.");
}

/** The contents of a role, as something given. */
function toGift(role: Role) {
  return { key: role.id, level: role.level, patterns: role.scopes };
}

function describe({ name, description, scopes }: Role) {
  return { name, description, scopes };
}

/** Predefined roles grow with the catalogue: their version is their size. */
function versionOf(role: Role | CustomRole): number {
  return "version" in role ? role.version : role.scopes.length;
}

function showRole(role: Role | CustomRole) {
  const { id, name, description, level, scopes, managedBy } = role;
  const createdAt = "createdAt" in role ? role.createdAt : `${FIRST_CATALOGUE}T00:00:00.000Z`;
  return { id, name, description, level, scopes, managedBy, createdAt };
}
