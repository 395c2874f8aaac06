/** Patterns and the catalogue: what a text means, and what covers what. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { builtInCatalogue } from "../../lib/domain/catalogue.ts";
import { organizationTypes, workspaceTypes } from "../../lib/domain/resource-types.ts";
import type { Level } from "../../lib/domain/scopes.ts";
import { covers, isCovered, makeCover } from "../../lib/domain/scopes.ts";
import { modelExpand } from "../model/model.ts";
import { patternAt } from "./almost-allowed.ts";

describe("a pattern", () => {
  it.each(["*", "workflow:*", "workflow:run", "step-integration:use"])("can be %j", (text) => {
    expect(builtInCatalogue.isKnownPattern("workspace", text)).toBe(true);
  });

  it.each([
    "",
    "**",
    "*:*",
    "*:read",
    "workflow",
    "workflow:",
    ":read",
    "Workflow:read",
    "workflow:Read",
    "workflow:r*",
    "work*:read",
    "workflow: run",
    "workflow:run\n",
    "workflow:run:now",
    "acme.:read",
    ".acme:read",
    "acme..report:read",
    "workflow:run,case:read",
  ])("cannot be %j", (text) => {
    expect(builtInCatalogue.isKnownPattern("workspace", text)).toBe(false);
  });

  it("covers what it stands for, present and future, and nothing else: as the model expands it", () => {
    const pattern = (level: Level) =>
      fc.oneof({ weight: 1, arbitrary: fc.constant("*") }, { weight: 6, arbitrary: patternAt(level) });
    for (const level of ["workspace", "organization"] as const) {
      const law = fc.property(pattern(level), pattern(level), (wide, narrow) => {
        const wider = modelExpand(level, [wide], builtInCatalogue.scopes);
        const isWithin = [...modelExpand(level, [narrow], builtInCatalogue.scopes)].every((name) => wider.has(name));
        expect(covers(wide, narrow)).toBe(isWithin);
        expect(isCovered([wide], narrow)).toBe(isWithin);
        expect(isCovered([], narrow)).toBe(false);
      });
      fc.assert(law, { numRuns: 1_000 });
    }
  });

  it("covers the same, asked by itself or among many", () => {
    const law = fc.property(fc.array(patternAt("workspace")), patternAt("workspace"), (held, wanted) => {
      for (const all of [held, [...held, "*"], [...held, wanted]]) {
        expect(makeCover(all)(wanted)).toBe(isCovered(all, wanted));
      }
    });
    fc.assert(law, { numRuns: 1_000 });
  });

  it.each([
    ["workflow:*", "workflow-run:read"],
    ["workflow-run:*", "workflow:run"],
    ["case:read", "case:write"],
    ["case:read", "case:*"],
    ["case:*", "*"],
    ["workflow:re", "workflow:read"],
  ])("%s does not cover %s", (wide, narrow) => {
    expect(covers(wide, narrow)).toBe(false);
  });
});

describe("the catalogue", () => {
  /** The types that `domain.md` names, at the level where it names them. */
  const named = {
    workspace:
      "workspace role user user-permission claim-mapping share api-key service-key audit-log activity-log access workflow " +
      "workflow-run interaction step-integration trigger-integration step custom-step global-variable workspace-variable " +
      "step-runner case observable runbook dashboard page",
    organization:
      "organization workspace workspace-role org-role user org-permission identity-provider org-claim-mapping resource-type org-audit-log",
  };

  it.each(["workspace", "organization"] as const)("has the types of %s level that the specification names", (level) => {
    const types = new Set(
      builtInCatalogue.scopes.filter((scope) => scope.level === level).map((scope) => scope.resourceType),
    );
    expect([...types].sort()).toEqual(named[level].split(" ").sort());
  });

  it.each([
    "workflow: read write run publish review",
    "interaction: read write submit",
    "step: read run",
    "workspace: read update",
    "share: read create accept revoke",
    "access: evaluate explain",
    "audit-log: read",
    "case: read write",
    "api-key: read write",
  ])("has these actions in a workspace: %s", (line) => {
    const [type, actions] = line.split(": ");
    const own = builtInCatalogue.scopes.filter((scope) => scope.level === "workspace" && scope.resourceType === type);
    expect(own.map((scope) => scope.action).sort()).toEqual(actions?.split(" ").sort());
  });

  it.each([
    "workspace: create delete list suspend",
    "user: read write",
    "workspace-role: grant",
    "org-audit-log: read",
  ])("has these actions in the organization: %s", (line) => {
    const [type, actions] = line.split(": ");
    const own = builtInCatalogue.scopes.filter(
      (scope) => scope.level === "organization" && scope.resourceType === type,
    );
    expect(own.map((scope) => scope.action).sort()).toEqual(actions?.split(" "));
  });

  it("names each scope once at its level, in a form that a pattern can have, with a sentence and a day", () => {
    expect(new Set(builtInCatalogue.scopes.map((scope) => `${scope.level} ${scope.name}`)).size).toBe(
      builtInCatalogue.scopes.length,
    );
    for (const scope of builtInCatalogue.scopes) {
      expect(builtInCatalogue.isKnownPattern(scope.level, scope.name)).toBe(true);
      expect(scope.name).toMatch(/^[a-z]+(-[a-z]+)*:[a-z]+$/);
      expect(scope.name).toBe(`${scope.resourceType}:${scope.action}`);
      expect(scope.description).toMatch(/^Lets one [a-z].+[a-z]\.$/);
      expect(scope.since).toMatch(/^\d{4}-\d\d-\d\d$/);
      expect(builtInCatalogue.names(scope.level).has(scope.name)).toBe(true);
    }
  });

  it("marks only actions that do not write as shareable", () => {
    const shared = Object.entries(workspaceTypes).flatMap(([type, spec]) =>
      "shareable" in spec ? spec.shareable.map((action) => `${type}:${action}`) : [],
    );
    expect(shared.length).toBeGreaterThan(0);
    for (const scope of shared) {
      expect(builtInCatalogue.names("workspace").has(scope)).toBe(true);
      expect(scope).toMatch(/:(read|run|use)$/);
    }
    expect(Object.values(organizationTypes).some((spec) => "shareable" in spec)).toBe(false);
  });

  it("knows a pattern of a type and scope that it has, at that level only", () => {
    expect(builtInCatalogue.isKnownPattern("workspace", "*")).toBe(true);
    expect(builtInCatalogue.isKnownPattern("workspace", "workflow:*")).toBe(true);
    expect(builtInCatalogue.isKnownPattern("workspace", "workflow:run")).toBe(true);
    expect(builtInCatalogue.isKnownPattern("organization", "workspace:*")).toBe(true);
    expect(builtInCatalogue.isKnownPattern("organization", "workflow:*")).toBe(false);
    expect(builtInCatalogue.isKnownPattern("workspace", "workspace:list")).toBe(false);
    for (const text of [
      "workflow:fly",
      "nothing:*",
      "constructor:*",
      "__proto__:*",
      "toString:*",
      ":*",
      "workflow",
      "",
    ]) {
      expect(builtInCatalogue.isKnownPattern("workspace", text)).toBe(false);
    }
  });
});
