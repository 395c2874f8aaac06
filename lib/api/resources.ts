/** Resources of a workspace, the same routes for every type whose resources the service holds. */
import { patchAttributes } from "../domain/attributes.ts";
import { builtInCatalogue, makeCatalogue } from "../domain/catalogue.ts";
import { Refusal, refuseAbsent } from "../domain/errors.ts";
import type { OrgId, WorkspaceId } from "../domain/ids.ts";
import { isOwnTypeName } from "../domain/own-types.ts";
import { isResourceId, isResourceTypeName } from "../domain/resource-ids.ts";
import type { Resource } from "../domain/resources.ts";
import { findPresent } from "../domain/resources.ts";
import type { UsePlace } from "../domain/use.ts";
import { findStanding, findUseLapse } from "../domain/use.ts";
import type { Store } from "../store/store.ts";
import { findDependents } from "./dependents.ts";
import { patchLabels } from "./merge-patch.ts";
import { matchVersion } from "./preconditions.ts";
import { resourceBodies as bodies, resourceFilter, resourcePage, resourceShape } from "./resource-bodies.ts";
import { checkEnd, findType, placeOfUse, refuseTakenId, removeResource, writeResource } from "./resource-changes.ts";
import type { FoundResource } from "./resource-facts.ts";
import { findResource } from "./resource-facts.ts";
import { listResources } from "./resource-list.ts";
import { command, query } from "./route.ts";
import { forceSchema } from "./schemas.ts";
import { sweepNow } from "./share-sweep.ts";
import { showOrigin, showResource, versionOfResource } from "./shown-resource.ts";

const all = "/v1/orgs/{orgId}/workspaces/{workspaceId}/resources/{type}";
const one = "/v1/orgs/{orgId}/workspaces/{workspaceId}/resources/{type}/{resourceId}";
const read = { kind: "scope", level: "workspace", scope: "{type}:read" } as const;
const write = { ...read, scope: "{type}:write" } as const;
const shape = { schema: resourceShape, hasETag: true } as const;
const example = {
  name: "Triage",
  labels: { team: "soc" },
  attributes: { steps: 4, token: { secret: true, value: "of the ticketing system" } },
};

interface Params {
  readonly orgId: OrgId;
  readonly workspaceId: WorkspaceId;
  readonly type: string;
  readonly resourceId: string;
}

/** Makes one resource; also one of a bulk. */
export const createResource = command({
  method: "POST",
  path: all,
  operationId: "createResource",
  summary: "Makes a resource, under an id that the caller chooses or that is made.",
  area: "resources",
  access: write,
  body: bodies.create,
  reply: { status: 201, ...shape },
  example: { body: example },
  locks: "workspace",
  load: async (store, { params, body, now }) => {
    const named = nameResource(params, body.id);
    return { found: named && (await findResource(store, params, named, now, { withAttributes: true })) };
  },
  decide: ({ found }, { params, body, now, newId }, standing, store) => {
    const type = findType(params.type, standing);
    checkEnd(type, body.expiresAt, now);
    refuseTakenId(found, placeOfUse(now, standing));
    const writing = { place: placeOf(params), type, id: body.id ?? newId("res"), found, now, newId };
    const { name, labels = {}, attributes = {}, expiresAt } = body;
    return writeResource(writing, { name, labels, attributes, expiresAt }, standing, store);
  },
});

export const resourceRoutes = [
  query({
    method: "GET",
    path: all,
    operationId: "listResources",
    summary:
      "The workspace's resources of a type, its own and those shared with it, in the order of their ids; without their attributes.",
    area: "resources",
    access: read,
    query: resourceFilter,
    list: {},
    reply: { status: 200, schema: resourcePage },
    example: {},
    run: async (store, { params, query: filter, page, now }) => {
      const { type } = params;
      const catalogue = readTypes(store, params.orgId, type);
      return { body: await listResources(store, { place: placeOf(params), type, catalogue, now }, filter, page) };
    },
  }),

  createResource,

  query({
    method: "GET",
    path: one,
    operationId: "getResource",
    summary: "One resource, the workspace's own or one that is shared with it; never its secrets.",
    area: "resources",
    access: read,
    reply: { status: 200, ...shape },
    example: {},
    run: async (store, { params, now }) => {
      const named = nameResource(params, params.resourceId) ?? refuseAbsent("resource");
      const found = await findResource(store, params, named, now, { withAttributes: true });
      const { facts, ownAttributes, sharedAttributes, catalogue } = found;
      const place = { now, organization: { id: params.orgId }, catalogue };
      const own = findPresent(facts.own, now);
      if (own !== undefined) return { body: showResource(own, ownAttributes), version: versionOfResource(own) };
      refuseUnshared(found, "read", place, params);
      const { source, shared, sourceWorkspace } = facts;
      if (source === undefined || shared === undefined || sourceWorkspace === undefined) refuseAbsent("resource");
      return {
        body: { ...showResource(source, sharedAttributes), ...showOrigin(shared, sourceWorkspace) },
        version: versionOfResource(source),
      };
    },
  }),

  command({
    method: "PUT",
    path: one,
    operationId: "putResource",
    summary: "Makes the resource, or replaces all that it holds; a secret that is sent back as it was read stays.",
    area: "resources",
    access: write,
    body: bodies.replace,
    reply: { status: 200, ...shape, makes: true },
    example: { body: example, headers: { "if-match": "*" } },
    locks: "workspace",
    load: (store, { params, now }) => loadNamed(store, params, now),
    decide: ({ found }, { params, body, now, newId, ifMatch }, standing, store) => {
      const type = findType(params.type, standing);
      checkEnd(type, body.expiresAt, now);
      const before = findPresent(found.facts.own, now);
      if (before === undefined) {
        if (ifMatch !== undefined) matchVersion(ifMatch, undefined, false);
        refuseTakenId(found, placeOfUse(now, standing));
      } else matchVersion(ifMatch, versionOfResource(before), true);
      const writing = { place: placeOf(params), type, id: params.resourceId, found, now, newId };
      const { name, labels = {}, attributes = {}, expiresAt } = body;
      return writeResource(writing, { name, labels, attributes, expiresAt }, standing, store);
    },
  }),

  command({
    method: "PATCH",
    path: one,
    operationId: "updateResource",
    summary: "Edits the resource; its attributes by JSON Merge Patch.",
    area: "resources",
    access: write,
    body: bodies.edit,
    reply: { status: 200, ...shape },
    example: { body: { labels: { team: "csirt" }, attributes: { steps: 5 } }, headers: { "if-match": "*" } },
    locks: "workspace",
    load: (store, { params, now }) => loadNamed(store, params, now),
    decide: ({ found }, { params, body, now, newId, ifMatch }, standing, store) => {
      const type = findType(params.type, standing);
      checkEnd(type, body.expiresAt, now);
      const before = findOwn(found, "write", placeOfUse(now, standing), params);
      matchVersion(ifMatch, versionOfResource(before), true);
      const writing = { place: placeOf(params), type, id: params.resourceId, found, now, newId };
      const attributes = patchAttributes(found.ownAttributes ?? {}, body.attributes ?? {});
      const content = {
        name: body.name ?? before.name,
        labels: patchLabels(before.labels, body.labels),
        attributes,
        expiresAt: body.expiresAt,
      };
      return writeResource(writing, content, standing, store);
    },
  }),

  command({
    method: "DELETE",
    path: one,
    operationId: "deleteResource",
    summary: "Deletes the resource; one that others use through a share only with `force`, and ends their use.",
    area: "resources",
    access: write,
    query: forceSchema,
    reply: { status: 204 },
    example: {},
    locks: "workspace",
    load: async (store, { params, now }) => {
      const { found } = await loadNamed(store, params, now);
      const own = findPresent(found.facts.own, now);
      return { found, dependents: own && (await findDependents(store, params, own, now)) };
    },
    decide: ({ found, dependents }, { params, query: { force }, now, ifMatch }, standing, store) => {
      const type = findType(params.type, standing);
      const place = placeOf(params);
      const before = findOwn(found, "write", placeOfUse(now, standing), params);
      matchVersion(ifMatch, versionOfResource(before), false);
      const { using = [], isOffered = false } = dependents ?? {};
      if (using.length > 0 && force !== "true") {
        const usedBy = using.flatMap(({ shareId, workspaceId }) => [
          { kind: "workspace", id: workspaceId },
          { kind: "share", id: shareId },
        ]);
        throw new Refusal("resource.in_use", "Other workspaces use it through a share; end that, or say force.", {
          usedBy,
        });
      }
      const ids = using.map(({ workspaceId }) => workspaceId);
      const outcome = removeResource({ place, type, now }, before, found.ownAttributes ?? {}, ids, standing, store);
      if (!isOffered || !("changes" in outcome)) return outcome;
      const { incarnation } = before;
      const task = { kind: "shares", ...place, type: params.type, id: params.resourceId, incarnation } as const;
      return { ...outcome, changes: [...outcome.changes, store.sweeps.add(task)] };
    },
    // Use ended with the change; the shares, and both sides' logs, are to say so at once.
    afterwards: async (reply, { params, query: { force }, now }, { store }) => {
      if (force === "true") await sweepNow(store, placeOf(params), params.type, params.resourceId, now);
      return reply;
    },
  }),
];

function placeOf({ orgId, workspaceId }: Pick<Params, "orgId" | "workspaceId">) {
  return { orgId, workspaceId };
}

/** What the path or a body names; undefined where nothing could ever stand. */
function nameResource({ type }: Pick<Params, "type">, id: string | undefined) {
  return id !== undefined && isResourceTypeName(type) && isResourceId(id) ? { type, id } : undefined;
}

async function loadNamed(store: Store, params: Params, now: number): Promise<{ found: FoundResource }> {
  // What cannot be a type's name is refused as a type that there is not.
  if (!isResourceTypeName(params.type)) refuseAbsent("resource type");
  const named = nameResource(params, params.resourceId) ?? refuseAbsent("resource");
  return { found: await findResource(store, params, named, now, { withAttributes: true }) };
}

/** The workspace's own resource; what is only shared with it cannot be changed here. */
function findOwn(found: FoundResource, action: string, place: UsePlace, params: Params): Resource {
  const own = findPresent(found.facts.own, place.now);
  if (own !== undefined) return own;
  refuseUnshared(found, action, place, params);
  refuseAbsent("resource");
}

/** Refuses what no live share lets one do: as absent, or, where the thing can be seen to be there, for want of that action. */
function refuseUnshared({ facts }: FoundResource, action: string, place: UsePlace, { type }: Params): void {
  if (findStanding(facts, place) !== "shared") refuseAbsent("resource");
  if (findUseLapse(action, facts, place) === undefined) return;
  const actions = facts.shared?.actions.join(", ");
  const detail = `This resource is shared with the workspace, to be used so: ${actions}.`;
  throw new Refusal("access.denied", detail, { requiredScope: `${type}:${action}` });
}

/** Own types are read for a type that could be one. */
async function readTypes(store: Store, orgId: OrgId, type: string) {
  if (!isOwnTypeName(type)) return builtInCatalogue;
  const { ownTypes } = await store.read({ ownTypes: store.ownTypes.at(orgId) });
  return makeCatalogue(ownTypes?.types ?? []);
}
