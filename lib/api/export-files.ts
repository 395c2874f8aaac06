/** The files of an export in their bucket. */
import type { ExportJob } from "../domain/audit-exports.ts";

/** Where a file of an export lies. */
export function exportKey({ orgId, id }: Pick<ExportJob, "orgId" | "id">, name: string): string {
  return `exports/${orgId}/${id}/${name}`;
}
