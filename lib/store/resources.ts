/**
 * Resources of a workspace: what lists and decisions need of each, its attributes in an item beside it, and an item for each of
 * its secrets, which nothing here reads. Both items say of which state of the resource they are: read side by side they may be of
 * two moments.
 */
import type { Attributes } from "../domain/attributes.ts";
import type { MadeResourceId } from "../domain/ids.ts";
import type { Labels } from "../domain/places.ts";
import type { Resource } from "../domain/resources.ts";
import type { Change, Condition } from "./changes.ts";
import type { WorkspaceRef } from "./keys.ts";
import { keys, ranges } from "./keys.ts";
import type { Item, Page, Ref, Table } from "./table.ts";

interface NamedResource {
  readonly type: string;
  readonly id: string;
}

/** Attributes, and of which state of their resource they are. */
export interface KeptAttributes {
  readonly attributes: Attributes;
  readonly incarnation: MadeResourceId;
  readonly version: number;
}

export const resourceItems = {
  /** Also one that is over and not swept yet: see `findPresent`. */
  at: (place: WorkspaceRef, { type, id }: NamedResource): Ref<Resource> => ({
    key: keys.resource(place, type, id),
    decode: (item) => decodeResource(type, item),
  }),

  attributesAt: (place: WorkspaceRef, { type, id }: NamedResource): Ref<KeptAttributes> => ({
    key: keys.attributes(place, type, id),
    decode: decodeAttributes,
  }),

  /** @param before what stood under its name, also what was over */
  put: (place: WorkspaceRef, resource: Resource, before?: Resource): Change => ({
    kind: "put",
    key: keys.resource(place, resource.type, resource.id),
    item: encodeResource(resource),
    when: isAsRead(before),
  }),

  /** A guard for a change that rests on what was read under a name, be it nothing. */
  mustBe: (place: WorkspaceRef, { type, id }: NamedResource, read: Resource | undefined): Change => ({
    kind: "check",
    key: keys.resource(place, type, id),
    when: isAsRead(read),
  }),

  putAttributes: (place: WorkspaceRef, resource: Resource, attributes: Attributes): Change => {
    const { incarnation } = resource;
    const text = JSON.stringify(attributes);
    return {
      kind: "put",
      key: keys.attributes(place, resource.type, resource.id),
      item: { attributes: text, incarnation, version: resource.version, ...untilOf(resource) },
    };
  },

  putSecret: (place: WorkspaceRef, resource: Resource, pointer: string, value: string): Change => ({
    kind: "put",
    key: keys.secret(place, resource.type, resource.id, pointer),
    item: { value, ...untilOf(resource) },
  }),

  /** A secret lives as long as its resource, also where it was left as it is. */
  keepSecret: (place: WorkspaceRef, resource: Resource, pointer: string): Change => ({
    kind: "update",
    key: keys.secret(place, resource.type, resource.id, pointer),
    set: { expires: untilOf(resource).expires },
    when: { exists: true },
  }),

  dropSecret: (place: WorkspaceRef, { type, id }: NamedResource, pointer: string): Change => ({
    kind: "delete",
    key: keys.secret(place, type, id, pointer),
  }),

  /** @param secrets their pointers */
  remove: (place: WorkspaceRef, resource: Resource, secrets: readonly string[]): Change[] => {
    const [head, ...others] = resourceItems.discard(place, resource, secrets);
    return [{ ...head, when: isAsRead(resource) }, ...others];
  },

  /** Takes away one of a workspace that is gone itself. */
  discard: (place: WorkspaceRef, { type, id }: NamedResource, secrets: readonly string[]): [Removal, ...Change[]] => [
    { kind: "delete", key: keys.resource(place, type, id) },
    { kind: "delete", key: keys.attributes(place, type, id) },
    ...secrets.map((pointer) => resourceItems.dropSecret(place, { type, id }, pointer)),
  ],
};

type Removal = Extract<Change, { kind: "delete" }>;

/** Nobody has made, edited or deleted it since it was read. */
function isAsRead(read: Resource | undefined): Condition {
  if (read === undefined) return { exists: false };
  const { i, v } = encodeResource(read);
  return { equals: { i, v } };
}

export function listResources(
  table: Table,
  place: WorkspaceRef,
  type: string,
  options: { limit: number; after?: string | undefined },
): Promise<Page<Resource>> {
  return table.list(ranges.resources(place, type), (item) => decodeResource(type, item), options);
}

/** When the table may let go of it: whole seconds, never before its moment. */
function untilOf({ expiresAt }: Resource): { expires?: number } {
  return expiresAt === undefined ? {} : { expires: Math.ceil(expiresAt / 1000) };
}

function decodeAttributes({ attributes, incarnation, version }: Item): KeptAttributes {
  return {
    attributes: JSON.parse(attributes as string),
    incarnation: incarnation as MadeResourceId,
    version: version as number,
  };
}

/** Short, and nothing that its key says: a list reads a hundred of these, and pays for every byte. */
function encodeResource(resource: Resource): Item {
  const { incarnation, name, labels, createdAt, version, expiresAt } = resource;
  const until = untilOf(resource);
  return {
    i: incarnation,
    n: name,
    l: labels,
    c: Date.parse(createdAt),
    v: version,
    ...(expiresAt === undefined ? {} : { x: expiresAt }),
    ...until,
  };
}

function decodeResource(type: string, item: Item): Resource {
  const { sk: id, i: incarnation, n: name, l: labels, c, v: version, x: expiresAt } = item as unknown as ResourceItem;
  const createdAt = new Date(c).toISOString();
  const end = expiresAt === undefined ? {} : { expiresAt };
  return { type, id, incarnation, name, labels, createdAt, version, ...end };
}

interface ResourceItem {
  readonly sk: string;
  readonly i: MadeResourceId;
  readonly n: string;
  readonly l: Labels;
  readonly c: number;
  readonly v: number;
  readonly x?: number;
}
