/** No amplification by claim rules: every change is judged for whatever role it lets a rule give that it did not give before. */
import { beforeEach, describe, expect, it } from "vitest";
import { FederatedWorld } from "../identity/federated-world.ts";
import { admit, admitManager, assign, done, edit, makeRole, makeSharedRole } from "./acme.ts";
import type { Answer, Caller } from "./in-process.ts";
import { inGroups, listRules, makeRule, ruleBody } from "./rule-requests.ts";

let world: FederatedWorld;
/** May edit the workspace's rules and run workflows there, and nothing else. */
let cara: Caller;
let W: string;
let O: string;
/** Roles within, and beyond, what Cara holds. */
let fine: string;
let beyond: string;

const scopes = ["claim-mapping:read", "claim-mapping:write", "workspace:update", "workflow:run"];

beforeEach(async () => {
  world = await FederatedWorld.open();
  const { acme } = world;
  ({ O, W } = acme);
  cara = await admit(acme, "cara", await makeRole(acme, "Cara", scopes));
  fine = await makeRole(acme, "Fine", ["workflow:run"]);
  beyond = await makeRole(acme, "Beyond", ["workflow:run", "workflow:write", "case:read"]);
});

const refusal = (pointer: string) => ({
  status: 403,
  body: {
    code: "grant.exceeds_own",
    errors: [
      { pointer, detail: "case:read" },
      { pointer, detail: "workflow:write" },
    ],
  },
});
const rule = (name: string, roleId: string, more = {}) => makeRule(world, W, { name, roleId, ...more });
const byCara = (what: string, sent = {}): Promise<Answer> => world.api.call(cara, what, sent);
const at = ({ id }: { readonly id: string }) => `${W}/claim-rules/${id}`;

/** The rules are as they were, and so is the log. */
async function expectRefused(asked: () => Promise<Answer>, pointer: string): Promise<void> {
  const look = async () => [
    await listRules(world, W),
    await done(world.api.call(world.acme.ann, `GET ${W}/audit-log`)),
  ];
  const before = await look();
  expect(await asked()).toMatchObject(refusal(pointer));
  expect(await look()).toEqual(before);
}

describe("whoever edits rules gives only what they hold:", () => {
  it("a new rule is judged by its role, whatever stands below", async () => {
    await rule("below", beyond);
    await expectRefused(() => byCara(`POST ${W}/claim-rules`, { body: ruleBody({ roleId: beyond }) }), "/roleId");
    for (const rank of [1, 99]) {
      const body = { ...ruleBody({ roleId: fine }), rank };
      expect((await byCara(`POST ${W}/claim-rules`, { body })).status).toBe(201);
    }
    const body = { ...ruleBody({ roleId: beyond }), enabled: false };
    expect((await byCara(`POST ${W}/claim-rules`, { body })).status).toBe(201);
  });

  it.each<[string, object]>([
    ["its conditions", { when: inGroups("Other") }],
    ["its providers", { identityProviderIds: ["{okta}"] }],
  ])("a rule edited in %s is given anew", async (_, more) => {
    const okta = await world.connect();
    const body = JSON.parse(JSON.stringify(more).replace("{okta}", okta));
    const [own, other] = [await rule("fine", fine), await rule("beyond", beyond)];
    await expectRefused(() => byCara(`PATCH ${at(other)}`, edit(body)), "/roleId");
    // The rule below could win by it.
    await expectRefused(() => byCara(`PATCH ${at(own)}`, edit(body)), "/roleId");
    await done(world.api.call(world.acme.ann, `DELETE ${at(other)}`));
    expect((await byCara(`PATCH ${at(own)}`, edit(body))).status).toBe(200);
  });

  it("a rule comes to give another role, or is enabled", async () => {
    const own = await rule("fine", fine);
    await expectRefused(() => byCara(`PATCH ${at(own)}`, edit({ roleId: beyond })), "/roleId");
    expect((await byCara(`PATCH ${at(own)}`, edit({ roleId: fine }))).status).toBe(200);
    const idle = await rule("idle", beyond, { enabled: false });
    await expectRefused(() => byCara(`PATCH ${at(idle)}`, edit({ enabled: true })), "/roleId");
    expect((await byCara(`PATCH ${at(idle)}`, edit({ when: inGroups("Other") }))).status).toBe(200);
    await expectRefused(() => byCara(`PATCH ${at(idle)}`, edit({ enabled: true })), "/roleId");
  });

  it("renaming gives nothing, nor does anything below the last that gives too much", async () => {
    const [other, own] = [await rule("beyond", beyond), await rule("fine", fine)];
    expect((await byCara(`PATCH ${at(other)}`, edit({ name: "Renamed" }))).status).toBe(200);
    expect((await byCara(`PATCH ${at(own)}`, edit({ when: inGroups("Other") }))).status).toBe(200);
    expect((await byCara(`PATCH ${at(own)}`, edit({ enabled: false }))).status).toBe(200);
    expect((await byCara(`DELETE ${at(own)}`)).status).toBe(204);
  });

  it("deleting, disabling and moving a rule lets a lower one win", async () => {
    const [own, other] = [await rule("fine", fine), await rule("beyond", beyond)];
    await expectRefused(() => byCara(`DELETE ${at(own)}`), "");
    await expectRefused(() => byCara(`PATCH ${at(own)}`, edit({ enabled: false })), "/roleId");
    await expectRefused(() => byCara(`PATCH ${at(own)}`, edit({ rank: 2 })), "/roleId");
    await expectRefused(() => byCara(`PATCH ${at(other)}`, edit({ rank: 1 })), "/roleId");
    const order = { body: { ruleIds: [other.id, own.id] } };
    await expectRefused(() => byCara(`PUT ${W}/claim-rules/order`, order), "/ruleIds");
    await done(world.api.call(world.acme.ann, `PATCH ${at(other)}`, edit({ enabled: false })));
    expect((await byCara(`PUT ${W}/claim-rules/order`, order)).status).toBe(200);
    expect((await byCara(`DELETE ${at(own)}`)).status).toBe(204);
  });

  it("an organization's rule that is asked there is a lower one, and one for other workspaces is none", async () => {
    const south = await world.makeWorkspace("South");
    const shared = await makeSharedRole(world.acme, "Shared", ["workflow:write", "case:read"]);
    const upper = await makeRule(world, O, { roleId: shared, workspaceIds: [south] });
    const own = await rule("fine", fine);
    expect((await byCara(`PATCH ${at(own)}`, edit({ when: inGroups("Other") }))).status).toBe(200);
    await done(world.api.call(world.acme.ann, `PATCH ${O}/claim-rules/${upper.id}`, edit({ workspaceIds: null })));
    await expectRefused(() => byCara(`DELETE ${at(own)}`), "");
    await expectRefused(() => byCara(`PATCH ${at(own)}`, edit({ enabled: false })), "/roleId");
    await done(world.api.call(world.acme.ann, `PATCH ${O}/claim-rules/${upper.id}`, edit({ enabled: false })));
    expect((await byCara(`DELETE ${at(own)}`)).status).toBe(204);
  });

  it("uniting what matches gives every rule but the first, and taking the first alone gives nothing", async () => {
    const match = (claimMatching: string) => byCara(`PATCH ${W}`, edit({ claimMatching }));
    const [own, other] = [await rule("fine", fine), await rule("beyond", beyond)];
    await expectRefused(() => match("all-matches"), "/claimMatching");
    expect((await match("first-match")).status).toBe(200);
    await done(world.api.call(world.acme.ann, `PUT ${W}/claim-rules/order`, { body: { ruleIds: [other.id, own.id] } }));
    expect((await match("all-matches")).status).toBe(200);
    // Where all count, nothing is let go to a lower one.
    expect((await byCara(`DELETE ${at(own)}`)).status).toBe(204);
    expect((await match("first-match")).status).toBe(200);
    const shared = await makeSharedRole(world.acme, "Shared", ["workflow:write", "case:read"]);
    await makeRule(world, O, { roleId: shared });
    await expectRefused(() => match("all-matches"), "/claimMatching");
  });

  it("with workspace-role:grant they give whatever there is", async () => {
    const { acme } = world;
    const grant = await makeSharedRole(acme, "Granter", ["workspace-role:grant"], "organization");
    await done(acme.api.call(acme.ann, `PUT ${O}/assignments/${cara.userId}`, { body: { roleIds: [grant] } }));
    expect((await byCara(`POST ${W}/claim-rules`, { body: ruleBody({ roleId: "rol_owner" }) })).status).toBe(201);
  });
});

describe("rules of the organization", () => {
  it("rest on workspace-role:grant, whatever somebody holds in the workspaces", async () => {
    const { acme } = world;
    const olga = await admitManager(acme, "olga", ["org-claim-mapping:read", "org-claim-mapping:write"]);
    await assign(acme, olga, ["rol_owner"]);
    const body = ruleBody({ roleId: "rol_viewer" });
    const refused = await acme.api.call(olga, `POST ${O}/claim-rules`, { body });
    expect(refused).toMatchObject({ status: 403, body: { code: "grant.exceeds_own" } });
    expect(refused.body.errors.map(({ pointer }: { pointer: string }) => pointer)).toContain("/roleId");
    const nothing = await makeSharedRole(acme, "Nothing", []);
    const made = await acme.api.call(olga, `POST ${O}/claim-rules`, { body: { ...body, roleId: nothing } });
    expect(made.status).toBe(201);
    const grant = ["org-claim-mapping:read", "org-claim-mapping:write", "workspace-role:grant"];
    const gita = await admitManager(acme, "gita", grant);
    expect((await acme.api.call(gita, `POST ${O}/claim-rules`, { body })).status).toBe(201);
    // Now there is one below that gives something.
    const path = `${O}/claim-rules/${made.body.id}`;
    expect(await acme.api.call(olga, `DELETE ${path}`)).toMatchObject({ status: 403 });
    expect(await acme.api.call(olga, `PATCH ${path}`, edit({ rank: 2 }))).toMatchObject({ status: 403 });
    expect(await acme.api.call(gita, `DELETE ${path}`)).toMatchObject({ status: 204 });
  });
});

describe("a role that took another's place", () => {
  it("is what a rule is judged by, swept or not", async () => {
    const { acme } = world;
    const own = await rule("fine", fine);
    const spare = await makeRole(acme, "Spare", ["workflow:run"]);
    const below = await rule("below", spare);
    await done(acme.api.call(acme.ann, `DELETE ${W}/roles/${spare}?reassignTo=${beyond}`));
    expect(await listRules(world, W)).toMatchObject([{ roleId: fine }, { id: below.id, roleId: beyond }]);
    await expectRefused(() => byCara(`DELETE ${at(own)}`), "");
    await expectRefused(() => byCara(`PATCH ${at(below)}`, edit({ when: inGroups("Other") })), "/roleId");
    expect((await byCara(`PATCH ${at(below)}`, edit({ name: "Renamed" }))).status).toBe(200);
  });
});
