/** The record of security events: who was denied what, whose credential and which sign-in was refused, minute by minute. */
import * as z from "zod";
import type { OrgId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { SecurityRecord } from "../domain/security-records.ts";
import type { Store } from "../store/store.ts";
import type { ListPage } from "./lists.ts";
import { readThrough } from "./lists.ts";
import type { PageRequest } from "./route.ts";
import { query } from "./route.ts";
import { momentSchema, pageOf } from "./schemas.ts";

/** Rows looked at together where a filter may let few through, and how often one request looks. */
const FILTERED_ROWS = 500;
const MOST_LOOKS = 4;

const kindSchema = z.enum(["access.denied", "credential.refused", "sign_in.refused"]);

const filterSchema = z.strictObject({
  principal: z.string().optional(),
  kind: kindSchema.optional(),
  from: momentSchema.optional(),
  to: momentSchema.optional(),
  order: z.enum(["asc", "desc"]).optional(),
});
type Filter = z.output<typeof filterSchema>;

const recordShape = z.object({
  kind: kindSchema,
  at: z.iso.datetime(),
  principal: z.object({ kind: z.enum(["user", "api-key"]), id: z.string(), ownerId: z.string().optional() }).optional(),
  requiredScope: z.string().optional(),
  workspaceId: z.string().optional(),
  reason: z.string().optional(),
  identityProviderId: z.string().optional(),
  subject: z.string().optional(),
  count: z.int(),
  firstRequestId: z.string(),
  lastRequestId: z.string(),
});

export const securityEventRoutes = [
  query({
    method: "GET",
    path: "/v1/orgs/{orgId}/security-events",
    operationId: "listSecurityEvents",
    summary: `What was refused, counted for each minute, for ${limits.activityDays} days; newest first. Made from the log, a moment later.`,
    area: "audit",
    access: { kind: "scope", level: "organization", scope: "org-audit-log:read" },
    query: filterSchema,
    list: { most: limits.auditPageMost },
    reply: { status: 200, schema: pageOf(recordShape) },
    example: {},
    run: async (store, { params: { orgId }, query: filter, page, now }) => ({
      body: await readEvents(store, orgId, page, filter, now),
    }),
  }),
];

function readEvents(
  store: Store,
  orgId: OrgId,
  page: PageRequest,
  filter: Filter,
  now: number,
): Promise<ListPage<SecurityRecord>> {
  const { order, ...narrowing } = filter;
  const isFiltered = Object.values(narrowing).some((value) => value !== undefined);
  const descending = order !== "asc";
  const { begin, isPast } = boundsOf(filter, descending);
  return readThrough(
    page,
    async ({ limit, after = begin }) => {
      const { items, next } = await store.securityEvents.list(orgId, now, { limit, after, descending });
      const isOver = items.some(({ sk }) => isPast(sk));
      return next === undefined || isOver ? { items } : { items, next };
    },
    async (rows) => rows.map((row) => (row !== undefined && fits(row, filter) ? row : undefined)),
    { rows: isFiltered ? FILTERED_ROWS : undefined, looks: MOST_LOOKS },
  );
}

/** Records stand in the order of their minutes: nothing before the first that is asked for is looked at, nor after the last. */
function boundsOf({ from, to }: Filter, descending: boolean) {
  const [first, last] = [from, to].map((moment) => (moment === undefined ? undefined : new Date(moment).toISOString()));
  return {
    begin: descending ? last : first,
    isPast: (sk: string) => (descending ? first !== undefined && sk < first : last !== undefined && sk > last),
  };
}

/** A principal is a user, a key, or a key's owner; of a refused sign-in, the provider's name of the person. */
function fits({ kind, at, principal, subject }: SecurityRecord, filter: Filter): boolean {
  const time = Date.parse(at);
  const names = [principal?.id, principal?.kind === "api-key" ? principal.ownerId : undefined, subject];
  return (
    (filter.principal === undefined || names.includes(filter.principal)) &&
    (filter.kind === undefined || filter.kind === kind) &&
    (filter.from === undefined || time >= filter.from) &&
    (filter.to === undefined || time < filter.to)
  );
}
