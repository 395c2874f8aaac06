/**
 * The catalogue: every scope there is, made from tables of resource types. It only ever grows: whoever holds a pattern holds each
 * scope that comes under it from the moment it is here, and whoever holds a list of scopes holds no more than was in that list.
 */
import type { TypeSpec } from "./resource-types.ts";
import { organizationTypes, workspaceTypes } from "./resource-types.ts";
import type { Level, Pattern } from "./scopes.ts";
import { isCovered } from "./scopes.ts";

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

export class Catalogue {
  /** Workspace level first, each level in its table's order. */
  readonly scopes: readonly CatalogueScope[];
  readonly #names: Readonly<Record<Level, ReadonlySet<string>>>;
  readonly #types: Readonly<Record<Level, ReadonlySet<string>>>;

  constructor(types: Readonly<Record<Level, Types>>) {
    this.scopes = [...listScopes(types.workspace, "workspace"), ...listScopes(types.organization, "organization")];
    const at = (level: Level) => this.scopes.filter((scope) => scope.level === level);
    const pick = (level: Level, member: "name" | "resourceType") => new Set(at(level).map((scope) => scope[member]));
    this.#names = { workspace: pick("workspace", "name"), organization: pick("organization", "name") };
    this.#types = { workspace: pick("workspace", "resourceType"), organization: pick("organization", "resourceType") };
  }

  /** The names of the scopes of one level. */
  names(level: Level): ReadonlySet<string> {
    return this.#names[level];
  }

  /** The scopes of a level that patterns cover, each by its name, sorted. */
  expand(level: Level, patterns: readonly Pattern[]): string[] {
    return [...this.#names[level]].filter((name) => isCovered(patterns, name)).sort();
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

/** All scopes that the platform itself brings. */
export const builtInCatalogue = new Catalogue({ workspace: workspaceTypes, organization: organizationTypes });
