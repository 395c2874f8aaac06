/** Who does something, and on whose behalf, as the facts about them say. */
import type { Acting } from "../domain/audit.ts";
import type { Facts } from "../domain/decide.ts";

/** @returns undefined where nobody asks */
export function actingOf({ presented, user }: Pick<Facts, "presented" | "user">): Acting | undefined {
  const person = user && ({ kind: "user", id: user.id, email: user.email } as const);
  const { key } = presented ?? {};
  if (key === undefined) return person && { actor: person };
  const actor = { kind: "api-key", id: key.id, ownerId: key.ownerId } as const;
  return key.kind === "service" || person === undefined ? { actor } : { actor, onBehalfOf: person };
}
