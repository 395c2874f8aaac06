/** Identity providers through the API: what is stored, what the user pool is told of it, and what nobody is ever told. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ProviderId, WorkspaceId } from "../../lib/domain/ids.ts";
import { limits } from "../../lib/domain/limits.ts";
import type { UserPool } from "../../lib/pool/user-pool.ts";
import { openUserPool } from "../../lib/pool/user-pool.ts";
import type { Store } from "../../lib/store/store.ts";
import { FederatedWorld } from "../identity/federated-world.ts";
import { TestCognito, USER_POOL_ID } from "../pool/cognito.ts";
import { MetadataSite } from "../pool/metadata-site.ts";
import { samlMetadata } from "../pool/saml-metadata.ts";
import { admitManager, done, edit, readTable } from "./acme.ts";
import type { Caller, Sent, TestApi } from "./in-process.ts";
import { openTestApi } from "./in-process.ts";
import { PLAYBOOK, playbook, register, replace } from "./own-types.ts";

const SECRET = "s3cret-of-the-client";
const cognito = new TestCognito();
const site = new MetadataSite();
let pool: UserPool;
let world: FederatedWorld;
let ann: Caller;
let O: string;
let P: string;

beforeAll(async () => {
  await Promise.all([cognito.open(), site.open()]);
  const callbackUrls = ["https://console.acme.example/"];
  pool = openUserPool({ userPoolId: USER_POOL_ID, callbackUrls, metadataAddresses: "any" });
});
afterAll(() => {
  cognito.close();
  site.close();
});
beforeEach(async () => {
  cognito.reset();
  site.metadata = samlMetadata();
  site.asked = 0;
  world = await FederatedWorld.open(pool);
  ({ ann, O } = world.acme);
  P = `${O}/identity-providers`;
});

const oidc = { issuer: "https://login.acme.example", clientId: "bailiwick", clientSecret: SECRET };
const oidcBody = { name: "Login", protocol: "oidc", oidc };
const samlBody = { name: "Okta", protocol: "saml", saml: { metadataXml: samlMetadata() } };
const call = (what: string, sent?: Sent, who: Caller | undefined = ann) => world.api.call(who, what, sent);
const create = (body: object = oidcBody, who = ann) => call(`POST ${P}`, { body }, who);
const made = async (body: object = oidcBody) => done(create(body));
const patch = (id: string, body: object, who = ann) => call(`PATCH ${P}/${id}`, edit(body), who);
const poolName = (id: string) => id.replace("_", "");
const organization = async () => (await world.store.read({ it: world.store.organizations.at(world.orgId) })).it;
const clientOf = () => cognito.clientNamed(world.orgId);

describe("connecting a provider", () => {
  it("configures the user pool, and the answer says that it is ready", async () => {
    const { status, headers, body } = await create({ ...oidcBody, workspaceIds: [world.workspaceId] });
    expect(status).toBe(201);
    expect(headers.etag).toBe('"1"');
    expect(body).toEqual({
      id: expect.stringMatching(/^idp_/),
      name: "Login",
      protocol: "oidc",
      workspaceIds: [world.workspaceId],
      enabled: true,
      oidc: { issuer: oidc.issuer, clientId: "bailiwick" },
      attributeMapping: { email: "email", name: "name", groups: "groups" },
      status: "ready",
      createdAt: expect.any(String),
      version: 1,
    });
    expect(cognito.providers.get(poolName(body.id))).toMatchObject({
      ProviderType: "OIDC",
      ProviderDetails: { client_secret: SECRET },
    });
    expect(clientOf()).toMatchObject({ SupportedIdentityProviders: [poolName(body.id)] });
    expect(await organization()).toMatchObject({ enabledProviders: [body.id], clientId: clientOf()?.ClientId });
    expect((await call(`GET ${P}/${body.id}`)).body).toEqual(body);
    expect((await call(`GET ${P}`)).body).toEqual({ items: [body] });
    expect(world.api.faults).toEqual([]);
  });

  it("takes SAML metadata as it is, and from its address", async () => {
    const given = await made(samlBody);
    expect(given).toMatchObject({ protocol: "saml", saml: {}, status: "ready" });
    const fetched = await made({ ...samlBody, saml: { metadataUrl: site.url } });
    expect(fetched).toMatchObject({ saml: { metadataUrl: site.url }, status: "ready" });
    for (const { id } of [given, fetched]) {
      expect(cognito.providers.get(poolName(id))?.ProviderDetails).toMatchObject({ MetadataFile: samlMetadata() });
    }
    expect(clientOf()?.SupportedIdentityProviders).toHaveLength(2);
  });

  it("leaves the people of a disabled one without standing", async () => {
    const { id } = await made({ ...oidcBody, enabled: false });
    expect(cognito.providers.has(poolName(id))).toBe(true);
    expect(clientOf()?.SupportedIdentityProviders).toEqual([poolName(id)]);
    expect((await organization())?.enabledProviders).toEqual([]);
  });

  it("is possible so often and no more", async () => {
    for (let count = 0; count < limits.identityProvidersPerOrganization; count++) await made(samlBody);
    const { status, body } = await create(samlBody);
    expect([status, body.code]).toEqual([422, "request.invalid"]);
    expect(cognito.providers.size).toBe(limits.identityProvidersPerOrganization);
  });

  it("is done once under one key, and told again as it turned out", async () => {
    const sent = { body: oidcBody, headers: { "idempotency-key": "k" } };
    const first = await call(`POST ${P}`, sent);
    cognito.calls.length = 0;
    const second = await call(`POST ${P}`, sent);
    expect(second).toMatchObject({ status: 201, body: first.body });
    expect(first.body.status).toBe("ready");
    expect(cognito.calls).toEqual([]);
  });

  const mapping = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, "b"]));
  it.each<[string, object, string]>([
    ["neither block", { name: "A", protocol: "saml" }, "/saml"],
    ["the block of the other protocol", { ...oidcBody, protocol: "saml", saml: samlBody.saml }, "/oidc"],
    ["an unknown protocol", { ...oidcBody, protocol: "ldap" }, "/protocol"],
    ["no secret", { ...oidcBody, oidc: { ...oidc, clientSecret: undefined } }, "/oidc/clientSecret"],
    ["an issuer that is none", { ...oidcBody, oidc: { ...oidc, issuer: "login" } }, "/oidc/issuer"],
    ["an issuer with credentials", { ...oidcBody, oidc: { ...oidc, issuer: "https://a:b@c.example" } }, "/oidc/issuer"],
    ["an issuer with a query", { ...oidcBody, oidc: { ...oidc, issuer: "https://c.example/?a" } }, "/oidc/issuer"],
    [
      "both sources of metadata",
      { ...samlBody, saml: { ...samlBody.saml, metadataUrl: "https://a.example" } },
      "/saml",
    ],
    ["no source of metadata", { ...samlBody, saml: {} }, "/saml"],
    ["an address without a scheme", { ...samlBody, saml: { metadataUrl: "a.example" } }, "/saml/metadataUrl"],
    ["an address of a file", { ...samlBody, saml: { metadataUrl: "file:///etc/passwd" } }, "/saml/metadataUrl"],
    [
      "too long an address",
      { ...samlBody, saml: { metadataUrl: `https://a.example/${"a".repeat(limits.addressLength)}` } },
      "/saml/metadataUrl",
    ],
    [
      "XML with a DOCTYPE",
      { ...samlBody, saml: { metadataXml: `<!DOCTYPE a>${samlMetadata()}` } },
      "/saml/metadataXml",
    ],
    ["XML that is no metadata", { ...samlBody, saml: { metadataXml: "<a/>" } }, "/saml/metadataXml"],
    [
      "too much metadata",
      { ...samlBody, saml: { metadataXml: samlMetadata() + " ".repeat(limits.metadataBytes) } },
      "/saml/metadataXml",
    ],
    [
      "a workspace that is nowhere",
      { ...oidcBody, workspaceIds: ["wks_01jdexamp1e0000000000000ab"] },
      "/workspaceIds/0",
    ],
    ["no workspace at all", { ...oidcBody, workspaceIds: [] }, "/workspaceIds"],
    [
      "an attribute with a separator",
      { ...oidcBody, attributeMapping: { "groups\u0023cn": "g" } },
      "/attributeMapping/groups\u0023cn",
    ],
    [
      "too many attributes",
      { ...oidcBody, attributeMapping: mapping(limits.mappedAttributes + 1) },
      "/attributeMapping",
    ],
    ["a status", { ...oidcBody, status: "ready" }, "/status"],
  ])("is refused with %s, by its pointer", async (_, body, pointer) => {
    const { status, body: problem } = await create(body);
    expect([status, problem.code, problem.errors?.map((one: { pointer: string }) => one.pointer)]).toEqual([
      422,
      "request.invalid",
      [pointer],
    ]);
    expect(cognito.calls).toEqual([]);
  });

  it("is refused, and stores nothing, when metadata cannot be had from its address", async () => {
    site.metadata = undefined;
    const { status, body } = await create({ ...samlBody, saml: { metadataUrl: site.url } });
    expect([status, body.errors]).toEqual([
      422,
      [{ pointer: "/saml/metadataUrl", detail: "It answers with status 500." }],
    ]);
    expect((await call(`GET ${P}`)).body.items).toEqual([]);
  });

  it("takes issuers over TLS only, and metadata from public addresses only, where the deployment is not one machine", async () => {
    const open = {
      userPoolId: USER_POOL_ID,
      callbackUrls: ["https://a.example"],
      metadataAddresses: "public",
    } as const;
    world = await FederatedWorld.open(openUserPool(open));
    ({ ann, O } = world.acme);
    P = `${O}/identity-providers`;
    const plain = await create({ ...oidcBody, oidc: { ...oidc, issuer: "http://login.acme.example" } });
    const near = await create({ ...samlBody, saml: { metadataUrl: site.url } });
    expect([plain, near].map(({ status, body }) => [status, body.errors[0].pointer])).toEqual([
      [422, "/oidc/issuer"],
      [422, "/saml/metadataUrl"],
    ]);
    expect(site.asked).toBe(0);
  });
});

describe("editing a provider", () => {
  it("leaves the user pool alone where it is only the service's own", async () => {
    const { id } = await made();
    cognito.calls.length = 0;
    const edited = await done(
      patch(id, { name: "SSO", attributeMapping: { groups: "/realm_access/roles", name: null } }),
    );
    expect(edited).toMatchObject({ name: "SSO", status: "ready", version: 2 });
    expect(edited.attributeMapping).toEqual({ email: "email", groups: "/realm_access/roles" });
    expect((await done(patch(id, { attributeMapping: { email: null } }))).attributeMapping.email).toBe("email");
    expect(cognito.calls).toEqual([]);
  });

  it("keeps the client secret that the pool has, until another one is given", async () => {
    const { id } = await made();
    const details = () => cognito.providers.get(poolName(id))?.ProviderDetails;
    await done(patch(id, { oidc: { clientId: "other", issuer: oidc.issuer } }));
    expect(details()).toMatchObject({ client_id: "other", client_secret: SECRET, oidc_issuer: oidc.issuer });
    expect(await done(patch(id, { oidc: { clientSecret: "another" } }))).toMatchObject({ status: "ready" });
    expect(details()).toMatchObject({ client_id: "other", client_secret: "another" });
  });

  it("sends a secret to no other issuer than the one it was given for", async () => {
    const { id } = await made();
    const refused = await patch(id, { oidc: { issuer: "https://mallory.example" } });
    expect([refused.status, refused.body.errors?.[0]?.pointer]).toEqual([422, "/oidc/clientSecret"]);
    expect(cognito.providers.get(poolName(id))?.ProviderDetails).toMatchObject({ oidc_issuer: oidc.issuer });
    await done(patch(id, { oidc: { issuer: "https://other.example", clientSecret: "of-the-other" } }));
    expect(cognito.providers.get(poolName(id))?.ProviderDetails).toMatchObject({
      oidc_issuer: "https://other.example",
      client_secret: "of-the-other",
    });
  });

  it("changes metadata from an address to itself and back, and binds and unbinds workspaces", async () => {
    const { id } = await made(samlBody);
    const next = samlMetadata("https://other.example");
    site.metadata = next;
    expect(await done(patch(id, { saml: { metadataUrl: site.url } }))).toMatchObject({
      saml: { metadataUrl: site.url },
    });
    expect(cognito.providers.get(poolName(id))?.ProviderDetails).toMatchObject({ MetadataFile: next });
    const saml = { metadataXml: samlMetadata(), metadataUrl: null };
    expect((await done(patch(id, { saml }))).saml).toEqual({});
    expect(await done(patch(id, { workspaceIds: [world.workspaceId] }))).toMatchObject({
      workspaceIds: [world.workspaceId],
    });
    expect(await done(patch(id, { workspaceIds: null }))).not.toHaveProperty("workspaceIds");
  });

  it("maps so many attributes and no more, however many edits it takes to map them", async () => {
    const { id } = await made();
    // The name and the groups are mapped already; the address always is, and does not count.
    const most = Array.from({ length: limits.mappedAttributes - 2 }, (_, index) => [`a${index}`, "claim"]);
    await done(patch(id, { attributeMapping: Object.fromEntries(most) }));
    const beyond = await patch(id, { attributeMapping: { b: "claim" } });
    expect([beyond.status, beyond.body.errors]).toEqual([
      422,
      [{ pointer: "/attributeMapping", detail: `At most ${limits.mappedAttributes} attributes.` }],
    ]);
    const { attributeMapping } = await done(call(`GET ${P}/${id}`));
    expect(Object.keys(attributeMapping)).toHaveLength(limits.mappedAttributes + 1);
    expect(attributeMapping).not.toHaveProperty("b");
    expect((await patch(id, { attributeMapping: { a0: null, b: "claim" } })).status).toBe(200);
  });

  it.each<[string, object, string]>([
    ["the protocol", { protocol: "saml" }, "/protocol"],
    ["the block of the other protocol", { saml: samlBody.saml }, "/saml"],
    ["a workspace that is nowhere", { workspaceIds: ["wks_01jdexamp1e0000000000000ab"] }, "/workspaceIds/0"],
  ])("is refused for %s", async (_, body, pointer) => {
    const { id } = await made();
    const answer = await patch(id, body);
    expect([answer.status, answer.body.errors.map((one: { pointer: string }) => one.pointer)]).toEqual([
      422,
      [pointer],
    ]);
  });

  it("says which version it edits", async () => {
    const { id } = await made();
    expect((await call(`PATCH ${P}/${id}`, { body: { name: "A" } })).status).toBe(428);
    const stale = { body: { name: "A" }, headers: { "if-match": '"7"' } };
    expect((await call(`PATCH ${P}/${id}`, stale)).status).toBe(412);
    expect((await call(`DELETE ${P}/${id}`, { headers: { "if-match": '"7"' } })).status).toBe(412);
  });
});

describe("disabling, enabling and deleting", () => {
  it("shut out whoever came through it on their next request, and let them in again", async () => {
    const { id } = await made();
    // Another one keeps the organization's client, for which the token was made.
    await made(samlBody);
    await world.setRules([{ role: "rol_viewer", group: "SOC" }]);
    const dana = await world.enter(id, "dana", { groups: ["SOC"] });
    const standing = async () => (await call("GET /v1/me", {}, dana)).status;
    expect(await standing()).toBe(200);
    expect(await done(patch(id, { enabled: false }))).toMatchObject({ enabled: false, status: "ready" });
    expect(await standing()).toBe(401);
    expect(await done(patch(id, { enabled: true }))).toMatchObject({ enabled: true, status: "ready" });
    expect(await standing()).toBe(200);
    expect((await call(`DELETE ${P}/${id}`)).status).toBe(204);
    expect(await standing()).toBe(401);
  });

  it("move the client's providers, and leave the others as they are", async () => {
    const [first, second] = [await made(), await made(samlBody)];
    const served = () => clientOf()?.SupportedIdentityProviders;
    await done(patch(first.id, { enabled: false }));
    expect(served()).toEqual([poolName(second.id)]);
    await done(patch(first.id, { enabled: true }));
    expect(served()).toEqual([first, second].map(({ id }) => poolName(id)).sort());
    await call(`DELETE ${P}/${first.id}`);
    expect(served()).toEqual([poolName(second.id)]);
  });

  it("leave the client its id, for which applications and tokens are made, as long as there is a provider", async () => {
    const { id } = await made();
    const clientId = clientOf()?.ClientId;
    await done(patch(id, { enabled: false }));
    cognito.fail("UpdateIdentityProvider", { type: "InvalidParameterException" });
    expect(await done(patch(id, { oidc: { clientId: "c" }, enabled: true }))).toMatchObject({ status: "failed" });
    expect(await done(patch(id, { oidc: { clientId: "d" } }))).toMatchObject({ status: "ready" });
    expect(clientOf()).toMatchObject({ ClientId: clientId, SupportedIdentityProviders: [poolName(id)] });
    expect((await organization())?.clientId).toBe(clientId);
  });

  it("leave nothing in the pool and nothing to do when it is deleted", async () => {
    const { id } = await made();
    expect((await call(`DELETE ${P}/${id}`)).status).toBe(204);
    expect([cognito.providers.size, cognito.clients.size]).toEqual([0, 0]);
    expect((await world.store.providers.listConfigured({ limit: 100 })).items).toEqual([]);
    expect(await organization()).toMatchObject({ enabledProviders: [] });
    expect(await organization()).not.toHaveProperty("clientId");
    for (const what of [`GET ${P}/${id}`, `DELETE ${P}/${id}`, `POST ${P}/${id}/reconcile`]) {
      expect((await call(what)).status).toBe(404);
    }
  });

  it("are refused where everybody who keeps the organization comes through it; workspaces are not asked", async () => {
    const [first, second] = [await made(), await made(samlBody)];
    await world.setRules([{ role: "rol_viewer" }]);
    const dana = await world.enter(first.id, "dana", { groups: ["SOC"] });
    const body = { roleIds: ["rol_organization-manager"] };
    await done(call(`PUT ${O}/assignments/${dana.userId}`, { body }));
    await done(call(`PUT ${world.acme.W}/assignments/${dana.userId}`, { body: { roleIds: ["rol_owner"] } }));
    await done(call(`DELETE ${world.acme.W}/assignments/${ann.userId}`));
    // Ann keeps the organization still, and nobody but Dana the workspace.
    expect((await patch(first.id, { enabled: false })).status).toBe(200);
    expect((await patch(first.id, { enabled: true })).status).toBe(200);
    await done(call(`DELETE ${O}/assignments/${ann.userId}`, {}, dana));
    const refused = [await patch(first.id, { enabled: false }, dana), await call(`DELETE ${P}/${first.id}`, {}, dana)];
    for (const { status, body: problem } of refused) expect([status, problem?.code]).toEqual([409, "owner.last"]);
    expect((await patch(second.id, { enabled: false }, dana)).status).toBe(200);
    expect((await call(`DELETE ${P}/${second.id}`, {}, dana)).status).toBe(204);
  });
});

describe("what rules make of a provider", () => {
  let mallory: Caller;
  let id: string;

  beforeEach(async () => {
    ({ id } = await made({ ...oidcBody, workspaceIds: [world.workspaceId] }));
    mallory = await admitManager(world.acme, "mallory", ["identity-provider:read", "identity-provider:write"]);
    await world.setRules([{ role: "rol_viewer" }], world.workspaceId);
  });

  const codeOf = async (asked: ReturnType<typeof call>) => {
    const { status, body } = await asked;
    return status < 300 ? status : body.code;
  };

  it.each<[string, object]>([
    ["another mapping", { attributeMapping: { groups: "favourites" } }],
    ["another issuer", { oidc: { issuer: "https://mallory.example", clientSecret: "x" } }],
    ["another secret", { oidc: { clientSecret: "x" } }],
    ["more workspaces", { workspaceIds: null }],
  ])("is given by whoever says %s: they must hold it", async (_, body) => {
    expect(await codeOf(patch(id, body, mallory))).toBe("grant.exceeds_own");
    expect(await codeOf(patch(id, body))).toBe(200);
  });

  it("is given by whoever connects or enables a provider", async () => {
    expect(await codeOf(create(oidcBody, mallory))).toBe("grant.exceeds_own");
    await done(patch(id, { enabled: false }, mallory));
    expect(await codeOf(patch(id, { enabled: true }, mallory))).toBe("grant.exceeds_own");
    const { body } = await create(oidcBody, mallory);
    expect(body.errors.length).toBeGreaterThan(0);
  });

  it("is not asked of names, of taking away, and of fewer workspaces", async () => {
    const other = await world.makeWorkspace("South");
    await done(patch(id, { workspaceIds: [world.workspaceId, other] }));
    for (const body of [{ name: "B" }, { workspaceIds: [other] }, { enabled: false }]) {
      expect(await codeOf(patch(id, body, mallory))).toBe(200);
    }
    expect(await codeOf(call(`DELETE ${P}/${id}`, {}, mallory))).toBe(204);
  });

  it("is what enabled rules say that look at this provider, in places that it serves", async () => {
    const other = await world.makeWorkspace("South");
    const elsewhere = { ...oidcBody, workspaceIds: [other] };
    expect(await codeOf(create(elsewhere, mallory))).toBe(201);
    await world.setRules([{ role: "rol_viewer", enabled: false }], world.workspaceId);
    expect(await codeOf(create(oidcBody, mallory))).toBe(201);
    await world.setRules([{ role: "rol_viewer", identityProviderIds: [id as ProviderId] }], world.workspaceId);
    expect(await codeOf(create(oidcBody, mallory))).toBe(201);
    expect(await codeOf(patch(id, { attributeMapping: { a: "b" } }, mallory))).toBe("grant.exceeds_own");
    await world.setRules([], world.workspaceId);
    await world.setRules([{ role: "rol_viewer", workspaceIds: [world.workspaceId] }]);
    expect(await codeOf(create(elsewhere, mallory))).toBe(201);
    expect(await codeOf(create({ ...oidcBody, workspaceIds: [world.workspaceId] }, mallory))).toBe("grant.exceeds_own");
  });

  it.each([1, 2])(
    "is read again where own types are edited just before read %d of the two that a request makes",
    async (late) => {
      await done(register(world.acme, { ...playbook, predefinedRoles: {} }));
      for (const ask of [
        (api: TestApi) => api.call(mallory, `POST ${P}`, { body: oidcBody }),
        (api: TestApi) => api.call(mallory, `PATCH ${P}/${id}`, edit({ attributeMapping: { groups: "roles" } })),
      ]) {
        const [early, edited] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
        let reads = 0;
        const read: Store["read"] = async (wanted) => {
          const nth = "own" in wanted ? ++reads : 0;
          if (nth === late) {
            await early.promise;
            await done(replace(world.acme, playbook));
            edited.resolve();
          }
          const found = await world.store.read(wanted);
          if (nth + late === 3) {
            early.resolve();
            await edited.promise;
          }
          return found;
        };
        const { body } = await ask(openTestApi({ ...world.store, read }, undefined, pool));
        expect(body.code).toBe("grant.exceeds_own");
        expect(body.errors.map((one: { detail: string }) => one.detail)).toContain(`${PLAYBOOK}:read`);
        expect(reads).toBeGreaterThan(2);
      }
    },
  );

  it("may be given by whoever may give any role, and reaches the role that took a replaced one's place", async () => {
    const role = { name: "Old", level: "workspace", scopes: [] };
    const old = await done(call(`POST ${O}/roles`, { body: role }));
    const next = await done(call(`POST ${O}/roles`, { body: { ...role, name: "New", scopes: ["workflow:run"] } }));
    const [rule] = await world.rulesAt(world.workspaceId);
    if (rule === undefined) throw new Error("there is no rule");
    await world.keepRules([{ ...rule, roleId: old.id, roleManagedBy: "organization" }], world.workspaceId);
    expect(await codeOf(create(oidcBody, mallory))).toBe(201);
    await done(call(`PUT ${world.acme.W}/assignments/${ann.userId}`, { body: { roleIds: ["rol_owner", old.id] } }));
    await done(call(`DELETE ${O}/roles/${old.id}?reassignTo=${next.id}`));
    const refused = await create(oidcBody, mallory);
    expect(refused.status).toBe(403);
    expect(refused.body.errors.map((one: { detail: string }) => one.detail)).toEqual(["workflow:run"]);
    const grant = ["identity-provider:write", "workspace-role:grant"];
    const gina = await admitManager(world.acme, "gina", grant);
    expect(await codeOf(create(oidcBody, gina))).toBe(201);
  });
});

describe("whoever says who a provider's people are could be any of them, and so must hold what they hold:", () => {
  const elsewhere: readonly [string, object, object][] = [
    ["another issuer", oidcBody, { oidc: { issuer: "https://mallory.example", clientSecret: "x" } }],
    ["another client", oidcBody, { oidc: { clientId: "mallory" } }],
    ["other metadata", samlBody, { saml: { metadataXml: samlMetadata("https://mallory.example") } }],
    ["another claim for the address", oidcBody, { attributeMapping: { email: "nickname" } }],
  ];

  it.each(elsewhere)("%s", async (_, body, change) => {
    const { id } = await made(body);
    await world.setRules([{ role: "rol_viewer" }]);
    const dana = await world.enter(id, "dana", { groups: ["SOC"] });
    await done(call(`PUT ${O}/assignments/${dana.userId}`, { body: { roleIds: ["rol_organization-manager"] } }));
    // Nothing is to be given by rules any more.
    await world.setRules([]);
    const clerk = await admitManager(world.acme, "clerk", ["identity-provider:write", "workspace-role:grant"]);
    const refused = await patch(id, change, clerk);
    expect([refused.status, refused.body.code, refused.body.errors]).toEqual([
      403,
      "grant.exceeds_own",
      [{ pointer: "", detail: "*" }],
    ]);
    expect((await patch(id, change)).status).toBe(200);
    await done(call(`DELETE ${O}/assignments/${dana.userId}`));
    expect((await patch(id, body === oidcBody ? { oidc: { clientId: "third" } } : change, clerk)).status).toBe(200);
  });

  it("that is anything in workspaces, also for those who are invited and have not come", async () => {
    const { id } = await made();
    const mallory = await admitManager(world.acme, "mallory", ["identity-provider:write"]);
    const invited = {
      email: "boss@acme.example",
      identityProviderId: id,
      roleId: "rol_owner",
      workspaceId: world.workspaceId,
    };
    await done(call(`POST ${O}/users`, { body: invited }));
    for (const [, body, change] of elsewhere) {
      const provider = body === oidcBody ? id : (await made(body)).id;
      expect((await patch(provider, change, mallory)).body).toMatchObject({ code: "grant.exceeds_own" });
    }
  });

  it("the same metadata address again, a new secret and other attributes are no such thing", async () => {
    const [{ id }, saml] = [await made(), await made({ ...samlBody, saml: { metadataUrl: site.url } })];
    const mallory = await admitManager(world.acme, "mallory", ["identity-provider:write"]);
    for (const body of [{ oidc: { clientSecret: "new" } }, { attributeMapping: { groups: "roles" } }]) {
      expect((await patch(id, body, mallory)).status).toBe(200);
    }
    expect((await patch(saml.id, { saml: { metadataUrl: site.url } }, mallory)).status).toBe(200);
  });
});

describe("what the user pool does not do", () => {
  it("is told as failed with its reason, and mended by an edit", async () => {
    cognito.fail("CreateIdentityProvider", {
      type: "InvalidParameterException",
      message: "Unable to contact well-known endpoint",
    });
    const { status, body } = await create();
    expect(status).toBe(201);
    expect(body).toMatchObject({
      status: "failed",
      statusReason: "The user pool refuses it: Unable to contact well-known endpoint",
    });
    expect(clientOf()).toBeUndefined();
    const mended = await done(patch(body.id, { oidc: { clientSecret: SECRET, issuer: "https://id.acme.example" } }));
    expect(mended).toMatchObject({ status: "ready" });
    expect(mended).not.toHaveProperty("statusReason");
    expect(clientOf()).toMatchObject({ SupportedIdentityProviders: [poolName(body.id)] });
  });

  it("is not one of the client's, while others are served", async () => {
    const { id } = await made();
    cognito.fail("CreateIdentityProvider", { type: "InvalidParameterException" });
    expect((await create(samlBody)).body).toMatchObject({ status: "failed" });
    expect((await call(`GET ${P}/${id}`)).body).toMatchObject({ status: "ready" });
    expect(clientOf()).toMatchObject({ SupportedIdentityProviders: [poolName(id)] });
  });

  it("is failed, too, when the pool has no room for more", async () => {
    cognito.fail("CreateIdentityProvider", { type: "LimitExceededException" });
    expect((await create()).body).toMatchObject({
      status: "failed",
      statusReason: expect.stringMatching(/quota/),
    });
  });

  it("never undoes the change: it stays provisioning, and the operator is told", async () => {
    const down = Array.from({ length: 9 }, () => "no answer" as const);
    cognito.fail("DescribeIdentityProvider", ...down);
    const { status, body } = await create(samlBody);
    expect([status, body.status]).toEqual([201, "provisioning"]);
    expect(world.api.faults).toHaveLength(1);
    expect((await call(`GET ${P}/${body.id}`)).body).toEqual(body);
    cognito.faults.clear();
    expect((await call(`POST ${P}/${body.id}/reconcile`)).body).toMatchObject({ status: "ready", version: 1 });
    expect(clientOf()).toMatchObject({ SupportedIdentityProviders: [poolName(body.id)] });
  });

  it("of an organization's client is done later: none counts as ready, and none is gone, while the client may not know", async () => {
    const [first, second] = [await made(), await made(samlBody)];
    cognito.fail("UpdateUserPoolClient", ...Array.from({ length: 9 }, () => "no answer" as const));
    const { status, body } = await create(samlBody);
    expect([status, body.status]).toEqual([201, "provisioning"]);
    const items = (await call(`GET ${P}`)).body.items.map((one: { id: string; status: string }) => [
      one.id,
      one.status,
    ]);
    expect(items).toEqual([
      [first.id, "ready"],
      [second.id, "ready"],
      [body.id, "provisioning"],
    ]);
    expect((await call(`DELETE ${P}/${first.id}`)).status).toBe(204);
    expect(cognito.providers.size).toBe(3);
    expect((await world.store.providers.listConfigured({ limit: 9 })).items).toHaveLength(3);
    expect(clientOf()).toMatchObject({ SupportedIdentityProviders: [first, second].map(({ id }) => poolName(id)) });
    expect((await organization())?.clientId).toBe(clientOf()?.ClientId);
    const told = expect.stringMatching(/^Error: the user pool does not answer: /);
    expect(world.api.faults.map(String)).toEqual([told, told]);
    cognito.faults.clear();
    expect((await call(`POST ${P}/${body.id}/reconcile`)).body).toMatchObject({ status: "ready", version: 1 });
    expect(clientOf()).toMatchObject({ SupportedIdentityProviders: [second, body].map(({ id }) => poolName(id)) });
  });

  it("may not be there at all: the change stands even so", async () => {
    world = await FederatedWorld.open();
    ({ ann, O } = world.acme);
    P = `${O}/identity-providers`;
    const { id, status } = await made(samlBody);
    expect(status).toBe("provisioning");
    expect((await call(`DELETE ${P}/${id}`)).status).toBe(204);
    expect(world.api.faults).toHaveLength(2);
  });

  it("loses a secret that did not reach it: that is said, and sent again it is ready", async () => {
    const down = Array.from({ length: 9 }, () => "no answer" as const);
    cognito.fail("CreateIdentityProvider", ...down);
    const { body } = await create();
    expect(body.status).toBe("provisioning");
    cognito.faults.clear();
    // Whoever holds the secret may be about to hand it over: an edit of something else leaves that to them.
    expect(await done(patch(body.id, { name: "Renamed" }))).toMatchObject({ status: "provisioning" });
    const lost = { status: "failed", statusReason: "Its client secret did not reach the user pool: send it again." };
    expect((await call(`POST ${P}/${body.id}/reconcile`)).body).toMatchObject(lost);
    expect(await done(patch(body.id, { oidc: { clientSecret: SECRET } }))).toMatchObject({ status: "ready" });
  });

  it("is one thing after the other: of two secrets that come at once, the later version's is the one that stays", async () => {
    const { id } = await made();
    let isSlow = true;
    cognito.before = async (operation) => {
      if (operation !== "UpdateIdentityProvider" || !isSlow) return;
      isSlow = false;
      await new Promise((resolve) => setTimeout(resolve, 300));
    };
    const answers = await Promise.all(
      ["one", "two", "three"].map((clientSecret) => patch(id, { oidc: { clientSecret } })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const last = answers.findIndex(({ body }) => body.version === 4);
    const kept = cognito.providers.get(poolName(id))?.ProviderDetails as { client_secret: string };
    expect(kept.client_secret).toBe(["one", "two", "three"][last]);
    expect((await call(`GET ${P}/${id}`)).body).toMatchObject({ status: "ready", version: 4 });
  });

  it("makes one client for an organization, however many providers come at once", async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => create(samlBody)));
    expect(answers.map(({ body }) => body.status)).toEqual(["ready", "ready", "ready", "ready"]);
    expect(cognito.clients.size).toBe(1);
    expect(clientOf()?.SupportedIdentityProviders).toEqual(answers.map(({ body }) => poolName(body.id)).sort());
  });
});

describe("a secret", () => {
  it("is in no answer, no item, no entry and no fault, also when the pool quotes it", async () => {
    const answers: unknown[] = [];
    const keep = async (asked: ReturnType<typeof call>) => {
      const answer = await asked;
      answers.push(answer);
      return answer;
    };
    const headers = { "idempotency-key": randomUUID() };
    const { body } = await keep(call(`POST ${P}`, { body: oidcBody, headers }));
    await keep(call(`POST ${P}`, { body: oidcBody, headers }));
    await keep(patch(body.id, { oidc: { clientSecret: SECRET } }));
    cognito.fail("UpdateIdentityProvider", { type: "InvalidParameterException", message: `Value ${SECRET} is bad` });
    await keep(patch(body.id, { oidc: { clientSecret: SECRET, clientId: "c" } }));
    cognito.fail("DescribeIdentityProvider", { type: "NotAuthorizedException", message: SECRET });
    await keep(patch(body.id, { oidc: { clientSecret: SECRET } }));
    await keep(create({ ...oidcBody, oidc: { ...oidc, clientSecret: `${SECRET}\n`, more: 1 } }));
    await keep(call(`GET ${P}`));
    await keep(call(`GET ${O}/audit-log`));
    const table = [...(await readTable(world.test)).values()];
    const seen = JSON.stringify([answers, table, world.api.faults.map((fault) => [String(fault), fault])]);
    expect(seen).toContain(oidc.issuer);
    for (const form of [SECRET, Buffer.from(SECRET).toString("base64"), Buffer.from(SECRET).toString("hex")]) {
      expect(seen).not.toContain(form);
    }
  });
});

describe("the audit log", () => {
  it("has an entry for each change, says what was replaced, and none for what became of the pool", async () => {
    cognito.fail("CreateIdentityProvider", { type: "LimitExceededException" });
    const { id } = await made({ ...oidcBody, workspaceIds: [world.workspaceId as WorkspaceId] });
    await patch(id, { oidc: { clientSecret: "x" }, name: "Renamed" });
    await call(`POST ${P}/${id}/reconcile`);
    await call(`DELETE ${P}/${id}`);
    const { items } = (await call(`GET ${O}/audit-log?target=${id}&order=asc`)).body;
    expect(items.map(({ action }: { action: string }) => action)).toEqual([
      "identity-provider.created",
      "identity-provider.updated",
      "identity-provider.deleted",
    ]);
    const [created, updated, deleted] = items;
    expect(created).toMatchObject({ target: { type: "identity-provider", id }, reach: [world.workspaceId] });
    expect(created.after).toMatchObject({ name: "Login", oidc: { issuer: oidc.issuer, clientId: "bailiwick" } });
    expect(updated.before.name).toBe("Login");
    expect(updated.after).toMatchObject({ name: "Renamed", replaced: ["clientSecret"] });
    expect(deleted.before.name).toBe("Renamed");
  });

  it("says to each workspace what bears on it: one that a provider serves no more, and all where it serves all", async () => {
    const south = await world.makeWorkspace("South");
    const { id } = await made({ ...oidcBody, workspaceIds: [world.workspaceId] });
    await done(patch(id, { workspaceIds: [south] }));
    await done(patch(id, { workspaceIds: null }));
    await done(patch(id, { enabled: false }));
    await call(`DELETE ${P}/${id}`);
    const { items } = (await call(`GET ${O}/audit-log?target=${id}&order=asc`)).body;
    const named = [world.workspaceId, south].sort();
    expect(items.map(({ reach }: { reach: unknown }) => reach)).toEqual([[world.workspaceId], named, 2, 2, 2]);
    const shown = await done(
      call(`GET ${O}/workspaces/${world.workspaceId}/audit-log?reach=organization&target=${id}`),
    );
    expect(shown.items).toHaveLength(5);
  });
});
