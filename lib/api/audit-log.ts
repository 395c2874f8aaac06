/** Reading the audit log, and checking that its chains are whole. */
import * as z from "zod";
import type { AuditEntry, ChainHead, SealedEntry } from "../domain/audit.ts";
import { follows, NO_HASH, openEntry } from "../domain/audit.ts";
import type { OrgId, WorkspaceId } from "../domain/ids.ts";
import { isId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import type { ListPage } from "./lists.ts";
import type { PageRequest } from "./route.ts";
import { query } from "./route.ts";
import { momentSchema, pageOf } from "./schemas.ts";

/** Entries that one request looks at, at most, before it answers with a cursor: filters may let few through. */
const LOOKED_AT = 2_000;
/** Entries that one request verifies. */
const VERIFIED = 5_000;
const BATCH = 500;
/** What looking at a chain costs beside its entries, counted in entries: a few round trips, however short it is. */
const CHAIN_COST = 25;
/** Characters of the entries on one page: an answer may be 6 MB. */
const PAGE_LENGTH = 2_000_000;

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

const entryShape = z.object({
  id: z.string(),
  chain: z.string(),
  seq: z.int(),
  at: z.iso.datetime(),
  actor: z.object({ kind: z.enum(["user", "api-key", "system"]), id: z.string(), email: z.string().optional() }),
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

const list = { most: limits.auditPageMost };

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
    run: async (store, { params: { orgId, workspaceId }, query: { reach, ...filter }, page }) => {
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
    run: async (store, { params: { orgId }, query: { workspaceId, ...filter }, page }) => {
      if (workspaceId === undefined) return { body: await readLog(store, { orgId }, page, filter, () => true) };
      if (!isId("wks", workspaceId)) return { body: { items: [] } };
      return { body: await readLog(store, { orgId, workspaceId }, page, filter, () => true) };
    },
  }),

  query({
    method: "POST",
    path: "/v1/orgs/{orgId}/audit-log/verify",
    operationId: "verifyAuditLog",
    summary: "Checks every chain of the organization, entry by entry; long ones in pages.",
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
        nextCursor: z.string().optional(),
      }),
    },
    example: {},
    run: async (store, { params: { orgId }, page }) => ({ body: await verifyChains(store, orgId, page) }),
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
  filter: Filter,
  isWanted: (entry: AuditEntry) => boolean,
): Promise<ListPage<AuditEntry>> {
  const items: AuditEntry[] = [];
  let after = page.position as string | undefined;
  let length = 0;
  for (let lookedAt = 0; lookedAt < LOOKED_AT; ) {
    const limit = Math.max(page.limit, 100);
    const rows = await store.places.listEntries(place, { limit, after, descending: filter.order !== "asc" });
    for (const [index, { sk, value }] of rows.items.entries()) {
      const entry = openEntry(value);
      if (!fits(entry, filter) || !isWanted(entry)) continue;
      items.push(entry);
      length += value.text.length;
      const isLast = index === rows.items.length - 1 && rows.next === undefined;
      if (items.length === page.limit || length >= PAGE_LENGTH)
        return isLast ? { items } : { items, nextCursor: page.seal(sk) };
    }
    if (rows.next === undefined) return { items };
    lookedAt += rows.items.length;
    after = rows.next;
  }
  return after === undefined ? { items } : { items, nextCursor: page.seal(after) };
}

function fits(entry: AuditEntry, { actor, action, target, outcome, from, to }: Filter): boolean {
  const at = Date.parse(entry.at);
  return (
    (actor === undefined || entry.actor.id === actor || entry.actor.email === actor) &&
    (action === undefined || entry.action === action) &&
    (target === undefined || entry.target.id === target) &&
    (outcome === undefined || entry.outcome === outcome) &&
    (from === undefined || at >= from) &&
    (to === undefined || at < to)
  );
}

/** How far a verification has come: the chain, its last entry that was found whole, and all entries so far. */
interface Progress {
  /** Absent for the organization's own chain, which comes first. */
  readonly workspaceId?: WorkspaceId | undefined;
  /** Where the workspace stands in their list. */
  readonly after?: string | undefined;
  readonly head: ChainHead;
  readonly entries: number;
}

interface Verification {
  readonly intact: boolean;
  readonly entries: number;
  readonly checkpoints: number;
  readonly brokenAt?: { readonly chain: string; readonly seq: number };
  readonly nextCursor?: string;
}

const start: ChainHead = { seq: 0, hash: NO_HASH };

async function verifyChains(store: Store, orgId: OrgId, page: PageRequest): Promise<Verification> {
  let progress = (page.position ?? { head: start, entries: 0 }) as Progress;
  for (let left = VERIFIED; ; ) {
    const { workspaceId, head } = progress;
    const place: PlaceRef = workspaceId === undefined ? { orgId } : { orgId, workspaceId };
    const result = await verifyChain(store, place, head, left);
    const entries = progress.entries + result.last.seq - head.seq;
    const common = { entries, checkpoints: 0 };
    if (result.brokenAt !== undefined) return { intact: false, ...common, brokenAt: result.brokenAt };
    left -= result.last.seq - head.seq + CHAIN_COST;
    if (!result.isEnded)
      return { intact: true, ...common, nextCursor: page.seal({ ...progress, head: result.last, entries }) };
    const { items } = await store.workspaces.listIds(orgId, { limit: 1, after: progress.after });
    const next = items[0];
    if (next === undefined) return { intact: true, ...common };
    progress = { workspaceId: next.value, after: next.sk, head: start, entries };
    if (left <= 0) return { intact: true, ...common, nextCursor: page.seal(progress) };
  }
}

interface ChainResult {
  readonly last: ChainHead;
  readonly brokenAt?: { readonly chain: string; readonly seq: number };
  /** Whether the chain was followed to its end. */
  readonly isEnded: boolean;
}

/** Goes along one chain up to the head that its place names. The head is read first: entries may be added meanwhile. */
async function verifyChain(store: Store, place: PlaceRef, from: ChainHead, most: number): Promise<ChainResult> {
  const chain = place.workspaceId ?? place.orgId;
  const breakAt = (last: ChainHead, seq: number, of: string = chain): ChainResult => ({
    last,
    brokenAt: { chain: of, seq },
    isEnded: true,
  });
  const head = await readHead(store, place);
  let last = from;
  while (last.seq < head.seq && last.seq - from.seq < most) {
    const { items } = await store.places.listEntriesAfter(place, last.seq, Math.min(BATCH, head.seq - last.seq));
    const entries = items.map(({ value }) => value);
    for (const entry of entries) {
      if (!follows(chain, last, entry)) return breakAt(last, last.seq + 1);
      last = { seq: entry.seq, hash: entry.hash };
    }
    if (entries.length === 0) return breakAt(last, last.seq + 1);
    const lost = await findLostWorkspace(store, place, entries);
    if (lost !== undefined) return breakAt(last, 1, lost);
  }
  if (last.seq < head.seq) return { last, isEnded: false };
  // Making a place is its first entry, so a head without any is one that was set back.
  if (head.seq === 0 || last.hash !== head.hash) return breakAt(last, Math.max(1, last.seq));
  return (await isCutShort(store, place, last)) ? breakAt(last, last.seq + 1) : { last, isEnded: true };
}

async function readHead(store: Store, place: PlaceRef): Promise<ChainHead> {
  const { head } = await store.read({ head: store.places.headAt(place) });
  return head ?? start;
}

/** Entries beyond the head are those of changes made since it was read, or its place was set back. */
async function isCutShort(store: Store, place: PlaceRef, last: ChainHead): Promise<boolean> {
  const { items } = await store.places.listEntriesAfter(place, last.seq, 1);
  const beyond = items[0]?.value;
  return beyond !== undefined && (await readHead(store, place)).seq < beyond.seq;
}

/** A workspace that the organization's chain says was made, and whose item is gone, with all that could be followed. */
async function findLostWorkspace(
  store: Store,
  { orgId, workspaceId }: PlaceRef,
  entries: readonly SealedEntry[],
): Promise<string | undefined> {
  if (workspaceId !== undefined) return undefined;
  const made = entries
    .map(openEntry)
    .filter(({ action }) => action === "workspace.created")
    .map(({ target }) => target.id as WorkspaceId);
  const { found } = await store.read({ found: made.map((workspaceId) => store.places.headAt({ orgId, workspaceId })) });
  return made.find((_, index) => found[index] === undefined);
}
