/** How much rules may ask of one sign-in, and that nobody's rules ask for those of another place. */
import { describe, expect, it } from "vitest";
import type { ClaimRule } from "../../lib/domain/claim-rules.ts";
import { evaluateRules } from "../../lib/domain/claim-rules.ts";
import type { Condition } from "../../lib/domain/conditions.ts";
import { ConditionJudge, judgeCondition } from "../../lib/domain/conditions.ts";
import type { ProviderId, RoleId, RuleId, WorkspaceId } from "../../lib/domain/ids.ts";
import type { KeptRule } from "../../lib/domain/kept-rules.ts";
import { decideSignIn } from "../../lib/domain/sign-in-outcome.ts";

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
const keep = (one: ClaimRule): KeptRule => ({ ...one, roleManagedBy: "system", version: 1 });
const evaluate = (
  own: readonly ClaimRule[],
  shared: readonly ClaimRule[],
  claimMatching: "first-match" | "all-matches" = "all-matches",
) =>
  evaluateRules(
    { ofWorkspaces: new Map([[north, own]]), ofOrganization: shared },
    [north, south].map((id) => ({ id, claimMatching })),
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

  it("let none below decide where the first match does, in no place and everywhere, and are told of", () => {
    const hostile = Array.from({ length: 20 }, (_, index) => keep(rule(`hostile-${index}`, greedy("prefix", index))));
    const low = keep(rule("low", simple));
    const decide = (
      own: readonly KeptRule[],
      shared: readonly KeptRule[],
      claimMatching: "first-match" | "all-matches" = "first-match",
    ) => {
      const kept = [{ rules: shared }, { workspaceId: north, rules: own, claimMatching }];
      const { everywhere, inWorkspaces, isCut } = decideSignIn(kept, provider, attributes);
      const inNorth = (inWorkspaces.get(north) ?? everywhere).map(({ source }) => source);
      return { everywhere: everywhere.map(({ source }) => source), north: inNorth, isCut };
    };
    const given = ["claim-rule:rul_low"];
    expect(decide([], [low])).toEqual({ everywhere: given, north: given, isCut: undefined });
    expect(decide(hostile, [low])).toEqual({ everywhere: given, north: [], isCut: true });
    expect(decide([...hostile, low], [])).toEqual({ everywhere: [], north: [], isCut: true });
    expect(decide([low, ...hostile], [])).toEqual({ everywhere: [], north: given, isCut: true });
    expect(decide([low], hostile)).toEqual({ everywhere: [], north: given, isCut: true });
    expect(decide([], [...hostile, low])).toEqual({ everywhere: [], north: [], isCut: true });
    expect(decide(hostile, [low], "all-matches")).toEqual({ everywhere: given, north: given, isCut: true });
    expect(decide([low], [...hostile, low], "all-matches")).toEqual({ everywhere: [], north: given, isCut: true });
    // What is for other workspaces stands above nothing here.
    const elsewhere = hostile.map((one) => ({ ...one, workspaceIds: [south] }));
    const found = keep(rule("found", { attribute: "groups", operator: "equals", values: [last] }));
    expect(decide([], [...elsewhere, found]).everywhere).toEqual(["claim-rule:rul_found"]);
  });

  it("do not keep another condition from deciding by itself", () => {
    const yes: Condition = { attribute: "groups", operator: "equals", values: [last] };
    const no: Condition = { ...yes, negate: true };
    const values = Array.from({ length: 20 }, (_, index) => greedy("prefix", index).values).flat();
    const long = [{ ...greedy("prefix", 0), values }];
    const given = (when: ClaimRule["when"]) =>
      evaluate([{ ...rule("asked", simple), when }, rule("low", yes)], [], "first-match");
    const [asked, low] = [[`${north} rul_asked`], [`${north} rul_low`]];
    expect(given({ all: [...long, yes] })).toEqual([]);
    expect(given({ all: [...long, no] })).toEqual(low);
    expect(given({ any: [...long, no] })).toEqual([]);
    expect(given({ any: [...long, yes] })).toEqual(asked);
    // An ordinary fault is no match.
    expect(given({ all: [{ attribute: "groups", operator: "gt", values: [7], negate: true }] })).toEqual(low);
  });

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

  it("are never met for want of the work that would have shown otherwise", () => {
    const judge = new ConditionJudge(attributes);
    const none: Condition = { attribute: "groups", operator: "prefix", values: [last], negate: true };
    for (let asked = 0; !judge.isCut; asked++) expect([asked, judge.isMet(none) ?? false]).toEqual([asked, false]);
    expect(judge.isMet(none)).toBeUndefined();
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
    ["ways through a pattern", "matches", "(?:a|b)*a(?:a|b){60}c", "abbabaabbaababba".repeat(4), 400],
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

  it("are so by the patterns themselves: classes of letters that are many to read, be the text as short as it may", () => {
    const judge = new ConditionJudge(new Map([["text", "x"]]));
    const classes = (count: number) =>
      Array.from({ length: count }, (_, at) => `[\\x{8${at % 10}}-\\x{13${at % 10}0}]`).join("");
    const values = Array.from({ length: 100 }, (_, at) => `${classes(14)}${at}`);
    const condition: Condition = { attribute: "text", operator: "matches", values, ignoreCase: true };
    expect(judge.isMet(condition)).toBeUndefined();
    expect(judge.isMet({ ...condition, values: ["^[xy]$"] })).toBeUndefined();
    judge.enterPlace();
    expect(judge.isMet({ ...condition, values: Array.from({ length: 200 }, (_, at) => `^[a-z0-9_]+-${at}$`) })).toBe(
      false,
    );
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
