/** Exports of the audit log as jobs: asking for one, and how far it is. `export-round.ts` does the work. */
import * as z from "zod";
import type { ExportFilter, ExportJob } from "../domain/audit-exports.ts";
import { judgeExport, MANIFEST } from "../domain/audit-exports.ts";
import type { Json } from "../domain/canonical-json.ts";
import { Refusal, refuseAbsent, refuseInvalid } from "../domain/errors.ts";
import type { OrgId, WorkspaceId } from "../domain/ids.ts";
import { isId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { Store } from "../store/store.ts";
import { exportKey } from "./export-files.ts";
import { readThrough } from "./lists.ts";
import { principalIdOf } from "./principal-ids.ts";
import { command, query } from "./route.ts";
import { momentSchema, pageOf, textSchema } from "./schemas.ts";
import { toTime } from "./times.ts";

const DAY_SECONDS = 86_400;
/** How often one request looks for jobs that are still kept. */
const MOST_LOOKS = 4;

/** A link to a file in the bucket of exports, which lets whoever has it read that file for some minutes. */
export type LinkToFile = (key: string) => Promise<string>;

const term = textSchema({ least: 1, most: limits.exportFilterLength }).optional();

/** What is no id is answered as one of which there is nothing. */
const workspaceId = z.string().meta({ pattern: "^wks_[a-z0-9]{26}$" });

const wishSchema = z
  .strictObject({
    workspaceId: workspaceId.optional(),
    actor: term,
    action: term,
    target: term,
    outcome: term,
    from: momentSchema.optional(),
    to: momentSchema.optional(),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from < to, {
    message: "`to` has to be after `from`.",
    path: ["to"],
  });
type Wish = z.output<typeof wishSchema>;

const moment = z.iso.datetime();

const jobShape = z.object({
  id: z.string(),
  state: z.enum(["running", "ready", "failed"]),
  filter: z.object({
    workspaceId: z.string().optional(),
    actor: z.string().optional(),
    action: z.string().optional(),
    target: z.string().optional(),
    outcome: z.string().optional(),
    from: moment.optional(),
    to: moment.optional(),
  }),
  chain: z.string(),
  createdAt: moment,
  createdBy: z.string(),
  expiresAt: moment,
  progress: z.object({ entries: z.int(), looked: z.int(), of: z.int() }),
  error: z.string().optional(),
});

const fileShape = z.object({
  name: z.string(),
  entries: z.int(),
  bytes: z.int(),
  sha256: z.string(),
  url: z.string().optional(),
});
const jobWithFilesShape = jobShape.extend({
  files: z.array(fileShape),
  manifest: z.object({ name: z.string(), url: z.string() }).optional(),
});

const access = { kind: "scope", level: "organization", scope: "org-audit-log:read" } as const;

/** Of the function that may write: taking the log out leaves an entry in it. */
export const auditExportCommands = [
  command({
    method: "POST",
    path: "/v1/orgs/{orgId}/audit-log/exports",
    operationId: "createAuditExport",
    summary: "Starts to write a chain of the audit log, or what a filter lets through of it, to files.",
    area: "directory",
    access,
    body: wishSchema,
    reply: { status: 201, schema: jobWithFilesShape },
    example: { body: { from: "2026-01-01T00:00:00Z" } },
    locks: "organization",
    load: async (store, { params: { orgId }, body: { workspaceId }, now }) => {
      const [kept, workspace] = await Promise.all([
        listKept(store, orgId, now),
        workspaceId === undefined ? undefined : findChain(store, orgId, workspaceId),
      ]);
      return { kept, workspace };
    },
    decide: ({ kept, workspace }, { params: { orgId }, body, principal, now, newId }, { organization }, store) => {
      if (organization === undefined) refuseAbsent("organization");
      const head = body.workspaceId === undefined ? { ...organization, chain: orgId } : workspace;
      if (head === undefined) {
        refuseInvalid({ pointer: "/workspaceId", detail: "There never was such a workspace here." });
      }
      refuseTooMany(kept);
      const job: ExportJob = {
        id: newId("exp"),
        orgId,
        state: "running",
        filter: toFilter(body),
        createdAt: toTime(now),
        createdBy: principalIdOf(principal),
        head: { chain: head.chain, seq: head.seq, hash: head.hash },
        step: 0,
        after: 0,
        entries: 0,
        files: 0,
        failures: 0,
        expires: Math.ceil(now / 1_000) + limits.exportDays * DAY_SECONDS,
      };
      return {
        changes: [store.auditExports.create(job)],
        audit: [
          {
            chain: orgId,
            action: "organization.exported",
            target: { type: "audit-export", id: job.id },
            after: { chain: job.head.chain, seq: job.head.seq, filter: job.filter as Json },
          },
        ],
        reply: { body: { ...showJob(job, now), files: [] } },
      };
    },
  }),
];

/** Of the function that reads. */
export const auditExportQueries = [
  query({
    method: "GET",
    path: "/v1/orgs/{orgId}/audit-log/exports",
    operationId: "listAuditExports",
    summary: "The exports of the audit log that are still kept, the newest first; their files come with each one.",
    area: "audit",
    access,
    list: {},
    reply: { status: 200, schema: pageOf(jobShape) },
    example: {},
    run: async (store, { params: { orgId }, page, now }) => ({
      body: await readThrough(
        page,
        (options) => store.auditExports.list(orgId, { ...options, descending: true }),
        async (jobs) => jobs.map((job) => (isKept(job, now) ? showJob(job, now) : undefined)),
        { looks: MOST_LOOKS },
      ),
    }),
  }),

  query({
    method: "GET",
    path: "/v1/orgs/{orgId}/audit-log/exports/{exportId}",
    operationId: "getAuditExport",
    summary: "How far an export is; once it is ready, with a link to each file that works for some minutes.",
    area: "audit",
    access,
    reply: { status: 200, schema: jobWithFilesShape },
    example: {},
    run: async (store, { params: { orgId, exportId }, now }, { linkToFile }) => {
      if (linkToFile === undefined) throw new Error("the function that shows exports cannot link to their files");
      const { job } = await store.read({ job: store.auditExports.at(orgId, exportId) });
      if (job === undefined || !isKept(job, now)) refuseAbsent("export");
      const files = await store.auditExports.listFiles(orgId, exportId);
      const shown = showJob(job, now);
      if (shown.state !== "ready") return { body: { ...shown, files } };
      const link = (name: string) => linkToFile(exportKey(job, name));
      const linked = await Promise.all(files.map(async (file) => ({ ...file, url: await link(file.name) })));
      return { body: { ...shown, files: linked, manifest: { name: MANIFEST, url: await link(MANIFEST) } } };
    },
  }),
];

/** The table lets go of a job days after its time; to readers it is gone at once. */
function isKept({ expires }: ExportJob, now: number): boolean {
  return now < expires * 1_000;
}

async function listKept(store: Store, orgId: OrgId, now: number): Promise<readonly ExportJob[]> {
  const kept: ExportJob[] = [];
  for (let after: string | undefined; ; ) {
    const { items, next } = await store.auditExports.list(orgId, { limit: limits.exportsKept, after });
    kept.push(...items.map(({ value }) => judgeExport(value, now)).filter((job) => isKept(job, now)));
    if (next === undefined) return kept;
    after = next;
  }
}

/** The head of a workspace's chain, of a deleted one too. */
async function findChain(store: Store, orgId: OrgId, workspaceId: string) {
  if (!isId("wks", workspaceId)) return undefined;
  const { head } = await store.read({ head: store.places.headAt({ orgId, workspaceId }) });
  return head && { chain: workspaceId as WorkspaceId, seq: head.seq, hash: head.hash };
}

function refuseTooMany(kept: readonly ExportJob[]): void {
  if (kept.filter(({ state }) => state === "running").length >= limits.exportsRunning) {
    throw new Refusal("conflict", `${limits.exportsRunning} exports are running; start another one when one is done.`);
  }
  if (kept.length >= limits.exportsKept) {
    const detail = `${limits.exportsKept} exports are kept; each is for ${limits.exportDays} days.`;
    throw new Refusal("conflict", detail);
  }
}

function toFilter({ workspaceId, from, to, ...terms }: Wish): ExportFilter {
  return {
    ...(workspaceId === undefined ? {} : { workspaceId: workspaceId as WorkspaceId }),
    ...terms,
    ...(from === undefined ? {} : { from: toTime(from) }),
    ...(to === undefined ? {} : { to: toTime(to) }),
  } as ExportFilter;
}

function showJob(job: ExportJob, now: number) {
  const { id, state, filter, head, createdAt, createdBy, entries, after, error, expires } = judgeExport(job, now);
  return {
    id,
    state,
    filter,
    chain: head.chain,
    createdAt,
    createdBy,
    expiresAt: toTime(expires * 1_000),
    progress: { entries, looked: after, of: head.seq },
    ...(error === undefined ? {} : { error }),
  };
}
