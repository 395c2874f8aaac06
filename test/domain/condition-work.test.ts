/** How much rules may ask of one sign-in, and that nobody's rules ask for those of another place. */
import { describe, expect, it } from "vitest";
import type { ClaimRule } from "../../lib/domain/claim-rules.ts";
import { evaluateRules } from "../../lib/domain/claim-rules.ts";
import type { Condition } from "../../lib/domain/conditions.ts";
import { ConditionJudge, judgeCondition } from "../../lib/domain/conditions.ts";
import type { ProviderId, RoleId, RuleId, WorkspaceId } from "../../lib/domain/ids.ts";

const north = "wks_north" as WorkspaceId;
const south = "wks_south" as WorkspaceId;
const provider = { id: "idp_okta" as ProviderId };
const groups = Array.from({ length: 2_000 }, (_, index) => `${"a".repeat(30)}-${index}`);
const attributes = new Map([["groups", groups]]);
const last = groups.at(-1) ?? "";

/** Asks each of its values of each group, and none of them holds. */
const greedy = (operator: "prefix" | "contains" | "glob" | "matches", index: number): Condition => ({
  attribute: "groups",
  operator,
  values: Array.from({ length: 100 }, (_, value) => `b${index}-${value}`),
});
const rule = (name: string, condition: Condition): ClaimRule => ({
  id: `rul_${name}` as RuleId,
  name,
  when: { all: [condition] },
  roleId: "rol_viewer" as RoleId,
  enabled: true,
});
const simple: Condition = { attribute: "groups", operator: "suffix", values: ["-7"] };
const evaluate = (own: readonly ClaimRule[], shared: readonly ClaimRule[]) =>
  evaluateRules(
    { ofWorkspaces: new Map([[north, own]]), ofOrganization: shared },
    [north, south].map((id) => ({ id, claimMatching: "all-matches" as const })),
    provider,
    attributes,
  ).map(({ workspaceId, ruleId }) => `${workspaceId} ${ruleId}`);

describe("rules that ask too much", () => {
  it.each(["prefix", "contains", "glob", "matches"] as const)(
    "by %s leave what is below them in their place unmet, negated or not, and other places alone",
    (operator) => {
      const hostile = Array.from({ length: 20 }, (_, index) => rule(`hostile-${index}`, greedy(operator, index)));
      const none: Condition = { attribute: "groups", operator: "prefix", values: ["none"], negate: true };
      const below = [rule("simple", simple), rule("negated", none)];
      expect(evaluate(below, [])).toEqual([`${north} rul_simple`, `${north} rul_negated`]);
      expect(evaluate([...hostile, ...below], [rule("shared", simple)])).toEqual([
        `${north} rul_shared`,
        `${south} rul_shared`,
      ]);
      expect(evaluate([rule("own", simple)], [...hostile, rule("shared", simple)])).toEqual([`${north} rul_own`]);
    },
  );

  it("cost nothing by what is looked up at once: any number of texts that groups equal", () => {
    const all = Array.from({ length: 1_000 }, (_, index) =>
      rule(String(index), { ...greedy("prefix", index), operator: "in", negate: true }),
    );
    expect(evaluate([...all, rule("simple", simple)], [])).toHaveLength(all.length + 1);
  });

  it.each<[Condition["operator"], number]>([
    ["prefix", 300],
    ["contains", 100],
    ["gte", 300],
    ["cidr", 30],
    ["glob", 20],
  ])("are not those of a large organization: 3,000 conditions by %s, of somebody with %i groups", (operator, count) => {
    const value = (index: number) =>
      operator === "cidr" ? `192.0.${index % 256}.0/24` : operator === "gte" ? String(100 + index) : `team-${index}-*`;
    const all = Array.from({ length: 1_000 }, (_, index): ClaimRule => {
      const any = [0, 1, 2].map((at): Condition => {
        return { attribute: "groups", operator, values: [value(3 * index + at)] };
      });
      return { ...rule(String(index), simple), when: { any } };
    });
    const element = (index: number) =>
      operator === "cidr"
        ? `10.20.7.${index}`
        : operator === "gte"
          ? String(index % 100)
          : `group-${index}-of-acme-emea`;
    const held = new Map([["groups", [...Array.from({ length: count }, (_, index) => element(index)), "x-7"]]]);
    const outcomes = evaluateRules(
      { ofWorkspaces: new Map(), ofOrganization: [...all, rule("last", simple)] },
      [{ id: north, claimMatching: "first-match" }],
      provider,
      held,
    );
    expect(outcomes.map(({ ruleId }) => ruleId)).toEqual(["rul_last"]);
  });

  it("are told so", () => {
    const condition = { ...greedy("matches", 0), negate: true };
    expect(judgeCondition(condition, attributes)).toEqual({
      met: false,
      reason: "the rules here ask more than one sign-in may be asked",
    });
  });

  it("keep nothing unmet that another place asks for itself, be it the same", () => {
    const judge = new ConditionJudge(attributes);
    const same: Condition = { attribute: "groups", operator: "glob", values: [`*${last}`] };
    for (let index = 0; index < 20; index++) judge.isMet(greedy("matches", index));
    expect(judge.isMet(same)).toBeUndefined();
    expect(judge.judge(same).met).toBe(false);
    judge.enterPlace();
    expect(judge.isMet(same)).toBe(true);
  });

  it.each<[string, Condition["operator"], string, string, number]>([
    [
      "a text that is nearly in a long one",
      "contains",
      `${"a".repeat(400)}b${"a".repeat(400)}`,
      "a".repeat(98_000),
      200,
    ],
    ["a long text that is nearly the beginning", "prefix", `${"a".repeat(1_000)}b`, `${"a".repeat(1_000)}c`, 40_000],
    ["a long text that is nearly the end", "suffix", `b${"a".repeat(1_000)}`, `c${"a".repeat(1_000)}`, 40_000],
    ["stars that each fit late", "glob", `*${"a".repeat(200)}b*`, "a".repeat(2_400), 200],
    ["ways through a pattern", "matches", "(?:a|b)*a(?:a|b){60}c", "abaab".repeat(20), 2_000],
    ["names that are read for a part of them", "exists", "", "CN=a,".repeat(500_000), 1],
  ])("are so by what each comparison takes, be it one: %s", (_, operator, value, element, count) => {
    const judge = new ConditionJudge(new Map([["text", element]]));
    const attribute = operator === "exists" ? "text#cn" : "text";
    const values =
      operator === "exists" ? [] : Array.from({ length: count }, (_, at) => `${value}`.replace("c", `c${at}`));
    const ask = (some: readonly string[]) => judge.isMet({ attribute, operator, values: some });
    expect(ask(values)).toBeUndefined();
    judge.enterPlace();
    if (count > 1) expect(ask(values.slice(0, 10))).toBe(false);
  });

  it("are asked once, also where the reason is to be told", () => {
    const judge = new ConditionJudge(attributes);
    judge.judge(simple);
    expect(judge.work.conditions).toBe(1);
  });

  it("ask doubled elements once", () => {
    const many = new Map([["groups", Array.from({ length: 2_000_000 }, () => "SOC")]]);
    expect(judgeCondition({ attribute: "groups", operator: "prefix", values: ["NOC", "SO"] }, many).met).toBe(true);
  });
});
