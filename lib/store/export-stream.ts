/** Export jobs as they come by the table's stream. */
import type { ExportId, OrgId } from "../domain/ids.ts";
import { isId } from "../domain/ids.ts";

/** As much of a stream record as is looked at. */
interface StreamRecord {
  readonly dynamodb?:
    | { readonly NewImage?: Readonly<Record<string, { readonly S?: string | undefined }>> | undefined }
    | undefined;
}

/** Which job. */
export interface ExportRef {
  readonly orgId: OrgId;
  readonly id: ExportId;
}

/** The jobs that records speak of, each once: a record says that there may be something to do, and the job itself what. */
export function readExportRefs(records: readonly StreamRecord[]): ExportRef[] {
  const refs = new Map<string, ExportRef>();
  for (const { dynamodb } of records) {
    const [orgId = "", id = ""] = [dynamodb?.NewImage?.orgId?.S, dynamodb?.NewImage?.id?.S];
    if (isId("org", orgId) && isId("exp", id)) refs.set(`${orgId} ${id}`, { orgId, id });
  }
  return [...refs.values()];
}
