/** The rules against a second statement of what they mean, for whatever rules, claims, workspaces and providers there are. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ClaimRule, RuleProvider } from "../../lib/domain/claim-rules.ts";
import { evaluateRules } from "../../lib/domain/claim-rules.ts";
import { readAttributes } from "../../lib/domain/claims.ts";
import type { Condition } from "../../lib/domain/conditions.ts";
import { judgeCondition } from "../../lib/domain/conditions.ts";
import type { Grant } from "../../lib/domain/grants.ts";
import { ruleOf } from "../../lib/domain/grants.ts";
import type { ProviderId, RoleId, RuleId, WorkspaceId } from "../../lib/domain/ids.ts";
import type { KeptRule, KeptRules } from "../../lib/domain/kept-rules.ts";
import { limits } from "../../lib/domain/limits.ts";
import { decideSignIn } from "../../lib/domain/sign-in-outcome.ts";
import { readSamlValues } from "../../lib/identity/saml-values.ts";
import type { ModelWorld } from "../model/rules.ts";
import { modelJudge, modelSignIn } from "../model/rules.ts";

type Said = string | number | boolean;
type Claims = Readonly<Record<string, Said | readonly Said[]>>;

const okta = "idp_okta" as ProviderId;
const entra = "idp_entra" as ProviderId;
const workspaceIds = ["wks_a", "wks_b", "wks_c", "wks_d"] as WorkspaceId[];

const mapping = { groups: "groups", level: "https://acme.example/level", address: "ip", names: "/directory/names" };
const groups = ["SOC", "soc", "SOC-2", "x, Admins", "[Admins]", "Admins", "7"];
const names = ["CN=SOC,OU=Groups,DC=acme", "CN=x\\, Admins,OU=Admins", "cn=SOC-2,CN=Admins", "no name"];
const addresses = ["10.20.7.1", "10.21.7.1", "192.0.2.7", "nowhere"];

const someOf = <T>(values: readonly T[], maxLength = 3) =>
  fc.array(fc.constantFrom(...values), { minLength: 1, maxLength });

/** Claims of this shape, some absent, beside one that no attribute is read from. */
const claimsArb = fc.record(
  {
    groups: fc.oneof(fc.constantFrom(...groups), someOf(groups, 4)),
    "https://acme.example/level": fc.oneof(fc.integer({ min: -3, max: 9 }), fc.constantFrom("7", "7.0", "high", true)),
    ip: fc.constantFrom(...addresses),
    directory: someOf(names).map((found) => ({ names: found })),
    role: fc.constantFrom("owner", "rol_owner", "*"),
  },
  { requiredKeys: [] },
);

const conditionArb: fc.Arbitrary<Condition> = fc
  .oneof(
    condition(["groups", "names#cn", "names#OU"], ["equals"], someOf(groups, 1)),
    condition(["groups", "names#cn", "names", "missing"], ["in"], someOf([...groups, ...names])),
    condition(["groups", "names"], ["prefix", "suffix", "contains"], someOf(["SOC", "Admins", "-2", "x", "cn="])),
    condition(["groups", "names#cn"], ["glob"], someOf(["SOC*", "*dmins", "?OC", "*,*", "[*]"])),
    condition(["groups", "names#cn"], ["matches"], someOf(["^SOC", "Admins$", "^[A-Z]+$", "O.-", "^$"])),
    condition(["groups", "missing", "role", "names#dc"], ["exists"], fc.constant([])),
    condition(["address", "groups"], ["cidr"], someOf(["10.20.0.0/16", "192.0.2.0/24", "0.0.0.0/0"])),
    condition(["level", "groups"], ["gt", "gte", "lt", "lte"], someOf([-1, 7, "3"], 1)),
  )
  .chain((made) =>
    fc
      .record({ negate: fc.boolean(), ignoreCase: fc.boolean() }, { requiredKeys: [] })
      .map((more) => ({ ...made, ...more })),
  );

function condition(
  attributes: readonly string[],
  operators: readonly Condition["operator"][],
  values: fc.Arbitrary<readonly Said[]>,
): fc.Arbitrary<Condition> {
  return fc.record({
    attribute: fc.constantFrom(...attributes),
    operator: fc.constantFrom(...operators),
    values,
  });
}

const conditionsArb = fc.array(conditionArb, { minLength: 1, maxLength: 3 });
const ruleArb = fc.record(
  {
    when: fc.oneof(
      conditionsArb.map((all) => ({ all })),
      conditionsArb.map((any) => ({ any })),
    ),
    roleId: fc.constantFrom("rol_a", "rol_b", "rol_c").map((id) => id as RoleId),
    enabled: fc.boolean(),
    workspaceIds: fc.uniqueArray(fc.constantFrom(...workspaceIds), { maxLength: 2 }),
    identityProviderIds: fc.uniqueArray(fc.constantFrom(okta, entra), { maxLength: 2 }),
  },
  { requiredKeys: ["when", "roleId", "enabled"] },
);
const rulesArb = fc.array(ruleArb, { maxLength: 5 });
const matchingArb = fc.constantFrom("first-match" as const, "all-matches" as const);

interface World {
  readonly ofOrganization: readonly KeptRule[];
  readonly kept: readonly KeptRules[];
  readonly provider: RuleProvider;
}

/** Rules of some of the workspaces; of the last one nothing is said but by chance, and it is like any other. */
const worldArb: fc.Arbitrary<World> = fc
  .record({
    shared: rulesArb,
    own: fc.array(fc.tuple(rulesArb, matchingArb), { minLength: 0, maxLength: 3 }),
    bound: fc.option(fc.uniqueArray(fc.constantFrom(...workspaceIds)), { nil: undefined }),
    id: fc.constantFrom(okta, entra),
  })
  .map(({ shared, own, bound, id }) => {
    const toKept = (place: string) => (made: object, index: number) =>
      ({
        ...made,
        id: `rul_${place}-${index}` as RuleId,
        name: "",
        roleManagedBy: "system",
        version: 1,
      }) as unknown as KeptRule;
    const ofOrganization = shared.map(toKept("org"));
    const ofWorkspaces = own.map(([rules, claimMatching], index) => ({
      workspaceId: workspaceIds[index] as WorkspaceId,
      claimMatching,
      rules: rules.map(({ workspaceIds: _, ...rule }) => rule).map(toKept(String(index))),
    }));
    return {
      ofOrganization,
      kept: [...(shared.length === 0 ? [] : [{ rules: ofOrganization }]), ...ofWorkspaces],
      provider: { id, ...(bound === undefined ? {} : { workspaceIds: bound }) },
    };
  });

const matchingAt = ({ kept }: World, id: WorkspaceId) =>
  kept.find(({ workspaceId }) => workspaceId === id)?.claimMatching ?? "first-match";

const rulesAt = ({ kept }: World, id: WorkspaceId): readonly ClaimRule[] =>
  kept.find(({ workspaceId }) => workspaceId === id)?.rules ?? [];

function evaluate(world: World, claims: Claims | object) {
  const workspaces = workspaceIds.map((id) => ({ id, claimMatching: matchingAt(world, id) }));
  const ofWorkspaces = new Map(workspaceIds.map((id) => [id, rulesAt(world, id)]));
  const attributes = readAttributes(mapping, claims as Record<string, unknown>);
  return evaluateRules({ ofWorkspaces, ofOrganization: world.ofOrganization }, workspaces, world.provider, attributes);
}

function toModel(world: World, claims: object): ModelWorld {
  return {
    provider: world.provider,
    mapping,
    claims: claims as Record<string, unknown>,
    organizationRules: world.ofOrganization,
    workspaces: workspaceIds.map((id) => ({
      id,
      claimMatching: matchingAt(world, id),
      rules: rulesAt(world, id),
    })),
  };
}

/** What a sign-in gives in each of the workspaces, from what it keeps: the rules that give, in the order of their ranks. */
function signIn(world: World, claims: object): { readonly [workspace: string]: readonly string[] } {
  const attributes = readAttributes(mapping, claims as Record<string, unknown>);
  const { everywhere, inWorkspaces } = decideSignIn(world.kept, world.provider, attributes);
  const show = (grants: readonly Grant[]) => grants.map((grant) => `${ruleOf(grant)?.ruleId} ${grant.roleId}`);
  return Object.fromEntries(workspaceIds.map((id) => [id, show(inWorkspaces.get(id) ?? everywhere)]));
}

describe("the rules and a second statement of them", () => {
  it("judge each condition alike, for whatever claims", () => {
    const law = fc.property(conditionArb, claimsArb, (made, claims) => {
      const { met } = judgeCondition(made, readAttributes(mapping, claims));
      expect(met).toBe(modelJudge(made, { mapping, claims }) === "yes");
    });
    fc.assert(law, { numRuns: 10_000 });
  });

  it("come to the same for whatever rules, claims and workspaces, as does what a sign-in keeps without knowing the workspaces", () => {
    let given = 0;
    const law = fc.property(worldArb, claimsArb, (world, claims) => {
      const model = modelSignIn(toModel(world, claims));
      expect(evaluate(world, claims)).toEqual(model);
      const expected = Object.fromEntries(
        workspaceIds.map((id) => [
          id,
          model.filter(({ workspaceId }) => workspaceId === id).map(({ ruleId, roleId }) => `${ruleId} ${roleId}`),
        ]),
      );
      expect(signIn(world, claims)).toEqual(expected);
      given += model.length;
    });
    fc.assert(law, { numRuns: 4_000 });
    // Not by giving nothing at all.
    expect(given).toBeGreaterThan(1_000);
  });
});

describe("what a sign-in keeps", () => {
  it("names no workspace where nothing but the usual holds, and none that the provider does not serve", () => {
    const law = fc.property(worldArb, claimsArb, (world, claims) => {
      const attributes = readAttributes(mapping, claims);
      const { everywhere, inWorkspaces } = decideSignIn(world.kept, world.provider, attributes);
      const show = (grants: readonly Grant[]) => grants.map(({ source, roleId }) => `${source} ${roleId}`).sort();
      for (const [id, grants] of inWorkspaces) {
        expect(show(grants)).not.toEqual(show(everywhere));
        expect(world.provider.workspaceIds ?? [id]).toContain(id);
      }
      if (world.provider.workspaceIds !== undefined) expect(everywhere).toEqual([]);
    });
    fc.assert(law, { numRuns: 1_000 });
  });

  it("is the roles of the first ranks where more match than one may hold in a place, each by every rule that gives it", () => {
    const most = limits.rolesPerUserAndPlace;
    const rule = (name: string, roleId: string): KeptRule => ({
      id: `rul_${name}` as RuleId,
      name,
      when: { all: [{ attribute: "groups", operator: "exists", values: [] }] },
      roleId: roleId as RoleId,
      enabled: true,
      roleManagedBy: "organization",
      version: 1,
    });
    const many = Array.from({ length: most + 5 }, (_, index) => rule(String(index), `rol_${index}`));
    const kept: KeptRules[] = [
      { rules: [rule("again", "rol_0")] },
      { workspaceId: "wks_a" as WorkspaceId, claimMatching: "all-matches", rules: many },
    ];
    const { inWorkspaces } = decideSignIn(kept, { id: okta }, new Map([["groups", "SOC"]]));
    const grants = inWorkspaces.get("wks_a" as WorkspaceId) ?? [];
    const sources = [...many.slice(0, most).map(({ id }) => id), "rul_again"];
    expect(grants.map((grant) => ruleOf(grant)?.ruleId)).toEqual(sources);
    expect(new Set(grants.map(({ roleId }) => roleId)).size).toBe(most);
    expect(grants.map(({ ruleManagedBy }) => ruleManagedBy)).toEqual(
      sources.map((id) => (id === "rul_again" ? "organization" : "workspace")),
    );
  });
});

describe("claims", () => {
  const flat = fc.record(
    {
      groups: fc.oneof(fc.constantFrom(...groups), someOf([...groups, ...names], 4)),
      "https://acme.example/level": fc.oneof(fc.integer({ min: -3, max: 9 }), fc.constantFrom("7", "7.0", true)),
      ip: fc.constantFrom(...addresses),
    },
    { requiredKeys: [] },
  );

  it("come to the same through SAML as through OIDC", () => {
    const law = fc.property(worldArb, flat, (world, claims) => {
      const asSaml = Object.fromEntries(
        Object.entries(claims).map(([name, said]) => [name, readSamlValues(writeSaml([said].flat().map(String)))]),
      );
      expect(evaluate(world, asSaml)).toEqual(evaluate(world, claims));
      expect(signIn(world, asSaml)).toEqual(signIn(world, claims));
    });
    fc.assert(law, { numRuns: 2_000 });
  });

  it("come to the same in any order, with any element doubled, and with whatever nobody mapped beside them", () => {
    const strange = fc.dictionary(
      fc.constantFrom("role", "scope", "roles", "__proto__", "rol_owner", "isAdmin", "directory/names", "toString"),
      fc.oneof(fc.constantFrom("owner", "*", "rol_owner", "wks_a"), fc.constant(["Admins", "SOC"])),
    );
    const law = fc.property(worldArb, flat, strange, (world, claims, others) => {
      const turned = Object.fromEntries(
        Object.entries(claims)
          .reverse()
          .map(([name, said]) => {
            const all = [said].flat();
            return [name, [...all.toReversed(), ...all]];
          }),
      );
      expect(evaluate(world, { ...others, ...turned })).toEqual(evaluate(world, claims));
      expect(evaluate(world, others)).toEqual(evaluate(world, {}));
    });
    fc.assert(law, { numRuns: 2_000 });
  });

  it("of one provider satisfy no rule that is meant for another, nor give where that provider does not serve", () => {
    const law = fc.property(worldArb, claimsArb, (world, claims) => {
      const limit = new Map(
        world.kept.flatMap(({ rules }) => rules.map(({ id, identityProviderIds }) => [id, identityProviderIds])),
      );
      for (const { ruleId, workspaceId } of evaluate(world, claims)) {
        expect(limit.get(ruleId) ?? [world.provider.id]).toContain(world.provider.id);
        expect(world.provider.workspaceIds ?? [workspaceId]).toContain(workspaceId);
      }
    });
    fc.assert(law, { numRuns: 1_000 });
  });

  it.each<[readonly string[]]>([[["x, Admins"]], [["[Admins]"]], [["x, Admins", "[Admins]"]], [["Admins,SOC", "SOC"]]])(
    "that name the groups %j name no other, through SAML or OIDC",
    (said) => {
      const named = (values: readonly string[], wanted: string) =>
        evaluate(
          {
            ofOrganization: [
              {
                id: "rul_one" as RuleId,
                name: "",
                when: { all: [{ attribute: "groups", operator: "in", values: [wanted] }] },
                roleId: "rol_a" as RoleId,
                enabled: true,
                roleManagedBy: "system",
                version: 1,
              },
            ],
            kept: [],
            provider: { id: okta },
          },
          { groups: values },
        ).length > 0;
      for (const values of [said, readSamlValues(writeSaml(said))]) {
        for (const wanted of said) expect(named(values, wanted)).toBe(true);
        expect(named(values, "Admins")).toBe(false);
        expect(named(values, "x")).toBe(false);
      }
    },
  );
});

/** As the user pool writes the values of a SAML attribute. */
function writeSaml(values: readonly string[]): string {
  const encode = (value: string) => new URLSearchParams([["v", value]]).toString().slice("v=".length);
  return values.length === 1 ? (values[0] ?? "") : `[${values.map(encode).join(", ")}]`;
}
