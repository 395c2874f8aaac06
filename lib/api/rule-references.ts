/** What the rules of a place speak of: roles, workspaces and identity providers, as far as they are there. */
import type { Fault } from "../domain/errors.ts";
import type { Grant } from "../domain/grants.ts";
import { refOf } from "../domain/grants.ts";
import type { IdentityProvider } from "../domain/identity-providers.ts";
import type { ProviderId, RoleId, WorkspaceId } from "../domain/ids.ts";
import { isId } from "../domain/ids.ts";
import type { KeptRule } from "../domain/kept-rules.ts";
import { isSwitchedOn } from "../domain/liveness.ts";
import type { Workspace } from "../domain/places.ts";
import type { Role } from "../domain/roles.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import { findRoles } from "./assignable-roles.ts";

/** Characters of what should be an id that a refusal repeats; no id is longer. */
const SHOWN = 64;

/** The ids that something sent names; what it leaves out, or takes away, is not looked for. */
interface Naming {
  readonly roleId?: string | undefined;
  readonly workspaceIds?: readonly string[] | null | undefined;
  readonly identityProviderIds?: readonly string[] | null | undefined;
}

export interface Named {
  readonly roles: ReadonlyMap<RoleId, Role>;
  readonly workspaces: ReadonlySet<WorkspaceId>;
  readonly providers: ReadonlyMap<ProviderId, IdentityProvider>;
}

export async function readNamed(store: Store, place: PlaceRef, sent: readonly Naming[]): Promise<Named> {
  const { orgId } = place;
  const roleIds = unique(sent.flatMap(({ roleId }) => roleId ?? [])) as RoleId[];
  const workspaceIds = unique(sent.flatMap((one) => one.workspaceIds ?? [])).filter((id) => isId("wks", id));
  const providerIds = unique(sent.flatMap((one) => one.identityProviderIds ?? [])).filter((id) => isId("idp", id));
  const [roles, { workspaces, providers }] = await Promise.all([
    findRoles(store, place, roleIds),
    store.read({
      workspaces: workspaceIds.map((id) => store.workspaces.at(orgId, id)),
      providers: providerIds.map((id) => store.providers.at(orgId, id)),
    }),
  ]);
  return {
    roles,
    workspaces: new Set(workspaceIds.filter((_, index) => workspaces[index] !== undefined)),
    providers: new Map(providers.flatMap((one) => (one === undefined ? [] : [[one.id, one] as const]))),
  };
}

/** What a rule of the place cannot speak of, each with a pointer from where the rule stands. */
export function findNamingFaults(
  { roleId, workspaceIds, identityProviderIds }: Naming,
  { workspaceId }: PlaceRef,
  workspace: Workspace | undefined,
  named: Named,
): Fault[] {
  const faults: Fault[] = [];
  const roleFault = roleId === undefined ? undefined : findRoleFault(roleId as RoleId, workspaceId, workspace, named);
  if (roleFault !== undefined) faults.push({ pointer: "/roleId", detail: roleFault });
  for (const [index, id] of (workspaceIds ?? []).entries()) {
    if (named.workspaces.has(id as WorkspaceId)) continue;
    faults.push({ pointer: `/workspaceIds/${index}`, detail: `There is no workspace ${id.slice(0, SHOWN)} here.` });
  }
  for (const [index, id] of (identityProviderIds ?? []).entries()) {
    const provider = named.providers.get(id as ProviderId);
    const pointer = `/identityProviderIds/${index}`;
    if (provider === undefined) {
      faults.push({ pointer, detail: `There is no identity provider ${id.slice(0, SHOWN)} here.` });
    } else if (workspaceId !== undefined && !serves(provider, workspaceId)) {
      faults.push({ pointer, detail: "This identity provider does not serve the workspace." });
    }
  }
  return faults;
}

function findRoleFault(
  roleId: RoleId,
  workspaceId: WorkspaceId | undefined,
  workspace: Workspace | undefined,
  { roles }: Named,
): string | undefined {
  const role = roles.get(roleId);
  if (role === undefined) return `There is no role ${roleId.slice(0, SHOWN)} here.`;
  if (role.level !== "workspace")
    return `${role.name} is a role of ${role.level} level; rules give roles in workspaces.`;
  const isOff = workspaceId !== undefined && !isSwitchedOn(role, workspace);
  return isOff ? `${role.name} needs a feature that is not switched on here.` : undefined;
}

export function serves({ workspaceIds }: Pick<IdentityProvider, "workspaceIds">, workspaceId: WorkspaceId): boolean {
  return workspaceIds === undefined || workspaceIds.includes(workspaceId);
}

/** The rules of the organization that are asked in a workspace, after its own. */
export function appliesIn(workspaceId: WorkspaceId) {
  return ({ workspaceIds }: Pick<KeptRule, "workspaceIds">) =>
    workspaceIds === undefined || workspaceIds.includes(workspaceId);
}

/** The roles that rules give, as grants: what roles are read by. */
export function namesOf(rules: readonly KeptRule[]): Grant[] {
  return rules.map((rule) => ({ ...refOf(rule), source: "direct" }));
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
