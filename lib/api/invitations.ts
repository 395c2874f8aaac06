/** Asking a person into an organization by their address: what has to be known, and what is written. */
import type { EntryDraft } from "../domain/audit.ts";
import { Refusal, refuseInvalid } from "../domain/errors.ts";
import type { Grant } from "../domain/grants.ts";
import type { OrgId, ProviderId, UserId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { Organization } from "../domain/places.ts";
import type { User } from "../domain/users.ts";
import type { Change } from "../store/changes.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { AddressOwner } from "../store/persons.ts";
import type { Store } from "../store/store.ts";
import type { Sweep } from "../store/sweeps.ts";
import type { IdMaker } from "./id-maker.ts";
import { describeGrant } from "./shown-assignment.ts";
import { describeUser } from "./shown-user.ts";
import { toTime } from "./times.ts";

export interface Invited {
  readonly email: string;
  readonly displayName?: string | undefined;
  readonly externalId?: string | undefined;
  /** The door through which alone they may come; the pool's own when absent. */
  readonly identityProviderId?: string | undefined;
}

export interface Invitation {
  /** Whom the address leads to in this deployment, if to anybody. */
  readonly owner: AddressOwner | undefined;
  readonly isAddressKnown: boolean;
  readonly isExternalIdKnown: boolean;
  /** What they held here before they were deleted and is not all swept: they cannot come back before that. */
  readonly remains: Sweep | undefined;
}

export async function loadInvitation(store: Store, orgId: OrgId, invited: Invited): Promise<Invitation> {
  const { email, externalId, identityProviderId } = invited;
  if (identityProviderId !== undefined) {
    return loadProviderInvitation(store, orgId, invited, identityProviderId as ProviderId);
  }
  const { owner, sameAddress, sameExternalId } = await store.read({
    owner: store.persons.byEmail(email),
    sameAddress: store.users.withEmail(orgId, email, "pool"),
    sameExternalId: externalId === undefined ? undefined : store.users.withExternalId(orgId, externalId),
  });
  const { samePerson, mark } = await store.read({
    samePerson: owner && store.users.at(orgId, owner.userId),
    mark: owner && store.users.markAt(orgId, owner.userId),
  });
  return {
    owner,
    isAddressKnown: sameAddress !== undefined || samePerson !== undefined,
    isExternalIdKnown: sameExternalId !== undefined,
    remains: owner && mark ? { kind: "user", orgId, userId: owner.userId } : undefined,
  };
}

/** A provider's user is known by subject, so what the deployment knows of the address says nothing here. */
async function loadProviderInvitation(
  store: Store,
  orgId: OrgId,
  { email, externalId }: Invited,
  providerId: ProviderId,
): Promise<Invitation> {
  const [{ sameExternalId }, sameAddress] = await Promise.all([
    store.read({
      sameExternalId: externalId === undefined ? undefined : store.users.withExternalId(orgId, externalId),
    }),
    store.users.listByEmail(orgId, email, { limit: limits.pageMost }),
  ]);
  const { users } = await store.read({ users: sameAddress.items.map(({ value }) => store.users.at(orgId, value)) });
  return {
    owner: undefined,
    isAddressKnown: users.some((user) => user?.identityProviderId === providerId),
    isExternalIdKnown: sameExternalId !== undefined,
    remains: undefined,
  };
}

/** Refuses whom the organization knows already. */
export function refuseKnown({ isAddressKnown, isExternalIdKnown }: Invitation): void {
  if (isAddressKnown) throw new Refusal("conflict", "A user of this organization has that address.");
  if (isExternalIdKnown) refuseExternalId();
}

export function refuseExternalId(): never {
  throw new Refusal("conflict", "A user of this organization has that externalId.");
}

export function refuseCrowd({ userCount = 0 }: Organization): void {
  if (userCount < limits.usersPerOrganization) return;
  refuseInvalid({ pointer: "", detail: `An organization has at most ${limits.usersPerOrganization} users.` });
}

interface Invite {
  readonly user: User;
  readonly changes: readonly Change[];
  readonly entry: EntryDraft;
}

/**
 * Its entry locks the organization, so none of the organization's roles goes meanwhile; a workspace is the caller's to lock.
 *
 * @param place where the grants, if there are any, are to be held from the acceptance on
 */
export function invite(
  organization: Organization,
  place: PlaceRef,
  { email, displayName, externalId, identityProviderId }: Invited,
  grants: readonly Grant[],
  { owner }: Invitation,
  { now, newId }: { readonly now: number; readonly newId: IdMaker },
  store: Store,
): Invite {
  const { orgId, workspaceId } = place;
  const id: UserId = owner?.userId ?? newId("usr");
  const user: User = {
    id,
    orgId,
    email,
    ...(displayName === undefined ? {} : { displayName }),
    ...(externalId === undefined ? {} : { externalId }),
    status: "invited",
    ...(identityProviderId === undefined ? {} : { identityProviderId: identityProviderId as ProviderId }),
    createdAt: toTime(now),
    version: 1,
  };
  return {
    user,
    changes: [
      ...store.users.create(user),
      ...(identityProviderId === undefined ? listPerson(store, user, owner) : []),
      store.places.setCounts({ orgId }, { userCount: (organization.userCount ?? 0) + 1 }),
      ...(grants.length === 0 ? [] : store.assignments.replace(undefined, { place, userId: id, grants, version: 1 })),
    ],
    entry: {
      chain: orgId,
      action: "user.invited",
      target: { type: "user", id },
      after: { ...describeUser(user), email, grants: grants.map(describeGrant) },
      ...(workspaceId === undefined ? {} : { reach: [workspaceId] }),
    },
  };
}

/** A person of the pool finds the invitation by their own list, once they have signed in. */
function listPerson(store: Store, { id, orgId, email }: User, owner: AddressOwner | undefined): Change[] {
  const made = owner === undefined ? store.persons.createInvited({ id, email }) : [];
  return [...made, store.persons.join(id, orgId, "invited")];
}
