/** Taking a person out of the organization: one flip, however much they hold, and the rest is swept. */
import { refuseAbsent } from "../domain/errors.ts";
import { EVERYWHERE, grantsOfAssignment } from "../domain/made-grants.ts";
import type { Organization } from "../domain/places.ts";
import { describeReach } from "../domain/reach.ts";
import type { User } from "../domain/users.ts";
import type { Assignment } from "../store/assignments.ts";
import type { Change } from "../store/changes.ts";
import type { Store } from "../store/store.ts";
import { readKeptPlaces, refuseLastAnchor } from "./anchored-places.ts";
import { matchVersion } from "./preconditions.ts";
import { command } from "./route.ts";
import { describeGrant } from "./shown-assignment.ts";
import { describeUser } from "./shown-user.ts";

/** Places whose grants the entry names; of more it says where they were, or how many. */
const NAMED_PLACES = 50;

export const userRemovalRoutes = [
  command({
    method: "DELETE",
    path: "/v1/orgs/{orgId}/users/{userId}",
    operationId: "deleteUser",
    summary: "Takes a user out of the organization, with everything they hold in it; felt on their next request.",
    area: "directory",
    access: { kind: "scope", level: "organization", scope: "user:write" },
    reply: { status: 204 },
    example: {},
    locks: "organization",
    readsGate: true,
    load: async (store, { params }, { organization }) => {
      const { user } = await store.read({ user: store.users.at(params.orgId, params.userId) });
      if (user === undefined) refuseAbsent("user");
      const [assignments, kept] = await Promise.all([
        store.assignments.listOfUser(params.orgId, params.userId),
        user.status === "active" ? readKeptPlaces(store, params, organization) : [],
      ]);
      return { user, assignments, kept };
    },
    decide: ({ user, assignments, kept }, { params: { orgId }, ifMatch }, { organization }, store) => {
      if (organization === undefined) refuseAbsent("organization");
      matchVersion(ifMatch, user.version, false);
      for (const anchors of kept) refuseLastAnchor(anchors, user.id);
      const isOfPool = user.identityProviderId === undefined;
      return {
        changes: [
          ...store.users.remove(user),
          ...freeDoor(store, user),
          ...store.assignments.showEverywhere(orgId, user.id, user.everywhere ?? [], []),
          ...(isOfPool ? [store.persons.leave(user.id, orgId)] : []),
          store.places.setCounts({ orgId }, { userCount: (organization.userCount ?? 1) - 1 }),
          store.sweeps.add({ kind: "user", orgId, userId: user.id }),
        ],
        audit: [describeRemoval(organization, user, assignments)],
        takesGate: true,
        reply: {},
      };
    },
  }),
];

/** Whoever comes through it again is somebody new. */
function freeDoor(store: Store, { identityProviderId, subject }: User): Change[] {
  if (identityProviderId === undefined || subject === undefined) return [];
  return [store.providers.freeSubject(identityProviderId, subject)];
}

function describeRemoval(organization: Organization, user: User, assignments: readonly Assignment[]) {
  const named = assignments.flatMap(({ place }) => place.workspaceId ?? []);
  const reach = describeReach([...named, ...(user.everywhere === undefined ? [] : [EVERYWHERE])], organization);
  const everywhere =
    user.everywhere === undefined ? [] : [{ place: EVERYWHERE, grants: user.everywhere.map(describeGrant) }];
  const held = [
    ...assignments.map((assignment) => ({
      place: assignment.place.workspaceId ?? assignment.place.orgId,
      grants: grantsOfAssignment(assignment, user).map(describeGrant),
    })),
    ...everywhere,
  ];
  return {
    chain: organization.id,
    action: "user.deleted",
    target: { type: "user", id: user.id },
    before: { ...describeUser(user), email: user.email, ...(held.length > NAMED_PLACES ? {} : { held }) },
    ...(reach === undefined ? {} : { reach }),
  } as const;
}
