/** API keys of a workspace, and all of an organization for its administrators. */
import { randomBytes } from "node:crypto";
import { refuseAbsent } from "../domain/errors.ts";
import type { KeyId, RoleId } from "../domain/ids.ts";
import { apiKeyBodies, apiKeyShape, issuedKeyShape } from "./api-key-bodies.ts";
import { makeKey, revokeKey, rotateKey } from "./api-key-changes.ts";
import { findKey, listKeysOf, listKeysOfOrganization } from "./api-key-list.ts";
import { maySee } from "./api-key-standing.ts";
import { findRoles } from "./assignable-roles.ts";
import { askerOf, readFacts } from "./facts.ts";
import type { Loading } from "./route.ts";
import { command, query } from "./route.ts";
import { pageOf } from "./schemas.ts";
import { showKey } from "./shown-api-key.ts";

const all = "/v1/orgs/{orgId}/workspaces/{workspaceId}/api-keys";
const one = "/v1/orgs/{orgId}/workspaces/{workspaceId}/api-keys/{keyId}";
/** Which of the two counts, the kind of the key says. */
const reads = { kind: "scope", level: "workspace", scope: "api-key:read", orScope: "service-key:read" } as const;
const writes = { kind: "scope", level: "workspace", scope: "api-key:write", orScope: "service-key:write" } as const;

export const apiKeyRoutes = [
  query({
    method: "GET",
    path: all,
    operationId: "listApiKeys",
    summary: "The workspace's API keys, without their secrets.",
    area: "access",
    access: reads,
    list: {},
    reply: { status: 200, schema: pageOf(apiKeyShape) },
    example: {},
    run: async (store, { params, principal, page, now }, { roles }) => {
      const caller = await readFacts(store, roles, { ...params, ...askerOf(principal), now });
      return { body: await listKeysOf(store, params, page, { caller, now }) };
    },
  }),

  command({
    method: "POST",
    path: all,
    operationId: "createApiKey",
    summary: "Makes an API key of some of the scopes that the caller holds here; its secret is answered once.",
    area: "access",
    access: writes,
    body: apiKeyBodies.create,
    reply: { status: 201, schema: issuedKeyShape, hasETag: true },
    example: { body: { name: "Deployment", kind: "personal", scopes: ["api-key:write"] } },
    locks: "workspace",
    load: async (store, { params, body, newId }, loading) => {
      const id = newId("key");
      const named = body.roleId === undefined ? [] : [body.roleId as RoleId];
      return { id, issued: issue(loading, id), roles: await findRoles(store, params, named) };
    },
    decide: (parts, { params, body, principal, now }, standing, store) =>
      makeKey(parts, body, { place: params, principal, now }, standing, store),
  }),

  query({
    method: "GET",
    path: one,
    operationId: "getApiKey",
    summary: "One API key.",
    area: "access",
    access: reads,
    reply: { status: 200, schema: apiKeyShape, hasETag: true },
    example: {},
    run: async (store, { params, principal, now }, { roles }) => {
      const [{ key, usedAt }, caller] = await Promise.all([
        findKey(store, params, params.keyId, now),
        readFacts(store, roles, { ...params, ...askerOf(principal), now }),
      ]);
      if (!maySee(key, caller)) refuseAbsent("API key");
      return { body: showKey(key, caller.organization ?? {}, now, usedAt), version: key.version };
    },
  }),

  command({
    method: "DELETE",
    path: one,
    operationId: "revokeApiKey",
    summary: "Ends an API key; felt on its next request.",
    area: "access",
    access: writes,
    reply: { status: 204 },
    example: {},
    locks: "workspace",
    load: async (store, { params, now }) => findKey(store, params, params.keyId, now),
    decide: ({ key }, { params, principal, now, ifMatch }, standing, store) =>
      revokeKey(key, { place: params, principal, now }, ifMatch, standing, store),
  }),

  command({
    method: "POST",
    path: `${one}/rotate`,
    operationId: "rotateApiKey",
    summary: "Gives an API key another secret, answered once; the one before stays good for as long as is said.",
    area: "access",
    access: writes,
    body: apiKeyBodies.rotate,
    reply: { status: 200, schema: issuedKeyShape, hasETag: true },
    example: { body: { overlapSeconds: 3_600 } },
    locks: "workspace",
    load: async (store, { params, now }, loading) => {
      const { key } = await findKey(store, params, params.keyId, now);
      return { key, issued: issue(loading, key.id) };
    },
    decide: (loaded, { params, body, principal, now, ifMatch }, standing, store) =>
      rotateKey(loaded, body, { place: params, principal, now }, ifMatch, standing, store),
  }),

  query({
    method: "GET",
    path: "/v1/orgs/{orgId}/api-keys",
    operationId: "listOrganizationApiKeys",
    summary: "Every API key of the organization, in whatever workspace.",
    area: "access",
    access: { kind: "scope", level: "organization", scope: "org-permission:read" },
    list: {},
    reply: { status: 200, schema: pageOf(apiKeyShape) },
    example: {},
    run: async (store, { params: { orgId }, page, now }) => ({
      body: await listKeysOfOrganization(store, orgId, page, now),
    }),
  }),
];

function issue({ issueKey }: Loading, keyId: KeyId) {
  if (issueKey === undefined) throw new Error("this function hands out no API keys");
  return issueKey(keyId, randomBytes);
}
