/** Audit entries as they come by the table's stream: each record holds an item as DynamoDB writes it, its types beside its values. */
import type { AuditEntry, WrittenEntry } from "../domain/audit.ts";
import { placeOfEntries } from "./keys.ts";

/** As much of a stream record as is looked at. */
interface StreamRecord {
  readonly eventName?: string | undefined;
  readonly dynamodb?: { readonly NewImage?: Readonly<Record<string, StreamedValue>> | undefined } | undefined;
}

interface StreamedValue {
  readonly S?: string | undefined;
  readonly N?: string | undefined;
}

/**
 * The entry that a record put into the table; undefined for any other change.
 * @throws for an item that stands where entries stand and is none
 */
export function readWrittenEntry({ eventName, dynamodb }: StreamRecord): WrittenEntry | undefined {
  const { pk, seq, text, hash } = dynamodb?.NewImage ?? {};
  const place = eventName === "INSERT" ? placeOfEntries(pk?.S ?? "") : undefined;
  if (place === undefined) return undefined;
  const chain = place.workspaceId ?? place.orgId;
  const entry = { ...place, seq: Number(seq?.N), text: text?.S ?? "", hash: hash?.S ?? "" };
  const said = parse(entry.text);
  if (said.chain === chain && said.seq === entry.seq && entry.hash !== "") return entry;
  throw new Error(`An item stands among the entries of ${chain} and is none.`);
}

function parse(text: string): Partial<AuditEntry> {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
