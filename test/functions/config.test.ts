import { describe, expect, it } from "vitest";
import { readSettings } from "../../functions/wiring/config.ts";

const good = {
  TABLE_NAME: "acme-data-table",
  TOKEN_ISSUER: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC123",
  TOKEN_CLIENT_IDS: "5ttqjk2v8example0client1id,another0client",
  CURSOR_SECRET: "0123456789abcdef0123456789abcdef",
  API_KEY_PEPPER: "0123456789abcdef0123456789abcdef",
  ORGANIZATION_CREATION: "closed",
  USER_POOL_ID: "eu-west-1_AbC123",
  CALLBACK_URLS: '["https://console.acme.example/signed-in","http://localhost:3000/callback"]',
  METADATA_ADDRESSES: "public",
  DECLARED_PROVIDERS: "[]",
  AUDIT_BUCKET: "bailiwick-acme-data-auditbucket1a2b3c-4d5e6f",
  AUDIT_SIGNING_KEY: "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
  EVENT_BUS_NAME: "bailiwick-acme",
};
const org = { organizationId: "org_01jdexamp1e0000000000000ab" };
const saml = { ...org, name: "Okta", protocol: "saml", metadataUrl: "https://okta.example/metadata" };
const oidc = {
  ...org,
  name: "Login",
  protocol: "oidc",
  issuer: "https://a.example",
  clientId: "b",
  clientSecret: "acme/login",
};
const names = Object.keys(good) as (keyof typeof good)[];

describe("a function's settings", () => {
  it("are read when they are all good", () => {
    expect(readSettings(names, good)).toEqual({
      ...good,
      TOKEN_CLIENT_IDS: new Set(["5ttqjk2v8example0client1id", "another0client"]),
      CALLBACK_URLS: ["https://console.acme.example/signed-in", "http://localhost:3000/callback"],
      DECLARED_PROVIDERS: [],
    });
  });

  it("give each declared OIDC provider its own secret, whatever stands in it", () => {
    const second = { ...oidc, name: "Other" };
    const text = `${JSON.stringify([oidc, saml, second])}\n"}], \\"a\r\nb\n\n`;
    expect(readSettings(["DECLARED_PROVIDERS"], { DECLARED_PROVIDERS: text }).DECLARED_PROVIDERS).toEqual([
      { provider: oidc, secret: '"}], \\"a' },
      { provider: saml },
      { provider: second, secret: "b" },
    ]);
  });

  it("may name an issuer on this machine without TLS", () => {
    const local = { TOKEN_ISSUER: "http://127.0.0.1:4001" };
    expect(readSettings(["TOKEN_ISSUER"], local)).toEqual(local);
  });

  it.each(names)("do not let it start without %s, nor with an empty one", (name) => {
    expect(() => readSettings(names, { ...good, [name]: undefined })).toThrow(`${name} is not set`);
    expect(() => readSettings(names, { ...good, [name]: "" })).toThrow(`${name} is not set`);
  });

  it.each([
    ["TABLE_NAME", "a/b"],
    ["TOKEN_ISSUER", "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC123"],
    ["TOKEN_ISSUER", "http://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC123"],
    ["TOKEN_ISSUER", "http://127.0.0.1.evil.example"],
    ["TOKEN_ISSUER", "https://issuer.example/"],
    ["TOKEN_ISSUER", "https://issuer.example/a?b"],
    ["TOKEN_ISSUER", "https://issuer.example/a#b"],
    ["TOKEN_ISSUER", "https://ann@issuer.example/a"],
    ["TOKEN_ISSUER", " https://issuer.example/a"],
    ["TOKEN_ISSUER", "file:///etc/passwd"],
    ["TOKEN_CLIENT_IDS", ","],
    ["TOKEN_CLIENT_IDS", "one,"],
    ["TOKEN_CLIENT_IDS", "one, two"],
    ["TOKEN_CLIENT_IDS", "*"],
    ["API_KEY_PEPPER", "0123456789abcdef0123456789abcde"],
    ["API_KEY_PEPPER", "{{resolve:secretsmanager:arn:aws:secretsmanager:eu-west-1:1:secret:x:SecretString}}"],
    ["CURSOR_SECRET", "0123456789abcdef0123456789abcde"],
    ["CURSOR_SECRET", "{{resolve:secretsmanager:arn:aws:secretsmanager:eu-west-1:1:secret:x:SecretString}}"],
    ["ORGANIZATION_CREATION", "yes"],
    ["USER_POOL_ID", "arn:aws:cognito-idp:eu-west-1:1:userpool/eu-west-1_AbC123"],
    ["CALLBACK_URLS", "https://console.acme.example/"],
    ["CALLBACK_URLS", "[]"],
    ["CALLBACK_URLS", "{}"],
    ["CALLBACK_URLS", '["http://console.acme.example/"]'],
    ["CALLBACK_URLS", '["http://localhost.evil.example/"]'],
    ["CALLBACK_URLS", '["https://console.acme.example/#a"]'],
    ["CALLBACK_URLS", '["javascript:alert(1)"]'],
    ["CALLBACK_URLS", "[1]"],
    ["METADATA_ADDRESSES", "private"],
    ["AUDIT_BUCKET", "arn:aws:s3:::acme"],
    ["AUDIT_BUCKET", "Acme"],
    ["AUDIT_BUCKET", "a"],
    ["AUDIT_BUCKET", "../acme"],
    ["AUDIT_SIGNING_KEY", "1234abcd-12ab-34cd-56ef-1234567890ab"],
    ["AUDIT_SIGNING_KEY", "arn:aws:kms:eu-west-1:123456789012:alias/acme"],
    ["AUDIT_SIGNING_KEY", "arn:aws:s3:eu-west-1:123456789012:key/1234abcd"],
    ["DECLARED_PROVIDERS", "{}"],
    ["DECLARED_PROVIDERS", "[null]"],
    ["DECLARED_PROVIDERS", JSON.stringify([{ ...saml, organizationId: "acme" }])],
    ["DECLARED_PROVIDERS", JSON.stringify([{ ...saml, protocol: "ldap" }])],
    ["DECLARED_PROVIDERS", JSON.stringify([oidc])],
    ["DECLARED_PROVIDERS", `${JSON.stringify([saml])}\nsecret`],
    ["DECLARED_PROVIDERS", `${JSON.stringify([oidc])}\n{{resolve:secretsmanager:acme/login:SecretString:::}}`],
    ["EVENT_BUS_NAME", "arn:aws:events:eu-west-1:1:event-bus/acme"],
  ] as const)("do not let it start with %s = %j", (name, text) => {
    expect(() => readSettings([name], { ...good, [name]: text })).toThrow(new RegExp(`^${name} (must|was)`));
  });

  it("are not told in the refusal", () => {
    expect(() => readSettings(["CURSOR_SECRET"], { CURSOR_SECRET: "hunter2" })).not.toThrow("hunter2");
    const DECLARED_PROVIDERS = `${JSON.stringify([saml])}\nhunter2`;
    expect(() => readSettings(["DECLARED_PROVIDERS"], { DECLARED_PROVIDERS })).not.toThrow("hunter2");
  });

  it("are asked for by those alone who need them", () => {
    expect(readSettings(["TABLE_NAME"], { TABLE_NAME: "acme" })).toEqual({ TABLE_NAME: "acme" });
  });
});
