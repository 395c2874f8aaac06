/**
 * Organizations and workspaces: the two kinds of place. A place is what a change is serialized by, and it carries the head of
 * its audit chain (`seq`, `hash`) and the version of its policy.
 */
import type { KeyPolicy } from "./api-keys.ts";
import type { AuditPolicy } from "./audit.ts";
import type { OrgId, ProviderId, RoleId, RuleId, WorkspaceId } from "./ids.ts";
import type { Feature } from "./predefined-roles.ts";

export type PlaceStatus = "active" | "suspended";
export type Labels = Readonly<Record<string, string>>;

interface Head {
  /** Number of entries in the place's audit chain; also the version of the lock. */
  readonly seq: number;
  /** How often a change of another chain was serialized with those of this place; absent before the first. */
  readonly turn?: number;
  /** Hash of the chain's last entry. */
  readonly hash: string;
  /** Epoch seconds from which on the table may let the chain's last entry go. */
  readonly until?: number;
  /** Grows with each edit of a role, rule or own type of the place. */
  readonly policy: number;
  /** Custom roles that stand in the place; absent before the first. */
  readonly roleCount?: number;
  /** The role or rule of the place that was edited last: found older than `policy`, it was read before that edit was all there. */
  readonly edited?: RoleId | RuleId;
}

interface Described {
  readonly name: string;
  readonly status: PlaceStatus;
  readonly labels: Labels;
  readonly createdAt: string;
  readonly version: number;
}

export interface Organization extends Head, Described, KeyPolicy, AuditPolicy {
  readonly id: OrgId;
  /** Identity providers that are switched on: whoever came through another one has no standing. */
  readonly enabledProviders: readonly ProviderId[];
  /** The client of the user pool through which the organization's providers sign people in; absent before the first. */
  readonly clientId?: string;
  /** Users and workspaces that the organization has; absent before the first. */
  readonly userCount?: number;
  readonly workspaceCount?: number;
  /** Version of the organization's own resource types; absent before the first. */
  readonly typesVersion?: number;
}

type ClaimMatching = "first-match" | "all-matches";

export interface Workspace extends Head, Described {
  readonly id: WorkspaceId;
  readonly orgId: OrgId;
  readonly features: readonly Feature[];
  readonly claimMatching: ClaimMatching;
  /** API keys that were made here and not revoked; absent before the first. */
  readonly keyCount?: number;
}
