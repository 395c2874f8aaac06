/** What the claim rules cost a sign-in: CPU alone, for the rules are one or two reads. */
import type { ClaimRule } from "../lib/domain/claim-rules.ts";
import { evaluateRules } from "../lib/domain/claim-rules.ts";
import type { Attributes, Condition } from "../lib/domain/conditions.ts";
import type { ProviderId, RoleId, RuleId, WorkspaceId } from "../lib/domain/ids.ts";
import { limits } from "../lib/domain/limits.ts";
import type { Measured } from "./number.ts";
import { percentile } from "./number.ts";

const RULES = 1_000;
const CLAIMS = 50;
const VALUE_LENGTH = 1_024;
const RUNS = 40;
const USUAL_MOST = 5;
const HOSTILE_MOST = 50;
const WORKSPACE = "wks_bench" as WorkspaceId;

export function measureRules(): Measured[] {
  return [
    {
      what: "1,000 rules of three conditions, 50 claims, cold",
      value: time(usualRules, usualClaims(), 1),
      unit: " ms",
    },
    {
      what: "1,000 rules of three conditions, 50 claims",
      value: time(usualRules, usualClaims(), RUNS),
      unit: " ms",
      bar: { most: USUAL_MOST },
    },
    {
      what: "the same, hostile, with claims of 1 KB",
      value: time(hostileRules, hostileClaims(), RUNS),
      unit: " ms",
      bar: { most: HOSTILE_MOST },
    },
  ];
}

/** The median of some runs, each with rules that no run has seen. */
function time(makeRules: (run: number) => ClaimRule[], attributes: Attributes, runs: number): number {
  const times = Array.from({ length: runs }, (_, run) => {
    const rules = { ofWorkspaces: new Map(), ofOrganization: makeRules(run) };
    const before = process.cpuUsage();
    evaluateRules(
      rules,
      [{ id: WORKSPACE, claimMatching: "first-match" }],
      { id: "idp_bench" as ProviderId },
      attributes,
    );
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  return percentile(times, 0.5);
}

function usualClaims(): Attributes {
  return new Map(
    Array.from({ length: CLAIMS }, (_, claim) => {
      const groups = Array.from(
        { length: claim % 5 === 0 ? 20 : 1 },
        (_, at) => `CN=Group ${claim} ${at},OU=Groups,DC=acme`,
      );
      return [`claim${claim}`, claim % 7 === 3 ? [claim] : claim % 7 === 4 ? ["10.20.7.1"] : groups];
    }),
  );
}

/** Each asks all of its conditions, and only the last says no. */
function usualRules(run: number): ClaimRule[] {
  return makeRules((number) => {
    const claim = `claim${(number * 7) % CLAIMS}`;
    const tail = `${run}-${number}`;
    const asked: Condition[] = [
      { attribute: claim, operator: "equals", values: [`Team ${tail}`], ignoreCase: true },
      { attribute: claim, operator: "in", values: Array.from({ length: 10 }, (_, at) => `Team ${tail} ${at}`) },
      { attribute: claim, operator: "prefix", values: [`CN=Team ${tail}`] },
      { attribute: `${claim}#cn`, operator: "equals", values: [`Team ${tail}`] },
      { attribute: claim, operator: "contains", values: [`ou=Team ${tail}`], ignoreCase: true },
      { attribute: "claim3", operator: "gt", values: [number + 10] },
      { attribute: "claim4", operator: "cidr", values: [`10.${number % 20}.0.0/16`] },
      ...(number % 10 === 0
        ? [{ attribute: claim, operator: "matches", values: [`^CN=Team ${tail}-[0-9]{1,3},`] } as const]
        : []),
      ...(number % 10 === 5 ? [{ attribute: claim, operator: "glob", values: [`*Team ${tail}*,OU=*`] } as const] : []),
    ];
    const last = asked[number % asked.length];
    return [
      { attribute: claim, operator: "exists", values: [] },
      { attribute: claim, operator: "in", values: ["x"], negate: true },
      ...(last === undefined ? [] : [last]),
    ];
  });
}

function hostileClaims(): Attributes {
  let state = 1;
  const next = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state;
  };
  return new Map(
    Array.from({ length: CLAIMS }, (_, claim) => {
      const letters = claim % 2 === 0 ? "aaaa" : "abab";
      return [`claim${claim}`, Array.from({ length: VALUE_LENGTH }, () => letters[next() % 4]).join("")];
    }),
  );
}

function hostileRules(run: number): ClaimRule[] {
  return makeRules((number) => {
    const attribute = `claim${number % CLAIMS}`;
    const tail = `${run}${number}`;
    const patterns = [
      `(?:a|b)*a(?:a|b){60}${tail}`,
      `(?:a*)*(?:a*)*${tail}$`,
      `(?:a?){100}a{100}${tail}`,
      `.*.*.*=${tail}`,
    ];
    const globs = [`${"*a?".repeat(60)}${tail}`, `*${"a".repeat(200)}?${tail}`];
    const mayPattern = number < limits.patternsPerPlace / 2;
    return [
      mayPattern
        ? { attribute, operator: "matches", values: [patterns[number % patterns.length] ?? ""], negate: true }
        : { attribute, operator: "contains", values: [`b${"a".repeat(VALUE_LENGTH / 2)}${tail}`], negate: true },
      mayPattern
        ? { attribute, operator: "glob", values: [globs[number % globs.length] ?? ""], negate: true }
        : {
            attribute,
            operator: "suffix",
            values: [`${"a".repeat(VALUE_LENGTH)}${tail}`],
            ignoreCase: true,
            negate: true,
          },
      { attribute, operator: "contains", values: [`b${"a".repeat(VALUE_LENGTH / 2)}`], ignoreCase: true },
    ];
  });
}

/** As they come from the table: out of JSON. */
function makeRules(conditionsOf: (number: number) => readonly Condition[]): ClaimRule[] {
  const rules = Array.from({ length: RULES }, (_, number) => ({
    id: `rul_${number}` as RuleId,
    name: `Rule ${number}`,
    when: { all: conditionsOf(number) },
    roleId: "rol_viewer" as RoleId,
    enabled: true,
  }));
  return JSON.parse(JSON.stringify(rules));
}
