/** Grants and assignments as clients and the audit log see them. */
import type { Grant } from "../domain/grants.ts";
import type { RoleId } from "../domain/ids.ts";
import type { Role } from "../domain/roles.ts";
import type { User } from "../domain/users.ts";
import { toTime } from "./times.ts";

/** A grant as the audit log shows it. */
export function describeGrant({ roleId, source, expiresAt }: Grant): {
  roleId: string;
  source: string;
  expiresAt?: string;
} {
  return { roleId, source, ...(expiresAt === undefined ? {} : { expiresAt: toTime(expiresAt) }) };
}

/** Grants as clients see them; one whose role is gone gives nothing and is left out. */
export function showGrants(grants: readonly Grant[], roles: ReadonlyMap<RoleId, Role>) {
  return grants.flatMap((grant) => {
    const role = roles.get(grant.roleId);
    return role === undefined ? [] : [{ ...describeGrant(grant), roleName: role.name }];
  });
}

export function showAssignment(user: User, grants: readonly Grant[], roles: ReadonlyMap<RoleId, Role>) {
  return { userId: user.id, email: user.email, grants: showGrants(grants, roles) };
}
