/** A workspace's Owners and its people: whom they see, and whom they ask in, with nothing in the organization. */
import { beforeEach, describe, expect, it } from "vitest";
import { makeIdMaker } from "../../lib/api/id-maker.ts";
import type { IdentityProvider } from "../../lib/domain/identity-providers.ts";
import { openTestStore } from "../engine.ts";
import { userOf } from "../store/contract.ts";
import type { Acme } from "./acme.ts";
import { admit, assign, done, edit, makeAcme, makeRole, makeWorkspace, scopesOf } from "./acme.ts";
import type { Caller } from "./in-process.ts";
import { acceptInvitation } from "./invitations.ts";

const MINUTE = 60_000;

let now: number;
let acme: Acme;
let owner: Caller;

beforeEach(async () => {
  now = Date.now();
  acme = await makeAcme(await openTestStore(), () => now);
  owner = await admit(acme, "owner", "rol_owner");
});

const add = (body: object, by = owner) => acme.api.call(by, `POST ${acme.W}/users`, { body });
const listed = async (query = "", by = owner) => (await done(acme.api.call(by, `GET ${acme.W}/users${query}`))).items;

describe("asking a colleague in", () => {
  it("invites whom the organization does not know, who has the roles from the acceptance on", async () => {
    const { status, body, headers } = await add({
      email: "new@acme.example",
      displayName: "New",
      roleIds: ["rol_viewer"],
    });
    expect([status, headers.etag ?? headers.ETag]).toEqual([201, '"1"']);
    expect(body).toMatchObject({
      email: "new@acme.example",
      displayName: "New",
      status: "invited",
      grants: [{ roleId: "rol_viewer", roleName: "Viewer", source: "direct" }],
    });
    const person = { userId: body.id, email: body.email };
    expect(await scopesOf(acme, person)).toEqual([]);
    await acceptInvitation(acme.api.host.store, acme.org, body.id);
    expect(await scopesOf(acme, person)).toContain("workflow:read");
    const inOrganization = await done(acme.api.call(acme.ann, `GET ${acme.O}/users/${body.id}`));
    expect(inOrganization).toMatchObject({ email: "new@acme.example", status: "active" });
    const { items } = await done(acme.api.call(acme.ann, `GET ${acme.O}/audit-log?action=user.invited`));
    expect(items[0]).toMatchObject({ target: { id: body.id }, actor: { id: owner.userId }, reach: [acme.workspace] });
  });

  it("gives roles to whom the organization knows, under whatever writing of the address", async () => {
    const vic = await admit(acme, "vic");
    const { status, body } = await add({ email: "VIC@acme.example", roleIds: ["rol_viewer"] });
    expect([status, body.id, body.status]).toEqual([201, vic.userId, "active"]);
    expect(await scopesOf(acme, vic)).toContain("workflow:read");
    const { items } = await done(acme.api.call(acme.ann, `GET ${acme.W}/audit-log?action=assignment.replaced`));
    expect(items[0]).toMatchObject({ actor: { id: owner.userId }, target: { id: vic.userId } });
  });

  it("means the pool's own person where several have the address, and chooses nobody where none is", async () => {
    const { store } = acme.api.host;
    const newId = makeIdMaker(now);
    const throughProviders = [newId("idp"), newId("idp")].map((identityProviderId) => ({
      ...userOf(acme.org, newId("usr"), "vic@acme.example"),
      identityProviderId,
    }));
    for (const user of throughProviders) {
      const provider: IdentityProvider = {
        id: user.identityProviderId,
        orgId: acme.org,
        name: "Login",
        connection: { kind: "saml" },
        enabled: true,
        attributeMapping: { email: "email" },
        status: "ready",
        createdAt: user.createdAt,
        version: 1,
      };
      const changes = [...store.users.create(user), ...store.providers.create(provider, undefined)];
      await store.commit(changes, crypto.randomUUID(), async () => false);
    }
    const body = { email: "vic@acme.example", roleIds: ["rol_viewer"] };
    expect(await add(body)).toMatchObject({ status: 409, body: { code: "conflict" } });
    const ofPool = await admit(acme, "vic");
    expect(await add(body)).toMatchObject({ status: 201, body: { id: ofPool.userId } });
  });

  it("says so when they have roles here already, and changes nothing", async () => {
    const vic = await admit(acme, "vic", "rol_viewer");
    expect(await add({ email: vic.email, roleIds: ["rol_operator"] })).toMatchObject({
      status: 409,
      body: { code: "conflict" },
    });
    expect(await scopesOf(acme, vic)).not.toContain("workflow:run");
    // What has expired is no role.
    const expiresAt = new Date(now + MINUTE).toISOString();
    await done(
      acme.api.call(owner, `PUT ${acme.W}/assignments/${vic.userId}`, { body: { roleIds: ["rol_viewer"], expiresAt } }),
    );
    now += MINUTE;
    expect((await add({ email: vic.email, roleIds: ["rol_operator"] })).status).toBe(201);
  });

  it("lets a contractor in until a moment", async () => {
    const expiresAt = new Date(now + MINUTE).toISOString();
    const { body } = await add({ email: "temp@acme.example", roleIds: ["rol_viewer"], expiresAt });
    await acceptInvitation(acme.api.host.store, acme.org, body.id);
    const temp = { userId: body.id, email: body.email };
    now += MINUTE - 1;
    expect(await scopesOf(acme, temp)).toContain("workflow:read");
    now += 1;
    expect(await scopesOf(acme, temp)).toEqual([]);
    expect((await listed()).map(({ id }: { id: string }) => id)).not.toContain(body.id);
    // What has expired is not there to be taken: that would be an entry of nothing.
    for (const method of ["GET", "DELETE"]) {
      const answer = await acme.api.call(acme.ann, `${method} ${acme.W}/assignments/${body.id}`);
      expect([method, answer.status]).toEqual([method, 404]);
    }
  });

  it("gives nothing that its asker does not hold, to strangers as to members", async () => {
    const limited = await admit(
      acme,
      "limited",
      await makeRole(acme, "Limited", ["user-permission:*", "workflow:read"]),
    );
    const vic = await admit(acme, "vic");
    const fine = await makeRole(acme, "Fine", ["workflow:read"]);
    for (const email of [vic.email, "new@acme.example"]) {
      const refused = await add({ email, roleIds: [fine, "rol_operator"] }, limited);
      expect(refused).toMatchObject({ status: 403, body: { code: "grant.exceeds_own" } });
      expect(new Set(refused.body.errors.map(({ pointer }: { pointer: string }) => pointer))).toEqual(
        new Set(["/roleIds"]),
      );
    }
    expect((await done(acme.api.call(acme.ann, `GET ${acme.O}/users?email=new@acme.example`))).items).toEqual([]);
    expect((await add({ email: "new@acme.example", roleIds: [fine] }, limited)).status).toBe(201);
    expect((await add({ email: vic.email, roleIds: [fine] }, limited)).status).toBe(201);
  });

  it.each([
    ["an unknown role", { roleIds: ["rol_viewer", "rol_none"] }, "/roleIds/1"],
    ["a role of the organization's level", { roleIds: ["rol_organization-viewer"] }, "/roleIds/0"],
    ["a role of a feature that is off", { roleIds: ["rol_cases-viewer"] }, "/roleIds/0"],
    ["no role", { roleIds: [] }, "/roleIds"],
    ["an end that has passed", { roleIds: ["rol_viewer"], expiresAt: "2020-01-01T00:00:00Z" }, "/expiresAt"],
    ["an end in no year", { roleIds: ["rol_viewer"], expiresAt: "9999-12-31T23:59:59-01:00" }, "/expiresAt"],
    ["no address", { email: "nobody", roleIds: ["rol_viewer"] }, "/email"],
  ])("refuses %s, for strangers as for members", async (_, wrong, pointer) => {
    const vic = await admit(acme, "vic");
    for (const email of [vic.email, "new@acme.example"]) {
      expect(await add({ email, ...wrong })).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
    }
  });

  it("is not for Viewers", async () => {
    const vic = await admit(acme, "vic", "rol_viewer");
    expect((await add({ email: "new@acme.example", roleIds: ["rol_viewer"] }, vic)).status).toBe(403);
  });
});

describe("the list of people", () => {
  it("holds whoever holds something here now, with all of it, and nobody else", async () => {
    const vic = await admit(acme, "vic", "rol_viewer", "rol_operator");
    await admit(acme, "elsewhere");
    const south = `${acme.O}/workspaces/${await makeWorkspace(acme, "South")}`;
    const sue = await admit(acme, "sue");
    await assign(acme, sue, ["rol_viewer"], south);
    const items = await listed();
    const all = items.map(({ id, grants }: { id: string; grants: { roleId: string }[] }) => [
      id,
      grants.map(({ roleId }) => roleId).sort(),
    ]);
    expect(new Map(all)).toEqual(
      new Map([
        [acme.ann.userId, ["rol_owner"]],
        [owner.userId, ["rol_owner"]],
        [vic.userId, ["rol_operator", "rol_viewer"]],
      ]),
    );
    expect(await listed(`?email=${vic.email}`)).toMatchObject([{ id: vic.userId }]);
    expect(await listed(`?email=${sue.email}`)).toEqual([]);
    expect(await listed("?email=nobody@acme.example")).toEqual([]);
  });

  it("goes on by its cursor until everybody was there once", async () => {
    for (const name of ["a", "b", "c"]) await admit(acme, name, "rol_viewer");
    const seen: string[] = [];
    let query = "?limit=2";
    for (let cursor: string | undefined = ""; cursor !== undefined; query = `?limit=2&cursor=${cursor}`) {
      const page = await done(acme.api.call(owner, `GET ${acme.W}/users${query}`));
      seen.push(...page.items.map(({ id }: { id: string }) => id));
      cursor = page.nextCursor;
    }
    expect(seen).toHaveLength(5);
    expect(new Set(seen).size).toBe(5);
  });

  it("keeps whoever is suspended in it, who has no use of it", async () => {
    const vic = await admit(acme, "vic", "rol_viewer");
    await done(acme.api.call(acme.ann, `PATCH ${acme.O}/users/${vic.userId}`, edit({ status: "suspended" })));
    const shown = (await listed()).find(({ id }: { id: string }) => id === vic.userId);
    expect(shown).toMatchObject({ status: "suspended", grants: [{ roleId: "rol_viewer" }] });
    expect(await scopesOf(acme, vic)).toEqual([]);
  });
});
