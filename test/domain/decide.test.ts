/** One status, one expiry, one thing at a time: whatever is not live gives nothing at once. */
import { describe, expect, it } from "vitest";
import type { Facts } from "../../lib/domain/decide.ts";
import { decide, findHeldPatterns, findHoldings, hasStanding, listScopes } from "../../lib/domain/decide.ts";
import { isUnexpired } from "../../lib/domain/grants.ts";
import type { OrgId, ProviderId, RoleId } from "../../lib/domain/ids.ts";
import { findPredefinedRole } from "../../lib/domain/predefined-roles.ts";
import { acme, ann, makeFacts, makeGrant, makeRole, NOW, rolesOf, soc } from "./facts.ts";

const runner = makeRole("rol_runner", "workspace", ["workflow:run"]);
const auditor = makeRole("rol_auditor", "organization", ["org-audit-log:read"]);
const live = makeFacts(runner, auditor);

const asksWorkspace = { level: "workspace", scope: "workflow:run" } as const;
const asksOrganization = { level: "organization", scope: "org-audit-log:read" } as const;

/** Each thing that can be off, what it changes, and the reason at the two levels (`allow` where the level does not mind). */
const flips: readonly [string, Partial<Facts>, { workspace: string; organization: string }][] = [
  [
    "the organization is gone",
    { organization: undefined },
    { workspace: "organization.absent", organization: "organization.absent" },
  ],
  [
    "the organization is suspended",
    { organization: { ...acme, status: "suspended" } },
    { workspace: "organization.suspended", organization: "organization.suspended" },
  ],
  [
    "the organization is another one",
    { organization: { ...acme, id: "org_globex" as OrgId } },
    { workspace: "user.absent", organization: "user.absent" },
  ],
  ["the user is gone", { user: undefined }, { workspace: "user.absent", organization: "user.absent" }],
  [
    "the user is invited and has not come",
    { user: { ...ann, status: "invited" } },
    { workspace: "user.invited", organization: "user.invited" },
  ],
  [
    "the user is suspended",
    { user: { ...ann, status: "suspended" } },
    { workspace: "user.suspended", organization: "user.suspended" },
  ],
  [
    "the user is another organization's",
    { user: { ...ann, orgId: "org_globex" as OrgId } },
    { workspace: "user.absent", organization: "user.absent" },
  ],
  [
    "the user's provider is disabled",
    { user: { ...ann, identityProviderId: "idp_closed" as ProviderId } },
    { workspace: "provider.disabled", organization: "provider.disabled" },
  ],
  ["the workspace is gone", { workspace: undefined }, { workspace: "workspace.absent", organization: "allow" }],
  [
    "the workspace is suspended",
    { workspace: { ...soc, status: "suspended" } },
    { workspace: "workspace.suspended", organization: "allow" },
  ],
  [
    "the workspace is another organization's",
    { workspace: { ...soc, orgId: "org_globex" as OrgId } },
    { workspace: "workspace.absent", organization: "allow" },
  ],
  ["the roles are gone", { roles: new Map() }, { workspace: "scope.missing", organization: "scope.missing" }],
  [
    "the grants expired",
    { workspaceGrants: [makeGrant(runner, NOW)], organizationGrants: [makeGrant(auditor, NOW)] },
    { workspace: "scope.missing", organization: "scope.missing" },
  ],
  [
    "the grants were taken",
    { workspaceGrants: [], organizationGrants: [] },
    { workspace: "scope.missing", organization: "scope.missing" },
  ],
];

describe("what is not live gives nothing", () => {
  it("allows both questions while everything is live", () => {
    expect(decide(asksWorkspace, live)).toEqual({
      allow: true,
      because: { grant: live.workspaceGrants[0], role: runner, pattern: "workflow:run" },
    });
    expect(decide(asksOrganization, live).allow).toBe(true);
  });

  for (const [what, change, expected] of flips) {
    it(`denies when ${what}`, () => {
      const facts = { ...live, ...change };
      for (const question of [asksWorkspace, asksOrganization]) {
        const decision = decide(question, facts);
        expect(decision.allow ? "allow" : decision.reason).toBe(expected[question.level]);
        if (decision.allow) continue;
        expect(decision.missing).toBe(question.scope);
        expect(listScopes(question.level, facts)).toEqual([]);
        expect(findHeldPatterns(question.level, facts)).toEqual([]);
        expect(findHoldings(question.level, facts)).toEqual([]);
      }
    });
  }

  it("denies when the role's feature is off in the workspace, and allows when it is on", () => {
    const analyst = findPredefinedRole("rol_cases-analyst" as RoleId);
    if (analyst === undefined) throw new Error("there is no Cases Analyst");
    const facts = makeFacts(analyst);
    const question = { level: "workspace", scope: "case:write" } as const;
    expect(decide(question, facts).allow).toBe(true);
    expect(decide(question, { ...facts, workspace: { ...soc, features: [] } })).toMatchObject({
      reason: "scope.missing",
    });
  });
});

describe("expiry is compared to the millisecond", () => {
  const expiresAt = NOW + 1_000;
  const facts = { ...live, workspaceGrants: [makeGrant(runner, expiresAt)] };

  it.each([
    ["a millisecond before it", expiresAt - 1, true],
    ["at it", expiresAt, false],
    ["a millisecond after it", expiresAt + 1, false],
  ])("%s: %i, allowed: %s", (_when, now, allowed) => {
    expect(decide(asksWorkspace, { ...facts, now }).allow).toBe(allowed);
    expect(isUnexpired({ expiresAt }, now)).toBe(allowed);
    expect(hasStanding("workspace", { ...facts, now })).toBe(allowed);
  });

  it("lets a grant without an end stand for ever", () => {
    expect(isUnexpired({}, Number.MAX_SAFE_INTEGER)).toBe(true);
  });

  it("takes an end that is no number for one that is over", () => {
    expect(isUnexpired({ expiresAt: Number.NaN }, NOW)).toBe(false);
  });
});

describe("levels do not mix", () => {
  it("gives no workspace scope through an organization role that stands among the workspace's grants", () => {
    const everything = makeRole("rol_everything", "organization", ["*"]);
    const facts = { ...makeFacts(everything), workspaceGrants: [makeGrant(everything)], roles: rolesOf(everything) };
    expect(listScopes("workspace", facts)).toEqual([]);
  });

  it("asks `workspace:read` in a workspace and `workspace:list` in the organization, never crosswise", () => {
    const facts = makeFacts(makeRole("rol_all-w", "workspace", ["*"]), makeRole("rol_all-o", "organization", ["*"]));
    expect(decide({ level: "organization", scope: "workspace:read" }, facts)).toMatchObject({
      reason: "scope.unknown",
    });
    expect(decide({ level: "workspace", scope: "workspace:list" }, facts)).toMatchObject({ reason: "scope.unknown" });
  });
});

describe("a scope that nobody knows", () => {
  it.each(["workflow:fly", "workflow:*", "*", "", "workflow", "constructor", "__proto__", "workflow:run "])(
    "is denied even to an Owner: %j",
    (scope) => {
      const facts = makeFacts(makeRole("rol_all", "workspace", ["*", "workflow:*"]));
      expect(decide({ level: "workspace", scope }, facts)).toEqual({
        allow: false,
        missing: scope,
        reason: "scope.unknown",
      });
    },
  );
});

describe("standing", () => {
  it("is being a live user in an organization, and an unexpired grant in a workspace, whatever it gives", () => {
    expect(hasStanding("organization", makeFacts())).toBe(true);
    expect(hasStanding("workspace", makeFacts())).toBe(false);
    expect(hasStanding("workspace", makeFacts(runner))).toBe(true);
    expect(hasStanding("workspace", makeFacts(auditor))).toBe(false);
    expect(hasStanding("organization", { ...live, user: { ...ann, status: "suspended" } })).toBe(false);
  });
});
