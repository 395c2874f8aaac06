/** The question itself: may this subject do this, here? AuthZEN Authorization API 1.0, single evaluation. */
import * as z from "zod";
import type { ApiKey } from "../domain/api-keys.ts";
import { builtInCatalogue } from "../domain/catalogue.ts";
import { decide } from "../domain/decide.ts";
import { isId } from "../domain/ids.ts";
import { isOwnTypeName } from "../domain/own-types.ts";
import { isResourceId } from "../domain/resource-ids.ts";
import type { WorkspaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import { readFacts } from "./facts.ts";
import { principalIdOf } from "./principal-ids.ts";
import { refuseAccess } from "./problem.ts";
import { findResource } from "./resource-facts.ts";
import { query } from "./route.ts";
import { textSchema } from "./schemas.ts";

const properties = z.record(z.string(), z.unknown()).optional();
const text = textSchema({ least: 1, most: 256 });

/** AuthZEN has receivers ignore members that they do not know. */
const evaluationSchema = z.looseObject({
  subject: z.looseObject({ type: text, id: text, properties }),
  action: z.looseObject({ name: text, properties }),
  resource: z.looseObject({ type: text, id: text, properties }),
  context: properties,
});

export const evaluationRoutes = [
  query({
    method: "POST",
    path: "/v1/orgs/{orgId}/workspaces/{workspaceId}/access/v1/evaluation",
    operationId: "evaluate",
    summary:
      "Whether a subject may do something in the workspace. Without `access:evaluate` one may ask about oneself only.",
    area: "decisions",
    access: { kind: "member", level: "workspace", scope: "access:evaluate" },
    body: evaluationSchema,
    invalidBody: "request.malformed",
    reply: { status: 200, schema: z.object({ decision: z.boolean(), context: z.record(z.string(), z.unknown()) }) },
    example: {
      body: {
        subject: { type: "user", id: "usr_01k9zzzzzzzzzzzzzzzzzzzzzz" },
        action: { name: "run" },
        resource: { type: "workflow", id: "triage" },
      },
    },
    run: async (store, { params, body, principal, holdsScope, now }, { roles }) => {
      const { subject, action, resource } = body;
      const isSelf = subject.type === principal.kind && subject.id === principalIdOf(principal);
      if (!holdsScope && !isSelf) refuseAccess("access:evaluate");
      const scope = `${resource.type}:${action.name}`;
      const asker = readSubject(subject);
      if (asker === undefined) {
        return { body: { decision: false, context: { reason: "user.absent", missing: scope } } };
      }
      const [facts, found] = await Promise.all([
        readFacts(store, roles, { ...params, ...asker, now }),
        readResource(store, params, resource, now),
      ]);
      // What becomes of a key of another organization is not told here: it is as absent as one that never was.
      if (facts.presented?.key !== undefined && facts.presented.key.orgId !== params.orgId) {
        return { body: { decision: false, context: { reason: "key.absent", missing: scope } } };
      }
      const decision = decide({ level: "workspace", scope }, { ...facts, ...found });
      if (!decision.allow)
        return { body: { decision: false, context: { reason: decision.reason, missing: decision.missing } } };
      const { role, grant, pattern } = decision.because;
      const because = { roleId: role.id, roleName: role.name, source: grant.source, pattern };
      return { body: { decision: true, context: { because } } };
    },
  }),
];

/** A key is asked about as if it were presented with its newest secret. */
function readSubject({ type, id }: { readonly type: string; readonly id: string }) {
  if (type === "user" && isId("usr", id)) return { userId: id };
  if (type !== "api-key" || !isId("key", id)) return undefined;
  return { key: { id, secretOf: (key: ApiKey) => key.secrets[0]?.madeAt } };
}

/** What the workspace knows of the thing that is asked about; nothing of what could never stand in it. */
async function readResource(
  store: Store,
  place: WorkspaceRef,
  { type, id }: { type: string; id: string },
  now: number,
) {
  const isKept = builtInCatalogue.findKeptType(type) !== undefined || isOwnTypeName(type);
  if (!isKept || !isResourceId(id)) return {};
  const { facts } = await findResource(store, place, { type, id }, now);
  return { resource: facts };
}
