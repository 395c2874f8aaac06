/**
 * Reads what a decision rests on: in one serial round trip when every custom role that the grants name is at hand, in two
 * when not. All reads are strongly consistent.
 */
import type { ApiKey, PresentedKey } from "../domain/api-keys.ts";
import type { Catalogue } from "../domain/catalogue.ts";
import { builtInCatalogue, makeCatalogue } from "../domain/catalogue.ts";
import type { Facts } from "../domain/decide.ts";
import { Refusal } from "../domain/errors.ts";
import type { Grant, Settling } from "../domain/grants.ts";
import { isUnexpired, refOf, ruleOf, settleGrants } from "../domain/grants.ts";
import type { KeyId, OrgId, RoleId, RuleId, UserId, WorkspaceId } from "../domain/ids.ts";
import type { RuleMark } from "../domain/kept-rules.ts";
import { grantsInWorkspace } from "../domain/made-grants.ts";
import type { Organization, Workspace } from "../domain/places.ts";
import { findPredefinedRole } from "../domain/predefined-roles.ts";
import type { CustomRole, ReplacedRole, Role, RoleRef } from "../domain/roles.ts";
import type { User } from "../domain/users.ts";
import type { Principal } from "../identity/principal.ts";
import type { Assignment } from "../store/assignments.ts";
import type { DecidingStore } from "../store/deciding-store.ts";
import { userIdOf } from "./principal-ids.ts";
import type { RoleCache } from "./role-cache.ts";

export interface Subject extends Asker {
  readonly orgId: OrgId;
  readonly workspaceId?: WorkspaceId | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The question is of a built-in scope, which no own type of the organization has a part in. */
  readonly sparesOwnTypes?: boolean;
}

/** A user, or an API key; with a personal key whose person is known already, both, to be read at once. */
interface Asker {
  readonly userId?: UserId | undefined;
  readonly key?: AskingKey | undefined;
}

interface AskingKey {
  readonly id: KeyId;
  /** With which of its secrets it was presented; undefined when with none. */
  readonly secretOf: (key: ApiKey) => number | undefined;
}

/** A principal as whoever asks. */
export function askerOf(principal: Principal): Asker {
  if (principal.kind === "user") return { userId: principal.userId };
  const { keyId, secretMadeAt } = principal;
  return { userId: userIdOf(principal), key: { id: keyId, secretOf: () => secretMadeAt } };
}

/** Places that a command has read before, so that they are never read together with the facts that they lock. */
export interface ReadPlaces {
  readonly organization: Organization | undefined;
  readonly workspace: Workspace | undefined;
}

/** Facts, with the versions of the assignments that they were read from: for whoever rests a change on them. */
export interface VersionedFacts extends Facts {
  readonly versions: { readonly atOrganization: number | undefined; readonly atWorkspace: number | undefined };
}

const MOST_STARTS = 3;

/** The facts about whoever asks in an organization and, where one is named, in a workspace. */
export async function readFacts(store: DecidingStore, cache: RoleCache, subject: Subject): Promise<Facts> {
  for (let start = 0; start < MOST_STARTS; start++) {
    const facts = await tryReadFacts(store, cache, subject);
    if (facts !== "moved") return facts;
  }
  return refuseMoving();
}

/** The same, once: `moved` when a role turned out newer than the policy that was read before it. */
export async function tryReadFacts(
  store: DecidingStore,
  cache: RoleCache,
  subject: Subject,
  places?: ReadPlaces,
): Promise<VersionedFacts | "moved"> {
  const { workspaceId, now } = subject;
  const { organization, workspace, presented, ...read } = await readSubject(store, subject, places);
  const ofUser = () => (workspaceId === undefined ? [] : grantsInWorkspace(read.atWorkspace, read.user));
  const workspaceGrants = presented === undefined ? ofUser() : grantsThrough(presented, workspaceId, ofUser);
  const organizationGrants = presented === undefined ? (read.atOrganization?.grants ?? []) : [];
  const live = [...workspaceGrants, ...organizationGrants].filter((grant) => isUnexpired(grant, now));
  const [found, catalogue] = await Promise.all([
    readRoles(store, cache, { organization, workspace }, live),
    subject.sparesOwnTypes ? builtInCatalogue : readCatalogue(store, cache, organization),
  ]);
  if (found === "moved" || catalogue === "moved") return "moved";
  return {
    now,
    organization,
    workspace,
    user: read.user,
    ...(presented === undefined ? {} : { presented }),
    workspaceGrants: settleGrants(workspaceGrants, found),
    organizationGrants: settleGrants(organizationGrants, found),
    roles: withOwnTypes(found.roles, catalogue),
    catalogue,
    versions: { atOrganization: read.atOrganization?.version, atWorkspace: read.atWorkspace?.version },
  };
}

interface SubjectFacts extends ReadPlaces {
  readonly user?: User | undefined;
  readonly atOrganization?: Assignment | undefined;
  readonly atWorkspace?: Assignment | undefined;
  readonly presented?: PresentedKey;
}

/** What is read by name. The person of a personal key that is not known yet is read once the key says who that is. */
async function readSubject(
  store: DecidingStore,
  { orgId, workspaceId, userId, key: asking }: Subject,
  places?: ReadPlaces,
): Promise<SubjectFacts> {
  const personAt = (id: UserId) => ({
    user: store.users.at(orgId, id),
    // A key has nothing from the organization.
    ...(asking === undefined ? { atOrganization: store.assignments.at({ orgId }, id) } : {}),
    ...(workspaceId === undefined ? {} : { atWorkspace: store.assignments.at({ orgId, workspaceId }, id) }),
  });
  const read = await store.read({
    ...(places === undefined ? { organization: store.organizations.at(orgId) } : {}),
    ...(places === undefined && workspaceId !== undefined
      ? { workspace: store.workspaces.at(orgId, workspaceId) }
      : {}),
    ...(asking === undefined ? {} : { key: store.apiKeys.at(asking.id) }),
    ...(userId === undefined ? {} : personAt(userId)),
  });
  const { organization, workspace } = places ?? read;
  const { key, ...person } = read;
  const facts = { ...person, organization, workspace };
  if (asking === undefined) return facts;
  const presented: PresentedKey = { key, secretMadeAt: key && asking.secretOf(key) };
  const actsAsOwner = key?.kind === "personal" && key.orgId === orgId && presented.secretMadeAt !== undefined;
  // Also where the key is one of another workspace: whoever is shut out is told so everywhere in the organization.
  if (userId !== undefined || !actsAsOwner) return { ...facts, presented };
  return { ...facts, ...(await store.read(personAt(key.ownerId))), presented };
}

/**
 * What a key can do no more than: what its person holds, or its role, as if the key held it. Where it gives nothing, no role need be
 * read: in another workspace, and when none of its secrets was presented.
 */
function grantsThrough(
  { key, secretMadeAt }: PresentedKey,
  workspaceId: WorkspaceId | undefined,
  ofUser: () => readonly Grant[],
): readonly Grant[] {
  if (key === undefined || secretMadeAt === undefined || key.workspaceId !== workspaceId) return [];
  if (key.kind === "personal") return ofUser();
  return key.role === undefined ? [] : [{ ...key.role, source: "direct" }];
}

/**
 * The scopes of an organization: built-in ones, and those of its own types, from the cache or by one read. Its item says which
 * version of them counts; another one was read from another moment.
 */
export async function readCatalogue(
  store: DecidingStore,
  cache: RoleCache,
  organization: Organization | undefined,
): Promise<Catalogue | "moved"> {
  if (organization?.typesVersion === undefined) return builtInCatalogue;
  const { id, typesVersion } = organization;
  const kept = cache.getCatalogue(id, typesVersion);
  if (kept !== undefined) return kept;
  const { own } = await store.read({ own: store.ownTypes.at(id) });
  if (own?.version !== typesVersion) return "moved";
  const catalogue = makeCatalogue(own.types);
  cache.keepCatalogue(id, typesVersion, catalogue);
  return catalogue;
}

/** The same for whoever only shows what it reads: where the types are edited meanwhile, the organization is read again. */
export async function persistCatalogue(store: DecidingStore, cache: RoleCache, orgId: OrgId): Promise<Catalogue> {
  for (let start = 0; start < MOST_STARTS; start++) {
    const { organization } = await store.read({ organization: store.organizations.at(orgId) });
    const catalogue = await readCatalogue(store, cache, organization);
    if (catalogue !== "moved") return catalogue;
  }
  return refuseMoving();
}

/** The same where the organization is read already. */
export async function findCatalogue(
  store: DecidingStore,
  cache: RoleCache,
  organization: Organization | undefined,
  orgId: OrgId,
): Promise<Catalogue> {
  const catalogue = await readCatalogue(store, cache, organization);
  return catalogue === "moved" ? persistCatalogue(store, cache, orgId) : catalogue;
}

/** Predefined roles with what the organization's own types put into them. */
export function withOwnTypes(roles: ReadonlyMap<RoleId, Role>, catalogue: Catalogue): ReadonlyMap<RoleId, Role> {
  if (catalogue === builtInCatalogue) return roles;
  return new Map([...roles].map(([id, role]) => [id, catalogue.complete(role)]));
}

/** The roles that grants name, those of them that were replaced, and the rules that grants are from. */
export interface FoundRoles extends Settling {
  readonly roles: ReadonlyMap<RoleId, Role>;
}

/**
 * The roles that grants name, and the rules. Custom ones come from the cache, or from one further read of just those that it
 * lacks; a role that was replaced leads on to the one in its place.
 */
export async function readRoles(
  store: DecidingStore,
  cache: RoleCache,
  places: ReadPlaces,
  grants: readonly Grant[],
): Promise<FoundRoles | "moved"> {
  const roles = new Map<RoleId, Role>();
  const replaced = new Map<RoleId, RoleRef>();
  let rules: ReadonlyMap<RuleId, RuleMark> | undefined;
  for (let named: readonly RoleRef[] = grants; named.length > 0; ) {
    const read = await readStates(store, cache, places, named, rules === undefined ? grants : []);
    if (read === "moved") return "moved";
    const next: RoleRef[] = [];
    for (const [roleId, state] of read.states) {
      if (!("replacedBy" in state)) roles.set(roleId, state);
      else {
        replaced.set(roleId, state.replacedBy);
        next.push(state.replacedBy);
      }
    }
    // A rule may still name a role that was replaced where the grant names the one in its place.
    if (rules === undefined) next.push(...[...read.rules.values()].map(refOf));
    rules ??= read.rules;
    named = next.filter(({ roleId }) => !roles.has(roleId) && !replaced.has(roleId) && !read.states.has(roleId));
  }
  return { roles, replaced, rules: rules ?? new Map() };
}

/** The same for whoever only shows what it reads: where the world moved meanwhile, its places are read again. */
export async function persistRoles(
  store: DecidingStore,
  cache: RoleCache,
  places: ReadPlaces,
  grants: readonly Grant[],
): Promise<FoundRoles> {
  let { organization, workspace } = places;
  for (let start = 0; start < MOST_STARTS; start++) {
    const found = await readRoles(store, cache, { organization, workspace }, grants);
    if (found !== "moved") return found;
    ({ organization, workspace } = await store.read({
      organization: organization && store.organizations.at(organization.id),
      workspace: workspace && store.workspaces.at(workspace.orgId, workspace.id),
    }));
  }
  return refuseMoving();
}

function refuseMoving(): never {
  throw new Refusal("unavailable", "Roles are being edited faster than they can be read; try again.");
}

interface ReadStates {
  readonly states: ReadonlyMap<RoleId, Role | ReplacedRole>;
  readonly rules: ReadonlyMap<RuleId, RuleMark>;
}

async function readStates(
  store: DecidingStore,
  cache: RoleCache,
  places: ReadPlaces,
  named: readonly RoleRef[],
  byRules: readonly Grant[],
): Promise<ReadStates | "moved"> {
  const states = new Map<RoleId, Role | ReplacedRole>();
  const rules = new Map<RuleId, RuleMark>();
  const wanted = new Map<RoleId, Organization | Workspace>();
  const wantedRules = new Map<RuleId, Organization | Workspace>();
  const placeFor = (managedBy: RoleRef["managedBy"]) =>
    managedBy === "workspace" ? places.workspace : places.organization;
  for (const { roleId, managedBy } of named) {
    const predefined = findPredefinedRole(roleId);
    const place = placeFor(managedBy);
    if (predefined !== undefined) states.set(roleId, predefined);
    else if (place !== undefined) {
      const kept = cache.get(place.id, place.policy, roleId);
      if (kept === undefined) wanted.set(roleId, place);
      else if (kept !== "gone") states.set(roleId, kept);
    }
  }
  for (const { ruleId, managedBy } of byRules.flatMap((grant) => ruleOf(grant) ?? [])) {
    const place = placeFor(managedBy);
    if (place === undefined) continue;
    const kept = cache.getRule(place.id, place.policy, ruleId);
    if (kept === undefined) wantedRules.set(ruleId, place);
    else if (kept !== "gone") rules.set(ruleId, kept);
  }
  if (wanted.size === 0 && wantedRules.size === 0) return { states, rules };
  const { found, marks } = await store.read({
    found: [...wanted].map(([roleId, place]) => store.roles.stateAt(placeOf(place), roleId)),
    marks: [...wantedRules].map(([ruleId, place]) => store.rules.markAt(placeOf(place), ruleId)),
  });
  for (const [index, [roleId, place]] of [...wanted].entries()) {
    const state = found[index];
    if (state !== undefined && isOfAnotherMoment(state, place)) return "moved";
    cache.keep(place.id, place.policy, roleId, state);
    if (state !== undefined) states.set(roleId, state);
  }
  for (const [index, [ruleId, place]] of [...wantedRules].entries()) {
    const mark = marks[index];
    if (mark !== undefined && isOfAnotherMoment(mark, place)) return "moved";
    cache.keepRule(place.id, place.policy, ruleId, mark);
    if (mark !== undefined) rules.set(ruleId, mark);
  }
  return { states, rules };
}

/**
 * Two reads are no snapshot. What is newer than the place's policy was edited between them; what was edited last, found
 * older than that edit, was read while its transaction was still being written out.
 */
function isOfAnotherMoment(
  read: CustomRole | ReplacedRole | RuleMark,
  { policy, edited }: Organization | Workspace,
): boolean {
  return read.policy > policy || (read.id === edited && read.policy < policy);
}

function placeOf(place: Organization | Workspace) {
  return "orgId" in place ? { orgId: place.orgId, workspaceId: place.id } : { orgId: place.id };
}
