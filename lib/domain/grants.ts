/** What an assignment is made of: a role that a person holds in one place, from a source, perhaps until a moment. */
import type { RoleId, RuleId } from "./ids.ts";
import type { RuleMark } from "./kept-rules.ts";
import type { RoleRef } from "./roles.ts";

/** `direct`: given by somebody. `claim-rule:<id>`: given by a rule at sign-in. */
type GrantSource = "direct" | `claim-rule:${string}`;

export interface Grant extends RoleRef {
  readonly source: GrantSource;
  /** Of a grant by a rule: whose rule it is, so that it can be read by its name alone. */
  readonly ruleManagedBy?: "organization" | "workspace";
  /** Milliseconds since 1970; the grant gives nothing from that millisecond on. Forever when absent. */
  readonly expiresAt?: number;
}

/** Whether a grant still gives something: the millisecond of `expiresAt` itself is already over. */
export function isUnexpired(grant: { readonly expiresAt?: number }, now: number): boolean {
  return grant.expiresAt === undefined || now < grant.expiresAt;
}

/** The rule that a grant is from; undefined for one that somebody gave. */
export function ruleOf({
  source,
  ruleManagedBy = "organization",
}: Pick<Grant, "source" | "ruleManagedBy">):
  | { readonly ruleId: RuleId; readonly managedBy: "organization" | "workspace" }
  | undefined {
  return source === "direct" ? undefined : { ruleId: source.slice(BY_RULE.length) as RuleId, managedBy: ruleManagedBy };
}

export function sourceOf(ruleId: RuleId): GrantSource {
  return `${BY_RULE}${ruleId}`;
}

const BY_RULE = "claim-rule:";

/** The world that grants speak of, as far as it was read. */
export interface Settling {
  /** Roles that are gone, each with the one in its place. */
  readonly replaced: ReadonlyMap<RoleId, RoleRef>;
  /** Every rule that the grants name and that stands. */
  readonly rules: ReadonlyMap<RuleId, RuleMark>;
}

/**
 * Grants as they count now: those of a rule while it stands, is enabled and still gives that role, and each role that was replaced
 * as the one in its place.
 */
export function settleGrants(grants: readonly Grant[], { replaced, rules }: Settling): readonly Grant[] {
  const standing = grants.filter((grant) => {
    const named = ruleOf(grant);
    if (named === undefined) return true;
    const rule = rules.get(named.ruleId);
    if (rule?.enabled !== true) return false;
    return findReplacement(grant, replaced).roleId === findReplacement(refOf(rule), replaced).roleId;
  });
  return replaceRoles(standing.length === grants.length ? grants : standing, replaced);
}

/** The role that a rule gives, by its name. */
export function refOf({ roleId, roleManagedBy }: Pick<RuleMark, "roleId" | "roleManagedBy">): RoleRef {
  return { roleId, managedBy: roleManagedBy };
}

/** Grants as they are once each role that was replaced is the one in its place; of two that become one, the longer stays. */
export function replaceRoles(grants: readonly Grant[], replaced: ReadonlyMap<RoleId, RoleRef>): readonly Grant[] {
  if (replaced.size === 0) return grants;
  const merged = new Map<string, Grant>();
  for (const grant of grants) {
    const { roleId, managedBy } = findReplacement(grant, replaced);
    const now: Grant = { ...grant, roleId, managedBy };
    const name = `${roleId} ${grant.source}`;
    merged.set(name, longer(merged.get(name), now));
  }
  return [...merged.values()];
}

/** A role is replaced by one that stands then, so following from one to the next comes to an end. */
export function findReplacement(role: RoleRef, replaced: ReadonlyMap<RoleId, RoleRef>): RoleRef {
  const next = replaced.get(role.roleId);
  return next === undefined ? role : findReplacement(next, replaced);
}

function longer(a: Grant | undefined, b: Grant): Grant {
  if (a === undefined) return b;
  const end = (grant: Grant) => grant.expiresAt ?? Number.POSITIVE_INFINITY;
  return end(a) >= end(b) ? a : b;
}
