/** What the pipeline runs on, and what it hands to routes of every type. */
import type { OrgId, WorkspaceId } from "../domain/ids.ts";
import type { UserPool } from "../pool/user-pool.ts";
import type { Store } from "../store/store.ts";
import type { LinkToFile } from "./audit-exports.ts";
import type { Archive } from "./checkpoints.ts";
import type { Cursors } from "./cursors.ts";
import type { IssueKey } from "./issued-key.ts";
import type { RoleCache } from "./role-cache.ts";
import type { Input, Settings } from "./route.ts";

/** What a function brings: its store, its warm cache, and where a fault is told to the operator. */
export interface Host {
  readonly store: Store;
  readonly roles: RoleCache;
  readonly cursors: Cursors;
  readonly settings: Settings;
  /** Of a function that configures it. */
  readonly pool?: UserPool;
  /** Of a function that hands out API keys. */
  readonly issueKey?: IssueKey;
  /** Of a function that looks into it. */
  readonly archive?: Archive;
  /** Of a function that shows exports. */
  readonly linkToFile?: LinkToFile;
  readonly reportFault: (fault: unknown) => void;
  /** Where a denial is told that the authorizer could not see coming, since it takes the request's content to see it. */
  readonly reportDenial?: (requiredScope: string) => void;
}

// biome-ignore lint/suspicious/noExplicitAny: the pipeline handles routes of every type
export type AnyInput = Input<string, any, any> & {
  readonly params: { readonly orgId?: OrgId; readonly workspaceId?: WorkspaceId };
};
