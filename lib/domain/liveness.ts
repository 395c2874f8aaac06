/**
 * The one place that checks a status. Whatever is suspended, disabled, expired or gone gives nothing at once;
 * what a person may do asks these functions first, and nothing else asks a status.
 */
import type { Organization, Workspace } from "./places.ts";
import { findPredefinedRole } from "./predefined-roles.ts";
import type { Role } from "./roles.ts";
import type { User } from "./users.ts";

/** Why somebody has no standing, in the order in which it is looked at. */
export type Lapse =
  | "organization.absent"
  | "organization.suspended"
  | "user.absent"
  | "user.invited"
  | "user.suspended"
  | "provider.disabled"
  | "workspace.absent"
  | "workspace.suspended";

/** What keeps a user from any standing in the organization; nothing when they have it. */
export function findOrganizationLapse(
  organization: Organization | undefined,
  user: User | undefined,
): Lapse | undefined {
  if (organization === undefined) return "organization.absent";
  if (organization.status !== "active") return "organization.suspended";
  if (user === undefined || user.orgId !== organization.id) return "user.absent";
  if (user.status === "invited") return "user.invited";
  if (user.status !== "active") return "user.suspended";
  const provider = user.identityProviderId;
  if (provider !== undefined && !organization.enabledProviders.includes(provider)) return "provider.disabled";
  return undefined;
}

/** What keeps a workspace from giving anything. */
export function findWorkspaceLapse(
  organization: Organization | undefined,
  workspace: Workspace | undefined,
): Lapse | undefined {
  if (workspace === undefined || workspace.orgId !== organization?.id) return "workspace.absent";
  if (workspace.status !== "active") return "workspace.suspended";
  return undefined;
}

/** Whether a role gives anything in a workspace: a predefined one may need a feature that is switched on there. */
export function isSwitchedOn(role: Role, workspace: Workspace | undefined): boolean {
  const needs = findPredefinedRole(role.id)?.needs;
  return needs === undefined || (workspace?.features.includes(needs) ?? false);
}
