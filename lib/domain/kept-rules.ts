/** Claim rules as they are kept: in the order of their ranks, all of a place together, and a mark of each for decisions. */
import type { ClaimRule } from "./claim-rules.ts";
import type { RoleId, RuleId, WorkspaceId } from "./ids.ts";
import type { Workspace } from "./places.ts";
import type { RoleRef } from "./roles.ts";

export interface KeptRule extends ClaimRule {
  /** Where the role lives, so that it can be read by its name alone. */
  readonly roleManagedBy: RoleRef["managedBy"];
  readonly version: number;
}

/** All rules of one place: of the organization, or of the workspace that is named. */
export interface KeptRules {
  readonly workspaceId?: WorkspaceId;
  /** Of a workspace: repeated here, so that a sign-in need not read each workspace. */
  readonly claimMatching?: Workspace["claimMatching"];
  /** In the order of their ranks, which are 1, 2, 3, … */
  readonly rules: readonly KeptRule[];
  /** How often any of this was written; absent before the first. */
  readonly version?: number;
}

/** What decisions ask of a rule: a grant that it made counts only while it stands, is enabled, and still gives that role. */
export interface RuleMark {
  readonly id: RuleId;
  readonly roleId: RoleId;
  readonly roleManagedBy: RoleRef["managedBy"];
  readonly enabled: boolean;
  /** The policy version of its place when it was last written. */
  readonly policy: number;
}
