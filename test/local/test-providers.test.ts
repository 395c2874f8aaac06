import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DataFolder, openMemory } from "../../lib/local/data-folder.ts";
import { type OidcPeer, OidcRelyingParty } from "../../lib/local/oidc-relying-party.ts";
import { readSamlMetadata, type SamlPeer } from "../../lib/local/saml-metadata.ts";
import { SamlServiceProvider } from "../../lib/local/saml-service-provider.ts";
import { openTestProviders, type TestProviders } from "../../lib/local/test-providers.ts";

/** The two providers behind a server, as the sign-in serves them, and both halves of the sign-in that use them. */
async function open(folder: DataFolder = openMemory()) {
  let providers: TestProviders | undefined;
  const server = createServer((message, response) => {
    if (providers?.handles(message.url ?? "") !== true) return void response.writeHead(404).end();
    providers.serve(message, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const login = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  providers = await openTestProviders({ login, folder });
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  const saml = new SamlServiceProvider({ entityId: "urn:sp", acsUrl: `${login}/saml2/idpresponse` });
  const oidc = new OidcRelyingParty({ redirectUri: `${login}/oauth2/idpresponse` });
  return { login, providers, close, saml, oidc };
}

let local: Awaited<ReturnType<typeof open>>;
let samlPeer: SamlPeer;
let oidcPeer: OidcPeer;
beforeAll(async () => {
  local = await open();
  samlPeer = readSamlMetadata(await (await fetch(`${local.login}/test-idp/saml/metadata`)).text());
  const issuer = `${local.login}/test-idp/oidc`;
  oidcPeer = { issuer, clientId: "bailiwick", clientSecret: "local", scopes: "openid email profile" };
});
afterAll(() => local.close());

let states = 0;
const nextState = () => `state-${++states}`;

async function signInBySaml(email: string, claims: Record<string, unknown> = {}) {
  const redirect = await local.saml.start(samlPeer, nextState());
  const answer = await local.providers.answer(redirect, { email, claims });
  if (answer?.kind !== "saml") throw new Error("not answered");
  return local.saml.finish(samlPeer, answer.relayState, answer.samlResponse);
}

async function signInByOidc(email: string, claims: Record<string, unknown> = {}) {
  const state = nextState();
  const redirect = await local.oidc.start(oidcPeer, state);
  const answer = await local.providers.answer(redirect, { email, claims });
  if (answer?.kind !== "oidc") throw new Error("not answered");
  return local.oidc.finish(oidcPeer, state, answer.callback);
}

const PROTOCOL_CLAIMS = Object.fromEntries(
  "sub iss aud exp iat nbf jti nonce at_hash c_hash azp auth_time acr amr sid email_verified email"
    .split(" ")
    .map((name) => [name, "mine"]),
);

/** A browser: keeps cookies, follows redirects inside the sign-in, fills forms. */
function openBrowser() {
  const cookies = new Map<string, string>();
  return async function visit(address: string, form?: Record<string, string>): Promise<{ url: URL; text: string }> {
    const response = await fetch(address, {
      method: form === undefined ? "GET" : "POST",
      body: form === undefined ? null : new URLSearchParams(form),
      headers: { Cookie: [...cookies].map((pair) => pair.join("=")).join("; ") },
      redirect: "manual",
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get("location");
    const url = new URL(location ?? address, address);
    if (location === null || url.pathname === "/oauth2/idpresponse") return { url, text: await response.text() };
    return visit(url.href);
  };
}

const fieldOf = (page: string, name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? "";

describe("a sign-in without a browser", () => {
  test("by SAML says the address as subject and e-mail, and each claim by its own name", async () => {
    const claims = { groups: ["SOC-Tier2", "x, Admins"], "https://acme.example/team": "<a>&", level: 3, active: true };
    const { subject, saml } = await signInBySaml("Dana@acme.example", claims);
    expect(subject).toBe("Dana@acme.example");
    expect(Object.fromEntries(saml ?? [])).toEqual({
      email: ["Dana@acme.example"],
      name: ["Dana"],
      groups: ["SOC-Tier2", "x, Admins"],
      "https://acme.example/team": ["<a>&"],
      level: ["3"],
      active: ["true"],
    });
  });

  test("by SAML leaves out what SAML cannot say", async () => {
    const claims = { realm_access: { roles: ["a"] }, mixed: [{ a: 1 }, "kept"], none: [], nothing: null };
    const { saml } = await signInBySaml("dana@acme.example", claims);
    expect([...(saml?.keys() ?? [])]).toEqual(["email", "name", "mixed"]);
    expect(saml?.get("mixed")).toEqual(["kept"]);
  });

  test("by OpenID Connect says the same in the id token, nested claims too", async () => {
    const claims = {
      groups: ["SOC-Tier2"],
      name: "Dana",
      realm_access: { roles: ["a", { b: 1 }] },
      "https://acme.example/groups": ["b"],
    };
    const { subject, oidc } = await signInByOidc("Dana@acme.example", claims);
    expect(subject).toBe("Dana@acme.example");
    const said = { sub: "Dana@acme.example", email: "Dana@acme.example", email_verified: true, ...claims };
    expect(oidc?.idToken).toMatchObject(said);
    expect(oidc?.userInfo).toEqual(said);
  });

  test("never lets the claims speak for the protocol", async () => {
    const { subject, saml } = await signInBySaml("dana@acme.example", PROTOCOL_CLAIMS);
    expect([subject, [...(saml?.keys() ?? [])]]).toEqual(["dana@acme.example", ["email", "name"]]);
    expect(saml?.get("email")).toEqual(["dana@acme.example"]);
    const { oidc } = await signInByOidc("dana@acme.example", PROTOCOL_CLAIMS);
    expect(oidc?.idToken).toMatchObject({ sub: "dana@acme.example", email: "dana@acme.example", email_verified: true });
    expect(Object.values(oidc?.idToken ?? {})).not.toContain("mine");
  });

  test("keeps two of one address apart, also at the same time", async () => {
    const groups = ["a", "b", "c", "d"];
    const people = await Promise.all(groups.map((group) => signInByOidc("dana@acme.example", { groups: [group] })));
    expect(people.map(({ oidc }) => oidc?.idToken.groups)).toEqual(groups.map((group) => [group]));
  });

  test("gives claims that the provider never heard of before, whatever they are called", async () => {
    const claims = { [`claim-${Date.now()}`]: "new", profile: "a", "https://acme.example/#x": "c" };
    expect((await signInByOidc("dana@acme.example", claims)).oidc?.idToken).toMatchObject(claims);
    const unusable = JSON.parse('{"constructor": "a", "__proto__": "b", "toString": "c", "_claim_names": "d"}');
    expect((await signInByOidc("dana@acme.example", unusable)).subject).toBe("dana@acme.example");
    expect((await signInBySaml("dana@acme.example", unusable)).subject).toBe("dana@acme.example");
  });

  test("is not had for an address elsewhere", async () => {
    const person = { email: "dana@acme.example", claims: {} };
    for (const address of [
      "https://idp.acme.example/sso",
      `${local.login}/test-idp/saml/ssox`,
      `${local.login}/login`,
    ]) {
      expect(await local.providers.answer(address, person)).toBeUndefined();
    }
  });

  test("with a code used twice is refused by the provider, which takes back what it gave", async () => {
    const redirectUri = `${local.login}/oauth2/idpresponse`;
    const client = { client_id: "bailiwick", redirect_uri: redirectUri };
    const asked = new URLSearchParams({ ...client, response_type: "code", scope: "openid", state: "x" });
    const answer = await local.providers.answer(`${oidcPeer.issuer}/auth?${asked}`, {
      email: "dana@acme.example",
      claims: {},
    });
    if (answer?.kind !== "oidc") throw new Error("not answered");
    const code = answer.callback.get("code") ?? "";
    const grant = { ...client, client_secret: "local", grant_type: "authorization_code", code };
    const redeem = () => fetch(`${oidcPeer.issuer}/token`, { method: "POST", body: new URLSearchParams(grant) });
    const first = await redeem();
    const { access_token: token } = (await first.json()) as { access_token: string };
    const ask = () => fetch(`${oidcPeer.issuer}/me`, { headers: { Authorization: `Bearer ${token}` } });
    expect([first.status, (await ask()).status]).toEqual([200, 200]);
    expect([(await redeem()).status, (await ask()).status]).toEqual([400, 401]);
  });

  test("with a code of another sign-in is refused", async () => {
    const [first, second] = [nextState(), nextState()];
    const redirect = await local.oidc.start(oidcPeer, first);
    const answer = await local.providers.answer(redirect, { email: "dana@acme.example", claims: {} });
    await local.oidc.start(oidcPeer, second);
    if (answer?.kind !== "oidc") throw new Error("not answered");
    answer.callback.set("state", second);
    const finished = local.oidc.finish(oidcPeer, second, answer.callback);
    await expect(finished).rejects.toThrow("The identity provider refuses to answer.");
  });
});

describe("the SAML provider's page", () => {
  test("offers the fixture people, and posts the signed response of the one chosen", async () => {
    const visit = openBrowser();
    const page = (await visit(await local.saml.start(samlPeer, "from-a-browser"))).text;
    expect(page.match(/name="person" value="[^"]+"/g)).toHaveLength(6);
    const form = { SAMLRequest: fieldOf(page, "SAMLRequest"), RelayState: fieldOf(page, "RelayState") };
    const relay = (await visit(samlPeer.ssoUrl.replace(/\?.*/, ""), { ...form, person: "dana@acme.example" })).text;
    expect(relay).toContain(`action="${local.login}/saml2/idpresponse"`);
    const { saml } = await local.saml.finish(samlPeer, fieldOf(relay, "RelayState"), fieldOf(relay, "SAMLResponse"));
    expect(saml?.get("groups")).toEqual(["SOC-Tier2", "EMEA"]);
  });

  test("takes anybody typed, with groups one a line", async () => {
    const visit = openBrowser();
    const page = (await visit(await local.saml.start(samlPeer, "typed"))).text;
    const form = { SAMLRequest: fieldOf(page, "SAMLRequest"), RelayState: "typed", person: "" };
    const typed = { ...form, email: "new@acme.example", groups: "CN=a,DC=b\r\n\r\nx, y\r\n" };
    const relay = (await visit(samlPeer.ssoUrl, typed)).text;
    const { subject, saml } = await local.saml.finish(samlPeer, "typed", fieldOf(relay, "SAMLResponse"));
    expect([subject, saml?.get("groups")]).toEqual(["new@acme.example", ["CN=a,DC=b", "x, y"]]);
    expect((await visit(samlPeer.ssoUrl, { ...form, email: "nobody" })).text).toContain("Choose a person");
  });

  test("answers to no address but the sign-in's, and shows what it is sent as text only", async () => {
    const elsewhere = new SamlServiceProvider({ entityId: "urn:sp", acsUrl: "https://evil.example/acs" });
    const visit = openBrowser();
    expect((await visit(await elsewhere.start(samlPeer, "x"))).text).toContain("not registered");
    expect((await visit(`${samlPeer.ssoUrl}?SAMLRequest=AAAA`)).text).toContain("cannot be read");
    const page = (await visit(await local.saml.start(samlPeer, `"><script>alert(1)</script>`))).text;
    expect(page).not.toContain("<script>alert");
  });
});

describe("the OpenID provider's page", () => {
  test("asks each time who signs in, also a browser that was here before", async () => {
    const visit = openBrowser();
    for (const [email, groups] of [
      ["dana@acme.example", ["SOC-Tier2", "EMEA"]],
      ["erik@acme.example", "SOC-Tier1"],
    ] as const) {
      const state = nextState();
      const page = await visit(await local.oidc.start(oidcPeer, state));
      expect(page.text).toContain("who signs in?");
      const { url } = await visit(page.url.href, { person: email });
      const { subject, oidc } = await local.oidc.finish(oidcPeer, state, url.searchParams);
      expect([subject, oidc?.idToken.groups]).toEqual([email, groups]);
    }
  });

  test("is of no use to a browser that is not in the middle of a sign-in", async () => {
    const { url } = await openBrowser()(await local.oidc.start(oidcPeer, nextState()));
    expect((await openBrowser()(url.href, { person: "dana@acme.example" })).text).toContain("This sign-in has ended.");
  });

  test("is not reached by another client, or for another address", async () => {
    const visit = openBrowser();
    for (const wrong of [{ client_id: "other" }, { redirect_uri: "https://evil.example/" }]) {
      const address = new URL(await local.oidc.start(oidcPeer, nextState()));
      for (const [name, value] of Object.entries(wrong)) address.searchParams.set(name, value);
      const { url, text } = await visit(address.href);
      expect([url.origin, text]).toEqual([local.login, expect.stringContaining("Sign-in failed")]);
    }
  });
});

describe("a fixture person", () => {
  const change = (body: unknown, type = "application/json") =>
    fetch(`${local.login}/test-idp/people`, {
      method: "POST",
      headers: { "Content-Type": type },
      body: JSON.stringify(body),
    });
  const peopleOf = async () => {
    const answer = await (await fetch(`${local.login}/test-idp/people`)).json();
    return new Map(
      (answer as { people: { email: string; claims: object }[] }).people.map((one) => [one.email, one.claims]),
    );
  };

  test("can be moved to other groups, for later sign-ins", async () => {
    expect((await change({ email: "fay@acme.example", claims: { groups: ["EMEA"] } })).status).toBe(200);
    expect((await peopleOf()).get("fay@acme.example")).toEqual({ name: "Fay Okafor", groups: ["EMEA"] });
    await change({ email: "fay@acme.example", claims: { groups: null } });
    expect((await peopleOf()).get("fay@acme.example")).toEqual({ name: "Fay Okafor" });
  });

  test("is changed by JSON about somebody known only", async () => {
    expect((await change({ email: "nobody@acme.example", claims: {} })).status).toBe(404);
    expect((await change({ email: "dana@acme.example" })).status).toBe(400);
    expect((await change({ email: "dana@acme.example", claims: {} }, "text/plain")).status).toBe(400);
  });

  test("is one of six: several groups, one, none, distinguished names, nested roles, names with commas and brackets", async () => {
    const { providers, close, login } = await open();
    expect(providers.handles("/test-idp/people")).toBe(true);
    const { people } = (await (await fetch(`${login}/test-idp/people`)).json()) as { people: { claims: object }[] };
    expect(people.map(({ claims }) => claims)).toEqual([
      expect.objectContaining({ groups: ["SOC-Tier2", "EMEA"] }),
      expect.objectContaining({ groups: "SOC-Tier1" }),
      expect.objectContaining({ groups: [expect.stringMatching(/^CN=/), expect.stringMatching(/^CN=/)] }),
      { name: "Gus Novak" },
      expect.objectContaining({ realm_access: { roles: ["soc-lead", "offline_access"] } }),
      expect.objectContaining({ groups: ["x, SOC-Admins", "[SOC-Tier2]"] }),
    ]);
    close();
  });
});

describe("the providers' keys", () => {
  test("outlive a restart, and are made at the first use only", async () => {
    const folder = openMemory();
    const certificateOf = async ({ login }: { login: string }) =>
      readSamlMetadata(await (await fetch(`${login}/test-idp/saml/metadata`)).text()).certificates;
    const [first, second] = [await open(folder), await open(folder)];
    expect(folder.read("test-provider-keys.json")).toBeUndefined();
    const certificates = await Promise.all([first, first, first].map(certificateOf));
    expect(new Set(certificates.flat()).size).toBe(1);
    expect(await certificateOf(second)).toEqual(certificates[0]);
    first.close();
    second.close();
  });
});
