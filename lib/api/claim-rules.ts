/** Claim rules of a workspace: they are asked before the organization's. */
import type { OrgId, WorkspaceId } from "../domain/ids.ts";
import type { PlaceRef } from "../store/keys.ts";
import {
  workspaceRule as bodies,
  claimRuleShape,
  orderSchema,
  orderShape,
  simulationShape,
} from "./claim-rule-bodies.ts";
import { createRule, deleteRule, loadRules, reorderRules, toAsking, updateRule } from "./claim-rule-changes.ts";
import { listRules, readRule } from "./claim-rule-reading.ts";
import { command, query } from "./route.ts";
import { forceSchema, pageOf } from "./schemas.ts";
import { simulateRules } from "./simulation.ts";

const all = "/v1/orgs/{orgId}/workspaces/{workspaceId}/claim-rules";
const one = "/v1/orgs/{orgId}/workspaces/{workspaceId}/claim-rules/{ruleId}";
const read = { kind: "scope", level: "workspace", scope: "claim-mapping:read" } as const;
const write = { ...read, scope: "claim-mapping:write" } as const;
const reply = { schema: claimRuleShape, hasETag: true } as const;
const example = {
  name: "Second tier",
  when: { any: [{ attribute: "groups", operator: "in", values: ["SOC-Tier2", "SOC-Tier3"] }] },
  roleId: "{roleId}",
};

export const claimRuleRoutes = [
  query({
    method: "GET",
    path: all,
    operationId: "listClaimRules",
    summary: "The workspace's own claim rules, in the order of their ranks.",
    area: "federation",
    access: read,
    list: {},
    reply: { status: 200, schema: pageOf(claimRuleShape), hasETag: true },
    example: {},
    run: (store, { params, page }, reading) => listRules(store, toPlace(params), page, reading),
  }),

  command({
    method: "POST",
    path: all,
    operationId: "createClaimRule",
    summary: "Makes a rule that gives a role in the workspace to whom an identity provider says the right things of.",
    area: "federation",
    access: write,
    query: forceSchema,
    body: bodies.create,
    reply: { status: 201, ...reply },
    example: { body: example },
    locks: "workspace",
    load: (store, input, loading) => loadRules(store, toPlace(input.params), toAsking(input), input.body, loading),
    decide: (loaded, input, standing, store) => createRule(loaded, input.body, toAsking(input), standing, store),
  }),

  query({
    method: "GET",
    path: one,
    operationId: "getClaimRule",
    summary: "One claim rule of the workspace.",
    area: "federation",
    access: read,
    reply: { status: 200, ...reply },
    example: {},
    run: (store, { params }, reading) => readRule(store, toPlace(params), params.ruleId, reading),
  }),

  command({
    method: "PATCH",
    path: one,
    operationId: "updateClaimRule",
    summary:
      "Edits or moves a rule; disabled, it gives nothing at once, and what else is edited holds from each sign-in on.",
    area: "federation",
    access: write,
    query: forceSchema,
    body: bodies.edit,
    reply: { status: 200, ...reply },
    example: { body: { enabled: false }, headers: { "if-match": "*" } },
    locks: "workspace",
    load: (store, input, loading) => loadRules(store, toPlace(input.params), toAsking(input), input.body, loading),
    decide: (loaded, input, standing, store) =>
      updateRule(loaded, input.params.ruleId, input.body, toAsking(input), standing, store),
  }),

  command({
    method: "DELETE",
    path: one,
    operationId: "deleteClaimRule",
    summary: "Deletes a rule, and at once takes what it gave.",
    area: "federation",
    access: write,
    query: forceSchema,
    reply: { status: 204 },
    example: {},
    locks: "workspace",
    load: (store, input, loading) => loadRules(store, toPlace(input.params), toAsking(input), undefined, loading),
    decide: (loaded, input, standing, store) =>
      deleteRule(loaded, input.params.ruleId, toAsking(input), standing, store),
  }),

  command({
    method: "PUT",
    path: "/v1/orgs/{orgId}/workspaces/{workspaceId}/claim-rules/order",
    operationId: "orderClaimRules",
    summary: "Sets the order in which the workspace's own rules are asked.",
    area: "federation",
    access: write,
    query: forceSchema,
    body: orderSchema,
    reply: { status: 200, schema: orderShape, hasETag: true },
    example: { body: { ruleIds: ["{ruleId}"] } },
    locks: "workspace",
    load: (store, input, loading) => loadRules(store, toPlace(input.params), toAsking(input), undefined, loading),
    decide: (loaded, input, standing, store) =>
      reorderRules(loaded, input.body.ruleIds, toAsking(input), standing, store),
  }),

  query({
    method: "POST",
    path: "/v1/orgs/{orgId}/workspaces/{workspaceId}/claim-rules/simulate",
    operationId: "simulateClaimRules",
    summary:
      "What rules would come to here for given claims, or for the last sign-in of one of its people, and why; changes nothing.",
    area: "federation",
    access: read,
    body: bodies.simulate,
    reply: { status: 200, schema: simulationShape },
    example: { body: { identityProviderId: "{idpId}", claims: { groups: ["SOC-Tier2"] } } },
    run: (store, { params, body, now }) => simulateRules(store, toPlace(params), body, now),
  }),
];

function toPlace({ orgId, workspaceId }: { orgId: OrgId; workspaceId: WorkspaceId }): PlaceRef {
  return { orgId, workspaceId };
}
