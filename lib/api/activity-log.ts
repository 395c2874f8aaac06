/** The activity log of a workspace: what happened to what comes and goes by itself. */
import * as z from "zod";
import type { Activity } from "../domain/activity.ts";
import { isBy } from "../domain/audit.ts";
import { limits } from "../domain/limits.ts";
import type { WorkspaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import type { ListPage } from "./lists.ts";
import { readThrough } from "./lists.ts";
import type { PageRequest } from "./route.ts";
import { query } from "./route.ts";
import { momentSchema, pageOf } from "./schemas.ts";

/** Rows looked at together where a filter may let few through, and how often one request looks. */
const FILTERED_ROWS = 500;
const MOST_LOOKS = 4;

const filterSchema = z.strictObject({
  resourceType: z.string().optional(),
  resourceId: z.string().optional(),
  actor: z.string().optional(),
  from: momentSchema.optional(),
  to: momentSchema.optional(),
  order: z.enum(["asc", "desc"]).optional(),
});
type Filter = z.output<typeof filterSchema>;

const actorShape = z.object({
  kind: z.enum(["user", "api-key", "system"]),
  id: z.string(),
  email: z.string().optional(),
  ownerId: z.string().optional(),
});

const activityShape = z.object({
  seq: z.int(),
  at: z.iso.datetime(),
  kind: z.string(),
  resource: z.object({ type: z.string(), id: z.string(), name: z.string() }),
  actor: actorShape,
  onBehalfOf: actorShape.optional(),
});

export const activityRoutes = [
  query({
    method: "GET",
    path: "/v1/orgs/{orgId}/workspaces/{workspaceId}/activity-log",
    operationId: "listActivity",
    summary: `Runs of workflows, interactions and whatever else comes and goes by itself, for ${limits.activityDays} days; newest first.`,
    area: "resources",
    access: { kind: "scope", level: "workspace", scope: "activity-log:read" },
    query: filterSchema,
    list: { most: limits.auditPageMost },
    reply: { status: 200, schema: pageOf(activityShape) },
    example: {},
    run: async (store, { params: { orgId, workspaceId }, query: filter, page, now }) => ({
      body: await readActivity(store, { orgId, workspaceId }, page, filter, now),
    }),
  }),
];

function readActivity(
  store: Store,
  place: WorkspaceRef,
  page: PageRequest,
  filter: Filter,
  now: number,
): Promise<ListPage<Activity>> {
  const { order, ...narrowing } = filter;
  const isFiltered = Object.values(narrowing).some((value) => value !== undefined);
  return readThrough(
    page,
    (options) => store.activity.list(place, now, { ...options, descending: order !== "asc" }),
    async (rows) => rows.map((row) => (row !== undefined && fits(row, filter) ? row : undefined)),
    { rows: isFiltered ? FILTERED_ROWS : undefined, looks: MOST_LOOKS },
  );
}

function fits({ at, resource, actor, onBehalfOf }: Activity, filter: Filter): boolean {
  const time = Date.parse(at);
  return (
    (filter.resourceType === undefined || filter.resourceType === resource.type) &&
    (filter.resourceId === undefined || filter.resourceId === resource.id) &&
    (filter.actor === undefined || isBy(actor, filter.actor) || isBy(onBehalfOf, filter.actor)) &&
    (filter.from === undefined || time >= filter.from) &&
    (filter.to === undefined || time < filter.to)
  );
}
