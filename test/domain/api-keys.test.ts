/** What an API key can do: every status flipped in turn, and the laws for all worlds, against a model that shares no code. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ApiKey, KeySecret } from "../../lib/domain/api-keys.ts";
import { DAY, endOfSecret, stateOfKey } from "../../lib/domain/api-keys.ts";
import { builtInCatalogue } from "../../lib/domain/catalogue.ts";
import type { Facts } from "../../lib/domain/decide.ts";
import { decide, findHeldPatterns, findLapse, hasStanding, listScopes } from "../../lib/domain/decide.ts";
import type { KeyId, OrgId, ProviderId, RoleId, UserId, WorkspaceId } from "../../lib/domain/ids.ts";
import type { Pattern } from "../../lib/domain/scopes.ts";
import { covers, intersect } from "../../lib/domain/scopes.ts";
import { modelExpand, modelHeld, presentAndFuture } from "../model/model.ts";
import { almostAllowed, bystander, patternAt } from "./almost-allowed.ts";
import { acme, ann, makeFacts, makeGrant, makeRole, NOW, rolesOf, soc } from "./facts.ts";

const SECRET: KeySecret = { hash: "h", madeAt: NOW - 10 * DAY };
const scope = "workflow:run";
const operator = makeRole("rol_operator", "workspace", ["workflow:run", "workflow:read"]);
const manager = makeRole("rol_manager", "organization", ["*"]);

const personal: ApiKey = {
  id: "key_1" as KeyId,
  orgId: acme.id,
  workspaceId: soc.id,
  name: "Pipeline",
  kind: "personal",
  scopes: ["workflow:*"],
  ownerId: ann.id,
  createdAt: acme.createdAt,
  secrets: [SECRET],
  version: 1,
};
const service: ApiKey = { ...personal, kind: "service" };
const withRole: ApiKey = { ...service, role: { roleId: operator.id, managedBy: "workspace" } };

/** Facts as they are read of a key: a service key's person is not, and its role stands as its grant. */
function factsOf(key: ApiKey, secretMadeAt: number | undefined = SECRET.madeAt): Facts {
  const facts = makeFacts(operator, manager);
  const presented = { key, secretMadeAt };
  if (key.kind === "personal") return { ...facts, presented, organizationGrants: [] };
  const workspaceGrants = key.role === undefined ? [] : [makeGrant(operator)];
  return { ...facts, presented, user: undefined, workspaceGrants, organizationGrants: [] };
}

type Kind = "personal" | "service" | "service with a role";
const keys: Readonly<Record<Kind, ApiKey>> = { personal, service, "service with a role": withRole };
const all = Object.keys(keys) as Kind[];
const ofKey =
  (spoil: (key: ApiKey) => ApiKey) =>
  (facts: Facts): Facts => {
    const { key, secretMadeAt } = facts.presented ?? {};
    return { ...facts, presented: { key: key && spoil(key), secretMadeAt } };
  };
const lasting = (days: number) => (facts: Facts) => ({ ...facts, organization: { ...acme, keyLifetimeDays: days } });

interface Flip {
  readonly it: string;
  readonly spoil: (facts: Facts) => Facts;
  readonly reason: string;
  /** Of which keys; of the others it takes nothing. */
  readonly of: readonly Kind[];
}

const flips: readonly Flip[] = [
  {
    it: "an organization that is not there",
    spoil: (facts) => ({ ...facts, organization: undefined }),
    reason: "organization.absent",
    of: all,
  },
  {
    it: "an organization that is suspended",
    spoil: (facts) => ({ ...facts, organization: { ...acme, status: "suspended" } }),
    reason: "organization.suspended",
    of: all,
  },
  {
    it: "another organization",
    spoil: (facts) => ({ ...facts, organization: { ...acme, id: "org_globex" as OrgId } }),
    reason: "key.elsewhere",
    of: all,
  },
  {
    it: "a workspace that is not there",
    spoil: (facts) => ({ ...facts, workspace: undefined }),
    reason: "workspace.absent",
    of: all,
  },
  {
    it: "a workspace that is suspended",
    spoil: (facts) => ({ ...facts, workspace: { ...soc, status: "suspended" } }),
    reason: "workspace.suspended",
    of: all,
  },
  {
    it: "another workspace, in which its person holds everything",
    spoil: (facts) => ({ ...facts, workspace: { ...soc, id: "wks_other" as WorkspaceId } }),
    reason: "key.elsewhere",
    of: all,
  },
  {
    it: "no key of the id",
    spoil: (facts) => ({ ...facts, presented: { key: undefined, secretMadeAt: undefined } }),
    reason: "key.absent",
    of: all,
  },
  {
    it: "another secret",
    spoil: (facts) => ({ ...facts, presented: { key: facts.presented?.key, secretMadeAt: undefined } }),
    reason: "key.secret_unknown",
    of: all,
  },
  {
    it: "a secret that is not among the key's any more",
    spoil: ofKey((key) => ({ ...key, secrets: [{ ...SECRET, madeAt: NOW }] })),
    reason: "key.secret_unknown",
    of: all,
  },
  { it: "a revoked key", spoil: ofKey((key) => ({ ...key, revokedAt: NOW })), reason: "key.revoked", of: all },
  {
    it: "a key revoked in a moment that is still to come",
    spoil: ofKey((key) => ({ ...key, revokedAt: NOW + DAY })),
    reason: "key.revoked",
    of: all,
  },
  { it: "an expired key", spoil: ofKey((key) => ({ ...key, expiresAt: NOW })), reason: "key.expired", of: all },
  {
    it: "a secret whose overlap is over",
    spoil: ofKey((key) => ({
      ...key,
      secrets: [
        { ...SECRET, madeAt: NOW },
        { ...SECRET, until: NOW },
      ],
    })),
    reason: "key.expired",
    of: all,
  },
  { it: "a secret older than the organization wants", spoil: lasting(10), reason: "key.expired", of: all },
  {
    it: "a person who is not there",
    spoil: (facts) => ({ ...facts, user: undefined }),
    reason: "user.absent",
    of: ["personal"],
  },
  {
    it: "a person of another organization",
    spoil: (facts) => ({ ...facts, user: { ...ann, orgId: "org_globex" as OrgId } }),
    reason: "user.absent",
    of: ["personal"],
  },
  {
    it: "a person who is only invited",
    spoil: (facts) => ({ ...facts, user: { ...ann, status: "invited" } }),
    reason: "user.invited",
    of: ["personal"],
  },
  {
    it: "a person who is suspended",
    spoil: (facts) => ({ ...facts, user: { ...ann, status: "suspended" } }),
    reason: "user.suspended",
    of: ["personal"],
  },
  {
    it: "a person whose provider is disabled",
    spoil: (facts) => ({ ...facts, user: { ...ann, identityProviderId: "idp_closed" as ProviderId } }),
    reason: "provider.disabled",
    of: ["personal"],
  },
  {
    it: "a person who holds nothing here",
    spoil: (facts) => ({ ...facts, workspaceGrants: [] }),
    reason: "scope.missing",
    of: ["personal", "service with a role"],
  },
  {
    it: "a grant that is over",
    spoil: (facts) => ({ ...facts, workspaceGrants: [makeGrant(operator, NOW)] }),
    reason: "scope.missing",
    of: ["personal", "service with a role"],
  },
  {
    it: "a role that is gone",
    spoil: (facts) => ({ ...facts, roles: new Map() }),
    reason: "scope.missing",
    of: ["personal", "service with a role"],
  },
  {
    it: "a role without the scope",
    spoil: (facts) => ({ ...facts, roles: rolesOf({ ...operator, scopes: ["workflow:read"] }) }),
    reason: "scope.missing",
    of: ["personal", "service with a role"],
  },
  {
    it: "a role of the other level",
    spoil: (facts) => ({ ...facts, roles: rolesOf({ ...operator, level: "organization" }) }),
    reason: "scope.missing",
    of: ["personal", "service with a role"],
  },
  {
    it: "a key without the scope",
    spoil: ofKey((key) => ({ ...key, scopes: ["workflow:read", "workflow:runs", "run:workflow"] })),
    reason: "scope.missing",
    of: all,
  },
];

const ask = (facts: Facts) => decide({ level: "workspace", scope }, facts);

describe("a key that is good", () => {
  it.each(all)("does what its scopes say: %s", (kind) => {
    const facts = factsOf(keys[kind]);
    expect(ask(facts).allow).toBe(true);
    expect(hasStanding("workspace", facts)).toBe(true);
    expect(listScopes("workspace", facts)).toEqual(
      kind === "service"
        ? ["workflow:publish", "workflow:read", "workflow:review", "workflow:run", "workflow:write"]
        : ["workflow:read", "workflow:run"],
    );
  });
});

describe.each(flips)("$it", ({ spoil, reason, of }) => {
  it.each(all)("ends what a key can do, where it rests on it: %s", (kind) => {
    const facts = spoil(factsOf(keys[kind]));
    if (of.includes(kind)) {
      expect(ask(facts)).toEqual({ allow: false, missing: scope, reason });
      expect(listScopes("workspace", facts)).not.toContain(scope);
    } else expect(ask(facts).allow).toBe(true);
    if (findLapse("workspace", facts) === undefined) return;
    expect([listScopes("workspace", facts), hasStanding("workspace", facts)]).toEqual([[], false]);
  });
});

describe("an end", () => {
  const old: KeySecret = { hash: "h", madeAt: NOW - 3 * DAY, until: NOW + 50 };

  it.each<[string, Partial<ApiKey>, number | undefined, number | undefined, number | undefined]>([
    ["never", {}, undefined, undefined, undefined],
    ["its key's", { expiresAt: NOW + 7 }, undefined, undefined, NOW + 7],
    ["its overlap's", {}, NOW + 7, undefined, NOW + 7],
    ["the organization's", {}, undefined, 11, NOW + DAY],
    ["the first of all, its key's", { expiresAt: NOW + 7 }, NOW + 8, 11, NOW + 7],
    ["the first of all, its overlap's", { expiresAt: NOW + 9 }, NOW + 8, 11, NOW + 8],
    ["the first of all, the organization's", { expiresAt: NOW + 9 }, NOW + 8, 10, NOW],
  ])("of a secret is %s", (_whose, more, until, keyLifetimeDays, end) => {
    const secret = { ...SECRET, ...(until === undefined ? {} : { until }) };
    const policy = keyLifetimeDays === undefined ? {} : { keyLifetimeDays };
    const key = { ...service, ...more, secrets: [secret] };
    expect(endOfSecret(key, secret, policy)).toBe(end);
    const facts = { ...factsOf(key), organization: { ...acme, ...policy } };
    if (end === undefined) return;
    const at = (now: number) => [ask({ ...facts, now }).allow, stateOfKey(key, policy, now)];
    expect([end - 1, end, end + 1].map(at)).toEqual([
      [true, "active"],
      [false, "expired"],
      [false, "expired"],
    ]);
  });

  it("of one secret is none of the other's: an overlap ends, and the newest goes on", () => {
    const key = { ...service, secrets: [SECRET, old] };
    const at = (now: number, { madeAt }: KeySecret) => ask({ ...factsOf(key, madeAt), now }).allow;
    expect([at(NOW + 49, old), at(NOW + 50, old), at(NOW + 50, SECRET)]).toEqual([true, false, true]);
    expect(stateOfKey(key, {}, NOW + 50)).toBe("active");
  });

  it("of a key that was revoked is that, whatever else is over", () => {
    expect(stateOfKey({ ...service, revokedAt: NOW, expiresAt: NOW - 1, secrets: [] }, {}, NOW)).toBe("revoked");
  });
});

describe("a key, for all worlds", () => {
  const scopes = fc.array(fc.oneof({ weight: 5, arbitrary: patternAt("workspace") }, fc.constant("*")), {
    minLength: 1,
    maxLength: 4,
  });
  /** A world of somebody, and a key of theirs, or one that has a role of those that they hold. */
  const worlds = fc
    .record({
      asked: almostAllowed,
      own: scopes,
      meant: fc.nat({ max: 3 }),
      kind: fc.constantFrom<Kind>(...all),
      pick: fc.nat(),
      elsewhere: fc.nat({ max: 9 }),
      revoked: fc.nat({ max: 9 }),
      end: fc.constantFrom(undefined, undefined, undefined, NOW - 1, NOW, NOW + 1),
    })
    .map(({ asked: { question, facts }, own, meant, kind, pick, elsewhere, revoked, end }) => {
      const patterns = meant === 0 || question.level === "organization" ? own : [...own, question.scope];
      const roleIds = [...facts.roles.keys()];
      const roleId = roleIds[pick % (roleIds.length || 1)];
      const hasRole = kind === "service with a role" && roleId !== undefined;
      const key: ApiKey = {
        ...personal,
        kind: kind === "personal" ? "personal" : "service",
        scopes: patterns,
        ...(hasRole ? { role: { roleId, managedBy: "workspace" as const } } : {}),
        ...(elsewhere === 0 ? { workspaceId: "wks_other" as WorkspaceId } : {}),
        ...(revoked === 0 ? { revokedAt: NOW } : {}),
        ...(end === undefined ? {} : { expiresAt: end }),
      };
      const presented = { key, secretMadeAt: SECRET.madeAt };
      const grants = hasRole ? [{ roleId, managedBy: "workspace" as const, source: "direct" as const }] : [];
      const through: Facts =
        key.kind === "personal"
          ? { ...facts, presented }
          : { ...facts, presented, user: undefined, workspaceGrants: grants };
      return { question, facts, key, through };
    });

  /** What may be done with a key, said once more and otherwise: scope by scope, of nothing but plain comparisons. */
  function modelOf({ facts, key }: { readonly facts: Facts; readonly key: ApiKey }): Set<string> {
    const isGood =
      facts.organization?.id === key.orgId &&
      facts.organization.status === "active" &&
      facts.workspace?.id === key.workspaceId &&
      facts.workspace.status === "active" &&
      key.revokedAt === undefined &&
      !(key.expiresAt !== undefined && NOW >= key.expiresAt);
    if (!isGood) return new Set();
    const named = modelExpand("workspace", key.scopes, builtInCatalogue.scopes);
    const present = builtInCatalogue.scopes.filter((one) => one.level === "workspace" && named.has(one.name));
    const own = new Set(present.map(({ name }) => name));
    if (key.kind === "service" && key.role === undefined) return own;
    // Somebody live who holds the role and nothing else has what the role gives.
    const somebody: Facts =
      key.kind === "personal"
        ? facts
        : {
            ...facts,
            user: { ...ann, id: "usr_machine" as UserId },
            workspaceGrants: [{ roleId: key.role?.roleId as RoleId, managedBy: "workspace", source: "direct" }],
          };
    const held = modelHeld("workspace", somebody, builtInCatalogue.scopes);
    return new Set([...own].filter((name) => held.has(name)));
  }

  it("agrees with the model on every scope, and a good part of the keys can do what is asked", () => {
    const runs = 3_000;
    let allowed = 0;
    const law = fc.property(worlds, ({ question, facts, key, through }) => {
      const model = modelOf({ facts, key });
      expect(listScopes("workspace", through)).toEqual([...model].sort());
      const { allow } = decide({ level: "workspace", scope: question.scope }, through);
      expect(allow).toBe(model.has(question.scope));
      if (allow) allowed++;
    });
    fc.assert(law, { numRuns: runs });
    expect(allowed / runs).toBeGreaterThan(0.15);
    expect(allowed / runs).toBeLessThan(0.7);
  });

  it("holds no more than its scopes, and no more than its person or its role", () => {
    const law = fc.property(worlds, ({ facts, key, through }) => {
      const listed = listScopes("workspace", through);
      for (const name of listed) expect(key.scopes.some((pattern) => covers(pattern, name))).toBe(true);
      if (key.kind === "personal") expect(listScopes("workspace", facts)).toEqual(expect.arrayContaining(listed));
      if (key.role === undefined) return;
      const role = facts.roles.get(key.role.roleId);
      for (const name of listed) expect(role?.scopes.some((pattern) => covers(pattern, name))).toBe(true);
    });
    fc.assert(law, { numRuns: 1_000 });
  });

  it("lists exactly the scopes that it allows one by one", () => {
    const names = builtInCatalogue.scopes.filter(({ level }) => level === "workspace").map(({ name }) => name);
    const law = fc.property(worlds, ({ through }) => {
      const oneByOne = names.filter((name) => decide({ level: "workspace", scope: name }, through).allow);
      expect(listScopes("workspace", through)).toEqual(oneByOne.sort());
    });
    fc.assert(law, { numRuns: 500 });
  });

  it("never holds a scope of the organization, whatever its person holds there", () => {
    const names = builtInCatalogue.scopes.filter(({ level }) => level === "organization").map(({ name }) => name);
    const law = fc.property(worlds, ({ through }) => {
      const granted: Facts = {
        ...through,
        organizationGrants: [makeGrant(manager), ...through.organizationGrants],
        roles: new Map([...through.roles, [manager.id, manager]]),
      };
      expect(listScopes("organization", granted)).toEqual([]);
      expect(findHeldPatterns("organization", granted)).toEqual([]);
      expect(hasStanding("organization", granted)).toBe(false);
      for (const name of names) expect(decide({ level: "organization", scope: name }, granted).allow).toBe(false);
    });
    fc.assert(law, { numRuns: 300 });
  });

  it("loses nothing when its person is given more, and gains nothing when something is taken", () => {
    const law = fc.property(worlds, bystander, fc.nat(), ({ through }, added, pick) => {
      const more: Facts = {
        ...through,
        workspaceGrants: [...through.workspaceGrants, added.grant],
        roles: new Map([[added.role.id, added.role], ...through.roles]),
      };
      const without = through.workspaceGrants.filter(
        (_, index) => index !== pick % (through.workspaceGrants.length || 1),
      );
      const held = listScopes("workspace", through);
      expect(listScopes("workspace", more)).toEqual(expect.arrayContaining(held));
      expect(held).toEqual(expect.arrayContaining(listScopes("workspace", { ...through, workspaceGrants: without })));
    });
    fc.assert(law, { numRuns: 1_000 });
  });

  it("gives, where it gives at all, no more than it can do itself", () => {
    const law = fc.property(worlds, ({ through }) => {
      const given = modelExpand("workspace", findHeldPatterns("workspace", through), builtInCatalogue.scopes);
      const present = builtInCatalogue.scopes.filter((one) => one.level === "workspace" && given.has(one.name));
      expect(listScopes("workspace", through)).toEqual(present.map(({ name }) => name).sort());
    });
    fc.assert(law, { numRuns: 500 });
  });
});

describe("what two sets of patterns have in common", () => {
  const names = presentAndFuture("workspace", builtInCatalogue.scopes);
  const patterns: fc.Arbitrary<Pattern[]> = fc.array(
    fc.oneof(
      { weight: 6, arbitrary: patternAt("workspace") },
      { weight: 1, arbitrary: fc.constant("*") },
      { weight: 1, arbitrary: fc.constantFrom("work:*", "workflow-run:*", "workflow:", "one-day:*") },
    ),
    { maxLength: 6 },
  );
  const isIn = (held: readonly Pattern[], name: string) => held.some((pattern) => covers(pattern, name));

  it("is every scope that both cover, and no other, present and future", () => {
    let common = 0;
    const law = fc.property(patterns, patterns, (a, b) => {
      const both = intersect(a, b);
      for (const name of names) {
        const isOfBoth = isIn(a, name) && isIn(b, name);
        if (isOfBoth) common++;
        expect([name, isIn(both, name)]).toEqual([name, isOfBoth]);
      }
      expect(both.every((pattern) => isIn(a, pattern) && isIn(b, pattern))).toBe(true);
    });
    fc.assert(law, { numRuns: 500 });
    expect(common).toBeGreaterThan(1_000);
  });

  it("is the same either way, of itself all, and with all itself", () => {
    const law = fc.property(patterns, patterns, (a, b) => {
      expect(new Set(intersect(a, b))).toEqual(new Set(intersect(b, a)));
      expect(new Set(intersect(a, a))).toEqual(new Set(a));
      expect(new Set(intersect(a, ["*"]))).toEqual(new Set(a));
      expect(intersect(a, [])).toEqual([]);
    });
    fc.assert(law, { numRuns: 500 });
  });
});
