/**
 * What rules gave somebody at their last sign-in. It stands beside what they hold directly, under the *generation* of that
 * sign-in: only the generation that the user's own item names counts. So a sign-in prepares any number of places unseen, and one
 * change of the user's item makes all of it hold, and all of the former cease, at once.
 */
import type { Grant } from "./grants.ts";
import type { EntryId, WorkspaceId } from "./ids.ts";
import type { User } from "./users.ts";

/** Stands for every workspace, in the rows of what a sign-in gave in all of them. No id is like it. */
export const EVERYWHERE = "*" as WorkspaceId;

/**
 * Which sign-in something is of: a number that grows by one from the sign-in that counts to the next, and an id, since several may be
 * under way that would each be the next. As text they sort by the number.
 */
export type Generation = string;

export function nextGeneration(counting: Generation | undefined, id: EntryId): Generation {
  const number = counting === undefined ? 0 : Number.parseInt(counting, 10);
  return `${String(number + 1).padStart(9, "0")}-${id}`;
}

/** Grants of one sign-in in one workspace. Without any it says: nothing here, whatever the user has everywhere. */
export interface MadePart {
  readonly generation: Generation;
  readonly grants: readonly Grant[];
}

/** What an assignment's item holds. */
export interface HeldParts {
  /** Held directly. */
  readonly grants: readonly Grant[];
  readonly made?: readonly MadePart[];
}

/** All that a user holds in a workspace: directly, and by their last sign-in there or, where it says nothing of it, everywhere. */
export function grantsInWorkspace(held: HeldParts | undefined, user: User | undefined): readonly Grant[] {
  const part = findPart(held, user);
  return [...(held?.grants ?? []), ...(part?.grants ?? user?.everywhere ?? [])];
}

/** The same without what they have everywhere: what the assignment of this one place says. */
export function grantsOfAssignment(held: HeldParts | undefined, user: User | undefined): readonly Grant[] {
  return [...(held?.grants ?? []), ...(findPart(held, user)?.grants ?? [])];
}

/** What one sign-in says of each workspace that it says anything of. */
export function partsOf(
  generation: Generation | undefined,
  assignments: Iterable<HeldParts & { readonly place: { readonly workspaceId?: WorkspaceId } }>,
): ReadonlyMap<WorkspaceId, readonly Grant[]> {
  const parts = new Map<WorkspaceId, readonly Grant[]>();
  for (const { place, made = [] } of assignments) {
    const part = made.find((one) => one.generation === generation);
    if (part !== undefined && place.workspaceId !== undefined) parts.set(place.workspaceId, part.grants);
  }
  return parts;
}

function findPart(held: HeldParts | undefined, user: User | undefined): MadePart | undefined {
  if (user?.generation === undefined) return undefined;
  return held?.made?.find(({ generation }) => generation === user.generation);
}
