/** A role that a claim rule gives: it does not go unseen, and where another takes its place, the rule gives that one. */
import { beforeEach, describe, expect, it } from "vitest";
import { sweepAll } from "../../lib/api/sweep.ts";
import type { ProviderId } from "../../lib/domain/ids.ts";
import { FederatedWorld } from "../identity/federated-world.ts";
import { admit, assign, done, edit, makeRole, makeSharedRole, readTable } from "./acme.ts";
import type { Answer, Caller } from "./in-process.ts";
import { listRules, makeRule, ruleBody } from "./rule-requests.ts";

let world: FederatedWorld;
let okta: ProviderId;
let O: string;
let W: string;

beforeEach(async () => {
  world = await FederatedWorld.open();
  okta = await world.connect();
  ({ O, W } = world.acme);
});

const ask = (what: string, sent = {}, by: Caller = world.acme.ann): Promise<Answer> => world.api.call(by, what, sent);
const sweepNow = (until = Date.now() + 30_000) => sweepAll(world.store, Date.now(), until);
const soc = { groups: ["SOC"] };

/** What holds at once and holds still when all is swept. */
async function bothTimes(check: () => Promise<void>): Promise<void> {
  await check();
  expect(await sweepNow()).toMatchObject({ left: 0, failed: [] });
  await check();
}

describe("a role that a rule gives is not deleted, and the answer says by which", () => {
  it("whether it is a workspace's or the organization's, and the rule is enabled or not", async () => {
    const own = await makeRole(world.acme, "Own", []);
    const shared = await makeSharedRole(world.acme, "Shared", []);
    const rules = [
      await makeRule(world, W, { roleId: own, enabled: false }),
      await makeRule(world, W, { roleId: shared }),
      await makeRule(world, O, { roleId: shared }),
    ];
    const [first, second, third] = rules.map(({ id }) => ({ kind: "claim-rule", id }));
    expect(await ask(`DELETE ${W}/roles/${own}`)).toMatchObject({
      status: 409,
      body: { code: "role.in_use", usedBy: [first] },
    });
    const refused = await ask(`DELETE ${O}/roles/${shared}`);
    expect(refused).toMatchObject({ status: 409, body: { code: "role.in_use" } });
    expect(new Set(refused.body.usedBy)).toEqual(new Set([second, third]));
    await done(ask(`PATCH ${W}/claim-rules/${rules[0]?.id}`, edit({ roleId: "rol_viewer" })));
    expect((await ask(`DELETE ${W}/roles/${own}`)).status).toBe(204);
    await done(ask(`DELETE ${W}/claim-rules/${rules[1]?.id}`));
    await done(ask(`DELETE ${O}/claim-rules/${rules[2]?.id}`));
    expect((await ask(`DELETE ${O}/roles/${shared}`)).status).toBe(204);
  });

  it("beside the people who hold it", async () => {
    const own = await makeRole(world.acme, "Own", []);
    const { id } = await makeRule(world, W, { roleId: own });
    const vic = await admit(world.acme, "vic", own);
    const usedBy = [
      { kind: "user", id: vic.userId },
      { kind: "claim-rule", id },
    ];
    expect((await ask(`DELETE ${W}/roles/${own}`)).body).toMatchObject({ code: "role.in_use", usedBy });
  });

  it("but a rule of a workspace that is gone keeps no role", async () => {
    const shared = await makeSharedRole(world.acme, "Shared", []);
    const south = `${O}/workspaces/${await world.makeWorkspace("South")}`;
    await makeRule(world, south, { roleId: shared });
    await done(ask(`POST ${south}/suspend`));
    expect((await ask(`DELETE ${O}/roles/${shared}`)).status).toBe(409);
    await done(ask(`DELETE ${south}`));
    expect((await ask(`DELETE ${O}/roles/${shared}`)).status).toBe(204);
  });

  it("and whoever may not see a role's home is told of no rule", async () => {
    const shared = await makeSharedRole(world.acme, "Shared", []);
    await makeRule(world, O, { roleId: shared });
    const answer = await ask(`DELETE ${W}/roles/${shared}`);
    expect(answer).toMatchObject({ status: 409, body: { code: "role.predefined" } });
    expect(answer.body).not.toHaveProperty("usedBy");
  });
});

describe("a role deleted with reassignTo", () => {
  it("leaves its rules to give the other one, at once and when it is swept", async () => {
    const [before, after] = [
      await makeRole(world.acme, "Before", ["workflow:run"]),
      await makeRole(world.acme, "After", ["workflow:read"]),
    ];
    const { id } = await makeRule(world, W, { roleId: before });
    await makeRule(world, W, { name: "Other", roleId: "rol_viewer" });
    const dana = await world.enter(okta, "dana", soc);
    expect(await ask(`DELETE ${W}/roles/${before}?reassignTo=${after}`)).toMatchObject({ status: 204 });
    await bothTimes(async () => {
      expect(await world.rolesOf(dana)).toEqual([after]);
      expect(await listRules(world, W)).toMatchObject([{ id, roleId: after }, { roleId: "rol_viewer" }]);
      expect(await done(ask(`GET ${W}/claim-rules/${id}`))).toMatchObject({ roleId: after });
      const refused = await ask(`DELETE ${W}/roles/${after}`);
      expect(refused.body).toMatchObject({ code: "role.in_use" });
      expect(refused.body.usedBy).toContainEqual({ kind: "claim-rule", id });
      await world.enter(okta, "dana", soc);
      expect(await world.rolesOf(dana)).toEqual([after]);
    });
    expect(await listRolesNamed(before)).toEqual([]);
    const { items } = await done(ask(`GET ${W}/audit-log?action=role.deleted`));
    expect(items).toMatchObject([{ after: { reassignedTo: after, rules: 1 } }]);
  });

  it("of the organization does so in every workspace, and a deleted one stands in nobody's way", async () => {
    const [before, after] = [
      await makeSharedRole(world.acme, "Before", []),
      await makeSharedRole(world.acme, "After", []),
    ];
    const south = `${O}/workspaces/${await world.makeWorkspace("South")}`;
    const west = `${O}/workspaces/${await world.makeWorkspace("West")}`;
    for (const at of [W, south, west, O, O]) await makeRule(world, at, { roleId: before });
    await done(ask(`POST ${west}/suspend`));
    await done(ask(`DELETE ${O}/roles/${before}?reassignTo=${after}`));
    await done(ask(`DELETE ${west}`));
    await bothTimes(async () => {
      for (const at of [W, south, O])
        expect(new Set((await listRules(world, at)).map(({ roleId }) => roleId))).toEqual(new Set([after]));
    });
    expect(await listRolesNamed(before)).toEqual([]);
    expect((await ask(`DELETE ${O}/roles/${after}`)).body.usedBy).toHaveLength(4);
  });

  it("is judged by the other role when only a rule gives it", async () => {
    const scopes = ["role:write", "workflow:run"];
    const rolf = await admit(world.acme, "rolf", await makeRole(world.acme, "Rolf", scopes));
    const [before, after] = [
      await makeRole(world.acme, "Before", []),
      await makeRole(world.acme, "After", ["case:read"]),
    ];
    const { id } = await makeRule(world, W, { roleId: before });
    const refused = await ask(`DELETE ${W}/roles/${before}?reassignTo=${after}`, {}, rolf);
    expect(refused).toMatchObject({ status: 403, body: { errors: [{ pointer: "/reassignTo", detail: "case:read" }] } });
    await done(ask(`DELETE ${W}/claim-rules/${id}`));
    expect((await ask(`DELETE ${W}/roles/${before}?reassignTo=${after}`, {}, rolf)).status).toBe(204);
  });

  it("twice in a row ends with the last one, and the first is found to be in use all the while", async () => {
    const [a, b, c] = [
      await makeRole(world.acme, "A", []),
      await makeRole(world.acme, "B", []),
      await makeRole(world.acme, "C", []),
    ];
    const { id } = await makeRule(world, W, { roleId: a });
    await done(ask(`DELETE ${W}/roles/${a}?reassignTo=${b}`));
    expect((await ask(`DELETE ${W}/roles/${b}`)).body.usedBy).toEqual([{ kind: "claim-rule", id }]);
    await done(ask(`DELETE ${W}/roles/${b}?reassignTo=${c}`));
    expect(await listRules(world, W)).toMatchObject([{ roleId: c }]);
    for (let left = 1; left > 0; ) ({ left } = await sweepNow());
    expect(await listRules(world, W)).toMatchObject([{ roleId: c }]);
    expect([...(await listRolesNamed(a)), ...(await listRolesNamed(b))]).toEqual([]);
  });

  it("moves no rule that came to give something else meanwhile, and an edit beside it keeps what it says", async () => {
    const [before, after] = [await makeRole(world.acme, "Before", []), await makeRole(world.acme, "After", [])];
    const [first, second] = [
      await makeRule(world, W, { roleId: before }),
      await makeRule(world, W, { roleId: before }),
    ];
    await done(ask(`DELETE ${W}/roles/${before}?reassignTo=${after}`));
    await done(ask(`PATCH ${W}/claim-rules/${first.id}`, edit({ roleId: "rol_viewer" })));
    await done(ask(`PATCH ${W}/claim-rules/${second.id}`, edit({ name: "Edited", enabled: false })));
    const rules = [
      { id: first.id, roleId: "rol_viewer" },
      { id: second.id, roleId: after, name: "Edited", enabled: false },
    ];
    await bothTimes(async () => expect(await listRules(world, W)).toMatchObject(rules));
  });

  /** Rows of rules that still name a role, and compact items that do. */
  async function listRolesNamed(roleId: string): Promise<string[]> {
    const keys = [...(await readTable(world.test)).keys()].filter((key) => key.includes(`ROLERULES#${roleId}`));
    const rules = [...(await world.rulesAt()), ...(await world.rulesAt(world.workspaceId))];
    return [...keys, ...rules.filter((rule) => rule.roleId === roleId).map(({ id }) => id)];
  }
});

describe("the rules of a deleted workspace", () => {
  it("give nothing at once, and leave nothing behind when they are swept", async () => {
    const shared = await makeSharedRole(world.acme, "Shared", []);
    const south = await world.makeWorkspace("South");
    const S = `${O}/workspaces/${south}`;
    for (let index = 0; index < 60; index++) await makeRule(world, S, { roleId: shared, name: `Rule ${index}` });
    await done(ask(`PATCH ${S}`, edit({ claimMatching: "all-matches" })));
    await done(ask(`POST ${S}/suspend`));
    await done(ask(`DELETE ${S}`));
    expect(await ask(`GET ${S}/claim-rules`)).toMatchObject({ status: 404 });
    expect(await sweepNow()).toMatchObject({ left: 0, failed: [] });
    const left = [...(await readTable(world.test)).keys()].filter((key) => key.includes(south) || key.includes("RULE"));
    // The workspace's own mark, and its chain.
    expect(left.filter((key) => !key.includes("#AUDIT") && !key.endsWith(` WS#${south}`))).toEqual([]);
  });
});

it("a role that is deleted while a rule comes to give it is not given, whichever is first", async () => {
  for (const at of [W, O]) {
    const roleId = await makeSharedRole(world.acme, `Race ${at.length}`, []);
    const answers = await Promise.all([
      ask(`DELETE ${O}/roles/${roleId}`),
      ask(`POST ${at}/claim-rules`, { body: ruleBody({ roleId }) }),
    ]);
    expect([
      [204, 422],
      [409, 201],
    ]).toContainEqual(answers.map(({ status }) => status));
  }
});

it("whoever holds a role directly keeps it when a rule that gave it too is deleted", async () => {
  const { id } = await makeRule(world, W);
  const dana = await world.enter(okta, "dana", soc);
  await assign(world.acme, dana, ["rol_viewer"]);
  await done(ask(`DELETE ${W}/claim-rules/${id}`));
  expect(await world.rolesOf(dana)).toEqual(["rol_viewer direct"]);
});

it("what a rule gave in every workspace bears on all of them: the log says so of an edit of the role, and of who held it", async () => {
  await world.makeWorkspace("South");
  const shared = await makeSharedRole(world.acme, "Shared", ["workspace:read"]);
  await makeRule(world, O, { roleId: shared });
  const { userId } = await world.enter(okta, "dana", soc);
  await done(ask(`PATCH ${O}/roles/${shared}`, edit({ scopes: [] })));
  await done(ask(`DELETE ${O}/users/${userId}`));
  const { items } = await done(ask(`GET ${W}/audit-log?reach=organization&limit=2`));
  expect(items).toMatchObject([
    { action: "user.deleted", target: { id: userId }, reach: 2 },
    { action: "role.updated", target: { id: shared }, reach: 2 },
  ]);
});
