/** What uses a role: the people who hold it, the claim rules that give it and the API keys that have it, wherever they are. */
import { isUnexpired } from "../domain/grants.ts";
import type { OrgId, RoleId, WorkspaceId } from "../domain/ids.ts";
import type { PlacedKey } from "../store/api-keys.ts";
import type { Holder } from "../store/assignments.ts";
import type { RuleOfRole } from "../store/claim-rules.ts";
import type { Store } from "../store/store.ts";
import type { Sweep } from "../store/sweeps.ts";
import { findHolders } from "./role-holders.ts";

interface RoleUsers {
  readonly holders: readonly Holder[];
  readonly rules: readonly RuleOfRole[];
  readonly keys: readonly PlacedKey[];
}

/** Of a role that is used by nothing, or by what is not told. */
export const nobody: RoleUsers = { holders: [], rules: [], keys: [] };

export async function findUsers(store: Store, orgId: OrgId, roleId: RoleId, now: number): Promise<RoleUsers> {
  const [holders, rules, keys] = await Promise.all([
    findHolders(store, orgId, roleId, now),
    findRulesOfRole(store, orgId, roleId),
    findKeysOfRole(store, orgId, roleId, now),
  ]);
  return { holders, rules, keys };
}

/**
 * Rules that name the role, and those that still name one that it replaced. Rules of workspaces that are gone count for nothing.
 * The rows are read in the order in which a sweep moves them: one that is moved meanwhile is met where it comes to.
 */
async function findRulesOfRole(store: Store, orgId: OrgId, roleId: RoleId): Promise<RuleOfRole[]> {
  const list = (id: RoleId) => store.rules.listOfRole(orgId, id);
  const rows = await listRows(list, roleId, await store.sweeps.list(orgId));
  const rules = [...new Map(rows.map((row) => [row.ruleId, row])).values()];
  return dropGone(store, orgId, rules);
}

/** The same of keys; one that is revoked or over has no use for a role. */
async function findKeysOfRole(store: Store, orgId: OrgId, roleId: RoleId, now: number): Promise<PlacedKey[]> {
  const list = (id: RoleId) => store.apiKeys.listOfRole(orgId, id);
  const rows = await listRows(list, roleId, await store.sweeps.list(orgId));
  const placed = await dropGone(store, orgId, [...new Map(rows.map((row) => [row.keyId, row])).values()]);
  const { keys } = await store.read({ keys: placed.map(({ keyId }) => store.apiKeys.at(keyId)) });
  return placed.filter((_, index) => {
    const key = keys[index];
    return key !== undefined && key.revokedAt === undefined && isUnexpired(key, now);
  });
}

async function listRows<R>(
  list: (roleId: RoleId) => Promise<readonly R[]>,
  roleId: RoleId,
  sweeps: readonly Sweep[],
): Promise<R[]> {
  const before = sweeps.flatMap((sweep) =>
    sweep.kind === "role" && sweep.replacedBy.roleId === roleId ? [sweep.roleId] : [],
  );
  const inherited = await Promise.all(before.map((id) => listRows(list, id, sweeps)));
  return [...inherited.flat(), ...(await list(roleId))];
}

async function dropGone<R extends { readonly place: { readonly workspaceId?: WorkspaceId } }>(
  store: Store,
  orgId: OrgId,
  rows: readonly R[],
): Promise<R[]> {
  const ids = [...new Set(rows.flatMap(({ place }) => place.workspaceId ?? []))];
  const { workspaces } = await store.read({ workspaces: ids.map((id) => store.workspaces.at(orgId, id)) });
  const gone = new Set(ids.filter((_, index) => workspaces[index] === undefined));
  return rows.filter(({ place }) => place.workspaceId === undefined || !gone.has(place.workspaceId));
}
