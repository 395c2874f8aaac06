/** Simulations say what a sign-in would come to, and why: exactly what it then does come to, and nothing is changed by them. */
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { ProviderId, WorkspaceId } from "../../lib/domain/ids.ts";
import { FederatedWorld } from "../identity/federated-world.ts";
import { admit, done, edit, makeRole, readTable } from "./acme.ts";
import type { Answer, Caller } from "./in-process.ts";
import { inGroups, listRules, makeRule, ruleBody } from "./rule-requests.ts";

let world: FederatedWorld;
let okta: ProviderId;
let O: string;
let W: string;
let north: WorkspaceId;

beforeEach(async () => {
  world = await FederatedWorld.open();
  okta = await world.connect();
  ({ O, W } = world.acme);
  north = world.workspaceId;
});

const ask = (at: string, body: object, by: Caller = world.acme.ann): Promise<Answer> =>
  world.api.call(by, `POST ${at}/claim-rules/simulate`, { body: { identityProviderId: okta, ...body } });
const simulate = (at: string, body: object) => done(ask(at, body));
const soc = { claims: { groups: ["SOC"] } };
const pointersOf = ({ body }: Answer) => (body?.errors ?? []).map(({ pointer }: { pointer: string }) => pointer);

describe("a simulation", () => {
  it("in a workspace shows each rule that is asked there, its own first, whether it matched, and of each condition why", async () => {
    const south = await world.makeWorkspace("South");
    const when = {
      all: [
        { attribute: "groups", operator: "equals", values: ["SOC"] },
        { attribute: "email", operator: "suffix", values: ["@acme.example"] },
      ],
    };
    const own = await makeRule(world, W, { name: "Own", when });
    const shared = await makeRule(world, O, { name: "Shared", groups: ["SOC", "NOC"], roleId: "rol_operator" });
    await makeRule(world, O, { name: "Elsewhere", workspaceIds: [south] });
    const answer = await simulate(W, soc);
    expect(answer).toEqual({
      rules: [
        {
          ruleId: own.id,
          name: "Own",
          matched: false,
          conditions: [
            { attribute: "groups", operator: "equals", met: true, reason: 'groups has "SOC"' },
            { attribute: "email", operator: "suffix", met: false, reason: "email is absent" },
          ],
        },
        {
          ruleId: shared.id,
          name: "Shared",
          matched: true,
          conditions: [{ attribute: "groups", operator: "in", met: true, reason: 'groups has "SOC"' }],
        },
      ],
      assignments: [{ workspaceId: north, roleId: "rol_operator", ruleId: shared.id }],
      added: [],
      removed: [],
    });
  });

  it("asks no more of claims than a sign-in does, however many rules are thought of, and each place for itself", async () => {
    const groups = Array.from({ length: 2_000 }, (_, index) => `${"a".repeat(30)}-${index}`);
    const values = Array.from({ length: 100 }, (_, index) => `b${index}`);
    const greedy = { ...ruleBody(), when: { all: [{ attribute: "groups", operator: "contains", values }] } };
    const when = { all: [{ attribute: "groups", operator: "suffix", values: ["a-7"] }] };
    const shared = await makeRule(world, O, { when });
    const south = await world.makeWorkspace("South");
    const rules = [...Array.from({ length: 20 }, () => greedy), { ...ruleBody(), when }];
    const answer = await simulate(W, { claims: { groups }, rules });
    const reasons = answer.rules.map(({ conditions: [first] }: { conditions: { reason: string }[] }) => first?.reason);
    expect([reasons[0], ...reasons.slice(-2)]).toEqual([
      "no element of groups does",
      "the rules here ask more than one sign-in may be asked",
      `groups has "${groups[7]}"`,
    ]);
    expect(answer.rules.map(({ matched }: { matched: boolean }) => matched).slice(-2)).toEqual([false, true]);
    expect(answer.rules.map(({ reason }: { reason?: string }) => reason ?? "").slice(-2)).toEqual([
      expect.stringMatching("could not be told"),
      "",
    ]);
    // Nothing is given below what could not be told, as at a sign-in; elsewhere nothing stands above.
    expect(answer.assignments).toEqual([]);
    const given = [{ workspaceId: south, roleId: "rol_viewer", ruleId: shared.id }];
    expect((await simulate(O, { claims: { groups } })).assignments).toMatchObject([{ workspaceId: north }, ...given]);
    for (const { name, when: asked, roleId } of rules) {
      await done(world.api.call(world.acme.ann, `POST ${W}/claim-rules`, { body: { name, when: asked, roleId } }));
    }
    expect((await simulate(O, { claims: { groups } })).assignments).toEqual(given);
  });

  it("in a workspace asks the organization's rules as a sign-in does, also those for other workspaces", async () => {
    const south = await world.makeWorkspace("South");
    const groups = Array.from({ length: 2_000 }, (_, index) => `${"a".repeat(30)}-${index}`);
    const values = Array.from({ length: 100 }, (_, index) => `b${index}`);
    const greedy = { all: [{ attribute: "groups", operator: "contains", values }] };
    for (let index = 0; index < 20; index++) await makeRule(world, O, { when: greedy, workspaceIds: [south] });
    await makeRule(world, O, { when: { all: [{ attribute: "groups", operator: "suffix", values: ["a-7"] }] } });
    const { rules, assignments } = await simulate(W, { claims: { groups } });
    expect([rules.length, rules[0].matched, assignments]).toEqual([1, false, []]);
  });

  it("in the organization shows its rules, and what comes of all rules in every workspace that the provider serves", async () => {
    const [south, west] = [await world.makeWorkspace("South"), await world.makeWorkspace("West")];
    const own = await makeRule(world, W, { roleId: "rol_operator" });
    const shared = await makeRule(world, O, { name: "Shared" });
    const answer = await simulate(O, soc);
    expect(answer.rules.map(({ ruleId }: { ruleId: string }) => ruleId)).toEqual([shared.id]);
    const everywhere = [
      { workspaceId: north, roleId: "rol_operator", ruleId: own.id },
      { workspaceId: south, roleId: "rol_viewer", ruleId: shared.id },
      { workspaceId: west, roleId: "rol_viewer", ruleId: shared.id },
    ];
    expect(answer.assignments).toEqual(everywhere);
    const bound = await world.connect({ workspaceIds: [west] });
    expect((await simulate(O, { ...soc, identityProviderId: bound })).assignments).toEqual(everywhere.slice(2));
  });

  it("in the organization takes what somebody has where their provider serves no more, as their next sign-in will", async () => {
    const south = await world.makeWorkspace("South");
    await makeRule(world, O);
    const { userId } = await world.enter(okta, "dana", { groups: ["SOC"] });
    await done(
      world.api.call(world.acme.ann, `PATCH ${O}/identity-providers/${okta}`, edit({ workspaceIds: [north] })),
    );
    const answer = await simulate(O, { userId });
    expect(answer.assignments).toMatchObject([{ workspaceId: north }]);
    expect(answer).toMatchObject({ added: [], removed: [{ workspaceId: south, roleId: "rol_viewer" }] });
    const dana = await world.enter(okta, "dana", { groups: ["SOC"] });
    expect([await world.rolesOf(dana, north), await world.rolesOf(dana, south)]).toEqual([["rol_viewer"], undefined]);
  });

  it("says of a rule that is not asked why not, and takes it for not matched", async () => {
    const entra = await world.connect();
    await makeRule(world, W, { name: "Off", enabled: false });
    await makeRule(world, W, { name: "Entra", identityProviderIds: [entra] });
    const { rules, assignments } = await simulate(W, soc);
    expect(assignments).toEqual([]);
    expect(rules).toMatchObject([
      { name: "Off", matched: false, reason: expect.stringMatching("disabled"), conditions: [{ met: true }] },
      { name: "Entra", matched: false, reason: expect.stringMatching("other identity providers") },
    ]);
  });

  it("reads claims by the provider's mapping, nested ones too, and nothing that is not mapped", async () => {
    const keycloak = await world.connect({ attributeMapping: { email: "email", roles: "/realm_access/roles" } });
    await makeRule(world, W, { when: { any: [{ attribute: "roles", operator: "equals", values: ["soc"] }] } });
    await makeRule(world, W, { when: inGroups("SOC") });
    const claims = { realm_access: { roles: ["soc", "x"] }, groups: ["SOC"], role: "owner" };
    const { rules } = await simulate(W, { identityProviderId: keycloak, claims });
    expect(rules).toMatchObject([{ matched: true }, { matched: false, conditions: [{ reason: "groups is absent" }] }]);
  });

  it("of somebody's last sign-in shows what they would hold, and the difference from what they hold by rules", async () => {
    const { id } = await makeRule(world, W, { roleId: "rol_viewer" });
    const dana = await world.enter(okta, "dana", soc.claims);
    await done(
      world.api.call(world.acme.ann, `PUT ${W}/assignments/${dana.userId}`, { body: { roleIds: ["rol_creator"] } }),
    );
    const { userId } = dana;
    expect(await simulate(W, { userId })).toMatchObject({ added: [], removed: [] });
    await done(world.api.call(world.acme.ann, `PATCH ${W}/claim-rules/${id}`, edit({ when: inGroups("NOC") })));
    const other = await makeRule(world, O, { roleId: "rol_operator" });
    const difference = {
      assignments: [{ workspaceId: north, roleId: "rol_operator", ruleId: other.id }],
      added: [{ workspaceId: north, roleId: "rol_operator" }],
      removed: [{ workspaceId: north, roleId: "rol_viewer" }],
    };
    expect(await simulate(W, { userId })).toMatchObject(difference);
    expect(await simulate(O, { userId })).toMatchObject(difference);
    await world.enter(okta, "dana", soc.claims);
    expect(await simulate(O, { userId })).toMatchObject({ added: [], removed: [] });
  });

  it("follows a role that took another's place, in what is and in what would be", async () => {
    const [first, second] = [await makeRole(world.acme, "First", []), await makeRole(world.acme, "Second", [])];
    await makeRule(world, W, { roleId: first });
    const { userId } = await world.enter(okta, "dana", soc.claims);
    await done(world.api.call(world.acme.ann, `DELETE ${W}/roles/${first}?reassignTo=${second}`));
    for (const at of [W, O]) {
      const { assignments, added, removed } = await simulate(at, { userId });
      expect([assignments, added, removed]).toMatchObject([[{ roleId: second }], [], []]);
    }
  });
});

describe("rules that are only thought of", () => {
  it("take the place of the saved ones, in their order, and are called by their ranks", async () => {
    const saved = await makeRule(world, W, { roleId: "rol_viewer" });
    const shared = await makeRule(world, O, { name: "Shared", groups: ["NOC"] });
    const rules = [
      ruleBody({ name: "New", groups: ["NOC"] }),
      { ...ruleBody({ name: "Kept", roleId: "rol_operator" }), id: saved.id },
    ];
    const answer = await simulate(W, { ...soc, rules });
    expect(answer.rules.map(({ ruleId, name, matched }: Record<string, unknown>) => [ruleId, name, matched])).toEqual([
      ["draft-1", "New", false],
      [saved.id, "Kept", true],
      [shared.id, "Shared", false],
    ]);
    expect(answer).toMatchObject({
      assignments: [{ workspaceId: north, roleId: "rol_operator", ruleId: saved.id }],
      added: [{ workspaceId: north, roleId: "rol_operator" }],
      removed: [{ workspaceId: north, roleId: "rol_viewer" }],
    });
    expect(await simulate(W, { ...soc, rules: [] })).toMatchObject({
      assignments: [],
      removed: [{ workspaceId: north, roleId: "rol_viewer" }],
    });
  });

  it("of the organization leave the workspaces' own alone", async () => {
    const own = await makeRule(world, W, { roleId: "rol_operator" });
    const south = await world.makeWorkspace("South");
    const { assignments } = await simulate(O, { ...soc, rules: [ruleBody()] });
    expect(assignments).toEqual([
      { workspaceId: north, roleId: "rol_operator", ruleId: own.id },
      { workspaceId: south, roleId: "rol_viewer", ruleId: "draft-1" },
    ]);
  });

  it("are refused as they would be if they were saved, each by its pointer", async () => {
    const { id } = await makeRule(world, W);
    const { id: elsewhere } = await makeRule(world, O);
    const good = ruleBody();
    for (const [rules, pointers] of [
      [[good, { ...good, roleId: "rol_organization-manager" }], ["/rules/1/roleId"]],
      [
        [{ ...good, when: { any: [{ attribute: "a", operator: "cidr", values: ["x"] }] } }],
        ["/rules/0/when/any/0/values/0"],
      ],
      [[{ ...good, id: elsewhere }], ["/rules/0/id"]],
      [
        [
          { ...good, id },
          { ...good, id },
        ],
        ["/rules/1/id"],
      ],
      [[good, { ...good, rank: 1 }], ["/rules/1/rank"]],
      [[{ ...good, identityProviderIds: ["idp_01jdexamp1e0000000000000ab"] }], ["/rules/0/identityProviderIds/0"]],
      [[{ ...good, workspaceIds: [north] }], ["/rules/0/workspaceIds"]],
    ] as const) {
      const answer = await ask(W, { ...soc, rules });
      expect([answer.status, pointersOf(answer)], JSON.stringify(rules)).toEqual([422, pointers]);
    }
  });
});

describe("a simulation is refused", () => {
  it("without claims and user, with both, or with what is none", async () => {
    for (const [body, pointers] of [
      [{}, [""]],
      [{ claims: [] }, ["/claims"]],
      [{ ...soc, more: 1 }, ["/more"]],
    ] as const) {
      const answer = await ask(W, body);
      expect([answer.status, pointersOf(answer)], JSON.stringify(body)).toEqual([422, pointers]);
    }
    expect((await ask(W, { ...soc, userId: "usr_01jdexamp1e0000000000000ab" })).status).toBe(422);
  });

  it("for a provider that is absent, disabled, another's, or does not serve the workspace", async () => {
    const south = await world.makeWorkspace("South");
    const off = await world.connect({ enabled: false });
    const bound = await world.connect({ workspaceIds: [south] });
    const foreign = await (await FederatedWorld.open()).connect();
    for (const identityProviderId of ["idp_01jdexamp1e0000000000000ab", "nonsense", off, foreign, bound]) {
      const answer = await ask(W, { ...soc, identityProviderId });
      expect([answer.status, pointersOf(answer)], identityProviderId).toEqual([422, ["/identityProviderId"]]);
    }
    expect((await ask(O, { ...soc, identityProviderId: bound })).status).toBe(200);
  });

  it("for whoever has not signed in through that provider", async () => {
    await makeRule(world, W);
    const entra = await world.connect();
    const dana = await world.enter(okta, "dana", soc.claims);
    const bob = await admit(world.acme, "bob", "rol_viewer");
    const other = await FederatedWorld.open();
    await makeRule(other, other.acme.W);
    const foreigner = await other.enter(await other.connect(), "eve", soc.claims);
    for (const [userId, identityProviderId] of [
      [bob.userId, okta],
      [dana.userId, entra],
      [foreigner.userId, okta],
      ["usr_01jdexamp1e0000000000000ab", okta],
      ["nonsense", okta],
    ] as const) {
      const answer = await ask(W, { userId, identityProviderId });
      expect([answer.status, pointersOf(answer)], userId).toEqual([422, ["/userId"]]);
    }
    await done(world.api.call(world.acme.ann, `DELETE ${O}/users/${dana.userId}`));
    expect(pointersOf(await ask(W, { userId: dana.userId }))).toEqual(["/userId"]);
  });

  it("in a workspace for whoever holds nothing there: what is said of them is not its people's to ask", async () => {
    const south = await world.makeWorkspace("South");
    await makeRule(world, O, { workspaceIds: [south] });
    const rule = await makeRule(world, W, { groups: ["NOC"] });
    const { userId } = await world.enter(okta, "dana", soc.claims);
    const reader = await admit(world.acme, "reader", await makeRole(world.acme, "Reader", ["claim-mapping:read"]));
    const rules = [{ ...ruleBody(), when: { any: [{ attribute: "email", operator: "prefix", values: ["d"] }] } }];
    const nobody = (await ask(W, { userId: "usr_01jdexamp1e0000000000000ab", rules }, reader)).body;
    const answer = await ask(W, { userId, rules }, reader);
    expect(answer).toMatchObject({ status: 422, body: { errors: nobody.errors, detail: nobody.detail } });
    expect((await ask(O, { userId })).status).toBe(200);
    expect((await ask(`${O}/workspaces/${south}`, { userId })).status).toBe(200);
    await world.enter(okta, "dana", { groups: ["NOC"] });
    expect((await ask(W, { userId, rules }, reader)).status).toBe(200);
    await done(world.api.call(world.acme.ann, `DELETE ${W}/claim-rules/${rule.id}`));
    expect((await ask(W, { userId, rules }, reader)).status).toBe(422);
  });

  it("when it comes to more than one answer can hold", async () => {
    const any = Array.from({ length: 20 }, () => ({ attribute: "groups", operator: "prefix", values: ["x"] }));
    const rules = Array.from({ length: 750 }, () => ({ ...ruleBody({ name: "r" }), when: { any } }));
    const short = await ask(W, { claims: { groups: ["xs"] }, rules });
    expect([short.status, short.body.rules.length]).toEqual([200, 750]);
    const long = await ask(W, { claims: { groups: ["x".repeat(5_000)] }, rules });
    expect([long.status, pointersOf(long)]).toEqual([422, [""]]);
  });
});

it("nothing is stored by a simulation, and a viewer of rules may ask for one", async () => {
  await makeRule(world, W);
  const { userId } = await world.enter(okta, "dana", soc.claims);
  const reader = await admit(world.acme, "reader", await makeRole(world.acme, "Reader", ["claim-mapping:read"]));
  const before = await readTable(world.test);
  expect((await ask(W, { userId, rules: [ruleBody({ roleId: "rol_owner" })] }, reader)).status).toBe(200);
  expect((await ask(O, soc, reader)).status).toBe(403);
  expect(await readTable(world.test)).toEqual(before);
});

it("what a simulation says, the next sign-in comes to, for any rules and groups", async () => {
  const south = await world.makeWorkspace("South");
  const groups = ["a", "b", "c"];
  const anyRule = fc.record({
    name: fc.constant("r"),
    when: fc.subarray(groups, { minLength: 1 }).map((values) => inGroups(...values)),
    roleId: fc.constantFrom("rol_viewer", "rol_operator", "rol_creator"),
    enabled: fc.boolean(),
  });
  const sets = fc.record({
    own: fc.array(anyRule, { maxLength: 3 }),
    shared: fc.array(fc.tuple(anyRule, fc.constantFrom(undefined, [south], [north])), { maxLength: 3 }),
    claimMatching: fc.constantFrom("first-match", "all-matches"),
    held: fc.subarray(groups, { minLength: 1 }),
  });
  await makeRule(world, W, { groups: ["a"] });
  const dana = await world.enter(okta, "dana", { groups: ["a"] });
  const law = fc.asyncProperty(sets, async ({ own, shared, claimMatching, held }) => {
    for (const at of [W, O])
      for (const { id } of await listRules(world, at))
        await done(world.api.call(world.acme.ann, `DELETE ${at}/claim-rules/${id}`));
    await done(world.api.call(world.acme.ann, `PATCH ${W}`, edit({ claimMatching })));
    for (const body of own) await done(world.api.call(world.acme.ann, `POST ${W}/claim-rules`, { body }));
    for (const [rule, workspaceIds] of shared) {
      const body = { ...rule, ...(workspaceIds && { workspaceIds }) };
      await done(world.api.call(world.acme.ann, `POST ${O}/claim-rules`, { body }));
    }
    const { assignments } = await simulate(O, { claims: { groups: held } });
    // Whoever nothing matches is refused, and holds nothing from then on.
    await world.enter(okta, "dana", { groups: held }).catch(() => undefined);
    for (const workspaceId of [north, south]) {
      const told = assignments.filter((one: { workspaceId: string }) => one.workspaceId === workspaceId);
      const roles = (await world.rolesOf(dana, workspaceId)) ?? [];
      expect([...new Set(roles)].sort()).toEqual(
        [...new Set(told.map(({ roleId }: { roleId: string }) => roleId))].sort(),
      );
    }
    const after = await simulate(O, { userId: dana.userId });
    expect([after.added, after.removed]).toEqual([[], []]);
  });
  await fc.assert(law, { numRuns: 25 });
});
