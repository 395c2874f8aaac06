/** Claim rules over the API: made, read, edited, moved and deleted, in a workspace and in the organization. */
import { randomBytes } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import type { ProviderId, WorkspaceId } from "../../lib/domain/ids.ts";
import { limits } from "../../lib/domain/limits.ts";
import { FederatedWorld } from "../identity/federated-world.ts";
import { sizeOf } from "../store/item-size.ts";
import { done, edit, makeRole, makeSharedRole, readTable } from "./acme.ts";
import type { Answer } from "./in-process.ts";
import { growRules, inGroups, listRules, makeRule, ruleBody } from "./rule-requests.ts";

let world: FederatedWorld;
let okta: ProviderId;
let O: string;
let W: string;

beforeEach(async () => {
  world = await FederatedWorld.open();
  okta = await world.connect();
  ({ O, W } = world.acme);
});

const ask = (what: string, sent = {}): Promise<Answer> => world.api.call(world.acme.ann, what, sent);
const namesAt = async (at: string) => (await listRules(world, at)).map(({ name }) => name);
const places: [string, () => string][] = [
  ["a workspace", () => W],
  ["the organization", () => O],
];

describe.each(places)("a rule of %s", (_, at) => {
  it("is made enabled and last, and read as it was said", async () => {
    await makeRule(world, at(), { name: "First" });
    const body = { ...ruleBody({ name: "Second", groups: ["A", "B"] }), identityProviderIds: [okta] };
    const made = await ask(`POST ${at()}/claim-rules`, { body });
    expect(made).toMatchObject({ status: 201, headers: { etag: '"1"' } });
    expect(made.body).toEqual({ ...body, id: made.body.id, rank: 2, enabled: true });
    const read = await ask(`GET ${at()}/claim-rules/${made.body.id}`);
    expect(read).toMatchObject({ status: 200, headers: { etag: '"1"' }, body: made.body });
    expect((await listRules(world, at()))[1]).toEqual(made.body);
  });

  it("stands at the rank that it was made with, or at the end when that is beyond", async () => {
    for (const [name, rank] of [
      ["c", undefined],
      ["a", 1],
      ["b", 2],
      ["d", 99],
    ] as const)
      await makeRule(world, at(), { name, ...(rank === undefined ? {} : { rank }) });
    expect(await namesAt(at())).toEqual(["a", "b", "c", "d"]);
    expect((await listRules(world, at())).map(({ rank }) => rank)).toEqual([1, 2, 3, 4]);
  });

  it("moved to rank 2 of a, b, c, d, e gives a, c, b, d, e, and only its own version moves", async () => {
    const ids = await makeRules(at(), "abcde");
    const moved = await ask(`PATCH ${at()}/claim-rules/${ids.c}`, edit({ rank: 2 }));
    expect(moved).toMatchObject({ status: 200, headers: { etag: '"2"' }, body: { rank: 2 } });
    expect(await namesAt(at())).toEqual(["a", "c", "b", "d", "e"]);
    expect((await ask(`GET ${at()}/claim-rules/${ids.b}`)).headers.etag).toBe('"1"');
    await done(ask(`PATCH ${at()}/claim-rules/${ids.a}`, edit({ rank: 99 })));
    expect(await namesAt(at())).toEqual(["c", "b", "d", "e", "a"]);
    await done(ask(`PATCH ${at()}/claim-rules/${ids.e}`, edit({ rank: 1 })));
    expect(await namesAt(at())).toEqual(["e", "c", "b", "d", "a"]);
  });

  it("is edited in what the patch says, and null takes a limit away", async () => {
    const { id } = await makeRule(world, at(), { name: "First", identityProviderIds: [okta] });
    const path = `${at()}/claim-rules/${id}`;
    const when = { any: inGroups("Z").all };
    const edited = await ask(`PATCH ${path}`, edit({ name: "Other", when, enabled: false, identityProviderIds: null }));
    expect(edited.body).toEqual({ ...ruleBody({ name: "Other" }), id, rank: 1, when, enabled: false });
    const swapped = await ask(`PATCH ${path}`, edit({ when: { all: when.any, any: null } }));
    expect(swapped.body.when).toEqual({ all: when.any });
    expect((await ask(`GET ${path}`)).body).toEqual(swapped.body);
  });

  it("is edited under its version alone, and deleted under it where one is said", async () => {
    const { id } = await makeRule(world, at());
    const path = `${at()}/claim-rules/${id}`;
    const under = (tag?: string) => ({
      body: { name: "Other" },
      headers: tag === undefined ? {} : { "if-match": tag },
    });
    expect(await ask(`PATCH ${path}`, under())).toMatchObject({ status: 428, body: { code: "precondition.required" } });
    expect(await ask(`PATCH ${path}`, under('"2"'))).toMatchObject({ status: 412 });
    expect(await ask(`PATCH ${path}`, under('"1"'))).toMatchObject({ status: 200 });
    expect(await ask(`PATCH ${path}`, under('"1"'))).toMatchObject({ status: 412 });
    expect(await ask(`DELETE ${path}`, { headers: { "if-match": '"1"' } })).toMatchObject({ status: 412 });
    expect(await ask(`DELETE ${path}`, { headers: { "if-match": '"2"' } })).toMatchObject({ status: 204 });
    expect(await ask(`GET ${path}`)).toMatchObject({ status: 404, body: { code: "not_found" } });
    expect(await listRules(world, at())).toEqual([]);
  });

  it("leaves its ranks to those below when it is deleted", async () => {
    const ids = await makeRules(at(), "abc");
    await done(ask(`DELETE ${at()}/claim-rules/${ids.a}`));
    expect((await listRules(world, at())).map(({ name, rank }) => [name, rank])).toEqual([
      ["b", 1],
      ["c", 2],
    ]);
  });

  it("leaves one entry for each change, with all of it before and after", async () => {
    const { id } = await makeRule(world, at(), { name: "First" });
    await done(ask(`PATCH ${at()}/claim-rules/${id}`, edit({ name: "Other" })));
    await done(ask(`DELETE ${at()}/claim-rules/${id}`));
    const { items } = await done(ask(`GET ${at()}/audit-log?limit=3`));
    const whole = (name: string) => ({ ...ruleBody({ name }), rank: 1, enabled: true });
    expect(
      items.map(({ action, target, before, after }: Record<string, unknown>) => [action, target, before, after]),
    ).toEqual([
      ["claim-rule.deleted", { type: "claim-rule", id }, whole("Other"), undefined],
      ["claim-rule.updated", { type: "claim-rule", id }, whole("First"), whole("Other")],
      ["claim-rule.created", { type: "claim-rule", id }, undefined, whole("First")],
    ]);
  });

  it("is found by nobody in another place", async () => {
    const { id } = await makeRule(world, at());
    const south = `${O}/workspaces/${await world.makeWorkspace("South")}`;
    for (const other of [at() === O ? W : O, south]) {
      for (const what of [`GET ${other}/claim-rules/${id}`, `DELETE ${other}/claim-rules/${id}`])
        expect(await ask(what), what).toMatchObject({ status: 404, body: { code: "not_found" } });
      expect(await ask(`PATCH ${other}/claim-rules/${id}`, edit({ name: "X" }))).toMatchObject({ status: 404 });
      expect(await listRules(world, other)).toEqual([]);
    }
    for (const odd of ["nonsense", "rul_*", "rol_viewer", "order"])
      expect(await ask(`GET ${at()}/claim-rules/${odd}`), odd).toMatchObject({ status: 404 });
  });
});

describe.each(places)("the order of the rules of %s", (_, at) => {
  it("is set as a whole, and leaves one entry with both orders", async () => {
    const ids = await makeRules(at(), "abc");
    const before = [ids.a, ids.b, ids.c];
    const ruleIds = [ids.c, ids.a, ids.b];
    const set = await ask(`PUT ${at()}/claim-rules/order`, { body: { ruleIds } });
    expect(set).toMatchObject({ status: 200, body: { ruleIds } });
    expect(await namesAt(at())).toEqual(["c", "a", "b"]);
    expect(set.body.items).toEqual(await listRules(world, at()));
    expect((await ask(`GET ${at()}/claim-rules/${ids.c}`)).headers.etag).toBe('"1"');
    const { items } = await done(ask(`GET ${at()}/audit-log?limit=1`));
    const target =
      at() === O ? { type: "organization", id: world.orgId } : { type: "workspace", id: world.workspaceId };
    expect(items).toMatchObject([
      { action: "claim-rule.reordered", target, before: { ruleIds: before }, after: { ruleIds } },
    ]);
  });

  it("names each rule once, and no other", async () => {
    const ids = await makeRules(at(), "ab");
    const { id: elsewhere } = await makeRule(world, at() === O ? W : O);
    for (const [ruleIds, pointers] of [
      [[ids.a], ["/ruleIds"]],
      [[], ["/ruleIds"]],
      [[ids.a, ids.b, ids.a], ["/ruleIds/2"]],
      [[ids.a, ids.b, elsewhere], ["/ruleIds/2"]],
      [[ids.a, "nonsense"], ["/ruleIds/1"]],
    ] as const) {
      const answer = await ask(`PUT ${at()}/claim-rules/order`, { body: { ruleIds } });
      expect(answer, JSON.stringify(ruleIds)).toMatchObject({ status: 422, body: { code: "request.invalid" } });
      expect(pointersOf(answer)).toEqual(pointers);
    }
    expect(await namesAt(at())).toEqual(["a", "b"]);
  });

  it("is set under its version where one is said: any change of a rule here moves it", async () => {
    const ids = await makeRules(at(), "ab");
    const { headers } = await ask(`GET ${at()}/claim-rules`);
    const set = (tag: string | undefined) =>
      ask(`PUT ${at()}/claim-rules/order`, {
        body: { ruleIds: [ids.b, ids.a] },
        headers: { "if-match": tag ?? "" },
      });
    expect((await set('"0"')).status).toBe(412);
    await done(ask(`PATCH ${at()}/claim-rules/${ids.a}`, edit({ name: "Other" })));
    expect((await set(headers.etag)).status).toBe(412);
    const now = (await ask(`GET ${at()}/claim-rules`)).headers.etag;
    const moved = await set(now);
    expect(moved.status).toBe(200);
    expect((await set(now)).status).toBe(412);
    expect((await set(moved.headers.etag)).status).toBe(200);
  });
});

describe("the list of rules", () => {
  it("is whole and in order, whatever the size of its pages and whatever is deleted between them", async () => {
    await makeRules(W, "abcdefg");
    const pages = async (between: (page: number) => Promise<unknown>) => {
      const names: string[] = [];
      let cursor = "";
      for (let page = 0; ; page++) {
        const { items, nextCursor } = await done(ask(`GET ${W}/claim-rules?limit=3${cursor}`));
        names.push(...items.map(({ name }: { name: string }) => name));
        if (nextCursor === undefined) return names.join("");
        cursor = `&cursor=${encodeURIComponent(nextCursor)}`;
        await between(page);
      }
    };
    expect(await pages(async () => undefined)).toBe("abcdefg");
    const [a, , c] = await listRules(world, W);
    // What came last is gone, and so is what came before it.
    const removeBoth = async (page: number) => {
      if (page > 0) return;
      await done(ask(`DELETE ${W}/claim-rules/${c?.id}`));
    };
    expect(await pages(removeBoth)).toBe("abcdefg");
    const removeFirst = async (page: number) => page > 0 || done(ask(`DELETE ${W}/claim-rules/${a?.id}`));
    expect(await pages(removeFirst)).toBe("abdefg");
  });
});

describe("a rule is refused", () => {
  const when = inGroups("SOC");
  const condition = (more: object) => ({
    all: [{ attribute: "groups", operator: "equals", values: ["SOC"], ...more }],
  });
  const both = { all: when.all, any: when.all };
  const table: [string, object, string[]][] = [
    ["without anything", { name: undefined, when: undefined, roleId: undefined }, ["/name", "/when", "/roleId"]],
    ["with a blank name", { name: "  " }, ["/name"]],
    ["with a long name", { name: "x".repeat(101) }, ["/name"]],
    ["without conditions", { when: { all: [] } }, ["/when/all"]],
    ["with neither all nor any", { when: {} }, ["/when"]],
    ["with both all and any", { when: both }, ["/when"]],
    ["with too many conditions", { when: { any: Array.from({ length: 21 }, () => when.all[0]) } }, ["/when/any"]],
    ["with an operator that is none", { when: condition({ operator: "like" }) }, ["/when/all/0/operator"]],
    ["with too many values", { when: condition({ values: ["a", "b"] }) }, ["/when/all/0/values"]],
    [
      "with a value that is no network",
      { when: condition({ operator: "cidr", values: ["10.0.0.0/8", "x"] }) },
      ["/when/all/0/values/1"],
    ],
    [
      "with a pattern that is none",
      { when: condition({ operator: "matches", values: ["("] }) },
      ["/when/all/0/values/0"],
    ],
    ["with a value of another kind", { when: condition({ values: [null] }) }, ["/when/all/0/values/0"]],
    ["with a value that is too long", { when: condition({ values: ["x".repeat(1_025)] }) }, ["/when/all/0/values/0"]],
    ["with a nameless attribute", { when: condition({ attribute: "" }) }, ["/when/all/0/attribute"]],
    ["with a role that is nowhere", { roleId: "rol_01jdexamp1e0000000000000ab" }, ["/roleId"]],
    ["with a role that is no id", { roleId: "*" }, ["/roleId"]],
    ["with a role of the organization's level", { roleId: "rol_organization-manager" }, ["/roleId"]],
    [
      "with a provider that is nowhere",
      { identityProviderIds: ["idp_01jdexamp1e0000000000000ab"] },
      ["/identityProviderIds/0"],
    ],
    ["with no provider at all", { identityProviderIds: [] }, ["/identityProviderIds"]],
    ["with a rank before the first", { rank: 0 }, ["/rank"]],
    ["with what the server sets", { id: "rul_x", version: 1 }, ["/id", "/version"]],
  ];

  it.each(table)("%s, made or edited, in a workspace as in the organization", async (_, more, pointers) => {
    for (const at of [W, O]) {
      const made = await ask(`POST ${at}/claim-rules`, { body: { ...ruleBody(), ...more } });
      expect(made, JSON.stringify(made.body)).toMatchObject({ status: 422, body: { code: "request.invalid" } });
      expect(pointersOf(made).sort()).toEqual([...pointers].sort());
      expect(await listRules(world, at)).toEqual([]);
      if ("name" in more && more.name === undefined) continue;
      const { id } = await makeRule(world, at);
      const edited = await ask(`PATCH ${at}/claim-rules/${id}`, edit(more));
      expect(edited, JSON.stringify(edited.body)).toMatchObject({ status: 422, body: { code: "request.invalid" } });
      expect(pointersOf(edited).sort()).toEqual([...pointers].sort());
      expect((await ask(`GET ${at}/claim-rules/${id}`)).headers.etag).toBe('"1"');
      await done(ask(`DELETE ${at}/claim-rules/${id}`));
    }
  });

  it("of a workspace that names workspaces, a role of another one, or a provider that does not serve it", async () => {
    const south = await world.makeWorkspace("South");
    const S = `${O}/workspaces/${south}`;
    const foreign = await makeRole(world.acme, "Foreign", [], S);
    const bound = await world.connect({ workspaceIds: [south] });
    expect(await refusedAt(W, { workspaceIds: [world.workspaceId] })).toEqual(["/workspaceIds"]);
    expect(await refusedAt(W, { roleId: foreign })).toEqual(["/roleId"]);
    expect(await refusedAt(W, { identityProviderIds: [okta, bound] })).toEqual(["/identityProviderIds/1"]);
    expect((await ask(`POST ${S}/claim-rules`, { body: { ...ruleBody(), identityProviderIds: [bound] } })).status).toBe(
      201,
    );
    expect((await ask(`POST ${O}/claim-rules`, { body: { ...ruleBody(), identityProviderIds: [bound] } })).status).toBe(
      201,
    );
    expect(await refusedAt(W, { roleId: "rol_cases-viewer" })).toEqual(["/roleId"]);
  });

  it("of the organization that names a workspace's role, or a workspace that is not there or was named before", async () => {
    const south = await world.makeWorkspace("South");
    const own = await makeRole(world.acme, "Own", []);
    const absent = "wks_01jdexamp1e0000000000000ab" as WorkspaceId;
    expect(await refusedAt(O, { roleId: own })).toEqual(["/roleId"]);
    expect(await refusedAt(O, { workspaceIds: [south, absent, "x"] })).toEqual(["/workspaceIds/1", "/workspaceIds/2"]);
    expect(await refusedAt(O, { workspaceIds: [south, world.workspaceId, south] })).toEqual(["/workspaceIds/2"]);
    expect(await refusedAt(O, { workspaceIds: [] })).toEqual(["/workspaceIds"]);
    const other = await FederatedWorld.open();
    expect(
      await refusedAt(O, { workspaceIds: [other.workspaceId], identityProviderIds: [await other.connect()] }),
    ).toEqual(["/workspaceIds/0", "/identityProviderIds/0"]);
  });

  it("when there are as many as there may be, or they are too large, alone or together", async () => {
    const large = (count: number) => ({
      any: Array.from({ length: count }, () => ({
        attribute: "groups",
        operator: "in",
        values: Array.from({ length: 30 }, (_, index) => `${index}${"x".repeat(1_000)}`),
      })),
    });
    expect(await refusedAt(W, { when: large(3) })).toEqual([""]);
    for (let index = 0; index < 5; index++) await makeRule(world, W, { when: large(2), name: "Large" });
    expect(await refusedAt(W, { when: large(2) })).toEqual([""]);
    const [first] = await listRules(world, W);
    const grown = await ask(`PATCH ${W}/claim-rules/${first?.id}`, edit({ when: large(3) }));
    expect([grown.status, pointersOf(grown)]).toEqual([422, [""]]);
    const patterns = (count: number) => ({
      when: {
        any: [{ attribute: "groups", operator: "glob", values: Array.from({ length: count }, (_, i) => `${i}*`) }],
      },
    });
    await makeRule(world, O, patterns(100));
    await makeRule(world, O, patterns(99));
    expect(await refusedAt(O, patterns(2))).toEqual([""]);
    await makeRule(world, O, patterns(1));
    await growRules(world, limits.claimRulesPerPlace);
    expect(await refusedAt(O, {})).toEqual([""]);
  });

  it("whatever is wrong with it, however often", async () => {
    const values = Array.from({ length: 150_000 }, () => null);
    const answer = await ask(`POST ${W}/claim-rules`, {
      body: { ...ruleBody(), when: { all: [{ attribute: "groups", operator: "in", values }] } },
    });
    expect(answer).toMatchObject({ status: 422, body: { code: "request.invalid" } });
    expect(pointersOf(answer)).toContain("/when/all/0/values");
  });

  async function refusedAt(at: string, more: object): Promise<string[]> {
    const answer = await ask(`POST ${at}/claim-rules`, { body: { ...ruleBody(), ...more } });
    expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 422, body: { code: "request.invalid" } });
    return pointersOf(answer);
  }
});

describe("a rule of the organization", () => {
  it("is for the workspaces that it names, and its entries say which", async () => {
    const south = await world.makeWorkspace("South");
    const { id } = await makeRule(world, O, { workspaceIds: [south] });
    await done(ask(`PATCH ${O}/claim-rules/${id}`, edit({ workspaceIds: [world.workspaceId] })));
    await done(ask(`PATCH ${O}/claim-rules/${id}`, edit({ workspaceIds: null })));
    const { items } = await done(ask(`GET ${O}/audit-log?limit=3`));
    expect(items.map(({ reach }: { reach: unknown }) => reach)).toEqual([
      2,
      [world.workspaceId, south].sort(),
      [south],
    ]);
    expect((await ask(`GET ${O}/claim-rules/${id}`)).body).not.toHaveProperty("workspaceIds");
    const shown = await done(ask(`GET ${W}/audit-log?reach=organization&action=claim-rule.created`));
    expect(shown.items).toEqual([]);
  });

  it("gives an org-managed role, and a workspace's rule gives that, its own or a predefined one", async () => {
    const shared = await makeSharedRole(world.acme, "Shared", []);
    const own = await makeRole(world.acme, "Own", []);
    for (const [at, roleId] of [
      [O, shared],
      [W, shared],
      [W, own],
      [W, "rol_viewer"],
      [O, "rol_owner"],
    ] as const)
      expect((await makeRule(world, at, { roleId })).roleId).toBe(roleId);
    expect(await refusedLevel(await makeSharedRole(world.acme, "Upper", [], "organization"))).toEqual([422, 422]);
  });

  async function refusedLevel(roleId: string): Promise<number[]> {
    const body = { ...ruleBody(), roleId };
    return [
      (await ask(`POST ${O}/claim-rules`, { body })).status,
      (await ask(`POST ${W}/claim-rules`, { body })).status,
    ];
  }
});

describe("what a rule gave", () => {
  it.each(places)(
    "ends for the very next request when the rule of %s is disabled or deleted, and comes back when it is enabled",
    async (_, at) => {
      const { id } = await makeRule(world, at(), { roleId: "rol_viewer", groups: ["SOC"] });
      const dana = await world.enter(okta, "dana", { groups: ["SOC"] });
      const path = `${at()}/claim-rules/${id}`;
      expect(await world.rolesOf(dana)).toEqual(["rol_viewer"]);
      await done(ask(`PATCH ${path}`, edit({ enabled: false })));
      expect(await world.rolesOf(dana)).toBeUndefined();
      await done(ask(`PATCH ${path}`, edit({ enabled: true })));
      expect(await world.rolesOf(dana)).toEqual(["rol_viewer"]);
      await done(ask(`PATCH ${path}`, edit({ name: "Other", rank: 1, when: inGroups("NOC") })));
      expect(await world.rolesOf(dana)).toEqual(["rol_viewer"]);
      await done(ask(`DELETE ${path}`));
      expect(await world.rolesOf(dana)).toBeUndefined();
    },
  );

  it("is another role from the next sign-in on when the rule is edited to give that", async () => {
    const { id } = await makeRule(world, W, { roleId: "rol_viewer", groups: ["SOC"] });
    const dana = await world.enter(okta, "dana", { groups: ["SOC"] });
    await done(ask(`PATCH ${W}/claim-rules/${id}`, edit({ roleId: "rol_operator" })));
    expect(await world.rolesOf(dana)).toBeUndefined();
    await world.enter(okta, "dana", { groups: ["SOC"] });
    expect(await world.rolesOf(dana)).toEqual(["rol_operator"]);
  });

  it("is what the order says from the next sign-in on", async () => {
    const first = await makeRule(world, W, { roleId: "rol_viewer", groups: ["SOC"] });
    const second = await makeRule(world, W, { roleId: "rol_operator", groups: ["SOC"] });
    const dana = await world.enter(okta, "dana", { groups: ["SOC"] });
    await done(ask(`PUT ${W}/claim-rules/order`, { body: { ruleIds: [second.id, first.id] } }));
    expect(await world.rolesOf(dana)).toEqual(["rol_viewer"]);
    await world.enter(okta, "dana", { groups: ["SOC"] });
    expect(await world.rolesOf(dana)).toEqual(["rol_operator"]);
  });

  it("is of all that match from the next sign-in on where the workspace unites them, and of the first again when it does not", async () => {
    await makeRule(world, W, { roleId: "rol_viewer", groups: ["SOC"] });
    await makeRule(world, O, { roleId: "rol_operator", groups: ["SOC"] });
    const match = (claimMatching: string) => done(ask(`PATCH ${W}`, edit({ claimMatching })));
    const enter = async () => world.rolesOf(await world.enter(okta, "dana", { groups: ["SOC"] }));
    expect(await enter()).toEqual(["rol_viewer"]);
    await match("all-matches");
    expect(await enter()).toEqual(["rol_viewer", "rol_operator"]);
    await makeRule(world, W, { roleId: "rol_owner", groups: ["NOC"] });
    expect(await enter()).toEqual(["rol_viewer", "rol_operator"]);
    await match("first-match");
    expect(await enter()).toEqual(["rol_viewer"]);
  });

  it("is of all that match in a workspace that unites them before it has any rule", async () => {
    await done(ask(`PATCH ${W}`, edit({ claimMatching: "all-matches" })));
    await makeRule(world, O, { roleId: "rol_viewer", groups: ["SOC"] });
    await makeRule(world, O, { roleId: "rol_operator", groups: ["SOC"] });
    const dana = await world.enter(okta, "dana", { groups: ["SOC"] });
    expect(await world.rolesOf(dana)).toEqual(["rol_viewer", "rol_operator"]);
    const { id } = await makeRule(world, W, { groups: ["SOC"], roleId: "rol_creator" });
    await done(ask(`DELETE ${W}/claim-rules/${id}`));
    await world.enter(okta, "dana", { groups: ["SOC"] });
    expect(await world.rolesOf(dana)).toEqual(["rol_viewer", "rol_operator"]);
  });
});

it("rules of the largest size, which nothing makes shorter, fit their item, and an edit of one fits its entry", async () => {
  const most = 409_600;
  const noise = () => randomBytes(768).toString("base64");
  const large = () => ({
    any: [{ attribute: "groups", operator: "in", values: Array.from({ length: 62 }, noise) }],
  });
  let refused = false;
  for (let made = 0; made < 10 && !refused; made++) {
    const { status } = await ask(`POST ${W}/claim-rules`, { body: { ...ruleBody(), when: large() } });
    refused = status === 422;
  }
  expect(refused).toBe(true);
  const [first] = await listRules(world, W);
  await done(ask(`PATCH ${W}/claim-rules/${first?.id}`, edit({ when: large() })));
  const items = [...(await readTable(world.test)).values()];
  const largest = Math.max(...items.map((item) => sizeOf(item)));
  expect(largest).toBeLessThan(most);
  expect(largest).toBeGreaterThan(limits.claimRulesBytes * 0.6);
});

it("rules of two organizations know nothing of each other", async () => {
  const other = await FederatedWorld.open();
  await makeRule(world, W);
  const { id } = await makeRule(other, other.acme.O);
  expect(await listRules(world, O)).toEqual([]);
  expect(await ask(`GET ${O}/claim-rules/${id}`)).toMatchObject({ status: 404 });
  expect(await ask(`DELETE ${other.acme.O}/claim-rules/${id}`)).toMatchObject({ status: 403 });
  expect(await listRules(other, other.acme.O)).toHaveLength(1);
});

async function makeRules(at: string, names: string): Promise<Record<string, string>> {
  const ids: [string, string][] = [];
  for (const name of names) ids.push([name, (await makeRule(world, at, { name })).id]);
  return Object.fromEntries(ids);
}

function pointersOf({ body }: Answer): string[] {
  return [...new Set<string>((body?.errors ?? []).map(({ pointer }: { pointer: string }) => pointer))];
}
