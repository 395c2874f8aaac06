/** What stands in the table of API keys, held against itself: each key has the rows that it is found by, and nothing else has any. */
import { expect } from "vitest";
import type { Items } from "./sharing-world.ts";

/** Once nothing is left to sweep: keys, their rows, and the counts of their workspaces agree. */
export function expectTidyKeys(items: Items, { isCountFeigned = false } = {}): void {
  const all = [...items.values()];
  const keys = all.filter(({ sk, pk }) => sk === "KEY" && String(pk).startsWith("KEY#"));
  const inRange = (range: string) => all.filter(({ pk }) => new RegExp(`^ORG#[^#]+#${range}(#|$)`).test(String(pk)));
  const told = (rows: readonly Record<string, unknown>[]) => rows.map(({ pk, sk }) => `${pk} ${sk}`).sort();
  const roleOf = (key: Record<string, unknown>) => key.role as { roleId: string; managedBy: string } | undefined;
  const live = keys.filter(({ revokedAt }) => revokedAt === undefined);
  const named = live.filter((key) => (roleOf(key)?.managedBy ?? "system") !== "system");
  const personal = live.filter(({ kind }) => kind === "personal");
  expect(told(inRange("KEYS"))).toEqual(
    keys.map(({ orgId, workspaceId, id }) => `ORG#${orgId}#KEYS WS#${workspaceId}#${id}`).sort(),
  );
  expect(told(inRange("USERKEYS"))).toEqual(
    personal.map(({ orgId, ownerId, id }) => `ORG#${orgId}#USERKEYS#${ownerId} ${id}`).sort(),
  );
  expect(told(inRange("ROLEKEYS"))).toEqual(
    named.map((key) => `ORG#${key.orgId}#ROLEKEYS#${roleOf(key)?.roleId} WS#${key.workspaceId}#${key.id}`).sort(),
  );
  for (const key of keys) {
    const secrets = key.secrets as readonly { readonly madeAt: number }[];
    expect(secrets.length).toBeLessThanOrEqual(2);
    expect(new Set(secrets.map(({ madeAt }) => madeAt)).size).toBe(secrets.length);
    if (key.revokedAt !== undefined) expect([secrets, key.expires]).toEqual([[], expect.any(Number)]);
    expect(items.get(`KEY#${key.id} USED`)?.expires).toBe(key.expires);
  }
  for (const key of named) {
    const { orgId, workspaceId } = key;
    const { roleId = "", managedBy } = roleOf(key) ?? {};
    const place = managedBy === "workspace" ? `ORG#${orgId}#WS#${workspaceId}` : `ORG#${orgId}`;
    const role = items.get(`${place} ROLE#${roleId}`);
    expect([roleId, role?.replacedBy, role === undefined]).toEqual([roleId, undefined, false]);
  }
  if (isCountFeigned) return;
  const isWorkspace = ({ pk, sk }: Record<string, unknown>) => /^ORG#[^#]+ WS#[^#]+$/.test(`${pk} ${sk}`);
  for (const { sk, keyCount = 0, deleted } of all.filter(isWorkspace)) {
    const count = live.filter(({ workspaceId }) => sk === `WS#${workspaceId}`).length;
    // What is left of a workspace that was deleted counts nothing.
    expect([sk, deleted === true ? 0 : keyCount]).toEqual([sk, count]);
  }
}
