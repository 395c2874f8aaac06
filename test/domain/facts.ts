/** Facts about one person in one workspace, everything about them live, for tests to spoil one thing at a time. */
import { builtInCatalogue } from "../../lib/domain/catalogue.ts";
import type { Facts } from "../../lib/domain/decide.ts";
import type { Grant } from "../../lib/domain/grants.ts";
import type { OrgId, ProviderId, RoleId, UserId, WorkspaceId } from "../../lib/domain/ids.ts";
import type { Organization, Workspace } from "../../lib/domain/places.ts";
import type { Role } from "../../lib/domain/roles.ts";
import type { Level, Pattern } from "../../lib/domain/scopes.ts";
import type { User } from "../../lib/domain/users.ts";

export const NOW = Date.UTC(2026, 10, 1, 12);

const head = { seq: 0, hash: "0".repeat(64), policy: 0, labels: {}, createdAt: "2026-11-01T00:00:00.000Z", version: 1 };

export const acme: Organization = {
  ...head,
  id: "org_acme" as OrgId,
  name: "Acme",
  status: "active",
  enabledProviders: ["idp_open" as ProviderId],
};

export const soc: Workspace = {
  ...head,
  id: "wks_soc" as WorkspaceId,
  orgId: acme.id,
  name: "SOC",
  status: "active",
  features: ["case-management"],
  claimMatching: "first-match",
};

export const ann: User = {
  id: "usr_ann" as UserId,
  orgId: acme.id,
  email: "ann@acme.example",
  status: "active",
  identityProviderId: "idp_open" as ProviderId,
  createdAt: head.createdAt,
  version: 1,
};

export function makeRole(id: string, level: Level, scopes: readonly Pattern[]): Role {
  return { id: id as RoleId, name: id, description: "", level, scopes, managedBy: "workspace" };
}

export function makeGrant(role: Role, expiresAt?: number): Grant {
  const { id: roleId, managedBy } = role;
  return { roleId, managedBy, source: "direct", ...(expiresAt === undefined ? {} : { expiresAt }) };
}

export function rolesOf(...roles: readonly Role[]): ReadonlyMap<RoleId, Role> {
  return new Map(roles.map((role) => [role.id, role]));
}

/** Ann in the SOC, holding these roles, each at its own level. */
export function makeFacts(...roles: readonly Role[]): Facts {
  const at = (level: Level) => roles.filter((role) => role.level === level).map((role) => makeGrant(role));
  return {
    now: NOW,
    organization: acme,
    workspace: soc,
    user: ann,
    workspaceGrants: at("workspace"),
    organizationGrants: at("organization"),
    roles: rolesOf(...roles),
    catalogue: builtInCatalogue,
  };
}
