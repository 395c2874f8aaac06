/** The laws of deciding (`domain.md`), for all worlds, and the same answers from a model that shares no code with the engine. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { builtInCatalogue } from "../../lib/domain/catalogue.ts";
import type { Facts } from "../../lib/domain/decide.ts";
import { decide, findHeldPatterns, listScopes } from "../../lib/domain/decide.ts";
import type { OrgId } from "../../lib/domain/ids.ts";
import type { Level } from "../../lib/domain/scopes.ts";
import { modelExpand, modelHeld } from "../model/model.ts";
import { almostAllowed, bystander } from "./almost-allowed.ts";
import { rolesOf } from "./facts.ts";

const levels: readonly Level[] = ["workspace", "organization"];
const isAllowed = (level: Level, scope: string, facts: Facts) => decide({ level, scope }, facts).allow;
const scopesAt = (level: Level) => builtInCatalogue.scopes.filter((one) => one.level === level).map((one) => one.name);

/** What somebody may do at both levels, as one list. */
const listAll = (facts: Facts) => levels.flatMap((level) => listScopes(level, facts).map((name) => `${level} ${name}`));

describe("deciding", () => {
  it("agrees with the model on every question, and 30 to 70 % of the worlds allow theirs", () => {
    const runs = 3_000;
    let allowed = 0;
    const law = fc.property(almostAllowed, ({ question, facts }) => {
      const { allow } = decide(question, facts);
      if (allow) allowed++;
      expect(allow).toBe(modelHeld(question.level, facts, builtInCatalogue.scopes).has(question.scope));
      for (const level of levels) {
        expect(listScopes(level, facts)).toEqual([...modelHeld(level, facts, builtInCatalogue.scopes)].sort());
      }
    });
    fc.assert(law, { numRuns: runs });
    const share = Math.round((100 * allowed) / runs);
    console.info(`almost-allowed worlds: ${share} % of ${runs} allow the question`);
    expect(share).toBeGreaterThanOrEqual(30);
    expect(share).toBeLessThanOrEqual(70);
  });

  it("denies by default: without a grant or without its role nothing is held", () => {
    const law = fc.property(almostAllowed, ({ question, facts }) => {
      expect(listAll({ ...facts, workspaceGrants: [], organizationGrants: [] })).toEqual([]);
      expect(decide(question, { ...facts, roles: new Map() }).allow).toBe(false);
    });
    fc.assert(law, { numRuns: 1_000 });
  });

  it("does not mind the order of grants, roles and scopes, nor that they stand there twice", () => {
    const shuffled = <T>(items: readonly T[], order: readonly number[]) =>
      [...items, ...items]
        .map((item, index) => ({ item, at: order[index % order.length] ?? 0 }))
        .sort((a, b) => a.at - b.at)
        .map(({ item }) => item);
    const law = fc.property(
      almostAllowed,
      fc.array(fc.nat(), { minLength: 1, maxLength: 9 }),
      ({ question, facts }, order) => {
        const roles = shuffled([...facts.roles.values()], order);
        const same: Facts = {
          ...facts,
          workspaceGrants: shuffled(facts.workspaceGrants, order),
          organizationGrants: shuffled(facts.organizationGrants, order),
          roles: rolesOf(...roles.map((role) => ({ ...role, scopes: shuffled(role.scopes, order) }))),
        };
        expect(decide(question, same).allow).toBe(decide(question, facts).allow);
        expect(listAll(same)).toEqual(listAll(facts));
      },
    );
    fc.assert(law, { numRuns: 1_000 });
  });

  it("never takes access away when a grant is added, and never gives any when one is removed", () => {
    const law = fc.property(almostAllowed, bystander, fc.nat(), ({ facts }, added, pick) => {
      const more: Facts = {
        ...facts,
        workspaceGrants: added.at === "workspace" ? [...facts.workspaceGrants, added.grant] : facts.workspaceGrants,
        organizationGrants:
          added.at === "organization" ? [...facts.organizationGrants, added.grant] : facts.organizationGrants,
        roles: new Map([[added.role.id, added.role], ...facts.roles]),
      };
      expect(listAll(more)).toEqual(expect.arrayContaining(listAll(facts)));
      const without = <T>(items: readonly T[]) => items.filter((_, index) => index !== pick % (items.length || 1));
      const less: Facts = {
        ...facts,
        workspaceGrants: without(facts.workspaceGrants),
        organizationGrants: without(facts.organizationGrants),
      };
      expect(listAll(facts)).toEqual(expect.arrayContaining(listAll(less)));
    });
    fc.assert(law, { numRuns: 1_000 });
  });

  it("lists exactly the scopes that it allows one by one", () => {
    const law = fc.property(almostAllowed, ({ facts }) => {
      for (const level of levels) {
        const oneByOne = scopesAt(level).filter((scope) => isAllowed(level, scope, facts));
        expect(listScopes(level, facts)).toEqual(oneByOne.sort());
      }
    });
    fc.assert(law, { numRuns: 1_000 });
  });

  it("gives a reason that alone gives the same answer: that grant, that role, that pattern", () => {
    const law = fc.property(almostAllowed, ({ question, facts }) => {
      const decision = decide(question, facts);
      if (!decision.allow) return;
      const { grant, role, pattern } = decision.because;
      const held = question.level === "workspace" ? facts.workspaceGrants : facts.organizationGrants;
      expect(held).toContain(grant);
      expect(facts.roles.get(grant.roleId)).toBe(role);
      expect(role.scopes).toContain(pattern);
      const alone: Facts = {
        ...facts,
        workspaceGrants: question.level === "workspace" ? [grant] : [],
        organizationGrants: question.level === "organization" ? [grant] : [],
        roles: rolesOf({ ...role, scopes: [pattern] }),
      };
      expect(decide(question, alone).allow).toBe(true);
    });
    fc.assert(law, { numRuns: 1_000 });
  });

  it("never lets two organizations see each other, whatever their facts look like", () => {
    const law = fc.property(almostAllowed, almostAllowed, ({ facts: ours }, { facts: theirs }) => {
      const globex = "org_globex" as OrgId;
      const organization = theirs.organization && { ...theirs.organization, id: globex };
      const workspace = theirs.workspace && { ...theirs.workspace, orgId: globex };
      const user = theirs.user && { ...theirs.user, orgId: globex };
      const ourUser = ours.user && { ...ours.user, orgId: "org_acme" as OrgId };
      const ourWorkspace = ours.workspace && { ...ours.workspace, orgId: "org_acme" as OrgId };
      expect(listAll({ ...ours, organization, workspace, user: ourUser })).toEqual([]);
      expect(listAll({ ...ours, user })).toEqual([]);
      expect(listScopes("workspace", { ...ours, workspace })).toEqual([]);
      expect(listScopes("workspace", { ...ours, organization, user, workspace: ourWorkspace })).toEqual([]);
    });
    fc.assert(law, { numRuns: 1_000 });
  });

  it("judges a giver by patterns that stand for the listed scopes and for no others", () => {
    const law = fc.property(almostAllowed, ({ facts }) => {
      for (const level of levels) {
        const expanded = modelExpand(level, findHeldPatterns(level, facts), builtInCatalogue.scopes);
        const present = scopesAt(level).filter((scope) => expanded.has(scope));
        expect(listScopes(level, facts)).toEqual(present.sort());
      }
    });
    fc.assert(law, { numRuns: 1_000 });
  });
});
