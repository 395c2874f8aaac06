/** Checks the audit log against what was acknowledged: each change has exactly one entry, and no chain forks. */
import { expect } from "vitest";
import type { AuditEntry } from "../../lib/domain/audit.ts";
import type { Acme } from "./acme.ts";
import { done } from "./acme.ts";
import type { Answer, Client } from "./client.ts";

/** Every entry of a place, or of one of its workspaces, oldest first. */
export async function readLog(
  client: Client,
  { O, ann }: Pick<Acme, "O" | "ann">,
  workspaceId?: string,
): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = [];
  const filter = workspaceId === undefined ? "" : `&workspaceId=${workspaceId}`;
  for (let cursor: string | undefined; ; ) {
    const page = await done(
      client.call(
        ann.token,
        `GET ${O}/audit-log?order=asc&limit=500${filter}${cursor === undefined ? "" : `&cursor=${cursor}`}`,
      ),
    );
    entries.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === undefined) return entries;
  }
}

/** @param answers to changes of the workspace of `acme` */
export async function expectWholeChains(client: Client, acme: Acme, answers: readonly Answer[]): Promise<void> {
  const verified = await done(client.call(acme.ann.token, `POST ${acme.O}/audit-log/verify`));
  expect(verified).toMatchObject({ intact: true });
  const entries = await readLog(client, acme, acme.workspaceId);
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
  const times = new Map<string, number>();
  for (const { origin } of entries) times.set(origin.requestId, (times.get(origin.requestId) ?? 0) + 1);
  for (const { status, headers } of answers) {
    expect(times.get(headers["x-request-id"] ?? "") ?? 0).toBe(status < 300 ? 1 : 0);
  }
}
