/** The decision tables, run on the core alone: facts from the world, `decide` and the route table's own access. */
import { describe, expect, it } from "vitest";
import { judgeAccess } from "../../lib/api/authorize.ts";
import { routes } from "../../lib/api/routes.ts";
import { builtInCatalogue } from "../../lib/domain/catalogue.ts";
import type { Facts } from "../../lib/domain/decide.ts";
import { decide, listScopes } from "../../lib/domain/decide.ts";
import { modelHeld } from "../model/model.ts";
import type { Call, DecisionCase, ScopeCase } from "./cases.ts";
import { findClockObstacle, findHttpObstacle, splitCall } from "./cases.ts";
import { themes } from "./themes.ts";
import { buildWorld, factsAbout, isWorkspacePath } from "./world.ts";

const NOW = Date.UTC(2026, 10, 1, 12);

for (const { theme, scenes } of themes) {
  describe(theme, () => {
    for (const { world, cases } of scenes) {
      const built = buildWorld(world, NOW);
      for (const asked of cases) {
        it(asked.it, () => {
          const facts = factsAbout(built, asked.who, asked.in, NOW + (asked.after ?? 0), asked.under);
          if ("calls" in asked) expect(answerCall(asked.calls, facts)).toBe(asked.answer);
          else checkScope(asked, facts);
        });
      }
    }
  });
}

function checkScope(asked: ScopeCase, facts: Facts): void {
  const level = isWorkspacePath(asked.in) ? "workspace" : "organization";
  const decision = decide({ level, scope: asked.scope }, facts);
  if ("deny" in asked) expect(decision).toEqual({ allow: false, missing: asked.scope, reason: asked.deny });
  else expect([asked.allow].flat()).toContain(decision.allow ? decision.because.role.name : decision.reason);
  expect(listScopes(level, facts).includes(asked.scope)).toBe(decision.allow);
  // The model knows no keys: those are held against one of their own in `test/domain/api-keys.test.ts`.
  if (facts.presented !== undefined) return;
  expect(modelHeld(level, facts, builtInCatalogue.scopes).has(asked.scope)).toBe(decision.allow);
}

function answerCall(call: Call, facts: Facts): string {
  const { method, path } = splitCall(call);
  const route = routes.find((one) => one.method === method && one.path === path);
  if (route === undefined || !("level" in route.access)) throw new Error(`no route of a place answers ${call}`);
  const verdict = judgeAccess(route.access, path.includes("{workspaceId}"), facts);
  if (!verdict.allow) return verdict.code;
  return verdict.isWorkspaceAbsent ? "not_found" : "allowed";
}

describe("the tables themselves", () => {
  const all = themes.flatMap(({ theme, scenes }) =>
    scenes.flatMap(({ world, cases }) => cases.map((asked) => ({ theme, world, asked }))),
  );
  const isAllowed = (asked: DecisionCase) => ("calls" in asked ? asked.answer === "allowed" : "allow" in asked);

  it("hold a case of each sentence once per theme, and neither allow nor deny nearly everything", () => {
    const sentences = all.map(({ theme, asked }) => `${theme}: ${asked.it}`);
    expect(new Set(sentences).size).toBe(sentences.length);
    const share = all.filter(({ asked }) => isAllowed(asked)).length / all.length;
    expect(share).toBeGreaterThan(0.3);
    expect(share).toBeLessThan(0.7);
  });

  it("can mostly be asked of the deployable parts too", () => {
    const byClock = all.filter(({ world, asked }) => findClockObstacle(world, asked) === undefined);
    const overHttp = all.filter(({ world, asked }) => findHttpObstacle(world, asked) === undefined);
    console.info(`${all.length} cases; ${byClock.length} through the authorizer; ${overHttp.length} over HTTP`);
    expect(byClock.length).toBeGreaterThan(0.9 * all.length);
    expect(overHttp.length).toBeGreaterThan(0.6 * all.length);
  });
});
