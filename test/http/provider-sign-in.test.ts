/**
 * Signing in through a provider, from the redirect to the role: the API that connects it, the user pool's own way, real signatures,
 * the deployable triggers, and the next request.
 */
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, inject, it } from "vitest";
import type { Acme } from "./acme.ts";
import { done, makeAcme } from "./acme.ts";
import { Browser, CodeFlow, type Tokens } from "./browser.ts";
import type { Client } from "./client.ts";
import { openClient } from "./client.ts";

const service = inject("service");
const { login } = service;
let client: Client;

beforeAll(async () => {
  client = await openClient(service);
});

const PROTOCOLS = ["saml", "oidc"] as const;
type Protocol = (typeof PROTOCOLS)[number];

const connections = {
  saml: { saml: { metadataUrl: `${login}/test-idp/saml/metadata` } },
  oidc: { oidc: { issuer: `${login}/test-idp/oidc`, clientId: "bailiwick", clientSecret: "local" } },
};

interface World {
  readonly acme: Acme;
  readonly idp: string;
  enter(email: string, claims?: object, provider?: string): Promise<{ status: number; body: Entered }>;
  rule(group: string, roleId: string, more?: object): Promise<string>;
  rolesOf(token: string): Promise<string[] | number>;
}

interface Entered {
  readonly accessToken: string;
  readonly code?: string;
  readonly detail?: string;
}

async function connect(acme: Acme, protocol: Protocol, more: object = {}): Promise<string> {
  const body = { name: protocol, protocol, enabled: true, ...connections[protocol], ...more };
  const provider = await done(client.call(acme.ann.token, `POST ${acme.O}/identity-providers`, { body }));
  expect(provider).toMatchObject({ protocol, status: "ready" });
  return provider.id;
}

async function open(protocol: Protocol): Promise<World> {
  const acme = await makeAcme(client);
  const idp = await connect(acme, protocol);
  return {
    acme,
    idp,
    async enter(email, claims = {}, identityProvider = idp) {
      const response = await fetch(`${login}/local/token`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ email, identityProvider, claims }),
      });
      return { status: response.status, body: (await response.json()) as Entered };
    },
    async rule(group, roleId, more = {}) {
      const when = { all: [{ attribute: "groups", operator: "equals", values: [group] }] };
      const body = { name: group, when, roleId, ...more };
      return (await done(client.call(acme.ann.token, `POST ${acme.W}/claim-rules`, { body }))).id;
    },
    async rolesOf(token) {
      const { status, body } = await client.call(token, `GET ${acme.W}/me`);
      return status === 200 ? body.roles.map(({ id }: { id: string }) => id) : status;
    },
  };
}

const dana = () => `dana.${randomUUID()}@acme.example`;

describe.each(PROTOCOLS)("through %s", (protocol) => {
  it("a first sign-in gives what the rules say, and the next one what they say then", async () => {
    const { enter, rule, rolesOf } = await open(protocol);
    await rule("SOC-Tier2", "rol_operator");
    await rule("SOC-Leads", "rol_owner");
    const email = dana();
    const first = await enter(email, { groups: ["SOC-Tier2", "EMEA"] });
    expect(await rolesOf(first.body.accessToken)).toEqual(["rol_operator"]);
    const moved = await enter(email, { groups: ["SOC-Leads"] });
    // The token from before is the same person's: it holds what they hold now.
    expect([await rolesOf(moved.body.accessToken), await rolesOf(first.body.accessToken)]).toEqual([
      ["rol_owner"],
      ["rol_owner"],
    ]);
    const removed = await enter(email);
    expect(removed).toMatchObject({
      status: 403,
      body: { code: "sign_in.refused", detail: expect.stringMatching(/Acme/) },
    });
    expect(await rolesOf(moved.body.accessToken)).toBe(403);
  });

  it("whom no rule matches is refused and nobody knows them", async () => {
    const { acme, enter, rule } = await open(protocol);
    await rule("SOC-Tier2", "rol_operator");
    const email = dana();
    const claims = { groups: ["x, SOC-Tier2", "[SOC-Tier2]"], role: "owner", scope: "*", sub: acme.ann.userId };
    expect(await enter(email, claims)).toMatchObject({ status: 403, body: { code: "sign_in.refused" } });
    const { items } = await done(client.call(acme.ann.token, `GET ${acme.O}/users?email=${email}`));
    expect(items).toEqual([]);
  });

  it("a provider that is switched off lets nobody in, and shuts out who came through it, on the next request", async () => {
    const { acme, idp, enter, rule, rolesOf } = await open(protocol);
    await rule("SOC-Tier2", "rol_operator");
    const email = dana();
    const claims = { groups: ["SOC-Tier2"] };
    const { accessToken } = (await enter(email, claims)).body;
    const set = (enabled: boolean) =>
      done(
        client.call(acme.ann.token, `PATCH ${acme.O}/identity-providers/${idp}`, {
          body: { enabled },
          headers: { "If-Match": "*" },
        }),
      );
    await set(false);
    expect([await rolesOf(accessToken), (await client.call(accessToken, "GET /v1/me")).status]).toEqual([401, 401]);
    expect(await enter(email, claims)).toMatchObject({ status: 403, body: { code: "sign_in.refused" } });
    await set(true);
    expect(await rolesOf(accessToken)).toEqual(["rol_operator"]);
    expect((await enter(email, claims)).status).toBe(200);
  });

  it("a suspended user is refused with the reason", async () => {
    const { acme, enter, rule } = await open(protocol);
    await rule("SOC-Tier2", "rol_operator");
    const email = dana();
    const claims = { groups: ["SOC-Tier2"] };
    const { accessToken } = (await enter(email, claims)).body;
    const { principal } = (await client.call(accessToken, "GET /v1/me")).body;
    await done(client.call(acme.ann.token, `PATCH ${acme.O}/users/${principal.id}`, { body: { status: "suspended" } }));
    expect(await enter(email, claims)).toMatchObject({
      status: 403,
      body: { code: "sign_in.refused", detail: expect.stringMatching(/suspended/) },
    });
  });

  it("an invitation through the provider is accepted there, with the roles that it came with, and not at the pool's own door", async () => {
    const { acme, idp, enter, rolesOf } = await open(protocol);
    const email = dana();
    const body = { email, identityProviderId: idp, roleId: "rol_contributor", workspaceId: acme.workspaceId };
    const { id } = await done(client.call(acme.ann.token, `POST ${acme.O}/users`, { body }));
    const atThePool = await client.signIn(email);
    expect(await rolesOf(atThePool)).toBe(403);
    const { accessToken } = (await enter(email)).body;
    const me = (await client.call(accessToken, "GET /v1/me")).body;
    expect(me.principal).toMatchObject({ id, email });
    expect(await rolesOf(accessToken)).toEqual(["rol_contributor"]);
  });

  it("a browser goes from the application to the provider and back with a code; the token is refreshed as the rules have it", async () => {
    const { acme, idp, rule, rolesOf } = await open(protocol);
    const ruleId = await rule("SOC-Tier2", "rol_operator");
    const page = await (await fetch(`${login}/`)).text();
    const name = idp.replace("_", "");
    const clientId = new RegExp(`data-client="([^"]+)" data-provider="${name}"`).exec(page)?.[1] ?? "";
    expect(clientId).not.toBe("");
    const flow = new CodeFlow(login, clientId);
    const email = dana();
    const { address } = await new Browser().walk(flow.start(name), `${flow.redirectUri}?`, {
      person: "",
      email,
      groups: "SOC-Tier2\nEMEA",
    });
    expect(address.searchParams.get("state")).toBe(flow.state);
    const code = address.searchParams.get("code") ?? "";
    const response = await flow.redeem(code);
    expect(response.status).toBe(200);
    const tokens = (await response.json()) as Tokens;
    expect(await rolesOf(tokens.access_token)).toEqual(["rol_operator"]);
    expect((await flow.redeem(code)).status).toBe(400);
    const renewed = (await (await flow.refresh(tokens.refresh_token ?? "")).json()) as Tokens;
    expect(await rolesOf(renewed.access_token)).toEqual(["rol_operator"]);
    await done(client.call(acme.ann.token, `DELETE ${acme.W}/claim-rules/${ruleId}`));
    expect([await rolesOf(tokens.access_token), await rolesOf(renewed.access_token)]).toEqual([403, 403]);
  });
});

describe("one person's address through several doors", () => {
  it("is as many users, and no provider's claims satisfy a rule that is limited to another", async () => {
    const { acme, idp, enter, rule, rolesOf } = await open("saml");
    const other = await connect(acme, "oidc");
    await rule("SOC-Tier2", "rol_owner", { identityProviderIds: [other] });
    await rule("SOC-Tier2", "rol_viewer");
    const email = dana();
    const claims = { groups: ["SOC-Tier2"] };
    const [one, two] = [await enter(email, claims, idp), await enter(email, claims, other)];
    expect([await rolesOf(one.body.accessToken), await rolesOf(two.body.accessToken)]).toEqual([
      ["rol_viewer"],
      ["rol_owner"],
    ]);
    const atThePool = await client.signIn(email);
    const ids = await Promise.all(
      [one.body.accessToken, two.body.accessToken, atThePool].map(
        async (token) => (await client.call(token, "GET /v1/me")).body.principal.id,
      ),
    );
    expect(new Set(ids).size).toBe(3);
  });

  it("is nobody in another organization, whatever the token", async () => {
    const { enter, rule } = await open("oidc");
    await rule("SOC-Tier2", "rol_owner");
    const { accessToken } = (await enter(dana(), { groups: ["SOC-Tier2"] })).body;
    const globex = await makeAcme(client);
    expect((await client.call(accessToken, `GET ${globex.W}/me`)).status).toBe(403);
    expect((await client.call(accessToken, "POST /v1/orgs", { body: { name: "Mine" } })).status).toBe(403);
  });
});
