/** What the user pool was configured to be and what is stored cannot drift apart unnoticed, nor for longer than an hour. */
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { reconcileAll } from "../../lib/api/provider-reconciliation.ts";
import type { OrgId } from "../../lib/domain/ids.ts";
import type { UserPool } from "../../lib/pool/user-pool.ts";
import { openUserPool } from "../../lib/pool/user-pool.ts";
import type { Store } from "../../lib/store/store.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import { TestCognito, USER_POOL_ID } from "../pool/cognito.ts";
import { MetadataSite } from "../pool/metadata-site.ts";
import { samlMetadata } from "../pool/saml-metadata.ts";
import type { Acme } from "./acme.ts";
import { done, edit, makeAcme } from "./acme.ts";

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

afterEach(() => {
  vi.restoreAllMocks();
});

const reconcile = (minutes = 1, store = test.store) => {
  const reportFault = (fault: unknown) => faults.push(String(fault));
  return reconcileAll({ store, pool, reportFault }, Date.now() + minutes * 60_000, []);
};
const create = (body: object) => done(acme.api.call(acme.ann, `POST ${P}`, { body }));
const show = async (id: string) => (await acme.api.call(acme.ann, `GET ${P}/${id}`)).body;
const saml = (at: object = { metadataXml: samlMetadata() }) => create({ name: "Okta", protocol: "saml", saml: at });
const oidc = () =>
  create({ name: "Login", protocol: "oidc", oidc: { issuer: "https://a.example", clientId: "b", clientSecret: "c" } });
const poolName = (id: string) => id.replace("_", "");
const detailsOf = (id: string) => cognito.providers.get(poolName(id))?.ProviderDetails as Record<string, string>;
const clientOf = () => cognito.clientNamed(acme.org);
const entries = async () => (await acme.api.call(acme.ann, `GET ${acme.O}/audit-log?limit=500`)).body.items.length;

describe("reconciling", () => {
  it("touches nothing that is as it should be", async () => {
    await saml({ metadataUrl: site.url });
    await oidc();
    const before = [structuredClone([...cognito.providers]), structuredClone([...cognito.clients])];
    cognito.calls.length = 0;
    expect(await reconcile()).toEqual({ looked: 2, left: 0, drifts: [], failed: [], undeclared: [] });
    expect(cognito.calls.filter((call) => !call.startsWith("Describe"))).toEqual([]);
    expect([[...cognito.providers], [...cognito.clients]]).toEqual(before);
    expect(faults).toEqual([]);
  });

  it("brings back what was changed by hand, says what it was, and leaves no entry", async () => {
    const [first, second] = [await saml(), await oidc()];
    const known = await entries();
    cognito.providers.delete(poolName(first.id));
    detailsOf(second.id).oidc_issuer = "https://evil.example";
    const client = clientOf();
    if (client === undefined) throw new Error("there is no client");
    cognito.clients.set(String(client.ClientId), { ...client, CallbackURLs: ["https://evil.example/"] });
    const { drifts, failed } = await reconcile();
    const told = drifts.flatMap(({ differences }) => differences).sort();
    expect(told).toEqual([
      "The client's CallbackURLs in the user pool is another one.",
      `${first.id}: The user pool does not have this provider.`,
      `${second.id}: Its issuer in the user pool is another one.`,
    ]);
    expect(failed).toEqual([]);
    expect(detailsOf(first.id)).toMatchObject({ MetadataFile: samlMetadata() });
    expect(detailsOf(second.id)).toMatchObject({ oidc_issuer: "https://a.example", client_secret: "c" });
    expect(clientOf()).toMatchObject({ CallbackURLs: ["https://a.example/"] });
    expect(await reconcile()).toMatchObject({ drifts: [] });
    expect(await entries()).toBe(known);
  });

  it("makes an organization's client again, and keeps its new id", async () => {
    await saml();
    cognito.clients.clear();
    await reconcile();
    const { organization } = await test.store.read({ organization: test.store.organizations.at(acme.org) });
    expect(organization?.clientId).toBe(clientOf()?.ClientId);
    expect(organization?.clientId).toBeDefined();
  });

  it("marks as failed what nobody can bring back: a provider whose secret went with it", async () => {
    const { id } = await oidc();
    cognito.providers.delete(poolName(id));
    const reason = "Its client secret is not there any more: send it again.";
    expect(await reconcile()).toMatchObject({ failed: [{ id, reason }] });
    expect(await show(id)).toMatchObject({ status: "failed", statusReason: reason });
    const body = { oidc: { clientSecret: "d" } };
    expect((await acme.api.call(acme.ann, `PATCH ${P}/${id}`, edit(body))).body).toMatchObject({ status: "ready" });
  });

  it("finishes what was broken off between the table and the pool", async () => {
    const silent = () => Array.from({ length: 9 }, () => "no answer" as const);
    cognito.fail("CreateIdentityProvider", ...silent());
    const { id, status } = await saml();
    expect(status).toBe("provisioning");
    cognito.faults.clear();
    await reconcile();
    expect(await show(id)).toMatchObject({ status: "ready" });
    cognito.fail("DeleteIdentityProvider", ...silent());
    expect((await acme.api.call(acme.ann, `DELETE ${P}/${id}`)).status).toBe(204);
    expect(cognito.providers.size).toBe(1);
    cognito.faults.clear();
    expect(await reconcile()).toMatchObject({ looked: 1 });
    expect([cognito.providers.size, cognito.clients.size]).toEqual([0, 0]);
    expect(await reconcile()).toMatchObject({ looked: 0 });
  });

  it("follows a provider's own keys: metadata is fetched again, and an address that does not answer changes nothing", async () => {
    const { id } = await saml({ metadataUrl: site.url });
    site.metadata = undefined;
    expect(await reconcile()).toMatchObject({ failed: [] });
    expect(faults).toEqual([`Error: the metadata of ${id} could not be fetched again: It answers with status 500.`]);
    expect(await show(id)).toMatchObject({ status: "ready" });
    const next = samlMetadata("https://idp.acme.example/next");
    site.metadata = next;
    await reconcile();
    expect(detailsOf(id)).toMatchObject({ MetadataFile: next });
    // What was fetched last is kept: the pool can be brought back to it while the address is silent.
    site.metadata = undefined;
    cognito.providers.clear();
    await reconcile();
    expect(detailsOf(id)).toMatchObject({ MetadataFile: next });
    expect(await show(id)).toMatchObject({ status: "ready", version: 1 });
  });

  it("leaves for the next time what there is no time for, and goes on when one provider cannot be looked at", async () => {
    await saml();
    await oidc();
    expect(await reconcile(0)).toEqual({ looked: 0, left: 2, drifts: [], failed: [], undeclared: [] });
    cognito.fail("DescribeIdentityProvider", { type: "NotAuthorizedException" });
    expect(await reconcile()).toMatchObject({ looked: 2, failed: [] });
    expect(faults).toEqual(["Error: the user pool does not answer: NotAuthorizedException 400"]);
  });

  it("waits for whoever is configuring the pool, whose turn ends by itself if it is never given back", async () => {
    const { id } = await saml();
    const now = Math.floor(Date.now() / 1000);
    const hold = test.store.poolTurns.take(acme.org, "somebody", now, now + 1);
    expect(await test.store.commit([hold], randomUUID(), async () => false)).toBe("committed");
    cognito.providers.clear();
    await reconcile();
    expect(Date.now() / 1000).toBeGreaterThanOrEqual(now + 1);
    expect(cognito.providers.has(poolName(id))).toBe(true);
  });
});

describe("what was found", () => {
  it("stays the reason of a provider that waits for its secret: nobody is told that the secret was lost", async () => {
    cognito.fail("CreateIdentityProvider", { type: "InvalidParameterException", message: "It is none" });
    const { id, status, statusReason } = await oidc();
    expect([status, statusReason]).toEqual(["failed", "The user pool refuses it: It is none"]);
    cognito.calls.length = 0;
    expect(await reconcile()).toMatchObject({ failed: [{ id, reason: statusReason }] });
    expect(await show(id)).toMatchObject({ status: "failed", statusReason, version: 1 });
    expect(cognito.calls).toEqual([]);
  });

  it("is told of providers, also where the client cannot be looked at; that is looked at the next time", async () => {
    const { id } = await saml();
    const client = clientOf();
    cognito.providers.clear();
    cognito.clients.set(String(client?.ClientId), { ...client, CallbackURLs: ["https://evil.example/"] });
    cognito.fail("DescribeUserPoolClient", { type: "NotAuthorizedException" });
    const first = await reconcile();
    expect(faults).toEqual(["Error: the user pool does not answer: NotAuthorizedException 400"]);
    expect(clientOf()).toMatchObject({ CallbackURLs: ["https://evil.example/"] });
    expect(await show(id)).toMatchObject({ status: "ready", version: 1 });
    const second = await reconcile();
    expect([first, second].map(({ drifts }) => drifts)).toEqual([
      [{ orgId: acme.org, differences: [`${id}: The user pool does not have this provider.`] }],
      [{ orgId: acme.org, differences: ["The client's CallbackURLs in the user pool is another one."] }],
    ]);
    expect(clientOf()).toMatchObject({ CallbackURLs: ["https://a.example/"] });
  });

  it("is told, also where a provider was changed meanwhile and everything is looked at again", async () => {
    const { id } = await saml({ metadataUrl: site.url });
    site.metadata = samlMetadata("https://idp.acme.example/next");
    cognito.providers.clear();
    let edited: Promise<unknown> | undefined;
    cognito.before = async (operation) => {
      if (operation !== "DescribeUserPoolClient") return;
      edited ??= done(acme.api.call(acme.ann, `PATCH ${P}/${id}`, edit({ name: "Renamed" })));
      await edited;
    };
    const { drifts } = await reconcile();
    expect(drifts).toEqual([{ orgId: acme.org, differences: [`${id}: The user pool does not have this provider.`] }]);
    expect(await show(id)).toMatchObject({ name: "Renamed", status: "ready", version: 2 });
    expect(detailsOf(id)).toMatchObject({ MetadataFile: site.metadata });
  });
});

describe("one organization", () => {
  /** Somewhere a round starts: with the first of two organizations, or with the second. */
  const starts = [0, 0.99];
  let other: OrgId;
  let ofAcme: string;
  let ofOther: string;

  beforeEach(async () => {
    ofAcme = (await saml()).id;
    other = (await done(acme.api.call(acme.ann, "POST /v1/orgs", { body: { name: "Bolt" } }))).id;
    const body = { name: "Okta", protocol: "saml", saml: { metadataXml: samlMetadata() } };
    ofOther = (await done(acme.api.call(acme.ann, `POST /v1/orgs/${other}/identity-providers`, { body }))).id;
    cognito.providers.clear();
  });

  const lacks = (id: string) => [`${id}: The user pool does not have this provider.`];

  it.each(starts)(
    "that cannot be read is told of, and the others are looked at, wherever the round starts: %d",
    async (start) => {
      vi.spyOn(Math, "random").mockReturnValue(start);
      const list: Store["providers"]["list"] = (orgId) =>
        orgId === acme.org ? Promise.reject(new Error("Acme cannot be read")) : test.store.providers.list(orgId);
      const store = { ...test.store, providers: { ...test.store.providers, list } };
      await expect(reconcile(1, store)).resolves.toEqual({
        looked: 2,
        left: 0,
        drifts: [{ orgId: other, differences: lacks(ofOther) }],
        failed: [],
        undeclared: [],
      });
      expect(faults).toEqual(["Error: Acme cannot be read"]);
      expect([...cognito.providers.keys()]).toEqual([poolName(ofOther)]);
      // Its turn was given back.
      expect(await reconcile()).toMatchObject({ drifts: [{ orgId: acme.org, differences: lacks(ofAcme) }] });
    },
  );

  it.each(starts)(
    "that somebody configures all the time is left to them, and the others are looked at: %d",
    async (start) => {
      vi.spyOn(Math, "random").mockReturnValue(start);
      const now = Math.floor(Date.now() / 1000);
      const hold = test.store.poolTurns.take(acme.org, "somebody", now, now + 3600);
      expect(await test.store.commit([hold], randomUUID(), async () => false)).toBe("committed");
      let later = 0;
      const clock = Date.now.bind(Date);
      vi.spyOn(Date, "now").mockImplementation(() => clock() + later);
      const pause = async () => {
        later += 5_000;
      };
      const { looked, drifts } = await reconcile(5, { ...test.store, pause });
      expect([looked, drifts]).toEqual([2, [{ orgId: other, differences: lacks(ofOther) }]]);
      expect([...cognito.providers.keys()]).toEqual([poolName(ofOther)]);
      expect(faults).toEqual([]);
    },
  );
});
