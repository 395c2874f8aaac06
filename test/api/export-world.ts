/** An organization whose audit log is exported, its bucket, and a worker that is run by hand. */
import { randomUUID } from "node:crypto";
import type { ExportDesk } from "../../lib/api/export-round.ts";
import { workOnExports } from "../../lib/api/export-round.ts";
import type { AuditEntry, ChainHead } from "../../lib/domain/audit.ts";
import { seal } from "../../lib/domain/audit.ts";
import type { EntryId, ExportId } from "../../lib/domain/ids.ts";
import type { PlaceRef } from "../../lib/store/keys.ts";
import type { TestArchive } from "../archive.ts";
import { openTestArchive } from "../archive.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { done, makeAcme } from "./acme.ts";

export interface ExportWorld {
  readonly acme: Acme;
  readonly opened: TestStore;
  readonly archive: TestArchive;
  readonly desk: ExportDesk;
  /** Milliseconds that the worker was told to wait. */
  readonly waited: number[];
  /** The clock of requests and of the worker. */
  readonly clock: { now: number };
}

export async function openExportWorld(options: Parameters<typeof openTestStore>[0] = {}): Promise<ExportWorld> {
  const clock = { now: Date.now() };
  const opened = await openTestStore(options);
  const archive = await openTestArchive();
  const acme = await makeAcme(opened, () => clock.now);
  const waited: number[] = [];
  const wait = async (milliseconds: number) => void waited.push(milliseconds);
  const { exports: bucket, signingKey } = archive;
  return {
    acme,
    opened,
    archive,
    waited,
    clock,
    desk: { store: opened.store, bucket, signingKey, now: () => clock.now, wait },
  };
}

/** Adds entries to a chain as if so many changes had been made: by two people in turn, one a second. */
export async function addEntries(
  { store }: Pick<TestStore, "store">,
  place: PlaceRef,
  count: number,
  change: (seq: number) => Partial<AuditEntry> = () => ({}),
): Promise<void> {
  const { head } = await store.read({ head: store.places.headAt(place) });
  if (head === undefined) throw new Error("there is no such place");
  let last: ChainHead = head;
  const batch = 25;
  for (let made = 0; made < count; made += batch) {
    const from = last;
    const sealed = Array.from({ length: Math.min(batch, count - made) }, () => {
      const seq = last.seq + 1;
      const entry = seal(last, { ...makeEntry(place, seq), ...change(seq) });
      last = entry;
      return entry;
    });
    const changes = [
      ...sealed.map((entry) => store.places.append(place, entry)),
      store.places.advance(place, from, last),
    ];
    await store.commit(changes, randomUUID(), async () => false);
  }
}

function makeEntry({ orgId, workspaceId }: PlaceRef, seq: number): Omit<AuditEntry, "seq" | "prevHash" | "hash"> {
  const id = String(seq).padStart(26, "0");
  const email = seq % 2 === 0 ? "eve@acme.example" : "bob@acme.example";
  return {
    id: `aud_${id}` as EntryId,
    chain: workspaceId ?? orgId,
    at: new Date(Date.UTC(2026, 0, 1) + seq * 1_000).toISOString(),
    action: seq % 3 === 0 ? "role.updated" : "resource.updated",
    actor: { kind: "user", id: `usr_${email.slice(0, 3)}`, email },
    target: { type: "role", id: `rol_${seq % 10}` },
    after: { name: "Jäger \u2028 \u0085", at: seq },
    origin: { ip: "192.0.2.7", userAgent: "test", requestId: `r-${seq}` },
    outcome: "success",
  };
}

/** Asks for an export. @returns its id */
export async function ask({ acme: { api, ann, O } }: Pick<ExportWorld, "acme">, body: object = {}): Promise<ExportId> {
  return (await done(api.call(ann, `POST ${O}/audit-log/exports`, { body }))).id;
}

/** How the API shows it. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
export async function show({ acme: { api, ann, O } }: Pick<ExportWorld, "acme">, id: ExportId): Promise<any> {
  return done(api.call(ann, `GET ${O}/audit-log/exports/${id}`));
}

/** A round of the worker with all the time that it needs. */
export function work({ acme, desk }: Pick<ExportWorld, "acme" | "desk">, ...ids: readonly ExportId[]) {
  const refs = ids.map((id) => ({ orgId: acme.org, id }));
  return workOnExports(desk, refs, Number.POSITIVE_INFINITY);
}

/** What lies in the bucket of an export, by the names of its files. */
export async function filesOf({ acme, archive }: Pick<ExportWorld, "acme" | "archive">, id: ExportId) {
  const folder = `exports/${acme.org}/${id}/`;
  const { keys } = await archive.exports.list(folder, undefined);
  const files = await Promise.all(
    keys.map(async (key) => [key.slice(folder.length), (await archive.exports.read(key)) ?? ""] as const),
  );
  return new Map(files);
}

/** All lines that the API gives of a chain, from its first entry on. */
export async function linesOf({ acme: { api, ann, O } }: Pick<ExportWorld, "acme">, query: string): Promise<string[]> {
  const lines: string[] = [];
  for (let cursor = ""; ; ) {
    const path = `GET ${O}/audit-log?order=asc&limit=500${query}${cursor}`;
    const { status, text, headers } = await api.call(ann, path, { headers: { accept: "application/jsonl" } });
    if (status !== 200) throw new Error(text);
    lines.push(...text.split("\n").slice(0, -1));
    if (headers["next-cursor"] === undefined) return lines;
    cursor = `&cursor=${headers["next-cursor"]}`;
  }
}
