/** What a sign-in comes to by the rules: order, limits, and what no claim can do by itself. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ClaimRule, RuleProvider, RuleSet, When } from "../../lib/domain/claim-rules.ts";
import { evaluateRules, judgeRule, moveRule } from "../../lib/domain/claim-rules.ts";
import type { ProviderId, RoleId, RuleId, WorkspaceId } from "../../lib/domain/ids.ts";

const north = "wks_north" as WorkspaceId;
const south = "wks_south" as WorkspaceId;
const okta = "idp_okta" as ProviderId;
const entra = "idp_entra" as ProviderId;
const id = (name: string) => `rul_${name}` as RuleId;
const has = (...groups: readonly string[]): When => ({
  all: [{ attribute: "groups", operator: "in", values: groups }],
});
const rule = (name: string, when: When, more: Partial<ClaimRule> = {}): ClaimRule => ({
  id: id(name),
  name,
  when,
  roleId: `rol_${name}` as RoleId,
  enabled: true,
  ...more,
});

interface Case {
  readonly own?: readonly ClaimRule[];
  readonly shared?: readonly ClaimRule[];
  readonly groups?: readonly string[];
  readonly provider?: RuleProvider;
  readonly matching?: "first-match" | "all-matches";
}

/** Names of the roles in each of the two workspaces. */
function outcome({ own = [], shared = [], groups = ["SOC"], provider = { id: okta }, matching = "first-match" }: Case) {
  const rules: RuleSet = { ofWorkspaces: new Map([[north, own]]), ofOrganization: shared };
  const workspaces = [north, south].map((workspace) => ({ id: workspace, claimMatching: matching }));
  const outcomes = evaluateRules(rules, workspaces, provider, new Map([["groups", groups]]));
  for (const { roleId, ruleId } of outcomes) expect(roleId.slice(4)).toBe(ruleId.slice(4));
  const at = (workspace: WorkspaceId) =>
    outcomes.filter(({ workspaceId }) => workspaceId === workspace).map(({ roleId }) => roleId.slice(4));
  return { north: at(north), south: at(south) };
}

describe("the rules", () => {
  it("give the first that matches, a workspace's own before the organization's", () => {
    const own = [rule("no", has("NOC")), rule("own", has("SOC")), rule("later", has("SOC"))];
    expect(outcome({ own, shared: [rule("shared", has("SOC"))] })).toEqual({ north: ["own"], south: ["shared"] });
  });

  it("give all that match where the workspace unites them", () => {
    const own = [rule("no", has("NOC")), rule("own", has("SOC")), rule("later", has("SOC"))];
    const shared = [rule("shared", has("SOC"))];
    expect(outcome({ own, shared, matching: "all-matches" })).toEqual({
      north: ["own", "later", "shared"],
      south: ["shared"],
    });
  });

  it("give nothing that is disabled, and the next one decides", () => {
    const own = [rule("own", has("SOC"), { enabled: false }), rule("next", has("SOC"))];
    expect(outcome({ own }).north).toEqual(["next"]);
  });

  it("give in the workspaces that they are for, and that the provider serves", () => {
    const only = [rule("only", has("SOC"), { workspaceIds: [south] })];
    expect(outcome({ shared: only })).toEqual({ north: [], south: ["only"] });
    const shared = [rule("shared", has("SOC"))];
    const provider = { id: okta, workspaceIds: [north] };
    expect(outcome({ shared, provider })).toEqual({ north: ["shared"], south: [] });
    expect(outcome({ shared, provider: { id: okta, workspaceIds: [] } })).toEqual({ north: [], south: [] });
  });

  it("limited to a provider are satisfied by no other's claims, also where the first would have decided", () => {
    const shared = [rule("okta", has("SOC"), { identityProviderIds: [okta] }), rule("any", has("SOC"))];
    expect(outcome({ shared, provider: { id: okta } }).south).toEqual(["okta"]);
    expect(outcome({ shared, provider: { id: entra } }).south).toEqual(["any"]);
    expect(outcome({ shared: [rule("none", has("SOC"), { identityProviderIds: [] })] }).south).toEqual([]);
  });

  it("give nothing for a claim that no rule asks for, whatever it says", () => {
    const attributes = new Map([
      ["role", ["owner", "rol_owner"]],
      ["scope", ["*"]],
      ["groups", ["x, Admins", "[Admins]", "Admins,SOC"]],
    ]);
    const shared = [rule("admins", has("Admins")), rule("x", has("x")), rule("soc", has("SOC"))];
    const rules = { ofWorkspaces: new Map(), ofOrganization: shared };
    expect(evaluateRules(rules, [{ id: north, claimMatching: "all-matches" }], { id: okta }, attributes)).toEqual([]);
  });

  it("come to the same whatever order the claims have, and never to more with a claim taken away from rules without `negate`", () => {
    const group = fc.constantFrom("a", "b", "c", "d");
    const someRules = fc.array(fc.tuple(fc.uniqueArray(group, { minLength: 1 }), fc.boolean()), { maxLength: 6 });
    const law = fc.property(someRules, fc.uniqueArray(group), (made, groups) => {
      const shared = made.map(([wanted, enabled], index) => rule(String(index), has(...wanted), { enabled }));
      const all = outcome({ shared, groups, matching: "all-matches" }).north;
      expect(outcome({ shared, groups: [...groups].reverse(), matching: "all-matches" }).north).toEqual(all);
      const expected = made.flatMap(([wanted, enabled], index) =>
        enabled && wanted.some((name) => groups.includes(name)) ? [String(index)] : [],
      );
      expect(all).toEqual(expected);
      expect(outcome({ shared, groups }).north).toEqual(expected.slice(0, 1));
      const fewer = outcome({ shared, groups: groups.slice(1), matching: "all-matches" }).north;
      expect(fewer.filter((name) => !all.includes(name))).toEqual([]);
    });
    fc.assert(law, { numRuns: 500 });
  });
});

describe("a rule", () => {
  const soc = { attribute: "groups", operator: "equals", values: ["SOC"] } as const;
  const noc = { attribute: "groups", operator: "equals", values: ["NOC"] } as const;
  const attributes = new Map([["groups", ["SOC"]]]);

  it.each<[boolean, When]>([
    [true, { all: [soc] }],
    [false, { all: [soc, noc] }],
    [true, { any: [noc, soc] }],
    [false, { any: [noc] }],
    // Nobody is let in by a rule that asks nothing.
    [false, { all: [] }],
    [false, { any: [] }],
  ])("matches %s: %j", (matched, when) => {
    expect(judgeRule({ when }, attributes).matched).toBe(matched);
  });

  it("tells of each of its conditions, in their order, also of those that no longer matter", () => {
    const { conditions } = judgeRule({ when: { any: [soc, noc, soc] } }, attributes);
    expect(conditions.map(({ met }) => met)).toEqual([true, false, true]);
  });
});

describe("moving a rule", () => {
  const order = ["a", "b", "c", "d", "e"].map(id);
  const names = (ids: readonly RuleId[]) => ids.map((one) => one.slice(4)).join("");

  it.each([
    ["c", 2, "acbde"],
    ["a", 5, "bcdea"],
    ["e", 1, "eabcd"],
    ["c", 3, "abcde"],
    ["b", 9, "acdeb"],
    ["c", 0, "cabde"],
  ])("%s to rank %i gives %s", (name, rank, expected) => {
    expect(names(moveRule(order, id(name), rank))).toBe(expected);
  });

  it("puts a new one in, and the others keep their order", () => {
    expect(names(moveRule(order, id("x"), 1))).toBe("xabcde");
    expect(names(moveRule(order, id("x"), 6))).toBe("abcdex");
  });
});
