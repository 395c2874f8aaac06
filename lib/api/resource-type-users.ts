/** What rests on an own resource type, and so stands in the way of an edit or a deletion of it. */
import { Refusal } from "../domain/errors.ts";
import { isUnexpired } from "../domain/grants.ts";
import type { OrgId, WorkspaceId } from "../domain/ids.ts";
import type { Pattern } from "../domain/scopes.ts";
import type { NamingScopes } from "../store/own-types.ts";
import type { Store } from "../store/store.ts";

/** Workspaces that are looked into at a time: there may be thousands, and one request waits for all. */
const AT_ONCE = 16;

/** What a change of a type takes away. */
export interface Loss {
  readonly actions: readonly string[];
  /** The type itself is deleted. */
  readonly isWhole: boolean;
  /** Its resources would not be what they were made as. */
  readonly changesResources: boolean;
}

export interface TypeUser {
  readonly kind: "role" | "api-key" | "share" | "workspace";
  readonly id: string;
}

export interface TypeUsers {
  readonly users: readonly TypeUser[];
  /** A workspace that is gone and not swept yet: once the type is gone too, nobody would find its resources any more. */
  readonly unswept?: WorkspaceId | undefined;
}

export const noUsers: TypeUsers = { users: [] };

/** Read after the type's turn: whatever comes to rest on it later takes the turn, and so is not missed. */
export async function findTypeUsers(
  store: Store,
  orgId: OrgId,
  type: string,
  loss: Loss,
  now: number,
): Promise<TypeUsers> {
  const [naming, uses] = await Promise.all([
    loss.actions.length === 0 ? [] : store.ownTypes.listNaming(orgId),
    store.ownTypes.listUses(orgId, type),
  ]);
  const named = naming
    .filter((one) => isUnexpired(one, now))
    .filter(({ scopes }) => scopes.some((scope) => isLost(scope, type, loss)));
  const lost = new Set(loss.actions);
  const shares = uses.flatMap(({ shareId, actions = [], endsAt }) => {
    const isOver = endsAt !== undefined && now >= endsAt;
    return shareId !== undefined && !isOver && actions.some((action) => lost.has(action)) ? [shareId] : [];
  });
  const asked = loss.changesResources ? uses.flatMap(({ workspaceId }) => workspaceId ?? []) : [];
  const there = await findPresent(store, orgId, [...named.flatMap(({ place }) => place.workspaceId ?? []), ...asked]);
  const isThere = (workspaceId: WorkspaceId | undefined) => workspaceId === undefined || there.has(workspaceId);
  const holding = await findHolding(store, orgId, type, asked.filter(isThere), now);
  const users: TypeUser[] = [
    ...named.filter(({ place }) => isThere(place.workspaceId)).flatMap(toUser),
    ...shares.map((id) => ({ kind: "share", id }) as const),
    ...holding.map((id) => ({ kind: "workspace", id }) as const),
  ];
  return { users, unswept: loss.isWhole ? asked.find((workspaceId) => !there.has(workspaceId)) : undefined };
}

function toUser({ roleId, keyId }: NamingScopes): TypeUser[] {
  if (roleId !== undefined) return [{ kind: "role", id: roleId }];
  return keyId === undefined ? [] : [{ kind: "api-key", id: keyId }];
}

/** Of workspaces that have, or had, resources of the type, those that have some now. */
async function findHolding(
  store: Store,
  orgId: OrgId,
  type: string,
  asked: readonly WorkspaceId[],
  now: number,
): Promise<WorkspaceId[]> {
  const has: boolean[] = [];
  const waiting = asked.entries();
  const work = async () => {
    for (const [index, workspaceId] of waiting) {
      has[index] = await store.ownTypes.hasResources({ orgId, workspaceId }, type, now);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return asked.filter((_, index) => has[index]);
}

/** `type:*` goes on to mean what is left of the type; it means nothing once the type is gone. */
function isLost(scope: Pattern, type: string, { actions, isWhole }: Loss): boolean {
  return (isWhole && scope === `${type}:*`) || actions.some((action) => scope === `${type}:${action}`);
}

/** Nothing in a workspace that is gone counts, swept or not. */
async function findPresent(store: Store, orgId: OrgId, ids: readonly WorkspaceId[]): Promise<ReadonlySet<WorkspaceId>> {
  const each = [...new Set(ids)];
  const { workspaces } = await store.read({ workspaces: each.map((id) => store.workspaces.at(orgId, id)) });
  return new Set(each.filter((_, index) => workspaces[index] !== undefined));
}

export function refuseUsed(users: readonly TypeUser[]): void {
  if (users.length === 0) return;
  throw new Refusal("resource.in_use", "Something rests on what this would take away; see usedBy.", { usedBy: users });
}
