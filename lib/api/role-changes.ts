/** Changes of custom roles, the same for those of the organization and those of one workspace. */
import type { EntryDraft } from "../domain/audit.ts";
import type { Catalogue } from "../domain/catalogue.ts";
import { Refusal, refuseAbsent, refuseInvalid } from "../domain/errors.ts";
import type { Gift } from "../domain/exceeds.ts";
import type { RoleId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import { foldName } from "../domain/names.ts";
import { listOwnTypesOf } from "../domain/own-types.ts";
import type { Organization, Workspace } from "../domain/places.ts";
import { predefinedRoles } from "../domain/predefined-roles.ts";
import { describeReach } from "../domain/reach.ts";
import type { CustomRole, Role } from "../domain/roles.ts";
import type { Level, Pattern } from "../domain/scopes.ts";
import type { PlacedKey } from "../store/api-keys.ts";
import type { Holder } from "../store/assignments.ts";
import type { Change } from "../store/changes.ts";
import type { RuleOfRole } from "../store/claim-rules.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import { guardGifts } from "./caller-guards.ts";
import { refuseExcess, toGift } from "./giver.ts";
import type { IdMaker } from "./id-maker.ts";
import { patchMember } from "./merge-patch.ts";
import { matchVersion } from "./preconditions.ts";
import { findLevelFaults } from "./role-bodies.ts";
import type { Outcome, Standing } from "./route.ts";
import { showRole, versionOf } from "./shown-role.ts";
import { toTime } from "./times.ts";

interface NewRole {
  readonly name: string;
  readonly description: string;
  readonly level: Level;
  readonly scopes: readonly Pattern[];
}

/** @param taken the role of the place that has the name already */
export function createRole(
  place: PlaceRef,
  { name, description, level, scopes }: NewRole,
  taken: RoleId | undefined,
  { now, newId }: { readonly now: number; readonly newId: IdMaker },
  standing: Standing,
  store: Store,
): Outcome {
  const { policy, roleCount = 0 } = placeIn(place, standing);
  if (roleCount >= limits.rolesPerPlace) {
    refuseInvalid({ pointer: "", detail: `There may be ${limits.rolesPerPlace} roles here.` });
  }
  const role: CustomRole = {
    id: newId("rol"),
    name,
    description,
    level,
    scopes,
    managedBy: place.workspaceId === undefined ? "organization" : "workspace",
    createdAt: toTime(now),
    version: 1,
    policy,
  };
  refuseLarge(scopes);
  refuseExcess(standing.giver, [], [toGift(role, standing.catalogue)], "/scopes");
  checkName(role.name, taken, undefined);
  return {
    changes: [
      ...store.roles.create(place, role),
      ...restOnOwnTypes(store, place, [], scopes, standing),
      store.places.setCounts(place, { roleCount: roleCount + 1 }),
    ],
    audit: [{ ...entryOf(place, "role.created", role, [], standing), after: describe(role) }],
    reply: { body: showRole(role), version: role.version },
  };
}

export interface RoleEdit {
  readonly name?: string | undefined;
  readonly description?: string | null | undefined;
  readonly scopes?: readonly Pattern[] | undefined;
}

/** @param holders of an org-managed role, for the entry to say where the edit is felt */
export function updateRole(
  place: PlaceRef,
  found: Role | CustomRole,
  edit: RoleEdit,
  { taken, holders, ifMatch }: { taken: RoleId | undefined; holders: readonly Holder[]; ifMatch: string | undefined },
  standing: Standing,
  store: Store,
): Outcome {
  const { catalogue } = standing;
  const before = catalogue.complete(found);
  checkScopes(before.level, edit.scopes ?? [], catalogue);
  refuseLarge(edit.scopes ?? []);
  matchVersion(ifMatch, versionOf(before), true);
  const scopes = edit.scopes ?? before.scopes;
  const gifts = [{ ...toGift(before, catalogue), patterns: scopes }];
  refuseExcess(standing.giver, [toGift(before, catalogue)], gifts, "/scopes");
  if (!isOf(place, before)) refuseManagedElsewhere();
  const policy = placeIn(place, standing).policy + 1;
  const after: CustomRole = {
    ...before,
    name: edit.name ?? before.name,
    description: patchMember(before.description, edit.description) ?? "",
    scopes,
    version: before.version + 1,
    policy,
  };
  checkName(after.name, taken, before.id);
  return {
    changes: [
      ...store.roles.replace(place, before, after),
      ...(edit.scopes === undefined ? [] : guardRoleGifts(store, place, gifts, standing)),
      ...restOnOwnTypes(store, place, before.scopes, scopes, standing),
      store.places.bumpPolicy(place, policy, after.id),
    ],
    audit: [
      { ...entryOf(place, "role.updated", after, holders, standing), before: describe(before), after: describe(after) },
    ],
    reply: { body: showRole(after), version: after.version },
  };
}

/** Refuses what could not be edited so, for whoever only wants to know what would come of it. */
export function checkEdit(place: PlaceRef, role: Role, scopes: readonly Pattern[], catalogue: Catalogue): void {
  checkScopes(role.level, scopes, catalogue);
  if (!isOf(place, role)) refuseManagedElsewhere();
}

/** Refuses scopes that mean nothing at the level in the organization. */
export function checkScopes(level: Level, scopes: readonly Pattern[], catalogue: Catalogue): void {
  const faults = findLevelFaults(level, scopes, catalogue);
  if (faults.length > 0) refuseInvalid(...faults);
}

/** Refuses more than a role can hold: a copy of a predefined one holds what own types put into that, too. */
function refuseLarge(scopes: readonly Pattern[]): void {
  const refuse = (detail: string) => refuseInvalid({ pointer: "/scopes", detail });
  if (scopes.length > limits.scopesPerRole) refuse(`A role has at most ${limits.scopesPerRole} scopes.`);
  if (Buffer.byteLength(scopes.join(" ")) > limits.scopesBytes) {
    refuse(`Scopes have at most ${limits.scopesBytes} bytes in all.`);
  }
  if (listOwnTypesOf(scopes).length > limits.ownTypesPerRole) {
    refuse(`A role names at most ${limits.ownTypesPerRole} of the organization's own types.`);
  }
}

/** A workspace's role gives what its maker may hold by the organization's own types alone; an org-managed one is made under its lock. */
function guardRoleGifts(store: Store, place: PlaceRef, gifts: readonly Gift[], standing: Standing): Change[] {
  return place.workspaceId === undefined ? [] : guardGifts(store, standing, gifts);
}

/** Own types of which scopes are newly named, as they are: whoever is about to take one of these away has to look again. */
export function restOnOwnTypes(
  store: Store,
  { orgId }: PlaceRef,
  before: readonly Pattern[],
  after: readonly Pattern[],
  { catalogue }: Pick<Standing, "catalogue">,
): Change[] {
  const added = after.filter((scope) => !before.includes(scope));
  // Of a type that is not known, the role, or the key, was read at a later moment than the types: no version is like this, and all starts over.
  return listOwnTypesOf(added).map((type) =>
    store.ownTypes.isRestedOn(orgId, type, catalogue.findKeptType(type)?.ownVersion ?? 0),
  );
}

interface Removal {
  readonly role: Role | CustomRole;
  readonly holders: readonly Holder[];
  /** The claim rules that give it. */
  readonly rules: readonly RuleOfRole[];
  /** The API keys that have it. */
  readonly keys: readonly PlacedKey[];
  /** The role that the holders are to hold instead: undefined when none was named, `absent` when there is none of that id. */
  readonly target: Role | "absent" | undefined;
}

/** Deletes a role that nobody holds, or whose holders hold the target from now on: one flip, however many they are. */
export function removeRole(
  place: PlaceRef,
  { role: found, holders, rules, keys, target }: Removal,
  ifMatch: string | undefined,
  standing: Standing,
  store: Store,
): Outcome {
  const { catalogue } = standing;
  const role = catalogue.complete(found);
  checkTarget(role, target);
  matchVersion(ifMatch, versionOf(role), false);
  const isOwn = isOf(place, role);
  const isUsed = holders.length > 0 || rules.length > 0 || keys.length > 0;
  // Who holds a role that is managed elsewhere is not known here, so no refusal can tell it.
  if ((isUsed || !isOwn) && target !== undefined && target !== "absent") {
    refuseExcess(standing.giver, [], [toGift(target, catalogue)], "/reassignTo");
  }
  if (!isOwn) refuseManagedElsewhere();
  const { policy, roleCount = 1 } = placeIn(place, standing);
  const always = [
    store.places.bumpPolicy(place, policy + 1, role.id),
    store.places.setCounts(place, { roleCount: roleCount - 1 }),
  ];
  const entry = { ...entryOf(place, "role.deleted", role, holders, standing), before: describe(role) };
  if (!isUsed) {
    return { changes: [...store.roles.remove(place, role), ...always], audit: [entry], reply: {} };
  }
  if (target === undefined || target === "absent") return refuseInUse(holders, rules, keys);
  const replacedBy = { roleId: target.id, managedBy: target.managedBy };
  const livesElsewhere = target.managedBy === "organization" && place.workspaceId !== undefined;
  return {
    changes: [
      ...store.roles.supersede(place, role, replacedBy, policy + 1),
      store.sweeps.add({ kind: "role", orgId: place.orgId, place, roleId: role.id, replacedBy }),
      ...(livesElsewhere ? [store.roles.isGiven({ orgId: place.orgId }, target.id)] : []),
      ...guardRoleGifts(store, place, [toGift(target, catalogue)], standing),
      ...always,
    ],
    audit: [{ ...entry, after: { reassignedTo: target.id, holders: holders.length, ...countOthers(rules, keys) } }],
    reply: {},
  };
}

function refuseInUse(holders: readonly Holder[], rules: readonly RuleOfRole[], keys: readonly PlacedKey[]): never {
  const ids = new Set(holders.map(({ userId }) => userId));
  const usedBy = [
    ...[...ids].map((id) => ({ kind: "user", id })),
    ...rules.map(({ ruleId }) => ({ kind: "claim-rule", id: ruleId })),
    ...keys.map(({ keyId }) => ({ kind: "api-key", id: keyId })),
  ];
  const other = rules.length > 0 ? "A claim rule gives" : "An API key has";
  const user = holders.length > 0 ? "Somebody holds" : other;
  throw new Refusal("role.in_use", `${user} this role; take it away there, or name another by reassignTo.`, { usedBy });
}

function countOthers(rules: readonly RuleOfRole[], keys: readonly PlacedKey[]) {
  return {
    ...(rules.length === 0 ? {} : { rules: rules.length }),
    ...(keys.length === 0 ? {} : { keys: keys.length }),
  };
}

function checkTarget(role: Role, target: Removal["target"]): void {
  const refuse = (detail: string) => refuseInvalid({ pointer: "/reassignTo", detail });
  if (target === "absent") refuse("There is no such role here.");
  if (target === undefined || target === "absent") return;
  if (target.id === role.id) refuse("This is the role itself.");
  if (target.level !== role.level) refuse(`${target.name} is a role of ${target.level} level.`);
}

export function placeIn({ workspaceId }: PlaceRef, { organization, workspace }: Standing): Organization | Workspace {
  const place = workspaceId === undefined ? organization : workspace;
  return place ?? refuseAbsent(workspaceId === undefined ? "organization" : "workspace");
}

/** Whether the role lives in the place, and so may be changed through it. */
export function isOf({ workspaceId }: PlaceRef, role: Role): role is CustomRole {
  return role.managedBy === (workspaceId === undefined ? "organization" : "workspace");
}

function refuseManagedElsewhere(): never {
  throw new Refusal("role.predefined", "This role is not managed here; duplicate it to change the copy.");
}

const predefinedNames = new Set(predefinedRoles.map((role) => foldName(role.name)));

function checkName(name: string, taken: RoleId | undefined, own: RoleId | undefined): void {
  if (predefinedNames.has(foldName(name))) throw new Refusal("name.taken", "A predefined role has that name.");
  if (taken !== undefined && taken !== own) throw new Refusal("name.taken", "A role has that name here.");
}

function entryOf(
  { orgId, workspaceId }: PlaceRef,
  action: EntryDraft["action"],
  role: Role,
  holders: readonly Holder[],
  { organization }: Standing,
): EntryDraft {
  const named = workspaceId === undefined ? holders.flatMap(({ place }) => place.workspaceId ?? []) : [];
  const reach = describeReach(named, organization);
  return {
    chain: workspaceId ?? orgId,
    action,
    target: { type: "role", id: role.id },
    ...(reach === undefined ? {} : { reach }),
  };
}

function describe({ name, description, level, scopes }: Role) {
  return { name, description, level, scopes };
}
