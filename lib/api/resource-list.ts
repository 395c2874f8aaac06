/**
 * One page of a workspace's resources of a type: its own, and those shared with it, in the one order of their ids. Both lists are
 * read side by side; what is shared takes a second round trip, which shows it as it is in its source now.
 */
import type { Catalogue } from "../domain/catalogue.ts";
import { refuseAbsent } from "../domain/errors.ts";
import { hasNamePrefix } from "../domain/names.ts";
import type { Labels } from "../domain/places.ts";
import type { Resource } from "../domain/resources.ts";
import { findPresent } from "../domain/resources.ts";
import type { SharedResource } from "../domain/shares.ts";
import { findUseLapse } from "../domain/use.ts";
import type { WorkspaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import type { Page } from "../store/table.ts";
import type { ListPage } from "./lists.ts";
import { readThrough } from "./lists.ts";
import type { ResourceFilter } from "./resource-bodies.ts";
import type { PageRequest } from "./route.ts";
import { showOrigin, showRow } from "./shown-resource.ts";

/** Rows looked at together where a filter may let few through, and how often one request looks. */
const FILTERED_ROWS = 500;
const MOST_LOOKS = 4;

export interface ListedType {
  readonly place: WorkspaceRef;
  readonly type: string;
  /** Read beside the first rows. */
  readonly catalogue: Promise<Catalogue>;
  readonly now: number;
}

type Shown = ReturnType<typeof showRow> & Partial<ReturnType<typeof showOrigin>>;

export async function listResources(
  store: Store,
  listed: ListedType,
  filter: ResourceFilter,
  page: PageRequest,
): Promise<ListPage<Shown>> {
  const isFiltered = filter.label !== undefined || filter.namePrefix !== undefined;
  return readThrough(
    page,
    (options) => readCandidates(store, listed, filter, options),
    async (candidates) => {
      const catalogue = await listed.catalogue;
      if (catalogue.findKeptType(listed.type) === undefined) refuseAbsent("resource type");
      const shown = await showCandidates(store, { ...listed, catalogue }, candidates);
      return shown.map((row) => (row !== undefined && fits(row, filter) ? row : undefined));
    },
    { rows: isFiltered ? FILTERED_ROWS : undefined, looks: MOST_LOOKS },
  );
}

/** What stands under one id: the workspace's own resource, what is shared with it, or both where one of them is over. */
interface Candidate {
  readonly id: string;
  readonly own?: Resource;
  readonly shared?: SharedResource;
}

/** The next rows of both lists, in order, as far as both were read; one for each id, so that no page ends between two. */
async function readCandidates(
  store: Store,
  { place, type }: ListedType,
  { origin }: ResourceFilter,
  options: { readonly limit: number; readonly after?: string | undefined },
): Promise<Page<Candidate>> {
  const none = { items: [] };
  const [own, shared]: [Page<Resource>, Page<SharedResource>] = await Promise.all([
    origin === "shared" ? none : store.resources.list(place, type, options),
    origin === "own" ? none : store.shares.listShared(place, type, options),
  ]);
  const all = new Map<string, Candidate>(own.items.map(({ sk: id, value }) => [id, { id, own: value }]));
  for (const { sk: id, value } of shared.items) all.set(id, { ...all.get(id), id, shared: value });
  // Beyond the end of a list that goes on, what comes next is not known yet.
  const known = [own.next, shared.next].flatMap((next) => next ?? []).sort()[0];
  const candidates = [...all.values()]
    .filter(({ id }) => known === undefined || id <= known)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .slice(0, options.limit);
  const items = candidates.map((value) => ({ sk: value.id, value }));
  const last = candidates.at(-1)?.id;
  const isMore = known !== undefined || candidates.length < all.size;
  return isMore && last !== undefined ? { items, next: last } : { items };
}

/** Each candidate as it is shown; nothing in the place of one that is not there any more, or may not be read here. */
async function showCandidates(
  store: Store,
  { place, type, catalogue, now }: Omit<ListedType, "catalogue"> & { readonly catalogue: Catalogue },
  candidates: readonly Candidate[],
): Promise<(Shown | undefined)[]> {
  const { orgId, workspaceId } = place;
  const live = candidates.flatMap(({ own, shared }) =>
    findPresent(own, now) === undefined && shared?.state === "accepted" ? [shared] : [],
  );
  const workspaceIds = [...new Set(live.map(({ sourceWorkspaceId }) => sourceWorkspaceId))];
  const { sources, workspaces, settings } = await store.read({
    sources: live.map((one) =>
      store.resources.at({ orgId, workspaceId: one.sourceWorkspaceId }, { type, id: one.resourceId }),
    ),
    workspaces: workspaceIds.map((id) => store.workspaces.at(orgId, id)),
    settings: live.length === 0 ? undefined : store.settings.at(orgId),
  });
  const sourceOf = new Map(live.map((one, index) => [one, sources[index]]));
  return candidates.map(({ own, shared }) => {
    const present = findPresent(own, now);
    if (present !== undefined) return showRow(present);
    const source = shared && sourceOf.get(shared);
    const sourceWorkspace = workspaces.find((workspace) => workspace?.id === shared?.sourceWorkspaceId);
    if (shared === undefined || source === undefined || sourceWorkspace === undefined) return undefined;
    const facts = { workspaceId, own: undefined, shared, source, sourceWorkspace, settings };
    const isReadable = findUseLapse("read", facts, { now, organization: { id: orgId }, catalogue }) === undefined;
    return isReadable ? { ...showRow(source), ...showOrigin(shared, sourceWorkspace) } : undefined;
  });
}

function fits(row: { readonly name: string; readonly labels: Labels }, { label, namePrefix }: ResourceFilter): boolean {
  if (namePrefix !== undefined && !hasNamePrefix(row.name, namePrefix)) return false;
  // A label's name may hold a `=` itself.
  return label === undefined || Object.entries(row.labels).some((one) => label === one[0] || label === one.join("="));
}
