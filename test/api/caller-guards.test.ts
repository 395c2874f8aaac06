/** What a change rests on beside the places that it locks. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { guardCaller } from "../../lib/api/caller-guards.ts";
import { tryReadFacts } from "../../lib/api/facts.ts";
import { RoleCache } from "../../lib/api/role-cache.ts";
import type { KeyId } from "../../lib/domain/ids.ts";
import { openTestStore } from "../engine.ts";
import { done, makeAcme } from "./acme.ts";
import { makeKey } from "./keys.ts";

it("a key that asks is still good, where its workspace is not locked", async () => {
  const { store } = await openTestStore();
  const acme = await makeAcme({ store });
  const { id } = await makeKey(acme, acme.ann, { kind: "service", scopes: ["case:read"] });
  const { kept } = await store.read({ kept: store.apiKeys.at(id as KeyId) });
  const secretMadeAt = kept?.secrets[0]?.madeAt ?? 0;
  const key = { id: id as KeyId, secretOf: () => secretMadeAt };
  const subject = { orgId: acme.org, workspaceId: acme.workspace, key, now: Date.now() };
  const caller = await tryReadFacts(store, new RoleCache(), subject);
  if (caller === "moved") throw new Error("nobody edits a role");
  const guards = (...locked: string[]) => guardCaller(store, caller, new Set(locked), "case:read");
  expect(guards(acme.org, acme.workspace)).toEqual([]);
  expect(guards(acme.org)).toHaveLength(1);
  const commit = () => store.commit(guards(acme.org), randomUUID(), async () => false);
  expect(await commit()).toBe("committed");
  await done(acme.api.call(acme.ann, `DELETE ${acme.W}/api-keys/${id}`));
  expect(await commit()).toBe("raced");
});
