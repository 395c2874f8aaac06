/** The workspaces in which somebody may hold something: those that their assignments are of, or all when a sign-in gave something everywhere. */
import type { OrgId, WorkspaceId } from "../domain/ids.ts";
import type { User } from "../domain/users.ts";
import type { Assignment } from "../store/assignments.ts";
import type { Store } from "../store/store.ts";

/** Workspaces of one read. */
const PAGE = 1_000;

/** Ids, some perhaps of workspaces that are gone. */
export async function listWorkspacesOf(
  store: Store,
  user: User | undefined,
  assignments: readonly Assignment[],
): Promise<WorkspaceId[]> {
  const own = assignments.flatMap(({ place }) => place.workspaceId ?? []);
  if (user?.everywhere === undefined || user.everywhere.length === 0) return own;
  return [...new Set([...own, ...(await listAllIds(store, user.orgId))])];
}

async function listAllIds(store: Store, orgId: OrgId): Promise<WorkspaceId[]> {
  const ids: WorkspaceId[] = [];
  let after: string | undefined;
  do {
    const page = await store.workspaces.listIds(orgId, { limit: PAGE, after });
    ids.push(...page.items.map(({ value }) => value));
    after = page.next;
  } while (after !== undefined);
  return ids;
}
