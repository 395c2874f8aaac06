/** A catalogue that grows: who gains by it, who does not, and what a scope on its way out still gives. */
import { describe, expect, it } from "vitest";
import { builtInCatalogue, Catalogue, FIRST_CATALOGUE } from "../../lib/domain/catalogue.ts";
import type { Facts } from "../../lib/domain/decide.ts";
import { decide, listScopes } from "../../lib/domain/decide.ts";
import { listScopesOf, workspaceLines } from "../../lib/domain/predefined-roles.ts";
import { organizationTypes, workspaceTypes } from "../../lib/domain/resource-types.ts";
import type { Role } from "../../lib/domain/roles.ts";
import { makeFacts, makeRole } from "./facts.ts";

/** A platform to come: workflows and cases have one action more, and `step:run` makes way for another. */
const { workflow, case: cases, step } = workspaceTypes;
const grown = new Catalogue({
  organization: organizationTypes,
  workspace: {
    ...workspaceTypes,
    workflow: {
      ...workflow,
      actions: { ...workflow.actions, "one-day": { does: "do what workflows do one day", since: "2027-05-01" } },
    },
    case: {
      ...cases,
      actions: { ...cases.actions, "one-day": { does: "do what cases do one day", since: "2027-05-01" } },
    },
    step: {
      ...step,
      actions: {
        ...step.actions,
        run: { ...step.actions.run, deprecated: { replacedBy: "step:one-day" } },
        "one-day": { does: "run steps as they run one day", since: "2027-05-01" },
      },
    },
  },
});

const ONE_DAY = { level: "workspace", scope: "workflow:one-day" } as const;
const today = (...roles: readonly Role[]): Facts => makeFacts(...roles);
const nextYear = (...roles: readonly Role[]): Facts => ({ ...makeFacts(...roles), catalogue: grown });

describe("a scope that is added", () => {
  it("is nobody's before it is there, whatever they hold", () => {
    expect(decide(ONE_DAY, today(makeRole("all", "workspace", ["*"])))).toMatchObject({
      allow: false,
      reason: "scope.unknown",
    });
  });

  it.each([["*"], ["workflow:*"]])("is held from then on by whoever holds %s", (pattern) => {
    const role = makeRole("pattern", "workspace", [pattern]);
    expect(decide(ONE_DAY, nextYear(role))).toMatchObject({ allow: true, because: { pattern } });
    const gained = listScopes("workspace", nextYear(role)).filter(
      (scope) => !listScopes("workspace", today(role)).includes(scope),
    );
    expect(gained).toEqual(
      pattern === "*" ? ["case:one-day", "step:one-day", "workflow:one-day"] : ["workflow:one-day"],
    );
  });

  it("is not held by whoever holds a list, even of all that there was", () => {
    const role = makeRole("list", "workspace", [...builtInCatalogue.names("workspace")]);
    expect(decide(ONE_DAY, nextYear(role))).toMatchObject({ allow: false, reason: "scope.missing" });
    expect(listScopes("workspace", nextYear(role))).toEqual(listScopes("workspace", today(role)));
  });

  it("is not held by a pattern of the other level or of another type", () => {
    const others = [makeRole("o", "organization", ["*"]), makeRole("c", "workspace", ["workflow-run:*", "case:*"])];
    expect(decide(ONE_DAY, nextYear(...others))).toMatchObject({ allow: false, reason: "scope.missing" });
  });

  it("grows the predefined roles from the rung that its line names upwards, and no other", () => {
    const lines = { ...workspaceLines, "workflow:one-day": ["creator"] as const };
    const gains = (["viewer", "operator", "creator", "contributor", "cases-contributor"] as const).map((rung) => {
      const role = makeRole(rung, "workspace", listScopesOf(rung, lines));
      return [
        rung,
        decide(ONE_DAY, nextYear(role)).allow,
        role.scopes.length - listScopesOf(rung, workspaceLines).length,
      ];
    });
    expect(gains).toEqual([
      ["viewer", false, 0],
      ["operator", false, 0],
      ["creator", true, 1],
      ["contributor", true, 1],
      ["cases-contributor", false, 0],
    ]);
  });

  it("can be put into roles from then on", () => {
    expect(builtInCatalogue.isKnownPattern("workspace", "workflow:one-day")).toBe(false);
    expect(grown.isKnownPattern("workspace", "workflow:one-day")).toBe(true);
    expect(grown.isKnownPattern("organization", "workflow:one-day")).toBe(false);
  });

  it("says since when it is there", () => {
    const sinceOf = (name: string) => grown.scopes.find((scope) => scope.name === name)?.since;
    expect(sinceOf("workflow:one-day")).toBe("2027-05-01");
    expect(sinceOf("workflow:read")).toBe(FIRST_CATALOGUE);
  });
});

describe("a scope on its way out", () => {
  const old = makeRole("old", "workspace", ["step:run"]);

  it("still gives what it gave, and not what takes its place", () => {
    expect(decide({ level: "workspace", scope: "step:run" }, nextYear(old)).allow).toBe(true);
    expect(decide({ level: "workspace", scope: "step:one-day" }, nextYear(old)).allow).toBe(false);
    expect(grown.isKnownPattern("workspace", "step:run")).toBe(true);
  });

  it("says so, and what takes its place", () => {
    const line = grown.scopes.find(({ name }) => name === "step:run");
    expect(line).toMatchObject({ deprecated: true, replacedBy: "step:one-day" });
    const others = grown.scopes.filter(({ name }) => name !== "step:run");
    expect(others.filter((scope) => "deprecated" in scope || "replacedBy" in scope)).toEqual([]);
  });
});

describe.each([
  ["the built-in catalogue", builtInCatalogue],
  ["a grown one", grown],
])("%s", (_, catalogue) => {
  it("is dated, and what takes a scope's place is a living scope of the same level", () => {
    for (const { level, since, replacedBy } of catalogue.scopes) {
      expect(since).toMatch(/^20\d\d-[01]\d-[0-3]\d$/);
      expect(since >= FIRST_CATALOGUE).toBe(true);
      if (replacedBy === undefined) continue;
      const heir = catalogue.scopes.find((scope) => scope.level === level && scope.name === replacedBy);
      expect(heir).toBeDefined();
      expect(heir?.deprecated).toBeUndefined();
    }
  });
});
