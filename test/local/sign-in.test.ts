import { createLocalJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalService, startLocal } from "../../lib/local/service.ts";
import { differences, documented } from "./documented.ts";
import { temporaryFolder, writeAssembly } from "./test-assembly.ts";

const trigger = {
  timeout: 1,
  code: `export const handler = async (event) => {
    const name = event.request.userAttributes.email.split("@")[0];
    if (name === "refused") throw Object.assign(new Error("The organization has locked you out"), { name: "SignInRefused" });
    if (name === "crashed") process.exit(1);
    if (name === "hung") return new Promise(() => {});
    if (name === "nonsense") return "yes";
    event.response.claimsAndScopeOverrideDetails = { accessTokenGeneration: { claimsToAddOrOverride: { bailiwick_user_id: "usr_" + name } } };
    return event;
  };`,
};
const assembly = writeAssembly({
  functions: { trigger, answer: { code: "export const handler = async () => ({ statusCode: 200 });" } },
  methods: { "GET /v1/health": { function: "answer" } },
});
const dataDir = temporaryFolder();
const start = () => startLocal({ port: 0, loginPort: 0, dataDir, assembly });

let service: LocalService;
beforeAll(async () => {
  service = await start();
});
afterAll(() => service.stop());

async function ask(body: unknown): Promise<{ status: number; type: string | null; answer: Record<string, unknown> }> {
  const response = await fetch(`${service.login}/local/token`, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    answer: (await response.json()) as Record<string, unknown>,
  };
}

async function verify(token: unknown) {
  const jwks = await (await fetch(`${service.login}/.well-known/jwks.json`)).json();
  return jwtVerify(String(token), createLocalJWKSet(jwks as never), { algorithms: ["RS256"] });
}

describe("an access token", () => {
  test("has the claims of Cognito's documented example, and no audience", async () => {
    const { answer } = await ask({ email: "ann@acme.example" });
    const { payload, protectedHeader } = await verify(answer.accessToken);
    const exceptions = {
      device_key: "only where devices are remembered",
      "cognito:groups": "only for members of groups",
      version: "only from the token endpoint",
      bailiwick_user_id: "set by the trigger",
    };
    expect(differences(documented("access-token.json"), payload, exceptions)).toEqual([]);
    expect(protectedHeader).toEqual({ alg: "RS256", kid: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/) });
    expect(payload).toMatchObject({
      iss: service.login,
      token_use: "access",
      scope: "openid email",
      username: payload.sub,
      client_id: expect.stringMatching(/^[0-9a-z]{26}$/),
      bailiwick_user_id: "usr_ann",
    });
    expect(payload).not.toHaveProperty("aud");
    expect(Number(payload.exp) - Number(payload.iat)).toBe(3600);
    expect(Math.abs(Number(payload.iat) - Date.now() / 1000)).toBeLessThan(5);
  });

  test("is of the same person for the same address, whatever its case, and of another for another", async () => {
    const subjectOf = async (email: string) => (await verify((await ask({ email })).answer.accessToken)).payload.sub;
    const ann = await subjectOf("ann@acme.example");
    expect(ann).toMatch(/^[0-9a-f-]{36}$/);
    expect(await subjectOf("Ann@ACME.example")).toBe(ann);
    expect(await subjectOf("vic@acme.example")).not.toBe(ann);
  });

  test("stays good over a restart, with the same key and the same people", async () => {
    const before = (await ask({ email: "ann@acme.example" })).answer.accessToken;
    const { sub } = (await verify(before)).payload;
    await service.stop();
    service = await start();
    await verify(before);
    expect((await verify((await ask({ email: "ann@acme.example" })).answer.accessToken)).payload.sub).toBe(sub);
  });
});

test("the discovery document names the issuer and its keys", async () => {
  const document = (await (await fetch(`${service.login}/.well-known/openid-configuration`)).json()) as Record<
    string,
    string
  >;
  expect(document).toMatchObject({ issuer: service.login, jwks_uri: `${service.login}/.well-known/jwks.json` });
  const { keys } = (await (await fetch(document.jwks_uri ?? "")).json()) as { keys: object[] };
  expect(keys.map((key) => Object.keys(key).sort())).toEqual([["alg", "e", "kid", "kty", "n", "use"]]);
});

describe("a sign-in is refused", () => {
  test("with the trigger's own reason", async () => {
    const { status, type, answer } = await ask({ email: "refused@acme.example" });
    expect([status, type]).toEqual([403, "application/problem+json"]);
    expect(answer).toMatchObject({
      code: "sign_in.refused",
      type: "urn:bailiwick:problem:sign_in.refused",
      detail: "The organization has locked you out",
    });
  });

  test.each(["crashed", "hung", "nonsense"])("as unavailable when the trigger has %s", async (name) => {
    expect(await ask({ email: `${name}@acme.example` })).toMatchObject({
      status: 503,
      answer: { code: "unavailable" },
    });
  });

  test.each<[string, unknown, number, string, string[]?]>([
    ["that is not JSON", "email=ann", 400, "request.malformed"],
    ["that is no object", [], 422, "request.invalid", [""]],
    ["without an address", {}, 422, "request.invalid", ["/email"]],
    ["with a bad address", { email: "ann acme" }, 422, "request.invalid", ["/email"]],
    [
      "with an unknown provider",
      { email: "a@b.example", identityProvider: "idp_1" },
      422,
      "request.invalid",
      ["/identityProvider"],
    ],
    [
      "with claims that nobody vouches for",
      { email: "a@b.example", claims: { groups: ["x"] } },
      422,
      "request.invalid",
      ["/claims"],
    ],
    ["with unknown fields", { email: "a@b.example", "x/y": 1 }, 422, "request.invalid", ["/x~1y"]],
    ["that is too large", { email: "x".repeat(1024 * 1024) }, 413, "request.too_large"],
  ])("for a body %s", async (_, body, status, code, pointers) => {
    const given = await ask(body);
    expect([given.status, given.type, given.answer.code]).toEqual([status, "application/problem+json", code]);
    const errors = given.answer.errors as { pointer: string }[] | undefined;
    expect(errors?.map(({ pointer }) => pointer)).toEqual(pointers);
  });

  test("on an unknown path", async () => {
    const response = await fetch(`${service.login}/local/token`);
    expect([response.status, response.headers.get("content-type")]).toEqual([404, "application/problem+json"]);
  });
});
