/** What an organization settles for all its workspaces. */
import type { WorkspaceId } from "./ids.ts";

/** What may be shared at all, and with whom; whatever is not named may. What is taken off the list gives nothing at once. */
export type SharingPolicy = {
  /** Resource types. */
  readonly types?: readonly string[];
  /** Workspaces that may be shared with. */
  readonly targets?: readonly WorkspaceId[];
};

export type Settings = {
  readonly sharing?: SharingPolicy;
  readonly keys?: {
    /** The longest life of an API key's secret. Stands on the organization's item too, since decisions need it. */
    readonly maxLifetimeDays?: number;
  };
  readonly audit?: {
    /** How long entries of the log stay in the table. Stands on the organization's item too, since each change needs it. */
    readonly retentionDays?: number;
  };
};

export function allowsSharing(
  policy: SharingPolicy | undefined,
  { resourceType, targetWorkspaceId }: { readonly resourceType: string; readonly targetWorkspaceId: WorkspaceId },
): boolean {
  const allowsType = policy?.types?.includes(resourceType) ?? true;
  return allowsType && (policy?.targets?.includes(targetWorkspaceId) ?? true);
}
