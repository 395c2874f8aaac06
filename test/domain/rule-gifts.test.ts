/** Which rules a change lets give more: a table of plain changes, and every change against what people then gain. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ClaimRule, RuleProvider } from "../../lib/domain/claim-rules.ts";
import type { ProviderId, RoleId, RuleId, WorkspaceId } from "../../lib/domain/ids.ts";
import type { KeptRule, KeptRules } from "../../lib/domain/kept-rules.ts";
import { limits } from "../../lib/domain/limits.ts";
import type { Workspace } from "../../lib/domain/places.ts";
import { findRuleGifts } from "../../lib/domain/rule-gifts.ts";
import { decideSignIn } from "../../lib/domain/sign-in-outcome.ts";

const north = "wks_north" as WorkspaceId;
const south = "wks_south" as WorkspaceId;
const okta = "idp_okta" as ProviderId;
const entra = "idp_entra" as ProviderId;
const providers: readonly RuleProvider[] = [{ id: okta }, { id: entra, workspaceIds: [north] }];

const rule = (name: string, more: Partial<KeptRule> = {}): KeptRule => ({
  id: `rul_${name}` as RuleId,
  name,
  when: { all: [{ attribute: "groups", operator: "in", values: [name] }] },
  roleId: `rol_${name}` as RoleId,
  roleManagedBy: "system",
  enabled: true,
  version: 1,
  ...more,
});

type Matching = Workspace["claimMatching"];

describe("a change of rules lets give more", () => {
  const [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map((name) => rule(name)) as [
    KeptRule,
    KeptRule,
    KeptRule,
    KeptRule,
    KeptRule,
  ];
  const all = [a, b, c, d, e];
  const off = { ...c, enabled: false };
  const other = (values: readonly string[]): Partial<ClaimRule> => ({
    when: { all: [{ attribute: "groups", operator: "in", values }] },
  });
  const first = "first-match";
  const united = "all-matches";

  it.each<[what: string, before: readonly KeptRule[], after: readonly KeptRule[], byFirst: string, byAll: string]>([
    ["nothing", all, all, "", ""],
    ["a new name", all, [a, b, { ...c, name: "other", version: 2 }, d, e], "", ""],
    ["a new rule on top", all, [rule("x"), ...all], "x", "x"],
    ["a new rule at the end", all, [...all, rule("x")], "x", "x"],
    ["a new rule that is disabled", all, [rule("x", { enabled: false }), ...all], "", ""],
    ["a rule deleted", all, [a, b, d, e], "de", ""],
    ["a rule disabled", all, [a, b, off, d, e], "de", ""],
    ["a disabled rule deleted", [a, b, off, d, e], [a, b, d, e], "", ""],
    ["a rule enabled", [a, b, off, d, e], all, "c", "c"],
    ["other conditions", all, [a, b, { ...c, ...other(["c", "x"]) }, d, e], "cde", "c"],
    ["another role", all, [a, b, { ...c, roleId: e.roleId }, d, e], "cde", "c"],
    ["other workspaces", all, [a, b, { ...c, workspaceIds: [north] }, d, e], "cde", "c"],
    ["other providers", all, [a, b, { ...c, identityProviderIds: [okta] }, d, e], "cde", "c"],
    ["a disabled rule edited", [a, b, off, d, e], [a, b, { ...off, ...other(["x"]) }, d, e], "", ""],
    ["a rule moved up", all, [a, d, b, c, e], "d", ""],
    ["a rule moved down", all, [a, c, d, b, e], "cd", ""],
    ["the order turned round", all, [e, d, c, b, a], "bcde", ""],
  ])("%s", (_, before, after, byFirst, byAll) => {
    const gifts = (from: Matching, to: Matching) =>
      findRuleGifts({ rules: before, claimMatching: from }, { rules: after, claimMatching: to })
        .map(({ id }) => id.slice(4))
        .sort()
        .join("");
    expect(gifts(first, first)).toBe(byFirst);
    expect(gifts(united, united)).toBe(byAll);
    // From all that match to the first of them is less for everybody, whatever else is changed.
    expect(gifts(united, first)).toBe(byAll);
  });

  it("where all that match count from now on: every enabled rule but the first", () => {
    const gifts = findRuleGifts(
      { rules: [off, a, b, d], claimMatching: "first-match" },
      { rules: [off, a, b, d], claimMatching: "all-matches" },
    );
    expect(gifts).toEqual([b, d]);
  });

  it("beyond the roles that one may hold in a place, what is taken away above leaves room below", () => {
    const many = Array.from({ length: limits.rolesPerUserAndPlace + 2 }, (_, index) => rule(`${index}`));
    const gifts = (after: readonly KeptRule[]) =>
      findRuleGifts({ rules: many, claimMatching: "all-matches" }, { rules: after, claimMatching: "all-matches" });
    expect(gifts(many.slice(1))).toEqual(many.slice(limits.rolesPerUserAndPlace));
    expect(gifts(many.slice(0, -1))).toEqual([]);
    expect(gifts(many)).toEqual([]);
  });
});

interface World {
  readonly own: readonly KeptRule[];
  readonly shared: readonly KeptRule[];
  readonly matching: Matching;
}

const groups = ["a", "b", "c"];
const everySet = Array.from({ length: 2 ** groups.length }, (_, bits) => groups.filter((_, at) => bits & (1 << at)));

/** Who is given what where by which rule. */
function listGiven({ own, shared, matching }: World): Set<string> {
  const rules: KeptRules[] = [{ rules: shared }, { workspaceId: north, claimMatching: matching, rules: own }];
  const given = new Set<string>();
  for (const provider of providers) {
    for (const held of everySet) {
      const { everywhere, inWorkspaces } = decideSignIn(rules, provider, new Map([["groups", held]]));
      for (const workspaceId of [north, south]) {
        for (const { roleId, source } of inWorkspaces.get(workspaceId) ?? everywhere) {
          given.add([provider.id, held.join(""), workspaceId, roleId, source].join(" "));
        }
      }
    }
  }
  return given;
}

function expectEachGainFrom(gifts: readonly KeptRule[], before: World, after: World): void {
  const withoutRule = (line: string) => line.slice(0, line.lastIndexOf(" "));
  const held = new Set([...listGiven(before)].map(withoutRule));
  const sources = new Set(gifts.map(({ id }) => `claim-rule:${id}`));
  for (const line of listGiven(after)) {
    if (!held.has(withoutRule(line))) expect([...sources], line).toContain(line.slice(line.lastIndexOf(" ") + 1));
  }
}

const someOf = <T>(list: readonly T[]) => fc.option(fc.subarray([...list]), { nil: undefined, freq: 2 });
const part = fc.record({
  values: fc.subarray(groups, { minLength: 1 }),
  negate: fc.boolean(),
  roleId: fc.constantFrom("rol_1", "rol_2", "rol_3") as fc.Arbitrary<RoleId>,
  enabled: fc.boolean(),
  identityProviderIds: someOf([okta, entra]),
  workspaceIds: someOf([north, south]),
});

function toRule(
  prefix: string,
  index: number,
  { values, negate, ...more }: typeof part extends fc.Arbitrary<infer T> ? T : never,
) {
  const { workspaceIds, identityProviderIds, ...plain } = more;
  return rule(`${prefix}${index}`, {
    when: { all: [{ attribute: "groups", operator: "in", values, negate }] },
    ...plain,
    ...(workspaceIds === undefined || prefix === "own" ? {} : { workspaceIds }),
    ...(identityProviderIds === undefined ? {} : { identityProviderIds }),
  });
}

/** Any set of rules, and any other set made of the same: some gone, some new, some edited, in any order. */
const change = (prefix: string) =>
  fc
    .tuple(fc.array(part, { maxLength: 5 }), fc.array(fc.option(part, { freq: 4 }), { minLength: 6, maxLength: 6 }))
    .chain(([made, edits]) => {
      const before = made.map((one, index) => toRule(prefix, index, one));
      const edited = edits.flatMap((edit, index) => {
        const old = before[index];
        return edit !== null ? [toRule(prefix, index, edit)] : old === undefined ? [] : [old];
      });
      const fewEdits = before.map((old, index) => (index === 0 ? (edited[0] ?? old) : old));
      return fc
        .tuple(fc.constantFrom(edited, fewEdits, before), fc.boolean())
        .chain(([list, isShuffled]) =>
          isShuffled ? fc.shuffledSubarray(list) : fc.subarray(list, { minLength: Math.max(0, list.length - 1) }),
        )
        .map((after) => ({ before, after }));
    });
const matching = fc.constantFrom<Matching[]>("first-match", "all-matches");

describe("whoever gains a role by a change", () => {
  it("of a workspace's rules, or of how many of them count, has it from a rule that was named", () => {
    const law = fc.property(change("own"), change("org"), matching, matching, (own, org, from, to) => {
      const appliesHere = ({ workspaceIds }: ClaimRule) => workspaceIds === undefined || workspaceIds.includes(north);
      const shared = org.before.filter(appliesHere);
      const gifts = findRuleGifts(
        { rules: [...own.before, ...shared], claimMatching: from },
        { rules: [...own.after, ...shared], claimMatching: to },
      );
      expectEachGainFrom(
        gifts,
        { own: own.before, shared: org.before, matching: from },
        { own: own.after, shared: org.before, matching: to },
      );
    });
    fc.assert(law, { numRuns: 1_000 });
  });

  it("of the organization's rules has it from a rule that was named, whatever each workspace asks before them", () => {
    const law = fc.property(change("own"), change("org"), matching, (own, org, counts) => {
      const gifts = findRuleGifts(
        { rules: org.before, claimMatching: "first-match" },
        { rules: org.after, claimMatching: "first-match" },
      );
      expectEachGainFrom(
        gifts,
        { own: own.before, shared: org.before, matching: counts },
        { own: own.before, shared: org.after, matching: counts },
      );
    });
    fc.assert(law, { numRuns: 1_000 });
  });

  it("and more rules match than one may hold roles, has it from a rule that was named", () => {
    const most = limits.rolesPerUserAndPlace;
    const many = Array.from({ length: most + 3 }, (_, index) => {
      const values = groups.filter((_, at) => at !== index % groups.length);
      return rule(`${index}`, { when: { all: [{ attribute: "groups", operator: "in", values }] } });
    });
    const law = fc.property(
      fc.shuffledSubarray(many, { minLength: most }),
      fc.shuffledSubarray(many, { minLength: most }),
      matching,
      (before, after, to) => {
        const gifts = findRuleGifts(
          { rules: before, claimMatching: "all-matches" },
          { rules: after, claimMatching: to },
        );
        expectEachGainFrom(
          gifts,
          { own: before, shared: [], matching: "all-matches" },
          { own: after, shared: [], matching: to },
        );
      },
    );
    fc.assert(law, { numRuns: 300 });
  });
});
