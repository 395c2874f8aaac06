/**
 * The one place that checks a status. Whatever is suspended, disabled, expired or gone gives nothing at once;
 * what a person may do asks these functions first, and nothing else asks a status.
 */
import type { KeyPolicy, PresentedKey } from "./api-keys.ts";
import { endOfSecret } from "./api-keys.ts";
import type { WorkspaceId } from "./ids.ts";
import type { Organization, Workspace } from "./places.ts";
import { findPredefinedRole } from "./predefined-roles.ts";
import type { Resource } from "./resources.ts";
import { findPresent } from "./resources.ts";
import type { Role } from "./roles.ts";
import type { Settings } from "./settings.ts";
import { allowsSharing } from "./settings.ts";
import type { SharedResource } from "./shares.ts";
import type { User } from "./users.ts";

/** Why somebody has no standing, in the order in which it is looked at. */
type WorkspaceLapse = "workspace.absent" | "workspace.suspended";
export type Lapse =
  | "organization.absent"
  | "organization.suspended"
  | "user.absent"
  | "user.invited"
  | "user.suspended"
  | "provider.disabled"
  | KeyLapse
  | WorkspaceLapse;

/** Why an API key, as it was presented, is good for nothing. `key.elsewhere`: it is one of another workspace. */
type KeyEnd = "key.absent" | "key.revoked" | "key.secret_unknown" | "key.expired";
type KeyLapse = KeyEnd | "key.elsewhere";

/** Who asks: a user, or an API key; with a key, the user whom it acts as, where it acts as one. */
export interface Asking {
  readonly now: number;
  readonly organization: Organization | undefined;
  readonly user: User | undefined;
  readonly presented?: PresentedKey;
}

/** What keeps whoever asks from any standing in the organization; nothing when they have it. */
export function findPrincipalLapse({ now, organization, user, presented }: Asking): Lapse | undefined {
  if (presented === undefined) return findOrganizationLapse(organization, user);
  const isAtHome = organization !== undefined && presented.key?.orgId === organization.id;
  // What another organization settles ends no key, or a key would tell what that is, and that there is such an organization.
  const end = findKeyEnd(presented, isAtHome ? organization : {}, now);
  if (end !== undefined) return end;
  if (organization === undefined) return "organization.absent";
  if (!isAtHome || presented.key === undefined) return "key.elsewhere";
  if (presented.key.kind === "personal") return findOrganizationLapse(organization, user);
  return organization.status === "active" ? undefined : "organization.suspended";
}

/** What keeps a user from any standing in the organization; nothing when they have it. */
export function findOrganizationLapse(
  organization: Organization | undefined,
  user: User | undefined,
): Lapse | undefined {
  if (organization === undefined) return "organization.absent";
  if (organization.status !== "active") return "organization.suspended";
  if (user === undefined || user.orgId !== organization.id) return "user.absent";
  if (user.status === "invited") return "user.invited";
  if (user.status !== "active") return "user.suspended";
  const provider = user.identityProviderId;
  if (provider !== undefined && !organization.enabledProviders.includes(provider)) return "provider.disabled";
  return undefined;
}

/** What keeps an API key from being a credential at all; what it may do where is another question. */
function findKeyEnd({ key, secretMadeAt }: PresentedKey, policy: KeyPolicy, now: number): KeyEnd | undefined {
  if (key === undefined) return "key.absent";
  if (key.revokedAt !== undefined) return "key.revoked";
  const secret = key.secrets.find(({ madeAt }) => madeAt === secretMadeAt);
  if (secret === undefined) return "key.secret_unknown";
  const end = endOfSecret(key, secret, policy);
  return end === undefined || now < end ? undefined : "key.expired";
}

/** What keeps a workspace from giving anything. */
export function findWorkspaceLapse(
  organization: Pick<Organization, "id"> | undefined,
  workspace: Workspace | undefined,
): WorkspaceLapse | undefined {
  if (workspace === undefined || workspace.orgId !== organization?.id) return "workspace.absent";
  if (workspace.status !== "active") return "workspace.suspended";
  return undefined;
}

/** Whether a role gives anything in a workspace: a predefined one may need a feature that is switched on there. */
export function isSwitchedOn(role: Role, workspace: Workspace | undefined): boolean {
  const needs = findPredefinedRole(role.id)?.needs;
  return needs === undefined || (workspace?.features.includes(needs) ?? false);
}

/** Why a share that was once accepted gives nothing, in the order in which it is looked at: for good, or until it is undone. */
type ShareEnd = "share.revoked" | "share.expired" | "share.source_absent" | "resource.absent";
type ShareRest = "share.switched_off" | "share.source_suspended";
export type ShareLapse = ShareEnd | ShareRest;

const rests: ReadonlySet<string> = new Set<ShareRest>(["share.switched_off", "share.source_suspended"]);

/** Whether a share that gives nothing now would give again as it is: it rests. */
export function isRest(lapse: ShareLapse): lapse is ShareRest {
  return rests.has(lapse);
}

/** What keeps a share from giving anything. The target's own status is judged with whoever asks there. */
export function findShareLapse(
  shared: SharedResource,
  facts: {
    readonly workspaceId: WorkspaceId;
    readonly source: Resource | undefined;
    readonly sourceWorkspace: Workspace | undefined;
    readonly settings: Settings | undefined;
  },
  { now, organization }: { readonly now: number; readonly organization: Pick<Organization, "id"> | undefined },
): ShareLapse | undefined {
  const { source, sourceWorkspace, settings, workspaceId } = facts;
  if (shared.state !== "accepted") return "share.revoked";
  if (shared.expiresAt !== undefined && now >= shared.expiresAt) return "share.expired";
  const lapse = findWorkspaceLapse(organization, sourceWorkspace);
  if (lapse === "workspace.absent" || sourceWorkspace?.id !== shared.sourceWorkspaceId) return "share.source_absent";
  if (findPresent(source, now)?.incarnation !== shared.incarnation) return "resource.absent";
  const offer = { resourceType: shared.resourceType, targetWorkspaceId: workspaceId };
  if (!allowsSharing(settings?.sharing, offer)) return "share.switched_off";
  return lapse === undefined ? undefined : "share.source_suspended";
}
