/** Changes of a workspace's own resources, whichever route they come by. */
import type { Attributes } from "../domain/attributes.ts";
import { describeDifference, listSecrets, measureAttributes, splitAttributes } from "../domain/attributes.ts";
import type { EntryDraft } from "../domain/audit.ts";
import type { KeptType } from "../domain/catalogue.ts";
import type { Fault } from "../domain/errors.ts";
import { Refusal, refuseAbsent, refuseInvalid } from "../domain/errors.ts";
import { limits } from "../domain/limits.ts";
import type { Labels, Workspace } from "../domain/places.ts";
import type { Resource } from "../domain/resources.ts";
import { findPresent } from "../domain/resources.ts";
import type { UsePlace } from "../domain/use.ts";
import { findStanding } from "../domain/use.ts";
import type { Change } from "../store/changes.ts";
import type { WorkspaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import { actingOf } from "./acting.ts";
import type { IdMaker } from "./id-maker.ts";
import type { FoundResource } from "./resource-facts.ts";
import type { Outcome, Standing } from "./route.ts";
import { showResource, versionOfResource } from "./shown-resource.ts";
import { toTime } from "./times.ts";

const DAY = 86_400_000;

/** The type that a path names, of those whose resources the service holds. */
export function findType(name: string, { caller }: Standing): KeptType {
  return caller?.catalogue.findKeptType(name) ?? refuseAbsent("resource type");
}

/** The moment and the organization that a workspace's things are judged by. */
export function placeOfUse(now: number, { organization, caller }: Standing): UsePlace {
  if (caller === undefined) throw new Error("resources stand in an organization");
  return { now, organization: organization ?? caller.organization, catalogue: caller.catalogue };
}

/**
 * Refuses an id that something else in the workspace goes by, its own or shared with it. Also where that share gives nothing at
 * the moment: its source may be resumed, and the settings changed, without anybody asking here.
 */
export function refuseTakenId(found: FoundResource | undefined, place: UsePlace): void {
  const standing = found === undefined ? "unknown" : findStanding(found.facts, place);
  if (standing === "own") throw new Refusal("id.taken", "A resource of this workspace has that id.");
  if (standing === "shared")
    throw new Refusal("id.taken", "A resource that is shared with this workspace has that id.");
  if (standing === "resting")
    throw new Refusal("id.taken", "A share that rests, and may come back, has that id; end it first.");
}

/** What a resource is to be. */
export interface Content {
  readonly name: string;
  readonly labels: Labels;
  /** As they were sent: with the values of new secrets. */
  readonly attributes: Attributes;
  /** Milliseconds since 1970. */
  readonly expiresAt: number | undefined;
}

interface Writing {
  readonly place: WorkspaceRef;
  readonly type: KeptType;
  readonly id: string;
  /** What stands under the id, also what is over and not swept yet. */
  readonly found: FoundResource | undefined;
  readonly now: number;
  readonly newId: IdMaker;
}

/** Makes a resource, or puts new content into the one that is there. */
export function writeResource(writing: Writing, content: Content, standing: Standing, store: Store): Outcome {
  const { place, type, id, found, now, newId } = writing;
  const old = found?.facts.own;
  const before = findPresent(old, now);
  const beforeAttributes = before === undefined ? {} : (found?.ownAttributes ?? {});
  const { shown, given, left } = checkAttributes(content.attributes, beforeAttributes);
  const resource: Resource = {
    type: type.name,
    id,
    incarnation: before?.incarnation ?? newId("res"),
    name: content.name,
    labels: content.labels,
    createdAt: before?.createdAt ?? toTime(now),
    version: (before?.version ?? 0) + 1,
    ...endOf(type, content.expiresAt, before, now),
  };
  const kept = new Set([...given.keys(), ...left]);
  const dropped = (attributes: Attributes) => listSecrets(attributes).filter((pointer) => !kept.has(pointer));
  // Under an id that was used before, what is over may have left its secrets; its end is no change.
  const leftOver = dropped(found?.ownAttributes ?? {});
  const gone = dropped(beforeAttributes);
  const isTransient = type.persistence === "transient";
  const changes: Change[] = [
    store.resources.put(place, resource, old),
    store.resources.putAttributes(place, resource, shown),
    ...[...given].map(([pointer, value]) => store.resources.putSecret(place, resource, pointer, value)),
    ...(isTransient ? left.map((pointer) => store.resources.keepSecret(place, resource, pointer)) : []),
    ...leftOver.map((pointer) => store.resources.dropSecret(place, resource, pointer)),
    ...(before === undefined ? [store.shares.mustBeShared(place, type.name, id, found?.facts.shared)] : []),
    ...(before === undefined && type.ownVersion !== undefined
      ? [
          store.ownTypes.isRestedOn(place.orgId, type.name, type.ownVersion),
          store.ownTypes.isUsedIn(place.orgId, type.name, place.workspaceId),
        ]
      : []),
  ];
  const happened = before === undefined ? "created" : "updated";
  const difference = describeDifference(beforeAttributes, shown);
  const entry: EntryDraft = {
    chain: place.workspaceId,
    action: `resource.${happened}`,
    target: { type: "resource", id },
    ...(before === undefined ? {} : { before: describe(before, difference.before) }),
    after: { ...describe(resource, difference.after), ...tellSecrets(given, gone) },
  };
  return {
    changes: [...changes, ...noteActivity(store, place, type, resource, happened, now, standing)],
    audit: [entry],
    reply: {
      ...(before === undefined ? { status: 201 } : { status: 200 }),
      body: showResource(resource, shown),
      version: versionOfResource(resource),
    },
  };
}

/** Takes a resource away. @param dependents the workspaces that use it through a share */
export function removeResource(
  { place, type, now }: Pick<Writing, "place" | "type" | "now">,
  resource: Resource,
  attributes: Attributes,
  dependents: readonly string[],
  standing: Standing,
  store: Store,
): Outcome {
  const { id } = resource;
  const difference = describeDifference(attributes, {});
  return {
    changes: [
      ...store.resources.remove(place, resource, listSecrets(attributes)),
      ...noteActivity(store, place, type, resource, "deleted", now, standing),
    ],
    audit: [
      {
        chain: place.workspaceId,
        action: "resource.deleted",
        target: { type: "resource", id },
        before: {
          ...describe(resource, difference.before),
          ...(dependents.length === 0 ? {} : { sharedWith: nameSome(dependents) }),
        },
      },
    ],
    reply: {},
  };
}

/** Workspaces that an entry names; of more it says how many. */
const MOST_NAMED = 50;

function nameSome(ids: readonly string[]): readonly string[] | number {
  return ids.length > MOST_NAMED ? ids.length : ids;
}

/** A secret that is said to be there already must be; and what a patch makes of attributes is held to their limits, too. */
function checkAttributes(attributes: Attributes, before: Attributes) {
  const bytes = measureAttributes(attributes);
  if (bytes > limits.attributesBytes) {
    const detail = `Attributes have at most ${limits.attributesBytes} bytes as JSON; these would have ${bytes}.`;
    refuseInvalid({ pointer: "/attributes", detail });
  }
  const split = splitAttributes(attributes);
  const known = new Set(listSecrets(before));
  const faults: Fault[] = [
    ...split.faults,
    ...split.left
      .filter((pointer) => !known.has(pointer))
      .map((pointer) => ({ pointer, detail: "There is no such secret yet: give its value." })),
  ];
  if (faults.length > 0) {
    refuseInvalid(...faults.map(({ pointer, detail }) => ({ pointer: `/attributes${pointer}`, detail })));
  }
  return split;
}

/** What a type makes of the moment that is to end a resource; asked before anything is looked at that might stand in the way. */
export function checkEnd({ persistence, name }: KeptType, expiresAt: number | undefined, now: number): void {
  if (expiresAt === undefined) return;
  const refuse = (detail: string) => refuseInvalid({ pointer: "/expiresAt", detail });
  if (persistence === "persistent") refuse(`A ${name} stays until it is deleted.`);
  if (expiresAt <= now) refuse("This moment is over.");
  if (expiresAt > now + limits.transientDaysMost * DAY)
    refuse(`A ${name} lives ${limits.transientDaysMost} days at most.`);
}

function endOf(
  { persistence }: KeptType,
  expiresAt: number | undefined,
  before: Resource | undefined,
  now: number,
): { expiresAt?: number } {
  if (persistence === "persistent") return {};
  return { expiresAt: expiresAt ?? before?.expiresAt ?? now + limits.transientDaysUsual * DAY };
}

function describe({ type, name, labels, version, expiresAt }: Resource, attributes: Attributes) {
  return {
    type,
    name,
    labels,
    version,
    ...(expiresAt === undefined ? {} : { expiresAt: toTime(expiresAt) }),
    ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
  };
}

/** Of secrets it is told that they changed, and nothing else. */
function tellSecrets(given: ReadonlyMap<string, string>, gone: readonly string[]) {
  const changed = [...given.keys(), ...gone].sort();
  return changed.length === 0 ? {} : { secretsChanged: changed };
}

/** What comes and goes by itself is also told by the activity log. */
function noteActivity(
  store: Store,
  place: WorkspaceRef,
  { persistence }: KeptType,
  { type, id, name }: Resource,
  happened: "created" | "updated" | "deleted",
  now: number,
  { workspace, caller }: Standing,
): Change[] {
  const acting = caller && actingOf(caller);
  if (persistence === "persistent" || workspace === undefined || acting === undefined) return [];
  const seq = nextSeq(workspace);
  const activity = {
    seq,
    at: toTime(now),
    kind: `${type}.${happened}`,
    resource: { type, id, name },
    ...acting,
  } as const;
  return [store.activity.add(place, activity, Math.ceil((now + limits.activityDays * DAY) / 1000))];
}

/** The number that the change's one entry has in the workspace's chain. */
function nextSeq({ seq }: Workspace): number {
  return seq + 1;
}
