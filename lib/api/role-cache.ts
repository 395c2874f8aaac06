/**
 * Custom roles and marks of rules that a warm function has read, each under the policy version of its place, and the scopes of
 * organizations with types of their own, each under the version of these. An edit of any of them moves that version, so what is
 * kept is never asked for again once it is stale. What is gone is kept as gone.
 */
import type { Catalogue } from "../domain/catalogue.ts";
import type { OrgId, RoleId, RuleId } from "../domain/ids.ts";
import type { RuleMark } from "../domain/kept-rules.ts";
import type { CustomRole, ReplacedRole } from "../domain/roles.ts";

/** At most so many of each; a role has a few KB. */
const MOST = 5_000;
/** Of organizations; a catalogue may have some hundred KB. */
const MOST_CATALOGUES = 100;

export class RoleCache {
  readonly #roles = new Map<string, CustomRole | ReplacedRole | "gone">();
  readonly #rules = new Map<string, RuleMark | "gone">();

  readonly #catalogues = new Map<string, Catalogue>();

  get(placeId: string, policy: number, roleId: RoleId): CustomRole | ReplacedRole | "gone" | undefined {
    return this.#roles.get(`${placeId} ${policy} ${roleId}`);
  }

  keep(placeId: string, policy: number, roleId: RoleId, role: CustomRole | ReplacedRole | undefined): void {
    if (this.#roles.size >= MOST) this.#roles.clear();
    this.#roles.set(`${placeId} ${policy} ${roleId}`, role ?? "gone");
  }

  getRule(placeId: string, policy: number, ruleId: RuleId): RuleMark | "gone" | undefined {
    return this.#rules.get(`${placeId} ${policy} ${ruleId}`);
  }

  keepRule(placeId: string, policy: number, ruleId: RuleId, rule: RuleMark | undefined): void {
    if (this.#rules.size >= MOST) this.#rules.clear();
    this.#rules.set(`${placeId} ${policy} ${ruleId}`, rule ?? "gone");
  }

  getCatalogue(orgId: OrgId, version: number): Catalogue | undefined {
    return this.#catalogues.get(`${orgId} ${version}`);
  }

  keepCatalogue(orgId: OrgId, version: number, catalogue: Catalogue): void {
    if (this.#catalogues.size >= MOST_CATALOGUES) this.#catalogues.clear();
    this.#catalogues.set(`${orgId} ${version}`, catalogue);
  }
}
