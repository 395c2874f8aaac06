/** Audit entries, sealed as commands seal them, and the records by which the table's stream brings them. */
import type { DynamoDBRecord } from "aws-lambda";
import type { ChainHead, SealedEntry } from "../../lib/domain/audit.ts";
import { NO_HASH, seal } from "../../lib/domain/audit.ts";
import type { EntryId, OrgId, WorkspaceId } from "../../lib/domain/ids.ts";
import type { PlaceRef } from "../../lib/store/keys.ts";
import { keys } from "../../lib/store/keys.ts";

export const org = "org_01k8z0000000000000000000a1" as OrgId;
export const workspace = "wks_01k8z0000000000000000000b2" as WorkspaceId;
export const inWorkspace = { orgId: org, workspaceId: workspace };

type Changes = Partial<Parameters<typeof seal>[1]>;

/** A chain of entries, one for each of the changes. */
export function chainOf(place: PlaceRef, changes: readonly Changes[]): SealedEntry[] {
  let head: ChainHead = { seq: 0, hash: NO_HASH };
  return changes.map((change, at) => {
    const entry = seal(head, {
      id: `aud_01k8z${String(at).padStart(21, "0")}` as EntryId,
      chain: place.workspaceId ?? place.orgId,
      at: "2026-11-01T12:00:00.450Z",
      action: "role.updated",
      actor: { kind: "user", id: "usr_01k8z0000000000000000000a1", email: "ann@acme.example" },
      target: { type: "role", id: "rol_01k8z0000000000000000000f6" },
      origin: { ip: "192.0.2.7", userAgent: "curl/8", requestId: `r-${at}` },
      outcome: "success",
      ...change,
    });
    head = entry;
    return entry;
  });
}

/** The record that says that an item was put; its number grows with each. */
export function insertion(item: Readonly<Record<string, string | number>>, number: number): DynamoDBRecord {
  const image = Object.fromEntries(
    Object.entries(item).map(([name, value]) => [
      name,
      typeof value === "number" ? { N: String(value) } : { S: value },
    ]),
  );
  return {
    eventID: String(number),
    eventName: "INSERT",
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion: "eu-west-1",
    eventSourceARN: "arn:aws:dynamodb:eu-west-1:000000000000:table/t/stream/s",
    dynamodb: {
      Keys: { pk: image.pk ?? {}, sk: image.sk ?? {} },
      NewImage: image,
      SequenceNumber: sequenceNumber(number),
      StreamViewType: "NEW_AND_OLD_IMAGES",
    },
  } as DynamoDBRecord;
}

export const sequenceNumber = (number: number) => `1000000000000000000000${String(number).padStart(6, "0")}`;

export function recordsOf(place: PlaceRef, entries: readonly SealedEntry[], from = 0): DynamoDBRecord[] {
  return entries.map(({ seq, text, hash }, at) =>
    insertion({ ...keys.auditEntry(place, seq), seq, text, hash }, from + at),
  );
}
