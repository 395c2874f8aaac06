/**
 * Whether a change of rules would shut out whoever makes it: what their own last sign-in comes to by the rules as they are, and as
 * they would be. Only somebody who came through an identity provider can be shut out so; what they hold directly stays.
 */
import type { Attributes } from "../domain/conditions.ts";
import type { Facts, Question } from "../domain/decide.ts";
import { decide } from "../domain/decide.ts";
import { Refusal } from "../domain/errors.ts";
import type { Grant } from "../domain/grants.ts";
import { isUnexpired, replaceRoles, settleGrants } from "../domain/grants.ts";
import type { IdentityProvider } from "../domain/identity-providers.ts";
import type { UserId, WorkspaceId } from "../domain/ids.ts";
import type { KeptRules } from "../domain/kept-rules.ts";
import { grantsInWorkspace } from "../domain/made-grants.ts";
import type { Workspace } from "../domain/places.ts";
import type { SignInOutcome } from "../domain/sign-in-outcome.ts";
import { decideSignIn } from "../domain/sign-in-outcome.ts";
import type { User } from "../domain/users.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import type { SignInRecord } from "../store/users.ts";
import { listWorkspacesOf } from "./held-workspaces.ts";
import { readNamedRoles } from "./named-roles.ts";
import type { FoundRoles } from "./role-reading.ts";
import type { Loading } from "./route.ts";

/** Who makes the change, as far as rules let them in. */
export interface RuleAuthor {
  readonly provider: IdentityProvider;
  readonly attributes: Attributes;
  /** The active workspaces in which they have standing now, with what they hold there directly. */
  readonly standing: readonly { readonly workspaceId: WorkspaceId; readonly direct: readonly Grant[] }[];
  /** The rules of places that the change leaves alone. */
  readonly others: readonly KeptRules[];
}

/**
 * Undefined for somebody of the user pool, and for whoever has not come through a provider.
 * @param place the change is of the rules of this place, or of how they are matched
 */
export async function readAuthor(
  store: Store,
  place: PlaceRef,
  userId: UserId,
  now: number,
  { workspace }: Loading,
): Promise<RuleAuthor | undefined> {
  const { orgId } = place;
  const { user, record } = await store.read({
    user: store.users.at(orgId, userId),
    record: store.users.signInAt(orgId, userId),
  });
  if (user?.identityProviderId === undefined || record?.providerId !== user.identityProviderId) return undefined;
  const [{ provider }, standing, others] = await Promise.all([
    store.read({ provider: store.providers.at(orgId, record.providerId) }),
    readStanding(store, user, workspace, now),
    readOthers(store, place),
  ]);
  return provider && { provider, attributes: toAttributes(record), standing, others };
}

export function toAttributes({ attributes }: SignInRecord): Attributes {
  return new Map(attributes);
}

async function readOthers(store: Store, place: PlaceRef): Promise<readonly KeptRules[]> {
  const { orgId, workspaceId } = place;
  if (workspaceId === undefined) return (await store.rules.list(orgId)).filter((one) => one.workspaceId !== undefined);
  const { shared } = await store.read({ shared: store.rules.at({ orgId }) });
  return shared === undefined ? [] : [shared];
}

/** @param only the workspace that alone is in question */
async function readStanding(
  store: Store,
  user: User,
  only: Workspace | undefined,
  now: number,
): Promise<RuleAuthor["standing"]> {
  const { orgId } = user;
  const assignments = await store.assignments.listOfUser(orgId, user.id);
  const byWorkspace = new Map(assignments.map((one) => [one.place.workspaceId, one]));
  const ids = only === undefined ? await listWorkspacesOf(store, user, assignments) : [only.id];
  const { workspaces } = await store.read({ workspaces: ids.map((id) => store.workspaces.at(orgId, id)) });
  const held = workspaces.flatMap((workspace) => {
    if (workspace?.status !== "active") return [];
    const grants = grantsInWorkspace(byWorkspace.get(workspace.id), user).filter((grant) => isUnexpired(grant, now));
    return [{ place: { orgId, workspaceId: workspace.id }, grants }];
  });
  const found = await readNamedRoles(store, held);
  return held.flatMap(({ place, grants }) => {
    const settled = settleGrants(grants, found);
    const direct = settled.filter(({ source }) => source === "direct");
    return settled.length === 0 ? [] : [{ workspaceId: place.workspaceId, direct }];
  });
}

/** A change of one place's rules, as the sets before it and after it. */
export interface RulesChange {
  readonly before: KeptRules;
  readonly after: KeptRules;
}

/**
 * @param found the roles that the rules of the place give, and those of the organization that are asked there
 * @param questions by any of which the change may be made
 */
export function refuseLockout(
  author: RuleAuthor | undefined,
  { before, after }: RulesChange,
  caller: Facts | undefined,
  found: FoundRoles,
  questions: readonly Question[],
): void {
  if (author === undefined || caller === undefined) return;
  const comeTo = (rules: KeptRules) => decideSignIn([...author.others, rules], author.provider, author.attributes);
  const [old, next] = [comeTo(before), comeTo(after)];
  const lost = author.standing.filter(
    ({ workspaceId, direct }) =>
      direct.length === 0 && grantsAt(old, workspaceId).length > 0 && grantsAt(next, workspaceId).length === 0,
  );
  if (lost.length > 0) refuse(lost.map(({ workspaceId }) => workspaceId));
  const here = author.standing.find(({ workspaceId }) => workspaceId === before.workspaceId);
  if (here === undefined) return;
  const mayEdit = (outcome: SignInOutcome) => {
    const made = replaceRoles(grantsAt(outcome, here.workspaceId), found.replaced);
    const facts = { ...caller, workspaceGrants: [...here.direct, ...made], roles: unite(caller.roles, found.roles) };
    return questions.some((question) => decide(question, facts).allow);
  };
  if (mayEdit(old) && !mayEdit(next)) refuse([here.workspaceId]);
}

function grantsAt({ everywhere, inWorkspaces }: SignInOutcome, workspaceId: WorkspaceId): readonly Grant[] {
  return inWorkspaces.get(workspaceId) ?? everywhere;
}

function unite<K, V>(a: ReadonlyMap<K, V>, b: ReadonlyMap<K, V>): ReadonlyMap<K, V> {
  return new Map([...a, ...b]);
}

/** A refusal names so many of the workspaces. */
const SHOWN = 10;

function refuse(workspaceIds: readonly WorkspaceId[]): never {
  const where = workspaceIds.slice(0, SHOWN).join(", ");
  const more = workspaceIds.length > SHOWN ? ` and ${workspaceIds.length - SHOWN} more` : "";
  throw new Refusal(
    "lockout",
    `By your own last sign-in you would lose your access in ${where}${more}. Say ?force=true if that is meant.`,
  );
}
