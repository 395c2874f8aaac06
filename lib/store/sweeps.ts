/**
 * Work that a change without bounds leaves behind: rows of what is gone, or under an old name. Readers take them for what they are
 * from the change on; sweeping only tidies up, a few rows at a time, and goes on where it was broken off.
 */
import type { MadeResourceId, OrgId, RoleId, UserId, WorkspaceId } from "../domain/ids.ts";
import type { RoleRef } from "../domain/roles.ts";
import type { Change } from "./changes.ts";
import type { PlaceRef } from "./keys.ts";
import { keys, ranges } from "./keys.ts";
import type { Item, Page, Table } from "./table.ts";

/**
 * - `workspace`: all that stood in it. - `user`: all that they held. - `role`: its holders' grants come to name another one.
 * - `sign-ins`: what a user's former sign-ins gave them. - `shares`: those of a resource that is gone.
 */
export type Sweep =
  | { readonly kind: "workspace"; readonly orgId: OrgId; readonly workspaceId: WorkspaceId }
  | { readonly kind: "user" | "sign-ins"; readonly orgId: OrgId; readonly userId: UserId }
  | {
      readonly kind: "shares";
      readonly orgId: OrgId;
      /** Where the resource was. */
      readonly workspaceId: WorkspaceId;
      readonly type: string;
      readonly id: string;
      readonly incarnation: MadeResourceId;
    }
  | {
      readonly kind: "role";
      readonly orgId: OrgId;
      /** Where the role lived. */
      readonly place: PlaceRef;
      readonly roleId: RoleId;
      readonly replacedBy: RoleRef;
    };

export const sweepItems = {
  add: (sweep: Sweep): Change => ({ kind: "put", key: keyOf(sweep), item: { ...sweep } }),
  end: (sweep: Sweep): Change => ({ kind: "delete", key: keyOf(sweep) }),
};

/** What is left to do in one organization; hardly ever anything. */
export function listSweeps(table: Table, orgId: OrgId): Promise<Sweep[]> {
  return table.listAll(ranges.sweeps(orgId), decodeSweep);
}

export function listAllSweeps(
  table: Table,
  options: { limit: number; after?: string | undefined },
): Promise<Page<Sweep>> {
  return table.list(ranges.allSweeps(), decodeSweep, options);
}

function keyOf(sweep: Sweep) {
  return keys.sweep(sweep.orgId, idOf(sweep));
}

function idOf(sweep: Sweep): string {
  switch (sweep.kind) {
    case "workspace":
      return sweep.workspaceId;
    case "user":
      return sweep.userId;
    case "sign-ins":
      return `sign-ins-${sweep.userId}`;
    case "shares":
      return `shares-${sweep.incarnation}`;
    case "role":
      return sweep.roleId;
  }
}

function decodeSweep(item: Item): Sweep {
  const { pk, sk, ...sweep } = item as unknown as Sweep & { pk: string; sk: string };
  return sweep;
}
