/**
 * A small organization as one pure value, and what its administrators may try with it: enough of the commands to judge them by
 * `decide`, `exceeds` and the anchors, without a store.
 */
import type { PlaceAccess } from "../../lib/api/authorize.ts";
import { judgeAccess } from "../../lib/api/authorize.ts";
import { describeGiver } from "../../lib/api/giver.ts";
import { canAnchor, isAnchorGrant, losesLastAnchor } from "../../lib/domain/anchors.ts";
import { builtInCatalogue } from "../../lib/domain/catalogue.ts";
import type { Facts } from "../../lib/domain/decide.ts";
import { exceeds } from "../../lib/domain/exceeds.ts";
import type { Grant } from "../../lib/domain/grants.ts";
import { isUnexpired } from "../../lib/domain/grants.ts";
import type { RoleId, UserId, WorkspaceId } from "../../lib/domain/ids.ts";
import type { Organization, PlaceStatus, Workspace } from "../../lib/domain/places.ts";
import { predefinedRoles } from "../../lib/domain/predefined-roles.ts";
import type { Role } from "../../lib/domain/roles.ts";
import type { Level, Pattern } from "../../lib/domain/scopes.ts";
import type { User } from "../../lib/domain/users.ts";

/** A workspace, or the organization itself. */
export type Place = WorkspaceId | "organization";

export interface State {
  readonly now: number;
  readonly organization: Organization;
  readonly workspaces: ReadonlyMap<WorkspaceId, Workspace>;
  readonly users: ReadonlyMap<UserId, User>;
  /** Roles that somebody made, and where each lives. */
  readonly roles: ReadonlyMap<RoleId, { readonly place: Place; readonly role: Role }>;
  readonly grants: ReadonlyMap<string, readonly Grant[]>;
}

/** Something that somebody tries. People, places and roles are told by their numbers, so that any number means one. */
export type Attempt =
  | {
      kind: "assign";
      by: number;
      to: number;
      place: number;
      /** `same`: those that are held now, with another end. */
      roles: readonly number[] | "same";
      lasts: number | undefined;
    }
  | { kind: "create role"; by: number; place: number; level: Level; scopes: readonly Pattern[] }
  | { kind: "edit role"; by: number; role: number; scopes: readonly Pattern[] }
  | { kind: "delete role"; by: number; role: number }
  | { kind: "set user's status"; by: number; of: number; status: "active" | "suspended" }
  | { kind: "set workspace's status"; by: number; workspace: number; status: PlaceStatus }
  | { kind: "wait"; milliseconds: number };

/** What judges an attempt, so that a test can show what happens under a judge who looks away. */
export interface Judges {
  readonly exceeds: typeof exceeds;
  readonly losesLastAnchor: typeof losesLastAnchor;
}

export const strictJudges: Judges = { exceeds, losesLastAnchor };

export function nth<T>(items: Iterable<T>, number: number): T {
  const all = [...items];
  const item = all[number % all.length];
  if (item === undefined) throw new Error("nothing to choose from");
  return item;
}

export const keyOf = (place: Place, userId: UserId) => `${place} ${userId}`;
export const placesOf = (state: State): Place[] => ["organization", ...state.workspaces.keys()];
export const levelOf = (place: Place): Level => (place === "organization" ? "organization" : "workspace");
export const grantsOf = (state: State, place: Place, userId: UserId) => state.grants.get(keyOf(place, userId)) ?? [];

/** The facts about somebody, as the service would read them for a request to a place. */
export function factsOf(state: State, place: Place, userId: UserId): Facts {
  const roles = new Map(predefinedRoles.map((role): [RoleId, Role] => [role.id, role]));
  for (const made of state.roles.values()) {
    if (made.place === "organization" || made.place === place) roles.set(made.role.id, made.role);
  }
  return {
    now: state.now,
    organization: state.organization,
    workspace: place === "organization" ? undefined : state.workspaces.get(place),
    user: state.users.get(userId),
    workspaceGrants: place === "organization" ? [] : grantsOf(state, place, userId),
    organizationGrants: grantsOf(state, "organization", userId),
    roles,
    catalogue: builtInCatalogue,
  };
}

/** The roles that can be held in a place, by their ids. */
function assignableRoles(state: State, place: Place): ReadonlyMap<RoleId, Role> {
  const { roles } = factsOf(state, place, nth(state.users.keys(), 0));
  return new Map([...roles].filter(([, role]) => role.level === levelOf(place)));
}

/** The state after an attempt, or why nothing came of it. */
export function attempt(state: State, tried: Attempt, judges: Judges): State | "denied" | "exceeds" | "last" | "other" {
  if (tried.kind === "wait") return { ...state, now: state.now + tried.milliseconds };
  const by = nth(state.users.keys(), tried.by);
  const may = (place: Place, access: PlaceAccess) => {
    const verdict = judgeAccess(access, place !== "organization", factsOf(state, place, by));
    return verdict.allow && !verdict.isWorkspaceAbsent;
  };
  const giverAt = (place: Place) => describeGiver(factsOf(state, place, by));
  switch (tried.kind) {
    case "assign": {
      const place = nth(placesOf(state), tried.place);
      const to = nth(state.users.keys(), tried.to);
      if (!may(place, assignAccess(place))) return "denied";
      const roles = assignableRoles(state, place);
      const expiresAt = tried.lasts === undefined ? undefined : state.now + tried.lasts;
      const before = grantsOf(state, place, to).filter((grant) => isUnexpired(grant, state.now));
      const chosen = tried.roles === "same" ? heldRoles(before, roles) : choose(roles, tried.roles);
      const after = chosen.map(
        ({ id: roleId, managedBy }): Grant => ({
          roleId,
          managedBy,
          source: "direct",
          ...(expiresAt === undefined ? {} : { expiresAt }),
        }),
      );
      const toGifts = (grants: readonly Grant[]) =>
        grants.flatMap(({ roleId, expiresAt: end }) => {
          const role = roles.get(roleId);
          const gift = { key: roleId, level: levelOf(place), patterns: role?.scopes ?? [] };
          return role === undefined ? [] : [end === undefined ? gift : { ...gift, expiresAt: end }];
        });
      if (judges.exceeds(giverAt(place), toGifts(before), toGifts(after)).length > 0) return "exceeds";
      const isAnchor = after.some((grant) => isAnchorGrant(levelOf(place), grant));
      if (!isAnchor && judges.losesLastAnchor(anchorsOf(state, place), new Set([to]))) return "last";
      return { ...state, grants: new Map(state.grants).set(keyOf(place, to), after) };
    }
    case "create role": {
      const place = nth(placesOf(state), tried.place);
      const level = place === "organization" ? tried.level : "workspace";
      if (!may(place, roleAccess(place))) return "denied";
      const id = `rol_${state.roles.size}-${state.now}` as RoleId;
      const managedBy = place === "organization" ? "organization" : "workspace";
      const role: Role = { id, name: id, description: "", level, scopes: tried.scopes, managedBy };
      const gifts = [{ key: id, level, patterns: role.scopes }];
      if (judges.exceeds(giverAt(place), [], gifts).length > 0) return "exceeds";
      return state.roles.has(id) ? "other" : { ...state, roles: new Map(state.roles).set(id, { place, role }) };
    }
    case "edit role": {
      const { place, role } = nth(state.roles.values(), tried.role);
      if (!may(place, roleAccess(place))) return "denied";
      const edited = { ...role, scopes: tried.scopes };
      const toGift = ({ id: key, level, scopes: patterns }: Role) => [{ key, level, patterns }];
      if (judges.exceeds(giverAt(place), toGift(role), toGift(edited)).length > 0) return "exceeds";
      return { ...state, roles: new Map(state.roles).set(role.id, { place, role: edited }) };
    }
    case "delete role": {
      const { place, role } = nth(state.roles.values(), tried.role);
      if (!may(place, roleAccess(place))) return "denied";
      const isHeld = [...state.grants.values()]
        .flat()
        .some((one) => one.roleId === role.id && isUnexpired(one, state.now));
      if (isHeld || state.roles.size === 1) return "other";
      return { ...state, roles: new Map([...state.roles].filter(([id]) => id !== role.id)) };
    }
    case "set user's status": {
      const of = nth(state.users.values(), tried.of);
      if (!may("organization", { kind: "scope", level: "organization", scope: "user:write" })) return "denied";
      if (of.status === "invited") return "other";
      const takes = (place: Place) => judges.losesLastAnchor(anchorsOf(state, place), new Set([of.id]));
      if (tried.status === "suspended" && placesOf(state).some(takes)) return "last";
      return { ...state, users: new Map(state.users).set(of.id, { ...of, status: tried.status }) };
    }
    case "set workspace's status": {
      const workspace = nth(state.workspaces.values(), tried.workspace);
      if (!may(workspace.id, { kind: "scope", level: "organization", scope: "workspace:suspend" })) return "denied";
      const after = { ...workspace, status: tried.status };
      return { ...state, workspaces: new Map(state.workspaces).set(workspace.id, after) };
    }
  }
}

function choose(roles: ReadonlyMap<RoleId, Role>, numbers: readonly number[]): Role[] {
  return [...new Set(numbers.map((number) => nth(roles.values(), number)))];
}

function heldRoles(grants: readonly Grant[], roles: ReadonlyMap<RoleId, Role>): Role[] {
  return [...roles.values()].filter((role) => grants.some((grant) => grant.roleId === role.id));
}

function assignAccess(place: Place): PlaceAccess {
  if (place === "organization") return { kind: "scope", level: "organization", scope: "org-permission:write" };
  return {
    kind: "scope",
    level: "workspace",
    scope: "user-permission:write",
    orOrganization: "workspace-role:grant",
  };
}

function roleAccess(place: Place): PlaceAccess {
  return place === "organization"
    ? { kind: "scope", level: "organization", scope: "org-role:write" }
    : { kind: "scope", level: "workspace", scope: "role:write" };
}

function anchorsOf(state: State, place: Place): ReadonlySet<UserId> {
  const { enabledProviders } = state.organization;
  return new Set(
    [...state.users.values()]
      .filter((user) => canAnchor(user, enabledProviders))
      .map(({ id }) => id)
      .filter((id) => grantsOf(state, place, id).some((grant) => isAnchorGrant(levelOf(place), grant))),
  );
}
