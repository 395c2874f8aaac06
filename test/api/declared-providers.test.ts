/** Identity providers of the tenant's file: made and edited as a request would, by nobody but the deployment. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Adoption, Declaration, DeclaredProvider } from "../../lib/api/declared-providers.ts";
import { adoptProviders } from "../../lib/api/declared-providers.ts";
import { reconcileAll } from "../../lib/api/provider-reconciliation.ts";
import type { OrgId } from "../../lib/domain/ids.ts";
import { limits } from "../../lib/domain/limits.ts";
import type { UserPool } from "../../lib/pool/user-pool.ts";
import { openUserPool } from "../../lib/pool/user-pool.ts";
import { keys } from "../../lib/store/keys.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import { TestCognito, USER_POOL_ID } from "../pool/cognito.ts";
import { MetadataSite } from "../pool/metadata-site.ts";
import { samlMetadata } from "../pool/saml-metadata.ts";
import type { Acme } from "./acme.ts";
import { done, edit, makeAcme, readTable } from "./acme.ts";
import type { Moment } from "./breakable.ts";
import { Breakage } from "./breakable.ts";

const SECRET = "s3cret-of-the-client";
const cognito = new TestCognito();
const site = new MetadataSite();
let pool: UserPool;
let test: TestStore;
let acme: Acme;
let P: string;
let faults: string[];

beforeAll(async () => {
  await Promise.all([cognito.open(), site.open()]);
  pool = openUserPool({ userPoolId: USER_POOL_ID, callbackUrls: ["https://a.example/"], metadataAddresses: "any" });
});
afterAll(() => {
  cognito.close();
  site.close();
});
beforeEach(async () => {
  cognito.reset();
  site.metadata = samlMetadata();
  faults = [];
  test = await openTestStore();
  acme = await makeAcme(test, undefined, pool);
  P = `${acme.O}/identity-providers`;
});

const saml = (more: object = {}): Declaration => ({
  provider: { organizationId: acme.org, name: "Okta", protocol: "saml", metadataUrl: site.url, ...more },
});
const oidc = (more: object = {}, secret = SECRET): Declaration => {
  const at = { issuer: "https://login.acme.example", clientId: "bailiwick", clientSecret: "acme/login" };
  const provider = { organizationId: acme.org, name: "Login", protocol: "oidc", ...at, ...more } as DeclaredProvider;
  return { provider, secret };
};
const desk = () => ({ store: test.store, pool, reportFault: (fault: unknown) => faults.push(String(fault)) });
const adopt = (declarations: readonly Declaration[], seconds = 60) =>
  adoptProviders(desk(), declarations, "lambda-1", Date.now() + seconds * 1000);
const outcomesOf = (adoptions: readonly Adoption[]) => adoptions.map(({ outcome }) => outcome);
const list = async () => (await acme.api.call(acme.ann, `GET ${P}`)).body.items;
const entries = async () =>
  (await acme.api.call(acme.ann, `GET ${acme.O}/audit-log?limit=500`)).body.items.filter(
    ({ action }: { action: string }) => action.startsWith("identity-provider."),
  );
const patch = (id: string, body: object) => acme.api.call(acme.ann, `PATCH ${P}/${id}`, edit(body));
const poolName = (id: string) => id.replace("_", "");
const detailsOf = (id: string) => cognito.providers.get(poolName(id))?.ProviderDetails as Record<string, string>;
const enabled = async () => {
  const { it } = await test.store.read({ it: test.store.organizations.at(acme.org) });
  return it?.enabledProviders;
};

describe("a provider of the tenant's file", () => {
  it("is made as a request would make it, and the pool is configured", async () => {
    expect(await adopt([saml({ workspaceIds: [acme.workspace] }), oidc()])).toEqual([
      { organizationId: acme.org, name: "Okta", outcome: "created" },
      { organizationId: acme.org, name: "Login", outcome: "created" },
    ]);
    const items = await list();
    const usual = { enabled: true, attributeMapping: { email: "email", name: "name", groups: "groups" }, version: 1 };
    expect(items).toEqual([
      {
        ...usual,
        id: expect.stringMatching(/^idp_/),
        name: "Okta",
        protocol: "saml",
        saml: { metadataUrl: site.url },
        workspaceIds: [acme.workspace],
        status: "ready",
        createdAt: expect.any(String),
      },
      {
        ...usual,
        id: expect.stringMatching(/^idp_/),
        name: "Login",
        protocol: "oidc",
        oidc: { issuer: "https://login.acme.example", clientId: "bailiwick" },
        status: "ready",
        createdAt: expect.any(String),
      },
    ]);
    const [first, second] = items.map(({ id }: { id: string }) => id);
    expect(await enabled()).toEqual([first, second]);
    expect(detailsOf(first)).toMatchObject({ MetadataFile: samlMetadata() });
    expect(detailsOf(second)).toMatchObject({ client_secret: SECRET });
    expect(cognito.clientNamed(acme.org)?.SupportedIdentityProviders).toEqual([poolName(first), poolName(second)]);
    expect(faults).toEqual([]);
  });

  it("stands in the audit log as the deployment's work, in a chain that verifies", async () => {
    const asked = { name: "Asked", protocol: "oidc", oidc: { issuer: "https://a.example", clientId: "b" } };
    await done(
      acme.api.call(acme.ann, `POST ${P}`, { body: { ...asked, oidc: { ...asked.oidc, clientSecret: "c" } } }),
    );
    await adopt([oidc({ name: "Asked", issuer: "https://a.example", clientId: "b" })]);
    await adopt([oidc({ name: "Asked", issuer: "https://b.example", clientId: "b" })]);
    const all = await entries();
    expect(all).toHaveLength(3);
    const [updated, created, byAnn] = all;
    expect(created).toMatchObject({
      action: "identity-provider.created",
      actor: { kind: "system", id: "tenant-file" },
      origin: { ip: "", userAgent: "", requestId: "lambda-1" },
      after: byAnn.after,
    });
    expect(updated).toMatchObject({
      action: "identity-provider.updated",
      actor: { kind: "system", id: "tenant-file" },
      target: created.target,
      before: { oidc: { issuer: "https://a.example" } },
      after: { oidc: { issuer: "https://b.example" }, replaced: ["clientSecret"] },
    });
    expect((await acme.api.call(acme.ann, `POST ${acme.O}/audit-log/verify`, { body: {} })).body.intact).toBe(true);
  });

  it("has its secret in the pool alone: in no item and no entry", async () => {
    await adopt([oidc()]);
    await adopt([oidc({ clientId: "other" })]);
    expect(detailsOf((await list())[0].id)).toMatchObject({ client_id: "other", client_secret: SECRET });
    expect(JSON.stringify(await entries())).not.toContain(SECRET);
    expect(JSON.stringify([...(await readTable(test))])).not.toContain(SECRET);
  });

  it("is made once, however often and by however many at once", async () => {
    const all = [saml(), oidc()];
    const outcomes = (await Promise.all([adopt(all), adopt(all)])).flatMap(outcomesOf);
    expect(outcomes.filter((outcome) => outcome === "created")).toHaveLength(2);
    cognito.calls.length = 0;
    expect(outcomesOf(await adopt(all))).toEqual(["unchanged", "unchanged"]);
    expect(cognito.calls).toEqual([]);
    expect(await list()).toHaveLength(2);
    expect(await entries()).toHaveLength(2);
    expect(faults).toEqual([]);
  });

  it("follows its declaration, as a whole, and keeps its id and whether it is enabled", async () => {
    await adopt([oidc({ workspaceIds: [acme.workspace], attributeMapping: { email: "mail", groups: "roles" } })]);
    const [{ id }] = await list();
    await done(patch(id, { name: "By hand", enabled: false, attributeMapping: { team: "team" } }));
    const next = oidc({ clientSecret: "acme/next", attributeMapping: { email: "upn" } }, "the next one");
    expect(outcomesOf(await adopt([next]))).toEqual(["updated"]);
    const [provider, ...others] = await list();
    expect(others).toEqual([]);
    expect(provider).toMatchObject({ id, name: "Login", enabled: false, status: "ready", version: 3 });
    expect(provider.attributeMapping).toEqual({ email: "upn" });
    expect(provider).not.toHaveProperty("workspaceIds");
    expect(detailsOf(id)).toMatchObject({ client_secret: "the next one" });
    expect(await enabled()).toEqual([]);
  });

  it("stays as people edited it while its declaration is the same", async () => {
    await adopt([oidc()]);
    const [{ id }] = await list();
    const { body } = await patch(id, {
      name: "Renamed",
      oidc: { issuer: "https://b.example", clientSecret: "theirs" },
    });
    expect(outcomesOf(await adopt([oidc()]))).toEqual(["unchanged"]);
    expect(await list()).toEqual([body]);
    expect(detailsOf(id)).toMatchObject({ client_secret: "theirs" });
  });

  it("leaves alone what people made, of the same name too", async () => {
    const body = { name: "Okta", protocol: "saml", saml: { metadataXml: samlMetadata() } };
    const theirs = await done(acme.api.call(acme.ann, `POST ${P}`, { body }));
    await adopt([saml()]);
    await adopt([saml({ attributeMapping: { groups: "memberOf" } })]);
    const items = await list();
    expect(items).toHaveLength(2);
    expect(items[0]).toEqual(theirs);
    expect(items[1]).toMatchObject({ saml: { metadataUrl: site.url }, attributeMapping: { groups: "memberOf" } });
  });

  it("stands as it is when it is not declared any more, and is named", async () => {
    await adopt([saml(), oidc()]);
    const before = await list();
    expect(await adopt([oidc()])).toMatchObject([{ outcome: "unchanged" }]);
    const { undeclared } = await reconcileAll(desk(), Date.now() + 60_000, [oidc()]);
    expect(undeclared).toEqual([{ orgId: acme.org, id: before[0].id, name: "Okta" }]);
    expect((await reconcileAll(desk(), Date.now() + 60_000, [oidc(), saml()])).undeclared).toEqual([]);
    expect(await list()).toEqual(before);
  });

  it("is given its secret again where the pool did not hear of it, but not where a person sent another one", async () => {
    const silent = Array.from({ length: 9 }, () => "no answer" as const);
    cognito.fail("CreateIdentityProvider", ...silent);
    await adopt([oidc()]);
    const [{ id, status }] = await list();
    expect(status).toBe("provisioning");
    cognito.faults.clear();
    expect(outcomesOf(await adopt([oidc()]))).toEqual(["unchanged"]);
    expect(await list()).toMatchObject([{ status: "ready" }]);
    expect(detailsOf(id)).toMatchObject({ client_secret: SECRET });
    cognito.fail("UpdateIdentityProvider", ...silent);
    await patch(id, { oidc: { clientSecret: "theirs" } });
    cognito.faults.clear();
    await adopt([oidc()]);
    expect(await list()).toMatchObject([{ status: "provisioning" }]);
    expect(await entries()).toHaveLength(2);
  });

  it.each<[string, () => Declaration, Partial<Adoption>]>([
    [
      "an organization that is not there",
      () => saml({ organizationId: "org_01jdexamp1e0000000000000ab" as OrgId }),
      { outcome: "absent" },
    ],
    [
      "a workspace that is not there",
      () => saml({ workspaceIds: ["wks_01jdexamp1e0000000000000ab"] }),
      { outcome: "refused", reason: "/workspaceIds/0 There is no such workspace here." },
    ],
    [
      "metadata that nobody answers with",
      () => {
        site.metadata = undefined;
        return saml();
      },
      { outcome: "refused", reason: "/saml/metadataUrl It answers with status 500." },
    ],
    [
      "a secret that is none",
      () => oidc({}, "a\u0007b"),
      { outcome: "refused", reason: expect.stringMatching(/^\/oidc\/clientSecret /) },
    ],
  ])("is not made for %s, which keeps no other from being made", async (_, declaration, told) => {
    expect(await adopt([declaration(), oidc({ name: "Other" })])).toMatchObject([told, { outcome: "created" }]);
    expect(await list()).toMatchObject([{ name: "Other" }]);
    expect(faults).toEqual([]);
  });

  it("is refused where it would be one too many, or of another protocol under the same name", async () => {
    const names = Array.from({ length: limits.identityProvidersPerOrganization }, (_, index) => `Number ${index}`);
    await adopt(
      names.map((name) => oidc({ name })),
      600,
    );
    expect(await adopt([oidc()])).toMatchObject([
      { outcome: "refused", reason: "There may be 10 identity providers here." },
    ]);
    const refused = {
      outcome: "refused",
      reason: expect.stringMatching(/^\/protocol It is one of oidc, and stays so/),
    };
    expect(await adopt([saml({ name: "Number 0" })])).toMatchObject([refused]);
    expect(await list()).toHaveLength(names.length);
  });

  it("waits for the next run where there is no time", async () => {
    expect(outcomesOf(await adopt([saml()], 5))).toEqual(["left"]);
    expect(await list()).toEqual([]);
  });

  it.each<Moment>(["before", "after"])(
    "is made once and whole, broken off %s any call to the table",
    async (moment) => {
      const breakage = new Breakage();
      const { store } = await openTestStore({ tableName: test.tableName, wrap: (client) => breakage.wrap(client) });
      let runs = 0;
      for (let isBroken = true; isBroken; runs++) {
        const { id: organizationId } = await done(
          acme.api.call(acme.ann, "POST /v1/orgs", { body: { name: `Number ${runs}` } }),
        );
        const declarations = [oidc({ organizationId })];
        breakage.arm(runs, moment);
        await adoptProviders({ ...desk(), store }, declarations, "lambda-1", Date.now() + 60_000);
        isBroken = breakage.mend();
        // A turn that was never given back ends by itself; here nobody waits for that.
        await test.store.commit(
          [{ kind: "delete", key: keys.poolTurn(organizationId) }],
          randomUUID(),
          async () => false,
        );
        await adopt(declarations);
        const providers = await test.store.providers.list(organizationId);
        expect([runs, providers.map(({ status }) => status)]).toEqual([runs, ["ready"]]);
      }
      expect(runs).toBeGreaterThan(4);
    },
  );
});
