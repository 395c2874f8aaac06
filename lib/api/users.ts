/** The organization's people: inviting, finding, suspending them. */
import * as z from "zod";
import { refuseAbsent, refuseInvalid } from "../domain/errors.ts";
import type { Giver } from "../domain/exceeds.ts";
import type { IdentityProvider } from "../domain/identity-providers.ts";
import type { OrgId, ProviderId, RoleId, UserId, WorkspaceId } from "../domain/ids.ts";
import { isId } from "../domain/ids.ts";
import type { Workspace } from "../domain/places.ts";
import type { Role } from "../domain/roles.ts";
import type { User, UserStatus } from "../domain/users.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import { readKeptPlaces, refuseLastAnchor } from "./anchored-places.ts";
import { findRoles, toGifts, toGrants } from "./assignable-roles.ts";
import { tryReadFacts } from "./facts.ts";
import { describeGiver, refuseExcess } from "./giver.ts";
import type { Invitation } from "./invitations.ts";
import { invite, loadInvitation, refuseCrowd, refuseExternalId, refuseKnown } from "./invitations.ts";
import { readPage } from "./lists.ts";
import { patchMember } from "./merge-patch.ts";
import { matchVersion } from "./preconditions.ts";
import { demandUser } from "./principal-ids.ts";
import type { Loading, PageRequest } from "./route.ts";
import { command, query } from "./route.ts";
import { emailSchema, externalIdSchema, nameSchema, pageOf, roleIdSchema, statusSchema, userShape } from "./schemas.ts";
import { describeUser, showUser } from "./shown-user.ts";

const userReply = { schema: userShape, hasETag: true } as const;

const inviteSchema = z
  .strictObject({
    email: emailSchema,
    displayName: nameSchema.optional(),
    externalId: externalIdSchema.optional(),
    identityProviderId: z
      .string()
      .refine((id) => isId("idp", id), "There is no such identity provider here.")
      .meta({ pattern: "^idp_[0-9a-z]{26}$" })
      .optional(),
    roleId: roleIdSchema.optional(),
    workspaceId: z
      .string()
      .refine((id) => isId("wks", id), "There is no such workspace here.")
      .meta({ pattern: "^wks_[0-9a-z]{26}$" })
      .optional(),
  })
  .refine(({ roleId, workspaceId }) => workspaceId === undefined || roleId !== undefined, {
    path: ["workspaceId"],
    message: "A workspace is named only with the role to hold there.",
  });
type Invite = z.output<typeof inviteSchema>;

export const inviteUser = command({
  method: "POST",
  path: "/v1/orgs/{orgId}/users",
  operationId: "inviteUser",
  summary: "Invites a person by their address, at once with a role if one is named; it works once they have signed in.",
  area: "directory",
  access: { kind: "scope", level: "organization", scope: "user:write" },
  body: inviteSchema,
  reply: { status: 201, ...userReply },
  example: { body: { email: "new@acme.example", displayName: "New Person" } },
  locks: "organization",
  load: (store, { params, body, principal, now }, loading) =>
    loadInvite(store, params.orgId, body, { userId: demandUser(principal), now }, loading),
  decide: (loaded, { params, body, now, newId }, { organization, catalogue }, store) => {
    if (organization === undefined) refuseAbsent("organization");
    const place = placeOf(params.orgId, body);
    if (place.workspaceId !== undefined && loaded.workspace === undefined) {
      refuseInvalid({ pointer: "/workspaceId", detail: "There is no such workspace here." });
    }
    if (body.identityProviderId !== undefined && loaded.provider === undefined) {
      refuseInvalid({ pointer: "/identityProviderId", detail: "There is no such identity provider here." });
    }
    refuseCrowd(organization);
    const roleIds = body.roleId === undefined ? [] : [body.roleId as RoleId];
    const held = { ...place, workspace: loaded.workspace };
    const grants = toGrants(roleIds, loaded.roles, held, { now }, () => "/roleId");
    refuseExcess(loaded.giver, [], toGifts(grants, loaded.roles, catalogue), "/roleId");
    refuseKnown(loaded);
    if (loaded.remains !== undefined) return { sweepFirst: loaded.remains };
    const { user, changes, entry } = invite(organization, place, body, grants, loaded, { now, newId }, store);
    const turn = loaded.workspace === undefined ? [] : [store.places.takeTurn(place, loaded.workspace)];
    return {
      changes: [...changes, ...turn],
      audit: [entry],
      reply: { body: showUser(user), version: user.version },
    };
  },
});

export const userRoutes = [
  query({
    method: "GET",
    path: "/v1/orgs/{orgId}/users",
    operationId: "listUsers",
    summary: "The organization's users.",
    area: "directory",
    access: { kind: "scope", level: "organization", scope: "user:read" },
    query: z.strictObject({
      email: emailSchema.optional(),
      externalId: externalIdSchema.optional(),
    }),
    list: {},
    reply: { status: 200, schema: pageOf(userShape) },
    example: {},
    run: async (store, { params, page, query: { email, externalId } }) => {
      const { items, ...rest } = await findUserIds(store, params.orgId, page, email, externalId);
      const { users } = await store.read({ users: items.map((id) => store.users.at(params.orgId, id)) });
      const fits = (user: User | undefined): user is User =>
        user !== undefined && (externalId === undefined || user.externalId === externalId);
      return { body: { items: users.filter(fits).map(showUser), ...rest } };
    },
  }),

  inviteUser,

  query({
    method: "GET",
    path: "/v1/orgs/{orgId}/users/{userId}",
    operationId: "getUser",
    summary: "One user.",
    area: "directory",
    access: { kind: "scope", level: "organization", scope: "user:read" },
    reply: { status: 200, ...userReply },
    example: {},
    run: async (store, { params }) => {
      const { user } = await store.read({ user: store.users.at(params.orgId, params.userId) });
      if (user === undefined) refuseAbsent("user");
      return { body: showUser(user), version: user.version };
    },
  }),

  command({
    method: "PATCH",
    path: "/v1/orgs/{orgId}/users/{userId}",
    operationId: "updateUser",
    summary: "Renames a user, or suspends and resumes them: suspended, they are shut out on their next request.",
    area: "directory",
    access: { kind: "scope", level: "organization", scope: "user:write" },
    body: z.strictObject({
      status: statusSchema.optional(),
      displayName: nameSchema.nullable().optional(),
      externalId: externalIdSchema.nullable().optional(),
    }),
    reply: { status: 200, ...userReply },
    example: { body: { displayName: "Renamed" } },
    locks: "organization",
    readsGate: true,
    load: async (store, { params, body }, loading) => {
      const { user, externalId } = await store.read({
        user: store.users.at(params.orgId, params.userId),
        externalId: body.externalId ? store.users.withExternalId(params.orgId, body.externalId) : undefined,
      });
      const isShutOut = body.status === "suspended" && user?.status === "active";
      const kept = isShutOut ? await readKeptPlaces(store, params, loading.organization) : [];
      return { before: user, externalIdOwner: externalId, kept };
    },
    decide: ({ before, externalIdOwner, kept }, { params, body, ifMatch }, _standing, store) => {
      if (before === undefined) refuseAbsent("user");
      matchVersion(ifMatch, before.version, false);
      for (const anchors of kept) refuseLastAnchor(anchors, before.id);
      if (externalIdOwner !== undefined && externalIdOwner !== before.id) refuseExternalId();
      const set = {
        status: nextStatus(before, body.status),
        displayName: patchMember(before.displayName, body.displayName),
        externalId: patchMember(before.externalId, body.externalId),
        version: before.version + 1,
      };
      const { displayName: _name, externalId: _id, ...rest } = before;
      const after: User = {
        ...rest,
        status: set.status,
        version: set.version,
        ...(set.displayName === undefined ? {} : { displayName: set.displayName }),
        ...(set.externalId === undefined ? {} : { externalId: set.externalId }),
      };
      return {
        changes: store.users.edit(before, set),
        audit: [
          {
            chain: params.orgId,
            action: actionOf(before.status, after.status),
            target: { type: "user", id: before.id },
            before: describeUser(before),
            after: describeUser(after),
          },
        ],
        takesGate: after.status === "suspended" && before.status !== "suspended",
        reply: { body: showUser(after), version: after.version },
      };
    },
  }),
];

function placeOf(orgId: OrgId, { workspaceId }: Invite): PlaceRef {
  return workspaceId === undefined ? { orgId } : { orgId, workspaceId: workspaceId as WorkspaceId };
}

async function findUserIds(
  store: Store,
  orgId: OrgId,
  page: PageRequest,
  email: string | undefined,
  externalId: string | undefined,
): Promise<{ items: readonly UserId[]; nextCursor?: string }> {
  if (email !== undefined) return readPage(page, (options) => store.users.listByEmail(orgId, email, options));
  if (externalId === undefined) return readPage(page, (options) => store.users.list(orgId, options));
  const { owner } = await store.read({ owner: store.users.withExternalId(orgId, externalId) });
  return { items: owner === undefined ? [] : [owner] };
}

interface LoadedInvite extends Invitation {
  readonly provider: IdentityProvider | undefined;
  readonly workspace: Workspace | undefined;
  readonly roles: ReadonlyMap<RoleId, Role>;
  /** What the inviter holds where the role would be held. */
  readonly giver: Giver;
}

async function loadInvite(
  store: Store,
  orgId: OrgId,
  body: Invite,
  caller: { userId: UserId; now: number },
  loading: Loading,
): Promise<LoadedInvite | "moved"> {
  const place = placeOf(orgId, body);
  const providerId = body.identityProviderId as ProviderId | undefined;
  const { workspace, provider } = await store.read({
    workspace: place.workspaceId && store.workspaces.at(orgId, place.workspaceId),
    provider: providerId && store.providers.at(orgId, providerId),
  });
  const [invitation, roles, facts] = await Promise.all([
    loadInvitation(store, orgId, body),
    findRoles(store, place, body.roleId === undefined ? [] : [body.roleId as RoleId]),
    tryReadFacts(store, loading.roles, { ...place, ...caller }, { organization: loading.organization, workspace }),
  ]);
  if (facts === "moved") return "moved";
  return { ...invitation, workspace, provider, roles, giver: describeGiver(facts) };
}

/** Resuming somebody who never accepted their invitation leaves them invited. */
function nextStatus(before: User, wanted: "active" | "suspended" | undefined): UserStatus {
  if (wanted === undefined || before.status === wanted) return before.status;
  if (wanted === "suspended") return "suspended";
  return before.acceptedAt === undefined ? "invited" : "active";
}

function actionOf(before: UserStatus, after: UserStatus) {
  if (before === after) return "user.updated" as const;
  return after === "suspended" ? ("user.suspended" as const) : ("user.resumed" as const);
}
