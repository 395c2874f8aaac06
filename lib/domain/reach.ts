/** The workspaces that an organization's audit entry bears on: by their ids, or by their number where they are many. */
import type { WorkspaceId } from "./ids.ts";
import { EVERYWHERE } from "./made-grants.ts";
import type { Organization } from "./places.ts";

/** An entry names so many; of more it says the number. */
const MOST_NAMED = 50;

/** Undefined where there is none; with something that holds everywhere, the number of all that there are. */
export function describeReach(
  workspaceIds: Iterable<WorkspaceId>,
  organization: Pick<Organization, "workspaceCount"> | undefined,
): readonly WorkspaceId[] | number | undefined {
  const ids = [...new Set(workspaceIds)].sort();
  if (ids.includes(EVERYWHERE)) return organization?.workspaceCount || undefined;
  if (ids.length === 0) return undefined;
  return ids.length > MOST_NAMED ? ids.length : ids;
}
