/**
 * What a workspace knows of one id: its own resource, or one that is shared with it. An own one takes one round trip, a shared one
 * another for where it comes from. What decides is read in the order share, then source: an end that was acknowledged is seen.
 */
import type { Attributes } from "../domain/attributes.ts";
import type { Catalogue } from "../domain/catalogue.ts";
import { builtInCatalogue, makeCatalogue } from "../domain/catalogue.ts";
import { Refusal } from "../domain/errors.ts";
import { speaksOfOwnType } from "../domain/own-types.ts";
import type { Resource } from "../domain/resources.ts";
import { findPresent } from "../domain/resources.ts";
import type { ResourceFacts } from "../domain/use.ts";
import type { WorkspaceRef } from "../store/keys.ts";
import type { KeptAttributes } from "../store/resources.ts";
import type { Store } from "../store/store.ts";

export interface NamedResource {
  readonly type: string;
  readonly id: string;
}

export interface FoundResource {
  readonly facts: ResourceFacts;
  /** Of what stands under the id in the workspace itself, also of what is over; where attributes were asked for. */
  readonly ownAttributes: Attributes | undefined;
  /** Of the source. */
  readonly sharedAttributes?: Attributes | undefined;
  /** The scopes of the organization, as far as the type needs them. */
  readonly catalogue: Catalogue;
}

interface Finding {
  readonly withAttributes?: boolean;
  readonly catalogue?: Catalogue;
}

const MOST_STARTS = 5;

export async function findResource(
  store: Store,
  place: WorkspaceRef,
  named: NamedResource,
  now: number,
  finding: Finding = {},
): Promise<FoundResource> {
  for (let start = 0; start < MOST_STARTS; start++) {
    const found = await tryFindResource(store, place, named, now, finding);
    if (found !== "moved") return found;
    await store.pause(start);
  }
  throw new Refusal("unavailable", "The resource is being edited faster than it can be read; try again.");
}

/** The same, once: `moved` when a resource and its attributes turned out to be of two moments. */
async function tryFindResource(
  store: Store,
  { orgId, workspaceId }: WorkspaceRef,
  named: NamedResource,
  now: number,
  { withAttributes = false, catalogue }: Finding,
): Promise<FoundResource | "moved"> {
  const place = { orgId, workspaceId };
  const { own, shared, kept } = await store.read({
    own: store.resources.at(place, named),
    shared: store.shares.sharedAt(place, named.type, named.id),
    ...(withAttributes ? { kept: store.resources.attributesAt(place, named) } : {}),
  });
  const ownAttributes = kept?.attributes;
  if (withAttributes && areApart(findPresent(own, now), kept)) return "moved";
  const here = { workspaceId, own, shared, source: undefined, sourceWorkspace: undefined, settings: undefined };
  if (findPresent(own, now) !== undefined || shared?.state !== "accepted") {
    return { facts: here, ownAttributes, catalogue: catalogue ?? builtInCatalogue };
  }
  const from = { orgId, workspaceId: shared.sourceWorkspaceId };
  const isOfOwnType = catalogue === undefined && speaksOfOwnType(`${named.type}:`);
  const there = await store.read({
    source: store.resources.at(from, named),
    sourceWorkspace: store.workspaces.at(orgId, from.workspaceId),
    settings: store.settings.at(orgId),
    ...(withAttributes ? { attributes: store.resources.attributesAt(from, named) } : {}),
    ...(isOfOwnType ? { ownTypes: store.ownTypes.at(orgId) } : {}),
  });
  const { source, sourceWorkspace, settings } = there;
  if (withAttributes && areApart(findPresent(source, now), there.attributes)) return "moved";
  return {
    facts: { workspaceId, own, shared, source, sourceWorkspace, settings },
    ownAttributes,
    sharedAttributes: there.attributes?.attributes,
    catalogue: catalogue ?? makeCatalogue(there.ownTypes?.types ?? []),
  };
}

/** Whether attributes are of another state than the resource beside which they were read. */
function areApart(resource: Resource | undefined, kept: KeptAttributes | undefined): boolean {
  return resource !== undefined && (kept?.incarnation !== resource.incarnation || kept.version !== resource.version);
}
