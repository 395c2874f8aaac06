/** A role: a named set of scopes and patterns of one level. */
import type { RoleId } from "./ids.ts";
import type { Level, Pattern } from "./scopes.ts";

/** Who may edit it: nobody (predefined), the organization, or the workspace in which alone it lives. */
type ManagedBy = "system" | "organization" | "workspace";

export interface Role {
  readonly id: RoleId;
  readonly name: string;
  readonly description: string;
  readonly level: Level;
  readonly scopes: readonly Pattern[];
  readonly managedBy: ManagedBy;
}

/** A role that somebody made. `policy` is its place's policy version when it was last written (see `lib/api/role-reading.ts`). */
export interface CustomRole extends Role {
  readonly managedBy: "organization" | "workspace";
  readonly createdAt: string;
  readonly version: number;
  readonly policy: number;
  /** How often it was given where its own place was not locked; absent before the first (see `lib/store/roles.ts`). */
  readonly turn?: number;
}

/** A role by its id, and where it lives, so that it can be read by its name alone. */
export interface RoleRef {
  readonly roleId: RoleId;
  readonly managedBy: ManagedBy;
}

/** A role that is gone and whose holders hold another one in its place, until each grant names that one. */
export interface ReplacedRole {
  readonly id: RoleId;
  readonly replacedBy: RoleRef;
  /** The policy version of its place when it was replaced. */
  readonly policy: number;
}
