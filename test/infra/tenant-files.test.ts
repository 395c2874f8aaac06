import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readTenants } from "../../lib/infra/tenant-files.ts";

const complete = `
name: acme
environment: production
organizationCreation: closed
logRetentionDays: 90
throttling: { rate: 100, burst: 200 }
signIn: { domainPrefix: acme, callbackUrls: [https://console.acme.example/] }
`;

const organizationId = "org_01jdexamp1e0000000000000ab";
const okta = { organizationId, name: "Okta", protocol: "saml", metadataUrl: "https://okta.example/metadata" };
const login = {
  organizationId,
  name: "Login",
  protocol: "oidc",
  issuer: "https://login.acme.example",
  clientId: "bailiwick",
  clientSecret: "acme/login",
};
const declaring = (...providers: readonly object[]) => `identityProviders: ${JSON.stringify(providers)}${complete}`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bailiwick-tenants-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(file: string, text: string): void {
  writeFileSync(join(folder, file), text);
}

/** What the file's refusal says, a line for each fault. */
function faultsOf(text: string): string[] {
  write("acme.yaml", text);
  try {
    readTenants(folder);
  } catch (error) {
    return error instanceof Error
      ? error.message
          .split("\n")
          .slice(1)
          .map((line) => line.trim())
      : [];
  }
  return [];
}

describe("a tenant file", () => {
  it("says what one deployment is like, with every default filled in", () => {
    write("acme.yaml", complete);
    expect(readTenants(folder)).toEqual([
      {
        name: "acme",
        environment: "production",
        organizationCreation: "closed",
        logRetentionDays: 90,
        audit: { lockDays: 400 },
        throttling: { rate: 100, burst: 200, perMinute: { credential: 6_000, anonymous: 600, address: 30_000 } },
        alarms: { accessDenied: 500, credentialRefused: 1_000, signInRefused: 100 },
        tracing: false,
        signIn: { domainPrefix: "acme", callbackUrls: ["https://console.acme.example/"] },
        identityProviders: [],
      },
    ]);
  });

  it("may say some rates and alarms of its own, and keeps the defaults of the others", () => {
    const limits = complete.replace("burst: 200", "burst: 200, perMinute: { credential: 60000 }");
    write("acme.yaml", `${limits}\nalarms: { signInRefused: 5 }`);
    expect(readTenants(folder)[0]).toMatchObject({
      throttling: { perMinute: { credential: 60_000, anonymous: 600, address: 30_000 } },
      alarms: { accessDenied: 500, credentialRefused: 1_000, signInRefused: 5 },
    });
  });

  it("may declare identity providers, and names the secret of an OIDC client", () => {
    const [saml, oidc] = [
      { ...okta, workspaceIds: ["wks_01jdexamp1e0000000000000ab"], attributeMapping: { groups: "memberOf" } },
      { ...login, clientSecret: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme/login-a1b2c3" },
    ];
    write("acme.yaml", declaring(saml, oidc));
    expect(readTenants(folder)[0]?.identityProviders).toEqual([saml, oidc]);
  });

  it.each([
    ["an unknown setting of a provider", declaring({ ...okta, enabled: false }), '0: Unrecognized key: "enabled"'],
    [
      "a client secret on a SAML provider",
      declaring({ ...okta, clientSecret: "a" }),
      '0: Unrecognized key: "clientSecret"',
    ],
    [
      "metadata of an OIDC provider",
      declaring({ ...login, metadataUrl: "https://a.example" }),
      '0: Unrecognized key: "metadataUrl"',
    ],
    ["an unknown protocol", declaring({ ...okta, protocol: "ldap" }), "0.protocol: "],
    ["a provider of nobody", declaring({ ...okta, organizationId: undefined }), "0.organizationId: is missing"],
    [
      "an organization that is none",
      declaring({ ...okta, organizationId: "acme" }),
      "0.organizationId: must be the id of",
    ],
    ["a provider without a name", declaring({ ...okta, name: " " }), "0.name: A name has at least one character."],
    ["an address that is none", declaring({ ...okta, metadataUrl: "okta" }), "0.metadataUrl: An http or https address"],
    ["no client secret", declaring({ ...login, clientSecret: undefined }), "0.clientSecret: is missing"],
    [
      "a client secret that can be no secret's name",
      declaring({ ...login, clientSecret: "hunter2~hunter2" }),
      "0.clientSecret: must be the name or the ARN of a secret of Secrets Manager",
    ],
    [
      "a secret with a reference of its own",
      declaring({ ...login, clientSecret: "acme:SecretString:key" }),
      "0.clientSecret: must be the name or the ARN",
    ],
    [
      "a secret of another account",
      `account: "210987654321"\n${declaring({ ...login, clientSecret: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a" })}`,
      "0.clientSecret: must be in the account and region of the deployment",
    ],
    [
      "a secret of another region",
      `region: eu-central-1\n${declaring({ ...login, clientSecret: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a" })}`,
      "0.clientSecret: must be in the account and region of the deployment",
    ],
    ["two of one name", declaring(okta, { ...login, name: " Okta " }), ": must not name two of an organization alike"],
    [
      "more than a function can be told",
      declaring(
        { ...okta, metadataUrl: `https://a.example/${"a".repeat(2_000)}` },
        { ...login, issuer: `https://a.example/${"a".repeat(400)}` },
      ),
      ": must be at most 2400 bytes as JSON",
    ],
    ["eleven", declaring(...Array.from({ length: 11 }, (_, i) => ({ ...okta, name: `${i}` }))), ": Too big"],
  ])("is refused for %s among its identity providers", (_, text, fault) => {
    const faults = faultsOf(text);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(`acme.yaml: identityProviders${fault.startsWith(":") ? "" : "."}${fault}`);
    expect(faults[0]).not.toContain("hunter2");
  });

  it.each([
    ["a setting that does not exist", `${complete}\nretention: 3`, 'acme.yaml: Unrecognized key: "retention"'],
    [
      "a setting that is missing",
      complete.replace("organizationCreation: closed", ""),
      "acme.yaml: organizationCreation: is missing",
    ],
    ["an unknown environment", complete.replace("production", "prod"), "acme.yaml: environment: "],
    [
      "a retention that CloudWatch does not have",
      complete.replace("90", "91"),
      "acme.yaml: logRetentionDays: must be one of 1, 3, 5",
    ],
    ["a lock of nothing", `${complete}\naudit: { lockDays: 0 }`, "acme.yaml: audit.lockDays: "],
    ["a lock for ever", `${complete}\naudit: { lockDays: 36501 }`, "acme.yaml: audit.lockDays: "],
    ["an archive without its lock", `${complete}\naudit: {}`, "acme.yaml: audit.lockDays: is missing"],
    [
      "a rate of one caller that AWS WAF does not take",
      complete.replace("burst: 200", "burst: 200, perMinute: { credential: 9 }"),
      "acme.yaml: throttling.perMinute.credential: ",
    ],
    [
      "a rate of one caller of a kind that there is not",
      complete.replace("burst: 200", "burst: 200, perMinute: { key: 100 }"),
      'acme.yaml: throttling.perMinute: Unrecognized key: "key"',
    ],
    ["an alarm on nothing", `${complete}\nalarms: { accessDenied: 0 }`, "acme.yaml: alarms.accessDenied: "],
    [
      "a topic that is none",
      `${complete}\nalarms: { topicArn: alarms }`,
      "acme.yaml: alarms.topicArn: must be the ARN of a topic of Amazon SNS",
    ],
    [
      "a topic of another region",
      `${complete}\nregion: eu-west-1\nalarms: { topicArn: "arn:aws:sns:eu-central-1:123456789012:alarms" }`,
      "acme.yaml: alarms.topicArn: must be in the region of the deployment",
    ],
    ["a rate of nothing", complete.replace("rate: 100", "rate: 0"), "acme.yaml: throttling.rate: "],
    [
      "an account that YAML takes for a number",
      `${complete}\naccount: 012345678901`,
      "acme.yaml: account: must be 12 digits in quotes",
    ],
    [
      "a name that is not the file's",
      complete.replace("name: acme", "name: other"),
      "acme.yaml: name: must be that of the file",
    ],
    [
      "a name that no stack could have",
      complete.replace("name: acme", "name: Acme_1"),
      "acme.yaml: name: must be up to 30 lower-case letters",
    ],
    [
      "a way back over plain http",
      complete.replace("https://", "http://"),
      "acme.yaml: signIn.callbackUrls.0: must be https",
    ],
    ["a deployment nobody could sign in to", complete.replace(/signIn.*/, ""), "acme.yaml: signIn: is missing"],
    [
      "a way back with a fragment",
      complete.replace("[https://console.acme.example/]", '["https://console.acme.example/#a"]'),
      "acme.yaml: signIn.callbackUrls.0: must be https",
    ],
    [
      "a certificate of another region",
      `${complete}\nregion: eu-west-1\ndomain: { name: a.example, certificateArn: "arn:aws:acm:eu-central-1:123456789012:certificate/ab-12" }`,
      "acme.yaml: domain.certificateArn: must be in the region of the deployment",
    ],
    ["a file that is not YAML", "name: [", "acme.yaml: is not YAML: "],
    ["an empty file", "", "acme.yaml: is missing"],
  ])("is refused for %s, by its name", (_, text, fault) => {
    const faults = faultsOf(text);
    expect(faults).toHaveLength(1);
    expect(faults[0]?.slice(0, fault.length)).toBe(fault);
  });

  it("is refused together with every other one that is wrong", () => {
    write("acme.yaml", complete.replace("90", "91"));
    write("beta.yaml", "name: beta");
    expect(() => readTenants(folder)).toThrow(
      /acme\.yaml: logRetentionDays: .*\n {2}beta\.yaml: environment: is missing/,
    );
  });

  it("are all read: one with another ending is refused, not passed over", () => {
    writeFileSync(join(folder, "acme.yml"), "name: acme\n");
    writeFileSync(join(folder, "beta.yaml"), "name: beta\n");
    expect(() => readTenants(folder)).toThrow(/acme\.yml: must end in \.yaml/);
  });

  it("must be there at all", () => {
    expect(() => readTenants(folder)).toThrow(/holds no \*\.yaml file/);
  });
});

describe("the example tenant", () => {
  it("is one that anybody may try: development, where anybody may make an organization", () => {
    const tenants = readTenants(fileURLToPath(new URL("../../tenants", import.meta.url)));
    expect(tenants.find(({ name }) => name === "example")).toMatchObject({
      name: "example",
      environment: "development",
      organizationCreation: "open",
    });
  });
});
