/** What an edit of a role would come to for somebody who holds it, beside whatever else they hold in the same place. */
import type { Catalogue } from "./catalogue.ts";
import type { Role } from "./roles.ts";
import type { Pattern } from "./scopes.ts";

export interface Effect {
  /** Scopes by their names, sorted. */
  readonly gains: readonly string[];
  readonly loses: readonly string[];
}

/**
 * @param held every role that the person holds in the place and that gives something there
 * @param edited the one of them that is to be edited
 * @param scopes what it is to hold
 */
export function previewEdit(
  held: readonly Role[],
  edited: Role,
  scopes: readonly Pattern[],
  catalogue: Catalogue,
): Effect {
  const patternsOf = (role: Role) => (role.id === edited.id ? scopes : role.scopes);
  const before = catalogue.expand(
    edited.level,
    held.flatMap((role) => role.scopes),
  );
  const after = catalogue.expand(edited.level, held.flatMap(patternsOf));
  const had = new Set(before);
  const has = new Set(after);
  return { gains: after.filter((name) => !had.has(name)), loses: before.filter((name) => !has.has(name)) };
}
