/**
 * Reads what a decision rests on: in one serial round trip when every custom role that the grants name is at hand, in two
 * when not. All reads are strongly consistent.
 */
import type { ApiKey, PresentedKey } from "../domain/api-keys.ts";
import { builtInCatalogue } from "../domain/catalogue.ts";
import type { Facts } from "../domain/decide.ts";
import type { Grant } from "../domain/grants.ts";
import { isUnexpired, settleGrants } from "../domain/grants.ts";
import type { KeyId, OrgId, UserId, WorkspaceId } from "../domain/ids.ts";
import { grantsInWorkspace } from "../domain/made-grants.ts";
import type { User } from "../domain/users.ts";
import type { Principal } from "../identity/principal.ts";
import type { Assignment } from "../store/assignments.ts";
import type { DecidingStore } from "../store/deciding-store.ts";
import { readCatalogue, withOwnTypes } from "./catalogue-reading.ts";
import { ofOneMoment } from "./one-moment.ts";
import { userIdOf } from "./principal-ids.ts";
import type { RoleCache } from "./role-cache.ts";
import type { ReadPlaces } from "./role-reading.ts";
import { readRoles } from "./role-reading.ts";

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

/** Facts, with the versions of the assignments that they were read from: for whoever rests a change on them. */
export interface VersionedFacts extends Facts {
  readonly versions: { readonly atOrganization: number | undefined; readonly atWorkspace: number | undefined };
}

/** The facts about whoever asks in an organization and, where one is named, in a workspace. */
export function readFacts(store: DecidingStore, cache: RoleCache, subject: Subject): Promise<Facts> {
  return ofOneMoment(() => tryReadFacts(store, cache, subject));
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
    subject.sparesOwnTypes || isNobodyHere(presented, subject)
      ? builtInCatalogue
      : readCatalogue(store, cache, organization),
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
 * Whether somebody asks by a key that is good for nothing in the organization. They are refused whatever types it registered, and are
 * not to learn of them: neither by what is recorded in their own organization, nor by how long it takes.
 */
function isNobodyHere(presented: PresentedKey | undefined, { orgId }: Subject): boolean {
  return presented !== undefined && (presented.secretMadeAt === undefined || presented.key?.orgId !== orgId);
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
