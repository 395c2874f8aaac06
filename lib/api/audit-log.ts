/** Reading the audit log, and checking that its chains are whole. */
import * as z from "zod";
import type { AuditEntry } from "../domain/audit.ts";
import { costOf, openEntry } from "../domain/audit.ts";
import { fitsFilter } from "../domain/audit-filter.ts";
import { toEntryLine } from "../domain/entry-lines.ts";
import type { WorkspaceId } from "../domain/ids.ts";
import { isId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import { verifyAudit } from "./audit-verification.ts";
import { isGone } from "./chain-beginning.ts";
import type { ListPage } from "./lists.ts";
import type { PageRequest } from "./route.ts";
import { query } from "./route.ts";
import { momentSchema, pageOf } from "./schemas.ts";

/** Usual entries that one request looks at, at most, and of large ones fewer, before it answers with a cursor: filters may let few through. */
const LOOKED_AT = 2_000;
/** Bytes of the entries on one page, as lines: an answer may be 6 MB, in which it is a text that has its quotes escaped once more. */
const PAGE_BYTES = 2_000_000;

const filterSchema = z.strictObject({
  actor: z.string().optional(),
  action: z.string().optional(),
  target: z.string().optional(),
  outcome: z.string().optional(),
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

const entryShape = z.object({
  id: z.string(),
  chain: z.string(),
  seq: z.int(),
  at: z.iso.datetime(),
  actor: actorShape,
  onBehalfOf: actorShape.optional(),
  reach: z.union([z.array(z.string()), z.int()]).optional(),
  action: z.string(),
  target: z.object({ type: z.string(), id: z.string() }),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  origin: z.object({ ip: z.string(), userAgent: z.string(), requestId: z.string() }),
  outcome: z.string(),
  prevHash: z.string(),
  hash: z.string(),
});

const list = { most: limits.auditPageMost, lines: true } as const;

export const auditRoutes = [
  query({
    method: "GET",
    path: "/v1/orgs/{orgId}/workspaces/{workspaceId}/audit-log",
    operationId: "listWorkspaceAuditLog",
    summary: "The workspace's audit log, or the organization's entries that bear on it.",
    area: "audit",
    access: { kind: "scope", level: "workspace", scope: "audit-log:read" },
    query: filterSchema.extend({ reach: z.literal("organization").optional() }),
    list,
    reply: { status: 200, schema: pageOf(entryShape) },
    example: {},
    run: async (store, { params: { orgId, workspaceId }, query: { reach, ...asked }, page, now }) => {
      const filter = { ...asked, now };
      if (reach === undefined) return { body: await readLog(store, { orgId, workspaceId }, page, filter, () => true) };
      return { body: await readLog(store, { orgId }, page, filter, (entry) => bearsOn(entry, workspaceId)) };
    },
  }),

  query({
    method: "GET",
    path: "/v1/orgs/{orgId}/audit-log",
    operationId: "listOrganizationAuditLog",
    summary: "The organization's own audit log, or that of one of its workspaces.",
    area: "audit",
    access: { kind: "scope", level: "organization", scope: "org-audit-log:read" },
    query: filterSchema.extend({ workspaceId: z.string().optional() }),
    list,
    reply: { status: 200, schema: pageOf(entryShape) },
    example: {},
    run: async (store, { params: { orgId }, query: { workspaceId, ...asked }, page, now }) => {
      const filter = { ...asked, now };
      if (workspaceId === undefined) return { body: await readLog(store, { orgId }, page, filter, () => true) };
      if (!isId("wks", workspaceId)) return { body: { items: [] } };
      return { body: await readLog(store, { orgId, workspaceId }, page, filter, () => true) };
    },
  }),

  query({
    method: "POST",
    path: "/v1/orgs/{orgId}/audit-log/verify",
    operationId: "verifyAuditLog",
    summary: "Checks every chain of the organization, entry by entry, and against its checkpoints; long ones in pages.",
    area: "audit",
    access: { kind: "scope", level: "organization", scope: "org-audit-log:read" },
    list: {},
    reply: {
      status: 200,
      schema: z.object({
        intact: z.boolean(),
        entries: z.int(),
        brokenAt: z.object({ chain: z.string(), seq: z.int() }).optional(),
        checkpoints: z.int(),
        lastCheckpointAt: z.iso.datetime().optional(),
        nextCursor: z.string().optional(),
      }),
    },
    example: {},
    run: async (store, { params: { orgId }, page, now }, { archive }) => {
      if (archive === undefined) throw new Error("the function that verifies has no archive");
      return { body: await verifyAudit(store, archive, orgId, page, now) };
    },
  }),
];

function bearsOn({ reach }: AuditEntry, workspaceId: WorkspaceId): boolean {
  return typeof reach === "number" || (reach?.includes(workspaceId) ?? false);
}

/** A page of a chain, filtered. A page may hold fewer than asked for; only a missing cursor ends the list. */
async function readLog(
  store: Store,
  place: PlaceRef,
  page: PageRequest,
  filter: Filter & { readonly now: number },
  isWanted: (entry: AuditEntry) => boolean,
): Promise<ListPage<AuditEntry>> {
  const items: AuditEntry[] = [];
  let after = page.position as string | undefined;
  let bytes = 0;
  for (let lookedAt = 0; lookedAt < LOOKED_AT; ) {
    const limit = Math.max(page.limit, 100);
    const rows = await store.places.listEntries(place, { limit, after, descending: filter.order !== "asc" });
    for (const [index, { sk, value }] of rows.items.entries()) {
      // What is past its time is gone, swept or not.
      if (isGone(value, filter.now)) continue;
      const entry = openEntry(value);
      if (!fitsFilter(entry, filter) || !isWanted(entry)) continue;
      items.push(entry);
      bytes += Buffer.byteLength(toEntryLine(value));
      const isLast = index === rows.items.length - 1 && rows.next === undefined;
      if (items.length === page.limit || bytes >= PAGE_BYTES)
        return isLast ? { items } : { items, nextCursor: page.seal(sk) };
    }
    if (rows.next === undefined) return { items };
    for (const { value } of rows.items) lookedAt += costOf(value);
    after = rows.next;
  }
  return after === undefined ? { items } : { items, nextCursor: page.seal(after) };
}
