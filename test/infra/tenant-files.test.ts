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
        throttling: { rate: 100, burst: 200 },
        tracing: false,
        signIn: { domainPrefix: "acme", callbackUrls: ["https://console.acme.example/"] },
      },
    ]);
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
