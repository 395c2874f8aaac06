/** What a caller can give, from facts about them: what `exceeds` judges every change by. */
import type { Catalogue } from "../domain/catalogue.ts";
import type { Facts } from "../domain/decide.ts";
import { decide, findHeldPatterns } from "../domain/decide.ts";
import { Refusal } from "../domain/errors.ts";
import type { Gift, Giver } from "../domain/exceeds.ts";
import { exceeds } from "../domain/exceeds.ts";
import type { OrganizationScope } from "../domain/resource-types.ts";
import type { Role } from "../domain/roles.ts";

const grantAny: OrganizationScope = "workspace-role:grant";

export function describeGiver(caller: Facts | undefined): Giver {
  if (caller === undefined) return { workspace: [], organization: [], mayGrantAnyWorkspaceRole: false };
  return {
    workspace: findHeldPatterns("workspace", caller),
    organization: findHeldPatterns("organization", caller),
    mayGrantAnyWorkspaceRole: decide({ level: "organization", scope: grantAny }, caller).allow,
  };
}

/** A role as something given: with what the organization's own types put into it. */
export function toGift(role: Role, catalogue: Catalogue): Gift {
  const { id, level, scopes } = catalogue.complete(role);
  return { key: id, level, patterns: scopes };
}

/**
 * Refuses a change that would give more than the giver holds, naming what is beyond them.
 * @param by what gives it, where the request does not say so itself
 */
export function refuseExcess(
  giver: Giver,
  before: readonly Gift[],
  after: readonly Gift[],
  pointer: string,
  by = "",
): void {
  const beyond = exceeds(giver, before, after);
  if (beyond.length === 0) return;
  const errors = beyond.map((pattern) => ({ pointer, detail: pattern }));
  throw new Refusal("grant.exceeds_own", `You do not hold, and so cannot give${by}: ${beyond.join(", ")}.`, { errors });
}
