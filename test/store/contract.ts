/** What the store promises, whatever engine it stands on. Run by `contract.test.ts` on each. */
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { NO_HASH, seal } from "../../lib/domain/audit.ts";
import type { OrgId, RoleId, UserId, WorkspaceId } from "../../lib/domain/ids.ts";
import { makeId } from "../../lib/domain/ids.ts";
import type { Organization, Workspace } from "../../lib/domain/places.ts";
import type { CustomRole } from "../../lib/domain/roles.ts";
import type { User } from "../../lib/domain/users.ts";
import type { Change } from "../../lib/store/changes.ts";
import type { Store } from "../../lib/store/store.ts";
import type { StoreCall } from "../../lib/store/table.ts";

export interface Subject {
  readonly store: Store;
  readonly calls: StoreCall[];
}

const never = async () => false;
const AT = "2026-11-23T12:00:00.000Z";

export function newIds() {
  const random = () => crypto.getRandomValues(new Uint8Array(10));
  return {
    orgId: makeId("org", Date.now(), random()),
    workspaceId: makeId("wks", Date.now(), random()),
    userId: makeId("usr", Date.now(), random()),
    roleId: makeId("rol", Date.now(), random()),
  };
}

export function organizationOf(id: OrgId): Organization {
  return {
    id,
    name: "Acme",
    status: "active",
    labels: {},
    createdAt: AT,
    version: 1,
    seq: 0,
    hash: NO_HASH,
    policy: 0,
    enabledProviders: [],
  };
}

export function workspaceOf(orgId: OrgId, id: WorkspaceId, name: string): Workspace {
  const { enabledProviders: _, ...common } = organizationOf(orgId);
  return { ...common, id, orgId, name, features: [], claimMatching: "first-match" };
}

export function userOf(orgId: OrgId, id: UserId, email: string): User {
  return { id, orgId, email, status: "active", createdAt: AT, version: 1 };
}

export function roleOf(id: RoleId, name: string, scopes: readonly string[]): CustomRole {
  return {
    id,
    name,
    description: "",
    level: "workspace",
    scopes,
    managedBy: "workspace",
    createdAt: AT,
    version: 1,
    policy: 0,
  };
}

export function describeStore(name: string, open: () => Promise<Subject>): void {
  describe(`the store on ${name}`, () => {
    let subject: Subject;
    let store: Store;
    const commit = (changes: readonly Change[]) => store.commit(changes, randomUUID(), never);

    beforeAll(async () => {
      subject = await open();
      store = subject.store;
    });

    it("reads back what it wrote, and undefined for what is not there", async () => {
      const { orgId, workspaceId, userId, roleId } = newIds();
      const place = { orgId, workspaceId };
      const workspace = workspaceOf(orgId, workspaceId, "North ✓");
      const role = roleOf(roleId, "Runner", ["workflow:run", "case:*"]);
      const user = { ...userOf(orgId, userId, "ann@acme.example"), displayName: "Ann Ω" };
      await commit([
        ...store.organizations.create(organizationOf(orgId)),
        ...store.workspaces.create(workspace),
        ...store.roles.create(place, role),
        ...store.users.create(user),
      ]);
      const read = await store.read({
        organization: store.organizations.at(orgId),
        workspace: store.workspaces.at(orgId, workspaceId),
        role: store.roles.at(place, roleId),
        elsewhere: store.roles.at({ orgId }, roleId),
        users: [store.users.at(orgId, userId), store.users.at(orgId, newIds().userId)],
        byAddress: store.users.withEmail(orgId, " ANN@acme.example ", "pool"),
      });
      expect(read).toEqual({
        organization: organizationOf(orgId),
        workspace,
        role,
        elsewhere: undefined,
        users: [user, undefined],
        byAddress: userId,
      });
    });

    it("reads many things in one round trip of 100 each, strongly: one unit for each item of up to 4 KB", async () => {
      const { orgId } = newIds();
      const refs = Array.from({ length: 130 }, () => store.workspaces.at(orgId, newIds().workspaceId));
      subject.calls.length = 0;
      const { found } = await store.read({ found: refs });
      expect(found).toHaveLength(130);
      expect(subject.calls.map(({ operation }) => operation)).toEqual(["BatchGet", "BatchGet"]);
      expect(subject.calls.reduce((sum, { units }) => sum + units, 0)).toBe(130);
    });

    it("commits all or nothing", async () => {
      const { orgId, workspaceId } = newIds();
      const taken = workspaceOf(orgId, newIds().workspaceId, "North");
      await commit(store.workspaces.create(taken));
      const outcome = await commit([
        ...store.organizations.create(organizationOf(orgId)),
        ...store.workspaces.create(workspaceOf(orgId, workspaceId, "ＮＯＲＴＨ ")),
      ]);
      expect(outcome).toBe("raced");
      const { organization, workspace } = await store.read({
        organization: store.organizations.at(orgId),
        workspace: store.workspaces.at(orgId, workspaceId),
      });
      expect([organization, workspace]).toEqual([undefined, undefined]);
    });

    it("applies a transaction once that is sent twice under one token", async () => {
      const { orgId } = newIds();
      await commit(store.organizations.create(organizationOf(orgId)));
      const entry = sealFirst(orgId);
      const changes = [
        store.places.advance({ orgId }, { seq: 0, hash: NO_HASH }, entry),
        store.places.append({ orgId }, entry),
      ];
      const token = store.transactionToken([entry]);
      expect(await store.commit(changes, token, never)).toBe("committed");
      expect(await store.commit(changes, token, never)).toBe("committed");
      const { items } = await store.places.listEntries({ orgId }, { limit: 10 });
      expect(items.map(({ value }) => value)).toEqual([entry]);
    });

    it("lets one of many through that move a place from the same seq", async () => {
      const { orgId } = newIds();
      await commit(store.organizations.create(organizationOf(orgId)));
      const outcomes = await Promise.all(
        Array.from({ length: 40 }, (_, index) => {
          const entry = sealFirst(orgId, `n${index}`);
          const head = { seq: 0, hash: NO_HASH };
          const changes = [store.places.advance({ orgId }, head, entry), store.places.append({ orgId }, entry)];
          return store.commit(changes, store.transactionToken([entry]), never);
        }),
      );
      expect(outcomes.filter((outcome) => outcome === "committed")).toHaveLength(1);
      expect((await store.places.listEntries({ orgId }, { limit: 10 })).items).toHaveLength(1);
    });

    it("lists a range whole, in order, page by page, in both directions", async () => {
      const { orgId } = newIds();
      const ids = Array.from({ length: 25 }, () => newIds().workspaceId).sort();
      await Promise.all(ids.map((id, index) => commit(store.workspaces.create(workspaceOf(orgId, id, `n${index}`)))));
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page = await store.workspaces.list(orgId, { limit: 10, after });
        expect(page.items.length).toBeLessThanOrEqual(10);
        seen.push(...page.items.map(({ value }) => value.id));
        after = page.next;
      } while (after !== undefined);
      expect(seen).toEqual(ids);
      const all = await store.workspaces.list(orgId, { limit: 25 });
      expect(all.next).toBeUndefined();
    });

    it("frees a name with its holder, and takes it for the next", async () => {
      const { orgId, workspaceId, roleId } = newIds();
      const place = { orgId, workspaceId };
      const role = roleOf(roleId, "Runner", []);
      expect(await commit(store.roles.create(place, role))).toBe("committed");
      expect(await commit(store.roles.create(place, roleOf(newIds().roleId, " runner", [])))).toBe("raced");
      expect(await commit(store.roles.replace(place, role, { ...role, name: "Walker" }))).toBe("committed");
      expect(await commit(store.roles.create(place, roleOf(newIds().roleId, "Runner", [])))).toBe("committed");
      expect(await commit(store.roles.remove(place, { ...role, name: "Walker" }))).toBe("committed");
      const { found } = await store.read({ found: store.roles.named(place, "walker") });
      expect(found).toBeUndefined();
    });

    it("moves the rows of holders and members with the assignment", async () => {
      const { orgId, workspaceId, userId } = newIds();
      const place = { orgId, workspaceId };
      const grant = (roleId: string, expiresAt?: number) => ({
        roleId: roleId as RoleId,
        managedBy: "system" as const,
        source: "direct" as const,
        ...(expiresAt === undefined ? {} : { expiresAt }),
      });
      const first = { place, userId, grants: [grant("rol_owner"), grant("rol_viewer", 5)], version: 1 };
      await commit(store.assignments.replace(undefined, first));
      const second = { place, userId, grants: [grant("rol_viewer")], version: 2 };
      await commit(store.assignments.replace(first, second));
      const holders = (roleId: string) => store.assignments.listHolders(orgId, roleId as RoleId, place);
      expect(await holders("rol_owner")).toEqual([]);
      expect(await holders("rol_viewer")).toEqual([{ roleId: "rol_viewer", place, userId }]);
      expect(await store.assignments.listOfUser(orgId, userId)).toEqual([second]);
      await commit(store.assignments.replace(second, { place, userId, grants: [], version: 3 }));
      expect((await store.assignments.listMembers(place, { limit: 10 })).items).toEqual([]);
      expect(await holders("rol_viewer")).toEqual([]);
    });

    it("keeps an answer for as long as it says, and takes the key anew afterwards", async () => {
      const { orgId } = newIds();
      const asked = { orgId, principal: "usr_a", route: "POST /x", key: "k" };
      const answer = { bodyHash: "h", status: 201, headers: {}, body: "{}", expires: 100 };
      expect(await commit([store.idempotency.keep(asked, answer, 50)])).toBe("committed");
      expect(await commit([store.idempotency.keep(asked, answer, 99)])).toBe("raced");
      expect(await commit([store.idempotency.keep(asked, { ...answer, expires: 200 }, 100)])).toBe("committed");
    });

    it("never mistakes one organization's or address's rows for another's", async () => {
      const { orgId, userId } = newIds();
      const other = newIds().orgId;
      await commit(store.users.create(userOf(orgId, userId, "a#b@acme.example")));
      await commit(store.users.create(userOf(orgId, newIds().userId, "a@acme.example")));
      const list = async (of: OrgId, email: string) =>
        (await store.users.listByEmail(of, email, { limit: 10 })).items.map(({ value }) => value);
      expect(await list(orgId, "a#b@acme.example")).toEqual([userId]);
      expect(await list(orgId, "a")).toEqual([]);
      expect(await list(other, "a#b@acme.example")).toEqual([]);
    });
  });
}

export function sealFirst(orgId: OrgId, name = "Acme") {
  return seal(
    { seq: 0, hash: NO_HASH },
    {
      id: makeId("aud", Date.now(), crypto.getRandomValues(new Uint8Array(10))),
      chain: orgId,
      at: AT,
      actor: { kind: "system", id: "test" },
      action: "organization.updated",
      target: { type: "organization", id: orgId },
      after: { name },
      origin: { ip: "", userAgent: "", requestId: "r" },
      outcome: "success",
    },
  );
}
