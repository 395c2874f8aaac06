/** A role as clients see it. */
import { FIRST_CATALOGUE } from "../domain/catalogue.ts";
import type { CustomRole, Role } from "../domain/roles.ts";

/** Predefined roles grow with the catalogue: their version is their size. */
export function versionOf(role: Role | CustomRole): number {
  return "version" in role ? role.version : role.scopes.length;
}

export function showRole(role: Role | CustomRole) {
  const { id, name, description, level, scopes, managedBy } = role;
  const createdAt = "createdAt" in role ? role.createdAt : `${FIRST_CATALOGUE}T00:00:00.000Z`;
  return { id, name, description, level, scopes, managedBy, createdAt };
}
