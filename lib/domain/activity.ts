/** The activity log: runs of workflows and what else comes and goes by itself, apart from the audit log. */
import type { Acting } from "./audit.ts";

export interface Activity extends Acting {
  /** The number of the change in the workspace's chain. */
  readonly seq: number;
  /** RFC 3339. */
  readonly at: string;
  readonly kind: `${string}.${"created" | "updated" | "deleted"}`;
  readonly resource: { readonly type: string; readonly id: string; readonly name: string };
}
