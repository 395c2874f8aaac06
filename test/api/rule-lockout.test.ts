/** Nobody shuts themselves out by a change of claim rules, unless they say that they mean it. */
import { beforeEach, describe, expect, it } from "vitest";
import type { ProviderId } from "../../lib/domain/ids.ts";
import { FederatedWorld } from "../identity/federated-world.ts";
import { admit, assign, done, edit, makeRole, makeSharedRole } from "./acme.ts";
import type { Caller } from "./in-process.ts";
import { inGroups, listRules, makeRule, ruleBody } from "./rule-requests.ts";

let world: FederatedWorld;
let okta: ProviderId;
let O: string;
let W: string;
/** Comes through Okta, and is Owner of the workspace by the rule for leads. */
let lea: Caller;
let leads: string;

const claims = { groups: ["Leads", "SOC"] };

beforeEach(async () => {
  world = await FederatedWorld.open();
  okta = await world.connect();
  ({ O, W } = world.acme);
  ({ id: leads } = await makeRule(world, W, { name: "Leads", roleId: "rol_owner", groups: ["Leads"] }));
  lea = await world.enter(okta, "lea", claims);
  expect(await world.rolesOf(lea)).toEqual(["rol_owner"]);
});

const by = (who: Caller, what: string, sent = {}) => world.api.call(who, what, sent);
const lockout = { status: 409, body: { code: "lockout" } };

/** Each change that would take from Lea what lets her in. */
const changes: [string, () => [what: string, sent?: object], after: number][] = [
  ["deleting the rule", () => [`DELETE ${W}/claim-rules/${leads}`], 204],
  ["disabling it", () => [`PATCH ${W}/claim-rules/${leads}`, edit({ enabled: false })], 200],
  ["asking for another group", () => [`PATCH ${W}/claim-rules/${leads}`, edit({ when: inGroups("Chiefs") })], 200],
  [
    "giving another role, by which rules cannot be edited",
    () => [`PATCH ${W}/claim-rules/${leads}`, edit({ roleId: "rol_viewer" })],
    200,
  ],
  [
    "putting before it one that gives less",
    () => [`POST ${W}/claim-rules`, { body: { ...ruleBody({ groups: ["SOC"] }), rank: 1 } }],
    201,
  ],
];

describe("somebody whom rules let in is kept from", () => {
  it.each(changes)("%s, and is not when they force it", async (_, change, after) => {
    const [what, sent] = change();
    const before = await listRules(world, W);
    expect(await by(lea, what, sent)).toMatchObject(lockout);
    expect(await by(lea, `${what}?force=false`, sent)).toMatchObject(lockout);
    expect(await listRules(world, W)).toEqual(before);
    expect((await by(lea, `${what}?force=true`, sent)).status).toBe(after);
  });

  it("moving a rule that gives less before it", async () => {
    const { id } = await makeRule(world, W, { groups: ["SOC"] });
    expect(await by(lea, `PATCH ${W}/claim-rules/${id}`, edit({ rank: 1 }))).toMatchObject(lockout);
    const order = { body: { ruleIds: [id, leads] } };
    expect(await by(lea, `PUT ${W}/claim-rules/order`, order)).toMatchObject(lockout);
    expect((await by(lea, `PUT ${W}/claim-rules/order?force=true`, order)).status).toBe(200);
  });

  it("having the first that matches decide, where a later one lets them in", async () => {
    await done(by(world.acme.ann, `PATCH ${W}`, edit({ claimMatching: "all-matches" })));
    const { id } = await makeRule(world, W, { groups: ["SOC"] });
    await done(by(world.acme.ann, `PUT ${W}/claim-rules/order`, { body: { ruleIds: [id, leads] } }));
    await world.enter(okta, "lea", claims);
    const change = edit({ claimMatching: "first-match" });
    expect(await by(lea, `PATCH ${W}`, change)).toMatchObject(lockout);
    expect((await by(lea, `PATCH ${W}`, edit({ labels: { a: "b" } }))).status).toBe(200);
    expect((await by(lea, `PATCH ${W}?force=true`, change)).status).toBe(200);
  });

  it("what takes their access in any workspace, by rules of the organization", async () => {
    const south = await world.makeWorkspace("South");
    const manager = await makeSharedRole(
      world.acme,
      "Rules",
      ["org-claim-mapping:write", "workspace-role:grant"],
      "organization",
    );
    await assignOrganization(lea, manager);
    const { id } = await makeRule(world, O, { groups: ["SOC"], workspaceIds: [south] });
    await world.enter(okta, "lea", claims);
    expect(await world.rolesOf(lea, south)).toEqual(["rol_viewer"]);
    const refused = await by(lea, `DELETE ${O}/claim-rules/${id}`);
    expect(refused).toMatchObject(lockout);
    expect(refused.body.detail).toContain(south);
    expect(refused.body.detail).not.toContain(world.workspaceId);
    expect(await by(lea, `PATCH ${O}/claim-rules/${id}`, edit({ workspaceIds: [world.workspaceId] }))).toMatchObject(
      lockout,
    );
    // Another rule lets them in there as well.
    await makeRule(world, O, { groups: ["SOC"], roleId: "rol_operator" });
    expect((await by(lea, `DELETE ${O}/claim-rules/${id}`)).status).toBe(204);
  });

  it("what takes the access that a rule for all workspaces gave", async () => {
    const manager = await makeSharedRole(
      world.acme,
      "Rules",
      ["org-claim-mapping:write", "workspace-role:grant"],
      "organization",
    );
    await assignOrganization(lea, manager);
    const { id } = await makeRule(world, O, { groups: ["SOC"] });
    const south = await world.makeWorkspace("South");
    await world.enter(okta, "lea", claims);
    const refused = await by(lea, `PATCH ${O}/claim-rules/${id}`, edit({ enabled: false }));
    expect(refused).toMatchObject(lockout);
    expect(refused.body.detail).toContain(south);
    await done(by(world.acme.ann, `POST ${O}/workspaces/${south}/suspend`));
    expect((await by(lea, `PATCH ${O}/claim-rules/${id}`, edit({ enabled: false }))).status).toBe(200);
  });
});

describe("nobody is kept from a change", () => {
  it("that leaves them what they have: by another rule, or directly", async () => {
    await makeRule(world, W, { name: "Again", roleId: "rol_owner", groups: ["SOC"] });
    expect((await by(lea, `DELETE ${W}/claim-rules/${leads}`)).status).toBe(204);
    await assign(world.acme, lea, ["rol_owner"]);
    for (const { id } of await listRules(world, W))
      expect((await by(lea, `DELETE ${W}/claim-rules/${id}`)).status).toBe(204);
    expect(await world.rolesOf(lea)).toEqual(["rol_owner direct"]);
  });

  it("but by a direct grant that has ended they keep nothing", async () => {
    const soon = Date.now() + 400;
    const body = { roleIds: ["rol_owner"], expiresAt: new Date(soon).toISOString() };
    await done(by(world.acme.ann, `PUT ${W}/assignments/${lea.userId}`, { body }));
    while (Date.now() <= soon) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await by(lea, `DELETE ${W}/claim-rules/${leads}`)).toMatchObject(lockout);
  });

  it("but in another workspace such a grant keeps them in no longer either", async () => {
    const south = await world.makeWorkspace("South");
    const manager = ["org-claim-mapping:write", "workspace-role:grant"];
    await assignOrganization(lea, await makeSharedRole(world.acme, "Rules", manager, "organization"));
    const { id } = await makeRule(world, O, { groups: ["SOC"], workspaceIds: [south] });
    await world.enter(okta, "lea", claims);
    const soon = Date.now() + 400;
    const body = { roleIds: ["rol_viewer"], expiresAt: new Date(soon).toISOString() };
    await done(by(world.acme.ann, `PUT ${O}/workspaces/${south}/assignments/${lea.userId}`, { body }));
    while (Date.now() <= soon) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await by(lea, `DELETE ${O}/claim-rules/${id}`)).toMatchObject(lockout);
  });

  it("but by a direct role that does not let them edit rules they are still kept from it", async () => {
    await assign(world.acme, lea, ["rol_viewer"]);
    expect(await by(lea, `DELETE ${W}/claim-rules/${leads}`)).toMatchObject(lockout);
    const editor = await makeRole(world.acme, "Editor", ["claim-mapping:write", "*"]);
    await assign(world.acme, lea, [editor]);
    expect((await by(lea, `DELETE ${W}/claim-rules/${leads}`)).status).toBe(204);
  });

  it("that takes from them what their last sign-in would not give again anyhow", async () => {
    await done(by(world.acme.ann, `PATCH ${W}/claim-rules/${leads}`, edit({ when: inGroups("Chiefs") })));
    expect(await world.rolesOf(lea)).toEqual(["rol_owner"]);
    expect((await by(lea, `DELETE ${W}/claim-rules/${leads}`)).status).toBe(204);
  });

  it("that shuts others out", async () => {
    const other = await makeRule(world, W, { groups: ["EMEA"] });
    const eve = await world.enter(okta, "eve", { groups: ["EMEA"] });
    expect((await by(lea, `DELETE ${W}/claim-rules/${other.id}`)).status).toBe(204);
    expect(await world.rolesOf(eve)).toBeUndefined();
  });

  it("who comes from the user pool itself, whatever the rules say", async () => {
    const bob = await admit(world.acme, "bob", "rol_owner");
    for (const { id } of await listRules(world, W))
      expect((await by(bob, `DELETE ${W}/claim-rules/${id}`)).status).toBe(204);
    expect(await world.rolesOf(bob)).toEqual(["rol_owner direct"]);
  });
});

it("force is true or false, and on no other route", async () => {
  expect(await by(lea, `DELETE ${W}/claim-rules/${leads}?force=yes`)).toMatchObject({ status: 400 });
  expect(await by(lea, `GET ${W}/claim-rules?force=true`)).toMatchObject({ status: 400 });
});

async function assignOrganization({ userId }: Caller, roleId: string): Promise<void> {
  await done(by(world.acme.ann, `PUT ${O}/assignments/${userId}`, { body: { roleIds: [roleId] } }));
}
