/** Changes of claim rules, the same for those of the organization and those of one workspace. */
import type { Catalogue } from "../domain/catalogue.ts";
import type { ClaimRule } from "../domain/claim-rules.ts";
import { moveRule } from "../domain/claim-rules.ts";
import type { Question } from "../domain/decide.ts";
import type { Fault } from "../domain/errors.ts";
import { refuseAbsent, refuseInvalid } from "../domain/errors.ts";
import type { Gift } from "../domain/exceeds.ts";
import type { ProviderId, RoleId, RuleId, UserId, WorkspaceId } from "../domain/ids.ts";
import type { KeptRule, KeptRules } from "../domain/kept-rules.ts";
import { limits } from "../domain/limits.ts";
import { operators } from "../domain/operators.ts";
import { findRuleGifts } from "../domain/rule-gifts.ts";
import type { Change } from "../store/changes.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import { guardGifts } from "./caller-guards.ts";
import type { RuleBody, RuleEdit } from "./claim-rule-bodies.ts";
import type { RankedRule, RuleChange } from "./claim-rule-entries.ts";
import { describeEdit, describeOrder } from "./claim-rule-entries.ts";
import { refuseExcess, toGift } from "./giver.ts";
import type { IdMaker } from "./id-maker.ts";
import { patchMember } from "./merge-patch.ts";
import { matchVersion } from "./preconditions.ts";
import { userIdOf } from "./principal-ids.ts";
import { placeIn } from "./role-changes.ts";
import type { FoundRoles } from "./role-reading.ts";
import { readRoles } from "./role-reading.ts";
import type { Input, Loading, Outcome, Standing } from "./route.ts";
import type { RuleAuthor } from "./rule-lockout.ts";
import { readAuthor, refuseLockout } from "./rule-lockout.ts";
import type { Named } from "./rule-references.ts";
import { appliesIn, findNamingFaults, namesOf, readNamed } from "./rule-references.ts";
import { showRule, showRules } from "./shown-rule.ts";

export interface LoadedRules {
  readonly place: PlaceRef;
  readonly kept: KeptRules | undefined;
  /** Of a workspace: the organization's rules that are asked there after its own. */
  readonly shared: readonly KeptRule[];
  readonly found: FoundRoles;
  readonly named: Named;
  readonly author: RuleAuthor | undefined;
}

/** The part of a request that its changes of rules rest on. */
export interface Asking {
  /** Whoever could be shut out; nobody where a service key asks. */
  readonly userId: UserId | undefined;
  readonly now: number;
  readonly ifMatch: string | undefined;
  /** Although it shuts out whoever asks. */
  readonly isForced: boolean;
  readonly newId: IdMaker;
}

/** What a route was asked, as its changes of rules take it. */
export function toAsking({
  principal,
  now,
  ifMatch,
  newId,
  query,
}: Pick<
  Input<string, { readonly force?: string | undefined }, unknown>,
  "principal" | "now" | "ifMatch" | "newId" | "query"
>): Asking {
  return { userId: userIdOf(principal), now, ifMatch, newId, isForced: query.force === "true" };
}

/** @param sent what the request says of a rule, if anything */
export async function loadRules(
  store: Store,
  place: PlaceRef,
  { userId, now }: Asking,
  sent: RuleEdit | undefined,
  loading: Loading,
): Promise<LoadedRules | "moved"> {
  const { orgId, workspaceId } = place;
  const [{ kept, ofOrganization }, named, author] = await Promise.all([
    store.read({
      kept: store.rules.at(place),
      ofOrganization: workspaceId === undefined ? undefined : store.rules.at({ orgId }),
    }),
    readNamed(store, place, sent === undefined ? [] : [sent]),
    userId && readAuthor(store, place, userId, now, loading),
  ]);
  const shared = workspaceId === undefined ? [] : (ofOrganization?.rules ?? []).filter(appliesIn(workspaceId));
  const found = await readRoles(store, loading.roles, loading, namesOf([...(kept?.rules ?? []), ...shared]));
  if (found === "moved") return "moved";
  const roles = new Map([...found.roles, ...named.roles]);
  return { place, kept, shared, found: { ...found, roles }, named, author };
}

export function createRule(
  loaded: LoadedRules,
  body: RuleBody,
  asking: Asking,
  standing: Standing,
  store: Store,
): Outcome {
  const { rank, ...said } = body;
  const before = loaded.kept?.rules ?? [];
  refuseMisnamed(loaded, body, standing);
  if (before.length >= limits.claimRulesPerPlace) {
    refuseInvalid({ pointer: "", detail: `There may be ${limits.claimRulesPerPlace} rules here.` });
  }
  const rule: KeptRule = {
    ...toRule(asking.newId("rul"), { ...said, enabled: said.enabled ?? true }),
    roleManagedBy: managerOf(loaded, said.roleId as RoleId),
    version: 1,
  };
  const after = placeAt([...before, rule], rule.id, rank ?? before.length + 1);
  refuseTooLarge(after, rule);
  const shown = { rule, rank: after.indexOf(rule) + 1 };
  return save(loaded, after, standing, store, {
    asking,
    pointer: "/roleId",
    edited: { after: shown },
    reply: { body: showRule(rule, shown.rank, loaded.found), version: rule.version },
  });
}

export function updateRule(
  loaded: LoadedRules,
  ruleId: RuleId,
  edit: RuleEdit,
  asking: Asking,
  standing: Standing,
  store: Store,
): Outcome {
  const before = loaded.kept?.rules ?? [];
  refuseMisnamed(loaded, edit, standing);
  const old = findRule(before, ruleId);
  const { rule } = old;
  const roleId = (edit.roleId as RoleId | undefined) ?? rule.roleId;
  const next: KeptRule = {
    ...toRule(rule.id, {
      name: edit.name ?? rule.name,
      when: edit.when ?? rule.when,
      roleId,
      workspaceIds: patchMember<readonly string[]>(rule.workspaceIds, edit.workspaceIds),
      identityProviderIds: patchMember<readonly string[]>(rule.identityProviderIds, edit.identityProviderIds),
      enabled: edit.enabled ?? rule.enabled,
    }),
    roleManagedBy: edit.roleId === undefined ? rule.roleManagedBy : managerOf(loaded, roleId),
    version: rule.version + 1,
  };
  const edited = before.map((one) => (one.id === rule.id ? next : one));
  const after = placeAt(edited, rule.id, edit.rank ?? old.rank);
  refuseTooLarge(after, next);
  matchVersion(asking.ifMatch, rule.version, true);
  const shown = { rule: next, rank: after.indexOf(next) + 1 };
  return save(loaded, after, standing, store, {
    asking,
    pointer: "/roleId",
    edited: { before: old, after: shown },
    reply: { body: showRule(next, shown.rank, loaded.found), version: next.version },
  });
}

export function deleteRule(
  loaded: LoadedRules,
  ruleId: RuleId,
  asking: Asking,
  standing: Standing,
  store: Store,
): Outcome {
  const before = loaded.kept?.rules ?? [];
  const old = findRule(before, ruleId);
  matchVersion(asking.ifMatch, old.rule.version, false);
  const after = before.filter(({ id }) => id !== ruleId);
  return save(loaded, after, standing, store, { asking, pointer: "", edited: { before: old }, reply: {} });
}

export function reorderRules(
  loaded: LoadedRules,
  ruleIds: readonly string[],
  asking: Asking,
  standing: Standing,
  store: Store,
): Outcome {
  const before = loaded.kept?.rules ?? [];
  refuseOtherSet(before, ruleIds);
  matchVersion(asking.ifMatch, versionOfOrder(loaded.kept), false);
  const after = inOrder(before, ruleIds);
  const items = showRules(after, loaded.found);
  return save(loaded, after, standing, store, {
    asking,
    pointer: "/ruleIds",
    edited: undefined,
    reply: { body: { ruleIds, items }, version: versionOfOrder(loaded.kept) + 1 },
  });
}

/** It moves with each change of any rule of the place. */
export function versionOfOrder(kept: KeptRules | undefined): number {
  return kept?.version ?? 0;
}

/** The rule, and its rank. */
export function findRule(rules: readonly KeptRule[], ruleId: RuleId): RankedRule {
  const index = rules.findIndex(({ id }) => id === ruleId);
  const rule = rules[index];
  return rule === undefined ? refuseAbsent("claim rule") : { rule, rank: index + 1 };
}

interface Saving {
  readonly asking: Asking;
  /** Where the request says what gives too much. */
  readonly pointer: string;
  /** The one rule that the change is about; none where it is about their order. */
  readonly edited: RuleChange | undefined;
  readonly reply: Extract<Outcome, { readonly changes: unknown }>["reply"];
}

function save(
  loaded: LoadedRules,
  rules: readonly KeptRule[],
  standing: Standing,
  store: Store,
  { asking, pointer, edited, reply }: Saving,
): Outcome {
  const { place, kept, shared, found, author } = loaded;
  const { workspaceId } = place;
  const { policy } = placeIn(place, standing);
  const claimMatching = standing.workspace?.claimMatching ?? "first-match";
  const before = kept?.rules ?? [];
  const gifts = findRuleGifts(
    { rules: [...before, ...shared], claimMatching },
    { rules: [...rules, ...shared], claimMatching },
  );
  refuseRuleGifts(gifts, loaded, standing, pointer);
  const named = workspaceId === undefined ? {} : { workspaceId, claimMatching };
  const marked = findMarked(edited);
  const after: KeptRules = { ...named, rules, version: versionOfOrder(kept) + 1 };
  if (!asking.isForced) {
    refuseLockout(author, { before: { ...named, rules: before }, after }, standing.caller, found, mayEditRules(place));
  }
  return {
    changes: [
      ...store.rules.replace(place, kept, after, policy + 1),
      ...(marked === undefined ? [] : [store.places.bumpPolicy(place, policy + 1, marked)]),
      ...guardGiven(store, place, edited),
      ...guardShared(store, place, gifts, found, standing),
    ],
    audit: [
      edited === undefined
        ? describeOrder(place, before, rules, standing)
        : describeEdit(place, edited, found, standing),
    ],
    reply,
  };
}

/** Refuses a change by which rules would give what whoever makes it cannot. */
export function refuseRuleGifts(
  gifts: readonly KeptRule[],
  { found }: Pick<LoadedRules, "found">,
  { giver, catalogue }: Standing,
  pointer: string,
): void {
  refuseExcess(giver, [], giftsOf(gifts, found, catalogue), pointer);
}

/** What rules give, each role that was replaced as the one in its place. */
function giftsOf(rules: readonly KeptRule[], found: FoundRoles, catalogue: Catalogue): Gift[] {
  return rules.flatMap((rule) => {
    const role = found.roles.get(showRule(rule, 0, found).roleId);
    return role === undefined ? [] : [{ ...toGift(role, catalogue), key: rule.id }];
  });
}

/** By which scope the rules of a place are changed. */
function mayEditRules({ workspaceId }: PlaceRef): readonly Question[] {
  return workspaceId === undefined
    ? [{ level: "organization", scope: "org-claim-mapping:write" }]
    : [{ level: "workspace", scope: "claim-mapping:write" }];
}

/** The rule whose mark is written anew, if any: that alone tells readers to read again. */
function findMarked(edited: Saving["edited"]): RuleId | undefined {
  const [old, next] = [edited?.before?.rule, edited?.after?.rule];
  const isSame = old?.roleId === next?.roleId && old?.enabled === next?.enabled;
  return isSame ? undefined : (next ?? old)?.id;
}

/** A role that lives in the organization is given by a workspace's rule: its deletion must see it. */
function guardGiven(store: Store, { orgId, workspaceId }: PlaceRef, edited: Saving["edited"]): Change[] {
  const rule = edited?.after?.rule;
  if (workspaceId === undefined || rule?.roleManagedBy !== "organization") return [];
  return edited?.before?.rule.roleId === rule.roleId ? [] : [store.roles.isGiven({ orgId }, rule.roleId)];
}

/** What was judged of the organization's rules, roles and own types is still so. */
export function guardShared(
  store: Store,
  { orgId, workspaceId }: PlaceRef,
  gifts: readonly KeptRule[],
  found: FoundRoles,
  standing: Standing,
): Change[] {
  const { organization, catalogue } = standing;
  if (workspaceId === undefined || organization === undefined || gifts.length === 0) return [];
  return [
    store.places.mustHavePolicy({ orgId }, organization.policy),
    ...guardGifts(store, standing, giftsOf(gifts, found, catalogue)),
  ];
}

function refuseMisnamed({ place, named }: LoadedRules, sent: RuleEdit, { workspace }: Standing): void {
  const faults = findNamingFaults(sent, place, workspace, named);
  if (faults.length > 0) refuseInvalid(...faults);
}

function refuseTooLarge(rules: readonly KeptRule[], rule: KeptRule): void {
  const faults: Fault[] = [];
  const check = (value: unknown, most: number, what: string) => {
    if (Buffer.byteLength(JSON.stringify(value)) > most) {
      faults.push({ pointer: "", detail: `${what} at most ${most} bytes as JSON.` });
    }
  };
  check(rule, limits.claimRuleBytes, "A rule has");
  check(rules, limits.claimRulesBytes, "All rules here have together");
  if (countPatterns(rules) > limits.patternsPerPlace) {
    faults.push({ pointer: "", detail: `The rules here ask at most ${limits.patternsPerPlace} patterns.` });
  }
  if (faults.length > 0) refuseInvalid(...faults);
}

function countPatterns(rules: readonly KeptRule[]): number {
  const asked = rules.flatMap(({ when }) => ("all" in when ? when.all : when.any));
  const patterns = asked.flatMap(({ operator, values }) => (operators[operator].isPattern === undefined ? [] : values));
  return patterns.length;
}

function refuseOtherSet(rules: readonly KeptRule[], ruleIds: readonly string[]): void {
  const here = new Set<string>(rules.map(({ id }) => id));
  const asked = new Set(ruleIds);
  const faults = ruleIds.flatMap((id, index) =>
    here.has(id) ? [] : [{ pointer: `/ruleIds/${index}`, detail: "There is no such rule here." }],
  );
  const missing = [...here].filter((id) => !asked.has(id));
  // What is not here may be a slip of what is missing: one fault is enough.
  if (faults.length === 0 && missing.length > 0) {
    faults.push({ pointer: "/ruleIds", detail: `Name every rule: ${missing[0]} is missing.` });
  }
  if (faults.length > 0) refuseInvalid(...faults);
}

function managerOf({ named }: LoadedRules, roleId: RoleId): KeptRule["roleManagedBy"] {
  return named.roles.get(roleId)?.managedBy ?? refuseInvalid({ pointer: "/roleId", detail: "There is no such role." });
}

interface Said {
  readonly name: string;
  readonly when: RuleBody["when"] | ClaimRule["when"];
  readonly roleId: string;
  readonly workspaceIds?: readonly string[] | undefined;
  readonly identityProviderIds?: readonly string[] | undefined;
  readonly enabled: boolean;
}

/** A rule as it was said, its ids known to be ids. */
export function toRule(
  id: RuleId,
  { name, when, roleId, workspaceIds, identityProviderIds, enabled }: Said,
): ClaimRule {
  return {
    id,
    name,
    when: when as ClaimRule["when"],
    roleId: roleId as RoleId,
    ...(workspaceIds === undefined ? {} : { workspaceIds: workspaceIds as readonly WorkspaceId[] }),
    ...(identityProviderIds === undefined ? {} : { identityProviderIds: identityProviderIds as readonly ProviderId[] }),
    enabled,
  };
}

function placeAt(rules: readonly KeptRule[], id: RuleId, rank: number): KeptRule[] {
  const order = rules.map((rule) => rule.id);
  return inOrder(rules, moveRule(order, id, rank));
}

function inOrder(rules: readonly KeptRule[], order: readonly string[]): KeptRule[] {
  const byId = new Map<string, KeptRule>(rules.map((rule) => [rule.id, rule]));
  return order.flatMap((id) => byId.get(id) ?? []);
}
