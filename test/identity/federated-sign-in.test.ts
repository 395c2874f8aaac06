/** Signing in through an identity provider: who is let in, what they hold from then on, and what it costs. */
import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { sweepAll } from "../../lib/api/sweep.ts";
import type { ProviderId, RoleId, RuleId, WorkspaceId } from "../../lib/domain/ids.ts";
import { limits } from "../../lib/domain/limits.ts";
import { done, makeRole } from "../api/acme.ts";
import { RoundTrips } from "../api/round-trips.ts";
import { openTestStore } from "../engine.ts";
import { FederatedWorld } from "./federated-world.ts";

let world: FederatedWorld;
let okta: ProviderId;

beforeEach(async () => {
  world = await FederatedWorld.open();
  okta = await world.connect();
});

const inGroups = (...groups: string[]) => ({ groups });
const refused = (reason: RegExp) =>
  expect.objectContaining({ code: "sign_in.refused", message: expect.stringMatching(reason) });

describe("whoever a rule matches", () => {
  it("becomes a user and holds its role at once", async () => {
    await world.setRules([{ role: "rol_viewer", group: "SOC" }], world.workspaceId);
    const dana = await world.enter(okta, "dana", { ...inGroups("EMEA", "SOC"), name: "Dana" });
    expect(await world.rolesOf(dana)).toEqual(["rol_viewer"]);
    expect(await world.userOf(dana)).toMatchObject({
      email: "dana@acme.example",
      displayName: "Dana",
      status: "active",
      identityProviderId: okta,
      subject: "dana",
    });
  });

  it("is the same user the next time, and holds what the claims give then", async () => {
    await world.setRules([
      { role: "rol_owner", group: "Leads" },
      { role: "rol_viewer", group: "SOC" },
    ]);
    const first = await world.enter(okta, "dana", inGroups("SOC"));
    expect(await world.rolesOf(first)).toEqual(["rol_viewer"]);
    const second = await world.enter(okta, "dana", inGroups("Leads"));
    expect(second.userId).toBe(first.userId);
    expect(await world.rolesOf(second)).toEqual(["rol_owner"]);
  });

  it("holds nothing of what a claim says by itself", async () => {
    await world.setRules([{ role: "rol_interact-only", group: "SOC" }]);
    const claims = {
      ...inGroups("SOC"),
      role: "owner",
      roles: ["rol_owner"],
      scope: "*",
      bailiwick_user_id: world.acme.ann.userId,
    };
    expect(await world.rolesOf(await world.enter(okta, "dana", claims))).toEqual(["rol_interact-only"]);
  });

  it("is two users through two providers, whatever the address, and each holds what its own provider's claims give", async () => {
    const entra = await world.connect({ name: "Entra" });
    await world.setRules([
      { role: "rol_owner", group: "SOC", identityProviderIds: [entra] },
      { role: "rol_viewer", group: "SOC" },
    ]);
    const one = await world.enter(okta, "dana", inGroups("SOC"));
    const other = await world.enter(entra, "dana", inGroups("SOC"));
    expect(one.userId).not.toBe(other.userId);
    expect([await world.rolesOf(one), await world.rolesOf(other)]).toEqual([["rol_viewer"], ["rol_owner"]]);
  });

  it("is somebody new when the provider gives an address to another subject", async () => {
    await world.setRules([{ role: "rol_viewer", group: "SOC" }]);
    const email = "soc@acme.example";
    const one = await world.enter(okta, "first", { ...inGroups("SOC"), email });
    await done(
      world.api.call(world.acme.ann, `PUT ${world.acme.W}/assignments/${one.userId}`, {
        body: { roleIds: ["rol_owner"] },
      }),
    );
    const other = await world.enter(okta, "second", { ...inGroups("SOC"), email });
    expect(other.userId).not.toBe(one.userId);
    expect(await world.rolesOf(other)).toEqual(["rol_viewer"]);
    const found = await done(world.api.call(world.acme.ann, `GET ${world.acme.O}/users?email=${email}`));
    expect(found.items.map(({ id }: { id: string }) => id).sort()).toEqual([one.userId, other.userId].sort());
  });

  it("keeps the id when the provider says another address of them, and is found by it", async () => {
    await world.setRules([{ role: "rol_viewer", group: "SOC" }]);
    const before = await world.enter(okta, "dana", inGroups("SOC"));
    await world.enter(okta, "dana", { ...inGroups("SOC"), email: "dana.new@acme.example" });
    const find = async (email: string) =>
      (await done(world.api.call(world.acme.ann, `GET ${world.acme.O}/users?email=${email}`))).items.map(
        ({ id }: { id: string }) => id,
      );
    expect([await find("dana@acme.example"), await find("dana.new@acme.example")]).toEqual([[], [before.userId]]);
  });
});

describe("whoever no rule matches", () => {
  beforeEach(async () => {
    await world.setRules([{ role: "rol_viewer", group: "SOC" }], world.workspaceId);
  });

  it("is refused with a reason, and nothing is stored", async () => {
    const before = await world.store.places.listEntries({ orgId: world.orgId }, { limit: 100 });
    await expect(world.enter(okta, "dana", inGroups("NOC"))).rejects.toEqual(refused(/gives you a role in Acme/));
    expect(await world.store.places.listEntries({ orgId: world.orgId }, { limit: 100 })).toEqual(before);
    const { door } = await world.store.read({ door: world.store.providers.subjectAt(okta, "dana") });
    expect(door).toBeUndefined();
  });

  it("loses what rules gave before, and is refused; the account stays, and comes back as it was", async () => {
    const dana = await world.enter(okta, "dana", inGroups("SOC"));
    await expect(world.enter(okta, "dana")).rejects.toEqual(refused(/gives you a role/));
    expect(await world.rolesOf(dana)).toBeUndefined();
    expect((await world.enter(okta, "dana", inGroups("SOC"))).userId).toBe(dana.userId);
    expect(await world.rolesOf(dana)).toEqual(["rol_viewer"]);
  });

  it("is let in with a direct role, keeps it, and loses only what rules gave", async () => {
    const dana = await world.enter(okta, "dana", inGroups("SOC"));
    await done(
      world.api.call(world.acme.ann, `PUT ${world.acme.W}/assignments/${dana.userId}`, {
        body: { roleIds: ["rol_operator"] },
      }),
    );
    expect(await world.rolesOf(dana)).toEqual(["rol_operator direct", "rol_viewer"]);
    await world.enter(okta, "dana");
    expect(await world.rolesOf(dana)).toEqual(["rol_operator direct"]);
  });

  it("is refused with a direct role that has run out", async () => {
    const dana = await world.enter(okta, "dana", inGroups("SOC"));
    const body = { roleIds: ["rol_operator"], expiresAt: new Date(Date.now() + 300).toISOString() };
    await done(world.api.call(world.acme.ann, `PUT ${world.acme.W}/assignments/${dana.userId}`, { body }));
    await world.enter(okta, "dana");
    await new Promise((resolve) => setTimeout(resolve, 320));
    await expect(world.enter(okta, "dana")).rejects.toEqual(refused(/gives you a role/));
  });

  it.each(["x, SOC", "[SOC]", "SOC ", "soc"])(
    "gets nothing by a group that is only like the rule's: %s",
    async (group) => {
      await expect(world.enter(okta, "dana", inGroups(group))).rejects.toEqual(refused(/gives you a role/));
    },
  );
});

describe("somebody who was invited through a provider", () => {
  const invite = (more: object = {}) =>
    world.api.call(world.acme.ann, `POST ${world.acme.O}/users`, {
      body: { email: "dana@acme.example", identityProviderId: okta, ...more },
    });

  it("accepts by the first sign-in through it with that address, and has what the invitation and the rules give", async () => {
    await world.setRules([{ role: "rol_viewer", group: "SOC" }]);
    const { id } = await done(invite({ roleId: "rol_operator", workspaceId: world.workspaceId }));
    const dana = await world.enter(okta, "00u7", { ...inGroups("SOC"), email: "Dana@acme.example" });
    expect(dana.userId).toBe(id);
    expect(await world.rolesOf(dana)).toEqual(["rol_operator direct", "rol_viewer"]);
    expect(await world.userOf(dana)).toMatchObject({
      status: "active",
      subject: "00u7",
      acceptedAt: expect.any(String),
    });
    const log = await done(world.api.call(world.acme.ann, `GET ${world.acme.O}/audit-log?limit=1`));
    expect(log.items).toMatchObject([{ action: "user.accepted", target: { id } }]);
  });

  it("is let in by what the invitation gives, where no rule matches; by an invitation without a role they are not", async () => {
    const { id } = await done(invite());
    await expect(world.enter(okta, "dana")).rejects.toEqual(refused(/gives you a role/));
    await done(
      world.api.call(world.acme.ann, `PUT ${world.acme.W}/assignments/${id}`, { body: { roleIds: ["rol_viewer"] } }),
    );
    expect((await world.enter(okta, "dana")).userId).toBe(id);
  });

  it("is not whoever comes through another provider, with another address, or with one that is not vouched for", async () => {
    const entra = await world.connect({ name: "Entra" });
    await world.setRules([{ role: "rol_viewer", group: "SOC" }]);
    const { id } = await done(invite({ roleId: "rol_owner", workspaceId: world.workspaceId }));
    const others = [
      await world.enter(entra, "dana", inGroups("SOC")),
      await world.enter(okta, "erin", inGroups("SOC")),
      await world.enter(okta, "dana2", { ...inGroups("SOC"), email: "dana@acme.example", email_verified: false }),
      // As some providers say it, and as each does by SAML.
      await world.enter(okta, "dana3", { ...inGroups("SOC"), email: "dana@acme.example", email_verified: "false" }),
      await world.enter(okta, "dana4", { ...inGroups("SOC"), email: "dana@acme.example", email_verified: ["False"] }),
    ];
    for (const other of others) {
      expect(other.userId).not.toBe(id);
      expect(await world.rolesOf(other)).toEqual(["rol_viewer"]);
    }
    await world.api.person("dana@acme.example");
    expect((await world.userOf({ ...others[0], userId: id } as never))?.status).toBe("invited");
  });

  it("stays out when they were suspended before they came", async () => {
    await world.setRules([{ role: "rol_viewer", group: "SOC" }]);
    const { id } = await done(invite());
    await done(world.api.call(world.acme.ann, `PATCH ${world.acme.O}/users/${id}`, { body: { status: "suspended" } }));
    const enter = () => world.enter(okta, "dana", inGroups("SOC"));
    await expect(enter()).rejects.toEqual(refused(/suspended in Acme/));
    expect(await world.userOf({ userId: id, email: "" })).toMatchObject({ status: "suspended" });
    const { door } = await world.store.read({ door: world.store.providers.subjectAt(okta, "dana") });
    expect(door).toBeUndefined();
  });

  it("is asked once for each provider, and only through one that there is", async () => {
    await done(invite());
    expect(await invite()).toMatchObject({ status: 409, body: { code: "conflict" } });
    const unknown = "idp_01jdexamp1e0000000000000ab";
    expect(await invite({ identityProviderId: unknown })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: "/identityProviderId" }] },
    });
    await world.setRules([{ role: "rol_viewer", group: "SOC" }]);
    await world.enter(okta, "dana", inGroups("SOC"));
    expect((await invite()).status).toBe(409);
  });
});

describe("somebody's address", () => {
  it("leads to them in workspaces that their provider serves, and elsewhere to whoever is asked in by it", async () => {
    const south = await world.makeWorkspace("South");
    const partner = await world.connect({ name: "Partner", workspaceIds: [south] });
    await world.setRules([{ role: "rol_viewer", group: "SOC" }]);
    const eve = await world.enter(partner, "eve", { groups: ["SOC"], email: "chief@acme.example" });
    const add = (at: string) =>
      world.api.call(world.acme.ann, `POST ${world.acme.O}/workspaces/${at}/users`, {
        body: { email: "chief@acme.example", roleIds: ["rol_owner"] },
      });
    const chief = await add(world.workspaceId);
    expect([chief.status, chief.body.status]).toEqual([201, "invited"]);
    expect(chief.body.id).not.toBe(eve.userId);
    expect(await world.rolesOf(eve)).toBeUndefined();
    await done(world.api.call(world.acme.ann, `DELETE ${world.acme.O}/users/${chief.body.id}`));
    expect((await add(south)).body.id).toBe(eve.userId);
  });
});

describe("nobody is let in", () => {
  beforeEach(async () => {
    await world.setRules([{ role: "rol_viewer", group: "SOC" }]);
  });

  it("through a provider that is switched off, and whoever came through it is shut out at once", async () => {
    const dana = await world.enter(okta, "dana", inGroups("SOC"));
    await world.enable([]);
    expect((await world.api.call(dana, "GET /v1/me")).status).toBe(401);
    await expect(world.enter(okta, "dana", inGroups("SOC"))).rejects.toEqual(refused(/switched off/));
    await expect(world.enter(okta, "erin", inGroups("SOC"))).rejects.toEqual(refused(/switched off/));
    await world.enable([okta]);
    expect(await world.rolesOf(dana)).toEqual(["rol_viewer"]);
  });

  it("while the organization is suspended; whoever is known keeps what they held for when it is not any more", async () => {
    const dana = await world.enter(okta, "dana", inGroups("SOC"));
    const setStatus = (status: "active" | "suspended") =>
      world.store.commit([world.store.organizations.edit(world.orgId, { status })], randomUUID(), async () => false);
    await setStatus("suspended");
    for (const [subject, groups] of [
      ["dana", "SOC"],
      ["dana", "NOC"],
      ["erin", "SOC"],
    ] as const) {
      await expect(world.enter(okta, subject, inGroups(groups))).rejects.toEqual(refused(/^Acme is suspended/));
    }
    await setStatus("active");
    expect(await world.rolesOf(dana)).toEqual(["rol_viewer"]);
    expect((await world.enter(okta, "dana", inGroups("SOC"))).userId).toBe(dana.userId);
  });

  it("as one more user than an organization may have; whoever is a user already, invited or known, is", async () => {
    const dana = await world.enter(okta, "dana", inGroups("SOC"));
    const body = { email: "erin@acme.example", identityProviderId: okta };
    const erin = await done(world.api.call(world.acme.ann, `POST ${world.acme.O}/users`, { body }));
    const setCount = (userCount: number) =>
      world.store.commit(
        [world.store.places.setCounts({ orgId: world.orgId }, { userCount })],
        randomUUID(),
        async () => false,
      );
    await setCount(limits.usersPerOrganization);
    const full = refused(/^Acme has as many users as an organization may have/);
    await expect(world.enter(okta, "finn", inGroups("SOC"))).rejects.toEqual(full);
    expect((await world.callerOf(okta, "finn")).userId).toBe("usr_nobody");
    await expect(world.enter(okta, "dana", inGroups("SOC"))).resolves.toMatchObject({ userId: dana.userId });
    await expect(world.enter(okta, "erin", inGroups("SOC"))).resolves.toMatchObject({ userId: erin.id });
    await setCount(limits.usersPerOrganization - 1);
    expect(await world.rolesOf(await world.enter(okta, "finn", inGroups("SOC")))).toEqual(["rol_viewer"]);
    await expect(world.enter(okta, "gail", inGroups("SOC"))).rejects.toEqual(full);
  });

  it("while suspended; what the claims do not give any more is gone all the same", async () => {
    const dana = await world.enter(okta, "dana", inGroups("SOC"));
    const suspend = (status: string) =>
      done(world.api.call(world.acme.ann, `PATCH ${world.acme.O}/users/${dana.userId}`, { body: { status } }));
    await suspend("suspended");
    await expect(world.enter(okta, "dana", inGroups("SOC"))).rejects.toEqual(refused(/suspended in Acme/));
    await expect(world.enter(okta, "dana")).rejects.toEqual(refused(/suspended in Acme/));
    await suspend("active");
    expect(await world.rolesOf(dana)).toBeUndefined();
  });

  it("without an address, with more said of them than can be kept, or through a provider that nobody has", async () => {
    await expect(world.enter(okta, "dana", { ...inGroups("SOC"), email: undefined })).rejects.toEqual(
      refused(/no e-mail/),
    );
    const groups = ["SOC", ...Array.from({ length: 2_000 }, (_, at) => `${at}`.padStart(60, "group "))];
    await expect(world.enter(okta, "dana", { groups })).rejects.toEqual(refused(/can be kept/));
    await expect(world.enter("idp_01jdexamp1e0000000000000ab" as ProviderId, "dana", inGroups("SOC"))).rejects.toEqual(
      refused(/Nobody has/),
    );
  });

  it("of whom too much or no address is said; known, they lose what is not given any more all the same", async () => {
    const groups = Array.from({ length: 2_000 }, (_, at) => `${at}`.padStart(60, "group "));
    for (const claims of [{ email: undefined, groups: ["NOC"] }, { groups }]) {
      const dana = await world.enter(okta, "dana", inGroups("SOC"));
      expect(await world.rolesOf(dana)).toEqual(["rol_viewer"]);
      await expect(world.enter(okta, "dana", claims)).rejects.toEqual(refused(/no e-mail|can be kept/));
      expect(await world.rolesOf(dana)).toBeUndefined();
      expect(await world.userOf(dana)).toMatchObject({ email: "dana@acme.example" });
    }
  });

  it("by a subject that is somebody else's but for its case", async () => {
    await world.enter(okta, "Dana", inGroups("SOC"));
    await expect(world.enter(okta, "dana", inGroups("SOC"))).rejects.toEqual(refused(/in other letters/));
  });
});

describe("somebody who was deleted", () => {
  it("comes back as somebody new, with nothing of what they held", async () => {
    await world.setRules([{ role: "rol_viewer", group: "SOC" }]);
    const dana = await world.enter(okta, "dana", inGroups("SOC"));
    await done(
      world.api.call(world.acme.ann, `PUT ${world.acme.W}/assignments/${dana.userId}`, {
        body: { roleIds: ["rol_owner"] },
      }),
    );
    await done(world.api.call(world.acme.ann, `DELETE ${world.acme.O}/users/${dana.userId}`));
    const again = await world.enter(okta, "dana", inGroups("SOC"));
    expect(again.userId).not.toBe(dana.userId);
    expect(await world.rolesOf(again)).toEqual(["rol_viewer"]);
  });
});

describe("a rule for every workspace", () => {
  it("gives its role in each, also in one that is made later, but for those where other rules say otherwise", async () => {
    const [lab, prod, bare] = [
      await world.makeWorkspace("Lab"),
      await world.makeWorkspace("Prod"),
      await world.makeWorkspace("Bare"),
    ];
    await world.setRules([
      { role: "rol_owner", group: "SOC", workspaceIds: [prod] },
      { role: "rol_viewer", group: "SOC" },
    ]);
    await world.setRules([{ role: "rol_operator", group: "SOC" }], lab);
    await world.setRules([{ role: "rol_operator", group: "NOC" }], bare);
    const dana = await world.enter(okta, "dana", inGroups("SOC"));
    const late = await world.makeWorkspace("Late");
    const held = await Promise.all([world.workspaceId, lab, prod, bare, late].map((id) => world.rolesOf(dana, id)));
    expect(held).toEqual([["rol_viewer"], ["rol_operator"], ["rol_owner"], ["rol_viewer"], ["rol_viewer"]]);
    const people = await done(world.api.call(world.acme.ann, `GET ${world.acme.O}/workspaces/${late}/assignments`));
    expect(people.items.map(({ userId }: { userId: string }) => userId)).toContain(dana.userId);
    const mine = await done(world.api.call(dana, "GET /v1/me"));
    expect(mine.organizations[0].workspaces).toHaveLength(5);
    const access = await done(world.api.call(world.acme.ann, `GET ${world.acme.O}/users/${dana.userId}/access`));
    expect(access.workspaces).toHaveLength(5);
    expect((await done(world.api.call(dana, `GET ${world.acme.O}/workspaces`))).items).toHaveLength(5);
  });

  it("lists whoever has it once in a workspace that says something of them too, and not at all once it is gone", async () => {
    const lab = await world.makeWorkspace("Lab");
    await world.setRules([{ role: "rol_viewer", group: "SOC" }]);
    await world.setRules([{ role: "rol_operator", group: "SOC" }], lab);
    const dana = await world.enter(okta, "dana", inGroups("SOC"));
    const timesListed = async (workspaceId: WorkspaceId) => {
      const path = `${world.acme.O}/workspaces/${workspaceId}/assignments`;
      const { items } = await done(world.api.call(world.acme.ann, `GET ${path}`));
      return items.filter(({ userId }: { userId: string }) => userId === dana.userId).length;
    };
    const rows = async () =>
      (await world.store.assignments.listHolders(world.orgId, "rol_viewer" as RoleId)).map(({ userId }) => userId);
    expect([await timesListed(lab), await timesListed(world.workspaceId), await rows()]).toEqual([1, 1, [dana.userId]]);
    await expect(world.enter(okta, "dana", inGroups("NOC"))).rejects.toEqual(refused(/gives you a role/));
    expect([await timesListed(lab), await timesListed(world.workspaceId), await rows()]).toEqual([0, 0, []]);
  });

  it("stops where the provider serves only some of them", async () => {
    const lab = await world.makeWorkspace("Lab");
    const bound = await world.connect({ workspaceIds: [lab] });
    await world.setRules([{ role: "rol_viewer", group: "SOC" }]);
    const dana = await world.enter(bound, "dana", inGroups("SOC"));
    expect([await world.rolesOf(dana, lab), await world.rolesOf(dana)]).toEqual([["rol_viewer"], undefined]);
  });
});

describe("what a rule gave", () => {
  let dana: Awaited<ReturnType<FederatedWorld["enter"]>>;
  let ruleId: RuleId | undefined;

  beforeEach(async () => {
    [ruleId] = await world.setRules([{ role: "rol_viewer", group: "SOC" }], world.workspaceId);
    dana = await world.enter(okta, "dana", inGroups("SOC"));
  });

  it("is gone on the next request once the rule is switched off, and there again once it is on", async () => {
    const [rule] = await world.rulesAt(world.workspaceId);
    if (rule === undefined) throw new Error("the rule is not there");
    const listsOwn = async () => (await done(world.api.call(dana, `GET ${world.acme.O}/workspaces`))).items.length;
    await world.keepRules([{ ...rule, enabled: false }], world.workspaceId);
    expect([await world.rolesOf(dana), await listsOwn()]).toEqual([undefined, 0]);
    await world.keepRules([rule], world.workspaceId);
    expect([await world.rolesOf(dana), await listsOwn()]).toEqual([["rol_viewer"], 1]);
  });

  it("is gone on the next request once the rule is deleted or gives another role", async () => {
    const [rule] = await world.rulesAt(world.workspaceId);
    if (rule === undefined) throw new Error("the rule is not there");
    await world.keepRules([{ ...rule, roleId: "rol_owner" as typeof rule.roleId }], world.workspaceId);
    expect(await world.rolesOf(dana)).toBeUndefined();
    await world.enter(okta, "dana", inGroups("SOC"));
    expect(await world.rolesOf(dana)).toEqual(["rol_owner"]);
    await world.keepRules([], world.workspaceId);
    expect(await world.rolesOf(dana)).toBeUndefined();
  });

  it("keeps no role in use that it does not give any more", async () => {
    const roleId = await makeRole(world.acme, "Runner", ["workflow:run"]);
    const [rule] = await world.rulesAt(world.workspaceId);
    if (rule === undefined) throw new Error("the rule is not there");
    const custom = { ...rule, roleId: roleId as typeof rule.roleId, roleManagedBy: "workspace" as const };
    await world.keepRules([custom], world.workspaceId);
    await world.enter(okta, "dana", inGroups("SOC"));
    const path = `${world.acme.W}/roles/${roleId}`;
    const preview = await done(world.api.call(world.acme.ann, `POST ${path}/preview`, { body: { scopes: [] } }));
    expect(preview.loses).toEqual([{ userId: dana.userId, workspaceId: world.workspaceId, scopes: ["workflow:run"] }]);
    expect(await world.api.call(world.acme.ann, `DELETE ${path}`)).toMatchObject({
      status: 409,
      body: { code: "role.in_use" },
    });
    await world.keepRules([rule], world.workspaceId);
    expect((await world.api.call(world.acme.ann, `DELETE ${path}`)).status).toBe(204);
  });

  it("moves the assignment's version with the sign-in that changes it, so that nobody overwrites what they have not seen", async () => {
    const path = `${world.acme.W}/assignments/${dana.userId}`;
    const { headers } = await world.api.call(world.acme.ann, `GET ${path}`);
    await world.setRules([{ role: "rol_operator", group: "SOC" }], world.workspaceId);
    await world.enter(okta, "dana", inGroups("SOC"));
    const sent = { body: { roleIds: ["rol_viewer"] }, headers: { "if-match": headers.etag ?? "" } };
    expect((await world.api.call(world.acme.ann, `PUT ${path}`, sent)).status).toBe(412);
    expect(await world.rolesOf(dana)).toEqual(["rol_operator"]);
  });

  it("says which rule it is from", async () => {
    const shown = await done(world.api.call(world.acme.ann, `GET ${world.acme.W}/assignments/${dana.userId}`));
    expect(shown.grants).toEqual([{ roleId: "rol_viewer", roleName: "Viewer", source: `claim-rule:${ruleId}` }]);
  });
});

describe("one role held directly and by a rule", () => {
  it("is held until both are gone", async () => {
    await world.setRules([{ role: "rol_viewer", group: "SOC" }], world.workspaceId);
    const dana = await world.enter(okta, "dana", inGroups("SOC"));
    const path = `${world.acme.W}/assignments/${dana.userId}`;
    await done(world.api.call(world.acme.ann, `PUT ${path}`, { body: { roleIds: ["rol_viewer"] } }));
    expect(await world.rolesOf(dana)).toEqual(["rol_viewer direct", "rol_viewer"]);
    await done(world.api.call(world.acme.ann, `DELETE ${path}`));
    expect(await world.rolesOf(dana)).toEqual(["rol_viewer"]);
    const people = await done(world.api.call(world.acme.ann, `GET ${world.acme.W}/assignments`));
    expect(people.items.map(({ userId }: { userId: string }) => userId)).toContain(dana.userId);
    expect((await world.api.call(world.acme.ann, `DELETE ${path}`)).status).toBe(404);
  });
});

describe("what a sign-in costs", () => {
  const trips = new RoundTrips();
  const cost = async (subject: string, ...groups: string[]) => {
    const { store } = await openTestStore({ tableName: world.test.tableName, wrap: (client) => trips.wrap(client) });
    return trips.count(() => world.enter(okta, subject, inGroups(...groups), { store }));
  };

  it("is two round trips and no write when nothing changed", async () => {
    await world.setRules([{ role: "rol_viewer", group: "SOC" }]);
    await world.enter(okta, "dana", inGroups("SOC"));
    expect(await cost("dana", "SOC")).toEqual({ trips: 2, writes: 0 });
  });

  it("is three and one transaction for whoever holds a few roles, known or not", async () => {
    await world.setRules([{ role: "rol_viewer", group: "SOC" }], world.workspaceId);
    await world.setRules([{ role: "rol_operator", group: "NOC" }]);
    expect(await cost("dana", "SOC")).toEqual({ trips: 3, writes: 1 });
    expect(await cost("dana", "NOC")).toEqual({ trips: 3, writes: 1 });
  });

  it("is four for whoever accepts an invitation", async () => {
    await world.setRules([{ role: "rol_viewer", group: "SOC" }]);
    const body = { email: "dana@acme.example", identityProviderId: okta };
    await done(world.api.call(world.acme.ann, `POST ${world.acme.O}/users`, { body }));
    expect(await cost("dana", "SOC")).toEqual({ trips: 4, writes: 1 });
  });
});

describe("what former sign-ins left", () => {
  it("is swept, and rows of what is not held any more with it", async () => {
    const lab = await world.makeWorkspace("Lab");
    await world.setRules([
      { role: "rol_viewer", group: "Lab", workspaceIds: [lab] },
      { role: "rol_viewer", group: "SOC", workspaceIds: [world.workspaceId] },
    ]);
    const dana = await world.enter(okta, "dana", inGroups("Lab"));
    await world.enter(okta, "dana", inGroups("SOC"));
    expect([await world.rolesOf(dana, lab), await world.rolesOf(dana)]).toEqual([undefined, ["rol_viewer"]]);
    const swept = await sweepAll(world.store, Date.now(), Date.now() + 10_000);
    expect(swept).toMatchObject({ left: 0, failed: [] });
    const { former } = await world.store.read({
      former: world.store.assignments.at({ orgId: world.orgId, workspaceId: lab }, dana.userId),
    });
    expect(former).toBeUndefined();
    expect(await world.rolesOf(dana)).toEqual(["rol_viewer"]);
  });
});
