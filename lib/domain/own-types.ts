/**
 * Types of resources that an organization registers itself, `acme.playbook`: always with a dot, so that none can ever be a
 * built-in one. They bring scopes of workspace level, and may put them into predefined roles.
 */
import type { RoleId } from "./ids.ts";
import { OWNER } from "./predefined-roles.ts";
import type { Persistence } from "./resource-types.ts";
import type { Pattern } from "./scopes.ts";

interface OwnAction {
  readonly name: string;
  readonly description: string;
}

export interface OwnType {
  readonly name: string;
  readonly description: string;
  readonly actions: readonly OwnAction[];
  /** Actions that a share may hand on; `true` for all of reading, running and using that it has. */
  readonly shareable: boolean | readonly string[];
  readonly persistence: Persistence;
  /** Actions that holders of a predefined role hold, by the role's id. */
  readonly predefinedRoles: readonly { readonly roleId: RoleId; readonly actions: readonly string[] }[];
  readonly createdAt: string;
  /** That of all own types at its last edit, so that a type which is registered again has none of its former versions. */
  readonly version: number;
}

/** All own types of an organization. `version` grows with each change of any of them. */
export interface OwnTypes {
  readonly version: number;
  readonly types: readonly OwnType[];
}

const NAME = /^[A-Za-z0-9_~-]+(\.[A-Za-z0-9_~-]+)+$/;
const NAME_LENGTH = 64;
/** What `shareable: true` means; another action is shared only where the type names it. */
const USING = new Set(["read", "run", "use"]);
/** Never shared, whatever a type says. */
const WRITING = "write";

/** Whether a text can name an own type. */
export function isOwnTypeName(text: string): boolean {
  return text.length <= NAME_LENGTH && NAME.test(text);
}

/** Whether a scope or a pattern speaks of an own type, one that is registered or not. */
export function speaksOfOwnType(scope: string): boolean {
  return scope.slice(0, scope.indexOf(":")).includes(".");
}

/** The actions of the type that a share may hand on. */
export function shareableActions({ actions, shareable }: Pick<OwnType, "actions" | "shareable">): string[] {
  const names = actions.map(({ name }) => name);
  if (shareable === false) return [];
  return names.filter((name) => name !== WRITING && (shareable === true ? USING.has(name) : shareable.includes(name)));
}

/** The types of which scopes or patterns speak, each once; those of built-in ones are left out. */
export function listOwnTypesOf(scopes: readonly Pattern[]): string[] {
  return [...new Set(scopes.filter(speaksOfOwnType).map((scope) => scope.slice(0, scope.indexOf(":"))))];
}

/** Actions that a type loses by an edit; all of them when it is deleted. */
export function findDroppedActions(
  before: Pick<OwnType, "actions">,
  after: { readonly actions: readonly { readonly name: string }[] } | undefined,
): string[] {
  const kept = new Set(after?.actions.map(({ name }) => name));
  return before.actions.map(({ name }) => name).filter((name) => !kept.has(name));
}

/** What an edit newly puts into predefined roles. Who holds `*` is given nothing by it. */
export function listNewLines(
  before: Pick<OwnType, "predefinedRoles"> | undefined,
  after: Pick<OwnType, "predefinedRoles">,
): OwnType["predefinedRoles"] {
  const had = new Map(before?.predefinedRoles.map(({ roleId, actions }) => [roleId, new Set(actions)]));
  return after.predefinedRoles.flatMap(({ roleId, actions }) => {
    const added = actions.filter((action) => had.get(roleId)?.has(action) !== true);
    return added.length === 0 || roleId === OWNER ? [] : [{ roleId, actions: added }];
  });
}
