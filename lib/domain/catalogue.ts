/**
 * The catalogue: every scope there is, made from tables of resource types. It only ever grows: whoever holds a pattern holds each
 * scope that comes under it from the moment it is here, and whoever holds a list of scopes holds no more than was in that list.
 */
import type { RoleId } from "./ids.ts";
import type { OwnType } from "./own-types.ts";
import { shareableActions } from "./own-types.ts";
import type { PredefinedRole } from "./predefined-roles.ts";
import { predefinedRoles } from "./predefined-roles.ts";
import type { Persistence, TypeSpec } from "./resource-types.ts";
import { organizationTypes, workspaceTypes } from "./resource-types.ts";
import type { Role } from "./roles.ts";
import type { Level, Pattern } from "./scopes.ts";
import { isCovered, makeCover } from "./scopes.ts";

/** The first catalogue's day, `since` of every scope that names no later one. */
export const FIRST_CATALOGUE = "2026-11-01";

/** A line of the catalogue. */
export interface CatalogueScope {
  readonly name: string;
  readonly resourceType: string;
  readonly action: string;
  readonly level: Level;
  readonly description: string;
  readonly since: string;
  readonly deprecated?: boolean;
  readonly replacedBy?: string;
  readonly origin: "built-in" | "custom";
}

type Types = Readonly<Record<string, TypeSpec>>;

/** A type whose resources the service holds. */
export interface KeptType {
  readonly name: string;
  readonly actions: ReadonlySet<string>;
  /** Actions that a share may hand to another workspace. */
  readonly shareable: ReadonlySet<string>;
  readonly persistence: Persistence;
  /** Of a type that the organization registered: its version, which no other state of a type of that name ever has. */
  readonly ownVersion?: number;
}

export class Catalogue {
  /** Workspace level first, each level in its table's order, then the organization's own. */
  readonly scopes: readonly CatalogueScope[];
  /** The predefined roles as the organization has them: with what its own types put into them. */
  readonly predefinedRoles: readonly PredefinedRole[];
  readonly #roles: ReadonlyMap<RoleId, PredefinedRole>;
  readonly #kept: ReadonlyMap<string, KeptType>;
  readonly #names: Readonly<Record<Level, ReadonlySet<string>>>;
  readonly #types: Readonly<Record<Level, ReadonlySet<string>>>;

  constructor(types: Readonly<Record<Level, Types>>, own: readonly OwnType[] = []) {
    this.scopes = [
      ...listScopes(types.workspace, "workspace"),
      ...listScopes(types.organization, "organization"),
      ...own.flatMap(listOwnScopes),
    ];
    this.predefinedRoles = own.length === 0 ? predefinedRoles : predefinedRoles.map((role) => extendRole(role, own));
    this.#roles = new Map(this.predefinedRoles.map((role) => [role.id, role]));
    this.#kept = new Map([...listKept(types.workspace), ...own.map(keepOwn)].map((type) => [type.name, type]));
    const at = (level: Level) => this.scopes.filter((scope) => scope.level === level);
    const pick = (level: Level, member: "name" | "resourceType") => new Set(at(level).map((scope) => scope[member]));
    this.#names = { workspace: pick("workspace", "name"), organization: pick("organization", "name") };
    this.#types = { workspace: pick("workspace", "resourceType"), organization: pick("organization", "resourceType") };
  }

  /** The names of the scopes of one level. */
  names(level: Level): ReadonlySet<string> {
    return this.#names[level];
  }

  findPredefinedRole(id: RoleId): PredefinedRole | undefined {
    return this.#roles.get(id);
  }

  /** A role as the organization has it: a predefined one with what own types put into it. */
  complete<R extends Role>(role: R): R | PredefinedRole {
    return this.#roles.get(role.id) ?? role;
  }

  /** A type whose resources the service holds, built-in or own. */
  findKeptType(name: string): KeptType | undefined {
    return this.#kept.get(name);
  }

  /** All types whose resources the service holds. */
  get keptTypes(): Iterable<KeptType> {
    return this.#kept.values();
  }

  /** The scopes of a level that patterns cover, each by its name, sorted. */
  expand(level: Level, patterns: readonly Pattern[]): string[] {
    const isHeld = makeCover(patterns);
    return [...this.#names[level]].filter((name) => isHeld(name)).sort();
  }

  /** Whether a pattern means something at a level: `*`, `type:*` of a known type, or a scope of the catalogue. */
  isKnownPattern(level: Level, pattern: string): boolean {
    if (pattern === "*" || this.#names[level].has(pattern)) return true;
    return pattern.endsWith(":*") && this.#types[level].has(pattern.slice(0, -2));
  }
}

function listScopes(types: Types, level: Level): CatalogueScope[] {
  return Object.entries(types).flatMap(([resourceType, type]) =>
    Object.entries(type.actions).map(([action, { does, since, deprecated }]) => ({
      name: `${resourceType}:${action}`,
      resourceType,
      action,
      level,
      description: `Lets one ${does}.`,
      since: since ?? FIRST_CATALOGUE,
      ...(deprecated === undefined ? {} : { deprecated: true }),
      ...(deprecated?.replacedBy === undefined ? {} : { replacedBy: deprecated.replacedBy }),
      origin: "built-in" as const,
    })),
  );
}

function listOwnScopes({ name: resourceType, actions, createdAt }: OwnType): CatalogueScope[] {
  return actions.map(({ name: action, description }) => ({
    name: `${resourceType}:${action}`,
    resourceType,
    action,
    level: "workspace",
    description,
    since: createdAt.slice(0, 10),
    origin: "custom",
  }));
}

function extendRole(role: PredefinedRole, own: readonly OwnType[]): PredefinedRole {
  const added = own.flatMap(({ name, predefinedRoles: lines }) =>
    lines.flatMap(({ roleId, actions }) => (roleId === role.id ? actions.map((action) => `${name}:${action}`) : [])),
  );
  // Who holds `*` holds all of them already.
  const missing = added.filter((scope) => !isCovered(role.scopes, scope));
  return missing.length === 0 ? role : { ...role, scopes: [...role.scopes, ...missing] };
}

function listKept(types: Types): KeptType[] {
  return Object.entries(types).flatMap(([name, { actions, shareable = [], persistence }]) =>
    persistence === undefined
      ? []
      : [{ name, actions: new Set(Object.keys(actions)), shareable: new Set(shareable), persistence }],
  );
}

function keepOwn(type: OwnType): KeptType {
  const { name, actions, persistence, version } = type;
  return {
    name,
    actions: new Set(actions.map((action) => action.name)),
    shareable: new Set(shareableActions(type)),
    persistence,
    ownVersion: version,
  };
}

const builtIn = { workspace: workspaceTypes, organization: organizationTypes };

/** All scopes that the platform itself brings. */
export const builtInCatalogue = new Catalogue(builtIn);

/** Those, and what an organization registered itself. */
export function makeCatalogue(own: readonly OwnType[]): Catalogue {
  return own.length === 0 ? builtInCatalogue : new Catalogue(builtIn, own);
}
