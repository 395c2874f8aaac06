/** Changes of own resource types: what each rests on, and what it gives. */
import type { EntryDraft } from "../domain/audit.ts";
import { refuseAbsent, refuseInvalid } from "../domain/errors.ts";
import type { Gift } from "../domain/exceeds.ts";
import type { OrgId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import { EVERYWHERE } from "../domain/made-grants.ts";
import type { OwnType, OwnTypes } from "../domain/own-types.ts";
import { findDroppedActions, isOwnTypeName, listNewLines } from "../domain/own-types.ts";
import { describeReach } from "../domain/reach.ts";
import type { Store } from "../store/store.ts";
import { refuseExcess } from "./giver.ts";
import { matchVersion } from "./preconditions.ts";
import type { ResourceTypeBody } from "./resource-type-bodies.ts";
import { findTypeFaults, showType, toType } from "./resource-type-bodies.ts";
import type { TypeUsers } from "./resource-type-users.ts";
import { findTypeUsers, noUsers, refuseUsed } from "./resource-type-users.ts";
import type { Loading, Outcome, Standing } from "./route.ts";
import { toTime } from "./times.ts";

interface Loaded {
  readonly types: readonly OwnType[];
  readonly before: OwnType | undefined;
  /** How often something came to rest on the type, before its users were looked for. */
  readonly turn: number;
  readonly used: TypeUsers;
}

/** @param body as which the type is put; without one it is deleted */
export async function loadType(
  store: Store,
  { orgId, type }: { readonly orgId: OrgId; readonly type: string },
  body: ResourceTypeBody | undefined,
  now: number,
  { organization }: Loading,
): Promise<Loaded | "moved"> {
  const faults = body === undefined ? [] : findTypeFaults(type, body);
  if (faults.length > 0) refuseInvalid(...faults);
  // What can be no type's name never comes near a key.
  if (!isOwnTypeName(type)) return { types: [], before: undefined, turn: 0, used: noUsers };
  const { own, turn } = await store.read({
    own: store.ownTypes.at(orgId),
    turn: store.ownTypes.turnAt(orgId, type),
  });
  if (own?.version !== organization?.typesVersion) return "moved";
  const types = own?.types ?? [];
  const before = types.find(({ name }) => name === type);
  if (before === undefined) return { types, before, turn: 0, used: noUsers };
  if (turn === undefined) return "moved";
  const loss = {
    actions: findDroppedActions(before, body),
    isWhole: body === undefined,
    changesResources: body === undefined || (body.persistence ?? "persistent") !== before.persistence,
  };
  const isHarmless = loss.actions.length === 0 && !loss.changesResources;
  return { types, before, turn, used: isHarmless ? noUsers : await findTypeUsers(store, orgId, type, loss, now) };
}

export function putType(
  { types, before, turn, used }: Loaded,
  { orgId, type }: { readonly orgId: OrgId; readonly type: string },
  body: ResourceTypeBody,
  { ifMatch, now }: { readonly ifMatch: string | undefined; readonly now: number },
  standing: Standing,
  store: Store,
): Outcome {
  const version = nextVersion(standing);
  const after = toType(type, body, before?.createdAt ?? toTime(now), version);
  const all = { version, types: sortByName([...types.filter(({ name }) => name !== type), after]) };
  refuseLarge(all);
  matchVersion(ifMatch, before?.version, before !== undefined);
  refuseExcess(standing.giver, [], giftsOf(before, after), "/predefinedRoles");
  refuseUsed(used.users);
  const action = before === undefined ? "resource-type.created" : "resource-type.updated";
  return {
    changes: [
      ...store.ownTypes.replace(orgId, all),
      before === undefined
        ? store.ownTypes.register(orgId, type, version)
        : store.ownTypes.edit(orgId, type, turn, version),
    ],
    audit: [
      {
        ...entryOf(orgId, action, type, standing),
        ...(before === undefined ? {} : { before: describe(before) }),
        after: describe(after),
      },
    ],
    reply: { ...(before === undefined ? { status: 201 } : {}), body: showType(after), version },
  };
}

export function deleteType(
  { types, before, turn, used }: Loaded,
  { orgId, type }: { readonly orgId: OrgId; readonly type: string },
  ifMatch: string | undefined,
  standing: Standing,
  store: Store,
): Outcome {
  if (before === undefined) refuseAbsent("resource type");
  matchVersion(ifMatch, before.version, false);
  refuseUsed(used.users);
  const { unswept } = used;
  if (unswept !== undefined) return { sweepFirst: { kind: "workspace", orgId, workspaceId: unswept } };
  const left = { version: nextVersion(standing), types: types.filter(({ name }) => name !== type) };
  return {
    changes: [...store.ownTypes.replace(orgId, left), store.ownTypes.remove(orgId, type, turn)],
    audit: [{ ...entryOf(orgId, "resource-type.deleted", type, standing), before: describe(before) }],
    reply: {},
  };
}

/** It only ever grows, so that no version of a type that is registered again is one of before. */
function nextVersion({ organization }: Standing): number {
  return (organization?.typesVersion ?? 0) + 1;
}

/** All holders of a predefined role are given what is newly put into it, in every workspace. */
function giftsOf(before: OwnType | undefined, after: OwnType): Gift[] {
  return listNewLines(before, after).map(({ roleId, actions }) => ({
    key: roleId,
    level: "workspace",
    patterns: actions.map((action) => `${after.name}:${action}`),
  }));
}

function refuseLarge({ types }: OwnTypes): void {
  if (types.length > limits.ownTypes) {
    refuseInvalid({ pointer: "", detail: `An organization registers at most ${limits.ownTypes} types.` });
  }
  if (Buffer.byteLength(JSON.stringify(types)) > limits.ownTypesBytes) {
    refuseInvalid({ pointer: "", detail: `All types have together at most ${limits.ownTypesBytes} bytes as JSON.` });
  }
}

function sortByName(types: readonly OwnType[]): OwnType[] {
  return [...types].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Felt in every workspace: whoever holds `*` there, or a predefined role that the type speaks of. */
function entryOf(
  orgId: OrgId,
  action: EntryDraft["action"],
  type: string,
  { organization }: Standing,
): Pick<EntryDraft, "chain" | "action" | "target" | "reach"> {
  const reach = describeReach([EVERYWHERE], organization);
  return {
    chain: orgId,
    action,
    target: { type: "resource-type", id: type },
    ...(reach === undefined ? {} : { reach }),
  };
}

function describe(type: OwnType) {
  const { description, actions, shareable, persistence, predefinedRoles } = showType(type);
  return { description, actions: actions.map((one) => ({ ...one })), shareable, persistence, predefinedRoles };
}
