/**
 * What an identity provider gives: whoever says what its claims are, or where it counts, gives the role of every rule that looks
 * at them.
 */
import type { Catalogue } from "../domain/catalogue.ts";
import { builtInCatalogue } from "../domain/catalogue.ts";
import type { Gift } from "../domain/exceeds.ts";
import { isUnexpired, settleGrants } from "../domain/grants.ts";
import type { OrgId, ProviderId, RoleId, WorkspaceId } from "../domain/ids.ts";
import type { KeptRule, KeptRules } from "../domain/kept-rules.ts";
import { findPredefinedRole } from "../domain/predefined-roles.ts";
import type { CustomRole, ReplacedRole, Role, RoleRef } from "../domain/roles.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import { readCatalogue } from "./catalogue-reading.ts";
import { toGift } from "./giver.ts";
import type { PlacedGrants } from "./named-roles.ts";
import { readNamedRoles } from "./named-roles.ts";
import type { Loading } from "./route.ts";

/** A provider, as far as rules ask. */
interface Giving {
  readonly id: ProviderId;
  /** All when absent. */
  readonly workspaceIds?: readonly WorkspaceId[] | undefined;
}

interface GivenRole extends RoleRef {
  readonly place: PlaceRef;
}

/** The roles of all enabled rules that would look at the provider's claims somewhere, as they are in the organization. */
export async function readGiftsHere(
  store: Store,
  orgId: OrgId,
  provider: Giving,
  { roles, organization }: Loading,
): Promise<Gift[] | "moved"> {
  const catalogue = await readCatalogue(store, roles, organization);
  return catalogue === "moved" ? catalogue : readGifts(store, orgId, provider, catalogue);
}

async function readGifts(store: Store, orgId: OrgId, provider: Giving, catalogue: Catalogue): Promise<Gift[]> {
  const rules = await store.rules.list(orgId);
  const given = new Map<RoleId, GivenRole>();
  for (const place of rules) {
    for (const rule of place.rules.filter((one) => looksAt(place, one, provider))) {
      const { roleId, roleManagedBy: managedBy } = rule;
      const { workspaceId } = place;
      const at = managedBy === "workspace" && workspaceId !== undefined ? { orgId, workspaceId } : { orgId };
      given.set(roleId, { roleId, managedBy, place: at });
    }
  }
  const gifts: Gift[] = [];
  for (let wanted = [...given.values()]; wanted.length > 0; ) {
    const next: GivenRole[] = [];
    for (const [index, role] of (await readStates(store, wanted)).entries()) {
      const { place } = wanted[index] ?? { place: { orgId } };
      // A role that was replaced gives what the other one does.
      if (role !== undefined && "replacedBy" in role) next.push(follow(role, place));
      else if (role !== undefined) gifts.push(toGift(role, catalogue));
    }
    wanted = next;
  }
  return gifts;
}

/** Members that are looked at together: each is two items, and 100 are one batch. */
const PAGE = 50;

/**
 * What somebody could become who says from now on who comes through a provider: everybody who is known by it or invited through it,
 * with what was given to them directly. In the organization that is what they hold; where in its workspaces they hold something
 * no list says, so there it may be anything.
 */
export async function readPeopleGifts(
  store: Store,
  orgId: OrgId,
  providerId: ProviderId,
  now: number,
): Promise<Gift[]> {
  const place: PlaceRef = { orgId };
  const held: PlacedGrants[] = [];
  let after: string | undefined;
  do {
    const { items, next } = await store.assignments.listMembers(place, { limit: PAGE, after });
    const { users, assignments } = await store.read({
      users: items.map(({ value }) => store.users.at(orgId, value)),
      assignments: items.map(({ value }) => store.assignments.at(place, value)),
    });
    for (const [index, user] of users.entries()) {
      const grants = (assignments[index]?.grants ?? []).filter((grant) => isUnexpired(grant, now));
      if (user?.identityProviderId === providerId && grants.length > 0) held.push({ place, grants });
    }
    after = next;
  } while (after !== undefined);
  const found = await readNamedRoles(store, held);
  const roleIds = new Set(held.flatMap(({ grants }) => settleGrants(grants, found).map(({ roleId }) => roleId)));
  const roles = [...roleIds].flatMap((id) => findPredefinedRole(id) ?? found.roles.get(id) ?? []);
  // What they hold directly here is of the organization's level, which own types have no part in.
  return [
    { key: "workspaces", level: "workspace", patterns: ["*"] },
    ...roles.map((role) => toGift(role, builtInCatalogue)),
  ];
}

function looksAt({ workspaceId }: KeptRules, rule: KeptRule, provider: Giving): boolean {
  const { enabled, identityProviderIds, workspaceIds } = rule;
  if (!enabled || !(identityProviderIds?.includes(provider.id) ?? true)) return false;
  const places = workspaceId === undefined ? workspaceIds : [workspaceId];
  return provider.workspaceIds === undefined || (places?.some((id) => provider.workspaceIds?.includes(id)) ?? true);
}

async function readStates(
  store: Store,
  roles: readonly GivenRole[],
): Promise<readonly (Role | CustomRole | ReplacedRole | undefined)[]> {
  const { states } = await store.read({ states: roles.map(({ place, roleId }) => store.roles.stateAt(place, roleId)) });
  return roles.map(({ roleId }, index) => findPredefinedRole(roleId) ?? states[index]);
}

function follow({ replacedBy }: ReplacedRole, place: PlaceRef): GivenRole {
  return { ...replacedBy, place: replacedBy.managedBy === "workspace" ? place : { orgId: place.orgId } };
}
