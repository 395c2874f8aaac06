/** What makes changes serial: each of the three conditions by itself, without the others behind it. */
import { randomUUID } from "node:crypto";
import { beforeEach, expect, it } from "vitest";
import { NO_HASH } from "../../lib/domain/audit.ts";
import type { OrgId } from "../../lib/domain/ids.ts";
import type { Change } from "../../lib/store/changes.ts";
import type { Store } from "../../lib/store/store.ts";
import { openTestStore } from "../engine.ts";
import { newIds, organizationOf, sealFirst } from "./contract.ts";

let store: Store;
let orgId: OrgId;
const commit = (change: Change) => store.commit([change], randomUUID(), async () => false);

beforeEach(async () => {
  ({ store } = await openTestStore());
  orgId = newIds().orgId;
  await store.commit(store.organizations.create(organizationOf(orgId)), randomUUID(), async () => false);
});

it("a place moves from the seq that was read, and from no other", async () => {
  const read = { seq: 0, hash: NO_HASH };
  const entry = sealFirst(orgId);
  await expect(commit(store.places.advance({ orgId }, { ...read, seq: 1 }, entry))).resolves.toBe("raced");
  await expect(commit(store.places.advance({ orgId }, read, entry))).resolves.toBe("committed");
  await expect(commit(store.places.advance({ orgId }, read, entry))).resolves.toBe("raced");
  const { organization } = await store.read({ organization: store.organizations.at(orgId) });
  expect(organization).toMatchObject({ seq: entry.seq, hash: entry.hash });
});

it("a place whose turn was taken moves for nobody who read it before", async () => {
  const before = { seq: 0, hash: NO_HASH };
  const entry = sealFirst(orgId);
  await expect(commit(store.places.takeTurn({ orgId }, before))).resolves.toBe("committed");
  await expect(commit(store.places.takeTurn({ orgId }, before))).resolves.toBe("raced");
  await expect(commit(store.places.advance({ orgId }, before, entry))).resolves.toBe("raced");
  await expect(commit(store.places.advance({ orgId }, { ...before, turn: 1 }, entry))).resolves.toBe("committed");
});

it("an audit entry is never written over", async () => {
  await expect(commit(store.places.append({ orgId }, sealFirst(orgId, "first")))).resolves.toBe("committed");
  await expect(commit(store.places.append({ orgId }, sealFirst(orgId, "second")))).resolves.toBe("raced");
});

it("the gate is taken once by those who read it together, from the first time on", async () => {
  for (const read of [undefined, 1, 2]) {
    expect((await store.read({ n: store.gate.at(orgId) })).n).toBe(read);
    await expect(commit(store.gate.take(orgId, read))).resolves.toBe("committed");
    await expect(commit(store.gate.take(orgId, read))).resolves.toBe("raced");
  }
});
