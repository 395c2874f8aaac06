/** Identity providers over HTTP: the deployable bundle configures the pool of this machine, and people come through. */
import { beforeAll, describe, expect, inject, it } from "vitest";
import type { Acme } from "./acme.ts";
import { done, makeAcme } from "./acme.ts";
import type { Client } from "./client.ts";
import { openClient } from "./client.ts";

const service = inject("service");
let client: Client;
let acme: Acme;
let P: string;

beforeAll(async () => {
  client = await openClient(service);
  acme = await makeAcme(client);
  P = `${acme.O}/identity-providers`;
});

const saml = () => ({
  name: "SAML",
  protocol: "saml",
  saml: { metadataUrl: `${service.login}/test-idp/saml/metadata` },
});
const oidc = () => ({
  name: "OIDC",
  protocol: "oidc",
  oidc: { issuer: `${service.login}/test-idp/oidc`, clientId: "bailiwick", clientSecret: "local" },
});
const call = (what: string, body?: unknown, headers: Record<string, string> = {}) =>
  client.call(acme.ann.token, what, { ...(body === undefined ? {} : { body }), headers });
const patch = (id: string, body: object) => done(call(`PATCH ${P}/${id}`, body, { "If-Match": "*" }));

/** A sign-in without a browser. */
async function enter(identityProvider: string, email: string, claims: object) {
  const answer = await fetch(`${service.login}/local/token`, {
    method: "POST",
    body: JSON.stringify({ email, identityProvider, claims }),
  });
  return { status: answer.status, body: (await answer.json()) as { accessToken: string; code?: string } };
}

describe.each([
  ["SAML", saml],
  ["OIDC", oidc],
])("a provider of %s", (name, bodyOf) => {
  it("is ready with the answer, lets in whom a rule matches, and shuts them out on their next request", async () => {
    const { id, status } = await done(call(`POST ${P}`, bodyOf()));
    expect(status).toBe("ready");
    const when = { any: [{ attribute: "groups", operator: "equals", values: ["SOC"] }] };
    const rule = { name, when, roleId: "rol_viewer", identityProviderIds: [id] };
    await done(call(`POST ${acme.W}/claim-rules`, rule));
    const { status: entered, body } = await enter(id, `dana.${name}@acme.example`, { groups: ["SOC", "EMEA"] });
    expect([entered, body]).toMatchObject([200, { accessToken: expect.any(String) }]);
    const standing = async () => (await client.call(body.accessToken, `GET ${acme.W}/me`)).status;
    expect(await standing()).toBe(200);
    await patch(id, { enabled: false });
    expect(await standing()).toBe(401);
    expect((await enter(id, `dana.${name}@acme.example`, { groups: ["SOC"] })).status).not.toBe(200);
    expect(await patch(id, { enabled: true })).toMatchObject({ status: "ready" });
    expect((await enter(id, `dana.${name}@acme.example`, { groups: ["SOC"] })).status).toBe(200);
    expect((await done(call(`POST ${P}/${id}/reconcile`))).status).toBe("ready");
    expect((await call(`DELETE ${P}/${id}`)).status).toBe(204);
    expect((await enter(id, `dana.${name}@acme.example`, { groups: ["SOC"] })).status).not.toBe(200);
  });
});

it("what the pool refuses is told as failed, with the reason", async () => {
  const { oidc: block } = oidc();
  const { status, statusReason } = await done(
    call(`POST ${P}`, { ...oidc(), oidc: { ...block, issuer: `${service.login}/nowhere` } }),
  );
  expect([status, statusReason]).toEqual(["failed", expect.stringMatching(/^The user pool refuses it: /)]);
});
