/** Export jobs of the audit log, and what is known of the files that each has written. */
import type { ExportFile, ExportJob, FileIndex } from "../domain/audit-exports.ts";
import type { ExportId, OrgId } from "../domain/ids.ts";
import type { Change } from "./changes.ts";
import { keys, ranges } from "./keys.ts";
import type { Item, Page, Ref, Table } from "./table.ts";

/** What a step wrote. */
interface WrittenFile {
  readonly number: number;
  readonly file: ExportFile;
  readonly index: FileIndex;
}

export const auditExportItems = {
  at: (orgId: OrgId, exportId: ExportId): Ref<ExportJob> => ({
    key: keys.auditExport(orgId, exportId),
    decode: decodeJob,
  }),

  create: (job: ExportJob): Change => ({
    kind: "put",
    key: keys.auditExport(job.orgId, job.id),
    item: itemOf(job),
    when: { exists: false },
  }),

  /** Moves a job to its next state, unless somebody else has done so since it was read. */
  move: (from: ExportJob, to: ExportJob, written?: WrittenFile): Change[] => [
    {
      kind: "put",
      key: keys.auditExport(to.orgId, to.id),
      item: itemOf(to),
      when: { equals: { state: from.state, exportStep: from.step, failures: from.failures } },
    },
    ...(written === undefined ? [] : writeFile(to, written)),
  ],
};

/** Two items: whoever asks how far a job is reads the small one of each file only. */
function writeFile({ orgId, id, expires }: ExportJob, { number, file, index }: WrittenFile): Change[] {
  return [
    { kind: "put", key: keys.auditExportFile(orgId, id, "FILE", number), item: { ...file, expires } },
    { kind: "put", key: keys.auditExportFile(orgId, id, "INDEX", number), item: { ...index, expires } },
  ];
}

export function listExports(
  table: Table,
  orgId: OrgId,
  options: { limit: number; after?: string | undefined; descending?: boolean },
): Promise<Page<ExportJob>> {
  return table.list(ranges.auditExports(orgId), decodeJob, options);
}

export function listExportFiles(table: Table, orgId: OrgId, exportId: ExportId): Promise<ExportFile[]> {
  return table.listAll(ranges.auditExportFiles(orgId, exportId, "FILE"), (item) => decodeRest<ExportFile>(item));
}

export function listExportIndexes(table: Table, orgId: OrgId, exportId: ExportId): Promise<FileIndex[]> {
  return table.listAll(ranges.auditExportFiles(orgId, exportId, "INDEX"), (item) => decodeRest<FileIndex>(item));
}

/** The table's stream brings a job to its worker by the name of `exportStep`, which nothing else in the table has. */
function itemOf({ step, ...job }: ExportJob): Item {
  return { ...job, exportStep: step };
}

function decodeJob(item: Item): ExportJob {
  const {
    pk,
    sk,
    exportStep: step,
    ...job
  } = item as unknown as Omit<ExportJob, "step"> & {
    readonly pk: string;
    readonly sk: string;
    readonly exportStep: number;
  };
  return { ...job, step };
}

function decodeRest<T>(item: Item): T {
  const { pk, sk, expires, ...rest } = item;
  return rest as T;
}
