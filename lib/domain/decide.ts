/**
 * The decision. Everything that answers "may X do Y?" goes through {@link decide}: a pure function of a question and facts.
 *
 * Default deny: a scope is held only through an unexpired grant of a live role at the question's own level. Nothing subtracts.
 *
 * @example
 * decide({ level: "workspace", scope: "workflow:run" }, facts)
 * // { allow: true, because: { grant, roleName: "Operator", pattern: "workflow:run" } }
 * // { allow: false, missing: "workflow:run", reason: "scope.missing" }
 */
import type { ApiKey, PresentedKey } from "./api-keys.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Grant } from "./grants.ts";
import { isUnexpired } from "./grants.ts";
import type { RoleId } from "./ids.ts";
import type { Lapse } from "./liveness.ts";
import { findPrincipalLapse, findWorkspaceLapse, isSwitchedOn } from "./liveness.ts";
import type { Organization, Workspace } from "./places.ts";
import type { Role } from "./roles.ts";
import type { Level, Pattern } from "./scopes.ts";
import { covers, intersect } from "./scopes.ts";
import type { ResourceFacts, UseLapse } from "./use.ts";
import { findUseLapse } from "./use.ts";
import type { User } from "./users.ts";

/** Everything a decision rests on, as values read at one moment. `now` is in milliseconds since 1970. */
export interface Facts {
  readonly now: number;
  readonly organization: Organization | undefined;
  readonly workspace: Workspace | undefined;
  /** Who asks; with a personal API key, whom it acts as; undefined with a service key. */
  readonly user: User | undefined;
  /** The API key that asks, where it is one. */
  readonly presented?: PresentedKey;
  /** What the user, or the service key's role, holds in the workspace. */
  readonly workspaceGrants: readonly Grant[];
  /** What the user holds in the organization. */
  readonly organizationGrants: readonly Grant[];
  /** Every role that the grants name and that exists. A grant of a role that is not here gives nothing. */
  readonly roles: ReadonlyMap<RoleId, Role>;
  /** Every scope there is in the organization. */
  readonly catalogue: Catalogue;
  /** What the workspace knows of the one thing that is asked about; absent where a question is of no single thing. */
  readonly resource?: ResourceFacts;
}

export interface Question {
  readonly level: Level;
  /** A scope of the catalogue, e.g. `workflow:run`. */
  readonly scope: string;
}

/** One reason why a pattern is held: the grant, and the role that it names. */
export interface Holding {
  readonly grant: Grant;
  readonly role: Role;
}

export type Decision =
  | { readonly allow: true; readonly because: Holding & { readonly pattern: Pattern } }
  | { readonly allow: false; readonly missing: string; readonly reason: Reason };

type Reason = Lapse | "scope.unknown" | "scope.missing" | UseLapse;

/** Why whoever asks has no standing at a level (see `liveness.ts`); holding no grant there is not a lapse. */
export function findLapse(level: Level, facts: Facts): Lapse | undefined {
  const lapse = findPrincipalLapse(facts);
  if (lapse !== undefined || level === "organization") return lapse;
  const { presented, workspace } = facts;
  return (
    findWorkspaceLapse(facts.organization, workspace) ??
    (presented !== undefined && presented.key?.workspaceId !== workspace?.id ? "key.elsewhere" : undefined)
  );
}

/** The grants that give something at a level now, each with its role; through an API key, with as much of it as the key has. */
export function findHoldings(level: Level, facts: Facts): Holding[] {
  if (findLapse(level, facts) !== undefined) return [];
  if (facts.presented === undefined) return findGranted(level, facts);
  const { key } = facts.presented;
  return level === "organization" || key === undefined ? [] : findKeyHoldings(key, facts);
}

/** A service key without a role stands for itself: as a role that has its scopes, held by nobody else. */
function findKeyHoldings(key: ApiKey, facts: Facts): Holding[] {
  if (key.kind === "service" && key.role === undefined) {
    const roleId = key.id as string as RoleId;
    const role: Role = { ...ofKey, id: roleId, name: key.name, scopes: key.scopes };
    return [{ grant: { roleId, managedBy: "workspace", source: "direct" }, role }];
  }
  return findGranted("workspace", facts).map(({ grant, role }) => ({
    grant,
    role: { ...role, scopes: intersect(role.scopes, key.scopes) },
  }));
}

const ofKey = { description: "", level: "workspace", managedBy: "workspace" } as const;

function findGranted(level: Level, facts: Facts): Holding[] {
  const grants = level === "workspace" ? facts.workspaceGrants : facts.organizationGrants;
  return grants.flatMap((grant) => {
    const role = facts.roles.get(grant.roleId);
    if (role === undefined || role.level !== level || !isUnexpired(grant, facts.now)) return [];
    return isSwitchedOn(role, facts.workspace) || level === "organization" ? [{ grant, role }] : [];
  });
}

/** Answers a question from facts alone: no clock, no store, no randomness. */
export function decide(question: Question, facts: Facts): Decision {
  const { level, scope } = question;
  const deny = (reason: Reason): Decision => ({ allow: false, missing: scope, reason });
  const lapse = findLapse(level, facts);
  if (lapse !== undefined) return deny(lapse);
  if (!facts.catalogue.names(level).has(scope)) return deny("scope.unknown");
  for (const holding of findHoldings(level, facts)) {
    const pattern = holding.role.scopes.find((held) => covers(held, scope));
    if (pattern === undefined) continue;
    const lapse = facts.resource && findUseLapse(actionOf(scope), facts.resource, facts);
    return lapse === undefined ? { allow: true, because: { ...holding, pattern } } : deny(lapse);
  }
  return deny("scope.missing");
}

function actionOf(scope: string): string {
  return scope.slice(scope.indexOf(":") + 1);
}

/** The patterns held at a level, as they stand in the roles: what `exceeds` judges a giver by. */
export function findHeldPatterns(level: Level, facts: Facts): Pattern[] {
  return [...new Set(findHoldings(level, facts).flatMap(({ role }) => role.scopes))];
}

/** The scopes held at a level, each by its name, sorted: those of the catalogue for which {@link decide} would allow. */
export function listScopes(level: Level, facts: Facts): string[] {
  return facts.catalogue.expand(level, findHeldPatterns(level, facts));
}

/**
 * Whether there is standing at a level: in the organization, being a live user of it; in a workspace, an unexpired grant there,
 * whatever it gives, or a key there, whose person has one where it acts as a person.
 */
export function hasStanding(level: Level, facts: Facts): boolean {
  if (findLapse(level, facts) !== undefined) return false;
  if (facts.presented !== undefined && level === "organization") return false;
  if (facts.presented?.key?.kind === "service") return true;
  return level === "organization" || facts.workspaceGrants.some((grant) => isUnexpired(grant, facts.now));
}
