/** What an evaluation has to do, counted: times are for `npm run measure`. */
import { describe, expect, it } from "vitest";
import type { ClaimRule } from "../../lib/domain/claim-rules.ts";
import { evaluateRules } from "../../lib/domain/claim-rules.ts";
import type { Attributes, Condition } from "../../lib/domain/conditions.ts";
import { ConditionJudge } from "../../lib/domain/conditions.ts";
import type { ProviderId, RoleId, RuleId, WorkspaceId } from "../../lib/domain/ids.ts";

const okta = { id: "idp_okta" as ProviderId };
const rule = (id: string, all: readonly Condition[]): ClaimRule => ({
  id: `rul_${id}` as RuleId,
  name: id,
  when: { all },
  roleId: "rol_viewer" as RoleId,
  enabled: true,
});
const workspaces = (many: number, claimMatching: "first-match" | "all-matches" = "first-match") =>
  Array.from({ length: many }, (_, at) => ({ id: `wks_${at}` as WorkspaceId, claimMatching }));

/** Attributes that count how often each was read. */
class CountedAttributes extends Map<string, string | string[]> {
  readonly reads: string[] = [];

  override get(name: string) {
    this.reads.push(name);
    return super.get(name);
  }
}

function evaluate(ofOrganization: readonly ClaimRule[], attributes: Attributes, many = 1) {
  const judge = new ConditionJudge(attributes);
  const rules = { ofWorkspaces: new Map(), ofOrganization };
  const outcomes = evaluateRules(rules, workspaces(many), okta, attributes, judge);
  return { outcomes, work: judge.work };
}

describe("an evaluation", () => {
  it("asks each rule once, for however many workspaces", () => {
    const is = (value: string): Condition => ({ attribute: "groups", operator: "equals", values: [value] });
    const rules = [rule("a", [is("A")]), rule("b", [is("B")]), rule("c", [is("C")])];
    const { outcomes, work } = evaluate(rules, new Map([["groups", "C"]]), 1_000);
    expect(outcomes).toHaveLength(1_000);
    expect(work.conditions).toBe(3);
  });

  it("asks no more of a rule than decides it", () => {
    const no: Condition = { attribute: "groups", operator: "equals", values: ["x"] };
    const { work } = evaluate([rule("a", [no, no, no])], new Map([["groups", "C"]]));
    expect(work.conditions).toBe(1);
  });

  it("reads each attribute once, and once each kind of part of its names", () => {
    const attributes = new CountedAttributes([
      ["groups", ["CN=SOC,DC=acme"]],
      ["team", "soc"],
    ]);
    const asked = ["groups", "team", "groups#cn", "groups", "groups#cn", "team"];
    const rules = asked.map((attribute, at) => rule(`${at}`, [{ attribute, operator: "suffix", values: [`x${at}`] }]));
    evaluate(rules, attributes, 10);
    expect(attributes.reads).toEqual(["groups", "team", "groups"]);
  });

  it("reads Distinguished Names once, however many parts of them are asked for, in however many spellings", () => {
    const names = Array.from({ length: 100 }, (_, at) => `CN=Group ${at},OU=Groups,DC=acme`);
    const attributes = new CountedAttributes([["groups", names]]);
    const parts = ["cn", "CN", "Cn", ...Array.from({ length: 997 }, (_, at) => `part${at}`)];
    const asked = parts.map((part, at) =>
      rule(`${at}`, [{ attribute: `groups#${part}`, operator: "equals", values: ["Group 99"] }]),
    );
    const judge = new ConditionJudge(attributes);
    const ofOrganization = [...asked.slice(3), ...asked.slice(0, 3)];
    const outcomes = evaluateRules({ ofWorkspaces: new Map(), ofOrganization }, workspaces(1), okta, attributes, judge);
    expect(outcomes.map(({ ruleId }) => ruleId)).toEqual(["rul_0"]);
    expect(attributes.reads).toEqual(["groups"]);
  });

  it("runs a pattern that several rules share once on an attribute, negated or not", () => {
    const soc: Condition = { attribute: "groups", operator: "matches", values: ["^SOC-[0-9]$"] };
    const rules = [
      rule("a", [soc]),
      rule("b", [{ ...soc, negate: true }]),
      rule("c", [{ ...soc, ignoreCase: true }]),
      rule("d", [{ ...soc, attribute: "team" }]),
      rule("e", [{ ...soc, operator: "glob", values: ["SOC-?"] }]),
      rule("f", [soc]),
    ];
    const { work } = evaluate(rules, new Map([["groups", "NOC"]]));
    expect(work).toEqual({ conditions: 6, patterns: 4 });
  });

  it("gives nothing below a pattern that takes too long, unless all that match are united", () => {
    const hard: Condition = { attribute: "text", operator: "matches", values: ["(?:a|b)*a(?:a|b){60}c"] };
    let state = 1;
    const text = Array.from({ length: 1_024 }, () => {
      state = (state * 48_271) % 2_147_483_647;
      return "ab"[state % 2];
    }).join("");
    const easy: Condition = { attribute: "text", operator: "matches", values: ["^[ab]+$"] };
    const rules = [
      rule("first", [{ ...easy, negate: true }]),
      rule("hard", [{ ...hard, negate: true }]),
      rule("easy", [easy]),
    ];
    const given = (claimMatching: "first-match" | "all-matches", ofOrganization = rules) =>
      evaluateRules(
        { ofWorkspaces: new Map(), ofOrganization },
        workspaces(1, claimMatching),
        okta,
        new Map([["text", text]]),
      ).map(({ ruleId }) => ruleId);
    expect(given("first-match")).toEqual([]);
    expect(given("all-matches")).toEqual(["rul_easy"]);
    expect(given("first-match", rules.toReversed())).toEqual(["rul_easy"]);
  });
});
