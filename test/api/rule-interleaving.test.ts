/** Changes of claim rules beside each other, beside edits of roles, and beside sign-ins: none rests on a world that has gone. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { sweepAll } from "../../lib/api/sweep.ts";
import type { ProviderId } from "../../lib/domain/ids.ts";
import { limits } from "../../lib/domain/limits.ts";
import type { Store } from "../../lib/store/store.ts";
import { openTestStore } from "../engine.ts";
import { FederatedWorld } from "../identity/federated-world.ts";
import { admit, assign, done, edit, makeRole, makeSharedRole } from "./acme.ts";
import type { Answer, Caller, TestApi } from "./in-process.ts";
import { openTestApi } from "./in-process.ts";
import { growRules, inGroups, listRules, makeRule, ruleBody } from "./rule-requests.ts";

let world: FederatedWorld;
let okta: ProviderId;
let O: string;
let W: string;
/** What happens once, before the next transaction of the slow store. */
let happens: (() => Promise<unknown>) | undefined;
let slow: Store;
let slowly: TestApi;

function interrupt(client: DynamoDBDocumentClient): DynamoDBDocumentClient {
  const send = client.send.bind(client) as (...args: unknown[]) => Promise<unknown>;
  const interrupted = async (command: unknown, ...rest: unknown[]) => {
    const due = happens;
    if (due !== undefined && command instanceof TransactWriteCommand) {
      happens = undefined;
      await due();
    }
    return send(command, ...rest);
  };
  return new Proxy(client, { get: (target, name) => (name === "send" ? interrupted : Reflect.get(target, name)) });
}

beforeEach(async () => {
  world = await FederatedWorld.open();
  okta = await world.connect();
  ({ O, W } = world.acme);
  ({ store: slow } = await openTestStore({ wrap: interrupt, tableName: world.test.tableName }));
  slowly = openTestApi(slow);
});

const ask = (what: string, sent = {}, by: Caller = world.acme.ann): Promise<Answer> => world.api.call(by, what, sent);
const askSlowly = (what: string, sent = {}, by: Caller = world.acme.ann) => slowly.call(by, what, sent);
const scopes = ["claim-mapping:read", "claim-mapping:write", "workflow:run"];
const soc = { groups: ["SOC"] };

describe("a change of a workspace's rules", () => {
  it("is judged by what the organization's rules give when it is done", async () => {
    const cara = await admit(world.acme, "cara", await makeRole(world.acme, "Cara", scopes));
    const shared = await makeSharedRole(world.acme, "Shared", ["workflow:run"]);
    await makeRule(world, O, { roleId: shared });
    const { id } = await makeRule(world, W, { roleId: shared });
    happens = () => done(ask(`PATCH ${O}/roles/${shared}`, edit({ scopes: ["workflow:*"] })));
    const refused = await askSlowly(`DELETE ${W}/claim-rules/${id}`, {}, cara);
    expect(refused).toMatchObject({ status: 403, body: { code: "grant.exceeds_own" } });
    expect(await listRules(world, W)).toHaveLength(1);
  });

  it("is not done by somebody who lost their right meanwhile", async () => {
    const cara = await admit(world.acme, "cara", await makeRole(world.acme, "Cara", scopes));
    happens = () => assign(world.acme, cara, ["rol_viewer"]);
    const body = ruleBody({ roleId: await makeRole(world.acme, "Nothing", []) });
    expect(await askSlowly(`POST ${W}/claim-rules`, { body }, cara)).toMatchObject({
      status: 403,
      body: { code: "access.denied" },
    });
    expect(await listRules(world, W)).toEqual([]);
  });

  it("is decided anew after another one: no rule is lost, and no rank is taken twice", async () => {
    const { id } = await makeRule(world, W, { name: "old" });
    happens = () => makeRule(world, W, { name: "first", rank: 1 });
    expect((await askSlowly(`PATCH ${W}/claim-rules/${id}`, edit({ name: "new", rank: 1 }))).status).toBe(200);
    expect((await listRules(world, W)).map(({ name }) => name)).toEqual(["new", "first"]);
    happens = () => done(ask(`DELETE ${W}/claim-rules/${id}`));
    expect(await askSlowly(`PATCH ${W}/claim-rules/${id}`, edit({ rank: 2 }))).toMatchObject({ status: 404 });
    happens = () => makeRule(world, W, { name: "second" });
    const ruleIds = (await listRules(world, W)).map((rule) => rule.id);
    expect(await askSlowly(`PUT ${W}/claim-rules/order`, { body: { ruleIds } })).toMatchObject({ status: 422 });
  });

  it("gives no role that goes while it is given", async () => {
    const [shared, other] = [
      await makeSharedRole(world.acme, "Shared", []),
      await makeSharedRole(world.acme, "Other", []),
    ];
    const body = ruleBody({ roleId: shared });
    happens = () => done(ask(`DELETE ${O}/roles/${shared}`));
    expect(await askSlowly(`POST ${W}/claim-rules`, { body })).toMatchObject({ status: 422 });
    happens = () => makeRule(world, W, { roleId: other });
    expect(await askSlowly(`DELETE ${O}/roles/${other}`)).toMatchObject({ status: 409, body: { code: "role.in_use" } });
  });

  it("that takes the last room is done once", async () => {
    await growRules(world, limits.claimRulesPerPlace - 1);
    const answers = await Promise.all(
      ["a", "b", "c"].map((name) => ask(`POST ${O}/claim-rules`, { body: ruleBody({ name }) })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 422, 422]);
  });
});

it("of 24 rules made at once in two places each stands there, with one entry, at a rank of its own", async () => {
  const names = Array.from({ length: 12 }, (_, index) => `rule ${index}`);
  const answers = await Promise.all(
    [W, O].flatMap((at) =>
      names.map((name) => ask(`POST ${at}/claim-rules`, { body: { ...ruleBody({ name }), rank: 1 } })),
    ),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  for (const at of [W, O]) {
    const rules = await listRules(world, at);
    expect(rules.map(({ rank }) => rank)).toEqual(names.map((_, index) => index + 1));
    expect(new Set(rules.map(({ name }) => name))).toEqual(new Set(names));
    const { items } = await done(ask(`GET ${at}/audit-log?action=claim-rule.created&limit=100`));
    expect(items).toHaveLength(names.length);
  }
});

describe("a sweep beside a change of rules", () => {
  it("leaves what a rule came to give meanwhile", async () => {
    const [before, after] = [await makeRole(world.acme, "Before", []), await makeRole(world.acme, "After", [])];
    const rules = [await makeRule(world, W, { roleId: before }), await makeRule(world, W, { roleId: before })];
    await done(ask(`DELETE ${W}/roles/${before}?reassignTo=${after}`));
    const [first] = rules;
    happens = () => done(ask(`PATCH ${W}/claim-rules/${first?.id}`, edit({ roleId: "rol_viewer", name: "Edited" })));
    await sweepAll(slow, Date.now(), Date.now() + 30_000);
    expect(await listRules(world, W)).toMatchObject([{ roleId: "rol_viewer", name: "Edited" }, { roleId: after }]);
  });
});

describe("a sign-in beside a change of rules", () => {
  it("gives nothing of a rule that went while it was under way", async () => {
    for (const change of ["DELETE", "PATCH"]) {
      const { id } = await makeRule(world, W);
      happens = () => done(ask(`${change} ${W}/claim-rules/${id}`, change === "PATCH" ? edit({ enabled: false }) : {}));
      const dana = await world.enter(okta, "dana", soc, { store: slow });
      expect(await world.rolesOf(dana)).toBeUndefined();
    }
  });

  it("leaves nothing that the rules did not give at some moment of it, and the next one nothing that they do not give", async () => {
    const changes = ["create", "disable", "enable", "delete", "narrow", "reorder", "other role"] as const;
    const law = fc.asyncProperty(
      fc.array(fc.constantFrom(...changes), { minLength: 1, maxLength: 4 }),
      async (chosen) => {
        for (const { id } of await listRules(world, W)) await done(ask(`DELETE ${W}/claim-rules/${id}`));
        await makeRule(world, W, { name: "first", roleId: "rol_operator" });
        await makeRule(world, W, { name: "last", roleId: "rol_viewer" });
        happens = async () => {
          for (const change of chosen) await apply(change);
        };
        await world.enter(okta, "dana", soc, { store: slow }).catch(() => undefined);
        happens = undefined;
        const dana = await world.enter(okta, "dana", soc).catch(() => world.callerOf(okta, "dana"));
        const { assignments } = await done(
          ask(`POST ${W}/claim-rules/simulate`, { body: { identityProviderId: okta, claims: soc } }),
        );
        const wanted = assignments.map(({ roleId }: { roleId: string }) => roleId);
        expect((await world.rolesOf(dana)) ?? []).toEqual(wanted);
      },
    );
    await fc.assert(law, { numRuns: 25 });
  });

  async function apply(change: string): Promise<void> {
    const rules = await listRules(world, W);
    const path = `${W}/claim-rules/${rules[0]?.id}`;
    if (change === "create") await makeRule(world, W, { roleId: "rol_creator", rank: 1 });
    else if (rules.length === 0) return;
    else if (change === "delete") await done(ask(`DELETE ${path}`));
    else if (change === "reorder") {
      const ruleIds = rules.map(({ id }) => id).reverse();
      await done(ask(`PUT ${W}/claim-rules/order`, { body: { ruleIds } }));
    } else {
      const edits = { disable: { enabled: false }, enable: { enabled: true }, narrow: { when: inGroups("NOC") } };
      await done(ask(`PATCH ${path}`, edit(edits[change as keyof typeof edits] ?? { roleId: "rol_creator" })));
    }
  }
});
