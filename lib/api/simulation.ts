/** What rules would come to: for claims that somebody might bring, or for what a user's provider said of them last. */
import type { ClaimRule } from "../domain/claim-rules.ts";
import { judgeRules } from "../domain/claim-rules.ts";
import { readAttributes } from "../domain/claims.ts";
import type { Attributes } from "../domain/conditions.ts";
import type { Fault } from "../domain/errors.ts";
import { refuseInvalid } from "../domain/errors.ts";
import type { Grant, Settling } from "../domain/grants.ts";
import { isUnexpired, replaceRoles, ruleOf, settleGrants } from "../domain/grants.ts";
import type { IdentityProvider } from "../domain/identity-providers.ts";
import type { OrgId, ProviderId, RoleId, RuleId, UserId, WorkspaceId } from "../domain/ids.ts";
import { isId } from "../domain/ids.ts";
import type { KeptRule, KeptRules } from "../domain/kept-rules.ts";
import { grantsInWorkspace } from "../domain/made-grants.ts";
import type { Organization, Workspace } from "../domain/places.ts";
import type { SignInOutcome } from "../domain/sign-in-outcome.ts";
import { decideSignIn } from "../domain/sign-in-outcome.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import type { SimulateBody } from "./claim-rule-bodies.ts";
import { toRule } from "./claim-rule-changes.ts";
import { readNamedRoles } from "./named-roles.ts";
import type { Reply } from "./route.ts";
import { toAttributes } from "./rule-lockout.ts";
import type { Named } from "./rule-references.ts";
import { appliesIn, findNamingFaults, namesOf, readNamed, serves } from "./rule-references.ts";
import { showFinding } from "./shown-rule.ts";

/** Characters of one answer: Lambda lets 6 MB through. */
const ANSWER_LENGTH = 4_000_000;
/** Workspaces of one read. */
const PAGE = 1_000;

interface Place {
  readonly ref: PlaceRef;
  readonly organization: Organization | undefined;
  readonly workspace: Workspace | undefined;
  /** The rules of the organization, and of the workspace or of each one, as they are saved. */
  readonly saved: readonly KeptRules[];
  readonly provider: IdentityProvider;
}

interface PlacedGrant {
  readonly workspaceId: WorkspaceId;
  readonly grant: Grant;
}

export async function simulateRules(store: Store, ref: PlaceRef, body: SimulateBody, now: number): Promise<Reply> {
  const [place, named] = await Promise.all([
    readPlace(store, ref, body.identityProviderId),
    readNamed(store, ref, body.rules ?? []),
  ]);
  const attributes = await readAttributesOf(store, place, body, now);
  const rules = body.rules === undefined ? place.saved : replaceDrafts(place, body.rules, named);
  const [workspaceIds, found] = await Promise.all([
    listWorkspaces(store, place),
    readNamedRoles(
      store,
      [...place.saved, ...rules].map((one) => ({ place: homeOf(ref, one), grants: namesOf(one.rules) })),
    ),
  ]);
  const comeTo = (all: readonly KeptRules[]) =>
    expand(decideSignIn(all, place.provider, attributes), workspaceIds, found);
  const next = comeTo(rules);
  const today =
    "userId" in body
      ? await readHeld(store, ref.orgId, body.userId as UserId, workspaceIds, now)
      : body.rules === undefined
        ? next
        : comeTo(place.saved);
  const isShown = ref.workspaceId === undefined ? () => true : appliesIn(ref.workspaceId);
  const answer = {
    rules: listAsked(rules, ref).flatMap((ofPlace) => showFindings(ofPlace, attributes, place.provider, isShown)),
    assignments: next.map(({ workspaceId, grant }) => ({
      workspaceId,
      roleId: grant.roleId,
      ruleId: ruleOf(grant)?.ruleId,
    })),
    added: listMissing(next, today),
    removed: listMissing(today, next),
  };
  if (JSON.stringify(answer).length > ANSWER_LENGTH) {
    refuseInvalid({ pointer: "", detail: "This comes to more than one answer can hold; ask in one workspace." });
  }
  return { body: answer };
}

async function readPlace(store: Store, ref: PlaceRef, providerId: string): Promise<Place> {
  const { orgId, workspaceId } = ref;
  const [{ organization, workspace, provider, own, shared }, all] = await Promise.all([
    store.read({
      organization: store.organizations.at(orgId),
      workspace: workspaceId && store.workspaces.at(orgId, workspaceId),
      provider: isId("idp", providerId) ? store.providers.at(orgId, providerId as ProviderId) : undefined,
      own: workspaceId === undefined ? undefined : store.rules.at(ref),
      shared: workspaceId === undefined ? undefined : store.rules.at({ orgId }),
    }),
    workspaceId === undefined ? store.rules.list(orgId) : [],
  ]);
  const refuse = (detail: string) => refuseInvalid({ pointer: "/identityProviderId", detail });
  if (provider === undefined) return refuse("There is no such identity provider here.");
  if (!provider.enabled) return refuse("This identity provider is disabled.");
  if (workspaceId !== undefined && !serves(provider, workspaceId)) {
    return refuse("This identity provider does not serve the workspace.");
  }
  const saved = workspaceId === undefined ? all : [own, shared].flatMap((one) => one ?? []);
  return { ref, organization, workspace, saved, provider };
}

/**
 * Rules that are only thought of can ask for every attribute, so a workspace hears of nobody's but its own people's: whoever has
 * nothing there is to it as somebody who is not there.
 */
async function readAttributesOf(
  store: Store,
  { ref, provider }: Place,
  body: SimulateBody,
  now: number,
): Promise<Attributes> {
  if ("claims" in body) return readAttributes(provider.attributeMapping, body.claims);
  const { userId } = body;
  const { record } = await store.read({
    record: isId("usr", userId) ? store.users.signInAt(ref.orgId, userId as UserId) : undefined,
  });
  const refuse = () =>
    refuseInvalid({ pointer: "/userId", detail: "Nobody of that id has signed in through this provider." });
  if (record?.providerId !== provider.id) return refuse();
  if (!(await isOfPlace(store, ref, userId as UserId, now))) return refuse();
  return toAttributes(record);
}

async function isOfPlace(store: Store, ref: PlaceRef, userId: UserId, now: number): Promise<boolean> {
  if (ref.workspaceId === undefined) return true;
  const { user, assignment } = await store.read({
    user: store.users.at(ref.orgId, userId),
    assignment: store.assignments.at(ref, userId),
  });
  const grants = grantsInWorkspace(assignment, user).filter((grant) => isUnexpired(grant, now));
  return settleGrants(grants, await readNamedRoles(store, [{ place: ref, grants }])).length > 0;
}

/** The saved rules with those of the place replaced by what is only thought of; one without an id is called by its rank. */
function replaceDrafts(
  { ref, saved, workspace }: Place,
  drafts: NonNullable<SimulateBody["rules"]>,
  named: Named,
): readonly KeptRules[] {
  const { workspaceId } = ref;
  const before = saved.find((one) => one.workspaceId === workspaceId);
  const known = new Set<string>(before?.rules.map(({ id }) => id));
  const used = new Set<string>();
  const faults: Fault[] = [];
  const rules = drafts.map((draft, index): KeptRule => {
    const at = `/rules/${index}`;
    const { id, rank } = draft;
    if (id !== undefined && (!known.has(id) || used.has(id))) {
      faults.push({ pointer: `${at}/id`, detail: "No rule here has this id, or it was named before." });
    }
    if (rank !== undefined && rank !== index + 1) {
      faults.push({ pointer: `${at}/rank`, detail: "Here rules are in the order in which they stand." });
    }
    used.add(id ?? "");
    for (const { pointer, detail } of findNamingFaults(draft, ref, workspace, named)) {
      faults.push({ pointer: `${at}${pointer}`, detail });
    }
    const rule = toRule((id ?? `draft-${index + 1}`) as RuleId, { ...draft, enabled: draft.enabled ?? true });
    const roleManagedBy = named.roles.get(draft.roleId as RoleId)?.managedBy ?? "system";
    return { ...rule, roleManagedBy, version: 1 };
  });
  if (faults.length > 0) refuseInvalid(...faults);
  const claimMatching = workspace?.claimMatching ?? "first-match";
  const set: KeptRules = workspaceId === undefined ? { rules } : { workspaceId, claimMatching, rules };
  return [...saved.filter((one) => one.workspaceId !== workspaceId), set];
}

/** The workspaces that are asked about: also those that the provider serves no more, since the next sign-in takes what it gave there. */
async function listWorkspaces(store: Store, { ref, workspace }: Place): Promise<readonly WorkspaceId[]> {
  if (ref.workspaceId !== undefined) return workspace === undefined ? [] : [workspace.id];
  const ids: WorkspaceId[] = [];
  let after: string | undefined;
  do {
    const page = await store.workspaces.list(ref.orgId, { limit: PAGE, after });
    ids.push(...page.items.map(({ value }) => value.id));
    after = page.next;
  } while (after !== undefined);
  return ids;
}

function homeOf({ orgId }: PlaceRef, { workspaceId }: KeptRules): PlaceRef {
  return workspaceId === undefined ? { orgId } : { orgId, workspaceId };
}

function expand(
  { everywhere, inWorkspaces }: SignInOutcome,
  workspaceIds: readonly WorkspaceId[],
  { replaced }: Settling,
): PlacedGrant[] {
  return workspaceIds.flatMap((workspaceId) =>
    replaceRoles(inWorkspaces.get(workspaceId) ?? everywhere, replaced).map((grant) => ({ workspaceId, grant })),
  );
}

/** What rules give somebody now. */
async function readHeld(
  store: Store,
  orgId: OrgId,
  userId: UserId,
  workspaceIds: readonly WorkspaceId[],
  now: number,
): Promise<PlacedGrant[]> {
  const [{ user }, assignments] = await Promise.all([
    store.read({ user: store.users.at(orgId, userId) }),
    store.assignments.listOfUser(orgId, userId),
  ]);
  const byWorkspace = new Map(assignments.map((one) => [one.place.workspaceId, one]));
  const held = workspaceIds.map((workspaceId) => ({
    place: { orgId, workspaceId },
    grants: grantsInWorkspace(byWorkspace.get(workspaceId), user).filter(
      (grant) => ruleOf(grant) !== undefined && isUnexpired(grant, now),
    ),
  }));
  const found = await readNamedRoles(store, held);
  return held.flatMap(({ place, grants }) =>
    settleGrants(grants, found).map((grant) => ({ workspaceId: place.workspaceId, grant })),
  );
}

/** The rules of the place, before those of the organization, of which a sign-in asks all before any workspace's. */
function listAsked(rules: readonly KeptRules[], { workspaceId }: PlaceRef): readonly (readonly ClaimRule[])[] {
  const ofOrganization = rules.find((one) => one.workspaceId === undefined)?.rules ?? [];
  if (workspaceId === undefined) return [ofOrganization];
  return [rules.find((one) => one.workspaceId === workspaceId)?.rules ?? [], ofOrganization];
}

/** @param isShown of a rule, whether it is for the place; all are asked */
function showFindings(
  rules: readonly ClaimRule[],
  attributes: Attributes,
  provider: IdentityProvider,
  isShown: (rule: ClaimRule) => boolean,
) {
  const reasonOf = (rule: ClaimRule) => findReason(rule, provider);
  const findings = judgeRules(rules, attributes, (rule) => reasonOf(rule) === undefined);
  return rules.flatMap((rule, index) => {
    const finding = findings[index];
    return finding === undefined || !isShown(rule) ? [] : [showFinding(rule, finding, reasonOf(rule))];
  });
}

/** Why a rule is not asked at all. */
function findReason(
  { enabled, identityProviderIds }: ClaimRule,
  provider: Pick<IdentityProvider, "id">,
): string | undefined {
  if (!enabled) return "The rule is disabled.";
  const isAsked = identityProviderIds === undefined || identityProviderIds.includes(provider.id);
  return isAsked ? undefined : "The rule is for other identity providers.";
}

/** What the one has and the other lacks, each role once in each workspace. */
function listMissing(some: readonly PlacedGrant[], others: readonly PlacedGrant[]) {
  const nameOf = ({ workspaceId, grant }: PlacedGrant) => `${workspaceId} ${grant.roleId}`;
  const known = new Set(others.map(nameOf));
  const missing = new Map(some.filter((one) => !known.has(nameOf(one))).map((one) => [nameOf(one), one]));
  return [...missing.values()].map(({ workspaceId, grant }) => ({ workspaceId, roleId: grant.roleId }));
}
