/** Resource types that an organization registers itself: they bring scopes of their own, and may put them into predefined roles. */
import { refuseAbsent } from "../domain/errors.ts";
import type { OrgId } from "../domain/ids.ts";
import type { Store } from "../store/store.ts";
import { fromSorted, readPage } from "./lists.ts";
import { resourceTypeBody, resourceTypeShape, showType } from "./resource-type-bodies.ts";
import { deleteType, loadType, putType } from "./resource-type-changes.ts";
import { command, query } from "./route.ts";
import { pageOf } from "./schemas.ts";

const all = "/v1/orgs/{orgId}/resource-types";
const one = "/v1/orgs/{orgId}/resource-types/{type}";
const area = "access";
const read = { kind: "scope", level: "organization", scope: "resource-type:read" } as const;
const write = { ...read, scope: "resource-type:write" } as const;

export const resourceTypeRoutes = [
  query({
    method: "GET",
    path: all,
    operationId: "listResourceTypes",
    summary: "The resource types that the organization registered itself.",
    area,
    access: read,
    list: {},
    reply: { status: 200, schema: pageOf(resourceTypeShape) },
    example: {},
    run: async (store, { params, page }) => {
      const types = await readTypes(store, params.orgId);
      const { items, ...rest } = await readPage(page, fromSorted([...types.keys()].sort()));
      return { body: { items: items.flatMap((name) => types.get(name) ?? []).map(showType), ...rest } };
    },
  }),

  query({
    method: "GET",
    path: one,
    operationId: "getResourceType",
    summary: "One resource type that the organization registered.",
    area,
    access: read,
    reply: { status: 200, schema: resourceTypeShape, hasETag: true },
    example: {},
    run: async (store, { params }) => {
      const type = (await readTypes(store, params.orgId)).get(params.type) ?? refuseAbsent("resource type");
      return { body: showType(type), version: type.version };
    },
  }),

  command({
    method: "PUT",
    path: one,
    operationId: "putResourceType",
    summary: "Registers a resource type, or replaces it; its scopes count from the next request.",
    area,
    access: write,
    body: resourceTypeBody,
    reply: { status: 200, schema: resourceTypeShape, hasETag: true, makes: true },
    example: {
      body: {
        description: "Playbooks of the response team.",
        actions: [{ name: "read" }, { name: "write" }, { name: "run", description: "Lets one run playbooks." }],
        shareable: ["read", "run"],
        persistence: "persistent",
        predefinedRoles: { Viewer: ["read"], Operator: ["read", "run"] },
      },
      headers: { "if-match": "*" },
    },
    locks: "organization",
    load: (store, { params, body, now }, loading) => loadType(store, params, body, now, loading),
    decide: (loaded, { params, body, ifMatch, now }, standing, store) =>
      putType(loaded, params, body, { ifMatch, now }, standing, store),
  }),

  command({
    method: "DELETE",
    path: one,
    operationId: "deleteResourceType",
    summary: "Deletes a resource type on which nothing rests; its scopes are gone on the next request.",
    area,
    access: write,
    reply: { status: 204 },
    example: {},
    locks: "organization",
    load: (store, { params, now }, loading) => loadType(store, params, undefined, now, loading),
    decide: (loaded, { params, ifMatch }, standing, store) => deleteType(loaded, params, ifMatch, standing, store),
  }),
];

async function readTypes(store: Store, orgId: OrgId) {
  const { own } = await store.read({ own: store.ownTypes.at(orgId) });
  return new Map((own?.types ?? []).map((type) => [type.name, type]));
}
