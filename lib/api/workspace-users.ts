/** The people of a workspace, for its Owners: who has a role there, and asking a colleague in by address. */
import * as z from "zod";
import { Refusal, refuseAbsent } from "../domain/errors.ts";
import { isUnexpired } from "../domain/grants.ts";
import type { OrgId, RoleId, UserId, WorkspaceId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { Role } from "../domain/roles.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import { findRoles, toGifts, toGrants } from "./assignable-roles.ts";
import type { LoadedAssignment } from "./assignments.ts";
import { loadAssignment, replaceAssignment } from "./assignments.ts";
import { refuseExcess } from "./giver.ts";
import type { Invitation } from "./invitations.ts";
import { invite, loadInvitation, refuseCrowd, refuseKnown } from "./invitations.ts";
import { readPage } from "./lists.ts";
import { listPeople, readPeople } from "./people-in-place.ts";
import type { PageRequest, Reading } from "./route.ts";
import { command, query } from "./route.ts";
import { serves } from "./rule-references.ts";
import { emailSchema, grantShape, momentSchema, nameSchema, pageOf, roleIdSchema, userShape } from "./schemas.ts";
import { showGrants } from "./shown-assignment.ts";
import { showUser } from "./shown-user.ts";

const path = "/v1/orgs/{orgId}/workspaces/{workspaceId}/users";
const memberShape = userShape.extend({ grants: z.array(grantShape) });

const bodySchema = z.strictObject({
  email: emailSchema,
  displayName: nameSchema.optional(),
  roleIds: z.array(roleIdSchema).min(1).max(limits.rolesPerUserAndPlace),
  expiresAt: momentSchema.optional(),
});
const pointerOf = (index: number) => `/roleIds/${index}`;

/** Somebody whom the organization knows by the address, or whom it does not. */
type Loaded =
  | { readonly known: LoadedAssignment }
  | { readonly invitation: Invitation; readonly roles: ReadonlyMap<RoleId, Role> };

export const workspaceUserRoutes = [
  query({
    method: "GET",
    path,
    operationId: "listWorkspaceUsers",
    summary: "The people who hold a role in the workspace, with what they hold there.",
    area: "access",
    access: { kind: "scope", level: "workspace", scope: "user-permission:read" },
    query: z.strictObject({ email: emailSchema.optional() }),
    list: {},
    reply: { status: 200, schema: pageOf(memberShape) },
    example: {},
    run: async (store, { params, page, query: { email }, now }, reading) => {
      const place = toPlace(params);
      const { items: people, ...rest } =
        email === undefined
          ? await listPeople(store, place, page, now, reading)
          : await listByEmail(store, place, email, page, now, reading);
      const items = people.map(({ user, grants, roles }) => ({ ...showUser(user), grants: showGrants(grants, roles) }));
      return { body: { items, ...rest } };
    },
  }),

  command({
    method: "POST",
    path,
    operationId: "addWorkspaceUser",
    summary: "Gives somebody roles in the workspace by their address; whom the organization does not know is invited.",
    area: "access",
    access: { kind: "scope", level: "workspace", scope: "user-permission:write" },
    body: bodySchema,
    reply: { status: 201, schema: memberShape, hasETag: true },
    example: { body: { email: "colleague@acme.example", roleIds: ["{roleId}"] } },
    locks: "both",
    readsGate: true,
    load: async (store, { params, body }, loading): Promise<Loaded | "moved"> => {
      const place = toPlace(params);
      const userId = await findUser(store, place, body.email);
      if (userId === undefined) {
        const [invitation, roles] = await Promise.all([
          loadInvitation(store, params.orgId, body),
          findRoles(store, place, body.roleIds as RoleId[]),
        ]);
        return { invitation, roles };
      }
      const known = await loadAssignment(store, place, userId, body, loading);
      return known === "moved" ? "moved" : { known };
    },
    decide: (loaded, { params, body, now, newId }, standing, store) => {
      const place = toPlace(params);
      if ("known" in loaded) {
        const { user, held } = loaded.known;
        if (user === undefined) refuseAbsent("user");
        const outcome = replaceAssignment(place, loaded.known, body, { now, ifMatch: undefined }, standing, store);
        if (held.some((grant) => grant.source === "direct" && isUnexpired(grant, now))) refuseMember();
        const { grants } = outcome.reply.body;
        return {
          ...outcome,
          releases: "organization",
          reply: { body: { ...showUser(user), grants }, version: user.version },
        };
      }
      const { organization, workspace, giver, catalogue } = standing;
      if (organization === undefined || workspace === undefined) refuseAbsent("workspace");
      refuseCrowd(organization);
      const life = { expiresAt: body.expiresAt, now };
      const grants = toGrants(body.roleIds as RoleId[], loaded.roles, { ...place, workspace }, life, pointerOf);
      refuseExcess(giver, [], toGifts(grants, loaded.roles, catalogue), "/roleIds");
      refuseKnown(loaded.invitation);
      const { remains } = loaded.invitation;
      if (remains !== undefined) return { sweepFirst: remains };
      const made = invite(organization, place, body, grants, loaded.invitation, { now, newId }, store);
      return {
        changes: [...made.changes, store.places.takeTurn(place, workspace)],
        audit: [made.entry],
        releases: "workspace",
        reply: {
          body: { ...showUser(made.user), grants: showGrants(grants, loaded.roles) },
          version: made.user.version,
        },
      };
    },
  }),
];

async function listByEmail(
  store: Store,
  place: PlaceRef,
  email: string,
  page: PageRequest,
  now: number,
  reading: Reading,
) {
  const { items, ...rest } = await readPage(page, (options) => store.users.listByEmail(place.orgId, email, options));
  return { items: await readPeople(store, place, items, now, reading), ...rest };
}

function toPlace({ orgId, workspaceId }: { orgId: OrgId; workspaceId: WorkspaceId }): PlaceRef {
  return { orgId, workspaceId };
}

/**
 * The user of an exact address: of several, one for each door, the person of the pool itself. An address is what a provider says of
 * its people, so only one that serves the workspace is believed here.
 */
async function findUser(store: Store, { orgId, workspaceId }: PlaceRef, email: string): Promise<UserId | undefined> {
  const { items } = await store.users.listByEmail(orgId, email, { limit: limits.pageMost });
  if (items.length === 0) return undefined;
  const { users } = await store.read({ users: items.map(({ value }) => store.users.at(orgId, value)) });
  const known = users.filter((user) => user !== undefined);
  const ofPool = known.find(({ identityProviderId }) => identityProviderId === undefined);
  if (ofPool !== undefined) return ofPool.id;
  const ids = known.flatMap(({ identityProviderId }) => identityProviderId ?? []);
  const { providers } = await store.read({ providers: ids.map((id) => store.providers.at(orgId, id)) });
  const [first, ...others] = known.filter((_, index) => {
    const provider = providers[index];
    return provider !== undefined && workspaceId !== undefined && serves(provider, workspaceId);
  });
  if (others.length === 0) return first?.id;
  throw new Refusal("conflict", "Several users have that address, each through a provider of their own: assign by id.");
}

function refuseMember(): never {
  throw new Refusal("conflict", "This user has roles in the workspace; change them by their assignment.");
}
