/** What uses a role: the people who hold it and the claim rules that give it, wherever they are. */
import type { OrgId, RoleId } from "../domain/ids.ts";
import type { Holder } from "../store/assignments.ts";
import type { RuleOfRole } from "../store/claim-rules.ts";
import type { Store } from "../store/store.ts";
import type { Sweep } from "../store/sweeps.ts";
import { findHolders } from "./role-holders.ts";

interface RoleUsers {
  readonly holders: readonly Holder[];
  readonly rules: readonly RuleOfRole[];
}

/** Of a role that is used by nothing, or by what is not told. */
export const nobody: RoleUsers = { holders: [], rules: [] };

export async function findUsers(store: Store, orgId: OrgId, roleId: RoleId, now: number): Promise<RoleUsers> {
  const [holders, rules] = await Promise.all([
    findHolders(store, orgId, roleId, now),
    findRulesOfRole(store, orgId, roleId),
  ]);
  return { holders, rules };
}

/**
 * Rules that name the role, and those that still name one that it replaced. Rules of workspaces that are gone count for nothing.
 * The rows are read in the order in which a sweep moves them: one that is moved meanwhile is met where it comes to.
 */
async function findRulesOfRole(store: Store, orgId: OrgId, roleId: RoleId): Promise<RuleOfRole[]> {
  const rows = await listRows(store, orgId, roleId, await store.sweeps.list(orgId));
  const rules = [...new Map(rows.map((row) => [row.ruleId, row])).values()];
  const workspaceIds = [...new Set(rules.flatMap(({ place }) => place.workspaceId ?? []))];
  const { workspaces } = await store.read({ workspaces: workspaceIds.map((id) => store.workspaces.at(orgId, id)) });
  const gone = new Set(workspaceIds.filter((_, index) => workspaces[index] === undefined));
  return rules.filter(({ place }) => place.workspaceId === undefined || !gone.has(place.workspaceId));
}

async function listRows(store: Store, orgId: OrgId, roleId: RoleId, sweeps: readonly Sweep[]): Promise<RuleOfRole[]> {
  const before = sweeps.flatMap((sweep) =>
    sweep.kind === "role" && sweep.replacedBy.roleId === roleId ? [sweep.roleId] : [],
  );
  const inherited = await Promise.all(before.map((id) => listRows(store, orgId, id, sweeps)));
  return [...inherited.flat(), ...(await store.rules.listOfRole(orgId, roleId))];
}
