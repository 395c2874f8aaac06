/**
 * Random changes by limited administrators, on the real engine: whoever makes a change, nobody holds more afterwards than
 * before but what the one who made it held; and no place that had an anchor is ever without one.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAnchors } from "../../lib/api/anchored-places.ts";
import { readFacts } from "../../lib/api/facts.ts";
import { RoleCache } from "../../lib/api/role-cache.ts";
import { listScopes } from "../../lib/domain/decide.ts";
import type { OrgId, WorkspaceId } from "../../lib/domain/ids.ts";
import type { Store } from "../../lib/store/store.ts";
import { openTestStore } from "../engine.ts";
import type { Answer, Caller, TestApi } from "./in-process.ts";
import { openTestApi } from "./in-process.ts";
import { acceptInvitation } from "./invitations.ts";

const RUNS = 25;
const STEPS = 30;
const PEOPLE = 4;
/** Patterns that overlap, so that a change is often almost allowed. */
const patterns = [
  "user-permission:write",
  "user-permission:read",
  "role:write",
  "role:read",
  "workflow:*",
  "workflow:run",
  "workflow:read",
  "case:*",
  "*",
];

const who = fc.nat({ max: PEOPLE - 1 });
const scopes = fc.uniqueArray(fc.constantFrom(...patterns), { minLength: 1, maxLength: 4 });
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("assign" as const),
      by: who,
      to: who,
      roles: fc.array(fc.nat(7), { maxLength: 3 }),
      isTimed: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("create" as const), by: who, scopes }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("edit" as const), by: who, role: fc.nat(7), scopes }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("suspend" as const), by: who, to: who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("resume" as const), to: who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("invite" as const), by: who, role: fc.nat(7) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("manager" as const), by: who, to: who, isManager: fc.boolean() }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class World {
  readonly api: TestApi;
  readonly store: Store;
  readonly people: Caller[] = [];
  readonly roles: string[] = ["rol_viewer", "rol_operator", "rol_owner"];
  org = "" as OrgId;
  workspace = "" as WorkspaceId;
  #invited = 0;

  constructor(store: Store) {
    this.store = store;
    this.api = openTestApi(store);
  }

  /** An owner and manager, an administrator of users, an administrator of roles, and a bystander. */
  async build(): Promise<void> {
    const first = await this.api.person("p0@acme.example");
    this.people.push(first);
    this.org = (await this.api.call(first, "POST /v1/orgs", { body: { name: "Acme" } })).body.id;
    this.workspace = (
      await this.api.call(first, `POST /v1/orgs/${this.org}/workspaces`, { body: { name: "North" } })
    ).body.id;
    for (const admin of [
      ["user-permission:write", "user-permission:read", "workflow:run"],
      ["role:write", "user-permission:write", "workflow:*"],
    ]) {
      const body = { name: `Admin ${admin.join(" ")}`, scopes: admin };
      this.roles.push((await this.api.call(first, `POST ${this.at("/roles")}`, { body })).body.id);
    }
    for (let index = 1; index < PEOPLE; index++) {
      const email = `p${index}@acme.example`;
      const { body } = await this.api.call(first, `POST /v1/orgs/${this.org}/users`, { body: { email } });
      await acceptInvitation(this.store, this.org, body.id);
      this.people.push({ userId: body.id, email });
      const roleIds = index < 3 ? [this.roles[index + 2]] : ["rol_viewer"];
      await this.api.call(first, `PUT ${this.at(`/assignments/${body.id}`)}`, { body: { roleIds } });
    }
  }

  at(path: string): string {
    return `/v1/orgs/${this.org}/workspaces/${this.workspace}${path}`;
  }

  person(index: number): Caller {
    const found = this.people[index];
    if (found === undefined) throw new Error(`nobody is number ${index}`);
    return found;
  }

  async take(change: Step): Promise<Answer> {
    const { api } = this;
    const user = (index: number) => `/v1/orgs/${this.org}/users/${this.person(index).userId}`;
    const roleOf = (index: number) => this.roles[index % this.roles.length] ?? "rol_viewer";
    switch (change.kind) {
      case "assign": {
        const roleIds = change.roles.map(roleOf);
        const body = change.isTimed ? { roleIds, expiresAt: "2099-01-01T00:00:00Z" } : { roleIds };
        return api.call(this.person(change.by), `PUT ${this.at(`/assignments/${this.person(change.to).userId}`)}`, {
          body,
        });
      }
      case "create": {
        const name = `Role ${this.roles.length}`;
        const answer = await api.call(this.person(change.by), `POST ${this.at("/roles")}`, {
          body: { name, scopes: change.scopes },
        });
        if (answer.status === 201) this.roles.push(answer.body.id);
        return answer;
      }
      case "edit":
        return api.call(this.person(change.by), `PATCH ${this.at(`/roles/${roleOf(change.role)}`)}`, {
          body: { scopes: change.scopes },
          headers: { "if-match": "*" },
        });
      case "suspend":
        return api.call(this.person(change.by), `PATCH ${user(change.to)}`, { body: { status: "suspended" } });
      case "resume":
        return api.call(this.person(0), `PATCH ${user(change.to)}`, { body: { status: "active" } });
      case "invite": {
        const body = {
          email: `guest${this.#invited++}@acme.example`,
          roleId: roleOf(change.role),
          workspaceId: this.workspace,
        };
        return api.call(this.person(change.by), `POST /v1/orgs/${this.org}/users`, { body });
      }
      case "manager": {
        const body = { roleIds: change.isManager ? ["rol_organization-manager"] : [] };
        const path = `/v1/orgs/${this.org}/assignments/${this.person(change.to).userId}`;
        return api.call(this.person(change.by), `PUT ${path}`, { body });
      }
    }
  }

  /** What each person holds now, workspace level and organization level, suspended or not: their roles' worth. */
  async holdings(): Promise<Map<string, Set<string>>> {
    const held = new Map<string, Set<string>>();
    for (const { userId } of this.people) {
      const read = await readFacts(this.store, new RoleCache(), {
        orgId: this.org,
        workspaceId: this.workspace,
        userId,
        now: Date.now(),
      });
      const facts = { ...read, user: read.user && { ...read.user, status: "active" as const } };
      const atOrganization = listScopes("organization", facts).map((scope) => `organization ${scope}`);
      held.set(userId, new Set([...listScopes("workspace", facts), ...atOrganization]));
    }
    return held;
  }

  async countAnchors(): Promise<number[]> {
    const { organization } = await this.store.read({ organization: this.store.organizations.at(this.org) });
    const places = [{ orgId: this.org }, { orgId: this.org, workspaceId: this.workspace }];
    return Promise.all(
      places.map(async (place) => (await readAnchors(this.store, organization, place, this.person(0).userId)).size),
    );
  }
}

describe("changes by limited administrators", () => {
  it("never give anybody a scope that the one who made the change did not hold, and never take the last anchor", async () => {
    const outcomes = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: STEPS, maxLength: STEPS }), async (steps) => {
        const { store } = await openTestStore();
        const world = new World(store);
        await world.build();
        for (const change of steps) {
          const before = await world.holdings();
          const answer = await world.take(change);
          const after = await world.holdings();
          const key = `${change.kind} ${answer.status}`;
          outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
          const giver =
            before.get("by" in change ? world.person(change.by).userId : world.person(0).userId) ?? new Set();
          const isGiverOfAll = giver.has("organization workspace-role:grant");
          for (const [userId, scopes] of after) {
            const gained = [...scopes].filter((scope) => !before.get(userId)?.has(scope));
            const beyond = gained.filter(
              (scope) => !giver.has(scope) && !(isGiverOfAll && !scope.startsWith("organization ")),
            );
            expect(beyond, `${JSON.stringify(change)} gave ${userId}`).toEqual([]);
          }
          expect(Math.min(...(await world.countAnchors())), `${JSON.stringify(change)} left a place`).toBeGreaterThan(
            0,
          );
          if (answer.status >= 400) expect(after).toEqual(before);
        }
        expect(world.api.faults).toEqual([]);
      }),
      { numRuns: RUNS },
    );
    console.log("changes by limited administrators:", Object.fromEntries([...outcomes].sort()));
    for (const wanted of [
      "assign 200",
      "assign 403",
      "assign 409",
      "create 201",
      "create 403",
      "edit 200",
      "edit 403",
    ]) {
      expect(outcomes.get(wanted) ?? 0, `${wanted} was never seen`).toBeGreaterThan(0);
    }
  }, 120_000);
});
